# SPDX-License-Identifier: Apache-2.0
"""Script and DriverManager: instructions, functions, types."""

from __future__ import annotations

import signal
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
    ("sub 3", "3"),
    ("add", "0"),
    ("div 75 2.5 5", "6"),
    ("div 1 3", "0.333333333333"),
    ("idiv 60 2 5", "6"),
    ("idiv -7 2", "-3"),
    ("mul 4 5", "20"),
    ("div 3 2", "1.5"),
    ("div 4 2", "2"),
    ("idiv 7 2", "3"),
    ("mod -7 3", "-1"),
    ("rem -7.5 2", "-1.5"),
    ("rem -7 3", "-1"),
    ("neg 5", "-5"),
    ("abs -5", "5"),
    ("min 3 1 2", "1"),
    ("max 3 1 2", "3"),
    ("eq 1 1.0", "true"),
    ("eq a a", "true"),
    ("ne a b", "true"),
    ("gt 2 10", "false"),
    ("lt a b", "true"),
    ("ge b a", "true"),
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
    ("sprintf '%*d|%.2s|%hx%%' 4 42 abc 65537", "  42|ab|1%"),
    ("htons 1", "256"),
    ("ntohl 1", "16777216"),
    ("readable f.run", "true"),
    ("readable f.run f.goto", "false"),
    ("writable f.class", "false"),
]


@pytest.mark.parametrize(("call", "value"), FUNCTIONS)
def test_functions(call: str, value: str) -> None:
    name, _, arguments = call.partition(" ")
    with Router("f :: Script(TYPE PASSIVE)") as router:
        assert router.read(f"f.{name}", arguments).decode() == value


