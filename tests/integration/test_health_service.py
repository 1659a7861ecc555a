# SPDX-License-Identifier: Apache-2.0
"""Probes of real sockets, and what a running minion hears of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mimi.click.control import ControlSocket
from mimi.liveness.connect import answering
from mimi.pairing.model import Health
from mimi.service import Service
from mimi.supervisor.health_service import HealthService
from tests.runtime.clickprogram import Program

HOST = "127.0.0.1"


def listener(port: int = 0) -> socket.socket:
    sock = socket.create_server((HOST, port))
    sock.listen(16)
    return sock


@pytest.fixture
def ends() -> Iterator[list[socket.socket]]:
    socks = [listener(), listener()]
    yield socks
    for sock in socks:
        sock.close()


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def test_those_that_listen_answer(ends: list[socket.socket]) -> None:
    open_ports = [(HOST, port_of(sock)) for sock in ends]
    with closing(listener()) as other:
        closed = (HOST, port_of(other))
    assert answering([*open_ports, closed], 5) == set(open_ports)


def test_more_backends_than_descriptors_are_asked_in_turns(ends: list[socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimi.liveness.connect.AT_ONCE", 1)
    open_ports = [(HOST, port_of(sock)) for sock in ends]
    assert answering(open_ports, 10) == set(open_ports)


def test_a_round_ends_when_the_service_is_to_stop() -> None:
    mine, other = socket.socketpair()
    with closing(mine), closing(other):
        other.send(b"s")
        # Nobody answers at this address, so only the descriptor can end the wait before the test's own time is up.
        assert answering([("192.0.2.1", 9)], 3600, mine.fileno()) == set()


def states(control: ControlSocket) -> list[str]:
    return [line.split()[11] for line in control.read_text("lb.vips").splitlines() if line.startswith("backend")]


def test_a_backend_that_stops_listening_is_down_until_it_listens_again(tmp_path: Path, ends: list[socket.socket]) -> None:
    ports = [port_of(sock) for sock in ends]
    vip = f"VIP tcp 10.1.0.100:80 random {HOST}:{ports[0]} {HOST}:{ports[1]}"
    configuration = f"lb :: MinionLB({vip}); Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard"
    service = Service("health", tmp_path / "status")
    with Program(configuration, tmp_path) as program, ControlSocket(program.address) as control, ControlSocket(program.address) as eyes:
        health = HealthService(Health(fall=2, rise=2), "lb", control, service)
        health.round(5)
        assert states(eyes) == ["active", "active"]
        ends[0].close()
        health.round(5)
        assert states(eyes) == ["active", "active"], "once is not enough"
        health.round(5)
        assert states(eyes) == ["down", "active"]
        again = HealthService(Health(fall=2, rise=2), "lb", control, service)
        again.round(5)
        assert states(eyes) == ["down", "active"], "a service that starts anew goes on from what the minion knows"
        ends[0] = listener(ports[0])
        again.round(5)
        assert states(eyes) == ["down", "active"]
        again.round(5)
        assert states(eyes) == ["active", "active"]


def test_a_minion_that_is_gone_is_a_problem_and_not_the_end(tmp_path: Path) -> None:
    service = Service("health", None)
    health = HealthService(Health(), "lb", ControlSocket(str(tmp_path / "nothing.sock")), service)
    health.round(0)
    health.round(0)
