# SPDX-License-Identifier: Apache-2.0
"""A rewriter in a router of its own, on a clock that only the test moves, and packets for it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Self

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Packet as Layers
from scapy.packet import Raw

from mimi.click.router import Offload, Packet, Router

Endpoint = tuple[str, int]
NEEDS_CHECKSUM = 1


class Rewriter:
    """``element`` is the rewriter's text; its name is ``rw``. ``others`` are further declarations."""

    def __init__(self, element: str, inputs: int = 2, outputs: int = 2, others: str = "", between: str = "Null") -> None:
        self.outputs = outputs
        lines = [others, f"rw :: {element};"]
        lines += [f"in{i} :: MemoryIn -> MarkIPHeader -> GetIPAddress(16) -> {between} -> [{i}]rw;" for i in range(inputs)]
        lines += [f"rw[{i}] -> out{i} :: MemoryOut;" for i in range(outputs)]
        self.router = Router("\n".join(lines), clock="virtual")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.router.close()

    def send(self, port: int, *packets: bytes | Layers, offload: Offload | None = None) -> list[tuple[int, bytes]]:
        """Push packets; returns what left, as (output, bytes)."""
        return [(i, p.data) for i, p in self.send_and_look(port, *packets, offload=offload)]

    def send_and_look(self, port: int, *packets: bytes | Layers, offload: Offload | None = None) -> list[tuple[int, Packet]]:
        for packet in packets:
            self.router.push(f"in{port}", bytes(packet), offload=offload)
        self.router.run()
        return [(i, p) for i in range(self.outputs) for p in self.router.packets(f"out{i}")]

    def one(self, port: int, packet: bytes | Layers) -> tuple[int, Layers]:
        """Push a packet of which one leaves."""
        ((output, data),) = self.send(port, packet)
        return output, IP(data)

    def pass_time(self, seconds: float) -> None:
        self.router.run(ms=seconds * 1000)

    def read(self, handler: str, argument: str = "") -> str:
        return self.router.read(f"rw.{handler}", argument).decode()

    def lines(self, handler: str) -> list[str]:
        return sorted(self.read(handler).splitlines())

    def write(self, handler: str, text: str = "") -> None:
        self.router.write(f"rw.{handler}", text)


def tcp(source: Endpoint, destination: Endpoint, flags: str = "A", data: bytes = b"", **fields: object) -> bytes:
    return bytes(IP(src=source[0], dst=destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, **fields) / Raw(data))


def udp(source: Endpoint, destination: Endpoint, data: bytes = b"question", **fields: object) -> bytes:
    return bytes(IP(src=source[0], dst=destination[0]) / UDP(sport=source[1], dport=destination[1], **fields) / Raw(data))


def ping(source: str, destination: str, identifier: int, reply: bool = False) -> bytes:
    return bytes(IP(src=source, dst=destination) / ICMP(type=0 if reply else 8, id=identifier, seq=7) / Raw(b"ping"))


def ends(data: bytes | Layers) -> tuple[Endpoint, Endpoint]:
    """Source and destination of a TCP or UDP packet."""
    packet = IP(bytes(data))
    return (packet.src, packet.payload.sport), (packet.dst, packet.payload.dport)


def remade(data: bytes | Layers) -> bytes:
    """The same packet with checksums computed anew by scapy, inside quotations too."""
    packet = IP(bytes(data))
    del packet.chksum
    for layer in (TCP, UDP, ICMP):
        if layer in packet and not (layer is UDP and packet[UDP].chksum == 0):
            del packet[layer].chksum
    return bytes(packet)


def partial(data: bytes, **view: int) -> tuple[bytes, Offload]:
    """The packet as a host leaves it to its network card: the checksum field holds the sum of the pseudo-header."""
    packet = bytearray(data)
    start = (packet[0] & 15) * 4
    offset = 16 if packet[9] == 6 else 6
    total = sum(struct.unpack("!4H", packet[12:20])) + packet[9] + len(packet) - start
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", packet, start + offset, (total & 0xFFFF) + (total >> 16))
    return bytes(packet), Offload(flags=NEEDS_CHECKSUM, csum_start=start, csum_offset=offset, **view)


def summaries(packets: Sequence[tuple[int, bytes]]) -> list[tuple[int, Endpoint, Endpoint]]:
    return [(output, *ends(data)) for output, data in packets]
