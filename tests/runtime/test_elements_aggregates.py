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


def flows(folder: Path, fields: str, packets: list[str], options: str = "") -> tuple[list[str], list[str]]:
    """`AGGREGATE DIRECTION ID` of each packet that left output 0, once everything held was let go, and of output 1."""
    (folder / "in").write_text(f"!data timestamp ip_id {fields}\n" + "".join(f"{line}\n" for line in packets))
    outputs = [folder / "flows", folder / "rest"]
    text = f"""FromIPSummaryDump({folder / "in"}, STOP true, ZERO true) -> a :: AggregateIPFlows({options})
        -> f0 :: ToIPSummaryDump({outputs[0]}, HEADER false, FIELDS aggregate link ip_id) -> Discard;
        a[1] -> f1 :: ToIPSummaryDump({outputs[1]}, HEADER false, FIELDS aggregate link ip_id) -> Discard"""
    with Router(text, clock="virtual") as router:
        router.run(ms=1000)
        router.write("a.clear", "")
        router.write("f0.flush", "")
        router.write("f1.flush", "")
        first, second = (output.read_text().splitlines() for output in outputs)
    return first, second


def test_both_directions_are_one_flow_with_two_paints(tmp_path: Path) -> None:
    packets = ["1 1 9.0.0.1 5 1.0.0.1 80 T", "2 2 1.0.0.1 80 9.0.0.1 5 T", "3 3 9.0.0.1 6 1.0.0.1 80 T", "4 4 9.0.0.1 5 1.0.0.1 80 U"]
    packets.append("5 5 9.0.0.1 5 1.0.0.1 80 I")
    got, rest = flows(tmp_path, "ip_src sport ip_dst dport ip_proto", packets)
    assert got == ["1 0 1", "1 1 2", "2 0 3", "3 0 4"]
    assert len(rest) == 1


@pytest.mark.parametrize(("gap", "same"), [(60, True), (61, False)])
@pytest.mark.parametrize("reap", [1, 1200])
def test_silence_ends_a_flow(gap: int, same: bool, reap: int, tmp_path: Path) -> None:
    packets = ["100 1 1.0.0.1 5 2.0.0.1 80 U", f"{100 + gap} 2 1.0.0.1 5 2.0.0.1 80 U"]
    got, _ = flows(tmp_path, "ip_src sport ip_dst dport ip_proto", packets, f"REAP {reap}")
    assert got == ["1 0 1", "1 0 2" if same else "2 0 2"]


@pytest.mark.parametrize(("second", "expected"), [("FA", "2 0 3"), ("A", "1 0 3")])
def test_a_closed_connection_can_be_opened_anew(second: str, expected: str, tmp_path: Path) -> None:
    packets = ["1 1 1.0.0.1 5 2.0.0.1 80 FA", f"2 2 2.0.0.1 80 1.0.0.1 5 {second}", "3 3 1.0.0.1 5 2.0.0.1 80 S"]
    got, _ = flows(tmp_path, "ip_src sport ip_dst dport tcp_flags", packets)
    assert got == ["1 0 1", "1 1 2", expected]


FRAGMENTS = [
    "1 7 1.0.0.1 5 2.0.0.1 80 U 24",
    "2 8 1.0.0.1 5 2.0.0.1 80 U 24",
    "3 7 1.0.0.1 5 2.0.0.1 80 U 0+",
    "4 9 1.0.0.1 6 2.0.0.1 80 U 0",
]


def test_fragments_wait_for_the_one_with_the_ports_and_order_is_kept(tmp_path: Path) -> None:
    got, rest = flows(tmp_path, "ip_src sport ip_dst dport ip_proto ip_fragoff", FRAGMENTS)
    assert (got, rest) == (["1 0 7", "1 0 7", "2 0 9"], ["0 0 8"])


def test_fragments_leave_after_their_time(tmp_path: Path) -> None:
    late = [*FRAGMENTS, "99 10 1.0.0.1 5 2.0.0.1 80 U 0"]
    got, rest = flows(tmp_path, "ip_src sport ip_dst dport ip_proto ip_fragoff", late)
    assert (got, rest) == (["1 0 7", "1 0 7", "2 0 9", "3 0 10"], ["0 0 8"])


def test_without_holding_later_fragments_are_of_no_flow(tmp_path: Path) -> None:
    got, rest = flows(tmp_path, "ip_src sport ip_dst dport ip_proto ip_fragoff", FRAGMENTS, "FRAGMENTS false")
    assert (got, [line[-1] for line in rest]) == (["1 0 7", "2 0 9"], ["7", "8"])


def test_fragments_cannot_be_held_where_packets_are_pulled() -> None:
    with pytest.raises(ClickError, match="FRAGMENTS"):
        Router("Idle -> Queue -> AggregateIPFlows(FRAGMENTS true) -> Unqueue -> Discard")
