# SPDX-License-Identifier: Apache-2.0
"""Rendered pairings that have IPv6: the router around the middlebox, and the middlebox itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6PacketTooBig,
    ICMPv6TimeExceeded,
    IPv6,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from mimi.pairing import load_pairing, parse_pairing
from tests.elements.rendered import CONFIGS, HOSTS, SIDES, Network

CLIENT, VIP, BACKENDS = "2001:db8:1::77", "2001:db8:1::100", ("2001:db8:2::1", "2001:db8:2::2")
OWN = ("2001:db8:1::fe", "2001:db8:2::fe")


@pytest.fixture
def balancer() -> Iterator[Network]:
    with Network(load_pairing(CONFIGS / "dual-stack-lb.yaml")) as network:
        yield network


def test_a_connection_goes_to_a_backend_and_back(balancer: Network) -> None:
    balancer.meet(0, CLIENT)
    for backend in BACKENDS:
        balancer.meet(1, backend)
    syn = IPv6(src=CLIENT, dst=VIP, hlim=64) / TCP(sport=4000, dport=443, flags="S", seq=7)
    ((out, sent),) = balancer.say(0, syn)
    assert (out, sent.dst, sent.src, sent[IPv6].hlim) == (1, HOSTS[1], SIDES[1], 63)
    assert sent[IPv6].dst in BACKENDS and (sent[IPv6].src, sent[TCP].sport, sent[TCP].dport) == (CLIENT, 4000, 8443)
    answer = IPv6(src=sent[IPv6].dst, dst=CLIENT) / TCP(sport=8443, dport=4000, flags="SA", seq=9, ack=8)
    ((out, back),) = balancer.say(1, answer)
    assert (out, back[IPv6].src, back[TCP].sport, back[IPv6].dst) == (0, VIP, 443, CLIENT)
    for packet in (sent, back):
        again = Ether(bytes(packet))
        del again[TCP].chksum
        assert Ether(bytes(again))[TCP].chksum == packet[TCP].chksum
    assert balancer.read("lb.export").startswith("put ") and f" tcp [{CLIENT}]:4000 [{VIP}]:443 " in balancer.read("lb.export")


def test_a_backend_is_asked_for_and_the_packet_waits(balancer: Network) -> None:
    ((out, asked),) = balancer.say(0, IPv6(src=CLIENT, dst=VIP) / TCP(sport=4001, dport=443, flags="S"))
    target = asked[ICMPv6ND_NS].tgt
    assert (out, target in BACKENDS, asked[IPv6].src) == (1, True, OWN[1])
    message = ICMPv6ND_NA(tgt=target, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=HOSTS[1])
    ((out, sent),) = balancer.send(1, Ether(src=HOSTS[1], dst=SIDES[1]) / IPv6(src=target, dst=OWN[1], hlim=255) / message)
    assert (out, sent.dst, sent[IPv6].dst, sent[TCP].dport) == (1, HOSTS[1], target, 8443)


@pytest.mark.parametrize("address", [OWN[0], OWN[1], VIP])
def test_pings_to_the_router_and_its_vips_are_answered(balancer: Network, address: str) -> None:
    balancer.meet(0, CLIENT)
    ((out, pong),) = balancer.say(0, IPv6(src=CLIENT, dst=address) / ICMPv6EchoRequest(id=5, data=b"x"))
    assert (out, pong[IPv6].src, pong[ICMPv6EchoReply].id) == (0, address, 5)


def test_both_versions_go_through_one_balancer(balancer: Network) -> None:
    balancer.learn("192.0.2.77", "10.2.0.1")
    balancer.learn("192.0.2.77", "10.2.0.2")
    balancer.meet(0, CLIENT)
    for backend in BACKENDS:
        balancer.meet(1, backend)
    assert balancer.say(0, IP(src="192.0.2.77", dst="192.0.2.100") / TCP(sport=1, dport=443, flags="S"))[0][1][IP].dst.startswith("10.2.")
    assert balancer.say(0, IPv6(src=CLIENT, dst=VIP) / TCP(sport=1, dport=443, flags="S"))[0][1][IPv6].dst in BACKENDS
    assert balancer.read("lb.count") == "2"
    ((_, pong),) = balancer.say(0, IP(src="192.0.2.77", dst="192.0.2.100") / ICMP(id=3))
    assert pong[ICMP].type == 0


def test_a_sender_learns_of_short_links_and_of_long_ways(balancer: Network) -> None:
    balancer.meet(0, CLIENT)
    for backend in BACKENDS:
        balancer.meet(1, backend)
    ((_, sent),) = balancer.say(0, IPv6(src=CLIENT, dst=VIP) / TCP(sport=4000, dport=443, flags="S"))
    long = IPv6(src=sent[IPv6].dst, dst=CLIENT) / TCP(sport=8443, dport=4000, flags="A") / Raw(bytes(1500))
    ((out, error),) = balancer.say(1, long)
    assert (out, error[IPv6].src, error[IPv6].dst, error[ICMPv6PacketTooBig].mtu) == (1, OWN[1], sent[IPv6].dst, 1500)
    assert bytes(error[ICMPv6PacketTooBig].payload)[:40] != b"" and balancer.read("client_too_long6.count") == "1"
    ((out, error),) = balancer.say(0, IPv6(src=CLIENT, dst=VIP, hlim=1) / TCP(sport=4000, dport=443, flags="A"))
    assert (out, error[IPv6].src, ICMPv6TimeExceeded in error) == (0, OWN[0], True)


@pytest.mark.parametrize(
    ("source", "target"),
    [("fe80::5", VIP), ("::", VIP), ("::1", VIP), (CLIENT, "fe80::5"), (CLIENT, "::1"), (CLIENT, "ff0e::1"), (CLIENT, "::")],
)
def test_what_is_of_a_link_alone_stays_there(source: str, target: str, balancer: Network) -> None:
    balancer.meet(0, CLIENT)
    for backend in BACKENDS:
        balancer.meet(1, backend)
    assert balancer.say(0, IPv6(src=source, dst=target) / TCP(sport=4000, dport=443, flags="S")) == []
    assert (balancer.read("client_link_only.count"), balancer.read("lb.count")) == ("1", "0")


def test_advertisements_that_both_boxes_get_are_not_sent_on(balancer: Network) -> None:
    balancer.meet(0, CLIENT)
    for backend in BACKENDS:
        balancer.meet(1, backend)
    assert balancer.say(0, IPv6(src=CLIENT, dst=BACKENDS[0], hlim=64) / ICMPv6ND_NA(tgt=CLIENT)) == []


def test_questions_for_others_teach_nothing(balancer: Network) -> None:
    assert balancer.solicit(0, CLIENT, "2001:db8:1::aa") == []
    assert balancer.read("client_nd.count") == "0"


def test_a_link_local_address_is_answered_for() -> None:
    text = (CONFIGS / "dual-stack-lb.yaml").read_text().replace('"2001:db8:1::fe/64"', '"fe80::1/64", "2001:db8:1::fe/64"')
    with Network(parse_pairing(text)) as network:
        ((out, answer),) = network.solicit(0, "fe80::77", "fe80::1")
        assert (out, answer[ICMPv6ND_NA].tgt, answer[IPv6].dst, answer[ICMPv6NDOptDstLLAddr].lladdr) == (0, "fe80::1", "fe80::77", SIDES[0])
        network.meet(0, CLIENT)
        ((_, error),) = network.say(0, IPv6(src=CLIENT, dst=VIP, hlim=1) / TCP(sport=4000, dport=443, flags="A"))
        assert error[IPv6].src == OWN[0], "errors have an address that means something everywhere"


def test_a_next_hop_may_have_a_link_local_address() -> None:
    text = (CONFIGS / "dual-stack-firewall.yaml").read_text()
    text = text.replace('via: "2001:db8:ffff::1"', "via: fe80::1, side: outside")
    with Network(parse_pairing(text)) as network:
        network.meet(0, "2001:db8:10::5")
        ((out, asked),) = network.say(0, IPv6(src="2001:db8:10::5", dst="2001:db8:f::9") / TCP(sport=5, dport=6, flags="S"))
        assert (out, asked[ICMPv6ND_NS].tgt) == (1, "fe80::1")
        message = ICMPv6ND_NA(tgt="fe80::1", R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=HOSTS[1])
        ((out, sent),) = network.send(1, Ether(src=HOSTS[1], dst=SIDES[1]) / IPv6(src="fe80::1", dst=asked[IPv6].src, hlim=255) / message)
        assert (out, sent.dst, sent[IPv6].dst) == (1, HOSTS[1], "2001:db8:f::9")


@pytest.mark.parametrize("version", [4, 6])
def test_the_firewall_tells_senders_of_packets_without_a_flow_what_is_too_long(version: int) -> None:
    text = (CONFIGS / "dual-stack-firewall.yaml").read_text()
    text = text.replace("  rules:\n", "  rules:\n    - {name: esp, action: allow, protocol: 50}\n")
    text = text.replace('"2001:db8:ffff::2/64"]}', '"2001:db8:ffff::2/64"], mtu: 1400}')
    with Network(parse_pairing(text)) as network:
        if version == 6:
            network.meet(0, "2001:db8:10::5")
            long = IPv6(src="2001:db8:10::5", dst="2001:db8:f::9", nh=50) / Raw(bytes(1440))
        else:
            network.learn("198.51.100.5", "203.0.113.1")
            long = IP(src="198.51.100.5", dst="192.0.2.9", proto=50, flags="DF") / Raw(bytes(1440))
        ((out, error),) = network.say(0, long)
        told = error[ICMPv6PacketTooBig].mtu if version == 6 else error[ICMP].nexthopmtu
        assert (out, error.payload.dst, told) == (0, long.src, 1400)


def test_the_firewall_judges_both_versions_by_one_set_of_rules() -> None:
    inside, outside, server = "2001:db8:10::77", "2001:db8:ffff::1", "2001:db8:10::10"
    with Network(load_pairing(CONFIGS / "dual-stack-firewall.yaml")) as network:
        meet_firewall(network, inside, outside, server)
        far = "2001:db8:f::9"
        ((out, sent),) = network.say(0, IPv6(src=inside, dst=far) / TCP(sport=5000, dport=22, flags="S", seq=1))
        assert (out, sent[IPv6].dst, sent.dst) == (1, far, HOSTS[1])
        assert len(network.say(1, IPv6(src=far, dst=inside) / TCP(sport=22, dport=5000, flags="SA", seq=1, ack=2))) == 1
        assert network.say(1, IPv6(src=far, dst=inside) / TCP(sport=23, dport=5000, flags="S")) == []
        assert len(network.say(1, IPv6(src=far, dst=server) / TCP(sport=9, dport=443, flags="S"))) == 1
        assert network.say(1, IPv6(src=far, dst=server) / TCP(sport=9, dport=22, flags="S")) == []
        assert len(network.say(1, IPv6(src=far, dst=inside) / ICMPv6EchoRequest(id=1))) == 1
        assert network.read("fw.stats").split("\n").count("drop_denied 2") == 1


def meet_firewall(network: Network, inside: str, outside: str, server: str) -> None:
    for side, address in ((0, inside), (0, server), (1, outside)):
        network.meet(side, address)
