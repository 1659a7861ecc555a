# SPDX-License-Identifier: Apache-2.0
"""Counting by the aggregate annotation."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimi.click.router import Router
from mimi.errors import ClickError


def counted(folder: Path, values: list[int], options: str = "", *writes: tuple[str, str]) -> tuple[str, str]:
    """The text file after packets with these aggregates went by, and how many left output 1."""
    source = folder / "in"
    source.write_text("!data aggregate\n" + "".join(f"{value}\n" for value in values))
    result = folder / "out"
    text = (
        f"FromIPSummaryDump({source}, STOP true, ZERO true) -> a :: AggregateCounter({options}) -> Discard; a[1] -> c :: Counter -> Discard"
    )
    with Router(text, clock="virtual") as router:
        router.run(ms=1000)
        for handler, value in writes:
            router.write(f"a.{handler}", value)
        router.write("a.write_text_file", str(result))
        return result.read_text(), router.read("c.count").decode()


def lines(counts: dict[int, int]) -> str:
    return f"!IPAggregate 1.0\n!num_nonzero {len(counts)}\n" + "".join(f"{key} {counts[key]}\n" for key in sorted(counts))


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1)), max_size=40))
def test_every_value_has_its_own_count(values: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    text, rest = counted(tmp_path_factory.mktemp("aggregates"), values)
    assert (text, rest) == (lines(Counter(values)), "0")


def test_a_frozen_counter_counts_only_what_it_knows(tmp_path: Path) -> None:
    text, rest = counted(tmp_path, [7, 8, 9, 8, 9, 7], "AGGREGATE_FREEZE 2")
    assert (text, rest) == (lines({7: 2, 8: 2}), "2")


def test_counts_can_be_counted(tmp_path: Path) -> None:
    text, _ = counted(tmp_path, [1, 1, 2, 2, 3], "", ("counts_pdf", ""))
    assert text == lines({1: 1, 2: 2})


def test_binary_files_hold_pairs_of_numbers(tmp_path: Path) -> None:
    counted(tmp_path, [5, 5, 6], "", ("write_file", str(tmp_path / "binary")))
    head, _, data = (tmp_path / "binary").read_bytes().partition(b"!packed_le\n")
    assert head == b"!IPAggregate 1.0\n!num_nonzero 2\n"
    assert list(struct.iter_unpack("<II", data)) == [(5, 2), (6, 1)]


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClickError):
        counted(tmp_path, [1], "", ("write_file", str(tmp_path / "no" / "such" / "folder")))


def test_only_one_thing_happens_at_a_bound() -> None:
    with pytest.raises(ClickError, match="only one of COUNT_FREEZE"):
        Router("Idle -> AggregateCounter(COUNT_STOP 1, COUNT_FREEZE 2) -> Discard")
