# SPDX-License-Identifier: Apache-2.0
"""Store texts to import lines, and lag figures."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.flow import Delete, FiveTuple, FlowRecord, Put
from mimi.store.codec import encode_delta, encode_record
from mimi.sync.lag import LagWindow, bucket, upper
from mimi.sync.lines import batch_of_entries, batch_of_page, import_line, records_of_export

NOW_S = 1_795_341_601
RECORD = FlowRecord(
    FiveTuple("tcp", "10.1.0.1", 40112, "10.1.0.100", 8080),
    FiveTuple("tcp", "10.1.0.1", 40112, "10.2.0.3", 8080),
    7,
    NOW_S + 100,
    "established",
    "x",
)
LINE = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.3:8080 100 state=established\n"


RECORD6 = FlowRecord(
    FiveTuple("tcp", "2001:db8::1", 1234, "2001:db8:f::10", 80),
    FiveTuple("tcp", "2001:db8::1", 1234, "2001:db8:2::11", 80),
    17,
    NOW_S + 7440,
    "established",
    "x",
)
LINE6 = "put 17 tcp [2001:db8::1]:1234 [2001:db8:f::10]:80 [2001:db8::1]:1234 [2001:db8:2::11]:80 7440 state=established\n"


def test_both_versions_of_ip_in_one_batch() -> None:
    entries = [("1-0", encode_delta(Put(RECORD6))), ("2-0", encode_delta(Put(RECORD))), ("3-0", encode_delta(Delete(RECORD6.orig.key, 18)))]
    batch = batch_of_entries(entries, NOW_S)
    assert batch.lines == [LINE6, LINE, "del 18 tcp [2001:db8::1]:1234 [2001:db8:f::10]:80\n"]
    assert batch.keys == [RECORD6.orig.key, RECORD.orig.key, RECORD6.orig.key]
    assert list(records_of_export(LINE6 + LINE, NOW_S, "x")) == [RECORD6, RECORD]


@pytest.mark.parametrize("wrong", ["2001:DB8::1", "::ffff:10.0.0.1", "10.1.0.1", "2001:db8::1::"])
def test_an_ipv6_record_that_is_not_canonical_or_changes_its_version_is_malformed(wrong: str) -> None:
    record = replace(RECORD6, xlat=replace(RECORD6.xlat, saddr=wrong, daddr=wrong))
    batch = batch_of_entries([("1-0", encode_delta(Put(record)))], NOW_S)
    page = batch_of_page([(record.orig.key, encode_record(record))], NOW_S)
    assert batch.lines == page.lines == []
    assert len(batch.malformed) == len(page.malformed) == 1
    assert "xlat" in batch.malformed[0]
    with pytest.raises(ValueError, match="line 1"):
        list(records_of_export(import_line(record, NOW_S), NOW_S))


def test_the_documented_lines() -> None:
    entries = [("1-0", encode_delta(Put(RECORD))), ("2-0", encode_delta(Delete(RECORD.orig.key, 8)))]
    batch = batch_of_entries(entries, NOW_S)
    assert batch.lines == [LINE, "del 8 tcp 10.1.0.1:40112 10.1.0.100:8080\n"]
    assert batch.keys == [RECORD.orig.key] * 2
    assert batch.seqs == [7, 8]


@given(
    st.sampled_from([RECORD, RECORD6]),
    st.sampled_from([None, "new", "closing"]),
    st.integers(-5, 5),
    st.integers(-5, 5),
    st.sampled_from(["x", 'q"', "ä\\"]),
)
def test_the_fast_way_and_the_strict_way_agree(base: FlowRecord, state: str | None, forward: int, reverse: int, source: str) -> None:
    record = replace(base, state=state, delta_fwd=forward, delta_rev=reverse, source=source)
    text = encode_record(record)
    spaced = json.dumps(json.loads(text), sort_keys=True)
    key = record.orig.key
    assert batch_of_page([(key, text)], NOW_S).lines == batch_of_page([(key, spaced)], NOW_S).lines == [import_line(record, NOW_S)]
    delta = encode_delta(Put(record))
    spaced = json.dumps(json.loads(delta))
    assert batch_of_entries([("1-0", delta)], NOW_S).lines == batch_of_entries([("1-0", spaced)], NOW_S).lines
    (back,) = records_of_export(import_line(record, NOW_S), NOW_S, source)
    assert back == record


def test_expired_records_are_left_out_and_handed_back() -> None:
    _expired(replace(RECORD, expires=NOW_S))
    _expired(replace(RECORD6, expires=NOW_S))


def _expired(old: FlowRecord) -> None:
    page = [(old.orig.key, encode_record(old))]
    batch = batch_of_page(page, NOW_S)
    assert (batch.lines, batch.expired) == ([], page)
    assert batch_of_entries([("1-0", encode_delta(Put(old)))], NOW_S).lines == []
    spaced = [(old.orig.key, json.dumps(json.loads(page[0][1])))]
    assert batch_of_page(spaced, NOW_S).expired == spaced


@pytest.mark.parametrize("text", ["", "{}", "garbage", '{"op":"put","record":{}}', "\udcff", '{"op":"del","key":"tcp x","seq":1}'])
def test_malformed_entries_are_counted_and_the_rest_goes_on(text: str) -> None:
    batch = batch_of_entries([("1-0", text), ("2-0", encode_delta(Put(RECORD)))], NOW_S)
    assert batch.lines == [LINE]
    assert len(batch.malformed) == 1
    assert "1-0" in batch.malformed[0]


def test_a_record_under_another_flows_key_is_malformed() -> None:
    batch = batch_of_page([("tcp 1.2.3.4:5 6.7.8.9:10", encode_record(RECORD)), ("k", "garbage")], NOW_S)
    assert batch.lines == batch.keys == batch.seqs == []
    assert len(batch.malformed) == 2


@pytest.mark.parametrize("line", ["del 1 x", "put", "put 1 tcp 1.2.3.4:5 1.2.3.4:5 1.2.3.4:5 x 1", LINE.strip() + " state=odd", "put x y"])
def test_an_export_that_cannot_be_read_names_the_line(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(records_of_export(LINE + line + "\n", NOW_S))


@given(st.integers(0, 10**9))
def test_a_bucket_holds_its_values_within_three_percent(value: int) -> None:
    top = upper(bucket(value))
    assert value <= top <= value * 1.032 + 1
    assert bucket(top) == bucket(value)
    assert bucket(top + 1) == bucket(value) + 1


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=300))
def test_percentiles_against_sorting(values: list[int]) -> None:
    window = LagWindow()
    for value in values:
        window.add(value)
    summary = window.summary()
    ordered = sorted(values)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        exact = ordered[max(0, -(-int(share * 100) * len(values) // 100) - 1)]
        assert exact / 1000 - 0.001 <= summary[name] <= exact * 1.032 / 1000 + 0.002
    assert summary["max"] == ordered[-1] / 1000
    assert summary["last"] == values[-1] / 1000


def test_the_window_slides() -> None:
    window = LagWindow()
    assert window.summary()["p50"] is None
    window.add(5000)
    window.turn()
    window.add(-3)
    assert window.summary() == {"p50": 0.0, "p99": 5.0, "max": 5.0, "last": 0.0}
    window.turn()
    window.turn()
    assert window.summary()["p99"] is None
