# SPDX-License-Identifier: Apache-2.0
"""Routers inside this process, through the C surface."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimi.click import Offload, Router
from mimi.errors import ClickError

PASS = "in :: MemoryIn -> c :: Counter -> out :: MemoryOut"


def test_packets_pass_unchanged_and_in_order() -> None:
    with Router(PASS) as router:
        sent = [bytes([n]) * (n + 1) for n in range(200)]
        router.push_all("in", sent)
        assert router.run() == len(sent)
        assert [packet.data for packet in router.packets("out")] == sent
        assert router.packets("out") == []
        assert router.read("c.count") == b"200"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.binary(min_size=0, max_size=2000)), max_size=70))
def test_ports_keep_their_own_order(sent: list[tuple[int, bytes]]) -> None:
    with Router("in :: MemoryIn; out :: MemoryOut; in [0] -> [1] out; in [1] -> [0] out") as router:
        for port, data in sent:
            router.push("in", data, port)
        router.run()
        received = [(1 - packet.port, packet.data) for packet in router.packets("out")]
        assert received == sent


def test_offload_travels_relative_to_the_data() -> None:
    view = Offload(flags=1, gso_type=1, gso_size=1400, hdr_len=54, csum_start=34, csum_offset=16)
    with Router(PASS) as router:
        router.push("in", bytes(60), offload=view)
        router.push("in", bytes(60))
        router.run()
        assert [packet.offload for packet in router.packets("out")] == [view, None]
    with Router("in :: MemoryIn -> Strip(14) -> out :: MemoryOut") as router:
        router.push("in", bytes(60), offload=view)
        router.run()
        assert router.packets("out")[0].offload == Offload(flags=1, gso_type=1, gso_size=1400, hdr_len=40, csum_start=20, csum_offset=16)


def test_annotations_are_readable() -> None:
    with Router("in :: MemoryIn -> Paint(7) -> out :: MemoryOut") as router:
        router.push("in", b"x")
        router.run()
        packet = router.packets("out")[0]
        assert packet.paint == 7
        assert packet.dst_ip == "0.0.0.0"
        assert packet.timestamp > 1e9


def test_configuration_errors_have_clicks_words() -> None:
    with pytest.raises(ClickError) as caught:
        Router("i :: InfiniteSource(LIMIT x) -> Discard", name="mine")
    text = str(caught.value)
    assert "mine:1: While configuring 'i :: InfiniteSource':" in text
    assert "LIMIT: " in text
    with pytest.raises(ClickError, match=r"undeclared element|unknown element class"):
        Router("x :: Nonsense")


def test_parameters() -> None:
    with Router("i :: InfiniteSource(LIMIT $n, STOP true) -> out :: MemoryOut", n=3) as router:
        assert router.run() == 3
        assert not router.running


def test_handlers() -> None:
    with Router("s :: Switch(0) -> Discard; s [1] -> Discard; Idle -> s; f :: Script(TYPE PASSIVE, return $args)") as router:
        router.write("s.switch", "1")
        assert router.read("s.switch") == b"1"
        assert router.read("f.run", b"a b\0c") == b"a b\0c"
        for call in (lambda: router.read("s.nope"), lambda: router.read("x.count"), lambda: router.write("s.switch", "many")):
            with pytest.raises(ClickError):
                call()
        assert router.read("s.switch") == b"1"


@pytest.mark.parametrize("element", ["nope", "out", "c"])
def test_pushing_into_what_takes_nothing(element: str) -> None:
    with Router(PASS) as router, pytest.raises(ClickError, match=element):
        router.push(element, b"x")


def test_port_and_capacity_are_checked() -> None:
    with Router("in :: MemoryIn(2) -> out :: MemoryOut") as router:
        with pytest.raises(ClickError, match="no output 1"):
            router.push("in", b"x", port=1)
        router.push("in", b"1")
        router.push("in", b"2")
        with pytest.raises(ClickError, match="full"):
            router.push("in", b"3")
        assert router.run() == 2


def test_memory_out_keeps_the_latest() -> None:
    with Router("in :: MemoryIn -> out :: MemoryOut(3)") as router:
        router.push_all("in", [b"%d" % n for n in range(5)])
        router.run()
        assert [packet.data for packet in router.packets("out")] == [b"2", b"3", b"4"]
        assert router.read("out.dropped") == b"2"


def test_run_stops_after_packets() -> None:
    with Router("InfiniteSource(LIMIT -1, BURST 1) -> out :: MemoryOut") as router:
        assert 10 <= router.run(packets=10) < 1000
        assert router.running


def test_virtual_clock_moves_only_by_run() -> None:
    text = "TimedSource(INTERVAL 1) -> out :: MemoryOut; s :: Script(TYPE PASSIVE, return $(now))"
    with Router(text, clock="virtual") as router:
        start = float(router.read("s.run"))
        assert float(router.read("s.run")) == start
        assert router.run(ms=10_500) in {10, 11}
        assert float(router.read("s.run")) == pytest.approx(start + 10.5)
        times = [packet.timestamp for packet in router.packets("out")]
        assert times == sorted(times)


def test_two_routers_do_not_meet() -> None:
    with Router(PASS) as first, Router(PASS) as second:
        first.push("in", b"1")
        second.push("in", b"2")
        first.run()
        assert second.read("c.count") == b"0"
        second.run()
        assert [p.data for p in first.packets("out")] == [b"1"]
        assert [p.data for p in second.packets("out")] == [b"2"]


def test_closed_router_says_so() -> None:
    router = Router(PASS)
    router.close()
    router.close()
    with pytest.raises(ClickError, match="closed"):
        router.run()


def test_many_routers_one_after_another() -> None:
    for n in range(100):
        with Router(PASS) as router:
            router.push("in", bytes([n]))
            router.run()
            assert router.packets("out")[0].data == bytes([n])


def test_importing_is_light() -> None:
    code = "import sys, mimi.click; sys.exit('cffi' in sys.modules or 'mimi.click._capi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
