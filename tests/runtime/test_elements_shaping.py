# SPDX-License-Identifier: Apache-2.0
"""Rates, delays, shares, and queues that work at both ends."""

from __future__ import annotations

from collections import Counter, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import data_of, through

from mimi.click.router import Router
from mimi.errors import ClickError


def run(text: str, seconds: float, *handlers: str) -> list[int]:
    """Numbers that handlers show after so long on the virtual clock."""
    with Router(text, clock="virtual") as router:
        router.run(ms=seconds * 1000)
        return [int(router.read(handler)) for handler in handlers]


SOURCE = "InfiniteSource(LENGTH 100) -> Queue(10)"


@pytest.mark.parametrize(
    ("splitter", "within"),
    [
        ("RatedSplitter(2)", range(20, 22)),
        ("RatedSplitter(2, BURST_SIZE 50)", range(69, 71)),
        ("RatedSplitter(2, BURST_DURATION 25)", range(69, 71)),
        ("BandwidthRatedSplitter(200Bps)", range(20, 22)),
        ("BandwidthRatedSplitter(200Bps, BURST_BYTES 5000)", range(69, 72)),
    ],
)
def test_a_splitter_lets_its_rate_through_and_gives_the_rest_away(splitter: str, within: range) -> None:
    text = f"{SOURCE} -> RatedUnqueue(20) -> s :: {splitter} -> a :: Counter -> Discard; s[1] -> b :: Counter -> Discard"
    kept, rest = run(text, 10, "a.count", "b.count")
    assert kept in within
    assert kept + rest in range(199, 203)


def test_a_rate_changes_in_service_and_a_wrong_one_changes_nothing() -> None:
    with Router(f"{SOURCE} -> RatedUnqueue(100) -> s :: RatedSplitter(50) -> Discard", clock="virtual") as router:
        router.write("s.rate", "7")
        with pytest.raises(ClickError):
            router.write("s.rate", "many")
        assert router.read("s.rate") == b"7"


@pytest.mark.parametrize(("shaper", "rate"), [("Shaper(100)", 100), ("BandwidthShaper(5000Bps)", 50)])
def test_a_shaper_holds_to_its_rate_and_its_second_output_gives_the_others(shaper: str, rate: int) -> None:
    text = f"""InfiniteSource(LENGTH 100) -> s :: {shaper} -> a :: Counter -> [0]r :: RoundRobinSched -> TimedSink(1ms);
               s[1] -> b :: Counter -> [1]r"""
    shaped, others = run(text, 2, "a.count", "b.count")
    assert shaped in range(2 * rate - 1, 2 * rate + 3)
    assert shaped + others in range(1998, 2001)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5).filter(any))
@settings(max_examples=30, deadline=None)
def test_strides_share_in_proportion_to_tickets(tickets: list[int]) -> None:
    rounds = 40
    text = f"in :: MemoryIn -> s :: StrideSwitch({', '.join(map(str, tickets))}); "
    text += "; ".join(f"s[{i}] -> c{i} :: Counter -> Discard" for i in range(len(tickets)))
    with Router(text) as router:
        router.push_all("in", [b"x"] * (rounds * sum(tickets)))
        router.run()
        for i, share in enumerate(tickets):
            # A whole stride is a rounded number: over many rounds that shows a little.
            assert abs(int(router.read(f"c{i}.count")) - rounds * share) <= 2 + rounds * sum(tickets) // 1000


def test_a_stride_scheduler_passes_over_what_is_empty() -> None:
    text = """a, b :: MemoryIn; a -> qa :: Queue -> [0]s :: StrideSched(3, 1); b -> qb :: Queue -> [1]s;
              s -> u :: Unqueue(ACTIVE false) -> out :: MemoryOut"""
    with Router(text) as router:
        router.push_all("a", [b"a"] * 6)
        router.push_all("b", [b"b"] * 6)
        router.run()
        router.write("u.active", "true")
        router.run()
        got = b"".join(data_of(router.packets("out")))
        assert Counter(got[:8]) == {ord("a"): 6, ord("b"): 2}
        assert got[8:] == b"bbbb"
        with pytest.raises(ClickError):
            router.write("s.tickets0", "70000")
        assert router.read("s.tickets0") == b"3"


@pytest.mark.parametrize("element", ["DelayUnqueue(0.25)", "DelayShaper(0.25) -> Unqueue"])
def test_delays_hold_packets_until_they_are_old_enough(element: str) -> None:
    text = f"in :: MemoryIn -> SetTimestamp -> Queue -> {element} -> c :: Counter -> Discard"
    with Router(text, clock="virtual") as router:
        router.push_all("in", [b"1", b"2"])
        router.run(ms=200)
        assert router.read("c.count") == b"0"
        router.run(ms=51)
        assert router.read("c.count") == b"2"


