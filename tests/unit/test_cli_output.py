# SPDX-License-Identifier: Apache-2.0
"""One value, as text or as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from rich.table import Table

from mimi.cli.output import emit, to_json
from mimi.pairing.model_loadbalancer import Backend


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Value:
    path: Path
    networks: tuple[IPv4Network, ...]
    names: frozenset[str]
    colour: Colour
    backend: Backend
    nothing: None = None


VALUE = Value(
    Path("/a"), (IPv4Network("10.0.0.0/8"),), frozenset("ba"), Colour.RED, Backend(name="b", address=IPv4Address("10.0.0.1"), port=1)
)
PLAIN = {
    "path": "/a",
    "networks": ["10.0.0.0/8"],
    "names": ["a", "b"],
    "colour": "red",
    "backend": {"name": "b", "address": "10.0.0.1", "port": 1, "weight": 1},
    "nothing": None,
}


def test_values_become_json() -> None:
    assert to_json(VALUE) == PLAIN


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        to_json(object())


def test_json_and_text_come_from_one_call(capsys: pytest.CaptureFixture[str]) -> None:
    emit(VALUE, as_json=True, text=lambda: pytest.fail("text is not made for JSON"))
    assert json.loads(capsys.readouterr().out) == PLAIN
    emit(VALUE, as_json=False, text="in words\n")
    emit(VALUE, as_json=False, text=lambda: "made late")
    assert capsys.readouterr().out == "in words\nmade late\n"


def test_tables_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("column")
    table.add_row("[not markup]")
    emit(VALUE, as_json=False, text=table)
    out = capsys.readouterr().out
    assert "column" in out
    assert "\x1b" not in out


def test_without_text_the_json_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    emit(VALUE, as_json=False)
    assert json.loads(capsys.readouterr().out) == PLAIN
