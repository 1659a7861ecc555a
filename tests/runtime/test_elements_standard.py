# SPDX-License-Identifier: Apache-2.0
"""Queues, sources, switches, painters and the Ethernet helpers."""

from __future__ import annotations

import pytest
from clickprogram import run_click
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import data_of, through
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

from mimi.click.router import Router
from mimi.errors import ClickError

A, B, C = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"


def frame(source: str, destination: str, data: bytes = b"") -> bytes:
    return bytes(Ether(src=source, dst=destination, type=0x800) / Raw(data))


QUEUE = "in :: MemoryIn -> q :: Queue(4) -> u :: Unqueue(ACTIVE false) -> out :: MemoryOut; q[1] -> lost :: MemoryOut"


def test_a_queue_keeps_order_and_turns_away_what_does_not_fit() -> None:
    with Router(QUEUE) as router:
        router.push_all("in", [b"1", b"2", b"3", b"4", b"5", b"6"])
        router.run()
        assert (router.read("q.length"), router.read("q.highwater_length"), router.read("q.drops")) == (b"4", b"4", b"2")
        router.write("u.active", "true")
        router.run()
        assert data_of(router.packets("out")) == [b"1", b"2", b"3", b"4"]
        assert data_of(router.packets("lost")) == [b"5", b"6"]
        assert router.read("q.length") == b"0"


def test_a_queue_grows_in_service_and_forgets_on_reset() -> None:
    with Router(QUEUE) as router:
        router.push_all("in", [b"1", b"2", b"3"])
        router.run()
        router.write("q.capacity", "2")
        assert (router.read("q.capacity"), router.read("q.length")) == (b"2", b"2")
        router.write("q.capacity", "100")
        router.push_all("in", [b"4"] * 50)
        router.run()
        assert router.read("q.length") == b"52"
        router.write("q.reset")
        assert router.read("q.length") == b"0"


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.lists(st.one_of(st.integers(1, 7), st.just("pull")), max_size=30))
def test_a_queue_is_a_bounded_list(capacity: int, steps: list[int | str]) -> None:
    model: list[bytes] = []
    out: list[bytes] = []
    n = 0
    text = f"in :: MemoryIn -> q :: Queue({capacity}) -> u :: Unqueue(LIMIT 0) -> out :: MemoryOut; q[1] -> Discard"
    with Router(text) as router:
        for step in steps:
            if isinstance(step, int):
                for _ in range(step):
                    router.push("in", str(n).encode())
                    if len(model) < capacity:
                        model.append(str(n).encode())
                    n += 1
            else:
                router.write("u.limit", str(len(out) + 1))
                out += model[:1]
                del model[:1]
            router.run()
            # A limit not reached yet serves the next packet that comes.
            while model and int(router.read("u.count")) > len(out):
                out.append(model.pop(0))
            assert int(router.read("q.length")) == len(model)
        assert data_of(router.packets("out")) == out


def test_sources_stop_at_their_limit_and_stop_the_driver() -> None:
    with Router("s :: InfiniteSource(DATA abc, LIMIT 5, BURST 2, STOP true) -> c :: Counter -> out :: MemoryOut") as router:
        router.run(packets=5)
        router.run()
        assert data_of(router.packets("out")) == [b"abc"] * 5
        assert (router.read("c.count"), router.read("c.byte_count"), router.running) == (b"5", b"15", False)


@pytest.mark.parametrize("chain", ["RatedSource(RATE 100)", "InfiniteSource -> Queue -> RatedUnqueue(100)"])
def test_rates_are_kept(chain: str) -> None:
    if "Unqueue" in chain:
        chain = chain.replace("InfiniteSource -> Queue", "InfiniteSource(LIMIT 900) -> Queue")
    with Router(f"{chain} -> c :: Counter -> Discard", clock="virtual") as router:
        router.run(ms=2000)
        assert 195 <= int(router.read("c.count")) <= 205


def test_a_timed_source_waits_first() -> None:
    with Router("t :: TimedSource(0.5, hello) -> out :: MemoryOut", clock="virtual") as router:
        router.run(ms=499)
        assert router.packets("out") == []
        router.run(ms=1002)
        assert data_of(router.packets("out")) == [b"hello"] * 3


