# SPDX-License-Identifier: Apache-2.0
"""The rendered translator as a router: its outside address is an interface's own (masquerade), or of a pool."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, ICMPerror, IPerror, TCPerror, UDPerror
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from mimi.pairing import load_pairing, parse_pairing
from tests.elements.rendered import CONFIGS, EVERYONE, HOSTS, SIDES, Network

INSIDE, OUTSIDE = 0, 1
HOST, GATEWAY, OWN_INSIDE, OWN_OUTSIDE, REMOTE = "10.0.0.7", "203.0.113.254", "10.0.0.1", "203.0.113.1", "192.0.2.1"
BINDING = f"tcp {HOST}:4000 {REMOTE}:80 {OWN_OUTSIDE}:61000 {REMOTE}:80"


@pytest.fixture
def gateway() -> Iterator[Network]:
    """`configs/nat-conntrack.yaml`: one outside address, the router's own; the way out is a link of 1400 bytes."""
    text = (CONFIGS / "nat-conntrack.yaml").read_text()
    with Network(parse_pairing(text.replace("addresses: [203.0.113.1/24]", "addresses: [203.0.113.1/24], mtu: 1400"))) as made:
        made.learn(HOST, GATEWAY)
        made.router.write("nat.import", f"put 1 {BINDING} 7440 state=established")
        yield made


def test_an_imported_flow_goes_on_through_the_routers_own_address(gateway: Network) -> None:
    ((out, frame),) = gateway.say(INSIDE, IP(src=HOST, dst=REMOTE, ttl=9) / TCP(sport=4000, dport=80, flags="A"))
    assert (out, frame.dst, frame[IP].src, frame[TCP].sport, frame[IP].ttl) == (OUTSIDE, HOSTS[1], OWN_OUTSIDE, 61000, 8)
    ((out, frame),) = gateway.say(OUTSIDE, IP(src=REMOTE, dst=OWN_OUTSIDE) / TCP(sport=80, dport=61000, flags="A"))
    assert (out, frame.dst, frame[IP].dst, frame[TCP].dport) == (INSIDE, HOSTS[0], HOST, 4000)


def test_a_new_flow_gets_a_port_and_its_answer_comes_back(gateway: Network) -> None:
    ((_, there),) = gateway.say(INSIDE, IP(src=HOST, dst=REMOTE) / UDP(sport=5353, dport=53) / Raw(b"?"))
    assert there[IP].src == OWN_OUTSIDE
    ((out, back),) = gateway.say(OUTSIDE, IP(src=REMOTE, dst=OWN_OUTSIDE) / UDP(sport=53, dport=there[UDP].sport) / Raw(b"!"))
    assert (out, back[IP].dst, back[UDP].dport) == (INSIDE, HOST, 5353)


def test_pings_go_through_and_their_answers_come_back(gateway: Network) -> None:
    ((out, there),) = gateway.say(INSIDE, IP(src=HOST, dst=REMOTE) / ICMP(type=8, id=77, seq=3))
    assert (out, there[IP].src) == (OUTSIDE, OWN_OUTSIDE)
    ((out, back),) = gateway.say(OUTSIDE, IP(src=REMOTE, dst=OWN_OUTSIDE) / ICMP(type=0, id=there[ICMP].id, seq=3))
    assert (out, back[IP].dst, back[ICMP].type, back[ICMP].id) == (INSIDE, HOST, 0, 77)


@pytest.mark.parametrize(
    ("side", "source", "target"),
    [(INSIDE, HOST, OWN_INSIDE), (INSIDE, HOST, OWN_OUTSIDE), (OUTSIDE, GATEWAY, OWN_OUTSIDE)],
)
def test_the_router_answers_pings_to_its_own_addresses(gateway: Network, side: int, source: str, target: str) -> None:
    ((out, frame),) = gateway.say(side, IP(src=source, dst=target) / ICMP(type=8, id=7))
    assert (out, frame[IP].src, frame[IP].dst, frame[ICMP].type, frame[ICMP].id) == (side, target, source, 0, 7)
    assert gateway.read("nat.count") == "1"


def test_what_no_flow_claims_goes_nowhere(gateway: Network) -> None:
    assert gateway.say(OUTSIDE, IP(src=REMOTE, dst=OWN_OUTSIDE) / TCP(sport=80, dport=62000, flags="S")) == []
    assert gateway.say(OUTSIDE, IP(src="192.0.2.9", dst=OWN_OUTSIDE) / TCP(sport=80, dport=61000, flags="A")) == []
    assert gateway.say(INSIDE, IP(src=HOST, dst=OWN_INSIDE) / TCP(sport=80, dport=22, flags="S")) == []
    assert gateway.read("nat.count") == "1"


def test_a_host_learns_the_way_outs_mtu_in_its_own_words(gateway: Network) -> None:
    data = IP(src=HOST, dst=REMOTE, flags="DF") / TCP(sport=4000, dport=80, flags="A") / Raw(b"x" * 1380)
    ((out, frame),) = gateway.say(INSIDE, data)
    assert (out, frame[IP].src, frame[IP].dst) == (INSIDE, OWN_OUTSIDE, HOST)
    assert (frame[ICMP].type, frame[ICMP].code, frame[ICMP].nexthopmtu) == (3, 4, 1400)
    assert (frame[IPerror].src, frame[IPerror].dst, frame[TCPerror].sport) == (HOST, REMOTE, 4000)
    assert gateway.read("outside_too_long.count") == "1"


