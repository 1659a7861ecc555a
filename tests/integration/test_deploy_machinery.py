# SPDX-License-Identifier: Apache-2.0
"""Deploy, supervise, status and destroy over small real processes in the place of the services (see services.py).

The private store is a real redis-server, the supervisor is the real one, in a process of its own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mimi.errors import DeployError, MissingError
from mimi.pairing import Pairing, load_pairing
from mimi.plan import ORDER, Programs
from mimi.run_directory import (
    Deployment,
    Identity,
    marked_processes,
    read_deployment,
    read_status,
    run_directory,
    write_deployment,
)
from mimi.supervisor.deploy import Request, deploy
from mimi.supervisor.destroy import destroy
from mimi.supervisor.status import ServiceStatus, all_statuses, pairing_status, status_text

pytestmark = [pytest.mark.root, pytest.mark.redis]

ROOT = Path(__file__).parents[2]
SERVICES = str(Path(__file__).with_name("services.py"))
DEADLINE_S = 20.0


def wait_for(condition: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what or condition}"
        time.sleep(0.02)


class World:
    """One run directory of its own, and a pairing to deploy into it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.diary = home / "diary"
        self.diary.touch()
        pairing = load_pairing(ROOT / "configs" / "fig2-lb.yaml")
        data = pairing.model_dump(mode="json")
        data["pairing"] = self.name = "lb"
        data["minion"]["netns"] = None
        for side in ("client", "server"):
            data["minion"]["interfaces"][side]["device"] = "lo"
        data["driver"]["listen"] = [f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"]
        data["fabric"]["listen"] = f"tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
        data["health"] = {}
        self.pairing = Pairing.model_validate(data)
        minion = home / "minion"
        minion.write_text(f'#!/bin/sh\nexec {sys.executable} {SERVICES} control "$@"\n')
        minion.chmod(0o755)
        self.programs = Programs(mimi=(sys.executable, SERVICES), minion=str(minion))

    @property
    def directory(self):
        return run_directory(self.name)

    def request(self, text: str = "a -> b;", **sections: dict) -> Request:
        data = self.pairing.model_dump(mode="json")
        for section, values in sections.items():
            data[section] = {**data[section], **values} if isinstance(values, dict) else values
        pairing = Pairing.model_validate(data)
        return Request(pairing, json.dumps(data), "/where/it/was.yaml", text, self.programs, "1")

    def deploy(self, request: Request | None = None, **options):
        return deploy(request or self.request(), timeout_s=DEADLINE_S, **options)

    def deployment(self) -> Deployment:
        found = read_deployment(self.directory)
        assert found is not None
        return found

    def pids(self) -> dict[str, int]:
        return {name: record.identity.pid for name, record in self.deployment().services.items()}

    def supervisor(self) -> Identity:
        found = self.deployment().supervisor
        assert found is not None
        return found

    def kill(self, identity: Identity) -> None:
        identity.signal(signal.SIGKILL)
        wait_for(lambda: not identity.alive, "the killed process is gone")

    def states(self) -> dict[str, str]:
        services = read_status(self.directory, "supervisor").get("services", {})
        return {name: facts["state"] for name, facts in services.items()}

    def entries(self) -> list[str]:
        return self.diary.read_text(encoding="utf-8").split("\n")[:-1]


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="mimi-test-") as name:
        home = Path(name)
        monkeypatch.setenv("MIMI_RUN_DIR", str(home / "run"))
        monkeypatch.setenv("MIMI_STATE_DIR", str(home / "state"))
        monkeypatch.setenv("TEST_DIARY", str(home / "diary"))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        world = World(home)
        try:
            yield world
        finally:
            if world.directory.root.exists():
                token = json.loads(world.directory.desired_file.read_text())["token"]
                destroy(world.name)
                assert marked_processes(token) == ()


