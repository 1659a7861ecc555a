# SPDX-License-Identifier: Apache-2.0
"""IPv6 packets as the oracles see them: built from their parts with every checksum computed anew, and taken apart by the RFCs' own words."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.elements.model_packets import ACK, FIN, RST, SYN, TCP, UDP, checksum, shift

ICMP6 = 58
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS = 0, 43, 44, 60
ESP, AUTHENTICATION, NO_NEXT, MOBILITY = 50, 51, 59, 135
ECHO_REQUEST, ECHO_REPLY = 128, 129
ERRORS = (1, 2, 3, 4)
"""ICMPv6 messages that carry the packet they are about: unreachable, packet too big, time exceeded, parameter problem."""
SUM_AT = {TCP: 16, UDP: 6, ICMP6: 2}
HEADERS_MOST = 8

Endpoint = tuple[str, int]
Ends = tuple[Endpoint, Endpoint]


def packed(address: str) -> bytes:
    return ipaddress.IPv6Address(address).packed


def transport_checksum(source: str, destination: str, proto: int, transport: bytes) -> int:
    """Over pseudo-header, header with a zero checksum, and data (RFC 8200, section 8.1)."""
    at = SUM_AT[proto]
    body = transport[:at] + b"\0\0" + transport[at + 2 :]
    value = checksum(packed(source) + packed(destination) + struct.pack("!II", len(body), proto) + body)
    return 0xFFFF if proto == UDP and value == 0 else value


@dataclass(frozen=True)
class Extension:
    """An extension header but for its first byte, which says what follows."""

    type: int
    rest: bytes


def options(kind: int, units: int = 0) -> Extension:
    """Hop-by-hop or destination options with padding only (RFC 8200, section 4.2)."""
    length = 8 * units + 6
    return Extension(kind, bytes((units, 1, length - 2)) + bytes(length - 2))


def routing(segments_left: int = 0, units: int = 2) -> Extension:
    return Extension(ROUTING, bytes((units, 0, segments_left)) + bytes(8 * units + 4))


def fragment(offset: int, more: bool, ident: int) -> Extension:
    """A fragment header; ``offset`` in units of eight bytes."""
    return Extension(FRAGMENT, struct.pack("!BHI", 0, offset << 3 | more, ident))


@dataclass(frozen=True)
class Packet6:
    """A packet by its parts. ``transport`` is without a checksum (zero in its place); bytes(packet) has one."""

    source: str
    destination: str
    proto: int
    transport: bytes
    extensions: tuple[Extension, ...] = ()
    first_word: int = 0x60000000
    hops: int = 64
    summed: bool = field(default=True)

    def __bytes__(self) -> bytes:
        body = self.transport
        if self.summed and self.proto in SUM_AT:
            at = SUM_AT[self.proto]
            value = transport_checksum(self.source, self.destination, self.proto, body)
            body = body[:at] + struct.pack("!H", value) + body[at + 2 :]
        types = [extension.type for extension in self.extensions] + [self.proto]
        chain = b"".join(bytes((follows,)) + extension.rest for follows, extension in zip(types[1:], self.extensions, strict=True))
        head = struct.pack("!IHBB", self.first_word, len(chain) + len(body), types[0], self.hops)
        return head + packed(self.source) + packed(self.destination) + chain + body

    @property
    def at(self) -> int:
        """Where the transport begins."""
        return 40 + sum(1 + len(extension.rest) for extension in self.extensions)

    @property
    def ends(self) -> Ends:
        if self.proto == ICMP6:
            ident = struct.unpack_from("!H", self.transport, 4)[0]
            asks = self.transport[0] == ECHO_REQUEST
            return (self.source, ident if asks else 0), (self.destination, 0 if asks else ident)
        sport, dport = struct.unpack_from("!HH", self.transport)
        return (self.source, sport), (self.destination, dport)

    def sent(self, to: Ends, seq: int = 0, ack: int = 0) -> Packet6:
        """The same packet between other ends, its TCP numbers shifted."""
        body = bytearray(self.transport)
        if self.proto == ICMP6:
            struct.pack_into("!H", body, 4, to[0][1] or to[1][1])
        else:
            struct.pack_into("!HH", body, 0, to[0][1], to[1][1])
        if self.proto == TCP:
            shift(body, 4, seq)
            if body[13] & ACK:
                shift(body, 8, ack)
            for edge in sack_edges(bytes(body)):
                shift(body, edge, ack)
        return replace(self, source=to[0][0], destination=to[1][0], transport=bytes(body))


def sack_edges(tcp: bytes) -> list[int]:
    """Where the numbers of the selective acknowledgements are (RFC 2018); the options must be sound."""
    edges: list[int] = []
    at, stop = 20, (tcp[12] >> 4) * 4
    while at < stop and tcp[at] != 0:
        if tcp[at] == 1:
            at += 1
            continue
        if tcp[at] == 5:
            edges += range(at + 2, at + tcp[at + 1], 4)
        at += tcp[at + 1]
    return edges


def tcp(sport: int, dport: int, seq: int, ack: int, flags: int, data: bytes = b"", sacks: Sequence[tuple[int, int]] = ()) -> bytes:
    option = struct.pack(f"!BBBB{2 * len(sacks)}I", 1, 1, 5, 2 + 8 * len(sacks), *sum(sacks, ())) if sacks else b""
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (5 + len(option) // 4) << 4, flags, 4096, 0, 0) + option + data


def udp(sport: int, dport: int, data: bytes = b"") -> bytes:
    return struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data


def echo(kind: int, ident: int, data: bytes = b"") -> bytes:
    return struct.pack("!BBHHH", kind, 0, 0, ident, 1) + data


def icmp_error(kind: int, code: int, word: int, quoted: bytes) -> bytes:
    """``word``: the MTU of packet too big, the pointer of a parameter problem."""
    return struct.pack("!BBHI", kind, code, 0, word) + quoted


def reset_for(packet: Packet6) -> bytes | None:
    """RFC 9293, 3.5.2, in IPv6."""
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", packet.transport)
    if flags & RST:
        return None
    length = len(packet.transport) - (offset >> 4) * 4 + bool(flags & SYN) + bool(flags & FIN)
    number, acknowledged, kind = (ack, 0, RST) if flags & ACK else (0, (seq + length) % 2**32, RST | ACK)
    body = struct.pack("!HHIIBBHHH", dport, sport, number, acknowledged, 5 << 4, kind, 0, 0, 0)
    return bytes(Packet6(packet.destination, packet.source, TCP, body))


@dataclass(frozen=True)
class Seen:
    """What a middlebox should make of bytes that may be anything."""

    kind: str
    proto: int = 0
    ends: bytes = bytes(36)
    """Source, destination and ports of the flow, as in the packet."""
    at: int | None = None
    """Where the transport begins; None: does not matter."""


@dataclass(frozen=True)
class Chain:
    verdict: str
    proto: int = 0
    at: int = 0
    later: bool = False


def walked(ip: bytes) -> Chain:
    """Over the extension headers of a packet that ends where ``ip`` does."""
    proto, at = ip[6], 40
    passed: list[int] = []
    while proto in (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS):
        if len(passed) == HEADERS_MOST:
            return Chain("foreign")
        header = ip[at:]
        if len(header) < 8 or (proto == HOP_BY_HOP and passed):
            return Chain("cut")
        length = 8 if proto == FRAGMENT else 8 + 8 * header[1]
        if len(header) < length:
            return Chain("cut")
        if (proto == ROUTING and header[3]) or (proto == FRAGMENT and FRAGMENT in passed):
            return Chain("foreign")
        passed.append(proto)
        later = proto == FRAGMENT and struct.unpack_from("!H", header, 2)[0] >> 3 != 0
        proto, at = header[0], at + length
        if later:
            return Chain("done", proto, at, later=True)
    return Chain("done", proto, at)


def ends_of(ip: bytes, proto: int, transport: bytes, queries: bool) -> bytes | None:
    """None: names no flow."""
    if proto in (TCP, UDP):
        return ip[8:40] + transport[:4]
    if proto != ICMP6 or not queries or transport[1] != 0:
        return None
    ident = {ECHO_REQUEST: transport[4:6] + b"\0\0", ECHO_REPLY: b"\0\0" + transport[4:6]}.get(transport[0])
    return None if ident is None else ip[8:40] + ident


def quoted_flow(ip: bytes, queries: bool) -> tuple[int, bytes] | None:
    """The flow of a packet of which there is the beginning."""
    if len(ip) < 40 or ip[0] >> 4 != 6:
        return None
    ip = ip[: 40 + struct.unpack_from("!H", ip, 4)[0]]
    chain = walked(ip)
    if chain.verdict != "done" or chain.later or len(ip) < chain.at + 8:
        return None
    ends = ends_of(ip, chain.proto, ip[chain.at :], queries)
    return None if ends is None else (chain.proto, ends)


def seen(ip: bytes, queries: bool) -> Seen:
    if len(ip) < 40 or ip[0] >> 4 != 6 or len(ip) < 40 + struct.unpack_from("!H", ip, 4)[0]:
        return Seen("malformed")
    ip = ip[: 40 + struct.unpack_from("!H", ip, 4)[0]]
    chain = walked(ip)
    if chain.verdict == "cut":
        return Seen("malformed")
    if chain.verdict == "foreign":
        return Seen("other")
    if chain.later:
        of_flow = chain.proto in (TCP, UDP, ICMP6, DESTINATION_OPTIONS, ROUTING)
        return Seen("fragment" if of_flow else "other", at=chain.at)
    transport = ip[chain.at :]
    if chain.proto in (TCP, UDP):
        if len(transport) < (20 if chain.proto == TCP else 8):
            return Seen("malformed")
        if chain.proto == TCP and not 20 <= (transport[12] >> 4) * 4 <= len(transport):
            return Seen("malformed")
    if chain.proto == ICMP6 and len(transport) >= 8 and transport[0] in ERRORS:
        about = quoted_flow(transport[8:], queries)
        return Seen("icmp_error", *about, at=chain.at) if about else Seen("other")
    if chain.proto not in (TCP, UDP, ICMP6) or len(transport) < 8:
        return Seen("other")
    ends = ends_of(ip, chain.proto, transport, queries)
    return Seen("other") if ends is None else Seen("flow", chain.proto, ends, chain.at)
