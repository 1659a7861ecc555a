# SPDX-License-Identifier: Apache-2.0
"""What `mimi validate` has no objection to, the engine takes: random services of every type are rendered and loaded."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mimi.click import Router
from mimi.pairing import examine_text
from mimi.render import render

INTERFACES = [
    {"device": "eth0", "mac": "02:00:00:00:01:01", "addresses": ["10.0.0.1/24"]},
    {"device": "eth1", "mac": "02:00:00:00:02:01", "addresses": ["203.0.113.1/24"]},
]
INSIDE = st.sampled_from([f"10.0.0.{n}" for n in (5, 6, 7)])
OUTSIDE = st.sampled_from([f"203.0.113.{n}" for n in (1, 2, 3, 9)])
PORT = st.sampled_from([1, 80, 81, 1024, 8000, 65535])
SPAN = st.one_of(PORT, st.sampled_from(["80-81", "8000-8100", "1-65535", "1024-65535", "60000-65535"]))
BEHAVIOUR = st.sampled_from(["endpoint-independent", "address-dependent", "address-and-port-dependent"])


def pairing(kind: str, section: str, service: object, sides: tuple[str, str], **minion: object) -> str:
    return yaml.safe_dump(
        {
            "pairing": "random",
            "type": kind,
            section: service,
            "minion": {"interfaces": dict(zip(sides, INTERFACES, strict=True)), "max_flows": 1000, **minion},
            "driver": {"kind": "conntrack"},
        }
    )


def loads(text: str) -> None:
    """If the pairing is valid, its configuration must load."""
    examination = examine_text(text)
    assume(examination.pairing is not None)
    assert examination.pairing is not None
    configuration = re.sub(r"(From|To)Device\([^)]*\)", "Idle", render(examination.pairing))
    with Router(configuration, clock="virtual") as router:
        assert router.read(f"{examination.pairing.middlebox.element}.count").strip() == b"0"


@st.composite
def statics(draw: st.DrawFn) -> dict[str, Any]:
    inside, outside = draw(INSIDE), draw(OUTSIDE)
    protocol = draw(st.sampled_from(["tcp", "tcp", "udp", "udp", None]))
    if protocol is None:
        return {"outside": outside, "inside": inside}
    first, other, length = draw(PORT), draw(PORT), draw(st.sampled_from([0, 0, 1, 9]))
    ends = [f"{a}:{p}" if not length else f"{a}:{p}-{p + length}" for a, p in ((outside, first), (inside, other))]
    return {"protocol": protocol, "outside": ends[0], "inside": ends[1]}


POOL = st.fixed_dictionaries(
    {"addresses": st.sampled_from(["203.0.113.1", "203.0.113.2-203.0.113.3", "203.0.113.8/30", "198.51.100.0/24", "203.0.113.0/24"])},
    optional={"ports": SPAN},
)
NAT = st.fixed_dictionaries(
    {
        "inside": st.sampled_from([["10.0.0.0/24"], ["10.0.0.0/16", "10.0.0.0/24"], ["192.168.0.0/16", "10.0.0.0/24"]]),
        "pools": st.lists(POOL, min_size=1, max_size=2),
        "static": st.lists(statics(), max_size=3),
    },
    optional={
        "mapping": BEHAVIOUR,
        "filtering": BEHAVIOUR,
        "pooling": st.sampled_from(["paired", "arbitrary"]),
        "port_preservation": st.booleans(),
        "port_parity": st.booleans(),
        "hairpinning": st.booleans(),
    },
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.filter_too_much])
@given(NAT, st.sampled_from(["drop", "reset", "pick"]))
def test_a_valid_translator_loads(nat: dict[str, Any], unknown: str) -> None:
    loads(pairing("nat", "nat", nat, ("inside", "outside"), unknown_flows=unknown))


PREFIX = st.sampled_from(["any", "0.0.0.0/0", "10.0.0.0/24", "192.0.2.1", "192.0.2.1/32"])
RULE = st.fixed_dictionaries(
    {"action": st.sampled_from(["allow", "deny", "reject"])},
    optional={
        "from": st.sampled_from(["inside", "outside", "any"]),
        "protocol": st.sampled_from(["tcp", "udp", "icmp", "any", 0, 1, 6, 17, 47, 58, 255]),
        "source": PREFIX,
        "destination": PREFIX,
        "source_ports": st.lists(SPAN, max_size=3),
        "destination_ports": st.lists(SPAN, max_size=3),
        "icmp_types": st.lists(
            st.sampled_from(["echo-request", "echo-reply", "unreachable", "redirect", "time-exceeded", "parameter-problem",
                             "timestamp-request", "timestamp-reply", 0, 8, 42, 255]), max_size=3),
    },
)  # fmt: skip
LIMIT = st.sampled_from([1, 1000, 64_000_000])
FIREWALL = st.fixed_dictionaries(
    {"rules": st.lists(RULE, max_size=5).map(lambda rules: [{"name": f"r{i}", **rule} for i, rule in enumerate(rules)])},
    optional={
        "default": st.sampled_from(["deny", "reject", "allow"]),
        "mid_flow": st.sampled_from(["strict", "loose"]),
        "window_tracking": st.booleans(),
        "per_source": LIMIT,
        "half_open": LIMIT,
    },
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.filter_too_much])
@given(FIREWALL, st.sampled_from(["drop", "reset", "pick"]))
def test_a_valid_firewall_loads(firewall: dict[str, Any], unknown: str) -> None:
    loads(pairing("firewall", "firewall", firewall, ("inside", "outside"), unknown_flows=unknown))


BACKEND = st.fixed_dictionaries(
    {"address": st.sampled_from([f"203.0.113.{n}" for n in (11, 12, 13)])},
    optional={"port": PORT, "weight": st.sampled_from([0, 1, 2, 65535])},
)
SOURCES = st.lists(st.sampled_from(["203.0.113.200", "203.0.113.204/30", "203.0.113.200-203.0.113.210"]), min_size=1, max_size=2)


@st.composite
def vips(draw: st.DrawFn) -> dict[str, Any]:
    choices = ["random", "round-robin", "weighted", "least-connections", "source-hash", "flow-hash", "maglev"]
    mode = draw(st.sampled_from(["dnat", "full-nat", "direct"]))
    backends = draw(st.lists(BACKEND, min_size=1, max_size=3))
    vip = {
        "address": draw(st.sampled_from(["10.0.0.100", "10.0.0.101", "10.0.0.102"])),
        "mode": mode,
        "choose": draw(st.sampled_from(choices)),
    }
    vip |= draw(st.fixed_dictionaries({}, optional={"protocol": st.sampled_from(["tcp", "udp"]), "seed": st.sampled_from([0, 2**64 - 1])}))
    vip |= draw(st.one_of(st.fixed_dictionaries({"port": PORT}), st.fixed_dictionaries({"ports": SPAN})))
    if mode == "full-nat":
        vip["snat"] = draw(SOURCES)
    return {**vip, "backends": [{"name": f"b{i}", **one} for i, one in enumerate(backends)]}


@settings(max_examples=50, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(vips(), min_size=1, max_size=2))
def test_a_valid_load_balancer_loads(services: list[dict[str, Any]]) -> None:
    named = [{"name": f"v{i}", **vip} for i, vip in enumerate(services)]
    loads(pairing("load-balancer", "vips", named, ("client", "server")))
