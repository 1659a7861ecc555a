# SPDX-License-Identifier: Apache-2.0
"""The command line end to end: real minion, real Redis, all services, in a network namespace made for the test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys

import pytest
from deploylab import ROOT, Lab, ip, no_minion, wait_for

from mimi.click.control import ControlSocket
from mimi.plan import ORDER
from mimi.run_directory import run_directory

pytestmark = [
    pytest.mark.root,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(bool(no_minion()), reason=no_minion() or "-"),
]


def test_from_nothing_to_state_in_the_minion_and_away_again(lab: Lab) -> None:
    plan = lab.deploy("--dry-run").stdout
    assert all(f"start   {service}" in plan for service in ORDER)
    assert lab.mimi("status", code=1).stdout == "nothing is deployed\n"
    lab.deploy()
    lab.log_line(40000)
    lab.log_line(40001)
    lab.flows_become(2)
    wait_for(lambda: lab.status()["deltas"] == {"seen": 2, "stored": 2, "applied": 2, "refused": 0}, "all is counted")
    status = json.loads(lab.mimi("status", lab.name, "--json").stdout)["pairings"][0]
    assert status["state"] == "in-sync"
    assert status["lag_ms"]["p50"] is not None
    assert {service["name"]: service["restarts"] for service in status["services"]} == dict.fromkeys(ORDER, 0)
    assert "in-sync" in lab.mimi("status").stdout
    assert "nothing to do" in lab.deploy().stdout
    destroyed = json.loads(lab.mimi("destroy", lab.name, "--json").stdout)["destroyed"]
    assert [(one["name"], set(one["ended"]), one["state_removed"]) for one in destroyed] == [(lab.name, {"supervisor", *ORDER}, True)]
    assert "nothing deployed" in lab.mimi("destroy", lab.name, code=1).stderr
    assert list((lab.home / "run").iterdir()) == []
    assert list((lab.home / "state").iterdir()) == []


LISTENER = (
    "import socket, sys; s = socket.create_server(('10.2.0.1', 8080), backlog=1024); print('listening', flush=True); sys.stdin.read()"
)


def backend_states(lab: Lab) -> list[str]:
    """Those of the first VIP, in order."""
    with ControlSocket(str(run_directory(lab.name).control_socket)) as control:
        web = control.read_text("lb.vips").split("vip ")[1].splitlines()[1:]
    return [line.split()[11] for line in web]


def test_backends_that_do_not_answer_get_no_new_flows(lab: Lab) -> None:
    ip("-n", lab.netns, "link", "set", "lo", "up")
    ip("-n", lab.netns, "address", "add", "10.2.0.1/29", "dev", "lo")
    lab.deploy()
    wait_for(lambda: "all stay in use" in lab.mimi("status").stdout, "nobody answers, and the status says so")
    assert set(backend_states(lab)) == {"active"}
    command = ["ip", "netns", "exec", lab.netns, sys.executable, "-c", LISTENER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as backend:
        assert backend.stdout is not None and backend.stdout.readline() == "listening\n"
        wait_for(lambda: backend_states(lab) == ["active", *["down"] * 4], "those who do not answer are down")
        assert "10.2.0.2:8080" in lab.mimi("status").stdout
        backend.communicate("")


@pytest.mark.parametrize("service", ORDER)
def test_state_survives_the_death_of_any_service(lab: Lab, service: str) -> None:
    lab.deploy()
    lab.log_line(40000)
    lab.flows_become(1)
    killed = lab.kill(service)
    wait_for(lambda: lab.service(service) != killed, f"{service} runs again")
    wait_for(lambda: lab.status()["state"] == "in-sync", "in-sync again")
    lab.flows_become(1)
    wait_for(lambda: (lab.log_line(40001), lab.status()["flows"] == 2)[1], "new state arrives")


def test_everything_dies_and_a_deploy_brings_the_state_back(lab: Lab) -> None:
    lab.deploy()
    lab.log_line(40000)
    lab.flows_become(1)
    for name in ("supervisor", *ORDER):
        lab.kill(name)
    assert lab.mimi("status", lab.name, code=1).stdout.startswith(f"{lab.name}: down")
    lab.deploy()
    lab.flows_become(1)


def test_orphans_are_adopted_without_a_pause(lab: Lab) -> None:
    lab.deploy()
    before = {service: lab.service(service) for service in ORDER}
    lab.kill("supervisor")
    assert lab.deploy().stdout.count("adopt") == len(ORDER)
    assert {service: lab.service(service) for service in ORDER} == before


def test_other_backends_reach_the_minion_and_its_flows_stay(lab: Lab) -> None:
    lab.deploy()
    lab.log_line(40000)
    lab.flows_become(1)
    lab.document["vips"][0]["backends"].pop()
    lab.write()
    plan = lab.deploy().stdout
    assert "swap    minion" in plan or "restart minion" in plan
    lab.flows_become(1)
    wait_for(lambda: lab.status()["state"] == "in-sync", "in-sync again")


def test_a_changed_service_lets_go_of_its_own_port(lab: Lab) -> None:
    lab.deploy()
    before = {service: lab.service(service) for service in ORDER}
    lab.document["driver"]["max_rate"] = 5000
    lab.document["fabric"]["switches"][0]["hosts"].pop()
    lab.write()
    plan = lab.deploy().stdout
    assert "restart driver     changed: driver" in plan
    assert {name for name in ORDER if lab.service(name) != before[name]} == {"driver", "fabric"}
    lab.log_line(40000)
    lab.flows_become(1)


def test_a_dead_link_is_reported_and_orders_the_minion(lab: Lab) -> None:
    lab.deploy()

    def liveness() -> dict:
        return next(s["detail"] for s in lab.status()["services"] if s["name"] == "liveness")

    wait_for(lambda: liveness().get("links") == {lab.link: "up"}, "the link is seen")
    ip("link", "set", f"{lab.link}f", "down")
    wait_for(lambda: liveness().get("active") == "minion", "the minion is ordered")
    fabric = next(s["detail"] for s in lab.status()["services"] if s["name"] == "fabric")
    assert fabric["expected"] == 2
    ip("link", "del", lab.link)
    wait_for(lambda: liveness().get("links") == {lab.link: "missing"}, "it is missing")
    assert lab.link in lab.mimi("status", code=None).stdout


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda d: d["minion"].update(netns="mimi-no-such"), 3, ["mimi-no-such", "minion.netns"]),
        (lambda d: d["minion"]["interfaces"]["client"].update(device="nosuch0"), 3, ["nosuch0", "minion-eth0"]),
        (lambda d: d.update(store={"url": "redis://127.0.0.1:1/0"}), 1, ["store.url", "refused"]),
        (lambda d: d["vips"][0].pop("port"), 2, ["port"]),
    ],
    ids=["netns", "interface", "store", "pairing"],
)
def test_what_cannot_be_deployed_says_why_and_starts_nothing(lab: Lab, change, code: int, words: list[str]) -> None:
    change(lab.document)
    lab.write()
    done = lab.deploy(code=code)
    assert all(word in done.stderr for word in words), done.stderr
    assert not run_directory(lab.name).root.exists()


def test_a_port_in_use_names_its_holder(lab: Lab) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", lab.syslog))
        done = lab.deploy(code=1)
    assert f"pid {os.getpid()}" in done.stderr
    assert not run_directory(lab.name).root.exists()


def test_foreground_stays_until_sigterm(lab: Lab) -> None:
    argv = [sys.executable, "-m", "mimi.cli.main", "deploy", str(lab.file), "--foreground"]
    with subprocess.Popen(argv, cwd=ROOT, env=lab.environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("in the foreground" in line for line in process.stderr)
        assert lab.status()["state"] == "in-sync"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert not run_directory(lab.name).root.exists()
    assert (lab.home / "state" / lab.name).exists()
