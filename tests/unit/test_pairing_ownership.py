# SPDX-License-Identifier: Apache-2.0
"""Which flows are a pairing's own, type by type: everything else is refused with its reason."""

from __future__ import annotations

from pathlib import Path
from socket import inet_aton

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.flow import FiveTuple, FlowRecord
from mimi.pairing import load_pairing
from mimi.pairing.ownership import REASONS, Tuple4, complaint, ownership

CONFIGS = Path(__file__).parents[2] / "configs"


def ends(text: str) -> Tuple4:
    """``10.0.0.1:4000 > 192.0.2.1:80``."""
    (source, sport), (target, dport) = (end.split(":") for end in text.split(" > "))
    return inet_aton(source), int(sport), inet_aton(target), int(dport)


def fault(config: str, orig: str, xlat: str, protocol: int = 6) -> str:
    return ownership(load_pairing(CONFIGS / f"{config}.yaml")).fault(protocol, ends(orig), ends(xlat))


HOST, OTHER, REMOTE, OUTSIDE = "10.0.0.7:4000", "10.0.0.9:80", "192.0.2.1:80", "203.0.113.1:61000"


@pytest.mark.parametrize(
    ("orig", "xlat", "reason"),
    [
        (f"{HOST} > {REMOTE}", f"{OUTSIDE} > {REMOTE}", ""),
        (f"{REMOTE} > 203.0.113.1:80", f"{REMOTE} > 10.0.0.5:8080", ""),
        (f"{HOST} > 203.0.113.9:80", f"{OUTSIDE} > {OTHER}", ""),
        (f"{HOST} > {REMOTE}", "203.0.113.5:61000 > 192.0.2.1:80", "unknown-outside"),
        (f"{HOST} > {REMOTE}", f"{OUTSIDE} > 192.0.2.2:80", "unknown-outside"),
        (f"{HOST} > {REMOTE}", f"{OUTSIDE} > 192.0.2.1:81", "unknown-outside"),
        (f"{HOST} > {REMOTE}", f"{HOST} > {REMOTE}", "not-translated"),
        (f"{HOST} > 203.0.113.9:80", f"{HOST} > {OTHER}", "unknown-outside"),
        (f"{HOST} > 203.0.113.9:80", f"{OUTSIDE} > 192.0.2.9:80", "unknown-outside"),
        (f"{HOST} > {REMOTE}", "203.0.113.1:80 > 192.0.2.1:80", "forwarded"),
        (f"{HOST} > {REMOTE}", "203.0.113.1:1023 > 192.0.2.1:80", "outside-port"),
        (f"{REMOTE} > 203.0.113.1:80", f"{REMOTE} > 10.0.0.9:8080", "forwarded"),
        (f"{REMOTE} > 203.0.113.9:80", f"{REMOTE} > 10.0.0.9:81", "forwarded"),
        (f"{REMOTE} > {OUTSIDE}", f"{REMOTE} > 172.16.0.5:80", "unknown-inside"),
        (f"{REMOTE} > {OUTSIDE}", f"192.0.2.1:81 > {OTHER}", "unknown-outside"),
        (f"{REMOTE} > {OUTSIDE}", f"{REMOTE} > {OUTSIDE}", "unknown-inside"),
        (f"172.16.0.1:4000 > {REMOTE}", f"{OUTSIDE} > {REMOTE}", "unknown-inside"),
        (f"{REMOTE} > 203.0.113.77:80", f"{REMOTE} > {OTHER}", "unknown-outside"),
    ],
)
def test_a_translators_flows_go_between_inside_and_outside_addresses(orig: str, xlat: str, reason: str) -> None:
    assert fault("nat-pool", orig, xlat) == reason


@pytest.mark.parametrize(
    ("orig", "xlat", "reason"),
    [
        (f"{HOST} > {REMOTE}", f"{HOST} > {REMOTE}", ""),
        (f"{REMOTE} > {HOST}", f"{REMOTE} > {HOST}", ""),
        (f"{HOST} > {REMOTE}", f"{OUTSIDE} > {REMOTE}", "translated"),
        (f"{HOST} > 10.0.0.1:22", f"{HOST} > 10.0.0.1:22", "its-own"),
        (f"198.51.100.1:4000 > {REMOTE}", f"198.51.100.1:4000 > {REMOTE}", "its-own"),
    ],
)
def test_a_firewalls_flows_go_through_it_unchanged(orig: str, xlat: str, reason: str) -> None:
    assert fault("firewall-conntrack", orig, xlat) == reason


