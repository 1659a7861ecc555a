# SPDX-License-Identifier: Apache-2.0
"""Random conversations for two boxes at once: handshakes, data that stays within TCP's windows, datagrams, pings, and errors.

A flow is told from its initiator's side. What its responder sees is what the first box let out: its packets go to that.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field

from kernelbox import ip_packet

from tests.elements.model_packets import (
    ACK,
    DESTINATION_OPTIONS,
    HOP_BY_HOP,
    ICMP,
    ICMP6,
    SYN,
    TCP,
    UDP,
    Ends,
    finished,
    flow_key,
    place,
    version,
)

PSH, URG = 0x08, 0x20
ECHO = {ICMP: (8, 0), ICMP6: (128, 129)}
"""Request and reply."""
NEEDS_MTU = {4: (3, 4), 6: (2, 0)}
ERRORS = {4: [(3, 1), (3, 3), NEEDS_MTU[4], (11, 0), (12, 0)], 6: [(1, 0), (1, 3), (1, 4), NEEDS_MTU[6], (3, 0), (4, 1)]}
"""Types and codes (RFC 792 and 1191, RFC 4443)."""


@dataclass
class Flow:
    """``ends[0]`` are the initiator's words for both ends, ``ends[1]`` the responder's: each one's source and destination."""

    proto: int
    ends: list[Ends]
    side: int = 0
    """Where the initiator is."""
    seq: list[int] = field(default_factory=lambda: [0, 0])
    last: list[bytes] = field(default_factory=lambda: [b"", b""])
    """The latest packet that reached the initiator, and the responder."""


class Talk:
    """Makes packets of flows, at random, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._ident = 0
        self.options = 0.2
        """The share of IPv6 packets that have options in front."""

    def _ip(self, ends: Ends, proto: int, body: bytes) -> bytes:
        self._ident = (self._ident + 1) % 65536
        r = self.random
        if ":" in ends[0][0] and r.random() < self.options:  # padding in front (RFC 8200, section 4.2)
            body = bytes((proto, 0, 1, 4, 0, 0, 0, 0)) + body
            proto = r.choice((HOP_BY_HOP, DESTINATION_OPTIONS))
        return finished(
            bytearray(
                ip_packet(
                    ends[0][0], ends[1][0], proto, body, r.randint(2, 255), r.choice([0, 0, 0x28, 0xB8, 2]), self._ident, r.random() < 0.5
                )
            )
        )

    def first(self, flow: Flow) -> bytes:
        """The packet that begins a flow."""
        if flow.proto != TCP:
            return self.more(flow, 0)
        flow.seq = [self.random.getrandbits(32), self.random.getrandbits(32)]
        return self._tcp(flow, 0, SYN, b"", b"\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x01\x01")

    def accepted(self, flow: Flow) -> bytes:
        """What the responder says first."""
        return (
            self._tcp(flow, 1, SYN | ACK, b"", b"\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x01\x01")
            if flow.proto == TCP
            else self.more(flow, 1)
        )

    def confirmed(self, flow: Flow) -> bytes:
        return self._tcp(flow, 0, ACK, b"", b"") if flow.proto == TCP else self.more(flow, 0)

    def more(self, flow: Flow, way: int) -> bytes:
        """Any packet in the middle of the flow, from the initiator (``way`` 0) or the responder."""
        data = self.random.randbytes(self.random.choice([0, 1, 2, 7, 100, self.random.randint(0, 700)]))
        source, destination = flow.ends[way]
        if flow.proto == TCP:
            stamps = b"\x01\x01\x08\x0a" + self.random.randbytes(8) if self.random.random() < 0.5 else b""
            return self._tcp(flow, way, ACK | self.random.choice([0, PSH, PSH | 0x40]), data, stamps)
        if flow.proto == UDP:
            packet = bytearray(
                self._ip((source, destination), UDP, struct.pack("!HHHH", source[1], destination[1], 8 + len(data), 1) + data)
            )
            if version(packet) == 4 and self.random.random() < 0.1:
                packet[26:28] = b"\0\0"
            return bytes(packet)
        kind, ident = ECHO[flow.proto][way], (source if way == 0 else destination)[1]
        return self._ip((source, destination), flow.proto, struct.pack("!BBHHH", kind, 0, 0, ident, self.random.getrandbits(16)) + data)

    def _tcp(self, flow: Flow, way: int, flags: int, data: bytes, options: bytes) -> bytes:
        source, destination = flow.ends[way]
        seq, ack = flow.seq[way], flow.seq[1 - way] if flags & ACK else 0
        flow.seq[way] = (seq + len(data) + bool(flags & SYN)) % 2**32
        offset = (20 + len(options)) // 4 << 4
        head = struct.pack("!HHIIBBHHH", source[1], destination[1], seq, ack, offset, flags, 60000, 0, 0)
        return self._ip((source, destination), TCP, head + options + data)

    def error(self, flow: Flow, way: int, router: str | None = None) -> bytes:
        """An error about the latest packet that reached the initiator (``way`` 0) or the responder, by itself or a router near it."""
        quoted = flow.last[way]
        least, ip = place(quoted).at + 8, version(quoted)
        length = self.random.choice([least, least + 12, least + 32, len(quoted)])
        source, destination = flow.ends[way]
        kind = self.random.choice(ERRORS[ip])
        body = struct.pack("!BBHI", *kind, 0, 1400 if kind == NEEDS_MTU[ip] else 0) + quoted[:length]
        return self._ip(((router or source[0], 0), destination), ICMP if ip == 4 else ICMP6, body)

    def heard(self, flow: Flow, way: int, packet: bytes) -> None:
        """``packet`` has reached the responder (``way`` 1) or the initiator: it knows the other end by its words now."""
        flow.last[way] = packet
        key = flow_key(packet)
        assert key is not None
        if way == 1:
            flow.ends[1] = (key[2], key[1])
