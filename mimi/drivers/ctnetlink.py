# SPDX-License-Identifier: Apache-2.0
"""The kernel's connection tracking over netlink: messages to entries and requests to bytes. Pure.

Source: ``linux/netfilter/nfnetlink_conntrack.h``, ``linux/netfilter/nfnetlink.h``, ``linux/netlink.h``. Header fields of
netlink are in host order; the values of connection tracking's attributes are in network order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from socket import AF_UNSPEC
from typing import Final, Literal

NETLINK_NETFILTER: Final = 12
GROUP_NEW: Final = 1
GROUP_UPDATE: Final = 2
GROUP_DESTROY: Final = 3

NLMSG_ERROR: Final = 2
NLMSG_DONE: Final = 3
_SUBSYSTEM: Final = 1 << 8
MSG_NEW: Final = _SUBSYSTEM | 0
MSG_GET: Final = _SUBSYSTEM | 1
MSG_DELETE: Final = _SUBSYSTEM | 2

_REQUEST: Final = 0x001
_DUMP: Final = 0x300
_CREATE: Final = 0x400
_DUMP_INTERRUPTED: Final = 0x010

IPS_SEEN_REPLY: Final = 1 << 1

_HEADER: Final = struct.Struct("=IHHII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_HEADERS: Final = 20
"""Bytes of netlink's header and netfilter's own."""

What = Literal["new", "update", "destroy", "listed", "end", "interrupted", "error", "other"]
"""What a message is: an event, an entry of a dump, the dump's end, or something else."""

Tuple5 = tuple[int, bytes, int, bytes, int]
"""Protocol, source address (4 or 16 bytes), source port, destination address, destination port; of ICMP the query id and 0."""


@dataclass(slots=True)
class Entry:
    """One connection as the kernel tells it. ``reply`` is what the responder sends, so NAT shows as a difference."""

    orig: Tuple5 | None = None
    reply: Tuple5 | None = None
    ident: int = 0
    status: int = 0
    timeout_s: int | None = None
    tcp_state: int | None = None
    seq_orig: int = 0
    """What is added to sequence numbers in the original direction (signed), once the last adjustment has passed."""

    seq_reply: int = 0
    icmp_type: int | None = None
    """Of the original direction."""


def split(datagram: bytes) -> Iterator[bytes]:
    """The messages of one datagram. A message that claims more than there is ends it."""
    at, end = 0, len(datagram)
    while at + 16 <= end:
        (length,) = struct.unpack_from("=I", datagram, at)
        if length < 16 or at + length > end:
            return
        yield datagram[at : at + length]
        at += (length + 3) & ~3


def what(message: bytes) -> What:
    """The kind of a message."""
    if len(message) < 16:
        return "other"
    _, kind, flags, sequence, _ = _HEADER.unpack_from(message)
    if kind == MSG_NEW:
        if sequence:  # an answer to a request: events have none
            return "listed"
        return "new" if flags & _CREATE else "update"
    if kind == MSG_DELETE:
        return "destroy"
    if kind == NLMSG_DONE:
        return "interrupted" if flags & _DUMP_INTERRUPTED else "end"
    return "error" if kind == NLMSG_ERROR else "other"


def error_of(message: bytes) -> int:
    """The (positive) errno in an error message; 0 is an acknowledgement."""
    return -int(struct.unpack_from("=i", message, 16)[0]) if len(message) >= 20 else 0


def dump_request(sequence: int) -> bytes:
    """Asks for every entry of both versions of IP; answers carry ``sequence``, which must not be 0."""
    return _HEADER.pack(_HEADERS, MSG_GET, _REQUEST | _DUMP, sequence, 0) + struct.pack("=BBH", AF_UNSPEC, 0, 0)


def attributes(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(type, start, end) of the attributes between two places. What does not fit ends it."""
    while at + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < 4 or at + length > end:
            return
        yield kind & 0x3FFF, at + 4, at + length
        at += (length + 3) & ~3


def entry_of(message: bytes) -> Entry:
    """The entry in a message. What is missing or malformed stays at its default."""
    entry = Entry()
    for kind, start, end in attributes(message, _HEADERS, len(message)):
        if kind == 1:
            entry.orig = _tuple(message, start, end)
            if entry.orig is not None and entry.orig[0] in (1, 58):
                entry.icmp_type = _icmp_type(message, start, end)
        elif kind == 2:
            entry.reply = _tuple(message, start, end)
        elif kind == 3:
            entry.status = _number(message, start, end)
        elif kind == 4:
            entry.tcp_state = _tcp_state(message, start, end)
        elif kind == 7:
            entry.timeout_s = _number(message, start, end)
        elif kind == 12:
            entry.ident = _number(message, start, end)
        elif kind == 15:
            entry.seq_orig = _sequence_offset(message, start, end)
        elif kind == 16:
            entry.seq_reply = _sequence_offset(message, start, end)
    return entry


def _number(data: bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "big") if end - start <= 8 else 0


def _tuple(data: bytes, start: int, end: int) -> Tuple5 | None:
    source = target = b""
    protocol = sport = dport = 0
    for kind, s, e in attributes(data, start, end):
        if kind == 1:  # addresses
            for part, s2, e2 in attributes(data, s, e):
                if part in (1, 3):  # of IPv4, of IPv6
                    source = data[s2:e2]
                elif part in (2, 4):
                    target = data[s2:e2]
        elif kind == 2:  # protocol
            for part, s2, e2 in attributes(data, s, e):
                if part == 1:
                    protocol = _number(data, s2, e2)
                elif part == 2:
                    sport = _number(data, s2, e2)
                elif part == 3:
                    dport = _number(data, s2, e2)
                elif part in (4, 7):  # the query id of ICMP, of ICMPv6
                    sport = _number(data, s2, e2)
    return (protocol, source, sport, target, dport) if len(source) == len(target) and len(source) in (4, 16) else None


def _icmp_type(data: bytes, start: int, end: int) -> int | None:
    for kind, s, e in attributes(data, start, end):
        if kind == 2:
            for part, s2, e2 in attributes(data, s, e):
                if part in (5, 8):  # of ICMP, of ICMPv6
                    return _number(data, s2, e2)
    return None


def _tcp_state(data: bytes, start: int, end: int) -> int | None:
    for kind, s, e in attributes(data, start, end):
        if kind == 1:
            for part, s2, e2 in attributes(data, s, e):
                if part == 1:
                    return _number(data, s2, e2)
    return None


def _sequence_offset(data: bytes, start: int, end: int) -> int:
    for kind, s, e in attributes(data, start, end):
        if kind == 3:  # after the last position of correction
            return int.from_bytes(data[s:e], "big", signed=True)
    return 0
