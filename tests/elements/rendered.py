# SPDX-License-Identifier: Apache-2.0
"""A rendered configuration between two wires of memory: Ethernet frames in, Ethernet frames out."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from pathlib import Path
from typing import Self

from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from mimi.click import Router
from mimi.pairing import Pairing
from mimi.render import render

CONFIGS = Path(__file__).parents[2] / "configs"
SIDES = ("02:00:00:00:01:fe", "02:00:00:00:02:fe")
"""The minion's MAC addresses, of the first side and of the second."""

HOSTS = ("02:00:00:00:01:01", "02:00:00:00:02:01")
"""A host on each side."""

EVERYONE = "ff:ff:ff:ff:ff:ff"


def in_memory(text: str) -> str:
    """``in0``, ``in1`` and ``out0``, ``out1`` in place of the devices, in the order of the sides."""
    inputs, outputs = iter((0, 1)), iter((0, 1))
    text = re.sub(r"FromDevice\([^)]*\)", lambda _: f"in{next(inputs)} :: MemoryIn", text)
    out = r"Queue\(1000\) -> (\w+ :: Counter) -> ToDevice\([^)]*\)"
    return re.sub(out, lambda found: f"Null -> {found[1]} -> out{next(outputs)} :: MemoryOut", text)


class Network:
    """The minion between two wires."""

    def __init__(self, pairing: Pairing) -> None:
        self.pairing = pairing
        self.router = Router(in_memory(render(pairing)), clock="virtual")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.router.close()

    def send(self, side: int, frame: Packet) -> list[tuple[int, Packet]]:
        """What leaves, and on which side, when a frame has come in."""
        self.router.push(f"in{side}", bytes(frame))
        self.router.run()
        return [(i, Ether(packet.data)) for i in (0, 1) for packet in self.router.packets(f"out{i}")]

    def say(self, side: int, packet: Packet) -> list[tuple[int, Packet]]:
        """Send an IP packet from a side's host."""
        return self.send(side, Ether(src=HOSTS[side], dst=SIDES[side]) / packet)

    def learn(self, *addresses: str) -> None:
        """Let the minion hear an ARP answer for an address on each side."""
        for side, address in enumerate(addresses):
            _, interface = self.pairing.minion.interfaces.sides[side]
            own = str(interface.addresses[0].ip)
            answer = Ether(src=HOSTS[side], dst=SIDES[side]) / ARP(op=2, hwsrc=HOSTS[side], psrc=address, hwdst=SIDES[side], pdst=own)
            assert self.send(side, answer) == []

    def own6(self, side: int) -> str:
        """The minion's first IPv6 address on a side."""
        _, interface = self.pairing.minion.interfaces.sides[side]
        return next(str(address.ip) for address in interface.addresses if address.version == 6)

    def solicit(self, side: int, address: str, target: str) -> list[tuple[int, Packet]]:
        """A host of a side asks who has ``target`` (RFC 4861, section 7.2.2)."""
        low = IPv6Address(target).packed[-3:]
        group = str(IPv6Address(bytes.fromhex("ff0200000000000000000001ff") + low))
        frame = Ether(src=HOSTS[side], dst="33:33:ff:" + low.hex(":")) / IPv6(src=address, dst=group, hlim=255)
        return self.send(side, frame / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=HOSTS[side]))

    def meet(self, side: int, address: str) -> None:
        """A host of a side asks for the minion by IPv6, and is known to it from then on."""
        own = self.own6(side)
        ((out, answer),) = self.solicit(side, address, own)
        assert (out, answer[ICMPv6ND_NA].tgt, answer[ICMPv6NDOptDstLLAddr].lladdr) == (side, own, SIDES[side])

    def read(self, handler: str) -> str:
        return self.router.read(handler).decode().strip()
