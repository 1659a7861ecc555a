# SPDX-License-Identifier: Apache-2.0
"""From the primary's log line to the minion's table, through real processes and a real Redis, whatever dies."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from state_world import MIMI, NAME, RUNTIME, World, until

pytestmark = pytest.mark.redis

MINIONS = [
    "twin",
    pytest.param("runtime", marks=pytest.mark.skipif(not RUNTIME.exists(), reason="build/mimi-click is not built")),
]
MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(**options: str) -> World:
        made.append(World(tmp_path, **options))
        return made[-1]

    yield make
    for world in made:
        world.end()


@pytest.fixture(params=MINIONS)
def world(request: pytest.FixtureRequest, make_world: MakeWorld) -> World:
    world = make_world(minion=request.param)
    world.start_all()
    return world


@pytest.fixture
def twin_world(make_world: MakeWorld) -> World:
    world = make_world()
    world.start_all()
    return world


def test_lines_become_bindings(world: World) -> None:
    expected = {world.say_flow(n, 1 + n % 5): f"10.2.0.{1 + n % 5}:8080" for n in range(1000)}
    until(lambda: world.in_minion() == expected, "the bindings")
    assert world.in_store() == expected
    for number in range(0, 1000, 10):
        del expected[world.say_flow(number, 1 + number % 5, "RST")]
    until(lambda: world.in_minion() == expected, "the deletes")
    assert world.in_store() == expected


def test_a_reused_port_gets_its_new_backend(world: World) -> None:
    key = world.say_flow(1, 2)
    until(lambda: world.in_minion() == {key: "10.2.0.2:8080"}, "the binding")
    world.say_flow(1, 4)
    until(lambda: world.in_minion() == {key: "10.2.0.4:8080"}, "the new one")


class Talker(threading.Thread):
    """Logs new and ending flows until it is stopped; ``hold`` makes it pause."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(daemon=True)
        self.expected: dict[str, str] = {}
        self.sent = 0
        self._world, self._random = world, random.Random(seed)
        self.hold, self._end = threading.Lock(), threading.Event()

    def run(self) -> None:
        while not self._end.wait(0.002):
            with self.hold:
                number, backend = self._random.randrange(3000), self._random.randint(1, 5)
                if self._random.random() < 0.15:
                    self.expected.pop(self._world.say_flow(number, backend, "ACK RST"), None)
                else:
                    self.expected[self._world.say_flow(number, backend)] = f"10.2.0.{backend}:8080"
                self.sent += 1

    def stop(self) -> None:
        self._end.set()
        self.join()


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_dies_nothing_is_lost(world: World, seed: int) -> None:
    """The driver is killed only when it holds nothing: what a dead process had not stored is gone by nature."""
    choice = random.Random(seed)
    talker = Talker(world, seed)
    talker.start()
    for _ in range(10):
        goal = talker.sent + choice.randrange(20, 120)
        until(lambda goal=goal: talker.sent >= goal, "some talk")
        victim = choice.choice(["redis", "minion", "sync", "driver"])
        if victim == "driver":
            with talker.hold:
                until(lambda: world.in_store() == talker.expected, "the store")
                world.kill("driver")
                world.start("driver")
                until(lambda: world.status("driver").get("state") == "running", "the driver")
        else:
            world.kill(victim)
            goal = talker.sent + choice.randrange(60)
            until(lambda goal=goal: talker.sent >= goal, "some talk without it")
            world.start(victim)
    talker.stop()
    until(lambda: world.in_store() == talker.expected, "the store")
    until(lambda: world.in_minion() == talker.expected, "the minion")
    until(lambda: world.status("sync").get("state") == "in-sync", "sync")
    status = world.status("driver")
    assert status["dropped"] == status["kernel_dropped"] == 0
    assert world.status("sync")["refused"] == world.status("sync")["malformed"] == 0


def test_garbage_lines_are_counted_and_harm_nothing(twin_world: World) -> None:
    random_bytes = random.Random(7)
    for size in range(1, 300):
        twin_world.say(random_bytes.randbytes(size))
    key = twin_world.say_flow(1, 3)
    until(lambda: twin_world.in_minion() == {key: "10.2.0.3:8080"}, "the one good line")
    until(lambda: twin_world.status("driver").get("seen") == 300, "the status")
    assert sum(twin_world.status("driver")["refused"].values()) == 299


def test_redis_may_come_last(make_world: MakeWorld) -> None:
    world = make_world()
    world.start("minion", "sync", "driver")
    until(lambda: world.status("driver").get("state") == "store-lost", "the driver's status")
    until(lambda: "why" in world.status("sync"), "sync's status")
    assert world.status("sync")["state"] == "cold"
    assert str(world.store_socket) in world.status("sync")["why"]
    keys = {world.say_flow(n, 3) for n in range(100)}
    until(lambda: world.status("driver")["buffered"] == 100, "the buffer")
    world.start("redis")
    until(lambda: set(world.in_minion()) == keys, "the bindings")


def test_malformed_records_in_redis(twin_world: World) -> None:
    store = twin_world.store()
    flows, deltas = f"mimi:{{{NAME}}}:flows", f"mimi:{{{NAME}}}:deltas"
    store._wire.call("HSET", flows, "x", "garbage", "tcp 1.2.3.4:5 6.7.8.9:10", "{}")
    for text in ("", "{}", "garbage", '{"op":"put","record":7}', '{"op":"put"}'):
        store._wire.call("XADD", deltas, "*", "d", text)
    store._wire.call("XADD", deltas, "*", "other", "field")
    store._wire.send(b"*5\r\n$4\r\nXADD\r\n$%d\r\n%b\r\n$1\r\n*\r\n$1\r\nd\r\n$3\r\n\xff\xfe\0\r\n" % (len(deltas), deltas.encode()))
    store._wire.receive()
    key = twin_world.say_flow(1, 3)
    until(lambda: twin_world.in_minion() == {key: "10.2.0.3:8080"}, "the good one")
    twin_world.kill("minion")
    twin_world.start("minion")
    until(lambda: twin_world.in_minion() == {key: "10.2.0.3:8080"}, "the good one again")
    until(lambda: twin_world.status("sync").get("malformed", 0) >= 9, "the count")


