# SPDX-License-Identifier: Apache-2.0
"""Rules that can never match are found, and only those: a small world is tried packet by packet."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from mimi.pairing import shadow
from mimi.pairing.model_firewall import Rule

ADDRESSES = [str(IPv4Address(number)) for number in (0, 1, 2, 3, 4, 2**32 - 1)]
PORTS = (1, 2, 3, 65535)
PACKETS = [
    (side, protocol, source, sport, target, dport, kind)
    for side, (protocol, kind), source, sport, target, dport in product(
        ("inside", "outside"), (("tcp", None), ("icmp", 8), ("icmp", 0)), ADDRESSES[1:5], PORTS[:2], ADDRESSES[1:4], PORTS
    )
]

PREFIXES = st.sampled_from(["any", "0.0.0.0/0", "0.0.0.0/31", "0.0.0.2/31", "0.0.0.1", "0.0.0.2", "0.0.0.0/30", "0.0.0.4"])
SPANS = st.lists(st.sampled_from([1, 2, 3, "1-2", "2-65535", "3-65535", "1-65535"]), max_size=2)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    protocol = draw(st.sampled_from(["any", "tcp", 6, "icmp"]))
    data = {"name": "r", "action": "deny", "protocol": protocol, "from": draw(st.sampled_from(["any", "inside", "outside"]))}
    data |= {"source": draw(PREFIXES), "destination": draw(PREFIXES)}
    if protocol in ("tcp", 6):
        data |= {"source_ports": draw(SPANS), "destination_ports": draw(SPANS)}
    if protocol == "icmp":
        data["icmp_types"] = draw(st.lists(st.sampled_from(["echo-request", 0, 8, 3]), max_size=3))
    return Rule.model_validate(data)


def matches(rule: Rule, packet: tuple[object, ...]) -> bool:
    side, protocol, source, sport, target, dport, kind = packet
    return (
        rule.side in ("any", side)
        and rule.protocol in ("any", protocol, {"tcp": 6, "icmp": 1}[str(protocol)])
        and all(prefix == "any" or IPv4Address(str(a)) in prefix for prefix, a in ((rule.source, source), (rule.destination, target)))  # type: ignore[operator]
        and all(
            not spans or any(port in span for span in spans)
            for spans, port in ((rule.source_ports, sport), (rule.destination_ports, dport))
        )
        and (not rule.icmp_types or kind in [{"echo-request": 8}.get(str(word), word) for word in rule.icmp_types])
    )


@given(st.lists(rules(), min_size=1, max_size=8))
def test_no_packet_reaches_a_rule_that_is_said_to_be_shadowed(listed: Sequence[Rule]) -> None:
    found = {index for index, _ in shadow.shadowed_rules(listed)}
    for packet in PACKETS:
        first = next((i for i, rule in enumerate(listed) if matches(rule, packet)), None)
        assert first not in found, packet


def rule(name: str, **keys: object) -> Rule:
    return Rule.model_validate({"name": name, "action": "deny", **keys})


def test_several_rules_shadow_together_and_are_named() -> None:
    listed = [rule("low", destination="10.0.0.0/25"), rule("other", protocol="udp"), rule("high", destination="10.0.0.128/25")]
    listed.append(rule("all", protocol="tcp", destination="10.0.0.0/24"))
    assert list(shadow.shadowed_rules(listed)) == [(3, (0, 2))]


def test_what_is_left_after_many_cuts_is_not_shadowed() -> None:
    listed = [rule(f"p{port}", protocol="tcp", destination_ports=[port]) for port in range(1, 65535, 64)]
    assert list(shadow.shadowed_rules([*listed, rule("all", protocol="tcp")])) == []


def test_every_port_one_by_one_shadows_the_range() -> None:
    listed = [rule(f"p{port}", protocol="tcp", destination_ports=[port]) for port in range(8000, 8100)]
    ((index, blamed),) = shadow.shadowed_rules([*listed, rule("all", protocol="tcp", destination_ports=["8000-8099"])])
    assert index == 100
    assert blamed == tuple(range(100))


def test_beyond_the_bounds_nothing_is_claimed() -> None:
    listed = [rule("same") for _ in range(shadow.RULES_MAX + 5)]
    assert max(index for index, _ in shadow.shadowed_rules(listed)) == shadow.RULES_MAX - 1
