# SPDX-License-Identifier: Apache-2.0
"""The ControlSocket protocol, byte by byte, against a real mimi-click."""

from __future__ import annotations

import contextlib
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import GREETING, Client, Program, run_click, wait_for
from hypothesis import given, settings
from hypothesis import strategies as st

from mimi.click import binary_path

CONFIG = """
c :: Counter; i :: Idle -> c -> s :: Switch(0) -> d :: Discard; s [1] -> Discard;
box :: Script(TYPE PASSIVE, return $args);
keep :: Script(TYPE PASSIVE, set kept $args, export kept);
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with Program(CONFIG, tmp_path) as running:
        yield running


@pytest.fixture
def client(program: Program) -> Iterator[Client]:
    connection = program.client()
    yield connection
    connection.close()


READS = [
    (b"READ c.count\r\n", b"200 Read handler 'c.count' OK\r\nDATA 1\r\n0"),
    (b"read c.count\n", b"200 Read handler 'c.count' OK\r\nDATA 1\r\n0"),
    (b"GET c.class\r\n", b"200 Read handler 'c.class' OK\r\nDATA 7\r\nCounter"),
    (b"  READ   c.class  \r\n", b"200 Read handler 'c.class' OK\r\nDATA 7\r\nCounter"),
    (b"READ 1.name\r\n", b"200 Read handler '1.name' OK\r\nDATA 1\r\nc"),
    (b"READ driver\r\n", b"200 Read handler 'driver' OK\r\nDATA 9\r\nuserlevel"),
    (b"READ .driver\r\n", b"200 Read handler '.driver' OK\r\nDATA 9\r\nuserlevel"),
    (b"READ 0.driver\r\n", b"200 Read handler '0.driver' OK\r\nDATA 9\r\nuserlevel"),
    (b"READ box.run a  b\r\n", b"200 Read handler 'box.run' OK\r\nDATA 4\r\na  b"),
    (b"READDATA box.run 5\r\na\r\nbc", b"200 Read handler 'box.run' OK\r\nDATA 5\r\na\r\nbc"),
    (b"READUNTIL box.run END\r\none\r\ntwo\r\nEND\r\n", b"200 Read handler 'box.run' OK\r\nDATA 8\r\none\ntwo\n"),
    (b"CHECKREAD c.count\r\n", b"200 Read handler 'c.count' OK\r\n"),
    (b"CHECKWRITE s.switch\r\n", b"200 Write handler 's.switch' OK\r\n"),
]


@pytest.mark.parametrize(("command", "reply"), READS, ids=lambda value: value.decode().strip()[:30] if b"DATA" not in value else None)
def test_reads(client: Client, command: bytes, reply: bytes) -> None:
    client.ask(command, reply)


WRITES = [
    (b"WRITE s.switch 1\r\n", b"200 Write handler 's.switch' OK\r\n"),
    (b"SET s.switch 1\r\n", b"200 Write handler 's.switch' OK\r\n"),
    (b"WRITEDATA s.switch 1\r\n1", b"200 Write handler 's.switch' OK\r\n"),
    (b"setdata s.switch 1\n1", b"200 Write handler 's.switch' OK\r\n"),
]


@pytest.mark.parametrize(("command", "reply"), WRITES)
def test_writes_take_effect(client: Client, command: bytes, reply: bytes) -> None:
    client.ask(command, reply)
    client.ask(b"READ s.switch\r\n", b"200 Read handler 's.switch' OK\r\nDATA 1\r\n1")


REFUSALS = [
    (b"FOO\r\n", b"501 Command 'FOO' unimplemented\r\n"),
    (b"READ\r\n", b"500 Wrong number of arguments\r\n"),
    (b"CHECKREAD a b\r\n", b"500 Wrong number of arguments\r\n"),
    (b"WRITEDATA s.switch\r\n", b"500 Wrong number of arguments\r\n"),
    (b"READDATA c.count x\r\n", b"500 Syntax error in 'READDATA'\r\n"),
    (b"WRITEDATA s.switch -1\r\n", b"500 Syntax error in 'WRITEDATA'\r\n"),
    (b"READ x.count\r\n", b"510 No element named 'x'\r\n"),
    (b"READ c.x\r\n", b"511 No handler named 'c.x'\r\n"),
    (b"READ box.cat /etc/passwd\r\n", b"511 No handler named 'box.cat'\r\n"),
    (b"WRITE c.count 1\r\n", b"530 Handler 'c.count' read-only\r\n"),
    (b"READ c.reset\r\n", b"530 Handler 'c.reset' write-only\r\n"),
    (b"CHECKWRITE c.count\r\n", b"511 Handler 'c.count' not writable\r\n"),
    (b"CHECKREAD c.reset\r\n", b"511 Handler 'c.reset' not readable\r\n"),
    (
        b"READ c.count 1\r\n",
        b"590-Read handler 'c.count' error:\r\n590 read handler 'c.count' does not take parameters\r\n",
    ),
    (b"LLRPC c#1\r\n", b"501 Cannot call LLRPC 'c#1' remotely\r\n"),
    (b"WRITEDATA x.y 3\r\nabc", b"510 No element named 'x'\r\n"),
    (b"READ c.x\x01\x7f\r\n", b"511 No handler named 'c.x\\001\\177'\r\n"),
]


@pytest.mark.parametrize(("command", "reply"), REFUSALS)
def test_refusals_leave_the_connection_in_step(client: Client, command: bytes, reply: bytes) -> None:
    client.ask(command, reply)
    client.ask(b"READ driver\r\n", b"200 Read handler 'driver' OK\r\nDATA 9\r\nuserlevel")


def test_write_error_carries_the_element_words(client: Client) -> None:
    client.send(b"WRITEUNTIL s.switch .\r\nx\r\n.\r\n")
    assert client.read_line() == b"520-Write handler 's.switch' error:\r\n"
    assert client.read_line().startswith(b"520 ")
    client.ask(b"CHECKREAD c.count\r\n", b"200 Read handler 'c.count' OK\r\n")


def test_line_ends_and_blank_lines(client: Client) -> None:
    ok = b"200 Read handler 'c.count' OK\r\n"
    client.ask(b"\r\n\n\r   \r\nCHECKREAD c.count\rCHECKREAD c.count\nCHECKREAD c.count\r\n", ok * 3)


def test_quit(client: Client) -> None:
    client.send(b"QUIT\r\nREAD c.count\r\n")
    assert client.rest() == b"200 Goodbye!\r\n"


def test_quit_with_words(client: Client) -> None:
    client.send(b"close now\r\n")
    assert client.rest() == b"500 Bad command syntax\r\n200 Goodbye!\r\n"


def test_help_names_every_command(client: Client) -> None:
    client.send(b"HELP\r\n")
    assert client.read_line() == b"200-Commands supported:\r\n"
    lines = []
    while not lines or lines[-1].startswith(b"200-"):
        lines.append(client.read_line())
    text = b"".join(lines)
    for command in (
        b"READ ",
        b"READDATA",
        b"READUNTIL",
        b"WRITE ",
        b"WRITEDATA",
        b"WRITEUNTIL",
        b"CHECKREAD",
        b"CHECKWRITE",
        b"LLRPC",
        b"QUIT",
    ):
        assert command in text


def test_pipelined_commands_are_answered_in_order(client: Client) -> None:
    count = 500
    commands = b"".join(b"WRITEDATA keep.run %d\r\n%d" % (len(b"%d" % n), n) + b"READ keep.kept\r\n" for n in range(count))
    expected = b"".join(
        b"200 Write handler 'keep.run' OK\r\n200 Read handler 'keep.kept' OK\r\nDATA %d\r\n%d" % (len(b"%d" % n), n) for n in range(count)
    )
    sender = threading.Thread(target=client.send, args=(commands,))
    sender.start()
    assert client.read(len(expected)) == expected
    sender.join()


def test_commands_cut_anywhere(client: Client) -> None:
    commands = b"READ c.count\r\nWRITEDATA s.switch 1\r\n1READUNTIL box.run .\r\nx\r\n.\r\n"
    expected = (
        b"200 Read handler 'c.count' OK\r\nDATA 1\r\n0200 Write handler 's.switch' OK\r\n200 Read handler 'box.run' OK\r\nDATA 2\r\nx\n"
    )
    for at in range(len(commands)):
        client.send(commands[at : at + 1])
    assert client.read(len(expected)) == expected


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_any_cut_gives_the_same_replies(pieces: list[int]) -> None:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([binary_path(), "--socket", str(theirs.fileno()), "-e", CONFIG], pass_fds=[theirs.fileno()])
    theirs.close()
    ours.settimeout(20)
    commands = (
        b"READDATA box.run 5\r\n\r\n\r\n\nWRITEUNTIL keep.run .\na\r\rb\n.\nREAD keep.kept\r\r\nREADDATA box.run 0\nFOO\rWRITE stop\r\n"
    )
    expected = (
        b"200 Read handler 'box.run' OK\r\nDATA 5\r\n\r\n\r\n\n200 Write handler 'keep.run' OK\r\n"
        b"200 Read handler 'keep.kept' OK\r\nDATA 5\r\na\n\nb\n200 Read handler 'box.run' OK\r\nDATA 0\r\n"
        b"501 Command 'FOO' unimplemented\r\n200 Write handler 'stop' OK\r\n"
    )
    at = 0
    # The program ends with its last command's CR: the LF behind it may come too late.
    with contextlib.suppress(BrokenPipeError):
        for piece in pieces:
            ours.sendall(commands[at : at + piece])
            at += piece
        ours.sendall(commands[at:])
    data = b""
    while more := ours.recv(4096):
        data += more
    ours.close()
    assert process.wait(timeout=20) == 0
    assert data == GREETING + expected


def test_half_a_command_waits(program: Program, client: Client) -> None:
    client.send(b"READ c.co")
    other = program.client()
    other.ask(b"CHECKREAD c.count\r\n", b"200 Read handler 'c.count' OK\r\n")  # the server has been round
    other.close()
    client.ask(b"unt\r\n", b"200 Read handler 'c.count' OK\r\nDATA 1\r\n0")


def test_missing_data_at_the_end(client: Client) -> None:
    client.send(b"WRITEDATA s.switch 5\r\n1")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.rest() == b"500 Not enough data\r\n"


def test_last_line_without_an_end(client: Client) -> None:
    client.send(b"CHECKREAD c.count")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.rest() == b"200 Read handler 'c.count' OK\r\n"


def test_huge_line_ends_the_connection_only(program: Program, client: Client) -> None:
    def flood() -> None:
        with contextlib.suppress(OSError):  # the server has had enough
            client.send(b"READ " + b"x" * (4 << 20))

    sender = threading.Thread(target=flood)
    sender.start()
    assert client.read_line() == b"500 Line too long\r\n"
    client.close()
    sender.join()
    other = program.client()
    other.ask(b"CHECKREAD c.count\r\n", b"200 Read handler 'c.count' OK\r\n")
    other.close()


def test_big_data_both_ways(client: Client) -> None:
    value = b"0123456789abcdef" * (1 << 18)  # 4 MiB
    sender = threading.Thread(target=client.send, args=(b"READDATA box.run %d\r\n" % len(value) + value,))
    sender.start()
    head = b"200 Read handler 'box.run' OK\r\nDATA %d\r\n" % len(value)
    assert client.read(len(head)) == head
    assert client.read(len(value)) == value
    sender.join()


def test_binary_data_survives(client: Client) -> None:
    value = bytes(range(256))
    head = b"200 Read handler 'box.run' OK\r\nDATA 256\r\n"
    client.ask(b"READDATA box.run 256\r\n" + value, head + value)


def test_too_much_data_is_refused_and_skipped(tmp_path: Path) -> None:
    address = str(tmp_path / "s")
    text = f"ControlSocket(UNIX, {address}, DATA_LIMIT 10); s :: Switch(0) -> Discard; Idle -> s; s[1] -> Discard"
    with Program(text, tmp_path):
        client = Client(address)
        client.ask(b"WRITEDATA s.switch 11\r\n" + b"READ s.name" + b"CHECKREAD s.name\r\n", b"521 Data too big: 11 bytes, at most 10\r\n")
        client.ask(b"", b"200 Read handler 's.name' OK\r\n")
        client.close()


def test_readonly(tmp_path: Path) -> None:
    address = str(tmp_path / "s")
    text = f"ControlSocket(UNIX, {address}, READONLY true); s :: Switch(0) -> Discard; Idle -> s; s[1] -> Discard"
    with Program(text, tmp_path):
        client = Client(address)
        client.ask(b"WRITE s.switch 1\r\n", b"530 Permission denied for 's.switch'\r\n")
        client.ask(b"LLRPC s#80044006 4\r\n\1\0\0\0", b"530 Permission denied for 's#80044006'\r\n")
        client.ask(b"READ s.switch\r\n", b"200 Read handler 's.switch' OK\r\nDATA 1\r\n0")
        client.close()


def test_too_many_clients(tmp_path: Path) -> None:
    address = str(tmp_path / "s")
    with Program(f"ControlSocket(UNIX, {address}, CLIENTS 2); Idle -> Discard", tmp_path):
        first, second = Client(address), Client(address)
        third = Client(address, greet=False)
        assert third.rest() == b""
        first.close()

        def admitted() -> bool:
            try:
                Client(address).close()
            except (OSError, AssertionError):
                return False
            return True

        wait_for(admitted, "a place became free")
        second.ask(b"CHECKREAD driver\r\n", b"200 Read handler 'driver' OK\r\n")
        second.close()


def test_unix_socket_is_private_and_removed(tmp_path: Path) -> None:
    with Program("Idle -> Discard", tmp_path) as program:
        assert stat.S_IMODE(Path(program.address).stat().st_mode) == 0o600
        assert program.stop() == 0
        assert not Path(program.address).exists()


def test_stale_unix_socket_is_replaced(tmp_path: Path) -> None:
    left_behind = socket.socket(socket.AF_UNIX)
    left_behind.bind(str(tmp_path / "control.sock"))
    left_behind.close()
    with Program("Idle -> Discard", tmp_path) as program:
        client = program.client()
        client.ask(b"CHECKREAD driver\r\n", b"200 Read handler 'driver' OK\r\n")
        client.close()


def test_live_unix_socket_is_an_error(program: Program) -> None:
    second = run_click("-u", program.address, "-e", "Idle -> Discard")
    assert second.returncode == 1
    assert "bind: Address already in use" in second.stderr
    client = program.client()
    client.ask(b"CHECKREAD driver\r\n", b"200 Read handler 'driver' OK\r\n")
    client.close()


def test_a_file_that_is_no_socket_stays(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("data")
    done = run_click("-u", str(precious), "-e", "Idle -> Discard")
    assert done.returncode == 1
    assert precious.read_text() == "data"


def test_tcp_listens_on_loopback_and_tries_the_next_port(tmp_path: Path) -> None:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    text = f"t :: ControlSocket(TCP, {port}+); Idle -> Discard"
    with Program(text, tmp_path) as program:
        unix = program.client()
        unix.send(b"READ t.port\r\n")
        assert unix.read_line() == b"200 Read handler 't.port' OK\r\n"
        size = int(unix.read_line().split()[1])
        chosen = int(unix.read(size))
        assert port < chosen <= port + 10
        client = Client(("127.0.0.1", chosen))
        client.ask(b"READ t.class\r\n", b"200 Read handler 't.class' OK\r\nDATA 13\r\nControlSocket")
        client.close()
        listening = Path(f"/proc/{program.process.pid}/net/tcp").read_text().split("\n")
        mine = [
            line.split()[1]
            for line in listening
            if line.split()[1:2] and line.split()[1].endswith(f":{chosen:04X}") and line.split()[3] == "0A"
        ]
        assert mine == [f"0100007F:{chosen:04X}"]
    taken.close()


def test_given_socket() -> None:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([binary_path(), "--socket", str(theirs.fileno()), "-e", "Idle -> Discard"], pass_fds=[theirs.fileno()])
    theirs.close()
    ours.settimeout(20)
    ours.sendall(b"WRITE stop\r\n")
    data = b""
    while more := ours.recv(4096):
        data += more
    assert data == GREETING + b"200 Write handler 'stop' OK\r\n"
    assert process.wait(timeout=20) == 0
    ours.close()


def test_stop_is_answered_before_the_program_ends(program: Program) -> None:
    client = program.client()
    client.send(b"WRITE stop\r\nREAD c.count\r\n")
    assert client.rest() == b"200 Write handler 'stop' OK\r\n"
    assert program.process.wait(timeout=20) == 0


def test_flat_llrpcs_are_called_from_outside(client: Client) -> None:
    client.ask(b"LLRPC s#4004C005\r\n", b"200 LLRPC 's#4004C005' OK\r\nDATA 4\r\n\0\0\0\0")
    client.ask(b"LLRPC s#80044006 4\r\n\1\0\0\0", b"200 LLRPC 's#80044006' OK\r\nDATA 0\r\n")
    client.ask(b"READ s.switch\r\n", b"200 Read handler 's.switch' OK\r\nDATA 1\r\n1")
    client.ask(b"LLRPC s#80044006 4\r\n\7\0\0\0", b"522 LLRPC 's#80044006' error: Invalid argument\r\n")
    client.ask(b"LLRPC s#80044006 2\r\n\0\0", b"522 LLRPC 's#80044006' requires 4 bytes input data\r\n")
    client.ask(b"LLRPC d#80044006 4\r\n\0\0\0\0", b"522 LLRPC 'd#80044006' error: Invalid argument\r\n")
    client.ask(b"LLRPC s#xyz\r\n", b"500 Syntax error in LLRPC name 's#xyz'\r\n")
    client.ask(b"LLRPC s\r\n", b"500 Syntax error in LLRPC name 's'\r\n")
    client.ask(b"LLRPC nobody#4004C005\r\n", b"510 No element named 'nobody'\r\n")
    client.ask(b"LLRPC s#20004002\r\n", b"501 Cannot call LLRPC 's#20004002' remotely\r\n")


def test_commands_behind_a_swap_go_to_the_new_router(tmp_path: Path) -> None:
    with Program("Idle -> s :: Switch(0) -> Idle; s[1] -> Idle", tmp_path, "-R") as program:
        client = program.client()
        swap = b"WRITE hotconfig Idle -> s :: Switch(1) -> Idle; s[1] -> Idle\r\n"
        client.ask(
            b"READ s.config\r\n" + swap + b"READ s.config\r\nWRITE hotconfig Print\r\nREAD s.config\r\nWRITE stop\r\n",
            b"200 Read handler 's.config' OK\r\nDATA 1\r\n0"
            b"200 Write handler 'hotconfig' OK\r\n"
            b"200 Read handler 's.config' OK\r\nDATA 1\r\n1"
            b"520-Write handler 'hotconfig' error:\r\n"
            b"520-hotconfig:1: 'Print@1 :: Print' input 0 unused\r\n"
            b"520-hotconfig:1: 'Print@1 :: Print' output 0 unused\r\n"
            b"520 Router could not be initialized!\r\n"
            b"200 Read handler 's.config' OK\r\nDATA 1\r\n1"
            b"200 Write handler 'stop' OK\r\n",
        )
        client.close()
        wait_for(lambda: program.process.poll() == 0, "the new router stops")
