# SPDX-License-Identifier: Apache-2.0
"""Links as the kernel tells of them (rtnetlink, see rtnetlink(7)): ask about one, or be told when any changes.

A few lines of netlink here cost less than a library at start-up, and netlink, unlike sysfs, always speaks of the
network namespace this process is in.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Iterator

from mimi.errors import MissingError, Problem
from mimi.liveness.counting import Seen

NETLINK_ROUTE = 0
RTMGRP_LINK = 1
NLMSG_ERROR = 2
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
NLM_F_REQUEST = 1
IFLA_IFNAME = 3
IFF_UP, IFF_LOWER_UP = 0x1, 0x10000

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ATTRIBUTE = struct.Struct("=HH")


class LinkMonitor:
    """Two netlink sockets: one to ask on, one that hears of changes (``fileno`` is readable then)."""

    def __init__(self) -> None:
        try:
            self._ask = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
            self._hear = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_ROUTE)
            self._hear.bind((0, RTMGRP_LINK))
            self._ask.settimeout(1.0)
        except OSError as error:
            raise MissingError(Problem("no netlink here", found=str(error))) from error
        self._sequence = 0

    def fileno(self) -> int:
        """For poll and select."""
        return self._hear.fileno()

    def close(self) -> None:
        self._ask.close()
        self._hear.close()

    def drain(self) -> frozenset[str] | None:
        """Names of links that have changed; None when the kernel had more to say than it could keep."""
        names: set[str] = set()
        overflow = False
        for _ in range(1000):
            try:
                data = self._hear.recv(65_536)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                overflow = True
                continue
            names |= {name for kind, name, _flags in _links(data) if kind in (RTM_NEWLINK, RTM_DELLINK)}
        return None if overflow else frozenset(names)

    def look(self, name: str) -> Seen:
        """How the link is now."""
        self._sequence += 1
        text = name.encode() + b"\0"
        attribute = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(text), IFLA_IFNAME) + text
        attribute += b"\0" * (-len(attribute) % 4)
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute
        header = _HEADER.pack(_HEADER.size + len(body), RTM_GETLINK, NLM_F_REQUEST, self._sequence, 0)
        self._ask.send(header + body)
        for _ in range(100):
            data = self._ask.recv(65_536)
            if _HEADER.unpack_from(data)[3] == self._sequence:
                return _answer(data)
        return "missing"


def _answer(data: bytes) -> Seen:
    if _HEADER.unpack_from(data)[1] == NLMSG_ERROR:
        number = -struct.unpack_from("=i", data, _HEADER.size)[0]
        if number in (errno.ENODEV, errno.EINVAL, errno.ERANGE):
            return "missing"
        raise OSError(number, os.strerror(number))
    for _kind, _name, flags in _links(data):
        return "up" if flags & IFF_UP and flags & IFF_LOWER_UP else "down"
    return "missing"


def _links(data: bytes) -> Iterator[tuple[int, str, int]]:
    """Message type, name and flags of every link message in a datagram."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size:
            return
        if kind in (RTM_NEWLINK, RTM_DELLINK):
            flags = _LINK.unpack_from(data, offset + _HEADER.size)[3]
            attributes = data[offset + _HEADER.size + _LINK.size : offset + length]
            yield kind, _name(attributes), flags
        offset += (length + 3) & ~3


def _name(attributes: bytes) -> str:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(attributes):
        length, kind = _ATTRIBUTE.unpack_from(attributes, offset)
        if length < _ATTRIBUTE.size:
            break
        if kind == IFLA_IFNAME:
            value = attributes[offset + _ATTRIBUTE.size : offset + length]
            with contextlib.suppress(UnicodeDecodeError):
                return value.rstrip(b"\0").decode()
        offset += (length + 3) & ~3
    return ""