def test_a_routers_complaint_from_the_path_reaches_the_host(gateway: Network) -> None:
    quoted = IPerror(src=OWN_OUTSIDE, dst=REMOTE, proto=6) / TCPerror(sport=61000, dport=80)
    ((out, frame),) = gateway.say(OUTSIDE, IP(src="198.51.100.9", dst=OWN_OUTSIDE) / ICMP(type=3, code=4, nexthopmtu=1300) / quoted)
    assert (out, frame[IP].src, frame[IP].dst, frame[ICMP].nexthopmtu) == (INSIDE, "198.51.100.9", HOST, 1300)
    assert (frame[IPerror].src, frame[TCPerror].sport) == (HOST, 4000)


def test_a_remote_host_learns_the_insides_mtu_without_seeing_the_inside() -> None:
    text = (CONFIGS / "nat-conntrack.yaml").read_text()
    with Network(parse_pairing(text.replace("addresses: [10.0.0.1/16]", "addresses: [10.0.0.1/16], mtu: 1000"))) as network:
        network.learn(HOST, GATEWAY)
        network.router.write("nat.import", f"put 1 udp {HOST}:4000 {REMOTE}:53 {OWN_OUTSIDE}:61000 {REMOTE}:53 300")
        answer = IP(src=REMOTE, dst=OWN_OUTSIDE, flags="DF") / UDP(sport=53, dport=61000) / Raw(b"x" * 1000)
        ((out, frame),) = network.say(OUTSIDE, answer)
        assert (out, frame[IP].src, frame[IP].dst) == (OUTSIDE, OWN_OUTSIDE, REMOTE)
        assert (frame[ICMP].type, frame[ICMP].code, frame[ICMP].nexthopmtu) == (3, 4, 1000)
        assert (frame[IPerror].src, frame[IPerror].dst, frame[UDPerror].dport) == (REMOTE, OWN_OUTSIDE, 61000)


def test_an_expired_packet_is_reported_to_its_sender(gateway: Network) -> None:
    ((out, frame),) = gateway.say(INSIDE, IP(src=HOST, dst=REMOTE, ttl=1) / UDP(sport=5, dport=33434))
    assert (out, frame[IP].src, frame[IP].dst, frame[ICMP].type, frame[ICMPerror if ICMPerror in frame else UDPerror].sport) == (
        INSIDE, OWN_INSIDE, HOST, 11, 5,
    )  # fmt: skip


def test_pool_addresses_are_answered_for_on_the_outside_alone() -> None:
    pairing = load_pairing(CONFIGS / "nat-pool.yaml")
    with Network(pairing) as network:
        for address in ("203.0.113.1", "203.0.113.4", "203.0.113.9", "203.0.113.250"):
            ask = Ether(src=HOSTS[1], dst=EVERYONE) / ARP(op=1, hwsrc=HOSTS[1], psrc=GATEWAY, pdst=address)
            ((out, frame),) = network.send(OUTSIDE, ask)
            assert (out, frame[ARP].psrc, frame[ARP].hwsrc) == (OUTSIDE, address, SIDES[1])
        for address in ("203.0.113.5", "203.0.113.8", GATEWAY):
            assert network.send(OUTSIDE, Ether(src=HOSTS[1], dst=EVERYONE) / ARP(op=1, hwsrc=HOSTS[1], psrc=GATEWAY, pdst=address)) == []


def test_forwarded_ports_and_whole_addresses_need_no_state() -> None:
    text = (CONFIGS / "nat-pool.yaml").read_text().replace("vlan: 100, ", "")
    with Network(parse_pairing(text)) as network:
        network.learn("10.0.0.5", GATEWAY)
        ((out, frame),) = network.say(OUTSIDE, IP(src=REMOTE, dst="203.0.113.1") / TCP(sport=4000, dport=80, flags="S"))
        assert (out, frame[IP].dst, frame[TCP].dport) == (INSIDE, "10.0.0.5", 8080)
        network.learn("10.0.0.9", GATEWAY)
        ((out, frame),) = network.say(OUTSIDE, IP(src=REMOTE, dst="203.0.113.9") / TCP(sport=4000, dport=22, flags="S"))
        assert (out, frame[IP].dst, frame[TCP].dport) == (INSIDE, "10.0.0.9", 22)
        ((out, frame),) = network.say(INSIDE, IP(src="10.0.0.9", dst=REMOTE) / TCP(sport=5000, dport=25, flags="S"))
        assert (out, frame[IP].src, frame[TCP].sport) == (OUTSIDE, "203.0.113.9", 5000)


def test_the_rest_of_the_inside_is_routed_as_it_is(gateway: Network) -> None:
    gateway.learn("10.9.0.7", GATEWAY)
    ((out, frame),) = gateway.say(INSIDE, IP(src="10.9.0.7", dst=REMOTE) / UDP(sport=5, dport=53))
    assert (out, frame[IP].src, frame[UDP].sport) == (OUTSIDE, "10.9.0.7", 5)
