# SPDX-License-Identifier: Apache-2.0
"""Framing and listening, with real sockets."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.drivers.framing import FRAME_MAX, LINE_MAX, Deframer
from mimi.drivers.syslog import CONNECTIONS_MAX, Intake
from mimi.errors import MissingError, PairingError

ANYONE = (IPv4Network("127.0.0.0/8"),)


def gather(intake: Intake, count: int) -> list[bytes]:
    """Messages until there are ``count``, or five seconds have gone."""
    out: list[bytes] = []
    end = time.monotonic() + 5
    while len(out) < count and time.monotonic() < end:
        out += intake.receive(0.05)
    return out


def refused(intake: Intake, reason: str) -> int:
    end = time.monotonic() + 5
    while not intake.refused[reason] and time.monotonic() < end:
        intake.receive(0.05)
    return intake.refused[reason]


@pytest.fixture
def tcp() -> Iterator[tuple[Intake, tuple[str, int]]]:
    intake = Intake(["tcp://127.0.0.1:0"], ANYONE)
    address = intake.addresses[0]
    assert isinstance(address, tuple)
    yield intake, address
    intake.close()


# Framing


def fed(data: bytes, cuts: list[int]) -> tuple[list[bytes], Counter[str]]:
    refused: Counter[str] = Counter()
    deframer = Deframer(refused)
    out: list[bytes] = []
    at = 0
    for cut in sorted({c % (len(data) + 1) for c in cuts} | {len(data)}):
        if data[at:cut]:
            out += deframer.feed(data[at:cut])
        at = cut
    return out + deframer.end(), +refused


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=20), st.lists(st.integers(0, 5000)))
def test_counted_frames_survive_any_cut(messages: list[bytes], cuts: list[int]) -> None:
    data = b"".join(b"%d %b" % (len(m), m) for m in messages)
    assert fed(data, cuts) == (messages, Counter())


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=20), st.lists(st.integers(0, 5000)))
def test_lines_survive_any_cut(messages: list[bytes], cuts: list[int]) -> None:
    lines = [b"<" + m.replace(b"\n", b"_") for m in messages]
    assert fed(b"".join(line + b"\n" for line in lines), cuts) == (lines, Counter())


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_garbage_never_raises(data: bytes, cuts: list[int]) -> None:
    fed(data, cuts)


@given(st.lists(st.integers(0, 30_000)))
def test_a_long_line_is_skipped_alone(cuts: list[int]) -> None:
    data = b"<1>a\n" + b"<" + b"x" * LINE_MAX + b"\n<1>b\n"
    assert fed(data, cuts) == ([b"<1>a", b"<1>b"], Counter({"too-long": 1}))


@given(st.lists(st.integers(0, 30_000)))
def test_a_long_frame_is_skipped_alone(cuts: list[int]) -> None:
    data = b"4 <1>a%d %b4 <1>b" % (LINE_MAX + 1, b"x" * (LINE_MAX + 1))
    assert fed(data, cuts) == ([b"<1>a", b"<1>b"], Counter({"too-long": 1}))


@pytest.mark.parametrize("bad", [b"4x <1>a", b"%d x" % (FRAME_MAX + 1), b"99999999999 ", b"12345678"])
def test_a_frame_that_is_none_ends_the_connection(bad: bytes) -> None:
    deframer = Deframer(counts := Counter())
    assert deframer.feed(b"4 <1>a" + bad) == [b"<1>a"]
    assert deframer.broken
    assert counts["framing"] == 1


def test_counted_frames_followed_by_newlines() -> None:
    assert fed(b"4 <1>a\n4 <1>b\r\n", []) == ([b"<1>a", b"<1>b"], Counter())


def test_half_a_frame_at_the_end_is_refused() -> None:
    assert fed(b"10 <1>a", []) == ([], Counter({"framing": 1}))


# Listening


def test_udp_hands_over_everything_that_is_there() -> None:
    intake = Intake(["udp://127.0.0.1:0"], ANYONE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        messages = [b"<4>%d" % number for number in range(300)]
        for message in messages:
            sender.sendto(message, intake.addresses[0])
        assert intake.receive(1) == messages
    assert intake.receive(0) == []
    intake.close()


def test_two_addresses_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    intake = Intake(["udp://127.0.0.1:0", f"unix://{path}"], ANYONE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as b:
        a.sendto(b"<4>a", intake.addresses[0])
        b.sendto(b"<4>b", path)
        assert sorted(gather(intake, 2)) == [b"<4>a", b"<4>b"]
    intake.close()
    assert not Path(path).exists()


def test_only_allowed_sources() -> None:
    intake = Intake(["udp://127.0.0.1:0"], [IPv4Network("127.0.0.2/32")])
    for source in ("127.0.0.1", "127.0.0.2", "127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((source, 0))
            sender.sendto(source.encode(), intake.addresses[0])
    assert gather(intake, 1) == [b"127.0.0.2"]
    assert intake.refused["source"] == 2
    assert intake.refused_sources == {"127.0.0.1": 2}
    intake.close()


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
def test_ipv6_sources_are_allowed_like_others(scheme: str) -> None:
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    for allow, heard in ((IPv6Network("::1/128"), [b"<4>a"]), (IPv6Network("2001:db8::/32"), []), (IPv4Network("0.0.0.0/0"), [])):
        intake = Intake([f"{scheme}://[::1]:0"], [allow])
        with socket.socket(socket.AF_INET6, kind) as sender:
            sender.connect(intake.addresses[0])
            sender.sendall(b"<4>a\n" if scheme == "tcp" else b"<4>a")
            assert (gather(intake, 1) if heard else []) == heard
            assert heard or refused(intake, "source") == 1
        assert intake.refused_sources == ({} if heard else {"::1": 1})
        intake.close()


def test_without_an_allow_list_this_machine_alone() -> None:
    intake = Intake(["udp://127.0.0.1:0"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<4>a", intake.addresses[0])
    assert gather(intake, 1) == [b"<4>a"]
    assert not intake._allows("192.0.2.1") and not intake._allows("2001:db8::1")
    assert intake._allows("::1") and not intake._allows("fe80::1%eth0")
    intake.close()


def test_tcp_framing_is_detected_for_each_connection(tcp: tuple[Intake, tuple[str, int]]) -> None:
    intake, address = tcp
    with socket.create_connection(address) as lines, socket.create_connection(address) as counted:
        lines.sendall(b"<4>a\n<4>b\nunfinished")
        counted.sendall(b"9 <4>c\nc<4>4 <4>d")
        assert sorted(gather(intake, 4)) == [b"<4>a", b"<4>b", b"<4>c\nc<4>", b"<4>d"]
    assert gather(intake, 1) == [b"unfinished"]


def test_tcp_refuses_other_sources() -> None:
    intake = Intake(["tcp://127.0.0.1:0"], [IPv4Network("192.0.2.0/24")])
    with socket.create_connection(intake.addresses[0]) as sender:
        assert refused(intake, "source") == 1
        assert sender.recv(1) == b""
    intake.close()


def test_tcp_connections_are_limited(tcp: tuple[Intake, tuple[str, int]]) -> None:
    intake, address = tcp
    senders = []
    for _ in range(CONNECTIONS_MAX):
        senders.append(socket.create_connection(address))
        intake.receive(1)
    with socket.create_connection(address) as one_more:
        assert refused(intake, "connections") == 1
        assert one_more.recv(1) == b""
    senders.pop().close()
    intake.receive(1)
    with socket.create_connection(address) as again:
        again.sendall(b"<4>again\n")
        assert gather(intake, 1) == [b"<4>again"]
    for sender in senders:
        sender.close()


def test_what_the_kernel_drops_is_counted() -> None:
    intake = Intake(["udp://127.0.0.1:0"], ANYONE, buffer=4096)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(200):
            sender.sendto(b"x" * 1000, intake.addresses[0])
    arrived = len(gather(intake, 200 - intake.kernel_dropped()))
    assert intake.kernel_dropped() > 0
    assert arrived + intake.kernel_dropped() == 200
    intake.close()


@pytest.mark.parametrize(("scheme", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
def test_a_port_in_use_is_named(scheme: str, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if scheme == "tcp":
            other.listen()
        address = f"{scheme}://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(MissingError) as raised:
            Intake([address])
    assert raised.value.problems[0].place == address
    assert "in use" in str(raised.value).lower()


def test_an_address_of_another_machine() -> None:
    with pytest.raises(MissingError, match=r"192\.0\.2\.77:5514"):
        Intake(["udp://192.0.2.77:5514"])


def test_a_unix_socket_that_is_in_use_stays(tmp_path: Path) -> None:
    path = tmp_path / "log"
    first = Intake([f"unix://{path}"])
    with pytest.raises(MissingError, match=str(path)):
        Intake([f"unix://{path}"])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"still here", str(path))
    assert gather(first, 1) == [b"still here"]
    first.close()


def test_an_abandoned_unix_socket_is_replaced_but_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
        gone.bind(str(path))
    Intake([f"unix://{path}"]).close()
    path.write_text("precious")
    with pytest.raises(MissingError):
        Intake([f"unix://{path}"])
    assert path.read_text() == "precious"


def test_an_unknown_kind_of_address() -> None:
    with pytest.raises(PairingError, match="sctp"):
        Intake(["sctp://127.0.0.1:1"])
