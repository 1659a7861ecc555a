# SPDX-License-Identifier: Apache-2.0
"""A configuration replaced while it runs: the balancer keeps its bindings, but not those of a VIP that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimi.click.control import ControlSocket
from tests.runtime.clickprogram import Program, wait_for

WEB = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.2:8080 7440"
DNS = "put 9 udp 10.1.0.1:40112 10.1.0.101:53 10.1.0.1:40112 10.2.0.2:53 300"


def balancer(*vips: str) -> str:
    return f"lb :: MinionLB({', '.join(f'VIP {vip}' for vip in vips)}); Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard"


@pytest.mark.parametrize(
    ("vips", "kept"),
    [
        (["udp 10.1.0.101:53 random 10.2.0.2:53", "tcp 10.1.0.100:8080 random 10.2.0.2:8080"], [WEB, DNS]),
        (["tcp 10.1.0.100:8080 random 10.2.0.9:8080", "udp 10.1.0.101:53 random 10.2.0.2:53"], [WEB, DNS]),
        (["tcp 10.1.0.100:8080 random 10.2.0.2:8080"], [WEB]),
    ],
    ids=["same VIPs in another order", "the backend has left its pool", "a VIP has gone"],
)
def test_a_swap_keeps_bindings(tmp_path: Path, vips: list[str], kept: list[str]) -> None:
    before = balancer("tcp 10.1.0.100:8080 random 10.2.0.1:8080 10.2.0.2:8080", "udp 10.1.0.101:53 random 10.2.0.2:53")
    with Program(before, tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", f"{WEB}\n{DNS}\n")
        control.write("hotconfig", balancer(*vips))
        wait_for(lambda: control.read_text("lb.vips").count("backend") == len(vips), "the new configuration runs")
        words = [line.split()[:7] for line in control.read_text("lb.export").splitlines()]
        assert sorted(words) == sorted(line.split()[:7] for line in kept)
        assert int(control.read_text("lb.count")) == len(kept)
        assert "applied 2\n" in control.read_text("lb.stats")
