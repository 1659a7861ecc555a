# SPDX-License-Identifier: Apache-2.0
"""State schemas agree with the flow record, the model and the documentation."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from mimi.flow import FlowRecord
from mimi.pairing.model import Driver, Pairing
from mimi.pairing.stateschema import DRIVERS, SCHEMAS, Fact, gaps


@pytest.mark.parametrize("middlebox", SCHEMAS)
def test_a_schema_speaks_of_every_field_of_a_record(middlebox: str) -> None:
    fields = {f.name for f in SCHEMAS[middlebox].fields}
    assert fields == {f.name for f in dataclasses.fields(FlowRecord)} | {"proto"}


def test_every_type_and_driver_of_the_model_is_declared() -> None:
    assert set(get_args(Pairing.model_fields["type"].annotation)) == set(SCHEMAS)
    assert set(get_args(Driver.model_fields["kind"].annotation)) == set(DRIVERS)


@pytest.mark.parametrize("kind", DRIVERS)
def test_a_driver_speaks_of_every_fact(kind: str) -> None:
    assert set(DRIVERS[kind]) == set(get_args(Fact))
    assert all(given.condition for given in DRIVERS[kind].values() if given.knowledge == "partial")


def test_netfilter_log_has_what_a_load_balancer_requires() -> None:
    found = {gap.fact: gap for gap in gaps("load-balancer", "netfilter-log")}
    assert not any(gap.required for gap in found.values())
    assert found["end"].given.knowledge == "partial"
    assert found["snapshot"].given.knowledge == "none"


def test_netfilter_log_may_miss_what_a_nat_requires_but_not_what_a_firewall_does() -> None:
    assert [gap.fact for gap in gaps("nat", "netfilter-log") if gap.required] == ["translated-address", "translated-port"]
    assert not any(gap.required for gap in gaps("firewall", "netfilter-log"))


@pytest.mark.parametrize("middlebox", SCHEMAS)
def test_conntrack_has_all_that_any_type_wants(middlebox: str) -> None:
    assert list(gaps(middlebox, "conntrack")) == []
