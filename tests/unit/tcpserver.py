# SPDX-License-Identifier: Apache-2.0
"""A TCP server on loopback that behaves as a test says, a thread for each connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """The address of a server that calls ``answer`` with each connection, and closes it after."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def handle(peer: socket.socket) -> None:
        with peer:
            answer(peer)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
