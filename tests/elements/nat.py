# SPDX-License-Identifier: Apache-2.0
"""A MinionNAT in a router of its own, on a clock that only ``pass_time`` moves, and packets for it."""

from __future__ import annotations

from typing import Self

from scapy.layers.inet import ICMP, IP
from scapy.packet import Raw

from mimi.click import Router
from tests.elements.lb import icmp_error, raw, tcp, udp
from tests.elements.model_nat import Setup
from tests.elements.model_packets import Endpoint, flow_key

__all__ = ["Translator", "answer", "icmp_error", "query", "raw", "tcp", "udp"]

INSIDE, OUTSIDE = 0, 1


class Translator:
    """The element under test. ``send`` returns what left: (port, bytes) pairs."""

    def __init__(self, setup: Setup | None = None, arguments: str = "") -> None:
        given = (setup or Setup()).arguments()
        self.router = Router(
            f"""
            nat :: MinionNAT({given}{arguments and ", " + arguments});
            inside :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [0]nat;
            outside :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [1]nat;
            nat[0] -> out0 :: MemoryOut; nat[1] -> out1 :: MemoryOut; nat[2] -> out2 :: MemoryOut;
            """,
            clock="virtual",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.router.close()

    def send(self, port: int, *packets: bytes) -> list[tuple[int, bytes]]:
        for packet in packets:
            self.router.push(("inside", "outside")[port], packet)
        self.router.run()
        return [(i, packet.data) for i in range(3) for packet in self.router.packets(f"out{i}")]

    def pass_time(self, seconds: int) -> None:
        self.router.run(ms=seconds * 1000)

    def read(self, handler: str, argument: str = "") -> str:
        return self.router.read(f"nat.{handler}", argument).decode()

    def write(self, handler: str, text: str = "") -> None:
        self.router.write(f"nat.{handler}", text)

    def stats(self) -> dict[str, int]:
        return {name: int(value) for name, value in (line.split() for line in self.read("stats").splitlines())}


def query(source: str, destination: str, ident: int, kind: int = 8, data: bytes = b"ping", seq: int = 1) -> bytes:
    more = {"ts_ori": 1, "ts_rx": 2, "ts_tx": 3} if kind in (13, 14) else {}
    return raw(IP(src=source, dst=destination) / ICMP(type=kind, id=ident, seq=seq, **more) / Raw(data))


def answer(source: str, destination: str, ident: int, kind: int = 0, data: bytes = b"ping", seq: int = 1) -> bytes:
    return query(source, destination, ident, kind, data, seq)


def ends_of(packet: bytes) -> tuple[Endpoint, Endpoint]:
    """Source and destination of a packet that left; for a query the id stands in the port's place."""

    key = flow_key(packet)
    assert key is not None
    return key[1], key[2]
