# SPDX-License-Identifier: Apache-2.0
"""A MinionLB in a router of its own, its model beside it, and packets for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from scapy.layers import inet
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Packet as Layers
from scapy.packet import Raw

from mimi.click import Offload, Packet, Router
from mimi.errors import ClickError
from tests.elements.model_lb import Model
from tests.elements.model_packets import Endpoint
from tests.elements.model_pool import Vip

WEB: Endpoint = ("10.1.0.100", 8080)
ADMIN: Endpoint = ("10.1.0.100", 8081)
DNS: Endpoint = ("10.1.0.101", 53)
BACKENDS: tuple[Endpoint, ...] = (("10.2.0.1", 8080), ("10.2.0.2", 8080), ("10.2.0.3", 8080))
RESOLVERS: tuple[Endpoint, ...] = (("10.2.0.1", 53), ("10.2.0.2", 53))
VIPS = [Vip(6, WEB, BACKENDS), Vip(6, ADMIN, BACKENDS[:2]), Vip(17, DNS, RESOLVERS)]


def configuration(
    unknown: str = "drop", choose: str = "random", arguments: str = "", others: bool = True, vips: Sequence[Vip] = tuple(VIPS)
) -> str:
    """Packets go in at ``client`` and ``server`` and come out at ``out0`` … ``out2``. ``choose`` is for VIPs that say nothing else."""
    said = ", ".join((replace(vip, choose=choose) if vip.choose == "random" else vip).argument() for vip in vips)
    last = "lb[2] -> out2 :: MemoryOut;" if others else ""
    return f"""
        lb :: MinionLB({said}, UNKNOWN {unknown}{arguments and ", " + arguments});
        client :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [0]lb;
        server :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [1]lb;
        lb[0] -> out0 :: MemoryOut; lb[1] -> out1 :: MemoryOut; {last}
    """


class Balancer:
    """The element under test, on a clock that only ``pass_time`` moves. ``send`` returns what left: (port, bytes) pairs."""

    def __init__(self, text: str) -> None:
        self.router = Router(text, clock="virtual")
        self.outputs = 3 if "out2" in text else 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.router.close()

    def send(self, port: int, *packets: bytes, offload: Offload | None = None) -> list[tuple[int, bytes]]:
        return [(i, packet.data) for i, packet in self.send_and_look(port, *packets, offload=offload)]

    def send_and_look(self, port: int, *packets: bytes, offload: Offload | None = None) -> list[tuple[int, Packet]]:
        for packet in packets:
            self.router.push(("client", "server")[port], packet, offload=offload)
        self.router.run()
        return [(i, packet) for i in range(self.outputs) for packet in self.router.packets(f"out{i}")]

    def pass_time(self, seconds: int) -> None:
        self.router.run(ms=seconds * 1000)

    def read(self, handler: str, argument: str = "") -> str:
        return self.router.read(f"lb.{handler}", argument).decode()

    def write(self, handler: str, text: str = "") -> None:
        self.router.write(f"lb.{handler}", text)

    def takes(self, handler: str, text: str) -> bool:
        """Write; false when it is refused."""
        try:
            self.write(handler, text)
        except ClickError:
            return False
        return True

    def stats(self) -> dict[str, int]:
        return {name: int(value) for name, value in (line.split() for line in self.read("stats").splitlines())}

    def shown(self) -> list[str]:
        """What ``vips`` says of states; what it has counted left out."""
        lines = []
        for line in self.read("vips").splitlines():
            words = line.split()
            lines.append(" ".join(words[:4] + words[6:] if words[0] == "vip" else words[:2] + words[8:]))
        return lines

    def choices(self) -> dict[tuple[str, Endpoint], int]:
        """How often each backend of each VIP was chosen, by ``(VIP, backend)``."""
        counts: dict[tuple[str, Endpoint], int] = {}
        vip = ""
        for line in self.read("vips").splitlines():
            words = line.split()
            if words[0] == "vip":
                vip = " ".join(words[1:3])
            else:
                address, _, port = words[1].partition(":")
                counts[vip, (address, int(port or 0))] = int(words[3])
        return counts


def tcp(source: Endpoint, destination: Endpoint, flags: str = "A", data: bytes = b"", **fields: object) -> bytes:
    return raw(IP(src=source[0], dst=destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, **fields) / Raw(data))


def udp(source: Endpoint, destination: Endpoint, data: bytes = b"question", **fields: object) -> bytes:
    return raw(IP(src=source[0], dst=destination[0]) / UDP(sport=source[1], dport=destination[1], **fields) / Raw(data))


def icmp_error(source: str, destination: str, quoted: bytes, kind: int = 3, code: int = 1) -> bytes:
    return raw(IP(src=source, dst=destination) / inet.ICMP(type=kind, code=code) / Raw(quoted))


def raw(packet: Layers) -> bytes:
    return bytes(packet)


def make_model(unknown: str = "drop", capacity: int = 1000000, vips: Sequence[Vip] = tuple(VIPS)) -> Model:
    return Model(list(vips), unknown, capacity)
