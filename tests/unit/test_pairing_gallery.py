# SPDX-License-Identifier: Apache-2.0
"""Every file of ``configs/`` works: it is valid, it renders, and it says only what it is known to say."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import CONFIGS

from mimi.pairing import dump_pairing, examine, load_pairing, parse_pairing
from mimi.render import render

FILES = sorted(CONFIGS.glob("*.yaml"))
MODELINE = "# yaml-language-server: $schema=pairing.schema.json"
KNOWN_WARNINGS = {"dns-and-web": {"minion.unknown_flows"}, "no-fabric": {"minion.engine"}, "nat-log": {"driver.kind"}}
"""Warnings that a file explains in its comments."""


@pytest.fixture(params=FILES, ids=lambda p: p.stem)
def file(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_there_is_a_choice() -> None:
    assert len(FILES) >= 6


def test_is_valid(file: Path) -> None:
    examination = examine(file)
    assert examination.errors == ()
    assert {p.path for p in examination.warnings} == KNOWN_WARNINGS.get(file.stem, set())


def test_renders_the_same_bytes_twice(file: Path) -> None:
    pairing = load_pairing(file)
    text = render(pairing)
    assert text == render(parse_pairing(dump_pairing(pairing)))
    assert pairing.name in text


def test_helps_editors_and_people(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[0] == MODELINE
    assert lines[1].startswith("# ")


def test_names_are_distinct() -> None:
    names = [load_pairing(file).name for file in FILES]
    assert len(set(names)) == len(names)


def test_the_minimal_file_is_minimal() -> None:
    """Without any one of its keys it is no pairing."""
    lines = (CONFIGS / "minimal.yaml").read_text().splitlines(keepends=True)
    for index, line in enumerate(lines):
        if ":" in line.split("#")[0]:
            text = "".join(lines[:index] + lines[index + 1 :])
            assert examine_fails(text), line


def examine_fails(text: str) -> bool:
    from mimi.pairing import examine_text

    return examine_text(text).pairing is None
