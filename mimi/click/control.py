# SPDX-License-Identifier: Apache-2.0
"""A client of Click's ControlSocket, protocol 1.3: blocking, one user.

A reply is lines ``NNN-text`` until ``NNN text``; a successful read adds ``DATA n`` and exactly n bytes. The server
answers in order, so commands may be sent ahead (:meth:`ControlSocket.write_many`, or :meth:`ControlSocket.begin_write`
and :meth:`ControlSocket.finish_write` around other work).
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from mimi.errors import ControlError, Problem

TIMEOUT_S: Final = 5.0
LINE_MAX: Final = 1_000_000
"""Bytes of one line of a reply; more is not this protocol."""

DATA_MAX: Final = 4 * 1024**3

OK: Final = 200
OK_WITH_WARNINGS: Final = 220
UNIMPLEMENTED: Final = 501
NO_ELEMENT: Final = 510
NO_HANDLER: Final = 511
HANDLER_ERROR: Final = 520

_GREETING: Final = re.compile(r"Click::ControlSocket/(\d+)\.(\d+)$")
_DATA: Final = re.compile(rb"DATA (\d{1,12})$")
_HANDLER: Final = re.compile(r"[^\s\x00-\x1f]+$")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code, the text of all its lines, and the data of a read."""

    code: int
    text: str
    data: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300


class RefusedError(ControlError):
    """The server understood and said no; the connection is usable. ``code`` and ``text`` are the reply's."""

    def __init__(self, place: str, command: str, reply: Reply) -> None:
        self.code = reply.code
        self.text = reply.text
        found = f"{reply.code} {reply.text}"
        super().__init__(Problem(f"the minion refused `{command}`", place=place, found=found, hint=_hint(reply.code)))