@pytest.mark.parametrize(
    "call",
    [
        "add x",
        "div 1 0",
        "idiv 1 0",
        "mod 1 0",
        "not maybe",
        "sprintf '%n' 1",
        "sprintf '%d'",
        "sprintf %d 1 2",
        "sprintf %9999d 1",
        "mod 1 2.5",
        "random 5 1",
    ],
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
    assert file.read_text() == "Idle\nc\nx\n"


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


def test_printed_values_keep_their_bytes() -> None:
    text = r"""s0 :: Script(printn $(s.run "\<0a 09 01>"), readq length "\<0a 09 01>", stop); s :: Script(TYPE PASSIVE, returnq $1)"""
    done = run_click("-e", text)
    assert (done.stdout, done.stderr) == ("\n\t\x01", "s0.length:\n3\n")


def test_values_that_cannot_be_had_stay_as_written() -> None:
    done = run_click("-e", "Script(print $nope ${nope-7} $(nope 1), stop)")
    assert done.stdout == "$nope 7 $(nope 1)"
    assert done.stderr == "While executing 'Script@1 :: Script':\n  no 'nope' read handler\n"


def test_errors_say_which_handler_was_called() -> None:
    done = run_click(
        "-e", "s :: Switch; Idle -> s -> Idle; s[1] -> Idle; Script(write s.switch x, print $?, write s.nope, read s.class 1, stop)"
    )
    assert done.stderr.splitlines() == [
        "While executing 'Script@5 :: Script':",
        "  While calling 's.switch x':",
        "    Switch output must be integer",
        "  no 's.nope' write handler",
        "  read handler 's.class' does not take parameters",
    ]
    assert done.stdout != "0\n"


def test_shift_takes_words_from_a_variable_or_the_arguments() -> None:
    text = "s :: Script(TYPE PASSIVE, set v a b c, return $(shift v)$(shift v)-$v-$(shift)-$args)"
    with Router(text) as router:
        assert router.read("s.run", "1 2 3") == b"ab-c-1-2 3"


def test_init_and_export_are_computed_before_the_router_runs() -> None:
    with Router('s :: Script(TYPE PASSIVE, return $a, initq a "x y", export b $a)') as router:
        assert router.read("s.run") == b"x y"
        assert router.read("s.b") == b"x y"
        router.write("s.set", "b new")
        assert router.read("s.b") == b"new"
        assert router.read("s.get", "a") == b"x y"
        with pytest.raises(ClickError, match="undefined variable 'c'"):
            router.read("s.get", "c")


def test_proxy_has_every_handler() -> None:
    text = "p :: Script(TYPE PROXY, return $0:$args:$write); Script(print p.foo, print $(p.bar 1 2), write p.baz y, stop)"
    assert output(text) == "foo::false\nbar:1 2:false\n"
    with Router(text) as router:
        assert router.read("p.anything", "x") == b"anything:x:false"


def test_steps_pass_waits() -> None:
    text = """s :: Script(wait_step 3, print 'a', wait_step 2, print 'b');
    Script(write s.step, print 1, write s.step 2, print 2, write s.step 5, print 3, stop)"""
    assert output(text) == "1\na\n2\nb\n3\n"


def test_step_ends_a_timed_wait() -> None:
    text = "s :: Script(wait 1000s, print 'a', wait 1000s, print 'b'); Script(write s.step, write s.step, wait 1s, stop)"
    assert output(text, "--simtime") == "a\nb\n"


def test_a_script_may_send_itself_elsewhere() -> None:
    text = "s :: Script(print 'a', write s.goto c, print 'no', label c, print 'c', stop)"
    assert output(text) == "a\nc\n"
    done = run_click("-e", "Script(write Script@2.goto nowhere, stop); Script(TYPE PASSIVE)")
    assert "jump to nonexistent label" in done.stderr


def test_jumping_back_waits_anew() -> None:
    text = "s :: Script(TYPE PASSIVE, label a, wait_step, print 'x', goto a); Script(write s.run, write s.step 3, stop)"
    assert output(text) == "x\nx\nx\n"


def test_pull_script_decides_over_packets() -> None:
    text = """InfiniteSource(LIMIT 4, DATA x) -> q :: Queue
    -> s :: Script(TYPE PACKET, init k 0, set k $(add $k 1), goto exit $(eq $k 2), end)
    -> u :: Unqueue -> c :: Counter -> Discard; DriverManager(wait 0.1s, print c.count, print q.length, stop)"""
    assert output(text, "--simtime") == "3\n0\n"


def test_a_signal_script_hears_again_only_after_its_end() -> None:
    again = "Script(print 1, set y $(kill USR1 $$), wait 0.01s, print 2, set y $(kill USR1 $$), wait 0.01s, stop); Script(TYPE SIGNAL USR1, print 'hit', {})"
    done = run_click("-e", again.format("end"))
    assert (done.returncode, done.stdout) == (0, "1\nhit\n2\nhit\n")
    done = run_click("-e", again.format("exit"))
    assert (done.returncode, done.stdout) == (-signal.SIGUSR1, "1\nhit\n2\n")


def test_a_script_that_forgets_an_interrupt_leaves_it_to_the_driver() -> None:
    text = "Script(set y $(kill INT $$), wait 0.01s, print 1, set y $(kill INT $$), wait 10s, print 'no', stop); Script(TYPE SIGNAL INT, print 'hit', exit)"
    done = run_click("-e", text)
    assert (done.returncode, done.stdout) == (0, "hit\n1\n")


@pytest.mark.parametrize(
    ("instruction", "message"),
    [
        ("bar", "syntax error at 'bar'"),
        ("label a b", "syntax error at 'label'"),
        ("export", "syntax error at 'export'"),
        ("wait_stop x", "syntax error at 'wait_stop'"),
        ("stop 3", "syntax error at 'stop'"),
        ("loop 3", "syntax error at 'loop'"),
        ("goto nowhere", "no such label 'nowhere'"),
        ("TYPE FOO", "bad TYPE"),
        ("TYPE SIGNAL FOO", "bad signal number"),
        ("TYPE PACKET", "PACKET script must have inputs"),
    ],
)
def test_faults_are_told_while_configuring(instruction: str, message: str) -> None:
    done = run_click("-e", f"Script({instruction})")
    assert done.stderr == f"config:1: While configuring 'Script@1 :: Script':\n  {message}\nRouter could not be initialized!\n"


def test_packets_from_several_threads_take_turns() -> None:
    text = """i :: InfiniteSource(LIMIT 2000) -> s :: Script(TYPE PACKET, init n 0, set n $(add $n 1), end) -> Discard;
    j :: InfiniteSource(LIMIT 2000) -> s; StaticThreadSched(i 0, j 1);
    Script(label again, wait 0.01s, goto again $(lt $(s.get n) 4000), print $(s.get n), stop)"""
    assert output(text, "-j", "2") == "4000\n"
