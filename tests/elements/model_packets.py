# SPDX-License-Identifier: Apache-2.0
"""Packets as the oracles see them: every checksum computed anew, every rewrite told by the RFCs' own words."""

from __future__ import annotations

import socket
import struct

TCP, UDP, ICMP = 6, 17, 1
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP: "icmp"}
QUERIES = (8, 13, 15, 17)
"""ICMP messages that ask: echo, timestamp, information, address mask; with code 0."""
ANSWERS = (0, 14, 16, 18)
ERRORS = (3, 4, 11, 12)
"""ICMP messages that carry the packet they are about: unreachable, source quench, time exceeded, parameter problem."""

Endpoint = tuple[str, int]
Ends = tuple[Endpoint, Endpoint]
Key = tuple[int, Endpoint, Endpoint]


def checksum(data: bytes) -> int:
    """RFC 1071: the one's complement of the one's complement sum of all 16-bit words, zero-padded."""
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def transport_checksum(ip: bytes) -> int:
    """The TCP, UDP or ICMP checksum over header with a zero checksum and data, after a pseudo-header but for ICMP (RFC 9293, 768, 792)."""
    header = (ip[0] & 15) * 4
    body = bytearray(ip[header : struct.unpack_from("!H", ip, 2)[0]])
    at = checksum_place(ip[9])
    body[at : at + 2] = b"\0\0"
    pseudo = b"" if ip[9] == ICMP else ip[12:20] + struct.pack("!HH", ip[9], len(body))
    value = checksum(pseudo + bytes(body))
    return 0xFFFF if ip[9] == UDP and value == 0 else value


def checksum_place(proto: int) -> int:
    return {TCP: 16, UDP: 6, ICMP: 2}[proto]


def is_intact(ip: bytes) -> bool:
    """Whether every checksum of a packet is right; a UDP checksum of 0 means there is none."""
    header = (ip[0] & 15) * 4
    carried = struct.unpack_from("!H", ip, header + checksum_place(ip[9]))[0]
    return checksum(ip[:header]) == 0 and ((ip[9] == UDP and carried == 0) or carried == transport_checksum(ip))


def endpoint_text(endpoint: Endpoint) -> str:
    return f"{endpoint[0]}:{endpoint[1]}"


def addresses(ip: bytes) -> tuple[str, str]:
    return socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])


def is_later_fragment(ip: bytes) -> bool:
    return bool(struct.unpack_from("!H", ip, 6)[0] & 0x1FFF)


def flow_key(ip: bytes) -> Key | None:
    """The flow a packet belongs to; an ICMP query has its id beside its asker. None: no port, no id."""
    header = (ip[0] & 15) * 4
    if ip[9] not in PROTOCOLS or len(ip) < header + 8 or is_later_fragment(ip):
        return None
    source, destination = addresses(ip)
    if ip[9] != ICMP:
        sport, dport = struct.unpack_from("!HH", ip, header)
        return ip[9], (source, sport), (destination, dport)
    ident = struct.unpack_from("!H", ip, header + 4)[0]
    if ip[header + 1] != 0:
        return None
    if ip[header] in QUERIES:
        return ICMP, (source, ident), (destination, 0)
    if ip[header] in ANSWERS:
        return ICMP, (source, 0), (destination, ident)
    return None


def tcp_flags(ip: bytes) -> int:
    return ip[(ip[0] & 15) * 4 + 13] if ip[9] == TCP else 0


def set_tuple(ip: bytearray, to: Ends) -> int:
    header = (ip[0] & 15) * 4
    ip[12:20] = socket.inet_aton(to[0][0]) + socket.inet_aton(to[1][0])
    if ip[9] == ICMP:
        ident = to[0][1] if ip[header] in QUERIES else to[1][1]
        ip[header + 4 : header + 6] = struct.pack("!H", ident)
    else:
        ip[header : header + 4] = struct.pack("!HH", to[0][1], to[1][1])
    return header


