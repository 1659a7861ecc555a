# SPDX-License-Identifier: Apache-2.0
"""IPInputCombo and IPOutputCombo do what the chains of separate elements do: bytes, annotations, order and outputs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import data_of, frame_lists, through
from scapy.layers.inet import IP, UDP, IPOption_RR, IPOption_Timestamp
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from mimi.click.router import Packet, Router
from mimi.errors import ClickError

INPUT = {
    "IPInputCombo(7)": "Paint(7) -> Strip(14) -> CheckIPHeader -> GetIPAddress(16)",
    "IPInputCombo(7, 10.1.2.3 10.1.2.4)": "Paint(7) -> Strip(14) -> CheckIPHeader(BADSRC 10.1.2.3 10.1.2.4) -> GetIPAddress(16)",
    "IPInputCombo(1, INTERFACES 10.1.2.3/8, CHECKSUM false)": (
        "Paint(1) -> Strip(14) -> CheckIPHeader(INTERFACES 10.1.2.3/8, CHECKSUM false) -> GetIPAddress(16)"
    ),
}
OUTPUT_CHAIN = """
elementclass Chain {
  input -> DropBroadcasts -> p :: PaintTee(3) -> g :: IPGWOptions(192.0.2.9) -> FixIPSrc(192.0.2.9)
    -> d :: DecIPTTL -> l :: CheckLength(60) -> [0]output;
  p[1] -> [1]output; g[1] -> [2]output; d[1] -> [3]output; l[1] -> [4]output;
}
"""
COMBO = "elementclass Chain { input -> c :: IPOutputCombo(3, 192.0.2.9, 60); " + "".join(f"c[{i}] -> [{i}]output; " for i in range(5)) + "}"
FEEDS = {
    "plain": "Null",
    "of the link's own color": "Paint(3)",
    "to be given a source": "ICMPError(10.0.0.1, timeexceeded, SET_FIX_ANNO true)",
    "broadcast": "HostEtherFilter(02:00:00:00:00:77) -> Unstrip(0)",
}

options = st.sampled_from(
    [
        [],
        [IPOption_RR(routers=["0.0.0.0", "0.0.0.0"])],
        [IPOption_RR(pointer=2, routers=["0.0.0.0"])],
        [IPOption_RR(pointer=8, routers=["0.0.0.0"])],
        [IPOption_Timestamp(flg=2)],
    ]
)
optioned = st.builds(
    lambda option, ttl, size: bytes(
        Ether(dst="02:00:00:00:00:01") / IP(src="10.1.1.1", dst="10.9.9.9", ttl=ttl, options=option) / UDP() / Raw(bytes(size))
    ),
    options,
    st.integers(0, 3),
    st.integers(0, 60),
)


def leaving(router_text: str, frames: list[bytes], outputs: int) -> list[list[Packet]]:
    with Router(router_text, clock="virtual") as router:
        for frame in frames:
            router.push("in", frame)
        router.run()
        return [router.packets(f"out{n}") for n in range(outputs)]


@pytest.mark.parametrize("combo", INPUT)
@pytest.mark.parametrize("feed", ["", "Queue -> u :: Unqueue -> "], ids=["push", "from a queue"])
@settings(deadline=None, max_examples=30)
@given(frames=frame_lists)
def test_the_input_combo_is_its_chain(combo: str, feed: str, frames: list[bytes]) -> None:
    texts = [f"in :: MemoryIn -> {feed}{chain} -> out0 :: MemoryOut" for chain in (combo, INPUT[combo])]
    got, wanted = (leaving(text, frames, 1) for text in texts)
    assert got == wanted


def test_the_input_combo_pulls() -> None:
    frame = bytes(Ether(dst="02:00:00:00:00:01") / IP(src="10.0.0.1", dst="10.0.0.2") / UDP())
    text = "in :: MemoryIn -> Queue -> IPInputCombo(7) -> Unqueue -> out0 :: MemoryOut"
    (got,) = leaving(text, [frame, frame[:10], b"", frame + bytes(9)], 1)
    assert data_of(got) == [frame[14:], frame[14:]]
    assert [packet.dst_ip for packet in got] == ["10.0.0.2"] * 2


def test_the_input_combo_counts_what_it_drops() -> None:
    with Router("in :: MemoryIn -> c :: IPInputCombo(7) -> out :: MemoryOut; c[1] -> bad :: MemoryOut") as router:
        for frame in (b"short", bytes(60)):
            router.push("in", frame)
        router.run()
        assert len(router.packets("bad")) == 2
        assert router.read("c.drop_details").decode().splitlines()[:2] == ["too-short 1", "bad-version 1"]


@pytest.mark.parametrize("feed", FEEDS)
@settings(deadline=None, max_examples=40)
@given(frames=st.lists(st.one_of(optioned, frame_lists.flatmap(lambda some: st.sampled_from(some or [bytes(60)]))), max_size=30))
def test_the_output_combo_is_its_chain(feed: str, frames: list[bytes]) -> None:
    before = f"in :: MemoryIn -> CheckIPHeader(14, VERBOSE false) -> {FEEDS[feed]} -> MarkIPHeader(14) -> Strip(14) -> c :: Chain; "
    if feed == "to be given a source":
        before = f"in :: MemoryIn -> CheckIPHeader(14, VERBOSE false) -> Strip(14) -> {FEEDS[feed]} -> c :: Chain; "
    after = "; ".join(f"c[{n}] -> out{n} :: MemoryOut" for n in range(5))
    got, wanted = (leaving(text + before + after, frames, 5) for text in (COMBO, OUTPUT_CHAIN))
    if feed == "to be given a source":  # its error messages are numbered through the whole process
        got, wanted = ([[(p.data[6:10], p.data[12:]) for p in out] for out in side] for side in (got, wanted))
    assert got == wanted


def test_the_output_combo_s_five_ways() -> None:
    """One packet for each output, so that the comparison above cannot be one of nothing with nothing."""
    base = IP(src="10.1.1.1", dst="10.9.9.9", ttl=9) / UDP() / Raw(bytes(4))
    expired, long = IP(bytes(base)), IP(bytes(base / Raw(bytes(80))))
    expired.ttl = 1
    bad = IP(src="10.1.1.1", dst="10.9.9.9", ttl=9, options=[IPOption_RR(pointer=2, routers=["0.0.0.0"])]) / UDP()
    packets = [bytes(base), bytes(bad), bytes(expired), bytes(long)]
    outputs = through("IPOutputCombo(3, 192.0.2.9, 60)", packets, outputs=5, before="MarkIPHeader -> Paint(3)")
    assert [len(output) for output in outputs] == [1, 4, 1, 1, 1]
    assert outputs[0][0].data[8] == 8


def test_a_packet_without_a_marked_header_is_dropped_and_counted() -> None:
    with Router("in :: MemoryIn -> c :: IPOutputCombo(3, 192.0.2.9, 60);" + "".join(f"c[{i}] -> Discard;" for i in range(5))) as router:
        router.push("in", bytes(30))
        router.run()
        assert router.read("c.drops") == b"1"


@pytest.mark.parametrize("text", ["IPInputCombo", "IPInputCombo(256)", "IPOutputCombo(1, 10.0.0.1)", "IPOutputCombo(300, 10.0.0.1, 1500)"])
def test_bad_arguments_are_refused(text: str) -> None:
    outputs = "".join(f"c[{i}] -> Discard;" for i in range(5 if "Output" in text else 1))
    with pytest.raises(ClickError, match="While configuring"):
        Router(f"in :: MemoryIn -> c :: {text}; {outputs}")
