# SPDX-License-Identifier: Apache-2.0
"""Classifier, IPClassifier and IPFilter against plain Python models of what a pattern means."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import data_of, through
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet as Layers
from scapy.packet import Raw

from mimi.click.router import Router
from mimi.errors import ClickError


def test_arp_ip_and_the_rest_part_ways() -> None:
    request = bytes(Ether() / ARP(op=1))
    reply = bytes(Ether() / ARP(op=2))
    ip = bytes(Ether(dst="02:00:00:00:00:01") / IP() / UDP())
    other = bytes(Ether(type=0x86DD) / Raw(b"x" * 40))
    out = through("Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -)", [ip, reply, request, other, ip], outputs=4)
    assert [data_of(packets) for packets in out] == [[request], [reply], [ip, ip], [other]]


def test_a_packet_without_a_pattern_is_dropped_and_counted() -> None:
    with Router("in :: MemoryIn -> c :: Classifier(0/ff) -> out :: MemoryOut") as router:
        router.push_all("in", [b"\xff1", b"\x001", b""])
        router.run()
        assert data_of(router.packets("out")) == [b"\xff1"]
        assert router.read("c.drops") == b"2"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("12/080", "even number"), ("12/08zz", "no hexadecimal digit"), ("12", "OFFSET/VALUE"), ("0/ffff%ff", "different lengths")],
)
def test_bad_patterns_are_named(pattern: str, words: str) -> None:
    with pytest.raises(ClickError, match=words):
        Router(f"Idle -> Classifier({pattern}) -> Discard")


# A clause: negated, offset, value, mask, all over a few short bytes, so that matches, misses and short packets all happen.
CLAUSES = st.tuples(
    st.booleans(),
    st.integers(0, 9),
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(st.binary(min_size=n, max_size=n), st.sampled_from([b"\xff" * n, b"\x01" * n, b"\xf0" * n]))
    ),
)
PACKETS = st.lists(st.lists(st.sampled_from([0, 1, 0x10, 0xFF]), max_size=14).map(bytes), min_size=1, max_size=12)


def clause_text(clause: tuple[bool, int, tuple[bytes, bytes]]) -> str:
    negated, offset, (value, mask) = clause
    return f"{'!' * negated}{offset}/{value.hex()}%{mask.hex()}"


def clause_holds(clause: tuple[bool, int, tuple[bytes, bytes]], data: bytes) -> bool:
    negated, offset, (value, mask) = clause
    wanted = [(offset + i, v & m, m) for i, (v, m) in enumerate(zip(value, mask, strict=True))]
    return negated != all(i < len(data) and data[i] & m == v for i, v, m in wanted)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CLAUSES, min_size=1, max_size=3), min_size=1, max_size=4), PACKETS)
def test_classifier_agrees_with_reading_the_patterns_one_by_one(
    patterns: list[list[tuple[bool, int, tuple[bytes, bytes]]]], packets: list[bytes]
) -> None:
    text = ", ".join(" ".join(map(clause_text, pattern)) for pattern in patterns)
    expected: list[list[bytes]] = [[] for _ in patterns]
    for data in packets:
        first = next((i for i, pattern in enumerate(patterns) if all(clause_holds(c, data) for c in pattern)), None)
        if first is not None:
            expected[first].append(data)
    out = through(f"Classifier({text})", packets, outputs=len(patterns))
    assert [data_of(packets) for packets in out] == expected


SYN = IP(src="10.0.0.1", dst="10.1.0.9") / TCP(sport=1234, dport=80, flags="S")
ACK = IP(src="10.1.0.9", dst="10.0.0.1") / TCP(sport=80, dport=1234, flags="A", window=50)
DNS = IP(src="192.168.0.7", dst="8.8.8.8", ttl=1, tos=0xB8) / UDP(sport=5353, dport=53)
PING = IP(src="10.0.0.1", dst="10.0.0.255", id=7) / ICMP(type=8)
UNREACHABLE = IP(src="10.0.0.254", dst="10.0.0.1") / ICMP(type=3, code=1) / Raw(bytes(28))
LATER_FRAGMENT = IP(src="10.0.0.1", dst="10.1.0.9", frag=100, proto=6) / Raw(b"\x04\xd2\x00\x50" + bytes(40))
FIRST_FRAGMENT = IP(src="10.0.0.1", dst="10.1.0.9", flags="MF") / UDP(sport=53, dport=53) / Raw(bytes(40))
GRE = IP(src="10.9.9.9", dst="10.8.8.8", proto=47) / Raw(bytes(4))
ALL = [SYN, ACK, DNS, PING, UNREACHABLE, LATER_FRAGMENT, FIRST_FRAGMENT, GRE]

EXPRESSIONS: list[tuple[str, list[Layers]]] = [
    ("-", ALL),
    ("none", []),
    ("src host 10.0.0.1", [SYN, PING, LATER_FRAGMENT, FIRST_FRAGMENT]),
    ("host 10.0.0.1", [SYN, ACK, PING, UNREACHABLE, LATER_FRAGMENT, FIRST_FRAGMENT]),
    ("dst 10.0.0.1", [ACK, UNREACHABLE]),
    ("src host 10.0.0.1 or 192.168.0.7", [SYN, DNS, PING, LATER_FRAGMENT, FIRST_FRAGMENT]),
    ("src net 10.0.0.0/16", [SYN, PING, UNREACHABLE, LATER_FRAGMENT, FIRST_FRAGMENT]),
    ("src net 10.0.0.0 mask 255.255.0.0", [SYN, PING, UNREACHABLE, LATER_FRAGMENT, FIRST_FRAGMENT]),
    ("src and dst net 10/8", [SYN, ACK, PING, UNREACHABLE, LATER_FRAGMENT, FIRST_FRAGMENT, GRE]),
    ("tcp", [SYN, ACK, LATER_FRAGMENT]),
    ("udp or icmp", [DNS, PING, UNREACHABLE, FIRST_FRAGMENT]),
    ("ip proto 47", [GRE]),
    ("not tcp and not udp and not icmp", [GRE]),
    ("dst port 80", [SYN]),
    ("dst tcp port 80", [SYN]),
    ("tcp dst port 80", [SYN]),
    ("port 80", [SYN, ACK]),
    ("src or dst port 53", [DNS, FIRST_FRAGMENT]),
    ("src and dst port 53", [FIRST_FRAGMENT]),
    ("udp port != 5353", [DNS, FIRST_FRAGMENT][1:]),
    ("src port > 1023", [SYN, DNS]),
    ("dst port <= 53", [DNS, FIRST_FRAGMENT]),
    ("tcp opt syn", [SYN]),
    ("tcp and not tcp opt syn", [ACK, LATER_FRAGMENT]),
    ("tcp opt ack", [ACK]),
    ("tcp win < 100", [ACK]),
    ("icmp type echo", [PING]),
    ("icmp type 3", [UNREACHABLE]),
    ("ip frag", [LATER_FRAGMENT, FIRST_FRAGMENT]),
    ("ip unfrag and src 10.0.0.1", [SYN, PING]),
    ("ip ttl 1", [DNS]),
    ("ip dscp 46", [DNS]),
    ("ip tos 184", [DNS]),
    ("ip id 7", [PING]),
    ("ip hl 5 && ip vers 4", ALL),
    ("ip hl > 5", []),
    ("ip ttl 1 or 10.9.9.9 and ip hl != 5", [DNS]),
    ("src port = 53 or dst udp port www or dst udp port domain", [DNS, FIRST_FRAGMENT]),
    ("ip[9] & 0x1e = 0x11", [DNS, FIRST_FRAGMENT]),  # the mask is for both sides
    ("ip[9] = 17", [DNS, FIRST_FRAGMENT]),
    ("ip[6:2] & 0x1fff != 0", [LATER_FRAGMENT]),
    ("tcp[13] & 2 = 2", [SYN]),
    ("tcp ? dst port 80 : ip proto gre", [SYN, GRE]),
    ("(src 10.0.0.1 || src 10.9.9.9) && !udp", [SYN, PING, LATER_FRAGMENT, GRE]),
    ("src host 10.0.0.1 dst port 80", [SYN]),
]


@pytest.mark.parametrize(("expression", "matching"), EXPRESSIONS, ids=[e for e, _ in EXPRESSIONS])
def test_expression_picks_exactly_these(expression: str, matching: list[Layers]) -> None:
    out = through(f"IPClassifier({expression}, -)", [bytes(p) for p in ALL], outputs=2, before="MarkIPHeader")
    assert data_of(out[0]) == [bytes(p) for p in matching]
    assert data_of(out[1]) == [bytes(p) for p in ALL if p not in matching]


def test_a_filter_follows_its_first_matching_rule() -> None:
    rules = "deny src port 53, 1 icmp, allow udp or tcp opt syn, drop all"
    out = through(f"IPFilter({rules})", [bytes(p) for p in ALL], outputs=2, before="MarkIPHeader")
    assert data_of(out[0]) == [bytes(SYN), bytes(DNS)]
    assert data_of(out[1]) == [bytes(PING), bytes(UNREACHABLE)]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("permit all", "unknown action"),
        ("allow src host nowhere", "IP address"),
        ("allow (tcp", "expected '\\)'"),
        ("5 all", "only 1 outputs"),
        ("allow gre port 3", "no ports"),
        ("allow ip ttl 300", "out of range"),
    ],
)
def test_bad_rules_are_named(rule: str, words: str) -> None:
    with pytest.raises(ClickError, match=words):
        Router(f"Idle -> IPFilter({rule}) -> Discard")


Predicate = Callable[[Layers], bool]
ATOMS: dict[str, Predicate] = {
    "tcp": lambda p: p[IP].proto == 6,
    "udp": lambda p: p[IP].proto == 17,
    "src host 10.0.0.1": lambda p: p[IP].src == "10.0.0.1",
    "dst net 10.1/16": lambda p: p[IP].dst.startswith("10.1."),
    "port 80": lambda p: (
        p[IP].frag == 0 and ((TCP in p and 80 in (p[TCP].sport, p[TCP].dport)) or (UDP in p and 80 in (p[UDP].sport, p[UDP].dport)))
    ),
    "tcp opt syn": lambda p: TCP in p and p[IP].frag == 0 and "S" in p[TCP].flags,
    "ip frag": lambda p: p[IP].frag > 0 or "MF" in p[IP].flags,
    "ip ttl > 63": lambda p: p[IP].ttl > 63,
}
TREES = st.recursive(
    st.sampled_from(sorted(ATOMS)).map(lambda text: (text, ATOMS[text])),
    lambda inner: st.one_of(
        inner.map(lambda e: (f"not ({e[0]})", lambda p, f=e[1]: not f(p))),
        st.tuples(inner, inner).map(lambda es: (f"({es[0][0]}) and ({es[1][0]})", lambda p, a=es[0][1], b=es[1][1]: a(p) and b(p))),
        st.tuples(inner, inner).map(lambda es: (f"({es[0][0]}) or ({es[1][0]})", lambda p, a=es[0][1], b=es[1][1]: a(p) or b(p))),
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_random_expressions_agree_with_python(tree: tuple[str, Predicate]) -> None:
    text, holds = tree
    out = through(f"IPClassifier({text}, -)", [bytes(p) for p in ALL], outputs=2, before="MarkIPHeader")
    assert data_of(out[0]) == [bytes(p) for p in ALL if holds(p)]
