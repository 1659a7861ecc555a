# SPDX-License-Identifier: Apache-2.0
"""Where connection tracking's messages come from: one namespace's netlink sockets.

Two sockets: one that the kernel sends events to, one to ask for dumps on. Order of work: listen, then dump, so that no
change falls between. The kernel drops events when they come faster than they are read, and says so (ENOBUFS): then what
was missed is unknown, and everything is dumped again.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import socket
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final

from mimi.drivers import ctnetlink
from mimi.drivers.ctnetlink import GROUP_DESTROY, GROUP_NEW, GROUP_UPDATE, NETLINK_NETFILTER
from mimi.errors import MissingError, Problem

LISTING_BEGINS: Final = b""
"""Not the kernel's: stands where a dump was asked for, and ends one that was under way."""

RECEIVE_BUFFER: Final = 64 * 1024 * 1024
"""Bytes the kernel may hold for us: some 150 000 events."""

DATAGRAM_MAX: Final = 262_144
DRAIN_MAX: Final = 64
"""Datagrams taken from one socket before what was read is handed over."""

DUMP_GAP_S: Final = 1.0
"""Least time between two dumps."""

_CLONE_NEWNET: Final = 0x40000000
_SOL_NETLINK: Final = 270
_ADD_MEMBERSHIP: Final = 1
_SO_RCVBUFFORCE: Final = 33
_EVENTS: Final = Path("/proc/sys/net/netfilter/nf_conntrack_events")


class ConntrackSource:
    """The connection tracking of the network namespace ``netns`` (as ``ip netns`` names it; None: this one).

    Raises (from the constructor):
        MissingError: no such namespace, no permission, or a kernel without connection tracking events.
    """

    limited = False
    """Whether a bound on the rate protects from strangers: here only the kernel speaks."""

    def __init__(self, netns: str | None = None, *, buffer: int = RECEIVE_BUFFER) -> None:
        self.refused: Counter[str] = Counter()
        self.refused_sources: Counter[str] = Counter()
        self.overruns = 0
        self._events, self._dump = _open_in(netns, buffer)
        self._poll = select.epoll()
        for sock in (self._events, self._dump):
            sock.setblocking(False)
            self._poll.register(sock.fileno(), select.EPOLLIN)
        self._sequence = 0
        self._dumping = False
        self._wanted = True
        self._dump_at = 0.0

    def watch(self, descriptor: int) -> None:
        """Also wake up when this becomes readable (for signals). The caller reads it."""
        self._poll.register(descriptor, select.EPOLLIN)

    def receive(self, timeout_s: float) -> list[bytes]:
        """Messages that are there, after waiting up to ``timeout_s`` for the first; :data:`LISTING_BEGINS` before a dump's."""
        out: list[bytes] = []
        wait_s = self._ask_if_wanted(out)
        if wait_s is not None:
            timeout_s = min(timeout_s, wait_s)
        ready = {descriptor for descriptor, _ in self._poll.poll(0 if out else timeout_s)}
        if self._events.fileno() in ready:
            self._take_events(out)
        if self._dump.fileno() in ready:
            self._take_dump(out)
        return out

    def kernel_dropped(self) -> int:
        """How often the kernel said that it dropped events (it does not say how many). Each was followed by a dump."""
        return self.overruns

    def close(self) -> None:
        """Stop listening."""
        self._events.close()
        self._dump.close()
        self._poll.close()

    def _ask_if_wanted(self, out: list[bytes]) -> float | None:
        """Ask for a dump when one is due. Returns in how many seconds one will be, or None."""
        if not self._wanted or self._dumping:
            return None
        rest = self._dump_at - time.monotonic()
        if rest > 0:
            return rest
        self._sequence += 1
        out.append(LISTING_BEGINS)
        self._dump.send(ctnetlink.dump_request(self._sequence))
        self._dumping, self._wanted = True, False
        self._dump_at = time.monotonic() + DUMP_GAP_S
        return None

    def _take_events(self, out: list[bytes]) -> None:
        for _ in range(DRAIN_MAX):
            try:
                out.extend(ctnetlink.split(self._events.recv(DATAGRAM_MAX)))
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self.overruns += 1
                self._wanted = True

    def _take_dump(self, out: list[bytes]) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(DRAIN_MAX):
                for message in ctnetlink.split(self._dump.recv(DATAGRAM_MAX)):
                    kind = ctnetlink.what(message)
                    out.append(message)
                    if kind in ("end", "interrupted", "error"):
                        self._dumping = False
                        self._wanted = self._wanted or kind != "end"


def _open_in(netns: str | None, buffer: int) -> tuple[socket.socket, socket.socket]:
    """Both sockets, made inside the namespace by a thread of its own: only a thread can visit another namespace."""
    made: list[socket.socket] = []
    failures: list[OSError] = []

    def work() -> None:
        try:
            if netns is not None:
                _enter(f"/run/netns/{netns}")
            _need_events()
            made.extend((_listener(buffer), _socket(0)))
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failures:
        for sock in made:
            sock.close()
        raise MissingError(_problem(failures[0], netns))
    return made[0], made[1]


def _enter(path: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
    finally:
        os.close(descriptor)


def _need_events() -> None:
    try:
        switched = _EVENTS.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return  # not shown in this namespace: joining the groups will tell
    if switched == "0":
        raise OSError(errno.ENODATA, "net.netfilter.nf_conntrack_events is 0: the kernel tells of no connections")


def _listener(buffer: int) -> socket.socket:
    # Room first: nothing may be lost between joining and enlarging.
    sock = _socket(buffer)
    try:
        for group in (GROUP_NEW, GROUP_UPDATE, GROUP_DESTROY):
            sock.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, group)
    except BaseException:
        sock.close()
        raise
    return sock


def _socket(buffer: int) -> socket.socket:
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    try:
        sock.bind((0, 0))
        if buffer:
            try:
                sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer)
            except OSError:  # not privileged: as much as net.core.rmem_max allows
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    except BaseException:
        sock.close()
        raise
    return sock


def _problem(error: OSError, netns: str | None) -> Problem:
    place = f"/run/netns/{netns}" if netns is not None else "this network namespace"
    hints = {
        errno.ENOENT: f"make it with `ip netns add {netns}`; `ip netns list` shows those that exist",
        errno.EPERM: "run as root, or with CAP_NET_ADMIN (and CAP_SYS_ADMIN for another namespace)",
        errno.EPROTONOSUPPORT: "the kernel needs nf_conntrack_netlink: modprobe nf_conntrack_netlink",
        errno.ENODATA: "on the primary: sysctl -w net.netfilter.nf_conntrack_events=1",
    }
    return Problem(
        "cannot watch connection tracking",
        place=place,
        path="driver.netns" if netns is not None else "driver.kind",
        found=error.strerror or str(error),
        hint=hints.get(error.errno or 0, ""),
    )