def test_a_link_takes_its_time_for_each_bit() -> None:
    text = """in :: MemoryIn -> Queue -> l :: LinkUnqueue(0.005, 12500Bps) -> out :: MemoryOut"""
    with Router(text, clock="virtual") as router:
        router.push_all("in", [b"x" * 20, b"x" * 1600, b"x" * 20])
        router.run(ms=3)
        assert router.read("l.size") == b"2"
        router.run(ms=1000)
        first, second, third = (packet.timestamp for packet in router.packets("out"))
        assert second - first == pytest.approx(0.128, abs=1e-6)
        assert third - second == pytest.approx(0.0016, abs=1e-6)


Step = tuple[int, int] | str


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["FrontDropQueue", "MixedQueue", "QuickNoteQueue"]),
    st.integers(0, 4),
    st.lists(st.one_of(st.tuples(st.integers(0, 1), st.integers(1, 4)), st.just("pull")), max_size=25),
)
def test_queues_with_two_ends_follow_a_list(kind: str, capacity: int, steps: list[Step]) -> None:
    model: deque[bytes] = deque()
    drops = 0
    number = 0
    inputs = 2 if kind == "MixedQueue" else 1
    text = f"in0, in1 :: MemoryIn; in0 -> q :: {kind}({capacity}) -> u :: Unqueue(LIMIT 0) -> out :: MemoryOut; "
    text += "in1 -> [1]q" if inputs == 2 else "in1 -> Discard"
    with Router(text) as router:
        for step in steps:
            if isinstance(step, str):
                router.write("u.reset")
                router.write("u.limit", "1")
                router.run()
                assert data_of(router.packets("out")) == ([model.popleft()] if model else [])
                router.write("u.limit", "0")
                continue
            port = step[0] % inputs
            for _ in range(step[1]):
                number += 1
                data = str(number).encode()
                full = len(model) == capacity
                drops += full
                if port == 1 and capacity:
                    if full:
                        model.pop()
                    model.appendleft(data)
                elif not full:
                    model.append(data)
                elif kind == "FrontDropQueue" and capacity:
                    model.popleft()
                    model.append(data)
                router.push(f"in{port}", data)
            router.run()
            assert (int(router.read("q.length")), int(router.read("q.drops"))) == (len(model), drops)


def test_a_side_path_is_taken_while_it_is_active() -> None:
    push = "in :: MemoryIn -> b :: Bypass -> out :: MemoryOut; b[1] -> c :: Counter -> [1]b"
    pull = "in :: MemoryIn -> Queue -> b :: Bypass -> Unqueue -> out :: MemoryOut; b[1] -> c :: Counter -> [1]b"
    for text in (push, pull):
        with Router(text) as router:
            for active, packets in [("false", 2), ("true", 3), ("false", 1)]:
                router.write("b.active", active)
                router.push_all("in", [b"x"] * packets)
                router.run()
            assert router.read("c.count") == b"3"
            assert len(router.packets("out")) == 6


def test_an_input_switch_lets_one_input_through() -> None:
    text = "a, b :: MemoryIn; a -> [0]s :: InputSwitch; b -> [1]s; s -> out :: MemoryOut"
    with Router(text) as router:
        for chosen, expected in [("0", [b"a"]), ("1", [b"b"]), ("-1", [])]:
            router.write("s.switch", chosen)
            router.push("a", b"a")
            router.push("b", b"b")
            router.run()
            assert data_of(router.packets("out")) == expected
        with pytest.raises(ClickError):
            router.write("s.switch", "2")


def test_packets_grow_and_shrink_at_both_ends() -> None:
    assert data_of(through("Resize(-2, -1)", [b"abcdef", b"a"])[0]) == [b"cde", b""]
    [longer] = data_of(through("Resize(2, 3)", [b"abc"])[0])
    assert len(longer) == 8
    assert longer[2:5] == b"abc"


def test_a_clipboard_carries_bytes_from_one_packet_to_others() -> None:
    text = "a, b :: MemoryIn; a -> [0]c :: Clipboard(0/2, 4/1); c -> o :: MemoryOut; b -> [1]c; c[1] -> p :: MemoryOut"
    with Router(text) as router:
        router.push("a", b"12345")
        router.run()
        router.push_all("b", [b"......", b"."])
        router.run()
        assert data_of(router.packets("o")) == [b"12345"]
        assert data_of(router.packets("p")) == [b"12..5.", b"1"]
    with pytest.raises(ClickError):
        Router("Idle -> c :: Clipboard(1) -> Discard; Idle -> [1]c; c[1] -> Discard")
