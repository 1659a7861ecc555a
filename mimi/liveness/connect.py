# SPDX-License-Identifier: Apache-2.0
"""Who takes a TCP connection? Many are asked at once, and nothing is sent but the handshake and a reset."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections.abc import Iterable

from mimi.flow import family_of
from mimi.liveness.backends import Target

AT_ONCE = 256
"""Connections under way at the same time: descriptors are few."""


def answering(targets: Iterable[Target], timeout_s: float, stop: int = -1) -> frozenset[Target]:
    """Those that accept a connection within the time. Ends early when the descriptor ``stop`` becomes readable."""
    wanted = sorted(targets)
    found: set[Target] = set()
    end = time.monotonic() + timeout_s
    for start in range(0, len(wanted), AT_ONCE):
        left = len(wanted) - start
        share = max(0.0, end - time.monotonic()) * min(1.0, AT_ONCE / left)
        found |= _some(wanted[start : start + AT_ONCE], time.monotonic() + share, stop)
    return frozenset(found)


def _some(targets: list[Target], end: float, stop: int) -> set[Target]:
    found: set[Target] = set()
    with selectors.DefaultSelector() as selector:
        if stop >= 0:
            selector.register(stop, selectors.EVENT_READ, None)
        waiting = {_begin(target, selector) for target in targets} - {None}
        try:
            while waiting and (left := end - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    if key.data is None:
                        return found
                    sock, target = key.data
                    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                        found.add(target)
                    selector.unregister(sock)
                    waiting.discard(sock)
                    sock.close()
        finally:
            for sock in waiting:
                if sock is not None:
                    sock.close()
    return found


def _begin(target: Target, selector: selectors.BaseSelector) -> socket.socket | None:
    sock = socket.socket(family_of(target[0]), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    # Closed by a reset: no connection that nobody uses stays in the backend's books.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        sock.connect(target)
    except BlockingIOError:
        pass
    except OSError:
        sock.close()
        return None
    selector.register(sock, selectors.EVENT_WRITE, (sock, target))
    return sock
