# SPDX-License-Identifier: Apache-2.0
"""Loading: places, hostile text, and round trips."""

from __future__ import annotations

import os
import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import GOLDEN
from hypothesis import given
from hypothesis import strategies as st

from mimi.errors import PairingError
from mimi.pairing import dump_pairing, examine, examine_text, load_pairing, parse_pairing
from mimi.pairing.model import Pairing
from mimi.pairing.yamltree import read_tree

GOOD = (GOLDEN / "good/fabric.yaml").read_text()


# --- places -----------------------------------------------------------------------------------------------------------


def scalars(value: object, path: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [item for k, v in value.items() for item in scalars(v, f"{path}.{k}" if path else k)]
    if isinstance(value, list):
        return [item for i, v in enumerate(value) for item in scalars(v, f"{path}[{i}]")]
    return [(path, value)]


@pytest.mark.parametrize("path", [p for p, _ in scalars(yaml.safe_load(GOOD))])
def test_every_place_points_at_the_value(path: str) -> None:
    tree = read_tree(GOOD.encode())
    line, column = tree.place(path)
    token = re.match(r"""["']?([^"',}\]\n]*)""", GOOD.split("\n")[line - 1][column - 1 :])
    value: Any = tree.value
    for key, index in re.findall(r"([a-z_]+)|\[(\d+)\]", path):
        value = value[key] if key else value[int(index)]
    assert token is not None
    assert token[1].strip() == str(value)


@pytest.mark.parametrize("path", [p for p, _ in scalars(yaml.safe_load(GOOD))])
def test_a_fault_anywhere_is_reported_there(path: str) -> None:
    """Whatever value is spoilt, the error names the line and column of that value."""
    line, column = read_tree(GOOD.encode()).place(path)
    lines = GOOD.split("\n")
    at = column - 1
    end = re.compile(r'"[^"]*"|[^,}\]\n]*').match(lines[line - 1], at)
    assert end is not None
    lines[line - 1] = lines[line - 1][:at] + "{spoilt: here}" + lines[line - 1][end.end() :]
    problems = examine_text("\n".join(lines), "f").errors
    assert any(p.place == f"f:{line}:{column}" and p.path == path for p in problems), problems


def test_problems_come_in_the_order_of_the_file() -> None:
    text = (GOLDEN / "bad/several-at-once.yaml").read_text()
    places = [tuple(map(int, p.place.rsplit(":", 2)[1:])) for p in examine_text(text).problems]
    assert places == sorted(places)
    assert len(places) >= 4


def test_meaning_is_checked_beside_malformed_parts() -> None:
    text = GOOD.replace("port: 80\n", 'port: "80"\n').replace("  allow: [203.0.113.2/32]\n", "")
    paths = {p.path for p in examine_text(text).errors}
    assert {"vips[0].port", "driver.allow"} <= paths


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "reason"), [("missing.yaml", "No such file"), (".", "Is a directory"), ("a\0b", "null")])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(PairingError, match=reason):
        load_pairing(f"{tmp_path}/{name}")


def test_a_file_without_permission(tmp_path: Path) -> None:
    file = tmp_path / "secret.yaml"
    file.write_text(GOOD)
    file.chmod(0)
    if os.access(file, os.R_OK):  # root reads everything: a loop of links is as unreadable
        file.unlink()
        file.symlink_to(file)
    assert "cannot read the pairing file" in examine(file).errors[0].message


def test_errors_name_the_file_as_given(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("pairing: X\n")
    assert all(p.place.startswith(f"{file}:") for p in examine(file).problems)


# --- hostile text -----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    examination = examine_text(data)
    assert examination.pairing is None
    assert examination.errors


@given(st.integers(0, len(GOOD) - 1), st.text("{}[]:,-&*!|>'\"%@`#?\t \n0aé", max_size=4), st.integers(0, 5))
def test_a_damaged_file_is_answered(at: int, junk: str, cut: int) -> None:
    examination = examine_text(GOOD[:at] + junk + GOOD[at + cut :])
    assert (examination.pairing is None) == bool(examination.errors)


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "{a: " * 5000, "- " * 5000, "&a " * 500 + "x", "a: " + "x" * 100_000],
    ids=["brackets", "braces", "dashes", "anchors", "long"],
)
def test_deep_and_long_text_is_answered(text: str) -> None:
    assert examine_text(text).errors


def test_a_huge_file_is_refused_before_it_is_parsed() -> None:
    assert "too large" in examine_text(b"#" * (9 * 1024 * 1024)).errors[0].message


# --- round trip -------------------------------------------------------------------------------------------------------

names = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
devices = st.from_regex(r"[A-Za-z0-9_.@-]{1,15}", fullmatch=True)
macs = st.from_regex(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", fullmatch=True)
seconds = st.integers(1, 10_000_000)
addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
networks = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda t: IPv4Network(t, strict=False))
interfaces = st.fixed_dictionaries(
    {
        "device": devices,
        "mac": macs,
        "addresses": st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(IPv4Interface), min_size=1, max_size=2),
    }
)
backends = st.fixed_dictionaries({"name": names, "address": addresses, "port": st.integers(1, 65535)})
pairings = st.fixed_dictionaries(
    {
        "pairing": names,
        "type": st.just("load-balancer"),
        "vips": st.lists(
            st.fixed_dictionaries(
                {"name": names, "address": addresses, "port": st.integers(1, 65535), "backends": st.lists(backends, min_size=1, max_size=3)}
            ),
            min_size=1,
            max_size=2,
        ),
        "minion": st.fixed_dictionaries(
            {"interfaces": st.fixed_dictionaries({"client": interfaces, "server": interfaces})},
            optional={
                "netns": st.none() | st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True),
                "unknown_flows": st.sampled_from(["drop", "reset", "pick"]),
                "timeouts": st.fixed_dictionaries({"udp_s": seconds}),
                "packages": st.lists(st.text(min_size=1, max_size=20), max_size=2),
            },
        ),
        "driver": st.fixed_dictionaries(
            {"listen": st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=2)},
            optional={"allow": st.lists(networks, max_size=2), "prefix": st.text(min_size=1, max_size=64)},
        ),
    },
    optional={
        "sync": st.fixed_dictionaries({"enabled": st.booleans()}),
        "store": st.fixed_dictionaries({"url": st.none() | st.text(max_size=20)}),
    },
).map(Pairing.model_validate)


@given(pairings)
def test_a_dumped_pairing_reads_back_the_same(pairing: Pairing) -> None:
    """Shapes survive YAML whatever their text looks like (``on``, ``1:20``, ``0x1``, ``null`` …)."""
    tree = read_tree(dump_pairing(pairing).encode())
    assert tree.problems == []
    assert Pairing.model_validate(tree.value) == pairing


@pytest.mark.parametrize("path", sorted((GOLDEN / "good").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_loaded_file_dumped_and_loaded_is_the_same(path: Path) -> None:
    pairing = load_pairing(path)
    assert parse_pairing(dump_pairing(pairing)) == pairing


def test_the_model_cannot_be_changed() -> None:
    with pytest.raises(Exception, match="frozen"):
        parse_pairing(GOOD).pairing = "other"  # type: ignore[misc]