@pytest.mark.parametrize(
    ("orig", "xlat", "reason"),
    [
        ("10.1.0.1:4000 > 10.1.0.100:8080", "10.1.0.1:4000 > 10.2.0.2:8080", ""),
        ("10.1.0.1:4000 > 10.1.0.100:8081", "10.1.0.1:4000 > 10.2.0.2:8080", "unknown-vip"),
        ("10.1.0.1:4000 > 10.1.0.100:8080", "10.1.0.1:4000 > 10.2.0.2:8081", "unknown-backend"),
        ("10.1.0.1:4000 > 10.1.0.100:8080", "10.1.0.1:4001 > 10.2.0.2:8080", "client-translated"),
    ],
)
def test_a_balancers_flows_go_from_a_vip_to_its_backends(orig: str, xlat: str, reason: str) -> None:
    assert fault("conntrack-lb", orig, xlat) == reason


@pytest.mark.parametrize(
    ("orig", "xlat", "reason"),
    [
        ("10.1.0.1:4000 > 10.1.0.100:9042", "10.1.0.1:4000 > 10.2.0.12:9042", ""),
        ("10.1.0.1:4000 > 10.1.0.100:9042", "10.1.0.1:4000 > 10.2.0.12:9043", "unknown-backend"),
        ("10.1.0.1:4000 > 10.1.0.100:9100", "10.1.0.1:4000 > 10.2.0.12:9100", "unknown-vip"),
        ("10.1.0.1:4000 > 10.1.0.101:5432", "10.2.0.251:7000 > 10.2.0.21:5432", ""),
        ("10.1.0.1:4000 > 10.1.0.101:5432", "10.2.0.254:7000 > 10.2.0.21:5432", "unknown-source"),
        ("10.1.0.1:4000 > 10.1.0.101:5432", "10.1.0.1:4000 > 10.2.0.21:5432", "unknown-source"),
    ],
)
def test_ranges_of_ports_and_full_nat_are_a_balancers_too(orig: str, xlat: str, reason: str) -> None:
    assert fault("many-ways-lb", orig, xlat) == reason


ADDRESS = st.sampled_from(["10.0.0.1", "10.0.0.7", "192.168.3.4", "192.0.2.1", "203.0.113.1", "203.0.113.9", "198.51.100.1", "10.1.0.100"])
TUPLE = st.builds(FiveTuple, st.sampled_from(["tcp", "udp", "icmp"]), ADDRESS, st.just(7), ADDRESS, st.just(0))


@given(TUPLE, TUPLE, st.sampled_from(["nat-pool", "firewall-conntrack", "conntrack-lb"]))
def test_every_refusal_has_words(orig: FiveTuple, xlat: FiveTuple, config: str) -> None:
    judge = ownership(load_pairing(CONFIGS / f"{config}.yaml"))
    words = complaint(judge, FlowRecord(orig, xlat, 1, 1))
    assert "{" not in words
    assert words.partition(":")[0].split(" ")[0] in ("", "orig", "xlat")


@pytest.mark.parametrize(
    ("orig", "xlat", "words"),
    [
        (("2001:db8:9::7", "2001:db8:1::100", 443), ("2001:db8:9::7", "2001:db8:2::2", 8443), ""),
        (("2001:db8:9::7", "2001:db8:1::101", 443), ("2001:db8:9::7", "2001:db8:2::2", 8443), "tcp [2001:db8:1::101]:443 is no VIP"),
        (("2001:db8:9::7", "2001:db8:1::100", 443), ("2001:db8:9::7", "2001:db8:2::3", 8443), "[2001:db8:2::3]:8443 is no backend of"),
        (("2001:db8:9::7", "2001:db8:1::100", 443), ("2001:db8:9::8", "2001:db8:2::2", 8443), "found [2001:db8:9::8]:7"),
    ],
)
def test_ipv6_flows_of_a_balancer_are_judged_alike(orig: tuple[str, str, int], xlat: tuple[str, str, int], words: str) -> None:
    judge = ownership(load_pairing(CONFIGS / "dual-stack-lb.yaml"))
    flows = [FiveTuple("tcp", source, 7, target, port) for source, target, port in (orig, xlat)]
    found = complaint(judge, FlowRecord(flows[0], flows[1], 1, 1))
    assert (words in found) if words else not found


def test_addresses_of_ipv6_are_never_those_of_ipv4_that_begin_alike() -> None:
    """The bytes of a00:7:: begin with those of 10.0.0.7, an inside host."""
    judge = ownership(load_pairing(CONFIGS / "nat-pool.yaml"))
    inside, outside = inet_aton("10.0.0.7") + bytes(12), inet_aton("203.0.113.1") + bytes(12)
    assert judge.fault(6, (inside, 4000, outside, 80), (outside, 61000, inside, 80)) == "unknown-inside"


def test_reasons_are_words_that_can_be_counted() -> None:
    assert all(reason.replace("-", "").isalpha() for reason in REASONS)
