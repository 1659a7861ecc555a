# SPDX-License-Identifier: Apache-2.0
"""The rendered firewall as a router: who may begin, what passes because it belongs to a flow, what is told to whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, TCPerror
from scapy.packet import Raw

from mimi.pairing import parse_pairing
from tests.elements.rendered import CONFIGS, HOSTS, Network

INSIDE, OUTSIDE = 0, 1
HOST, MAIL, ROUTER, OWN_INSIDE, OWN_OUTSIDE, REMOTE = "10.0.0.7", "10.0.0.25", "198.51.100.254", "10.0.0.1", "198.51.100.1", "192.0.2.1"


@pytest.fixture
def office() -> Iterator[Network]:
    """`configs/firewall-conntrack.yaml`; the way out is a link of 1400 bytes."""
    text = (CONFIGS / "firewall-conntrack.yaml").read_text()
    with Network(parse_pairing(text.replace("addresses: [198.51.100.1/24]", "addresses: [198.51.100.1/24], mtu: 1400"))) as made:
        made.learn(MAIL, ROUTER)
        made.learn(HOST, ROUTER)
        yield made


def syn(source: str, target: str, dport: int, sport: int = 4000) -> IP:
    return IP(src=source, dst=target, ttl=9) / TCP(sport=sport, dport=dport, seq=100, flags="S")


def test_what_a_rule_allows_passes_and_so_do_its_answers(office: Network) -> None:
    ((out, frame),) = office.say(INSIDE, syn(HOST, REMOTE, 443))
    assert (out, frame.dst, frame[IP].src, frame[IP].dst, frame[IP].ttl) == (OUTSIDE, HOSTS[1], HOST, REMOTE, 8)
    ((out, frame),) = office.say(OUTSIDE, IP(src=REMOTE, dst=HOST) / TCP(sport=443, dport=4000, seq=500, ack=101, flags="SA"))
    assert (out, frame.dst, frame[IP].src) == (INSIDE, HOSTS[0], REMOTE)


@pytest.mark.parametrize(
    ("side", "packet"),
    [
        (INSIDE, syn(HOST, REMOTE, 22)),
        (OUTSIDE, syn(REMOTE, HOST, 80)),
        (OUTSIDE, syn(REMOTE, MAIL, 80)),
        (OUTSIDE, IP(src=REMOTE, dst=HOST) / UDP(sport=53, dport=5353)),
        (OUTSIDE, IP(src=REMOTE, dst=HOST) / ICMP(type=8, id=7)),
        (OUTSIDE, IP(src=REMOTE, dst=HOST) / TCP(sport=443, dport=4000, seq=500, ack=101, flags="SA")),
    ],
    ids=["ssh-out", "web-in", "web-to-mail", "dns-answer-to-nobody", "ping-in", "answer-to-nobody"],
)
def test_what_no_rule_allows_goes_nowhere_unheard(office: Network, side: int, packet: IP) -> None:
    assert office.say(side, packet) == []
    assert office.read("fw.count") == "0"


def test_mail_comes_in(office: Network) -> None:
    ((out, frame),) = office.say(OUTSIDE, syn(REMOTE, MAIL, 25))
    assert (out, frame[IP].dst, frame[TCP].dport) == (INSIDE, MAIL, 25)


def test_what_is_rejected_is_told(office: Network) -> None:
    ((out, frame),) = office.say(OUTSIDE, syn(REMOTE, MAIL, 113))
    assert (out, frame.dst, frame[IP].src, frame[IP].dst) == (OUTSIDE, HOSTS[1], MAIL, REMOTE)
    assert "R" in frame[TCP].flags
    assert frame[TCP].ack == 101


def test_an_imported_flow_goes_on_though_no_rule_allows_it(office: Network) -> None:
    office.router.write("fw.import", f"put 1 tcp {REMOTE}:4000 {HOST}:22 {REMOTE}:4000 {HOST}:22 7440 state=established")
    ((out, _),) = office.say(OUTSIDE, IP(src=REMOTE, dst=HOST) / TCP(sport=4000, dport=22, seq=7, ack=9, flags="A") / Raw(b"x"))
    assert out == INSIDE
    ((out, _),) = office.say(INSIDE, IP(src=HOST, dst=REMOTE) / TCP(sport=22, dport=4000, seq=9, ack=8, flags="A"))
    assert out == OUTSIDE


def test_a_host_learns_the_way_outs_mtu(office: Network) -> None:
    office.say(INSIDE, syn(HOST, REMOTE, 443))
    office.say(OUTSIDE, IP(src=REMOTE, dst=HOST) / TCP(sport=443, dport=4000, seq=500, ack=101, flags="SA", window=60000))
    data = IP(src=HOST, dst=REMOTE, flags="DF") / TCP(sport=4000, dport=443, seq=101, ack=501, flags="A") / Raw(b"x" * 1380)
    ((out, frame),) = office.say(INSIDE, data)
    assert (out, frame[IP].src, frame[IP].dst) == (INSIDE, OWN_INSIDE, HOST)
    assert (frame[ICMP].type, frame[ICMP].code, frame[ICMP].nexthopmtu) == (3, 4, 1400)
    assert (frame[IPerror].src, frame[IPerror].dst, frame[TCPerror].sport, frame[TCPerror].dport) == (HOST, REMOTE, 4000, 443)


@pytest.mark.parametrize(
    ("side", "source", "target"),
    [(INSIDE, HOST, OWN_INSIDE), (INSIDE, HOST, OWN_OUTSIDE), (OUTSIDE, ROUTER, OWN_OUTSIDE)],
)
def test_the_router_answers_pings_to_its_own_addresses(office: Network, side: int, source: str, target: str) -> None:
    ((out, frame),) = office.say(side, IP(src=source, dst=target) / ICMP(type=8, id=7))
    assert (out, frame[IP].src, frame[IP].dst, frame[ICMP].type) == (side, target, source, 0)


def test_an_expired_packet_is_reported_to_its_sender(office: Network) -> None:
    ((out, frame),) = office.say(INSIDE, IP(src=HOST, dst=REMOTE, ttl=1) / UDP(sport=5, dport=53))
    assert (out, frame[IP].src, frame[IP].dst, frame[ICMP].type) == (INSIDE, OWN_INSIDE, HOST, 11)