def finished(ip: bytearray) -> bytes:
    """The packet with its checksums computed anew; a UDP packet without one stays so."""
    header = (ip[0] & 15) * 4
    ip[10:12] = b"\0\0"
    ip[10:12] = struct.pack("!H", checksum(bytes(ip[:header])))
    at = header + checksum_place(ip[9])
    if ip[9] != UDP or ip[at : at + 2] != b"\0\0":
        ip[at : at + 2] = struct.pack("!H", transport_checksum(bytes(ip)))
    return bytes(ip)


def rewritten(ip: bytes, to: Ends, seq: int, ack: int) -> bytes:
    """The packet with other ends and shifted TCP numbers; ``ip`` must be intact."""
    out = bytearray(ip)
    at = set_tuple(out, to)
    if out[9] == TCP:
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
    at = set_tuple(out, to)
    if out[9] == TCP:
        shift(out, at + 4, seq)
    out[10:12] = b"\0\0"
    out[10:12] = struct.pack("!H", checksum(bytes(out[:at])))
    sum_at = at + checksum_place(out[9])
    if len(out) >= sum_at + 2 and (out[9] != UDP or out[sum_at : sum_at + 2] != b"\0\0"):
        covered = slice(at + 4, at + 6) if out[9] == ICMP else slice(at, at + (8 if out[9] == TCP else 4))
        pseudo = slice(0, 0) if out[9] == ICMP else slice(12, 20)
        before = quoted[pseudo] + quoted[covered]
        after = bytes(out[pseudo] + out[covered])
        old = struct.unpack_from("!H", quoted, sum_at)[0]
        # RFC 1624: HC' = ~(~HC + ~m + m'), with m and m' as sums.
        total = (old ^ 0xFFFF) + checksum(before) + (checksum(after) ^ 0xFFFF)
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        value = total ^ 0xFFFF
        out[sum_at : sum_at + 2] = struct.pack("!H", 0xFFFF if out[9] == UDP and value == 0 else value)
    return bytes(out)


def shift(data: bytearray, at: int, by: int) -> None:
    struct.pack_into("!I", data, at, (struct.unpack_from("!I", data, at)[0] + by) % 2**32)


def reset_for(ip: bytes) -> bytes:
    """RFC 9293, 3.5.2: answer ACK with a reset at that number, everything else with a reset that acknowledges it."""
    header = (ip[0] & 15) * 4
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", ip, header)
    length = struct.unpack_from("!H", ip, 2)[0] - header - (offset >> 4) * 4 + bool(flags & SYN) + bool(flags & FIN)
    answer = (ack, 0, RST) if flags & ACK else (0, (seq + length) % 2**32, RST | ACK)
    tcp = struct.pack("!HHIIBBHHH", dport, sport, answer[0], answer[1], 5 << 4, answer[2], 0, 0, 0)
    return finished(bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0x4000, 64, TCP, 0) + ip[16:20] + ip[12:16] + tcp))


def about(ip: bytes) -> tuple[bytes, Key] | None:
    """The packet that an ICMP error carries, and its flow; None when ``ip`` is no error about a flow."""
    icmp = ip[(ip[0] & 15) * 4 :]
    if ip[9] != ICMP or is_later_fragment(ip) or icmp[0] not in ERRORS or len(icmp) < 36:
        return None
    key = flow_key(icmp[8:])
    return (icmp[8:], key) if key else None


def translated_error(ip: bytes, inner: Ends, seq: int, outer: tuple[str, str]) -> bytes:
    """An ICMP error whose quoted packet gets the ends ``inner`` and a shifted number, sent between the ``outer`` addresses."""
    header = (ip[0] & 15) * 4
    body = bytearray(ip[header : header + 8] + restored(ip[header + 8 :], inner, seq))
    body[2:4] = b"\0\0"
    body[2:4] = struct.pack("!H", checksum(bytes(body)))
    out = bytearray(ip[:header] + bytes(body))
    out[12:20] = socket.inet_aton(outer[0]) + socket.inet_aton(outer[1])
    out[10:12] = b"\0\0"
    out[10:12] = struct.pack("!H", checksum(bytes(out[:header])))
    return bytes(out)
