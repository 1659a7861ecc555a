# SPDX-License-Identifier: Apache-2.0
"""How backends are chosen, in C++ where it is fast: shares, turns, and how few flows move. See chooser_check.cc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.elements.compiled import CHECKED, build

PARTS = ["chooser", "chooserhash", "chooserleast", "chooserturns", "maglevtable"]
SOURCES = ["tests/elements/chooser_check.cc", *(f"elements/{part}.cc" for part in PARTS)]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("chooser"), SOURCES, *CHECKED, "-O2", "-pthread")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("family", ["4", "6"])
@pytest.mark.parametrize(
    "name",
    [
        "few_flows_move",
        "shares_follow_weights",
        "maglev_is_even_and_depends_on_the_set_alone",
        "maglev_is_the_papers",
        "weighted_turns_are_smooth",
        "least_connections_is_a_search",
        "turns_go_on_when_the_set_changes",
    ],
)
def test_choosing_keeps_its_promises(check: Path, name: str, family: str, seed: int) -> None:
    done = subprocess.run([check, name, family, str(seed)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
