# SPDX-License-Identifier: Apache-2.0
"""Which thread elements run on."""

from __future__ import annotations

import pytest
from clickprogram import run_click

TWO = """a :: RatedSource -> qa :: Queue -> da :: Discard; b :: RatedSource -> qb :: Queue -> db :: Discard;
Script(wait 1s, print a.home_thread, print da.home_thread, print b.home_thread, print db.home_thread,
       print $(gt $(db.count) 8), stop)"""


@pytest.mark.parametrize("clock", [["--simtime"], []])
def test_elements_run_where_they_are_put(clock: list[str]) -> None:
    text = (
        TWO
        if clock
        else TWO.replace("wait 1s", "label again, goto again $(lt $(db.count) 9)").replace("label again,", "label again, wait 0.01s,")
    )
    done = run_click(*clock, "-j", "2", "-e", f"StaticThreadSched(a 0, b 1, db 1); {text}")
    assert (done.returncode, done.stdout) == (0, "0\n0\n1\n1\ntrue\n"), done.stderr


def test_a_compound_stands_for_its_elements() -> None:
    text = "c :: { InfiniteSource(LIMIT 1) -> d :: Discard }; StaticThreadSched(c 1); Script(print c/InfiniteSource@1.home_thread, stop)"
    assert run_click("-j", "2", "-e", text).stdout == "1\n"


def test_threads_and_elements_that_do_not_exist() -> None:
    done = run_click("-e", "i :: InfiniteSource -> Discard; StaticThreadSched(i 3); Script(print i.home_thread, stop)")
    assert done.stdout == "0\n"
    assert "warning: thread preference 3 out of range" in done.stderr
    done = run_click("-e", "Idle -> Discard; StaticThreadSched(nobody 0)")
    assert done.returncode == 1
    assert "'nobody' does not name an element" in done.stderr


def test_simulated_time_is_the_same_with_threads() -> None:
    text = """a :: RatedSource(RATE 10) -> ca :: Counter -> Discard; b :: RatedSource(RATE 20) -> cb :: Counter -> Discard;
    StaticThreadSched(b 1); Script(wait 10s, print $(ca.count) $(cb.count), stop)"""
    outputs = {run_click("--simtime", "-j", "2", "-e", text).stdout for _ in range(5)}
    assert len(outputs) == 1
    first, second = map(int, outputs.pop().split())
    assert first in range(98, 103)
    assert second in range(198, 203)


@pytest.mark.parametrize("pushers", [1, 2])
def test_whoever_waits_for_room_in_a_queue_is_woken(pushers: int) -> None:
    """A source that sleeps while the queue is full, and is not woken, never gets to its end."""
    sources = "".join(
        f"s{n} :: InfiniteSource(LENGTH 60, BURST 32, LIMIT 2000000, STOP true) -> q; StaticThreadSched(s{n} {1 - n});"
        for n in range(pushers)
    )
    text = (
        f"q :: Queue(64) -> u :: Unqueue(BURST 32) -> Discard; {sources} StaticThreadSched(u 0); DriverManager(wait_stop {pushers}, stop);"
    )
    assert run_click("-j", "2", "-e", text, timeout=30).returncode == 0


def test_a_script_that_threads_run_at_the_same_time_takes_one_run_after_the_other() -> None:
    """Packets of two threads run scripts that run a third one: no run is lost, and none sees half of another."""
    text = """s :: Script(TYPE PASSIVE, init n 0, init m 0, set n $(add $n 1), set m $(add $m 1), return $(sub $n $m));
    a :: InfiniteSource(LIMIT 3000, BURST 1, STOP true) -> Script(TYPE PACKET, return $(s.run $input)) -> ca :: Counter -> Discard;
    b :: InfiniteSource(LIMIT 3000, BURST 1, STOP true) -> Script(TYPE PACKET, return $(s.run $input)) -> cb :: Counter -> Discard;
    StaticThreadSched(a 0, b 1); DriverManager(wait_stop 2, print "$(s.get n) $(s.get m) $(ca.count) $(cb.count)", stop);"""
    done = run_click("-j", "2", "-e", text, timeout=60)
    assert (done.returncode, done.stdout) == (0, "6000 6000 3000 3000\n"), done.stderr


def test_scripts_that_call_each_other_from_two_threads_do_not_wait_for_each_other() -> None:
    text = """sa :: Script(TYPE PACKET, init n 0, write sb.set n $(add $(sb.get n) 1));
    sb :: Script(TYPE PACKET, init n 0, write sa.set n $(add $(sa.get n) 1));
    a :: InfiniteSource(LIMIT 3000, BURST 1, STOP true) -> sa -> Discard;
    b :: InfiniteSource(LIMIT 3000, BURST 1, STOP true) -> sb -> Discard;
    StaticThreadSched(a 0, b 1); DriverManager(wait_stop 2, print "$(sa.get n) $(sb.get n)", stop);"""
    done = run_click("-j", "2", "-e", text, timeout=60)
    assert (done.returncode, done.stdout) == (0, "3000 3000\n"), done.stderr