class ControlSocket:
    """A connection to the ControlSocket at a unix socket's path or ``host:port``.

    Every method raises :class:`~mimi.errors.ControlError`: a :class:`RefusedError` for an error reply, any other
    when the connection cannot be made, breaks, is silent for ``timeout_s`` or speaks something else (it is then closed).
    """

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.address = address
        self.version: tuple[int, int] = (0, 0)
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._pending: list[str] = []

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def connect(self) -> None:
        """Connect (again) and read the greeting."""
        self.close()
        try:
            self._socket = _connect(self.address, self._timeout_s)
        except (OSError, ValueError) as error:
            text = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            raise ControlError(Problem("cannot reach the minion", place=self.address, found=text, hint="is mimi-click running?")) from error
        greeting = self._line().decode("latin-1")
        match = _GREETING.match(greeting)
        if not match or match[1] != "1":
            self.close()
            raise ControlError(Problem("not a ControlSocket", place=self.address, found=greeting[:80], expected="Click::ControlSocket/1.x"))
        self.version = (int(match[1]), int(match[2]))

    def close(self) -> None:
        """Hang up. Never raises."""
        sock, self._socket = self._socket, None
        self._buffer = b""
        self._pending.clear()
        if sock is not None:
            sock.close()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def alive(self) -> bool:
        """Whether the connection still stands, without asking the server anything."""
        if self._socket is None:
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    # Commands

    def read(self, handler: str, argument: str = "") -> bytes:
        """The value of a read handler. An argument with line ends or outer blanks travels as counted bytes."""
        if argument and (argument != argument.strip() or not argument.isprintable()):
            return self.read_data(handler, argument.encode())
        command = f"READ {_checked(handler)}"
        self._send(f"{command} {argument}".rstrip().encode() + b"\n", command)
        return self._finish(data=True)

    def read_data(self, handler: str, argument: bytes) -> bytes:
        """The value of a read handler for any argument."""
        command = f"READDATA {_checked(handler)}"
        self._send(f"{command} {len(argument)}\n".encode() + argument, command)
        return self._finish(data=True)

    def read_text(self, handler: str, argument: str = "") -> str:
        """:meth:`read` as text."""
        return self.read(handler, argument).decode("utf-8", "replace")

    def write(self, handler: str, data: bytes | str = b"") -> str:
        """Write to a handler; returns the warnings, if any."""
        self.begin_write(handler, data.encode() if isinstance(data, str) else data)
        return self.finish_write()

    def begin_write(self, handler: str, data: bytes) -> None:
        """Send a write; :meth:`finish_write` must follow."""
        command = f"WRITEDATA {_checked(handler)}"
        self._send(b"%b %d\n%b" % (command.encode(), len(data), data), command)

    def finish_write(self) -> str:
        """Wait for the reply to the oldest :meth:`begin_write`."""
        reply = self._reply()
        command = self._pending.pop(0)
        if not 200 <= reply.code < 300:
            raise RefusedError(self.address, command, reply)
        return reply.text if reply.code == OK_WITH_WARNINGS else ""

    def write_many(self, writes: Iterable[tuple[str, bytes]], window: int = 16) -> list[Reply]:
        """Many writes with up to ``window`` under way; refusals are in the replies, not raised."""
        replies: list[Reply] = []
        for handler, data in writes:
            self.begin_write(handler, data)
            if len(self._pending) >= window:
                replies.append(self._reply())
                self._pending.pop(0)
        while self._pending:
            replies.append(self._reply())
            self._pending.pop(0)
        return replies

    def check_read(self, handler: str) -> bool:
        """Whether a handler can be read."""
        return self._check("CHECKREAD", handler)

    def check_write(self, handler: str) -> bool:
        """Whether a handler can be written."""
        return self._check("CHECKWRITE", handler)

    # The protocol

    def _check(self, word: str, handler: str) -> bool:
        command = f"{word} {_checked(handler)}"
        self._send(command.encode() + b"\n", command)
        reply = self._reply()
        self._pending.pop(0)
        if reply.code in (500, UNIMPLEMENTED):
            raise RefusedError(self.address, command, reply)
        return reply.ok

    def _send(self, data: bytes, command: str) -> None:
        if self._socket is None:
            raise ControlError(Problem("not connected", place=self.address))
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._broken(error) from error
        self._pending.append(command)

    def _finish(self, *, data: bool) -> bytes:
        reply = self._reply(data=data)
        command = self._pending.pop(0)
        if not reply.ok:
            raise RefusedError(self.address, command, reply)
        return reply.data

    def _reply(self, *, data: bool = False) -> Reply:
        texts = []
        while True:
            line = self._line()
            code, mark = line[:3], line[3:4]
            if not code.isdigit() or len(code) != 3 or mark not in (b" ", b"-", b""):
                raise self._nonsense(line, "NNN text")
            texts.append(line[4:].decode("utf-8", "replace"))
            if mark != b"-":
                break
        value = int(code)
        return Reply(value, "\n".join(texts), self._data() if data and 200 <= value < 300 else b"")

    def _data(self) -> bytes:
        line = self._line()
        match = _DATA.match(line)
        if not match or int(match[1]) > DATA_MAX:
            raise self._nonsense(line, "DATA n")
        size = int(match[1])
        parts, have = [self._buffer], len(self._buffer)
        while have < size:
            self._buffer = b""
            self._fill()
            parts.append(self._buffer)
            have += len(self._buffer)
        whole = b"".join(parts)
        self._buffer = whole[size:]
        return whole[:size]

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LINE_MAX:
                raise self._nonsense(self._buffer[:80], "a line")
            self._fill()
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.removesuffix(b"\r")

    def _fill(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(262_144)
        except OSError as error:
            raise self._broken(error) from error
        if not data:
            raise self._broken(ConnectionResetError("the minion closed the connection"))
        self._buffer += data

    def _broken(self, error: OSError) -> ControlError:
        self.close()
        late = isinstance(error, TimeoutError | BlockingIOError)
        found = f"no answer within {self._timeout_s:g} s" if late else error.strerror or str(error)
        return ControlError(Problem("lost the minion", place=self.address, found=found))

    def _nonsense(self, line: bytes, expected: str) -> ControlError:
        self.close()
        found = line[:80].decode("utf-8", "replace")
        return ControlError(Problem("not the ControlSocket protocol", place=self.address, found=found, expected=expected))


def _connect(address: str, timeout_s: float) -> socket.socket:
    sock = _reach(address, timeout_s)
    # The kernel's time-outs instead of Python's: those would poll before every receive, also a MSG_DONTWAIT one.
    sock.setblocking(True)
    limit = struct.pack("@ll", int(timeout_s), int(timeout_s % 1 * 1e6))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return sock


def _reach(address: str, timeout_s: float) -> socket.socket:
    if "/" in address:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout_s)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError("expected a path or HOST:PORT")
    sock = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _checked(handler: str) -> str:
    if not _HANDLER.match(handler):  # a blank or a newline would become another command
        raise ControlError(Problem("not a handler's name", found=repr(handler), expected="ELEMENT.HANDLER"))
    return handler


def _hint(code: int) -> str:
    if code in (NO_ELEMENT, NO_HANDLER):
        return "the router runs another configuration than this pairing's"
    return ""
