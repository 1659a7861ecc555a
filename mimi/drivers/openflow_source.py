# SPDX-License-Identifier: Apache-2.0
"""Where a flow monitor's messages come from: a connection of our own to the switch, beside that of its controller.

The switch sends every rule it has, then every change. The controller is not touched and does not notice. When the connection
breaks, or the switch pauses its messages because we are slow, what was missed is unknown: we connect anew, which lists everything.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

from mimi.drivers import openflow_messages as of
from mimi.errors import PairingError, Problem
from mimi.flow import family_of

LISTING_BEGINS: Final = b"begins"
LISTING_ENDS: Final = b"ends"
LISTING_BREAKS: Final = b"breaks"
"""Not the switch's: stand around its list of rules. Every message of the switch is an update, and longer."""

CONNECT_S: Final = 2.0
RETRY_S: Final = (0.1, 0.5, 1.0, 2.0)
_READ: Final = 1 << 20
_REFUSED: Final = "refused-by-switch"
_LOST: Final = "connection-lost"
_PAUSED: Final = "paused"


class OpenFlowSource:
    """A flow monitor on the switch at ``address``: ``unix:///PATH`` (Open vSwitch: ``BRIDGE.mgmt``) or ``tcp://HOST:PORT``.

    A switch that is away is tried again for ever: it is counted by reason, and ``refused`` shows it.

    Raises (from the constructor):
        PairingError: the address is of neither form.
    """

    limited = False
    """Whether a bound on the rate protects from strangers: only the switch speaks."""

    def __init__(self, address: str) -> None:
        self.refused: Counter[str] = Counter()
        self.refused_sources: Counter[str] = Counter()
        parts = urlsplit(address)
        if parts.scheme == "unix" and parts.path:
            self._peer: str | tuple[str, int] = parts.path
            self._family = socket.AF_UNIX
        elif parts.scheme == "tcp" and parts.hostname and parts.port:
            self._peer = (parts.hostname, parts.port)
            self._family = family_of(parts.hostname)
        else:
            expected = "unix:///PATH or tcp://HOST:PORT"
            raise PairingError(Problem("not a switch's address", path="driver.switch", expected=expected, found=address))
        self._poll = select.epoll()
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._listing = False
        self._failures = 0
        self._retry_at = 0.0
        self._transaction = 0

    def watch(self, descriptor: int) -> None:
        """Also wake up when this becomes readable (for signals). The caller reads it."""
        self._poll.register(descriptor, select.EPOLLIN)

    def receive(self, timeout_s: float) -> list[bytes]:
        """Updates that are there, after waiting up to ``timeout_s`` for the first; with marks around a list of all rules."""
        out: list[bytes] = []
        if self._socket is None:
            rest = self._retry_at - time.monotonic()
            if rest > 0:
                self._poll.poll(min(timeout_s, rest))
                return out
            self._connect()
        ready = {descriptor for descriptor, _ in self._poll.poll(timeout_s)}
        if self._socket is not None and self._socket.fileno() in ready:
            self._take(out)
        return out

    def kernel_dropped(self) -> int:
        """Nothing is dropped on a stream; a switch that pauses is counted in ``refused``."""
        return 0

    def close(self) -> None:
        """Hang up."""
        self._hang_up()
        self._poll.close()

    def _connect(self) -> None:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            sock.settimeout(CONNECT_S)
            sock.connect(self._peer)
            self._transaction += 1
            sock.sendall(of.hello(self._transaction) + of.monitor_request(self._transaction))
            sock.setblocking(False)
        except OSError:
            sock.close()
            self._later(_LOST)
            return
        self._socket, self._buffer, self._listing = sock, b"", False
        self._poll.register(sock.fileno(), select.EPOLLIN)

    def _take(self, out: list[bytes]) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(_READ)
            messages, self._buffer = of.split(self._buffer + data)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            data, messages = b"", []
        for message in messages:
            if not self._handle(message, out):
                data = b""
                break
        if not data:
            if self._listing:
                out.append(LISTING_BREAKS)
            self._later(_LOST)

    def _handle(self, message: bytes, out: list[bytes]) -> bool:
        """Deal with one message; whether the connection can go on."""
        assert self._socket is not None
        version, kind, _, transaction = of.HEADER.unpack_from(message)
        if kind == of.ECHO_REQUEST:
            with contextlib.suppress(OSError):  # a broken connection is noticed by the next read
                self._socket.send(of.message(of.ECHO_REPLY, transaction, message[of.HEADER.size :]))
        elif kind == of.ERROR or (kind == of.HELLO and version < of.VERSION):
            self._failures = len(RETRY_S)
            self.refused[_REFUSED] += 1
            return False
        elif kind == of.MULTIPART_REPLY and int.from_bytes(message[8:10], "big") == of.FLOW_MONITOR:
            return self._take_updates(message, transaction, out)
        return True

    def _take_updates(self, message: bytes, transaction: int, out: list[bytes]) -> bool:
        answer = transaction == self._transaction  # to the request; changes have transaction 0
        if answer and not self._listing:
            self._listing, self._failures = True, 0
            out.append(LISTING_BEGINS)
        for update in of.updates_of(message):
            if of.event_of(update) == "paused":
                self.refused[_PAUSED] += 1
                return False
            out.append(update)
        if answer and of.is_last_part(message):
            self._listing = False
            out.append(LISTING_ENDS)
        return True

    def _later(self, reason: str) -> None:
        self.refused[reason] += 1
        self._hang_up()
        self._retry_at = time.monotonic() + RETRY_S[min(self._failures, len(RETRY_S) - 1)]
        self._failures += 1

    def _hang_up(self) -> None:
        sock, self._socket = self._socket, None
        self._listing = False
        if sock is not None:
            self._poll.unregister(sock.fileno())
            sock.close()
