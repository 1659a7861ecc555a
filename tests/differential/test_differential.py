# SPDX-License-Identifier: Apache-2.0
"""The same packets through the same configuration here and in another Click: no byte differs."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mimi.click import binary_path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare import CONFIGURATIONS, compare, first_difference, run
from compare import packet_kind as kind_of
from expressions import make_configuration
from packets import make_packets

OTHER = os.environ.get("CLICK", "")
"""The other program."""

ROUNDS = int(os.environ.get("DIFFERENTIAL_ROUNDS", "3"))
against_another = pytest.mark.skipif(not OTHER, reason="no other Click: CLICK=/path/to/click names the binary to compare with")


@against_another
@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_no_byte_differs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for seed in range(ROUNDS):
        difference = compare(binary_path(), Path(OTHER), text, make_packets(kind_of(text), seed, 500))
        assert not difference, f"seed {seed}: {difference}"


@against_another
@pytest.mark.parametrize("seed", range(20 * ROUNDS))
def test_random_expressions_choose_the_same(seed: int) -> None:
    text = make_configuration(seed)
    difference = compare(binary_path(), Path(OTHER), text, make_packets(kind_of(text), seed, 300))
    assert not difference, f"{difference}\n{text}"


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_every_configuration_runs_here_and_says_the_same_twice(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    packets = make_packets(kind_of(text), 1, 200)
    once, again = run(binary_path(), text, packets), run(binary_path(), text, packets)
    assert once.accepted, once.messages
    assert any(once.outputs)
    assert first_difference(once, again) == ""


def test_a_differing_byte_is_reported_with_its_packet() -> None:
    text = "// packets: ip\nFromDump($IN, STOP true) -> CheckIPHeader -> DecIPTTL -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);"
    packets = make_packets("whole-ip", 7, 50)
    ours = run(binary_path(), text, packets)
    changed = bytearray(ours.outputs[0][5].data)
    changed[17] ^= 1
    outputs = (*ours.outputs[0][:5], replace(ours.outputs[0][5], data=bytes(changed)), *ours.outputs[0][6:])
    report = first_difference(ours, replace(ours, outputs=(outputs,)))
    assert "output 0, packet 5, byte 17" in report
    assert f"[{changed[17]:02x}]" in report


def test_a_missing_packet_is_reported() -> None:
    text = "// packets: ip\nFromDump($IN, STOP true) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);"
    ours = run(binary_path(), text, make_packets("ip", 7, 5))
    report = first_difference(ours, replace(ours, outputs=(ours.outputs[0][:-1],)))
    assert "here 5; there 4" in report


def test_the_packet_that_differs_is_found_among_many(tmp_path: Path) -> None:
    """A program that says nothing stands for another Click: any packet alone differs."""
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 0\n")
    silent.chmod(0o755)
    text = "// packets: ip\nFromDump($IN, STOP true) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);"
    assert "this packet alone went in" in compare(binary_path(), silent, text, make_packets("ip", 7, 9))


def test_packets_follow_their_seed() -> None:
    assert make_packets("ip", 3, 20) == make_packets("ip", 3, 20) != make_packets("ip", 4, 20)
    assert len({len(packet) for packet in make_packets("ip", 3, 200)}) > 20
