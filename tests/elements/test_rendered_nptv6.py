# SPDX-License-Identifier: Apache-2.0
"""Rendered translators of IPv6 prefixes: both ways, errors of the router itself, alone and beside IPv4."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from mimi.pairing import load_pairing, parse_pairing
from tests.elements.rendered import CONFIGS, HOSTS, SIDES, Network

INSIDE, OUTSIDE = "fd01:203:405:1::77", "2001:db8:1:d550::77"
"""A host, and what the world calls it (RFC 6296, section 3.1)."""
ROUTER, SITE, FAR = "2001:db8:ffff::1", "fd01:203:405:1::2", "2001:db8:f::9"


def met(network: Network) -> Network:
    for side, address in ((0, INSIDE), (0, SITE), (1, ROUTER)):
        network.meet(side, address)
    return network


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(load_pairing(CONFIGS / "nptv6.yaml")) as made:
        yield met(made)


def sound(packet: Packet) -> bool:
    again = Ether(bytes(packet))
    del again[UDP].chksum
    return bool(Ether(bytes(again))[UDP].chksum == packet[UDP].chksum)


def test_a_packet_goes_out_by_the_other_prefix_and_its_answer_comes_back(network: Network) -> None:
    ((out, sent),) = network.say(0, IPv6(src=INSIDE, dst=FAR, hlim=9) / UDP(sport=4000, dport=53) / b"question")
    assert (out, sent.dst, sent[IPv6].src, sent[IPv6].dst, sent[IPv6].hlim) == (1, HOSTS[1], OUTSIDE, FAR, 8)
    ((out, back),) = network.say(1, IPv6(src=FAR, dst=OUTSIDE) / UDP(sport=53, dport=4000) / b"answer")
    assert (out, back.dst, back[IPv6].src, back[IPv6].dst) == (0, HOSTS[0], FAR, INSIDE)
    assert sound(sent) and sound(back)


def test_hosts_of_the_sites_other_networks_are_reached_by_its_router(network: Network) -> None:
    ((_, sent),) = network.say(0, IPv6(src="fd01:203:405:2::5", dst=FAR) / UDP(sport=1, dport=2))
    ((out, back),) = network.say(1, IPv6(src=FAR, dst=sent[IPv6].src) / UDP(sport=2, dport=1))
    assert (out, back.dst, back[IPv6].dst) == (0, HOSTS[0], "fd01:203:405:2::5")


def test_what_has_neither_prefix_passes_as_it_is(network: Network) -> None:
    ((out, sent),) = network.say(0, IPv6(src="fd99::1", dst=FAR) / UDP(sport=1, dport=2))
    assert (out, sent[IPv6].src) == (1, "fd99::1")
    assert network.read("to_others6.count") == "1"


def test_nobody_answers_for_the_outside_prefix_on_the_link(network: Network) -> None:
    assert network.solicit(1, ROUTER, OUTSIDE) == []


def short(side: str) -> str:
    """The pairing with a narrow link on one side."""
    lines = (CONFIGS / "nptv6.yaml").read_text().splitlines(keepends=True)
    return "".join(line.replace("]}", "], mtu: 1300}") if line.strip().startswith(f"{side}: {{device") else line for line in lines)


@pytest.mark.parametrize(("narrow", "sender", "to"), [("outside", INSIDE, FAR), ("inside", FAR, OUTSIDE)])
def test_a_packet_that_is_too_long_is_quoted_as_its_sender_knows_it(narrow: str, sender: str, to: str) -> None:
    with Network(parse_pairing(short(narrow))) as network:
        met(network)
        side = 0 if narrow == "outside" else 1
        long = IPv6(src=sender, dst=to) / UDP(sport=4000, dport=53) / Raw(bytes(1400))
        ((out, error),) = network.say(side, long)
        assert (out, error[IPv6].dst, error[ICMPv6PacketTooBig].mtu) == (side, sender, 1300)
        quoted = IPv6(bytes(error[ICMPv6PacketTooBig].payload))
        assert (quoted.src, quoted.dst, quoted[UDP].sport) == (sender, to, 4000)
        again = Ether(bytes(error))
        del again[ICMPv6PacketTooBig].cksum
        assert Ether(bytes(again))[ICMPv6PacketTooBig].cksum == error[ICMPv6PacketTooBig].cksum


def test_a_packet_that_has_come_too_far_is_quoted_as_its_sender_knows_it(network: Network) -> None:
    ((out, error),) = network.say(1, IPv6(src=FAR, dst=OUTSIDE, hlim=1) / UDP(sport=1, dport=2))
    assert (out, error[IPv6].src, error[IPv6].dst) == (1, "2001:db8:ffff::2", FAR)
    assert IPv6(bytes(error[ICMPv6TimeExceeded].payload)).dst == OUTSIDE


def test_while_it_drains_everything_is_the_primarys(network: Network) -> None:
    network.router.write("gate.mode", "drain")
    packet = IPv6(src=INSIDE, dst=FAR) / UDP(sport=4000, dport=53)
    ((out, handed),) = network.say(0, packet)
    assert (out, bytes(handed)) == (0, bytes(Ether(src=HOSTS[0], dst=SIDES[0]) / packet))
    assert network.read("gate.own") == "0"


def test_both_versions_go_through_one_translator() -> None:
    with Network(load_pairing(CONFIGS / "dual-stack-nat.yaml")) as network:
        met(network)
        network.learn("10.0.0.5", "203.0.113.254")
        ((_, sent4),) = network.say(0, IP(src="10.0.0.5", dst="198.51.100.1") / UDP(sport=4000, dport=53))
        ((_, sent6),) = network.say(0, IPv6(src=INSIDE, dst=FAR) / UDP(sport=4000, dport=53))
        assert (sent4[IP].src, sent6[IPv6].src) == ("203.0.113.1", OUTSIDE)
        assert network.read("nat.count") == "1"