def test_an_emptied_redis_does_not_empty_the_minion(twin_world: World) -> None:
    first = {twin_world.say_flow(n, 3) for n in range(50)}
    until(lambda: set(twin_world.in_minion()) == first, "the first flows")
    twin_world.store()._wire.call("FLUSHALL")
    second = {twin_world.say_flow(n, 3) for n in range(100, 150)}
    until(lambda: set(twin_world.in_minion()) == first | second, "all flows")
    generation = twin_world.store().generation()
    until(lambda: twin_world.status("sync")["generation"] == generation, "the new generation")


# Services as processes


def test_services_announce_readiness_and_end_cleanly(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world()
    world.start("redis", "minion")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(20)
        for service in ("driver", "sync"):
            world.start(service, NOTIFY_SOCKET=str(tmp_path / "notify"))
            assert notify.recv(100) == b"READY=1"
    until(lambda: world.status("sync").get("state") == "in-sync", "sync")
    key = world.say_flow(1, 3)
    until(lambda: key in world.in_minion(), "the binding")
    assert world.stop("driver") == 0
    assert world.stop("sync") == 0
    assert json.loads((world.directory / "status/driver.json").read_text())["stored"] == 1
    assert world.store().watermark() == world.store().tip()


def test_a_port_in_use_is_a_clear_error(make_world: MakeWorld) -> None:
    world = make_world()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", world.port))
        done = world.mimi("run", "driver", str(world.file))
    assert done.returncode == 3
    assert f"udp://127.0.0.1:{world.port}" in done.stderr
    assert "in use" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_sync_can_be_switched_off(make_world: MakeWorld) -> None:
    world = make_world()
    world.file.write_text(world.file.read_text().replace("sync: {enabled: true}", "sync: {enabled: false}"))
    world.start("sync")
    until(lambda: world.status("sync").get("state") == "disabled", "the status")
    assert world.stop("sync") == 0


# mimi state


def test_state_goes_out_and_in_again(world: World, tmp_path: Path) -> None:
    expected = {world.say_flow(n, 1 + n % 5): f"10.2.0.{1 + n % 5}:8080" for n in range(50)}
    until(lambda: world.in_minion() == expected, "the bindings")
    saved = tmp_path / "saved.jsonl"
    assert world.mimi("state", "export", NAME, "--output", str(saved)).returncode == 0
    assert len(saved.read_text().splitlines()) == 50
    for origin in ("store", "minion"):
        listed = world.mimi("state", "list", NAME, "--from", origin, "--json")
        assert {r["orig"][1] for r in json.loads(listed.stdout)} == {int(k.split(" ")[1].split(":")[1]) for k in expected}
    shown = world.mimi("state", "list", str(world.file))
    assert len(shown.stdout.splitlines()) == 50
    assert "tcp 10.1.1.1:1024 10.1.0.100:8080 -> 10.2.0.1:8080" in shown.stdout

    again = world.mimi("state", "import", NAME, str(saved), "--json")
    assert json.loads(again.stdout) == {"read": 50, "applied": 0, "older": 50, "expired": 0}
    for number in range(50):
        world.say_flow(number, 1 + number % 5, "RST")
    until(lambda: world.in_minion() == {}, "the deletes")
    restored = world.mimi("state", "import", NAME, "-", "--json", text=saved.read_text())
    assert json.loads(restored.stdout)["applied"] == 50
    until(lambda: world.in_minion() == expected, "the bindings again")


def test_a_wrong_file_is_refused_whole(twin_world: World, tmp_path: Path) -> None:
    twin_world.say_flow(1, 3)
    until(lambda: twin_world.flows() == 1, "the binding")
    good = twin_world.mimi("state", "export", NAME).stdout
    twin_world.say_flow(1, 3, "RST")
    until(lambda: twin_world.flows() == 0, "the delete")
    lines = [
        good.strip(),
        "not json",
        good.strip().replace("10.2.0.3", "10.9.9.9"),
        good.strip().replace("10.1.0.100", "10.1.0.99"),
        good.strip().replace('"seq":', '"seq":-'),
    ]
    file = tmp_path / "wrong.jsonl"
    file.write_text("\n".join(lines) + "\n")
    done = twin_world.mimi("state", "import", NAME, str(file))
    assert done.returncode == 1
    for number in (2, 3, 4, 5):
        assert f"{file}:{number}" in done.stderr
    assert f"{file}:1:" not in done.stderr
    assert twin_world.in_store() == {}


def test_nothing_deployed_and_nothing_running(make_world: MakeWorld) -> None:
    world = make_world()
    unknown = world.mimi("state", "list", "nobody")
    assert unknown.returncode == 1
    assert "nobody is not deployed" in unknown.stderr
    for words in (("list", NAME), ("list", NAME, "--from", "minion"), ("export", NAME)):
        done = world.mimi("state", *words)
        assert done.returncode == 1
        assert "cannot reach" in done.stderr
        assert "Traceback" not in done.stderr
    help_text = subprocess.run([*MIMI, "run", "--help"], capture_output=True, text=True, check=True, env=world.environment)
    assert "driver" in help_text.stdout
