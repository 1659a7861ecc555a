# SPDX-License-Identifier: Apache-2.0
"""Where log messages come in: UDP, TCP (RFC 6587) and unix datagrams.

One :class:`Intake` listens on all addresses of a driver and hands over everything that is there in one list, so that
one transaction can carry it. Who may speak is decided by address before anything is read into a message; every message
that is not handed over is counted by reason.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import stat
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from mimi.drivers.framing import LINE_MAX, Deframer
from mimi.errors import MissingError, PairingError, Problem
from mimi.flow import family_of

RECEIVE_BUFFER = 32 * 1024 * 1024
"""Bytes that the kernel may hold for us (it counts its own overhead: about 40 000 log lines)."""

DRAIN_MAX = 512
"""Messages taken from one socket before what was read is handed over."""

CONNECTIONS_MAX = 64
SOURCES_MAX = 256
"""Sources whose refusals are counted one by one; the rest are counted as ``other``."""

_SO_RCVBUFFORCE = 33
_SO_MEMINFO = 55
_MEMINFO_DROPS = 8

LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


class Intake:
    """Listens on ``listen`` for messages from ``allow`` (from this machine alone when that is empty).

    Raises (from the constructor):
        MissingError: an address cannot be listened on; names it.
        PairingError: an address is of no kind we know.
    """

    limited = True
    """Whether a bound on the rate is wanted: strangers may try to speak."""

    def __init__(self, listen: Sequence[str], allow: Sequence[IPv4Network | IPv6Network] = (), *, buffer: int = RECEIVE_BUFFER) -> None:
        self.received = 0
        self.refused: Counter[str] = Counter()
        self.refused_sources: Counter[str] = Counter()
        self.addresses: list[tuple[str, int] | str] = []
        """Where it listens: address and port, or a path."""
        self._allow = tuple(allow) or LOOPBACK
        self._known: dict[str, bool] = {}
        self._buffer = buffer
        self._poll = select.epoll()
        self._ready: dict[int, Callable[[list[bytes]], None]] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._datagram: list[socket.socket] = []
        self._connections = 0
        self._made: list[str] = []
        self._gone_drops = 0
        try:
            for address in listen:
                self._listen(address)
        except BaseException:
            self.close()
            raise

    def watch(self, descriptor: int) -> None:
        """Also wake up when this becomes readable (for signals). The caller reads it."""
        self._poll.register(descriptor, select.EPOLLIN)

    def receive(self, timeout_s: float) -> list[bytes]:
        """Every message that is there, after waiting up to ``timeout_s`` (0: not at all) for the first."""
        out: list[bytes] = []
        for descriptor, _ in self._poll.poll(timeout_s):
            handler = self._ready.get(descriptor)
            if handler is not None:
                handler(out)
        self.received += len(out)
        return out

    def kernel_dropped(self) -> int:
        """Datagrams that the kernel dropped because we were too slow."""
        total = 0
        for sock in self._datagram:
            with contextlib.suppress(OSError, struct.error):
                numbers = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 64)
                total += struct.unpack_from("=I", numbers, 4 * _MEMINFO_DROPS)[0]
        return total

    def close(self) -> None:
        """Stop listening; remove the unix sockets that were made."""
        for sock in self._sockets.values():
            sock.close()
        self._sockets.clear()
        self._datagram.clear()
        self._poll.close()
        for path in self._made:
            with contextlib.suppress(OSError):
                Path(path).unlink()
        self._made.clear()

    # Opening

    def _listen(self, address: str) -> None:
        parts = urlsplit(address)
        try:
            if parts.scheme == "unix" and parts.path:
                sock = self._unix(parts.path)
            elif parts.scheme in ("udp", "tcp") and parts.hostname and parts.port is not None:
                sock = self._internet(parts.scheme, parts.hostname, parts.port)
            else:
                raise ValueError("no such kind of address")
        except ValueError as error:
            raise PairingError(
                Problem(
                    "not an address to listen on",
                    path="driver.listen",
                    found=f"{address} ({error})",
                    expected="udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH",
                )
            ) from error
        except OSError as error:
            raise MissingError(
                Problem("cannot listen", place=address, path="driver.listen", found=_reason(error), hint=_hint(error))
            ) from error
        sock.setblocking(False)
        name = sock.getsockname()
        self.addresses.append(name if isinstance(name, str) else name[:2])
        if parts.scheme == "tcp":
            sock.listen(16)
            self._add(sock, lambda _: self._accept(sock))
        else:
            self._enlarge(sock)
            self._datagram.append(sock)
            take = self._take_unix if parts.scheme == "unix" else self._take
            self._add(sock, lambda out: take(sock, out))

    def _internet(self, scheme: str, host: str, port: int) -> socket.socket:
        kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
        family, _, _, _, where = socket.getaddrinfo(host, port, family_of(host), kind)[0]
        sock = socket.socket(family, kind)
        try:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # whom to allow is said in one version of IP
            if scheme == "tcp":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(where)
        except BaseException:
            sock.close()
            raise
        return sock

    def _unix(self, path: str) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            _remove_abandoned(path)
            sock.bind(path)
            Path(path).chmod(0o600)
        except BaseException:
            sock.close()
            raise
        self._made.append(path)
        return sock

    def _enlarge(self, sock: socket.socket) -> None:
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, self._buffer)
        except OSError:  # not privileged: as much as net.core.rmem_max allows
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)

    def _add(self, sock: socket.socket, handler: Callable[[list[bytes]], None]) -> None:
        self._sockets[sock.fileno()] = sock
        self._ready[sock.fileno()] = handler
        self._poll.register(sock.fileno(), select.EPOLLIN)

    # Taking

    def _take(self, sock: socket.socket, out: list[bytes]) -> None:
        known = self._known
        with contextlib.suppress(BlockingIOError):
            for _ in range(DRAIN_MAX):
                data, (host, *_) = sock.recvfrom(65_535)
                allowed = known.get(host)
                if allowed or (allowed is None and self._allows(host)):
                    if len(data) <= LINE_MAX:
                        out.append(data)
                    else:
                        self.refused["too-long"] += 1
                else:
                    self._refuse(host)

    def _take_unix(self, sock: socket.socket, out: list[bytes]) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(DRAIN_MAX):
                data = sock.recv(65_535)
                if len(data) <= LINE_MAX:
                    out.append(data)
                else:
                    self.refused["too-long"] += 1

    def _allows(self, host: str) -> bool:
        address = ip_address(host.partition("%")[0])  # a link-local one comes with its link
        allowed = any(address in network for network in self._allow)
        if len(self._known) < 65_536:  # forged sources must not fill our memory
            self._known[host] = allowed
        return allowed

    def _refuse(self, host: str) -> None:
        self.refused["source"] += 1
        sources = self.refused_sources
        sources[host if host in sources or len(sources) < SOURCES_MAX else "other"] += 1

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                sock, (host, *_) = listener.accept()
                if not self._known.get(host) and not self._allows(host):
                    self._refuse(host)
                    sock.close()
                elif self._connections >= CONNECTIONS_MAX:
                    self.refused["connections"] += 1
                    sock.close()
                else:
                    self._connections += 1
                    sock.setblocking(False)
                    self._connection(sock)

    def _connection(self, sock: socket.socket) -> None:
        deframer = Deframer(self.refused)

        def take(out: list[bytes]) -> None:
            try:
                data = sock.recv(262_144)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            out.extend(deframer.feed(data) if data else deframer.end())
            if not data or deframer.broken:
                self._remove(sock)

        self._add(sock, take)

    def _remove(self, sock: socket.socket) -> None:
        descriptor = sock.fileno()
        self._poll.unregister(descriptor)
        del self._ready[descriptor], self._sockets[descriptor]
        sock.close()
        self._connections -= 1


def _remove_abandoned(path: str) -> None:
    """Remove a socket that nobody listens on any more; anything else stays, and bind() will say so."""
    try:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
        except OSError:
            return


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _hint(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there (`ss -lnp` shows which): stop it or change the address"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address: `ip addr` shows those it has"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "ports below 1024 need root"
    return ""
