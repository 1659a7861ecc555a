# SPDX-License-Identifier: Apache-2.0
"""Packets as the oracles see them: every checksum computed anew, every rewrite told by the RFCs' own words."""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMP6: "icmp6"}
QUERIES = {ICMP: (8, 13, 15, 17), ICMP6: (128,)}
"""Messages that ask: echo, timestamp, information, address mask; with code 0."""
ANSWERS = {ICMP: (0, 14, 16, 18), ICMP6: (129,)}
ERRORS = {ICMP: (3, 4, 11, 12), ICMP6: (1, 2, 3, 4)}
"""Messages that carry the packet they are about: unreachable, time exceeded, parameter problem, source quench, packet too big."""
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS = 0, 43, 44, 60
EXTENSIONS = (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS)

Endpoint = tuple[str, int]
Ends = tuple[Endpoint, Endpoint]
Key = tuple[int, Endpoint, Endpoint]


class Place(NamedTuple):
    """Where a packet's transport begins, whose it is, and whether it is the middle of one."""

    at: int
    proto: int
    later: bool


def version(ip: bytes) -> int:
    return ip[0] >> 4


def place(ip: bytes) -> Place:
    if version(ip) == 4:
        return Place((ip[0] & 15) * 4, ip[9], bool(struct.unpack_from("!H", ip, 6)[0] & 0x1FFF))
    proto, at, later = ip[6], 40, False
    while proto in EXTENSIONS and not later:
        later = proto == FRAGMENT and struct.unpack_from("!H", ip, at + 2)[0] >> 3 != 0
        proto, at = ip[at], at + (8 if proto == FRAGMENT else 8 + 8 * ip[at + 1])
    return Place(at, proto, later)


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def address_span(ip: bytes) -> slice:
    """Source and destination."""
    return slice(12, 20) if version(ip) == 4 else slice(8, 40)


def length(ip: bytes) -> int:
    return int(struct.unpack_from("!H", ip, 2)[0] if version(ip) == 4 else 40 + struct.unpack_from("!H", ip, 4)[0])


def pseudo_header(ip: bytes, proto: int, count: int) -> bytes:
    """Before what a transport's checksum covers (RFC 9293, RFC 8200 section 8.1); ICMP of IPv4 has none."""
    if proto == ICMP:
        return b""
    return ip[address_span(ip)] + struct.pack(
        "!HH" if version(ip) == 4 else "!II", *((proto, count) if version(ip) == 4 else (count, proto))
    )


def checksum(data: bytes) -> int:
    """RFC 1071: the one's complement of the one's complement sum of all 16-bit words, zero-padded."""
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def transport_checksum(ip: bytes) -> int:
    """The TCP, UDP or ICMP checksum over header with a zero checksum and data, after a pseudo-header."""
    at, proto, _ = place(ip)
    body = bytearray(ip[at : length(ip)])
    sum_at = checksum_place(proto)
    body[sum_at : sum_at + 2] = b"\0\0"
    value = checksum(pseudo_header(ip, proto, len(body)) + bytes(body))
    return 0xFFFF if proto == UDP and value == 0 else value


def is_sound(ip: bytes) -> bool:
    """Whether the transport's checksum is right, whatever it is a checksum of."""
    at, proto, _ = place(ip)
    body = ip[at : length(ip)]
    return checksum(pseudo_header(ip, proto, len(body)) + body) == 0


def checksum_place(proto: int) -> int:
    return {TCP: 16, UDP: 6, ICMP: 2, ICMP6: 2}[proto]


def is_intact(ip: bytes) -> bool:
    """Whether every checksum of a packet is right; a UDP checksum of 0 means there is none."""
    at, proto, _ = place(ip)
    carried = struct.unpack_from("!H", ip, at + checksum_place(proto))[0]
    header = version(ip) == 6 or checksum(ip[:at]) == 0
    return header and ((proto == UDP and carried == 0) or carried == transport_checksum(ip))


def endpoint_text(endpoint: Endpoint) -> str:
    address, port = endpoint
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def addresses(ip: bytes) -> tuple[str, str]:
    both = ip[address_span(ip)]
    half = len(both) // 2
    return str(ipaddress.ip_address(both[:half])), str(ipaddress.ip_address(both[half:]))


def is_later_fragment(ip: bytes) -> bool:
    return place(ip).later


def flow_key(ip: bytes) -> Key | None:
    """The flow a packet belongs to; an ICMP query has its id beside its asker. None: no port, no id."""
    at, proto, later = place(ip)
    if proto not in (TCP, UDP, ICMP if version(ip) == 4 else ICMP6) or len(ip) < at + 8 or later:
        return None
    source, destination = addresses(ip)
    if proto in (TCP, UDP):
        sport, dport = struct.unpack_from("!HH", ip, at)
        return proto, (source, sport), (destination, dport)
    ident = struct.unpack_from("!H", ip, at + 4)[0]
    if ip[at + 1] != 0:
        return None
    if ip[at] in QUERIES[proto]:
        return proto, (source, ident), (destination, 0)
    if ip[at] in ANSWERS[proto]:
        return proto, (source, 0), (destination, ident)
    return None


def tcp_flags(ip: bytes) -> int:
    at, proto, _ = place(ip)
    return ip[at + 13] if proto == TCP else 0


