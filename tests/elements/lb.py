# SPDX-License-Identifier: Apache-2.0
"""A MinionLB in a router of its own, its model beside it, and packets for both."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Self

from scapy.layers import inet
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet as Layers
from scapy.packet import Raw

from mimi.click import Offload, Packet, Router
from mimi.errors import ClickError
from tests.elements.model_lb import Families
from tests.elements.model_packets import ICMP6, Endpoint, finished, packed, version
from tests.elements.model_packets import UDP as UDP_NUMBER
from tests.elements.model_pool import Vip

WEB: Endpoint = ("10.1.0.100", 8080)
ADMIN: Endpoint = ("10.1.0.100", 8081)
DNS: Endpoint = ("10.1.0.101", 53)
BACKENDS: tuple[Endpoint, ...] = (("10.2.0.1", 8080), ("10.2.0.2", 8080), ("10.2.0.3", 8080))
RESOLVERS: tuple[Endpoint, ...] = (("10.2.0.1", 53), ("10.2.0.2", 53))
ICMP6_TYPES = {3: 1, 4: 2, 11: 3, 12: 4, 8: 128, 5: 137, 9: 134, 30: 200}
"""By their likes in IPv4: unreachable, too big, time exceeded, parameter problem, echo request, redirect, router's advertisement, an
experiment."""
VIPS = [Vip(6, WEB, BACKENDS), Vip(6, ADMIN, BACKENDS[:2]), Vip(17, DNS, RESOLVERS)]


def six(end: Endpoint) -> Endpoint:
    """The IPv6 end that stands for an IPv4 end in tests of both families."""
    a, b, c, d = end[0].split(".")
    return str(IPv6Address(f"2001:db8:{a}:{b}::{c}:{d}")), end[1]


def vip6(vip: Vip) -> Vip:
    sources = ((six((address, 0))[0], ports) for address, _, ports in (source.partition(":") for source in vip.sources))
    return replace(
        vip,
        service=six(vip.service),
        backends=tuple(map(six, vip.backends)),
        sources=tuple(f"[{address}]:{ports}" if ports else address for address, ports in sources),
    )


def configuration(
    unknown: str = "drop", choose: str = "random", arguments: str = "", others: bool = True, vips: Sequence[Vip] = tuple(VIPS)
) -> str:
    """Packets go in at ``client`` and ``server`` and come out at ``out0`` … ``out2``. ``choose`` is for VIPs that say nothing else."""
    said = ", ".join((replace(vip, choose=choose) if vip.choose == "random" else vip).argument() for vip in vips)
    last = "lb[2] -> out2 :: MemoryOut;" if others else ""
    if any(":" in vip.service[0] for vip in vips):
        return f"""
            lb :: MinionLB({said}, UNKNOWN {unknown}{arguments and ", " + arguments});
            client :: MemoryIn -> client_version :: Classifier(0/60%f0, -);
            server :: MemoryIn -> server_version :: Classifier(0/60%f0, -);
            client_version[0] -> CheckIP6Header -> [0]lb; client_version[1] -> CheckIPHeader(CHECKSUM false) -> [0]lb;
            server_version[0] -> CheckIP6Header -> [1]lb; server_version[1] -> CheckIPHeader(CHECKSUM false) -> [1]lb;
            lb[0] -> out0 :: MemoryOut; lb[1] -> out1 :: MemoryOut; {last}
        """
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
                counts[vip, backend_named(words[1])] = int(words[3])
        return counts


def backend_named(text: str) -> Endpoint:
    if text.count(":") > 1 and not text.startswith("["):
        return text, 0
    address, _, port = text.rpartition(":") if ":" in text else (text, "", "0")
    return address.strip("[]"), int(port)


def ip(source: str, destination: str) -> Layers:
    return IPv6(src=source, dst=destination) if ":" in source else IP(src=source, dst=destination)


def tcp(source: Endpoint, destination: Endpoint, flags: str = "A", data: bytes = b"", **fields: object) -> bytes:
    return raw(ip(source[0], destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, **fields) / Raw(data))


def udp(source: Endpoint, destination: Endpoint, data: bytes = b"question", **fields: object) -> bytes:
    return raw(ip(source[0], destination[0]) / UDP(sport=source[1], dport=destination[1], **fields) / Raw(data))


def icmp_error(source: str, destination: str, quoted: bytes, kind: int = 3, code: int = 1) -> bytes:
    """``kind`` is IPv4's; ICMPv6 has its like."""
    if ":" not in source:
        return raw(IP(src=source, dst=destination) / inet.ICMP(type=kind, code=code) / Raw(quoted))
    icmp = struct.pack("!BBHI", ICMP6_TYPES[kind], code, 0, 0) + quoted
    return finished(bytearray(struct.pack("!IHBB", 6 << 28, len(icmp), ICMP6, 64) + packed(source) + packed(destination) + icmp))


def later_fragment(packet: bytes) -> bytes:
    """As if it were the middle of a datagram."""
    if version(packet) == 4:
        return packet[:6] + b"\x00\x10" + packet[8:]
    header = struct.pack("!BBHI", UDP_NUMBER, 0, 16 << 3, 1)
    return packet[:4] + struct.pack("!HB", len(packet) - 40 + 8, 44) + packet[7:40] + header + packet[40:]


def raw(packet: Layers) -> bytes:
    return bytes(packet)


def with_header(packet: bytes, kind: int, rest: bytes) -> bytes:
    """The IPv6 packet with an extension header of 8 bytes in front of everything else; ``rest`` is what follows its first byte."""
    return packet[:4] + struct.pack("!HB", len(packet) - 40 + 8, kind) + packet[7:40] + packet[6:7] + rest + packet[40:]


def make_model(unknown: str = "drop", capacity: int = 1000000, vips: Sequence[Vip] = tuple(VIPS)) -> Families:
    return Families(list(vips), unknown, capacity)
