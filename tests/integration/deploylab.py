# SPDX-License-Identifier: Apache-2.0
"""A namespace, a pairing file for it, and the command line: what the tests of whole deployments share."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from mimi.click import binary_path
from mimi.errors import MissingError
from mimi.run_directory import Identity, read_deployment, run_directory
from mimi.supervisor.status import pairing_status
from tests.leftovers import link_name, netns_name

ROOT = Path(__file__).parents[2]
DEADLINE_S = 30.0


def no_minion() -> str:
    try:
        return "" if binary_path().exists() else "mimi-click is not built"
    except MissingError as error:
        return str(error)


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
        self.home, self.netns, self.link = home, netns_name(), link_name()
        self.name = f"t{tag}"
        self.file = home / "pairing.yaml"
        document = yaml.safe_load((ROOT / "configs" / "fig2-lb.yaml").read_text())
        document["pairing"] = self.name
        document["minion"]["netns"] = self.netns
        self.syslog = free_port(socket.SOCK_DGRAM)
        document["driver"] |= {"listen": [f"udp://127.0.0.1:{self.syslog}"], "allow": ["127.0.0.0/8"]}
        document["liveness"] = {"links": [self.link]}
        document["health"] = {"interval_ms": 200}
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