def test_deploy_runs_everything_in_order_and_status_says_so(world: World) -> None:
    lines: list[str] = []
    plan = world.deploy(progress=lines.append)
    assert [change.service for change in plan.changes] == ["supervisor", *ORDER]
    assert set(world.states().values()) == {"ready"}
    starts = [entry.split()[1] for entry in world.entries() if entry.startswith("start")]
    assert starts == ["minion", "fabric", "liveness", "health", "sync", "driver"]
    assert "sync: ready" in lines
    assert any("s1-eth6" in line for line in lines), "a link that is not there is warned about"
    status = pairing_status("lb")
    assert status.state == "in-sync"
    assert [service.name for service in status.services] == list(ORDER)
    assert all(service.pid and service.restarts == 0 for service in status.services)
    assert "lb: in-sync" in status_text(status)
    assert json.loads(json.dumps(status.to_json()))["services"][0]["name"] == "store"
    modes = {path.stat().st_mode & 0o077 for path in (world.directory.root, world.directory.pairing_file)}
    assert modes == {0}


def test_second_deploy_changes_nothing(world: World) -> None:
    world.deploy()
    before, supervisor, entries = world.pids(), world.supervisor(), world.entries()
    plan = world.deploy()
    assert plan.empty
    assert (world.pids(), world.supervisor(), world.entries()) == (before, supervisor, entries)


def test_dry_run_touches_nothing(world: World) -> None:
    plan = world.deploy(dry_run=True)
    assert plan.action("store") == "start"
    assert not world.directory.root.exists()
    assert world.entries() == []


def test_destroy_leaves_nothing_and_a_second_one_says_so(world: World) -> None:
    world.deploy()
    identities = [record.identity for record in world.deployment().services.values()]
    assert world.directory.state.exists()
    result = destroy("lb")
    assert result.ended == ("supervisor", *reversed(ORDER))
    assert not any(identity.alive for identity in identities)
    assert not world.directory.root.exists()
    assert not world.directory.state.exists()
    assert list(world.directory.root.parent.iterdir()) == []
    ends = [entry.split()[1] for entry in world.entries() if entry.startswith("end")]
    assert ends == ["driver", "sync", "health", "liveness", "fabric"]
    with pytest.raises(DeployError, match="nothing deployed"):
        destroy("lb")


def test_destroy_can_keep_the_state(world: World) -> None:
    world.deploy()
    destroy("lb", keep_state=True)
    assert world.directory.state.exists()
    assert not world.directory.root.exists()


def service_status(name: str) -> ServiceStatus:
    return next(service for service in pairing_status("lb").services if service.name == name)


@pytest.mark.parametrize("service", ORDER)
def test_a_killed_service_comes_back_and_is_counted(world: World, service: str) -> None:
    world.deploy()
    before = world.pids()
    world.kill(world.deployment().services[service].identity)
    wait_for(lambda: world.states().get(service) == "ready" and world.pids().get(service) != before[service])
    after = world.pids()
    assert {name for name in ORDER if after[name] != before[name]} == {service}
    # What runs and what happened are told in two files, one written after the other.
    wait_for(lambda: service_status(service).restarts == 1)
    assert "SIGKILL" in service_status(service).last_end


def test_services_outlive_the_supervisor_and_the_next_deploy_adopts_them(world: World) -> None:
    world.deploy()
    before, supervisor = world.pids(), world.supervisor()
    world.kill(supervisor)
    plan = world.deploy()
    assert {c.action for c in plan.changes if c.service != "supervisor"} == {"adopt"}
    assert world.pids() == before
    assert world.supervisor() != supervisor
    assert set(world.states().values()) == {"ready"}
    # an adopted service is nobody's child, and is watched all the same
    world.kill(world.deployment().services["driver"].identity)
    wait_for(lambda: world.pids().get("driver") not in (None, before["driver"]))


def test_everything_killed_then_deployed_again(world: World) -> None:
    world.deploy()
    records = world.deployment()
    world.kill(world.supervisor())
    for record in records.services.values():
        world.kill(record.identity)
    assert pairing_status("lb").state == "down"
    plan = world.deploy()
    assert {c.action for c in plan.changes} == {"start"}
    assert pairing_status("lb").state == "in-sync"


def test_everything_killed_then_destroyed(world: World) -> None:
    world.deploy()
    records = world.deployment()
    world.kill(world.supervisor())
    for record in records.services.values():
        world.kill(record.identity)
    assert destroy("lb").ended == ()
    assert not world.directory.root.exists()