def set_tuple(ip: bytearray, to: Ends) -> int:
    at, proto, _ = place(ip)
    ip[address_span(ip)] = packed(to[0][0]) + packed(to[1][0])
    if proto in (ICMP, ICMP6):
        ident = to[0][1] if ip[at] in QUERIES[proto] else to[1][1]
        ip[at + 4 : at + 6] = struct.pack("!H", ident)
    else:
        ip[at : at + 4] = struct.pack("!HH", to[0][1], to[1][1])
    return at


def sum_header(ip: bytearray) -> None:
    if version(ip) == 4:
        ip[10:12] = b"\0\0"
        ip[10:12] = struct.pack("!H", checksum(bytes(ip[: place(ip).at])))


def finished(ip: bytearray) -> bytes:
    """The packet with its checksums computed anew; a UDP packet without one stays so."""
    sum_header(ip)
    at, proto, _ = place(ip)
    at += checksum_place(proto)
    if proto != UDP or ip[at : at + 2] != b"\0\0":
        ip[at : at + 2] = struct.pack("!H", transport_checksum(bytes(ip)))
    return bytes(ip)


def rewritten(ip: bytes, to: Ends, seq: int, ack: int) -> bytes:
    """The packet with other ends and shifted TCP numbers; ``ip`` must be intact."""
    out = bytearray(ip)
    at = set_tuple(out, to)
    if place(ip).proto == TCP:
        shift(out, at + 4, seq)
        if out[at + 13] & ACK:
            shift(out, at + 8, ack)
        option, stop = at + 20, at + (out[at + 12] >> 4) * 4
        while option < stop and out[option] != 0:
            if out[option] == 1:
                option += 1
                continue
            length = out[option + 1] if option + 1 < stop else 0
            if length < 2 or option + length > stop:
                break
            if out[option] == 5:  # SACK (RFC 2018)
                for edge in range(option + 2, option + length - 3, 4):
                    shift(out, edge, ack)
            option += length
    return finished(out)


def restored(quoted: bytes, to: Ends, seq: int) -> bytes:
    """The packet inside an ICMP error with other ends. Cut short, so its checksum changes by what was replaced."""
    out = bytearray(quoted)
    at, proto = set_tuple(out, to), place(quoted).proto
    if proto == TCP:
        shift(out, at + 4, seq)
    sum_header(out)
    sum_at = at + checksum_place(proto)
    if len(out) >= sum_at + 2 and (proto != UDP or out[sum_at : sum_at + 2] != b"\0\0"):
        covered = slice(at + 4, at + 6) if proto in (ICMP, ICMP6) else slice(at, at + (8 if proto == TCP else 4))
        pseudo = slice(0, 0) if proto == ICMP else address_span(quoted)
        before = quoted[pseudo] + quoted[covered]
        after = bytes(out[pseudo] + out[covered])
        old = struct.unpack_from("!H", quoted, sum_at)[0]
        # RFC 1624: HC' = ~(~HC + ~m + m'), with m and m' as sums.
        total = (old ^ 0xFFFF) + checksum(before) + (checksum(after) ^ 0xFFFF)
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        value = total ^ 0xFFFF
        out[sum_at : sum_at + 2] = struct.pack("!H", 0xFFFF if proto == UDP and value == 0 else value)
    return bytes(out)


def shift(data: bytearray, at: int, by: int) -> None:
    struct.pack_into("!I", data, at, (struct.unpack_from("!I", data, at)[0] + by) % 2**32)


def reset_for(ip: bytes) -> bytes:
    """RFC 9293, 3.5.2: answer ACK with a reset at that number, everything else with a reset that acknowledges it."""
    at = place(ip).at
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", ip, at)
    said = length(ip) - at - (offset >> 4) * 4 + bool(flags & SYN) + bool(flags & FIN)
    answer = (ack, 0, RST) if flags & ACK else (0, (seq + said) % 2**32, RST | ACK)
    tcp = struct.pack("!HHIIBBHHH", dport, sport, answer[0], answer[1], 5 << 4, answer[2], 0, 0, 0)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0x4000, 64, TCP, 0) if version(ip) == 4 else struct.pack("!IHBB", 6 << 28, 20, TCP, 64)
    both = ip[address_span(ip)]
    half = len(both) // 2
    return finished(bytearray(head + both[half:] + both[:half] + tcp))


def about(ip: bytes) -> tuple[bytes, Key] | None:
    """The packet that an ICMP error carries, and its flow; None when ``ip`` is no error about a flow."""
    at, proto, later = place(ip)
    icmp, least = ip[at:], 28 if version(ip) == 4 else 48
    if proto not in (ICMP, ICMP6) or later or icmp[0] not in ERRORS[proto] or len(icmp) < 8 + least or version(icmp[8:]) != version(ip):
        return None
    key = flow_key(icmp[8:])
    return (icmp[8:], key) if key else None


def translated_error(ip: bytes, inner: Ends, seq: int, outer: tuple[str, str]) -> bytes:
    """An ICMP error whose quoted packet gets the ends ``inner`` and a shifted number, sent between the ``outer`` addresses."""
    at = place(ip).at
    out = bytearray(ip[: at + 8] + restored(ip[at + 8 :], inner, seq))
    out[address_span(ip)] = packed(outer[0]) + packed(outer[1])
    return finished(out)
