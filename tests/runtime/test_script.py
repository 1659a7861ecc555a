# SPDX-License-Identifier: Apache-2.0
"""Script and DriverManager: instructions, functions, types."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickprogram import Program, run_click, wait_for
from hypothesis import given, settings
from hypothesis import strategies as st

from mimi.click import Router
from mimi.errors import ClickError

FUNCTIONS = [
    ("add 1 2 3", "6"),
    ("add 1 0.5", "1.5"),
    ("sub 10 3", "7"),
    ("sub 3", "-3"),
    ("mul 4 5", "20"),
    ("div 3 2", "1.5"),
    ("div 4 2", "2"),
    ("idiv 7 2", "3"),
    ("mod -7 3", "2"),
    ("rem -7 3", "-1"),
    ("neg 5", "-5"),
    ("abs -5", "5"),
    ("min 3 1 2", "1"),
    ("max 3 1 2", "3"),
    ("eq 1 1.0", "true"),
    ("eq a a", "true"),
    ("ne a b", "true"),
    ("gt 2 10", "false"),
    ("ge 2 2", "true"),
    ("lt 2 10", "true"),
    ("le 3 2", "false"),
    ("not true", "false"),
    ("and true false", "false"),
    ("or true false", "true"),
    ("nand true false", "true"),
    ("nand true true", "false"),
    ("nor false false", "true"),
    ("if true yes no", "yes"),
    ("if false yes no", "no"),
    ("in a b a", "true"),
    ("in a b c", "false"),
    ("first a b", "a"),
    ("length abc", "3"),
    ("sprintf '%05d|%s|%x' 42 abc 255", "00042|abc|ff"),
    ("htons 1", "256"),
    ("ntohl 1", "16777216"),
    ("readable f.run", "true"),
    ("writable f.class", "false"),
]


@pytest.mark.parametrize(("call", "value"), FUNCTIONS)
def test_functions(call: str, value: str) -> None:
    name, _, arguments = call.partition(" ")
    with Router("f :: Script(TYPE PASSIVE)") as router:
        assert router.read(f"f.{name}", arguments).decode() == value


@pytest.mark.parametrize(
    "call", ["add x", "div 1 0", "idiv 1 0", "mod 1 0", "not maybe", "lt a b", "sprintf '%n' 1", "sprintf '%d'", "random 5 1"]
)
def test_functions_refuse_bad_arguments(call: str) -> None:
    name, _, arguments = call.partition(" ")
    with Router("f :: Script(TYPE PASSIVE)") as router, pytest.raises(ClickError, match=name):
        router.read(f"f.{name}", arguments)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4))
def test_whole_sums_are_exact_while_they_fit(numbers: list[int]) -> None:
    total = numbers[0]
    for n in numbers[1:]:
        total += n
        if not -(2**63) <= total < 2**63:
            return
    with Router("f :: Script(TYPE PASSIVE)") as router:
        assert int(router.read("f.add", " ".join(map(str, numbers)))) == total


def output(text: str, *arguments: str) -> str:
    done = run_click(*arguments, "-e", text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_print_reads_handlers_or_takes_text() -> None:
    assert output(
        'c :: Counter; Idle -> c -> Discard; DriverManager(print c.class, print \'7 dwarfs\', printn "a\\n", print >- "b", stop)'
    ) == ("Counter\n7 dwarfs\na\nb\n")


def test_loop_with_variables() -> None:
    text = "Script(set x 0, label again, print $x, set x $(add $x 1), goto again $(lt $x 3), stop)"
    assert output(text) == "0\n1\n2\n"


def test_init_happens_once() -> None:
    text = "Script(init x 0, set x $(add $x 1), print $x, goto begin $(lt $x 3), stop)"
    assert output(text) == "1\n2\n3\n"


def test_endless_jumps_are_given_up() -> None:
    done = run_click("-e", "Script(label a, goto a); DriverManager(wait 0.1, stop)", "--simtime")
    assert done.returncode == 0
    assert "too many jumps, giving up" in done.stderr


def test_driver_manager_counts_stops() -> None:
    text = "InfiniteSource(LIMIT 4, STOP true) -> c :: Counter -> Discard; DriverManager(pause, print c.count, stop)"
    assert output(text) == "4\n"


def test_driver_manager_waits_in_simulated_time() -> None:
    text = "RatedSource(RATE 10, LIMIT -1) -> c :: Counter -> Discard; DriverManager(wait 2s, print c.count, wait 2, print c.count)"
    first, second = (int(n) for n in output(text, "--simtime").split())
    assert first in range(19, 23)
    assert second - first in range(19, 22)


def test_two_drivers_are_an_error() -> None:
    done = run_click("-e", "DriverManager(stop); Script(TYPE DRIVER, stop)")
    assert done.returncode == 1
    assert "router has more than one driver script" in done.stderr


def test_save_and_append(tmp_path: Path) -> None:
    file = tmp_path / "out"
    output(f'c :: Idle; c -> Discard; DriverManager(save c.class {file}, append c.name {file}, print >>{file} "x", stop)')
    assert file.read_text() == "Idlecx\n"


def test_read_goes_to_standard_error() -> None:
    done = run_click("-e", "c :: Idle -> Discard; DriverManager(read c.class, stop)")
    assert done.stderr == "c.class:\nIdle\n"


def test_packet_script_chooses_outputs() -> None:
    text = """in :: MemoryIn; n :: Script(TYPE PASSIVE);
    s :: Script(TYPE PACKET, init k -1, set k $(add $k 1), return $(mod $k 3)); in -> s; out :: MemoryOut;
    s [0] -> [0] out; s [1] -> [1] out"""
    with Router(text) as router:
        router.push_all("in", [b"%d" % n for n in range(7)])
        router.run()
        assert [(p.port, p.data) for p in router.packets("out")] == [(0, b"0"), (1, b"1"), (0, b"3"), (1, b"4"), (0, b"6")]


def test_export_and_arguments() -> None:
    with Router('f :: Script(TYPE PASSIVE, set last "$2 $1 $#", export last, return $args)') as router:
        assert router.read("f.run", "a b") == b"a b"
        assert router.read("f.last") == b'"b a 2"'


def test_signal_script(tmp_path: Path) -> None:
    file = tmp_path / "mark"
    import signal

    with Program(f'Script(TYPE SIGNAL USR1, print >{file} "hit")', tmp_path) as program:
        program.process.send_signal(signal.SIGUSR1)
        wait_for(lambda: file.exists() and file.read_text() == "hit\n", "the script ran")
        assert program.process.poll() is None


def test_an_error_does_not_stop_the_router() -> None:
    done = run_click("-e", 'Script(print nothing.there, print 1, error "bad"); DriverManager(wait 0.01, print 2, stop)')
    assert done.returncode == 0
    assert done.stdout == "1\n2\n"
    assert "While executing" in done.stderr
    assert "bad" in done.stderr


@pytest.mark.parametrize(
    "text", ["Script(fly)", "Script(goto nowhere)", "Script(TYPE FLYING)", "Script(wait_for)", "Script(set)", "Script(TYPE SIGNAL NOPE)"]
)
def test_bad_scripts_do_not_start(text: str) -> None:
    with pytest.raises(ClickError, match="Script"):
        Router(text)
