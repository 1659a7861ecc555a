# SPDX-License-Identifier: Apache-2.0
"""A MinionLB in a router of its own, its model beside it, and packets for both."""

from __future__ import annotations

from scapy.layers import inet
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Packet, Raw

from mimi.click import Router
from tests.elements import model_lb
from tests.elements.model_lb import Binding, Endpoint, Model, Vip

WEB: Endpoint = ("10.1.0.100", 8080)
ADMIN: Endpoint = ("10.1.0.100", 8081)
DNS: Endpoint = ("10.1.0.101", 53)
BACKENDS: tuple[Endpoint, ...] = (("10.2.0.1", 8080), ("10.2.0.2", 8080), ("10.2.0.3", 8080))
RESOLVERS: tuple[Endpoint, ...] = (("10.2.0.1", 53), ("10.2.0.2", 53))
VIPS = [Vip(6, WEB, BACKENDS), Vip(6, ADMIN, BACKENDS[:2]), Vip(17, DNS, RESOLVERS)]


def vip_argument(vip: Vip, choose: str = "random") -> str:
    backends = " ".join(model_lb.endpoint_text(backend) for backend in vip.backends)
    return f"VIP {model_lb.PROTOCOLS[vip.proto]} {model_lb.endpoint_text(vip.service)} {choose} {backends}"


def configuration(unknown: str = "drop", choose: str = "random", arguments: str = "", others: bool = True) -> str:
    """Packets go in at ``client`` and ``server`` and come out at ``out0`` … ``out2``."""
    vips = ", ".join(vip_argument(vip, choose) for vip in VIPS)
    last = "lb[2] -> out2 :: MemoryOut;" if others else ""
    return f"""
        lb :: MinionLB({vips}, UNKNOWN {unknown}{arguments and ", " + arguments});
        client :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [0]lb;
        server :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [1]lb;
        lb[0] -> out0 :: MemoryOut; lb[1] -> out1 :: MemoryOut; {last}
    """


class Balancer:
    """The element under test. ``send`` returns what left: (port, bytes) pairs."""

    def __init__(self, text: str) -> None:
        self.router = Router(text)
        self.outputs = 3 if "out2" in text else 2

    def close(self) -> None:
        self.router.close()

    def send(self, port: int, data: bytes) -> list[tuple[int, bytes]]:
        self.router.push(("client", "server")[port], data)
        return self.taken()

    def taken(self) -> list[tuple[int, bytes]]:
        return [(i, bytes(packet)) for i in range(self.outputs) for packet in self.router.packets(f"out{i}")]

    def read(self, handler: str, argument: str | None = None) -> str:
        return self.router.read(f"lb.{handler}") if argument is None else self.router.read(f"lb.{handler}", argument)

    def write(self, handler: str, text: str = "") -> None:
        self.router.write(f"lb.{handler}", text)

    def stats(self) -> dict[str, int]:
        return {name: int(value) for name, value in (line.split() for line in self.read("stats").splitlines())}


def tcp(source: Endpoint, destination: Endpoint, flags: str = "A", data: bytes = b"", **fields: object) -> bytes:
    return raw(IP(src=source[0], dst=destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, **fields) / Raw(data))


def udp(source: Endpoint, destination: Endpoint, data: bytes = b"question", **fields: object) -> bytes:
    return raw(IP(src=source[0], dst=destination[0]) / UDP(sport=source[1], dport=destination[1], **fields) / Raw(data))


def icmp_error(source: str, destination: str, quoted: bytes, kind: int = 3, code: int = 1) -> bytes:
    return raw(IP(src=source, dst=destination) / inet.ICMP(type=kind, code=code) / Raw(quoted))


def raw(packet: Packet) -> bytes:
    return bytes(packet)


def binding_of(line: str) -> Binding:
    """A ``put`` line as the model's value; fields in the order of docs/architecture.md."""
    words = line.split()
    assert words[0] == "put"
    proto = {name: number for number, name in model_lb.PROTOCOLS.items()}[words[2]]
    ends = [(address, int(port)) for address, port in (word.split(":") for word in words[3:7])]
    options = dict(word.split("=") for word in words[8:])
    fwd, rev = (int(n) for n in options.get("delta", "0,0").split(","))
    return Binding(proto, (ends[0], ends[1]), (ends[2], ends[3]), int(words[1]), int(words[7]), options.get("state", ""), fwd, rev)


def make_model(unknown: str = "drop") -> Model:
    return Model(VIPS, unknown)