def test_a_counter_calls_once_at_its_mark() -> None:
    text = "in :: MemoryIn -> c :: Counter(COUNT_CALL 3 s.switch 1) -> s :: Switch(0); s[0] -> a :: MemoryOut; s[1] -> b :: MemoryOut"
    with Router(text) as router:
        for data in (b"1", b"2", b"3", b"4"):
            router.push("in", data)
            router.run()
        assert data_of(router.packets("a")) == [b"1", b"2"]
        assert data_of(router.packets("b")) == [b"3", b"4"]


def test_a_switch_obeys_its_handler() -> None:
    text = "in :: MemoryIn -> s :: Switch(1); s[0] -> a :: MemoryOut; s[1] -> b :: MemoryOut"
    with Router(text) as router:
        for where in ("1", "0", "-1"):
            router.write("s.switch", where)
            router.push("in", where.encode())
            router.run()
        assert (data_of(router.packets("a")), data_of(router.packets("b"))) == ([b"0"], [b"1"])
        assert router.read("s.switch") == b"-1"
        with pytest.raises(ClickError, match="output must be < 2"):
            router.write("s.switch", "2")


def test_paint_decides_where_packets_go() -> None:
    text = """
        a :: MemoryIn -> Paint(0) -> p :: PaintSwitch; b :: MemoryIn -> Paint(1) -> p; c :: MemoryIn -> Paint(255) -> p;
        p[0] -> out0 :: MemoryOut; p[1] -> out1 :: MemoryOut;
        d :: MemoryIn -> Paint(7) -> k :: CheckPaint(7) -> kept :: MemoryOut; k[1] -> Discard;
        e :: MemoryIn -> Paint(8) -> k"""
    with Router(text) as router:
        for name in "abcde":
            router.push(name, name.encode())
        router.run()
        assert sorted(data_of(router.packets("out0"))) == [b"a", b"c"]
        assert sorted(data_of(router.packets("out1"))) == [b"b", b"c"]
        assert [(p.data, p.paint) for p in router.packets("kept")] == [(b"d", 7)]


@pytest.mark.parametrize(
    ("element", "expected"), [("RoundRobinSwitch", [[b"1", b"3"], [b"2", b"4"]]), ("Tee", [[b"1", b"2", b"3", b"4"]] * 2)]
)
def test_packets_are_spread_or_copied(element: str, expected: list[list[bytes]]) -> None:
    assert [data_of(out) for out in through(element, [b"1", b"2", b"3", b"4"], outputs=2)] == expected


def test_a_hash_keeps_equal_keys_together() -> None:
    packets = [bytes([key, n]) for n in range(4) for key in range(40)]
    out = through("HashSwitch(0, 1)", packets, outputs=4)
    homes = {key: {i for i, port in enumerate(out) for p in port if p.data[0] == key} for key in range(40)}
    assert all(len(home) == 1 for home in homes.values())
    assert len(set.union(*homes.values())) == 4


def test_schedulers_pull_in_turn_or_by_priority() -> None:
    for element, expected in [("RoundRobinSched", b"1a2b3c"), ("PrioSched", b"123abc")]:
        text = f"""x :: MemoryIn -> qx :: Queue -> [0]s :: {element}; y :: MemoryIn -> qy :: Queue -> [1]s;
            s -> u :: Unqueue(ACTIVE false) -> out :: MemoryOut"""
        with Router(text) as router:
            router.push_all("x", [b"1", b"2", b"3"])
            router.push_all("y", [b"a", b"b", b"c"])
            router.run()
            router.write("u.active", "true")
            router.run()
            assert b"".join(data_of(router.packets("out"))) == expected


def test_bytes_are_stripped_put_back_cut_and_padded() -> None:
    assert data_of(through("Strip(3)", [b"abcdef", b"ab"])[0]) == [b"def", b""]
    assert data_of(through("Strip(3) -> Unstrip(2)", [b"abcdef"])[0]) == [b"bcdef"]
    assert data_of(through("Truncate(4) -> Pad(6)", [b"abcdef", b"a"])[0]) == [b"abcd\0\0", b"a\0\0\0\0\0"]


