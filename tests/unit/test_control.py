# SPDX-License-Identifier: Apache-2.0
"""The ControlSocket client against a scripted server: every shape of reply, whole and in pieces."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mimi.click.control import ControlSocket, RefusedError
from mimi.errors import ControlError

GREETING = b"Click::ControlSocket/1.3\r\n"


class Scripted:
    """Says ``answers`` one after the other, each after one more command arrived; keeps what it heard."""

    def __init__(self, path: Path, answers: list[bytes], pieces: int, greeting: bytes) -> None:
        self.heard = b""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._answers, self._pieces, self._greeting = answers, pieces, greeting
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.sendall(self._greeting)
            for answer in self._answers:
                data = connection.recv(1 << 20)
                if not data:
                    return
                self.heard += data
                for start in range(0, len(answer), self._pieces):
                    connection.sendall(answer[start : start + self._pieces])

    def end(self) -> None:
        self._thread.join(5)
        self._listener.close()


@contextmanager
def talking(tmp_path: Path, *answers: bytes, pieces: int = 1 << 20, greeting: bytes = GREETING) -> Iterator[tuple[ControlSocket, Scripted]]:
    path = tmp_path / "control.sock"
    server = Scripted(path, list(answers), pieces, greeting)
    control = ControlSocket(str(path), timeout_s=5)
    try:
        yield control, server
    finally:
        control.close()
        server.end()


@pytest.fixture(params=[1, 3, 1 << 20], ids=["bytewise", "threes", "whole"])
def pieces(request: pytest.FixtureRequest) -> int:
    size: int = request.param
    return size


def test_reading(tmp_path: Path, pieces: int) -> None:
    reply = b"200 Read handler 'c.count' OK\r\nDATA 5\r\n1\r\n2\n"
    with talking(tmp_path, reply, pieces=pieces) as (control, server):
        control.connect()
        assert control.version == (1, 3)
        assert control.read("c.count") == b"1\r\n2\n"
        assert server.heard == b"READ c.count\n"


def test_reading_nothing_and_reading_on(tmp_path: Path, pieces: int) -> None:
    with talking(tmp_path, b"200 OK\r\nDATA 0\r\n", b"200 OK\r\nDATA 1\r\nx", pieces=pieces) as (control, server):
        control.connect()
        assert control.read_text("a.b", "tcp 1.2.3.4:5  6.7.8.9:10") == ""
        assert control.read_text("a.c") == "x"
        assert server.heard == b"READ a.b tcp 1.2.3.4:5  6.7.8.9:10\nREAD a.c\n"


def test_an_argument_that_is_no_line_is_counted(tmp_path: Path) -> None:
    with talking(tmp_path, b"200 OK\r\nDATA 1\r\nx") as (control, server):
        control.connect()
        control.read("a.b", "one\ntwo")
        assert server.heard == b"READDATA a.b 7\none\ntwo"


def test_data_may_be_large(tmp_path: Path) -> None:
    big = b"x" * 5_000_000
    with talking(tmp_path, b"200 OK\r\nDATA %d\r\n%b" % (len(big), big)) as (control, _):
        control.connect()
        assert control.read("a.b") == big


def test_writing(tmp_path: Path, pieces: int) -> None:
    with talking(tmp_path, b"200 Write handler 'lb.import' OK\r\n", pieces=pieces) as (control, server):
        control.connect()
        assert control.write("lb.import", "put\n") == ""
        assert server.heard == b"WRITEDATA lb.import 4\nput\n"


def test_warnings_are_returned(tmp_path: Path, pieces: int) -> None:
    reply = b"220-Write handler 'x' OK with warnings:\r\n220-one\r\n220 two\r\n"
    with talking(tmp_path, reply, pieces=pieces) as (control, _):
        control.connect()
        assert control.write("a.x").splitlines()[1:] == ["one", "two"]


@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        (
            b"520-Write handler 's.switch' error:\r\n520 Switch output must be integer\r\n",
            520,
            "Write handler 's.switch' error:\nSwitch output must be integer",
        ),
        (b"510 No element named 'x'\r\n", 510, "No element named 'x'"),
        (b"511 No handler named 'c.x'\r\n", 511, "No handler named 'c.x'"),
        (b"530 Permission denied for 'h'\r\n", 530, "Permission denied for 'h'"),
        (b"500\r\n", 500, ""),
    ],
)
def test_refusals_carry_code_and_text_and_leave_the_connection(tmp_path: Path, reply: bytes, code: int, text: str) -> None:
    with talking(tmp_path, reply, b"200 OK\r\n") as (control, _):
        control.connect()
        with pytest.raises(RefusedError) as raised:
            control.write("lb.import", b"x")
        assert (raised.value.code, raised.value.text) == (code, text)
        assert "WRITEDATA lb.import" in str(raised.value)
        assert control.write("lb.import", b"x") == ""


def test_a_refused_read_has_no_data(tmp_path: Path) -> None:
    reply = b"590-Read handler 'c.count' error:\r\n590 read handler 'c.count' does not take parameters\r\n"
    with talking(tmp_path, reply, b"200 OK\r\nDATA 1\r\n7") as (control, _):
        control.connect()
        with pytest.raises(RefusedError) as raised:
            control.read("c.count", "x")
        assert raised.value.code == 590
        assert control.read("c.count") == b"7"


def test_checking(tmp_path: Path) -> None:
    with talking(
        tmp_path, b"200 Read handler 'c.count' OK\r\n", b"511 Handler 'c.count' not writable\r\n", b"501 Command unimplemented\r\n"
    ) as (control, server):
        control.connect()
        assert control.check_read("c.count")
        assert not control.check_write("c.count")
        with pytest.raises(RefusedError):
            control.check_read("c.count")
        assert server.heard == b"CHECKREAD c.count\nCHECKWRITE c.count\nCHECKREAD c.count\n"


def test_a_server_that_closes(tmp_path: Path) -> None:
    with talking(tmp_path, b"200-half") as (control, _):
        control.connect()
        with pytest.raises(ControlError, match="closed"):
            control.write("a.b", b"")
        assert not control.connected
        with pytest.raises(ControlError, match="not connected"):
            control.write("a.b", b"")


def test_a_server_that_is_silent(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    control = ControlSocket(str(tmp_path / "s"), timeout_s=0.05)
    with pytest.raises(ControlError, match=r"no answer within 0\.05 s"):
        control.connect()
    listener.close()


@pytest.mark.parametrize("greeting", [b"SSH-2.0-x\r\n", b"Click::ControlSocket/2.0\r\n", b"\r\n"])
def test_another_protocol(tmp_path: Path, greeting: bytes) -> None:
    with talking(tmp_path, greeting=greeting) as (control, _), pytest.raises(ControlError, match="not a ControlSocket"):
        control.connect()


@pytest.mark.parametrize(
    "reply",
    [b"hello\r\n", b"20 x\r\n", b"200+x\r\n", b"200 OK\r\nDATEN 1\r\nx", b"200 OK\r\nDATA -1\r\nx", b"200 OK\r\nDATA 999999999999\r\n"],
)
def test_nonsense_ends_the_connection(tmp_path: Path, reply: bytes) -> None:
    with talking(tmp_path, reply) as (control, _):
        control.connect()
        with pytest.raises(ControlError, match="not the ControlSocket protocol"):
            control.read("a.b")
        assert not control.connected


def test_nobody_there(tmp_path: Path) -> None:
    for address in (str(tmp_path / "none"), "127.0.0.1:1", "nonsense"):
        with pytest.raises(ControlError) as raised:
            ControlSocket(address).connect()
        assert raised.value.problems[0].place == address


@pytest.mark.parametrize("handler", ["a.b c", "a.b\nWRITE x", "", " a"])
def test_a_handler_cannot_smuggle_a_command(tmp_path: Path, handler: str) -> None:
    with talking(tmp_path) as (control, _):
        control.connect()
        for call in (control.read, control.write, control.check_read):
            with pytest.raises(ControlError, match="not a handler's name"):
                call(handler)


def test_tcp_and_pipelining() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    heard = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            connection.sendall(GREETING)
            for number in range(40):
                size = int(stream.readline().split()[2])
                heard.append(stream.read(size))
                connection.sendall(b"200 OK\r\n" if number % 2 else b"520-e:\r\n520 no\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    with ControlSocket(f"127.0.0.1:{listener.getsockname()[1]}") as control:
        replies = control.write_many((f"a.h{n}", b"%d" % n) for n in range(40))
    thread.join()
    listener.close()
    assert heard == [b"%d" % n for n in range(40)]
    assert [reply.code for reply in replies] == [520, 200] * 20


def test_alive_notices_the_end_at_once(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    control = ControlSocket("pair")
    control._socket = ours
    assert control.alive()
    theirs.sendall(b"x")
    assert control.alive()
    ours.recv(1)
    theirs.close()
    assert not control.alive()
    control.close()
    assert not control.alive()
