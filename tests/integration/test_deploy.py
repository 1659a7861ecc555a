# SPDX-License-Identifier: Apache-2.0
"""The command line end to end: real minion, real Redis, all services, in a network namespace made for the test."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from mimi.click import binary_path
from mimi.errors import MissingError
from mimi.plan import ORDER
from mimi.run_directory import Identity, marked_processes, read_deployment, run_directory
from mimi.supervisor.status import pairing_status

ROOT = Path(__file__).parents[2]
DEADLINE_S = 30.0


def _no_minion() -> str:
    try:
        return "" if binary_path().exists() else "mimi-click is not built"
    except MissingError as error:
        return str(error)


pytestmark = [
    pytest.mark.root,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_no_minion()), reason=_no_minion() or "-"),
]


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.05)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Lab:
    """A namespace with the minion's two interfaces, a link to watch, and a pairing file for them."""

    def __init__(self, home: Path) -> None:
        tag = secrets.token_hex(3)
        self.home, self.netns, self.link = home, f"mimit-{tag}", f"mt{tag}"
        self.name = f"t{tag}"
        self.file = home / "pairing.yaml"
        document = yaml.safe_load((ROOT / "configs" / "fig2-lb.yaml").read_text())
        document["pairing"] = self.name
        document["minion"]["netns"] = self.netns
        self.syslog = free_port(socket.SOCK_DGRAM)
        document["driver"] |= {"listen": [f"udp://127.0.0.1:{self.syslog}"], "allow": ["127.0.0.0/8"]}
        document["liveness"] = {"links": [self.link]}
        document["fabric"]["listen"] = f"tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
        self.document = document
        self.write()
        self.environment = {**os.environ, "MIMI_RUN_DIR": str(home / "run"), "MIMI_STATE_DIR": str(home / "state")}

    def write(self) -> None:
        self.file.write_text(yaml.safe_dump(self.document))

    def make_network(self) -> None:
        ip("netns", "add", self.netns)
        for number in (0, 1):
            ends = [f"minion-eth{number}", f"far{number}"]
            ip("-n", self.netns, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
            for end in ends:
                ip("-n", self.netns, "link", "set", end, "up")
        ip("link", "add", self.link, "type", "veth", "peer", "name", f"{self.link}f")
        for end in (self.link, f"{self.link}f"):
            ip("link", "set", end, "up")

    def remove_network(self) -> None:
        subprocess.run(["ip", "netns", "del", self.netns], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self.link], check=False, capture_output=True)

    def mimi(self, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "mimi.cli.main", *arguments]
        done = subprocess.run(argv, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert code is None or done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def deploy(self, *options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.mimi("deploy", str(self.file), *options, code=code)

    def status(self) -> dict:
        return pairing_status(self.name).to_json()

    def service(self, name: str) -> Identity:
        deployment = read_deployment(run_directory(self.name))
        assert deployment is not None
        found = deployment.supervisor if name == "supervisor" else deployment.services[name].identity
        assert found is not None
        return found

    def kill(self, name: str) -> Identity:
        identity = self.service(name)
        identity.signal(signal.SIGKILL)
        wait_for(lambda: not identity.alive, f"{name} is gone")
        return identity

    def log_line(self, port: int) -> None:
        """What the primary's log says of a new connection from 10.1.0.1:port, chosen backend v3."""
        text = f"<4>lb: MIMI be=10.2.0.3:8080 IN=eth0 OUT= SRC=10.1.0.1 DST=10.1.0.100 LEN=60 PROTO=TCP SPT={port} DPT=8080 SYN"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(text.encode(), ("127.0.0.1", self.syslog))

    def flows_become(self, count: int) -> None:
        wait_for(lambda: self.status()["flows"] == count, f"{count} flows in the minion")


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="mimi-lab-") as name:
        lab = Lab(Path(name))
        for variable in ("MIMI_RUN_DIR", "MIMI_STATE_DIR"):
            monkeypatch.setenv(variable, lab.environment[variable])
        try:
            lab.make_network()
            yield lab
        finally:
            directory = run_directory(lab.name)
            if directory.root.exists():
                token = json.loads(directory.desired_file.read_text())["token"]
                lab.mimi("destroy", lab.name)
                assert marked_processes(token) == ()
            lab.remove_network()


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
    lab.mimi("destroy", lab.name)
    assert "nothing deployed" in lab.mimi("destroy", lab.name, code=1).stderr
    assert list((lab.home / "run").iterdir()) == []
    assert list((lab.home / "state").iterdir()) == []


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
