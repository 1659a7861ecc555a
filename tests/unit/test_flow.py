# SPDX-License-Identifier: Apache-2.0
"""The values that travel."""

from __future__ import annotations

import dataclasses

import pytest

from mimi.flow import Delete, FiveTuple, FlowRecord, Put, endpoint_text, split_endpoint

ORIG = FiveTuple("tcp", "10.1.0.1", 40112, "10.1.0.100", 8080)
XLAT = FiveTuple("tcp", "10.1.0.1", 40112, "10.2.0.3", 8080)


def test_key_text_is_the_documented_one() -> None:
    assert ORIG.key == "tcp 10.1.0.1:40112 10.1.0.100:8080"


def test_ipv6_ends_have_brackets() -> None:
    flow = FiveTuple("tcp", "2001:db8::1", 1234, "2001:db8:f::10", 80)
    assert flow.key == f"tcp {flow.source} {flow.target}" == "tcp [2001:db8::1]:1234 [2001:db8:f::10]:80"


def test_different_flows_have_different_keys() -> None:
    others = [
        dataclasses.replace(ORIG, **{name: value})
        for name, value in (("proto", "udp"), ("sport", 1), ("daddr", "10.1.0.101"), ("dport", 1))
    ]
    assert len({t.key for t in [ORIG, *others]}) == 5


@pytest.mark.parametrize(
    "value", [ORIG, FlowRecord(ORIG, XLAT, 1, 2), Put(FlowRecord(ORIG, XLAT, 1, 2)), Delete(ORIG.key, 3)], ids=lambda v: type(v).__name__
)
def test_values_cannot_be_changed(value: object) -> None:
    name = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    with pytest.raises((AttributeError, TypeError)):
        value.extra = 1  # type: ignore[attr-defined]


def test_records_are_equal_by_value() -> None:
    assert FlowRecord(ORIG, XLAT, 1, 2) == FlowRecord(dataclasses.replace(ORIG), XLAT, 1, 2)


@pytest.mark.parametrize("address", ["10.1.0.1", "2001:db8::1", "::"])
def test_an_end_is_taken_apart_as_it_was_put_together(address: str) -> None:
    assert split_endpoint(endpoint_text(address, 80)) == (address, "80")
    assert split_endpoint(address) == (address, None)


@pytest.mark.parametrize("text", ["[10.1.0.1]:80", "[2001:db8::1", "[2001:db8::1]80", "[]:80"])
def test_brackets_around_something_else_hold_no_address(text: str) -> None:
    assert split_endpoint(text)[0] == ""
