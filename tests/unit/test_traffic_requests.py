# SPDX-License-Identifier: Apache-2.0
"""Every request has one outcome: servers that misbehave in each way, over loopback."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tcpserver import serving

from mimi.topo.traffic.requests import OUTCOMES, Goal, Load, Result

BODY = bytes(range(256)) * 800
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def whole(peer: socket.socket) -> None:
    peer.sendall(HEAD + BODY)


def flipped(peer: socket.socket) -> None:
    peer.sendall(HEAD + BODY[:-1] + b"?")


def short(peer: socket.socket) -> None:
    peer.sendall(HEAD + BODY[: len(BODY) // 2])


def not_found(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def reset(peer: socket.socket) -> None:
    peer.sendall(HEAD)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(peer: socket.socket) -> None:
    peer.sendall(HEAD)
    peer.settimeout(10)
    peer.recv(1)  # until the client has had enough


def server(behave: Callable[[socket.socket], None], keep_alive: bool = False) -> AbstractContextManager[tuple[str, int]]:
    def answer(peer: socket.socket) -> None:
        while _request_came(peer):
            behave(peer)
            if not keep_alive:
                break

    return serving(answer)


def _request_came(peer: socket.socket) -> bool:
    data = b""
    try:
        while not data.endswith(b"\r\n\r\n"):
            more = peer.recv(4096)
            if not more:
                return False
            data += more
    except OSError:
        return False
    return data.startswith(b"GET /object.bin HTTP/1.1\r\n")


def load(address: tuple[str, int], count: int = 3, seconds: float = 0.3, timeout: float = 5.0, keep_alive: bool = False) -> Result:
    return Load(Goal(address, "/object.bin", BODY, timeout, keep_alive), count).run(seconds)


@pytest.mark.parametrize(
    ("behave", "outcome"),
    [(whole, "complete"), (flipped, "wrong"), (not_found, "wrong"), (short, "truncated"), (reset, "reset")],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_each_way_to_end_has_its_outcome(behave: Callable[[socket.socket], None], outcome: str) -> None:
    with server(behave) as address:
        result = load(address)
    assert result.begun >= 3
    assert result.outcomes == {outcome: result.begun}


def test_silence_is_a_timeout_and_is_waited_for_although_no_request_begins_any_more() -> None:
    with server(silent) as address:
        result = load(address, count=2, seconds=0.05, timeout=0.2)
    assert result.outcomes == {"timeout": result.begun}
    assert all(at >= 0.2 for at, _ in result.failures)


def test_a_closed_port_refuses_and_is_not_asked_in_a_tight_loop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    result = load(address, count=2, seconds=0.35)
    assert result.outcomes == {"refused": result.begun}
    assert 2 <= result.begun <= 2 * 5


def test_requests_share_a_connection_when_asked_to() -> None:
    with server(whole, keep_alive=True) as address:
        result = load(address, count=1, keep_alive=True)
    assert result.begun > 1
    assert result.outcomes == {"complete": result.begun}
    assert result.bytes == result.begun * len(BODY)


def test_outcomes_add_up_to_what_was_begun() -> None:
    turn = iter(range(10**9))

    def anything(peer: socket.socket) -> None:
        (whole, flipped, short, reset)[next(turn) % 4](peer)

    with server(anything) as address:
        result = load(address, count=5)
    report = result.to_json()
    assert sum(result.outcomes.values()) == result.begun
    assert set(report["outcomes"]) == set(OUTCOMES)  # type: ignore[call-overload]
    assert report["failed"] == len(result.failures) == result.begun - result.outcomes["complete"]
