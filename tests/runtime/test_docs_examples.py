# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/runtime.md run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from mimi.click import Router, binary_path

PAGE = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text()
FRAME = bytes(Ether() / IP(src="10.0.0.1", dst="10.0.0.2") / UDP() / b"hello")


def test_the_python_example() -> None:
    config = "in :: MemoryIn -> Strip(14) -> CheckIPHeader -> c :: Counter -> out :: MemoryOut"
    assert f'config = "{config}"' in PAGE
    with Router(config) as router:
        router.push("in", FRAME)
        router.run()
        assert router.read("c.count").strip() == b"1"
        assert [packet.data for packet in router.packets("out")] == [FRAME[14:]]


def test_the_command_line_example() -> None:
    config = "InfiniteSource(LIMIT 1000, STOP true) -> c :: Counter -> Discard"
    assert f"mimi-click -e '{config}' -h c.count" in PAGE
    done = subprocess.run([binary_path(), "-e", config, "-h", "c.count"], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1000\n", "")