def test_destroy_of_orphans(world: World) -> None:
    world.deploy()
    identities = [record.identity for record in world.deployment().services.values()]
    world.kill(world.supervisor())
    assert destroy("lb").ended == tuple(reversed(ORDER))
    assert not any(identity.alive for identity in identities)


def test_destroy_never_touches_a_process_that_took_the_pid(world: World) -> None:
    world.deploy()
    world.kill(world.supervisor())
    deployment = world.deployment()
    record = deployment.services["driver"]
    world.kill(record.identity)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        taken = Identity(stranger.pid, record.identity.start, record.identity.boot)
        services = {**deployment.services, "driver": replace(record, identity=taken)}
        write_deployment(world.directory, replace(deployment, services=services))
        destroy("lb")
        assert stranger.poll() is None
        assert stranger.stdin is not None
        stranger.stdin.close()


def test_destroy_finds_what_was_started_but_not_recorded(world: World) -> None:
    world.deploy()
    orphans = [record.identity for record in world.deployment().services.values()]
    world.kill(world.supervisor())
    write_deployment(world.directory, replace(world.deployment(), services={}))
    destroy("lb")
    assert not any(identity.alive for identity in orphans)


def test_a_supervisor_ends_what_its_predecessor_did_not_record(world: World) -> None:
    world.deploy()
    lost = world.deployment().services["driver"].identity
    world.kill(world.supervisor())
    deployment = world.deployment()
    write_deployment(world.directory, replace(deployment, services={k: v for k, v in deployment.services.items() if k != "driver"}))
    world.deploy()
    assert not lost.alive
    assert set(world.states().values()) == {"ready"}


def test_destroy_with_a_damaged_record(world: World) -> None:
    world.deploy()
    identities = [record.identity for record in world.deployment().services.values()]
    world.kill(world.supervisor())
    world.directory.deployment_file.write_text("{", encoding="utf-8")
    destroy("lb")
    assert not any(identity.alive for identity in identities)
    assert not world.directory.root.exists()


def test_a_change_restarts_only_what_it_touches(world: World) -> None:
    world.deploy()
    before = world.pids()
    plan = world.deploy(world.request(liveness={"fall": 5}))
    assert [c.service for c in plan.changes if c.action != "keep"] == ["liveness"]
    after = world.pids()
    assert {name for name in ORDER if after[name] != before[name]} == {"liveness"}


def test_other_backends_are_swapped_into_the_running_minion(world: World) -> None:
    world.deploy()
    before = world.pids()
    vips = world.pairing.model_dump(mode="json")["vips"]
    vips[0]["backends"].pop()
    plan = world.deploy(world.request("other -> text;", vips=vips))
    assert plan.action("minion") == "swap"
    assert world.pids()["minion"] == before["minion"]
    assert "hotconfig taken" in world.entries()
    assert world.deploy(world.request("other -> text;", vips=vips)).empty


def test_a_refused_swap_fails_and_the_old_one_stays(world: World) -> None:
    world.deploy()
    before = world.pids()
    with pytest.raises(DeployError, match="refused"):
        world.deploy(world.request("refuse me"))
    assert world.pids()["minion"] == before["minion"]
    assert world.deploy().empty
    assert world.directory.minion_file.read_text(encoding="utf-8") == "a -> b;"


def test_switching_the_fabric_off_stops_it(world: World) -> None:
    world.deploy()
    fabric = world.deployment().services["fabric"].identity
    world.deploy(replace(world.request(), pairing=world.pairing.model_copy(update={"fabric": None})))
    assert not fabric.alive
    assert "fabric" not in world.pids()


def test_a_service_that_keeps_dying_fails_the_deploy_with_its_last_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KIND_driver", "dies")
    with pytest.raises(DeployError, match="about to end") as caught:
        world.deploy()
    assert "exit code 7" in str(caught.value)
    assert not world.directory.root.exists(), "nothing half-made is left"
    assert not world.directory.state.exists()


def test_keep_leaves_a_failed_deploy_to_look_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KIND_driver", "dies")
    with pytest.raises(DeployError):
        world.deploy(keep=True)
    status = pairing_status("lb")
    driver = next(service for service in status.services if service.name == "driver")
    assert driver.restarts >= 3
    assert driver.last_end == "ended with exit code 7"


