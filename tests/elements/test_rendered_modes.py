# SPDX-License-Identifier: Apache-2.0
"""Full NAT and direct return in a rendered router, down to the Ethernet frames."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from mimi.pairing import load_pairing
from tests.elements.rendered import CONFIGS, EVERYONE, HOSTS, SIDES, Network

CLIENT = "10.1.0.1"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(load_pairing(CONFIGS / "many-ways-lb.yaml")) as network:
        yield network


def test_full_nat_leaves_with_an_address_that_the_minion_answers_for(network: Network) -> None:
    network.learn(CLIENT, "10.2.0.21")
    network.learn(CLIENT, "10.2.0.22")
    ((side, left),) = network.say(0, IP(src=CLIENT, dst="10.1.0.101") / TCP(sport=4000, dport=5432, flags="S"))
    source = left[IP].src
    assert (side, left.dst, source in {f"10.2.0.{n}" for n in range(250, 254)}) == (1, HOSTS[1], True)
    ask = Ether(src=HOSTS[1], dst=EVERYONE) / ARP(op=1, hwsrc=HOSTS[1], psrc=left[IP].dst, pdst=source)
    ((_, answer),) = network.send(1, ask)
    assert answer[ARP].hwsrc == SIDES[1]
    back = IP(src=left[IP].dst, dst=source) / TCP(sport=5432, dport=left[TCP].sport, flags="SA")
    ((side, left),) = network.say(1, back)
    assert (side, left.dst, left[IP].src, left[IP].dst, left[TCP].dport) == (0, HOSTS[0], "10.1.0.101", CLIENT, 4000)


def test_a_direct_packet_reaches_its_backends_link_address_with_the_addresses_it_had(network: Network) -> None:
    network.learn(CLIENT, "10.2.0.31")
    network.learn(CLIENT, "10.2.0.32")
    ((side, left),) = network.say(0, IP(src=CLIENT, dst="10.1.0.102", ttl=9) / UDP(sport=4000, dport=5004) / Raw(b"frame"))
    assert (side, left.src, left.dst) == (1, SIDES[1], HOSTS[1])
    assert (left[IP].src, left[IP].dst, left[UDP].dport, left[IP].ttl, bytes(left[Raw])) == (CLIENT, "10.1.0.102", 5004, 8, b"frame")


def test_a_client_that_cannot_take_a_direct_answer_tells_the_backend(network: Network) -> None:
    network.learn(CLIENT, "10.2.0.31")
    network.learn(CLIENT, "10.2.0.32")
    network.say(0, IP(src=CLIENT, dst="10.1.0.102") / UDP(sport=4000, dport=5004))
    quoted = IP(src="10.1.0.102", dst=CLIENT) / UDP(sport=5004, dport=4000) / Raw(b"too long for a tunnel")
    ((side, left),) = network.say(0, IP(src="10.1.0.254", dst="10.1.0.102") / ICMP(type=3, code=4) / quoted)
    assert (side, left.dst, left[IP].dst, left[ICMP].type, left[ICMP].code) == (1, HOSTS[1], "10.1.0.102", 3, 4)
