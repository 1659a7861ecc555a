# SPDX-License-Identifier: Apache-2.0
"""A configuration replaced while it runs: the translator keeps what its new arguments allow, with its mappings and ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimi.click.control import ControlSocket
from tests.runtime.clickprogram import Program, wait_for

POOLED = "put 7 tcp 10.0.0.1:4000 192.0.2.1:80 203.0.113.1:5000 192.0.2.1:80 7440"
FORWARDED = "put 9 tcp 192.0.2.1:4000 203.0.113.9:80 192.0.2.1:4000 10.0.0.9:8080 7440"
FORWARD = "STATIC tcp 203.0.113.9:80 10.0.0.9:8080"


def translator(*arguments: str) -> str:
    ports = "Idle -> [0]nat; Idle -> [1]nat; nat[0] -> Discard; nat[1] -> Discard"
    return f"nat :: MinionNAT({', '.join(['INSIDE 10.0.0.0/8', *arguments])}); {ports}"


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["POOL 203.0.113.0/30", FORWARD, "MAPPING address-dependent"], [POOLED, FORWARDED]),
        (["POOL 203.0.113.1", "STATIC tcp 203.0.113.9:80 10.0.0.8:8080"], [POOLED]),
        (["POOL 203.0.113.2", FORWARD], [FORWARDED]),
    ],
    ids=["a larger pool", "the forward leads elsewhere", "the pool has changed"],
)
def test_a_swap_keeps_bindings(tmp_path: Path, arguments: list[str], kept: list[str]) -> None:
    with Program(translator("POOL 203.0.113.1", FORWARD), tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("nat.import", f"{POOLED}\n{FORWARDED}\n")
        control.write("hotconfig", translator(*arguments))
        wait_for(lambda: arguments[0].split(".")[2] in control.read_text("nat.config"), "the new configuration runs")
        wait_for(lambda: int(control.read_text("nat.count")) == len(kept), "bindings that are not allowed have gone")
        words = [line.split()[:7] for line in control.read_text("nat.export").splitlines()]
        assert sorted(words) == sorted(line.split()[:7] for line in kept)
        assert len(control.read_text("nat.mappings").splitlines()) == len(kept)
        used = [line.split()[3] for line in control.read_text("nat.pools").splitlines() if line.startswith("address")]
        assert sum(map(int, used)) == (POOLED in kept)
