# SPDX-License-Identifier: Apache-2.0
"""Every pairing of the gallery is a configuration that the engine takes; VLANs are as good as wires."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether

from mimi.click import Router
from mimi.pairing import load_pairing, parse_pairing
from mimi.render import render
from tests.elements.rendered import CONFIGS, EVERYONE, HOSTS, SIDES, Network


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_pairing_renders_to_a_configuration_that_loads(config: Path) -> None:
    pairing = load_pairing(config)
    box = pairing.middlebox
    text = re.sub(r"(From|To)Device\([^)]*\)", "Idle", render(pairing))
    with Router(text, clock="virtual") as router:
        assert router.read(f"{box.element}.count").strip() == b"0"


def tagged(vlan: int) -> str:
    text = (CONFIGS / "fig2-lb.yaml").read_text()
    return text.replace("addresses: [10.1.0.254/16]", f"addresses: [10.1.0.254/16], vlan: {vlan}")


def test_a_vlan_is_a_wire_of_its_own() -> None:
    with Network(parse_pairing(tagged(100))) as network:
        ask = ARP(op=1, hwsrc=HOSTS[0], psrc="10.1.0.1", pdst="10.1.0.254")
        ((out, answer),) = network.send(0, Ether(src=HOSTS[0], dst=EVERYONE) / Dot1Q(vlan=100, prio=5) / ask)
        assert (out, answer[Dot1Q].vlan, answer[ARP].hwsrc) == (0, 100, SIDES[0])
        ping = IP(src="10.1.0.1", dst="10.1.0.100") / ICMP(id=3)
        network.send(0, Ether(src=HOSTS[0], dst=SIDES[0]) / Dot1Q(vlan=100) / ARP(op=2, hwsrc=HOSTS[0], psrc="10.1.0.1", pdst="10.1.0.254"))
        ((out, pong),) = network.send(0, Ether(src=HOSTS[0], dst=SIDES[0]) / Dot1Q(vlan=100) / ping)
        assert (out, pong[Dot1Q].vlan, pong[ICMP].type, pong[ICMP].id) == (0, 100, 0, 3)


@pytest.mark.parametrize("layers", [Ether(dst=EVERYONE), Ether(dst=EVERYONE) / Dot1Q(vlan=101), Ether(dst=EVERYONE) / Dot1Q(vlan=0)])
def test_frames_of_other_vlans_and_untagged_ones_are_not_heard(layers: Ether) -> None:
    with Network(parse_pairing(tagged(100))) as network:
        ask = ARP(op=1, hwsrc=HOSTS[0], psrc="10.1.0.1", pdst="10.1.0.254")
        assert network.send(0, layers / ask) == []
        assert network.read("client_other_vlan.count") == "1"


def test_an_untagged_side_does_not_hear_vlans() -> None:
    with Network(parse_pairing(tagged(100))) as network:
        ask = ARP(op=1, hwsrc=HOSTS[1], psrc="10.2.0.1", pdst="10.2.0.254")
        assert network.send(1, Ether(src=HOSTS[1], dst=EVERYONE) / Dot1Q(vlan=100) / ask) == []


def test_between_a_vlan_and_a_wire_the_tag_comes_and_goes() -> None:
    with Network(parse_pairing(tagged(100))) as network:
        for side, address, own, tag in ((0, "10.1.0.1", "10.1.0.254", Dot1Q(vlan=100)), (1, "10.2.0.1", "10.2.0.254", None)):
            frame = Ether(src=HOSTS[side], dst=SIDES[side])
            answer = ARP(op=2, hwsrc=HOSTS[side], psrc=address, hwdst=SIDES[side], pdst=own)
            assert network.send(side, frame / tag / answer if tag else frame / answer) == []
        there = Ether(src=HOSTS[0], dst=SIDES[0]) / Dot1Q(vlan=100) / IP(src="10.1.0.1", dst="10.2.0.1") / UDP(sport=1, dport=2)
        ((out, frame),) = network.send(0, there)
        assert (out, Dot1Q in frame, frame[IP].dst) == (1, False, "10.2.0.1")
        back = Ether(src=HOSTS[1], dst=SIDES[1]) / IP(src="10.2.0.1", dst="10.1.0.1") / UDP(sport=2, dport=1)
        ((out, frame),) = network.send(1, back)
        assert (out, frame[Dot1Q].vlan, frame[IP].dst) == (0, 100, "10.1.0.1")
