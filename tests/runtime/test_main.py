# SPDX-License-Identifier: Apache-2.0
"""The command line of mimi-click: options, exit statuses, texts."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from clickprogram import Program, run_click, wait_for

FIVE = "i :: InfiniteSource(LIMIT 5, STOP true) -> c :: Counter -> Discard"


def test_handler_value_after_the_run() -> None:
    done = run_click("-e", FIVE, "-h", "c.count")
    assert (done.returncode, done.stdout, done.stderr) == (0, "5\n", "")


def test_several_handlers_carry_their_names() -> None:
    done = run_click("-e", FIVE, "-h", "c.count", "-h", "c.class")
    assert done.stdout == "c.count:\n5\n\nc.class:\nCounter\n\n"


@pytest.mark.parametrize("pattern", ["Counter.count", "c*.count", "?.count"])
def test_handler_by_pattern_or_class(pattern: str) -> None:
    done = run_click("-e", FIVE, "-h", pattern)
    assert "c.count:\n5\n\n" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("c.nope", "no 'c.nope' handler"),
        ("nope.count", "no element 'nope'"),
        ("p*.count", "no element matching 'p*'"),
        ("nope", "no 'nope' handler"),
    ],
)
def test_handlers_that_are_not_there(name: str, words: str) -> None:
    done = run_click("-e", FIVE, "-h", name)
    assert done.returncode == 1
    assert words in done.stderr


def test_configuration_from_file_stdin_and_argument(tmp_path: Path) -> None:
    file = tmp_path / "x.click"
    file.write_text(FIVE)
    for arguments, text in ((["-f", str(file)], None), ([str(file)], None), ([], FIVE), (["-"], FIVE), (["-f", "-"], FIVE)):
        assert run_click(*arguments, "-h", "c.count", text=text).stdout == "5\n"


def test_configuration_twice_is_an_error(tmp_path: Path) -> None:
    done = run_click("-e", FIVE, "-f", str(tmp_path / "x"))
    assert done.returncode == 1
    assert "router configuration specified twice" in done.stderr


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    done = run_click(str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "nothing" in done.stderr


def test_parameters_win_over_definitions() -> None:
    text = "define($n 3); i :: InfiniteSource(LIMIT $n, STOP true) -> c :: Counter -> Discard"
    assert run_click("-e", text, "-h", "c.count").stdout == "3\n"
    assert run_click("-e", text, "n=7", "-h", "c.count").stdout == "7\n"


def test_quit_at_once() -> None:
    assert run_click("-q", "-e", FIVE, "-h", "c.count").stdout == "0\n"


def test_times() -> None:
    done = run_click("-t", "-e", FIVE)
    assert re.fullmatch(r"\d+\.\d{3}u \d+\.\d{3}s \d+:\d\d\.\d\d\n", done.stdout)


def test_flat_configuration(tmp_path: Path) -> None:
    done = run_click("-q", "-o", "-", "-e", "elementclass X { input -> Counter -> output } Idle -> x :: X -> Discard")
    assert "x/Counter@1 :: Counter" in done.stdout
    target = tmp_path / "flat.click"
    assert run_click("-q", "-o", str(target), "-e", FIVE).returncode == 0
    assert run_click(str(target), "-h", "c.count").stdout == "5\n"


@pytest.mark.parametrize(("value", "status"), [("3", 3), ("0", 0), ("true", 0), ("false", 1)])
def test_exit_handler(value: str, status: int) -> None:
    text = f"s :: Script(TYPE PASSIVE, return {value}); DriverManager(stop)"
    assert run_click("-e", text, "-x", "s.run").returncode == status


def test_exit_handler_that_is_no_number() -> None:
    done = run_click("-e", "s :: Script(TYPE PASSIVE, return many); DriverManager(stop)", "-x", "s.run")
    assert done.returncode == 255
    assert "exit handler value should be integer" in done.stderr


def test_empty_configuration() -> None:
    done = run_click("-e", "")
    assert (done.returncode, done.stderr) == (0, "warning: config: configuration has no elements, exiting\n")
    assert run_click("-w", "-e", "").stderr == ""


def test_wrong_configuration() -> None:
    done = run_click("-e", "i :: InfiniteSource(LIMIT x) -> Discard")
    assert done.returncode == 1
    assert "While configuring 'i :: InfiniteSource':" in done.stderr
    assert "LIMIT: " in done.stderr
    assert done.stderr.endswith("Router could not be initialized!\n")


def test_unknown_option() -> None:
    done = run_click("--bogus")
    assert done.returncode == 1
    assert "Try 'mimi-click --help'" in done.stderr


def test_help_and_version() -> None:
    helped = run_click("--help")
    assert helped.returncode == 0
    for option in ("-f", "-e", "-p", "-u", "--socket", "-R", "-h", "-x", "-o", "-q", "-t", "-w", "-C", "-j", "--simtime", "-v"):
        assert option in helped.stdout
    assert run_click("-v").stdout.startswith("mimi-click ")


def test_simulated_time_jumps() -> None:
    done = run_click("--simtime", "-e", "DriverManager(print $(now), wait 3600, print $(now), stop)")
    first, second = (float(line) for line in done.stdout.split())
    assert 1000000000 <= first < 1000000001
    assert 3600 <= second - first < 3601


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with Program("Idle -> Discard", tmp_path) as program:
        program.process.send_signal(number)
        assert program.process.wait(timeout=20) == 0


def test_signals_pass_through_the_driver_manager(tmp_path: Path) -> None:
    with Program("DriverManager(pause, print last_words, stop); last_words :: Script(TYPE PASSIVE)", tmp_path) as program:
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(timeout=20) == 0


def test_two_control_sockets_are_appended_last(tmp_path: Path) -> None:
    second = str(tmp_path / "second")
    with Program("i :: Idle -> d :: Discard", tmp_path, "-u", second) as program:
        client = program.client()
        value = "4\ni\nd\nclick_driver@@ControlSocket\nclick_driver@@ControlSocket@1\n"
        client.ask(b"READ list\r\n", f"200 Read handler 'list' OK\r\nDATA {len(value)}\r\n{value}".encode())
        client.close()


def test_hot_swap_keeps_connections_and_refuses_nonsense(tmp_path: Path) -> None:
    with Program("i :: Idle -> c :: Counter -> Discard", tmp_path, "-R") as program:
        client = program.client()
        client.send(b"WRITE hotconfig i :: Nonsense -> Discard\r\n")
        assert client.read_line() == b"520-Write handler 'hotconfig' error:\r\n"
        while client.read_line().startswith(b"520-"):
            pass
        client.ask(b"READ c.class\r\n", b"200 Read handler 'c.class' OK\r\nDATA 7\r\nCounter")
        client.ask(b"WRITE hotconfig Idle -> z :: Counter -> Discard\r\n", b"200 Write handler 'hotconfig' OK\r\n")

        def swapped() -> bool:
            client.send(b"CHECKREAD z.count\r\n")
            return client.read_line() == b"200 Read handler 'z.count' OK\r\n"

        wait_for(swapped, "the new configuration runs")
        client.ask(b"READ c.class\r\n", b"510 No element named 'c'\r\n")
        client.close()
        fresh = program.client()
        fresh.ask(b"CHECKREAD z.count\r\n", b"200 Read handler 'z.count' OK\r\n")
        fresh.close()


def voluntary_switches(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("voluntary_ctxt_switches")).split()[1])


def processor_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("text", ["Idle -> Discard", "Idle -> Queue -> u :: Unqueue -> Discard"])
def test_an_idle_router_sleeps(tmp_path: Path, text: str) -> None:
    """Wakes up for what it is asked, not on its own: the bound is on wake-ups, not on time."""
    with Program(text, tmp_path) as program:
        pid = program.process.pid
        client = program.client()
        client.ask(b"CHECKREAD driver\r\n", b"200 Read handler 'driver' OK\r\n")
        wait_for(lambda: "S (sleeping)" in Path(f"/proc/{pid}/status").read_text(), "asleep")
        before, ticks = voluntary_switches(pid), processor_ticks(pid)
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        assert voluntary_switches(pid) - before <= 2
        assert processor_ticks(pid) - ticks <= os.sysconf("SC_CLK_TCK") // 20
        client.close()


def test_several_threads_run_swap_and_stop(tmp_path: Path) -> None:
    assert run_click("-j", "3", "-e", FIVE, "-h", "c.count").stdout == "5\n"
    with Program("InfiniteSource -> Discard", tmp_path, "-j", "2", "-R") as program:
        client = program.client()
        for name in ("x", "y", "z"):
            client.ask(
                f"WRITE hotconfig InfiniteSource -> {name} :: Counter -> Discard\r\n".encode(), b"200 Write handler 'hotconfig' OK\r\n"
            )

            def swapped(name: str = name) -> bool:
                client.send(f"CHECKREAD {name}.count\r\n".encode())
                return client.read_line().startswith(b"200 ")

            wait_for(swapped, f"configuration {name}")
        client.close()
        assert program.stop() == 0


def test_flat_configuration_of_unknown_elements() -> None:
    text = "elementclass C { $n | input -> b :: Nobody($n) -> output } Somebody -> c :: C(3) -> [1] x :: Anybody"
    flat = "Somebody@1 :: Somebody;\nx :: Anybody;\nc/b :: Nobody(3);\n\nSomebody@1 -> c/b\n    -> [1] x;\n"
    done = run_click("--flatten", "-e", text)
    assert (done.returncode, done.stdout, done.stderr) == (0, flat, "")


def test_flattening_keeps_requirements_and_writes_files(tmp_path: Path) -> None:
    file = tmp_path / "flat"
    done = run_click("--flatten", "-o", str(file), text="require(package nobody-has-it); Odd -> Even")
    assert (done.returncode, done.stdout) == (0, "")
    assert file.read_text().startswith("require(package nobody-has-it);\n")


def test_flattening_tells_errors() -> None:
    done = run_click("--flatten", "-e", "A :: A -> B; A :: C")
    assert done.returncode == 1
    assert "config:1: class 'A' used as element name" in done.stderr


def test_threads_stay_on_cpus() -> None:
    cpu = min(os.sched_getaffinity(0))
    text = "Script(print $(s.cat /proc/self/status), stop); s :: Script(TYPE PASSIVE)"
    assert f"Cpus_allowed_list:\t{cpu}\n" in run_click(f"--affinity={cpu}", "-e", text).stdout
    everywhere = run_click("--no-affinity", "-e", text).stdout
    assert everywhere == run_click("-e", text).stdout or "Cpus_allowed_list" in everywhere
    assert "--affinity: expected the number of a CPU, found 'x'" in run_click("-ax", "-e", "Idle").stderr


def test_time_can_be_warped() -> None:
    text = "Script(write timewarp 1000, print timewarp, set a $(now), wait 100s, print $(ge $(sub $(now) $a) 100), write timewarp nowait, wait 1000000s, print timewarp, stop)"
    done = run_click("-e", text)
    assert (done.returncode, done.stdout) == (0, "1000\ntrue\nnowait\n")
    assert "simulated time has no speed" in run_click("--simtime", "-e", "Script(write timewarp 2, stop)").stderr
    assert "expected 'nowait' or a speed above 0" in run_click("-e", "Script(write timewarp 0, stop)").stderr
