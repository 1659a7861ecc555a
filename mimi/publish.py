# SPDX-License-Identifier: Apache-2.0
"""For people who can change their own middlebox: tell MiMi of every binding, from inside.

A box that can be changed needs no log and no observer. Where it decides, it says so::

    from mimi.publish import Publisher

    publisher = Publisher("unix:///run/balancer/mimi.sock")     # what the pairing's driver listens on
    publisher.bind("tcp", ("10.1.0.1", 40112), ("10.1.0.100", 8080), to=("10.2.0.3", 8080), lifetime_s=60)
    publisher.unbind("tcp", ("10.1.0.1", 40112), ("10.1.0.100", 8080))

and the pairing says ``driver: {kind: published, listen: [unix:///run/balancer/mimi.sock]}``.

Calls never wait and never raise for trouble with the driver: a box must go on when MiMi is away. What cannot be sent now
is kept (``buffer_max`` lines, the oldest make way and are counted) and sent later, in order. A box that starts anew, or that
lost lines, tells everything it has inside ``with publisher.listing():``; what is not told then ends soon.

This module needs nothing but Python's own library: it can be copied into a box that has no MiMi.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

__all__ = ["Endpoint", "Publisher"]

Endpoint = tuple[str, int]
"""Address and port. An IPv6 address may be written in any form; ``::ffff:10.1.0.1``, as sockets for both versions of IP name an IPv4
peer, is ``10.1.0.1``: what its packets have."""

TcpState = Literal["new", "established", "closing", "closed"]

_RETRY_US = 50_000
_MAPPED = bytes(10) + b"\xff\xff"


class Publisher:
    """Sends bindings to a pairing's driver, from any thread.

    ``address`` is ``unix:///PATH`` or ``udp://HOST:PORT``: what the driver listens on. Over ``udp`` lines can be lost on the way.

    Raises:
        ValueError: the address is of neither form.
    """

    def __init__(self, address: str, *, buffer_max: int = 100_000) -> None:
        parts = urlsplit(address)
        if parts.scheme == "unix" and parts.path and not parts.netloc:
            self._peer: str | tuple[str, int] = parts.path
            family = socket.AF_UNIX
        elif parts.scheme == "udp" and parts.hostname and parts.port:
            self._peer = (parts.hostname, parts.port)
            family = socket.AF_INET
        else:
            raise ValueError(f"address: expected unix:///PATH or udp://HOST:PORT, found {address!r}")
        self._prompt, self._patient = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        self._prompt.setblocking(False)
        self._patient.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, _RETRY_US))
        self._waiting: deque[bytes] = deque()
        self._flying: bytes | None = None
        """The line that the thread is sending; what comes meanwhile waits behind it."""
        self._buffer_max = buffer_max
        self._lock = threading.Condition()
        self._closing = False
        self.sent = 0
        """Lines handed over."""
        self.dropped = 0
        """Lines that were too many to keep while nobody took them."""
        self._sender = threading.Thread(target=self._send_later, name="mimi-publish", daemon=True)
        self._sender.start()

    def bind(
        self,
        proto: Literal["tcp", "udp"],
        client: Endpoint,
        service: Endpoint,
        *,
        to: Endpoint,
        source: Endpoint | None = None,
        lifetime_s: int,
        state: TcpState | None = None,
    ) -> None:
        """The flow from ``client`` to ``service`` leaves towards ``to``, from ``source`` if that is translated too.

        The binding ends ``lifetime_s`` seconds from now unless it is told of again or used: the box's own idle time-out.
        """
        leaves = source or client
        line = f"put {proto} {_text(client)} {_text(service)} {_text(leaves)} {_text(to)} {lifetime_s}"
        self._tell(line if state is None else f"{line} state={state}")

    def unbind(self, proto: Literal["tcp", "udp"], client: Endpoint, service: Endpoint) -> None:
        """The flow from ``client`` to ``service`` has ended."""
        self._tell(f"del {proto} {_text(client)} {_text(service)}")

    @contextlib.contextmanager
    def listing(self) -> Iterator[None]:
        """Every binding of the box is told inside; flows that are not end soon. A failure inside takes nothing away."""
        self._tell("begin")
        try:
            yield
        except BaseException:
            self._tell("abort")
            raise
        self._tell("end")

    @property
    def waiting(self) -> int:
        """Lines that are kept until somebody takes them."""
        with self._lock:
            return len(self._waiting) + (self._flying is not None)

    def close(self) -> None:
        """Try once more to send what waits, then let go."""
        with self._lock:
            self._closing = True
            self._lock.notify()
        self._sender.join()
        self._prompt.close()
        self._patient.close()

    def _tell(self, line: str) -> None:
        data = line.encode("ascii")
        with self._lock:
            if not self._waiting and self._flying is None and self._sent_by(self._prompt, data):
                return
            self._waiting.append(data)
            self._keep_within_bounds()
            self._lock.notify()

    def _sent_by(self, sock: socket.socket, data: bytes) -> bool:
        try:
            sock.sendto(data, self._peer)
        except OSError:  # the driver is not there, or has not taken the last ones yet
            return False
        self.sent += 1
        return True

    def _keep_within_bounds(self) -> None:
        while len(self._waiting) + (self._flying is not None) > self._buffer_max and self._waiting:
            self._waiting.popleft()
            self.dropped += 1

    def _send_later(self) -> None:
        """The thread: one line after the other, waiting for room at the driver without the lock."""
        while True:
            with self._lock:
                while not self._waiting and not self._closing:
                    self._lock.wait()
                if not self._waiting:
                    return
                self._flying = self._waiting.popleft()
            sent = self._sent_by(self._patient, self._flying)
            with self._lock:
                if not sent:
                    self._waiting.appendleft(self._flying)
                self._flying = None
                self._keep_within_bounds()
                if not sent and self._closing:
                    return
                if not sent:  # nobody there: sendto does not wait for that
                    self._lock.wait_for(lambda: self._closing, _RETRY_US / 1e6)


def _text(endpoint: Endpoint) -> str:
    address, port = endpoint
    if ":" not in address:
        return f"{address}:{port}"
    packed = socket.inet_pton(socket.AF_INET6, address)
    if packed.startswith(_MAPPED):
        return f"{socket.inet_ntoa(packed[12:])}:{port}"
    text = socket.inet_ntop(socket.AF_INET6, packed)
    if "." in text:  # groups only: the C library writes some addresses' last ones as IPv4 does
        text = f"{text[: text.rindex(':')]}:{packed[12] << 8 | packed[13]:x}:{packed[14] << 8 | packed[15]:x}"
    return f"[{text}]:{port}"