def test_ethernet_headers_are_made_changed_and_turned_round() -> None:
    assert data_of(through(f"EtherEncap(0x0800, {A}, {B})", [b"ip"])[0]) == [frame(A, B, b"ip")]
    assert data_of(through(f"EtherRewrite({C}, {A})", [frame(A, B, b"ip")])[0]) == [frame(C, A, b"ip")]
    assert data_of(through("EtherMirror", [frame(A, B, b"ip")])[0]) == [frame(B, A, b"ip")]


def test_a_host_takes_its_own_frames_and_broadcasts() -> None:
    frames = [frame(A, B), frame(A, C), frame(A, "ff:ff:ff:ff:ff:ff"), frame(A, "01:00:5e:00:00:01"), frame(B, B)]
    kept, rest = through(f"HostEtherFilter({B}, DROP_OWN true)", frames, outputs=2)
    assert (data_of(kept), data_of(rest)) == ([frames[0], frames[2], frames[3]], [frames[1], frames[4]])
    assert data_of(through(f"HostEtherFilter({B}) -> DropBroadcasts", frames)[0]) == [frames[0], frames[4]]


def test_vlan_tags_go_in_and_out() -> None:
    plain = frame(A, B, b"payload")
    tagged = bytes(Ether(src=A, dst=B) / Dot1Q(vlan=5, prio=3, type=0x800) / Raw(b"payload"))
    assert data_of(through("VLANEncap(VLAN_ID 5, VLAN_PCP 3)", [plain])[0]) == [tagged]
    assert data_of(through("VLANDecap", [tagged, plain])[0]) == [plain, plain]
    assert data_of(through("VLANDecap -> VLANEncap(ANNO)", [tagged, plain])[0]) == [tagged, plain]


def test_a_switch_learns_where_stations_are() -> None:
    text = """p0 :: MemoryIn -> [0]s :: EtherSwitch; p1 :: MemoryIn -> [1]s; p2 :: MemoryIn -> [2]s;
        s[0] -> o0 :: MemoryOut; s[1] -> o1 :: MemoryOut; s[2] -> o2 :: MemoryOut"""
    with Router(text) as router:

        def step(port: int, data: bytes) -> list[int]:
            router.push(f"p{port}", data)
            router.run()
            return [i for i in range(3) if data_of(router.packets(f"o{i}")) == [data]]

        assert step(0, frame(A, B)) == [1, 2]
        assert step(1, frame(B, A)) == [0]
        assert step(0, frame(A, B)) == [1]
        assert step(2, frame(B, A)) == [0]  # B has moved
        assert step(0, frame(A, B)) == [2]
        assert step(0, frame(C, A)) == []  # A is on the same segment
        assert step(1, frame(C, "ff:ff:ff:ff:ff:ff")) == [0, 2]
        router.write("s.flush")
        assert step(0, frame(A, B)) == [1, 2]


def test_vlan_headers_follow_annotation_and_native_vlan() -> None:
    encap = "EtherVLANEncap(0x800, 1:1:1:1:1:1, 2:2:2:2:2:2, "
    addresses = bytes([2] * 6 + [1] * 6)
    tagged = addresses + bytes.fromhex("810020050800") + b"data"
    assert data_of(through(encap + "5, 1)", [b"data"])[0]) == [tagged]
    assert data_of(through("SetVLANAnno(VLAN_ID 5, VLAN_PCP 1) -> " + encap + "ANNO)", [b"data"])[0]) == [tagged]
    plain = addresses + b"\x08\x00data"
    assert data_of(through(encap + "5, NATIVE_VLAN 5)", [b"data"])[0]) == [plain]
    assert data_of(through("StripEtherVLANHeader", [tagged, plain])[0]) == [b"data", b"data"]
    kept, refused = through("StripEtherVLANHeader(-1)", [tagged, plain, b"short"], outputs=2)
    assert (data_of(kept), data_of(refused)) == ([b"data"], [plain, b"short"])
    with pytest.raises(ClickError):
        Router("Idle -> SetVLANAnno() -> Discard")


