# SPDX-License-Identifier: Apache-2.0
"""A MinionFirewall in a router of its own, on a clock that only ``pass_time`` moves, and packets for it."""

from __future__ import annotations

from typing import Self

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Packet as Layers
from scapy.packet import Raw

from mimi.click import Packet, Router

Endpoint = tuple[str, int]

HOST: Endpoint = ("10.0.0.7", 40000)
SERVER: Endpoint = ("198.51.100.9", 443)
KEY = "tcp 10.0.0.7:40000 198.51.100.9:443"
PUT = "put 7 tcp 10.0.0.7:40000 198.51.100.9:443 10.0.0.7:40000 198.51.100.9:443 7440 state=established"
RULES = (
    "allow from inside tcp 10.0.0.0/8 any:80,443,8000-8100",
    "allow from inside udp any any:53",
    "allow from inside icmp any any types echo-request",
    "reject from outside tcp any 10.0.0.25:113",
    "reject from outside udp any 10.0.0.25",
    "allow from outside tcp any 10.0.0.25:25",
)
INSIDE, OUTSIDE = 0, 1
TO_OUTSIDE, TO_INSIDE = 0, 1


def configuration(rules: tuple[str, ...] = RULES, arguments: str = "") -> str:
    """Packets go in at ``inside`` and ``outside`` and come out at ``out0`` and ``out1``."""
    listed = ", ".join(f'RULE "{rule}"' for rule in rules)
    text = ", ".join(part for part in (listed, arguments) if part)
    return f"""
        fw :: MinionFirewall({text});
        inside :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [0]fw;
        outside :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> [1]fw;
        fw[0] -> out0 :: MemoryOut; fw[1] -> out1 :: MemoryOut;
    """


class Firewall:
    """``send`` returns what left: (output, bytes) pairs."""

    def __init__(self, rules: tuple[str, ...] = RULES, arguments: str = "") -> None:
        self.router = Router(configuration(rules, arguments), clock="virtual")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.router.close()

    def send(self, side: int, *packets: bytes) -> list[tuple[int, bytes]]:
        return [(port, packet.data) for port, packet in self.send_and_look(side, *packets)]

    def send_and_look(self, side: int, *packets: bytes) -> list[tuple[int, Packet]]:
        for packet in packets:
            self.router.push(("inside", "outside")[side], packet)
        self.router.run()
        return [(port, packet) for port in (0, 1) for packet in self.router.packets(f"out{port}")]

    def passes(self, side: int, *packets: bytes) -> bool:
        """Whether all of them leave by the other side, unchanged and in order."""
        left = self.send(side, *packets)
        assert left in ([], [(side, packet) for packet in packets]), left
        return bool(left)

    def pass_time(self, seconds: int) -> None:
        self.router.run(ms=seconds * 1000)

    def read(self, handler: str, argument: str = "") -> str:
        return self.router.read(f"fw.{handler}", argument).decode()

    def write(self, handler: str, text: str = "") -> None:
        self.router.write(f"fw.{handler}", text)

    def stats(self) -> dict[str, int]:
        return {name: int(value) for name, value in (line.split() for line in self.read("stats").splitlines())}

    def count(self) -> int:
        return int(self.read("count"))

    def state(self, key: str = KEY) -> str:
        """The state word of a flow; empty if there is none."""
        words = [word for word in self.read("lookup", key).split() if word.startswith("state=")]
        return words[0].removeprefix("state=") if words else ""


class Conversation:
    """A TCP connection as its two ends would carry it on: each packet has the numbers that come next."""

    def __init__(
        self, firewall: Firewall, client: Endpoint = HOST, server: Endpoint = SERVER, side: int = INSIDE, **options: object
    ) -> None:
        self.firewall = firewall
        self.ends = (client, server)
        self.side = side
        self.next = [1000, 5_000_000]
        self.window = [1000, 1000]
        self.options = options

    def packet(self, end: int, flags: str = "A", data: bytes = b"", *, seq: int = 0, ack: int = 0, **fields: object) -> bytes:
        """``seq`` and ``ack`` are added to what is due."""
        numbers = {"seq": (self.next[end] + seq) % 2**32, "ack": (self.next[1 - end] + ack) % 2**32 if "A" in flags else 0}
        return tcp(self.ends[end], self.ends[1 - end], flags, data, **{"window": self.window[end], **numbers, **fields})

    def says(self, end: int, flags: str = "A", data: bytes = b"", **fields: object) -> bool:
        """The end sends the packet that is due; whether it goes through."""
        packet = self.packet(end, flags, data, **fields)
        self.next[end] = (self.next[end] + len(data) + ("S" in flags) + ("F" in flags)) % 2**32
        return self.firewall.passes(self.side if end == 0 else 1 - self.side, packet)

    def forges(self, end: int, flags: str = "A", data: bytes = b"", **fields: object) -> bool:
        """Somebody else sends a packet in the end's name."""
        return self.firewall.passes(self.side if end == 0 else 1 - self.side, self.packet(end, flags, data, **fields))

    def opens(self) -> Self:
        assert self.says(0, "S", **self.options)
        assert self.says(1, "SA", **self.options)
        assert self.says(0)
        return self


def tcp(source: Endpoint, destination: Endpoint, flags: str = "A", data: bytes = b"", **fields: object) -> bytes:
    return raw(IP(src=source[0], dst=destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, **fields) / Raw(data))


def udp(source: Endpoint, destination: Endpoint, data: bytes = b"question") -> bytes:
    return raw(IP(src=source[0], dst=destination[0]) / UDP(sport=source[1], dport=destination[1]) / Raw(data))


def icmp(source: str, destination: str, kind: int, code: int = 0, data: bytes = b"ping", **fields: object) -> bytes:
    return raw(IP(src=source, dst=destination) / ICMP(type=kind, code=code, **fields) / Raw(data))


def fragments(packet: bytes, size: int) -> list[bytes]:
    """The packet cut in pieces of ``size`` bytes of payload (a multiple of eight)."""
    return [raw(piece) for piece in IP(packet).fragment(size)]


def raw(packet: Layers) -> bytes:
    return bytes(packet)
