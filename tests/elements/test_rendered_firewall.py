# SPDX-License-Identifier: Apache-2.0
"""The rendered firewall as a router: Ethernet frames in, Ethernet frames out, devices replaced by memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, TCPerror
from scapy.packet import Raw

from mimi.pairing import load_pairing
from tests.elements.rendered import CONFIGS, HOSTS, SIDES, Network

INSIDE, OUTSIDE = 0, 1
HOST, MAIL, GATEWAY, REMOTE, OWN_INSIDE = "10.0.0.7", "10.0.0.25", "198.51.100.254", "192.0.2.1", "10.0.0.1"
KNOWN = f"tcp {HOST}:4000 {REMOTE}:22 {HOST}:4000 {REMOTE}:22"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(load_pairing(CONFIGS / "firewall-conntrack.yaml")) as made:
        made.learn(HOST, GATEWAY)
        made.learn(MAIL)
        yield made


def test_an_imported_flow_goes_on_one_hop_further(network: Network) -> None:
    """Its port is none that the rules allow: the primary knew more."""
    network.router.write("fw.import", f"put 1 {KNOWN} 7440 state=established")
    ((out, frame),) = network.say(INSIDE, IP(src=HOST, dst=REMOTE, ttl=9) / TCP(sport=4000, dport=22, flags="A", seq=5, ack=9))
    assert (out, frame.src, frame.dst, frame[IP].src, frame[IP].ttl) == (OUTSIDE, SIDES[1], HOSTS[1], HOST, 8)
    ((out, frame),) = network.say(OUTSIDE, IP(src=REMOTE, dst=HOST) / TCP(sport=22, dport=4000, flags="A", seq=9, ack=5))
    assert (out, frame.dst, frame[IP].dst) == (INSIDE, HOSTS[0], HOST)


def test_the_rules_of_the_pairing_decide(network: Network) -> None:
    allowed = IP(src=HOST, dst=REMOTE) / TCP(sport=1, dport=443, flags="S")
    assert [out for out, _ in network.say(INSIDE, allowed)] == [OUTSIDE]
    assert network.say(INSIDE, IP(src=HOST, dst=REMOTE) / TCP(sport=1, dport=22, flags="S")) == []
    assert [out for out, _ in network.say(OUTSIDE, IP(src=REMOTE, dst=MAIL) / TCP(sport=1, dport=25, flags="S"))] == [INSIDE]
    assert network.say(OUTSIDE, IP(src=REMOTE, dst=MAIL) / UDP(sport=1, dport=25)) == []


def test_a_rejected_connection_is_reset_where_it_came_from(network: Network) -> None:
    ((out, frame),) = network.say(OUTSIDE, IP(src=REMOTE, dst=MAIL) / TCP(sport=1, dport=113, flags="S", seq=7))
    assert (out, frame.dst, frame[IP].src, frame[IP].dst) == (OUTSIDE, HOSTS[1], MAIL, REMOTE)
    assert (str(frame[TCP].flags), frame[TCP].ack) == ("RA", 8)


def test_pings_go_out_and_the_answers_come_back(network: Network) -> None:
    assert [out for out, _ in network.say(INSIDE, IP(src=HOST, dst=REMOTE) / ICMP(type=8, id=5))] == [OUTSIDE]
    assert [out for out, _ in network.say(OUTSIDE, IP(src=REMOTE, dst=HOST) / ICMP(type=0, id=5))] == [INSIDE]
    assert network.say(OUTSIDE, IP(src=REMOTE, dst=HOST) / ICMP(type=8, id=5)) == []


def test_a_packet_that_has_travelled_too_far_is_told_of(network: Network) -> None:
    sent = IP(src=HOST, dst=REMOTE, ttl=1) / TCP(sport=1, dport=443, flags="S")
    ((out, frame),) = network.say(INSIDE, sent)
    assert (out, frame[IP].src, frame[IP].dst, frame[ICMP].type) == (INSIDE, OWN_INSIDE, HOST, 11)
    assert (frame[IPerror].src, frame[TCPerror].dport) == (HOST, 443)
    assert network.read("fw.count") == "0"


def test_a_datagram_in_fragments_goes_through(network: Network) -> None:
    pieces = (IP(src=HOST, dst=REMOTE, id=9) / UDP(sport=1, dport=53) / Raw(bytes(2000))).fragment(800)
    left = [one for piece in pieces for one in network.say(INSIDE, piece)]
    assert [(out, frame[IP].frag) for out, frame in left] == [(OUTSIDE, piece.frag) for piece in pieces]