def test_not_ready_in_time_is_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KIND_sync", "silent")
    with pytest.raises(DeployError, match="sync failed"):
        deploy(world.request(), timeout_s=2.0)
    assert not world.directory.root.exists()


def test_a_failed_change_leaves_what_ran_before(world: World) -> None:
    world.deploy()
    before = world.pids()
    bad = world.request(liveness={"fall": 7})
    gone = replace(bad, programs=replace(world.programs, mimi=("/nowhere/mimi",)))
    with pytest.raises(DeployError):
        world.deploy(gone)
    wait_for(lambda: set(world.states().values()) == {"ready"})
    assert world.pids()["store"] == before["store"]
    assert world.deploy().empty


def test_port_in_use_names_the_holder_and_starts_nothing(world: World) -> None:
    address = world.pairing.driver.listen[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", int(address.rsplit(":", 1)[1])))
        with pytest.raises(DeployError, match=rf"pid {os.getpid()}") as caught:
            world.deploy()
    assert "driver.listen[0]" in str(caught.value)
    assert not world.directory.root.exists()


def test_missing_interface_namespace_and_binary_are_named_together(world: World) -> None:
    minion = world.pairing.model_dump(mode="json")["minion"]
    minion["interfaces"]["client"]["device"] = "nosuch0"
    request = world.request(minion=minion)
    request = replace(request, programs=replace(request.programs, minion="/nowhere/mimi-click", redis="/nowhere/redis"))
    with pytest.raises(MissingError) as caught:
        world.deploy(request)
    text = str(caught.value)
    assert "nosuch0" in text and "/nowhere/mimi-click" in text and "/nowhere/redis" in text
    assert "'lo'" not in text
    assert not world.directory.root.exists()
    with pytest.raises(MissingError, match="no network namespace 'mimi-no-such'"):
        world.deploy(world.request(minion={"netns": "mimi-no-such"}))


def test_an_unreachable_store_is_refused_before_anything_starts(world: World) -> None:
    port = free_port(socket.SOCK_STREAM)
    with pytest.raises(DeployError, match=r"store\.url") as caught:
        world.deploy(world.request(store={"url": f"redis://:secret@127.0.0.1:{port}/0"}))
    assert "secret" not in str(caught.value)
    assert not world.directory.root.exists()


def test_a_deploy_under_way_locks_the_name(world: World) -> None:
    world.deploy()
    script = "from mimi.run_directory import *\nwith deploy_lock(run_directory('lb')): print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdin is not None
        other.stdout.readline()
        for command in (world.deploy, lambda: destroy("lb")):
            with pytest.raises(DeployError, match=f"pid {other.pid}"):
                command()
        other.stdin.close()
        other.wait()


def test_another_user_s_deployment_is_left_alone(world: World) -> None:
    world.deploy()
    deployment = world.deployment()
    world.kill(world.supervisor())
    write_deployment(world.directory, replace(deployment, uid=12345))
    with pytest.raises(DeployError, match="user id 12345"):
        world.deploy()


def test_the_same_name_in_another_run_directory_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deploy()
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("MIMI_RUN_DIR", str(world.home / "elsewhere"))
        with pytest.raises(DeployError, match="already deployed from another run directory"):
            world.deploy()


def test_status_without_anything_and_of_the_unknown(world: World) -> None:
    assert all_statuses() == ()
    with pytest.raises(DeployError, match="nothing deployed"):
        pairing_status("lb")
    world.deploy()
    assert [status.name for status in all_statuses()] == ["lb"]
    with pytest.raises(DeployError, match="found: lb"):
        pairing_status("other")


def test_status_is_stale_when_sync_or_minion_is_gone(world: World) -> None:
    world.deploy()
    services = world.deployment().services
    world.kill(world.supervisor())
    world.kill(services["minion"].identity)
    assert (pairing_status("lb").state, pairing_status("lb").why) == ("stale", "the minion does not run")
    world.kill(services["sync"].identity)
    assert pairing_status("lb").why == "sync does not run"


@pytest.mark.slow
def test_a_service_that_ignores_sigterm_is_killed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KIND_driver", "stubborn")
    world.deploy()
    driver = world.deployment().services["driver"].identity
    destroy("lb")
    assert not driver.alive
