# SPDX-License-Identifier: Apache-2.0
"""Elements that look at timestamps or change them."""

from __future__ import annotations

import pytest
from clickprogram import run_click

DUMP = "!data timestamp\n0.1\n0.2\n1.0\n1.2\n5.5\n"


def stamps(chain: str, text: str = DUMP) -> list[float]:
    """The timestamps that come out of a chain."""
    done = run_click("-e", f"FromIPSummaryDump(-, STOP true) -> {chain} -> ToIPSummaryDump(-, FIELDS timestamp)", text=text)
    assert done.returncode == 0, done.stderr
    return [float(line) for line in done.stdout.splitlines() if not line.startswith("!")]


def test_a_duration_is_added_but_not_to_zero() -> None:
    assert stamps("AdjustTimestamp(-1)") == [-0.9, -0.8, 0.0, 0.2, 4.5]
    assert stamps("AdjustTimestamp(-1) -> AdjustTimestamp(1.5)") == [0.6, 0.7, 0.0, 1.7, 6.0]
    assert stamps("AdjustTimestamp(-1) -> AdjustTimestamp(1.5, ALL true)") == [0.6, 0.7, 1.5, 1.7, 6.0]


def test_differences_are_taken_from_the_first() -> None:
    assert stamps("SetTimestampDelta") == [0.0, 0.1, 0.9, 1.1, 5.4]
    assert stamps("SetTimestamp(1, FIRST true) -> SetTimestampDelta(TYPE FIRST)") == [-0.9, -0.8, 0.0, 0.2, 4.5]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ("0.2, 1.2", [0.2, 1.0]),
        ("START_AFTER 0.5", [1.0, 1.2, 5.5]),
        ("START 0.2, INTERVAL 1", [0.2, 1.0]),
        ("END_AFTER 1", [0.1, 0.2, 1.0]),
        ("", [0.1, 0.2, 1.0, 1.2, 5.5]),
    ],
)
def test_a_span_of_time_is_kept(arguments: str, kept: list[float]) -> None:
    assert stamps(f"TimeFilter({arguments})") == kept


def test_the_end_is_told_and_may_be_moved() -> None:
    chain = """FromIPSummaryDump(-, STOP true) -> t :: TimeFilter(0, 1, END_CALL s.run $t) -> c :: Counter -> Discard;
        s :: Script(TYPE PASSIVE, print $1, write t.extend_interval 1)"""
    done = run_click("-e", chain, "-h", "c.count", text=DUMP)
    assert [float(line) for line in done.stdout.split()] == [1.0, 5.5, 4]


@pytest.mark.parametrize("arguments", ["START 1, START_AFTER 2", "END 1, INTERVAL 1", "STOP true, END_CALL stop"])
def test_a_span_given_twice_is_refused(arguments: str) -> None:
    done = run_click("-e", f"Idle -> TimeFilter({arguments}) -> Discard")
    assert done.returncode == 1


@pytest.mark.parametrize(("buffer", "ordered"), [(1, False), (2, False), (3, True)])
def test_streams_merge_by_time_and_a_window_puts_late_packets_right(buffer: int, ordered: bool) -> None:
    late, other = [1.0, 0.2, 0.1, 1.2, 5.5], [0.3, 0.8, 0.9, 1.4]
    sources = "\n".join(
        'FromIPSummaryDump(DATA "!data timestamp\n' + "\n".join(map(str, times)) + f'") -> [{i}]t;' for i, times in enumerate([late, other])
    )
    text = f"t :: TimeSortedSched(STOP true, BUFFER {buffer}); {sources} t -> ToIPSummaryDump(-, FIELDS timestamp, HEADER false)"
    done = run_click("-e", text, "-h", "t.well_ordered")
    *times, well = done.stdout.split()
    assert sorted(map(float, times)) == sorted(late + other)
    assert (well == "true") is ordered
    assert (list(map(float, times)) == sorted(late + other)) is ordered