def test_a_vlan_encapsulation_changes_in_service() -> None:
    text = "in :: MemoryIn -> e :: EtherVLANEncap(0x800, 1:1:1:1:1:1, 2:2:2:2:2:2, 5) -> out :: MemoryOut"
    with Router(text) as router:
        router.write("e.vlan_tci", "7")
        with pytest.raises(ClickError):
            router.write("e.vlan_tci", "much")
        router.push("in", b"")
        router.run()
        assert data_of(router.packets("out"))[0][14:16] == b"\0\x07"


def test_static_switch_has_one_way() -> None:
    assert [len(packets) for packets in through("StaticSwitch(1)", [b"x"] * 3, outputs=2)] == [0, 3]
    assert [len(packets) for packets in through("StaticSwitch(-1)", [b"x"] * 3, outputs=2)] == [0, 0]
    with pytest.raises(ClickError, match="output must be < 2"):
        through("StaticSwitch(2)", [], outputs=2)


def test_random_sample_divides_packets() -> None:
    packets = [b"%d" % n for n in range(4000)]
    passed, others = (data_of(p) for p in through("RandomSample(0.25)", packets, outputs=2, before="Null -> RandomSample(DROP 0)"))
    assert sorted(passed + others) == sorted(packets)
    assert 800 < len(passed) < 1200
    text = "in :: MemoryIn -> s :: RandomSample(SAMPLE 0) -> out :: MemoryOut"
    with Router(text) as router:
        router.push_all("in", [b"x"] * 5)
        router.run()
        assert (router.read("s.drops"), router.read("s.drop_prob")) == (b"5", b"1")
        router.write("s.active", "false")
        router.push("in", b"y")
        router.run()
        router.write("s.active", "true")
        router.write("s.sampling_prob", "1")
        router.push("in", b"z")
        router.run()
        assert data_of(router.packets("out")) == [b"y", b"z"]
    with pytest.raises(ClickError, match="expected one of P, SAMPLE and DROP"):
        through("RandomSample(0.1, DROP 0.2)", [])


def test_average_counter_knows_the_time_between_first_and_last() -> None:
    text = "RatedSource(RATE 10, DATA abcd) -> c :: AverageCounter -> Discard; Script(wait 10s, print c.rate, print c.byte_rate, write c.reset, print c.count, stop)"
    rate, byte_rate, count = run_click("--simtime", "-e", text).stdout.split()
    assert 9.9 < float(rate) < 10.3
    assert 4 * float(rate) == pytest.approx(float(byte_rate))
    assert count == "0"


def test_capacity_is_told_in_the_words_it_was_set_with() -> None:
    with Router("Idle -> q :: Queue -> Idle") as router:
        router.write("q.capacity", "10")
        assert router.read("q.config") == b"CAPACITY 10"
        router.write("q.capacity", "1000")
        assert router.read("q.config") == b"CAPACITY 1000"


def test_a_queue_that_grows_wakes_its_source() -> None:
    text = """i :: InfiniteSource -> q :: Queue(10) -> Idle; Script(wait 0.1s, print i.count, write q.capacity 20, wait 0.1s, print i.count,
    write q.capacity 5, wait 0.1s, print q.length, stop)"""
    counts = [int(word) for word in run_click("--simtime", "-e", text).stdout.split()]
    assert counts[1] == counts[0] + 10
    assert counts[2] == 5


def test_any_byte_of_the_annotations_can_be_painted_and_switched_on() -> None:
    config = """
        in :: MemoryIn -> Paint(1, 17) -> s :: PaintSwitch(ANNO 17);
        s[0] -> Discard; s[1] -> CheckPaint(1, ANNO 17) -> t :: PaintTee(1, ANNO 17) -> out :: MemoryOut; t[1] -> Discard;
    """
    with Router(config) as router:
        router.push("in", b"packet")
        router.run()
        assert [packet.data for packet in router.packets("out")] == [b"packet"]
