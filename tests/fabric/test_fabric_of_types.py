# SPDX-License-Identifier: Apache-2.0
"""Switches around a box whose sides are inside and outside work like those around a balancer."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimi.fabric.rules import fabric_rules
from mimi.pairing import load_pairing
from tests.fabric.softswitch import SoftSwitch

PAIRING = load_pairing(Path(__file__).parents[2] / "configs" / "firewall-conntrack.yaml")
INSIDE, OUTSIDE = (side.mac for _, side in PAIRING.minion.interfaces.sides)


@pytest.mark.parametrize(("name", "host", "mac"), [("s1", "s1-office", INSIDE), ("s2", "s2-router", OUTSIDE)])
def test_a_host_reaches_the_primary_and_the_minion_when_that_is_dead(name: str, host: str, mac: str) -> None:
    switch = next(SoftSwitch.holding(state) for state in fabric_rules(PAIRING).values() if state.name == name)
    assert switch.out(host, mac) == [f"{name}-fw"]
    switch.down = {f"{name}-fw"}
    assert switch.out(host, mac) == [f"{name}-minion"]


def test_both_boxes_reach_a_host() -> None:
    switch = next(SoftSwitch.holding(state) for state in fabric_rules(PAIRING).values() if state.name == "s1")
    assert [switch.out(box, "02:00:00:00:01:19") for box in ("s1-fw", "s1-minion")] == [["s1-mail"], ["s1-mail"]]
