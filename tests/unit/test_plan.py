# SPDX-License-Identifier: Apache-2.0
"""Plans from records of real processes: this one lives, that one has ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mimi.pairing import Pairing, load_pairing
from mimi.plan import ORDER, Desired, Programs, Service, desired_services, make_plan
from mimi.run_directory import Identity, RunDirectory, ServiceRecord

PROGRAMS = Programs(mimi=("mimi",), redis="redis-server", minion="mimi-click", nsenter="nsenter")
DIRECTORY = RunDirectory("fig2-lb", Path("/run/mimi/fig2-lb"), Path("/var/lib/mimi/fig2-lb"))


def load() -> Pairing:
    """A pairing with everything that a pairing may have."""
    pairing = load_pairing(Path(__file__).parents[2] / "configs" / "fig2-lb.yaml")
    return Pairing.model_validate(pairing.model_dump(mode="json") | {"health": {}})


def services(pairing: Pairing, text: str = "a -> b;") -> tuple[Service, ...]:
    return desired_services(pairing, DIRECTORY, text, PROGRAMS, version="1")


def alive() -> Identity:
    identity = Identity.of(os.getpid())
    assert identity is not None
    return identity


@pytest.fixture(scope="module")
def dead() -> Identity:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = Identity.of(child.pid)
    assert identity is not None and child.stdin is not None
    child.stdin.close()
    child.wait()
    return identity


def records(of: tuple[Service, ...], identity: Identity) -> dict[str, ServiceRecord]:
    return {s.name: ServiceRecord(s.name, identity, "", dict(s.parts), ready=True) for s in of}


def changed(pairing: Pairing, **sections: dict) -> Pairing:
    data = pairing.model_dump(mode="json")
    for section, values in sections.items():
        data[section] = {**data[section], **values} if isinstance(values, dict) else values
    return Pairing.model_validate(data)


def actions(plan) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {change.service: change.action for change in plan.changes}


def test_first_deploy_starts_everything_in_order() -> None:
    plan = make_plan("fig2-lb", services(load()), {}, supervised=False)
    assert [change.service for change in plan.changes] == ["supervisor", *ORDER]
    assert set(actions(plan).values()) == {"start"}
    assert not plan.empty


def test_probes_go_out_where_the_minions_packets_do() -> None:
    pairing = changed(load(), minion={"netns": "box"})
    (health,) = (service for service in services(pairing) if service.name == "health")
    (minion,) = (service for service in services(pairing) if service.name == "minion")
    assert health.argv[:3] == minion.argv[:3]
    assert health.argv[1] == "--net=/run/netns/box"


def test_same_again_is_nothing_to_do() -> None:
    wanted = services(load())
    plan = make_plan("fig2-lb", services(load()), records(wanted, alive()), supervised=True)
    assert plan.empty
    assert str(plan) == "fig2-lb: nothing to do"


def test_without_a_supervisor_what_runs_is_adopted_and_what_died_is_started(dead: Identity) -> None:
    wanted = services(load())
    running = {**records(wanted, alive()), "sync": records(wanted, dead)["sync"]}
    plan = make_plan("fig2-lb", wanted, running, supervised=False)
    found = actions(plan)
    assert found.pop("supervisor") == found.pop("sync") == "start"
    assert set(found.values()) == {"adopt"}


def test_a_reused_pid_is_not_our_process() -> None:
    wanted = services(load())
    me = alive()
    impostor = Identity(me.pid, me.start - 1, me.boot)
    plan = make_plan("fig2-lb", wanted, records(wanted, impostor), supervised=True)
    assert {action for name, action in actions(plan).items() if name != "supervisor"} == {"start"}


@pytest.mark.parametrize(
    ("sections", "touched"),
    [
        ({"liveness": {"fall": 3}}, {"liveness"}),
        ({"failover": {"failback": "immediate"}}, {"liveness"}),
        ({"fabric": {"listen": "tcp://127.0.0.1:6654"}}, {"fabric"}),
        ({"health": {"fall": 5}}, {"health"}),
        ({"sync": {"max_lag_ms": 50}}, {"sync"}),
        ({"driver": {"prefix": "X="}}, {"driver"}),
        ({"store": {"max_deltas": 5000}}, {"fabric", "liveness", "sync", "driver"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_change_restarts_only_what_it_touches(sections: dict, touched: set[str]) -> None:
    before = services(load())
    plan = make_plan("fig2-lb", services(changed(load(), **sections)), records(before, alive()), supervised=True)
    assert {name for name, action in actions(plan).items() if action == "restart"} == touched
    assert {action for name, action in actions(plan).items() if name not in touched} == {"keep"}


def test_another_store_stops_the_private_one() -> None:
    before = services(load())
    wanted = services(changed(load(), store={"url": "redis://127.0.0.1:6379/0"}))
    found = actions(make_plan("fig2-lb", wanted, records(before, alive()), supervised=True))
    assert found["store"] == "stop"
    assert found["sync"] == found["driver"] == "restart"
    assert found["minion"] == "keep"


def test_switching_a_service_off_stops_it() -> None:
    before = services(load())
    wanted = services(load().model_copy(update={"fabric": None}))
    found = actions(make_plan("fig2-lb", wanted, records(before, alive()), supervised=True))
    assert found["fabric"] == "stop"
    assert set(found.values()) == {"stop", "keep"}


def other_backends() -> Pairing:
    data = load().model_dump(mode="json")
    data["vips"][0]["backends"].pop()
    return Pairing.model_validate(data)


@pytest.mark.parametrize(("can_swap", "action"), [(True, "swap"), (False, "restart")])
def test_other_backends_swap_the_minion_when_it_can(can_swap: bool, action: str) -> None:
    before = services(load())
    wanted = services(other_backends(), "other text")
    plan = make_plan("fig2-lb", wanted, records(before, alive()), supervised=True, can_swap=can_swap)
    found = actions(plan)
    assert found["minion"] == action
    assert found["driver"] == "restart"  # it refuses state for backends it does not know
    assert found["store"] == found["fabric"] == "keep"
    assert ("hot swap" in str(plan)) == can_swap


def test_another_interface_cannot_be_swapped_in() -> None:
    data = load().model_dump(mode="json")
    data["minion"]["interfaces"]["client"]["mac"] = "02:00:00:00:01:aa"
    wanted = services(Pairing.model_validate(data), "other text")
    before = services(load())
    found = actions(make_plan("fig2-lb", wanted, records(before, alive()), supervised=True, can_swap=True))
    assert found["minion"] == "restart"
    assert found["fabric"] == "restart"  # its rules name that address


def test_reasons_name_what_differs() -> None:
    before = services(load())
    wanted = services(changed(load(), liveness={"fall": 3}))
    plan = make_plan("fig2-lb", wanted, records(before, alive()), supervised=True)
    assert next(c.reason for c in plan.changes if c.service == "liveness") == "changed: liveness"


def test_minion_runs_in_its_namespace() -> None:
    minion = next(s for s in services(load()) if s.name == "minion")
    assert minion.argv[:3] == ("nsenter", "--net=/run/netns/minion", "--")
    here = load().model_copy(update={"minion": load().minion.model_copy(update={"netns": None})})
    assert next(s for s in services(here) if s.name == "minion").argv[0] == "mimi-click"


def test_desired_survives_its_file() -> None:
    desired = Desired("fig2-lb", "token", "/x.yaml", services(load()), "text", stores_state=True)
    again = Desired.from_json(desired.to_json())
    assert again == desired
    assert again.id == desired.id


def test_packages_of_the_minion_are_on_its_path_and_a_reason_to_restart() -> None:
    pairing = load()
    first, second = (
        desired_services(pairing, DIRECTORY, "a -> b;", PROGRAMS, version="1", packages=DIRECTORY.packages_directory / digest)
        for digest in ("11", "22")
    )
    minion = next(service for service in first if service.name == "minion")
    assert minion.argv[3:] == (
        *("mimi-click", "-R", "-C", "/run/mimi/fig2-lb/packages/11:"),
        *("-u", "/run/mimi/fig2-lb/control.sock", "/run/mimi/fig2-lb/minion.click"),
    )
    plan = make_plan("fig2-lb", second, records(first, alive()), supervised=True, can_swap=True)
    assert [str(change) for change in plan.changes if change.action != "keep"] == ["restart minion     changed: command, packages"]


def test_a_primary_that_remembers_nothing_needs_no_driver() -> None:
    pairing = load_pairing(Path(__file__).parents[2] / "configs" / "nptv6.yaml")
    assert [service.name for service in services(pairing)] == ["store", "minion", "sync"]
