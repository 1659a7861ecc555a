# SPDX-License-Identifier: Apache-2.0
"""Records and deltas as JSON: what is written is what the document shows, and everything read is checked."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.flow import Delete, FiveTuple, FlowRecord, Put, address_text, packed_address
from mimi.store.codec import (
    DELETE_PATTERN,
    PUT6_PATTERN,
    PUT_PATTERN,
    RECORD6_PATTERN,
    RECORD_PATTERN,
    decode_delta,
    decode_record,
    encode_delta,
    encode_record,
    parse_key,
)

EXAMPLE = (
    '{"v":1,"proto":"tcp","orig":["10.1.0.1",40112,"10.1.0.100",8080],"xlat":["10.1.0.1",40112,"10.2.0.3",8080],'
    '"seq":1795341601120331,"expires":1795349041,"state":"established","source":"netfilter-log","confidence":1.0}'
)

NOT_CANONICAL = (
    "2001:DB8::1", "2001:0db8::1", "2001:db8:0:0:0:0:0:1", "2001:db8::0:1", "2001:db8:0:1::1:0:0", "1::2:3:4:5:6:7", "::ffff:192.0.2.1",
    "::192.0.2.1", "::1%lo", "2001:db8::1 ", "2001:db8::1\n", "12345::", ":::", "1::2::3", "2001:db8:1",
)  # fmt: skip

address = st.tuples(*[st.integers(0, 255)] * 4).map(lambda p: ".".join(map(str, p)))
port = st.integers(1, 65535)
group = st.one_of(st.just(0), st.integers(0, 0xFFFF))
address6 = st.one_of(
    st.lists(group, min_size=8, max_size=8).map(lambda groups: address_text(struct.pack(">8H", *groups))),
    st.integers(0, 2**32 - 1).map(lambda low: address_text(bytes(10) + b"\xff\xff" + low.to_bytes(4, "big"))),
)
proto = st.sampled_from(["tcp", "udp", "query"])


@st.composite
def records(draw: st.DrawFn) -> FlowRecord:
    six, kind = draw(st.booleans()), draw(proto)
    first, second = (st.integers(0, 65535), st.just(0)) if kind == "query" else (port, port)
    kind = ("icmp6" if six else "icmp") if kind == "query" else kind
    ends = address6 if six else address
    five = [FiveTuple(kind, draw(ends), draw(first), draw(ends), draw(second)) for _ in range(2)]
    return FlowRecord(
        five[0],
        five[1],
        draw(st.integers(0, 2**64 - 1)),
        draw(st.integers(0, 2**40)),
        draw(st.sampled_from([None, "new", "established", "closing", "closed"])),
        draw(st.text(max_size=10)),
        draw(st.sampled_from([0.0, 0.25, 1.0])),
        draw(st.integers(-(2**32), 2**32)),
        draw(st.integers(-(2**32), 2**32)),
    )


def test_the_documented_example_is_what_is_written() -> None:
    assert encode_record(decode_record(EXAMPLE)) == EXAMPLE


@given(records())
def test_records_survive_the_way_there_and_back(record: FlowRecord) -> None:
    text = encode_record(record)
    assert decode_record(text) == record
    assert text.isascii()
    assert "\n" not in text
    json.loads(text)


@given(records())
def test_deltas_survive_the_way_there_and_back(record: FlowRecord) -> None:
    for delta in (Put(record), Delete(record.orig.key, record.seq)):
        assert decode_delta(encode_delta(delta)) == delta


@given(records())
def test_the_patterns_know_the_usual_text(record: FlowRecord) -> None:
    six = ":" in record.orig.saddr
    match = (RECORD6_PATTERN if six else RECORD_PATTERN).fullmatch(encode_record(record))
    assert (RECORD_PATTERN if six else RECORD6_PATTERN).fullmatch(encode_record(record)) is None
    if "\\" in json.dumps(record.source) or '"' in record.source:
        return  # takes the strict decoder instead
    assert match is not None
    assert int(match[10]) == record.seq
    assert (PUT6_PATTERN if six else PUT_PATTERN).fullmatch(encode_delta(Put(record)))
    assert six or DELETE_PATTERN.fullmatch(encode_delta(Delete(record.orig.key, record.seq)))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"v": 2}, "v"),
        ({"v": True}, "v"),
        ({"v": None}, "v"),
        ({"proto": "sctp"}, "proto"),
        ({"proto": ["tcp"]}, "proto"),
        ({"orig": ["10.1.0.1", 1, "10.1.0.100"]}, "orig"),
        ({"orig": ["10.1.0.256", 1, "10.1.0.100", 1]}, "orig"),
        ({"orig": ["10.1.0.1\n", 1, "10.1.0.100", 1]}, "orig"),
        ({"orig": ["10.1.0.1", 0, "10.1.0.100", 1]}, "orig"),
        ({"xlat": ["10.1.0.1", 65536, "10.1.0.100", 1]}, "xlat"),
        ({"xlat": ["10.1.0.1", True, "10.1.0.100", 1]}, "xlat"),
        ({"xlat": "10.1.0.1"}, "xlat"),
        ({"orig": ["2001:db8::1", 1, "10.1.0.100", 1]}, "orig"),
        ({"xlat": ["2001:db8::1", 1, "2001:db8::2", 1]}, "xlat"),
        ({"orig": ["[2001:db8::1]", 1, "2001:db8::2", 1]}, "orig"),
        ({"orig": ["fe80::1%eth0", 1, "2001:db8::2", 1]}, "orig"),
        ({"proto": "icmp6", "orig": ["10.1.0.1", 7, "10.1.0.2", 0]}, "orig"),
        ({"proto": "icmp", "orig": ["2001:db8::1", 7, "2001:db8::2", 0]}, "orig"),
        ({"proto": "icmp6", "orig": ["2001:db8::1", 7, "2001:db8::2", 1]}, "orig"),
        ({"seq": -1}, "seq"),
        ({"seq": 2**64}, "seq"),
        ({"seq": 1.5}, "seq"),
        ({"seq": "1"}, "seq"),
        ({"expires": None}, "expires"),
        ({"state": "half-open"}, "state"),
        ({"state": ["new"]}, "state"),
        ({"source": 1}, "source"),
        ({"confidence": 1.1}, "confidence"),
        ({"confidence": float("nan")}, "confidence"),
        ({"confidence": "1"}, "confidence"),
        ({"delta_fwd": "1"}, "delta_fwd"),
        ({"delta_rev": 2**40}, "delta_rev"),
        ({"backend": "x"}, "backend"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], named: str) -> None:
    text = json.dumps(json.loads(EXAMPLE) | change)
    with pytest.raises(ValueError, match=f"^{named}:"):
        decode_record(text)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "1", '{"op":"put"}', '{"op":"take"}', "[" * 100_000, '{"op":"del","key":"x","seq":1}']
)
def test_what_is_no_delta(text: str) -> None:
    with pytest.raises(ValueError):  # any message: the case above checks those
        decode_delta(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp",
        "icmp 1.2.3.4:1 1.2.3.4:1",
        "icmp 1.2.3.4:65536 1.2.3.4:0",
        "sctp 1.2.3.4:1 1.2.3.4:1",
        "tcp 1.2.3.4:1 1.2.3.4:0",
        "tcp 1.2.3.4 1.2.3.4:1",
        "tcp 1.2.3.4:1 1.2.3:1",
        "tcp 1.2.3.4:1 1.2.3.4:99999",
        "tcp 1.2.3.4:1  1.2.3.4:1",
        "tcp [1.2.3.4]:1 1.2.3.4:1",
        "tcp [2001:db8::1]:1 1.2.3.4:1",
        "tcp 2001:db8::1:1 2001:db8::2:1",
        "tcp [2001:db8::1]:1 2001:db8::2]:1",
        "tcp [2001:db8::1]:1 [2001:db8::2]:0",
        "tcp [2001:db8::1]:1 [2001:db8::2]:99999",
        "tcp [2001:db8::1]:1 [2001:db8::2]:٣",
        "tcp [2001:db8::1] [2001:db8::2]:1",
        "tcp [2001:db8::1]1 [2001:db8::2]:1",
        "icmp [2001:db8::1]:1 [2001:db8::2]:0",
        "icmp6 1.2.3.4:1 1.2.3.4:0",
        "icmp6 [2001:db8::1]:1 [2001:db8::2]:1",
        *(f"tcp [{text}]:1 [2001:db8::2]:1" for text in NOT_CANONICAL),
        None,
    ],
)
def test_what_is_no_key(text: object) -> None:
    with pytest.raises(ValueError):
        parse_key(text)


def test_a_query_flow_has_its_id_in_the_initiators_place() -> None:
    assert parse_key("icmp 10.0.0.1:0 192.0.2.1:0") == FiveTuple("icmp", "10.0.0.1", 0, "192.0.2.1", 0)


@pytest.mark.parametrize("text", NOT_CANONICAL)
def test_only_the_canonical_form_of_an_ipv6_address_is_taken(text: str) -> None:
    with pytest.raises(ValueError, match=r"^orig: expected an IPv6 address in its canonical form"):
        decode_record(json.dumps(json.loads(EXAMPLE) | {"orig": [text, 1, "2001:db8::2", 1]}))


@pytest.mark.parametrize(
    "text",
    ["::", "::1", "1::", "2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1", "1:0:0:2::3", "::ffff:c000:201", "::c000:201", "::ffff:0:0", "64:ff9b::102"],
)  # fmt: skip
def test_the_canonical_form_has_hexadecimal_groups_only(text: str) -> None:
    assert address_text(packed_address(text)) == text
    assert parse_key(f"tcp [{text}]:1 [2001:db8::2]:2") == FiveTuple("tcp", text, 1, "2001:db8::2", 2)


def test_an_ipv6_query_has_its_id_in_the_initiators_place() -> None:
    assert parse_key("icmp6 [2001:db8::1]:0 [2001:db8::2]:0") == FiveTuple("icmp6", "2001:db8::1", 0, "2001:db8::2", 0)
