# SPDX-License-Identifier: Apache-2.0
"""The control plane and the elements agree on whose flow records are a pairing's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mimi.click import Router
from mimi.flow import FiveTuple, FlowRecord
from mimi.pairing import Pairing, load_pairing
from mimi.pairing.ownership import complaint, ownership
from mimi.render import render
from mimi.sync.lines import import_line

CONFIGS = Path(__file__).parents[2] / "configs"
ADDRESSES = {
    "nat-pool": [
        "10.0.0.5",
        "10.0.0.6",
        "10.0.0.9",
        "192.168.3.4",
        "192.0.2.1",
        "203.0.113.1",
        "203.0.113.4",
        "203.0.113.5",
        "203.0.113.9",
    ],
    "many-ways-lb": ["10.1.0.1", "10.1.0.100", "10.1.0.101", "10.1.0.102", "10.2.0.1", "10.2.0.11", "10.2.0.21", "10.2.0.31", "10.2.0.251"],
    "firewall-conntrack": ["10.0.0.7", "192.0.2.1", "10.0.0.25"],
}
PORTS = [80, 443, 1023, 1024, 5000, 5004, 5050, 5099, 5100, 5432, 8080, 9000, 9042, 9099, 61000]


@pytest.fixture(params=ADDRESSES)
def scene(request: pytest.FixtureRequest) -> Iterator[tuple[Pairing, Router, list[str]]]:
    pairing = load_pairing(CONFIGS / f"{request.param}.yaml")
    text = re.sub(r"(From|To)Device\([^)]*\)", "Idle", render(pairing))
    with Router(text, clock="virtual") as router:
        yield pairing, router, ADDRESSES[request.param]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_what_is_ours_is_imported_and_nothing_else(scene: tuple[Pairing, Router, list[str]], data: st.DataObject) -> None:
    pairing, router, addresses = scene
    element = pairing.middlebox.element
    proto = data.draw(st.sampled_from(["tcp", "udp", "icmp"] if element != "lb" else ["tcp", "udp"]))
    address, port = st.sampled_from(addresses), st.sampled_from(PORTS)
    source, target = (data.draw(address), data.draw(port)), (data.draw(address), data.draw(port))
    seen_source = data.draw(st.one_of(st.just(source), st.tuples(address, port)))
    seen_target = data.draw(st.one_of(st.just(target), st.tuples(address, st.one_of(st.just(target[1]), port))))
    if proto == "icmp":
        target, seen_target = (target[0], 0), (seen_target[0], 0)
    record = FlowRecord(FiveTuple(proto, *source, *target), FiveTuple(proto, *seen_source, *seen_target), 1, 1000)
    reason = complaint(ownership(pairing), record)
    # A driver refuses what its primary, as the pairing has it, cannot have sent; the balancer itself sends answers back to any source.
    ours = reason == "" or "is not of the VIP's snat" in reason or "keeps the client" in reason
    router.write(f"{element}.clear")
    router.write(f"{element}.import", import_line(record, 0))
    assert (router.read(f"{element}.count").strip() == b"1") == ours, reason
