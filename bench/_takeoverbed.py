# SPDX-License-Identifier: Apache-2.0
"""Clients, a middlebox made of Linux, what takes its place, and servers; the primary's links go down while flows are open.

    clients ---- left bridge ---- primary ---- right bridge ---- servers
                      |                            |
                      +----------- spare ----------+

Primary and spare have the same MAC and IP addresses; the spare's ports are blocked until the primary is gone. Without MiMi the spare
is the same Linux box without the primary's state; with MiMi it is a minion that ``mimi deploy`` has paired with the primary.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import yaml

from bench._takeovercases import MACS, PORT, Case, sides
from mimi.click.control import ControlSocket
from mimi.errors import MimiError
from mimi.run_directory import run_directory

DEADLINE_S = 60.0


def run(*command: str, text: str | None = None, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=text, timeout=120, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


class Bed:
    """The network of one case; a context manager. ``with_mimi`` decides what the spare is."""

    def __init__(self, case: Case, *, with_mimi: bool) -> None:
        self.case, self.with_mimi = case, with_mimi
        self._stack = ExitStack()
        self._names = {role: f"mimi-to{os.getpid()}-{role}" for role in ("cli", "srv", "sw", "box", "spare")}
        self.pairing = f"takeover{os.getpid()}"

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def command(self, role: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self._names[role], *command]

    def inside(self, role: str, *command: str, text: str | None = None) -> str:
        return run(*self.command(role, *command), text=text)

    # -- building

    def _build(self) -> None:
        for name in self._names.values():
            run("ip", "netns", "add", name)
            self._stack.callback(run, "ip", "netns", "delete", name)
            off = int(self.case.version == 4)
            settings = (f"disable_ipv6={off}", "accept_dad=0", "router_solicitations=0")
            every = [f"net.ipv6.conf.{scope}.{setting}" for scope in ("all", "default") for setting in settings]
            run("ip", "netns", "exec", name, "sysctl", "-qw", *every)
        for bridge in ("left", "right"):
            self.inside("sw", "ip", "link", "add", bridge, "type", "bridge")
            self.inside("sw", "ip", "link", "set", bridge, "up")
        case = self.case
        self._link("cli", "eth0", "left", None, case.clients)
        self._link("srv", "eth0", "right", None, case.servers)
        for role in ("box", "spare"):
            linux = role == "box" or not self.with_mimi
            for device, bridge, gateway in zip(MACS, ("left", "right"), case.gateways, strict=True):
                more = case.own if device == "eth0" else ()
                self._link(role, device, bridge, MACS[device], (gateway, *more) if linux else ())
            if linux:
                self._make_linux(role)
        self._block("spare")
        self._route("cli", "left", case.gateways[0], [*({"default"} if case.target not in case.own else ())], [case.target])
        self._route("srv", "right", case.gateways[1], case.server_routes, [])
        self.inside("cli", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        if self.with_mimi:
            self._deploy()

    def _link(self, role: str, device: str, bridge: str, mac: str | None, addresses: Sequence[str]) -> None:
        port = f"{role}-{bridge}"
        run("ip", "link", "add", device, "netns", self._names[role], "type", "veth", "peer", "name", port, "netns", self._names["sw"])
        self.inside("sw", "ip", "link", "set", port, "master", bridge, "up")
        self.inside(role, "ip", "link", "set", device, *(("address", mac) if mac else ()), "up")
        self.inside(role, "ip", "link", "set", "lo", "up")
        for address in addresses:
            self.inside(role, "ip", "address", "add", address, "dev", device, *(("nodad",) if ":" in address else ()))

    def _route(self, role: str, side: str, gateway: str, networks: Sequence[str], neighbours: Sequence[str]) -> None:
        address = gateway.partition("/")[0]
        mac = MACS["eth0" if side == "left" else "eth1"]
        version = f"-{self.case.version}"
        whole = 32 if self.case.version == 4 else 128
        for neighbour in {address, *(n for n in neighbours if f"{n}/{whole}" in self.case.own)}:
            self.inside(role, "ip", version, "neigh", "replace", neighbour, "lladdr", mac, "dev", "eth0", "nud", "permanent")
        for network in networks:
            self.inside(role, "ip", version, "route", "replace", network, "via", address)

    def _make_linux(self, role: str) -> None:
        self.inside(role, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        settings = ["ip_forward=1", *(f"conf.{device}.{key}=0" for device in ("all", *MACS) for key in ("rp_filter", "send_redirects"))]
        self.inside(role, "sysctl", "-qw", *(f"net.ipv4.{setting}" for setting in settings))
        self.inside(role, "nft", "-f", "-", text=self.case.rules)
        for command in self.case.commands:
            self.inside(role, *command.split())
        # Without this a box takes over strangers' connections, and guesses right often enough to look as if it knew them.
        self.inside(role, "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_events=1")

    def _block(self, role: str, state: str = "0") -> None:
        for bridge in ("left", "right"):
            self.inside("sw", "bridge", "link", "set", "dev", f"{role}-{bridge}", "state", state)

    def _deploy(self) -> None:
        home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="mimi-takeover-")))
        for variable in ("MIMI_RUN_DIR", "MIMI_STATE_DIR"):
            self._stack.callback(_restore, variable, os.environ.get(variable))
            os.environ[variable] = str(home / variable.lower())
        left, right = sides(self.case)
        names = ("client", "server") if self.case.table == "lb" else ("inside", "outside")
        document = {
            "pairing": self.pairing,
            **self.case.pairing,
            "minion": {"netns": self._names["spare"], "interfaces": dict(zip(names, (left, right), strict=True))},
            **({} if self.case.stateless else {"driver": {"kind": "conntrack", "netns": self._names["box"]}}),
            "failover": {"failback": "manual"},
        }
        file = home / "pairing.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        destroy = [sys.executable, "-m", "mimi.cli.main", "destroy", self.pairing]
        self._stack.callback(subprocess.run, destroy, capture_output=True, check=False)
        run(sys.executable, "-m", "mimi.cli.main", "deploy", str(file))

    # -- running

    def wait_for_flows(self, count: int) -> None:
        """Until the minion knows ``count`` flows, and the state of every TCP connection; a stateless one knows all there is to know."""
        if self.case.stateless:
            return
        deadline = time.monotonic() + DEADLINE_S
        while True:
            lines = self.records()
            if len(lines) >= count and not any("state=new" in line for line in lines):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"the minion knows {len(lines)} flows of {count}")
            time.sleep(0.05)

    def records(self) -> list[str]:
        try:
            with ControlSocket(str(run_directory(self.pairing).control_socket)) as control:
                return control.read_text(f"{self.case.table}.export").splitlines()
        except MimiError:
            return []

    def take_over(self) -> None:
        """The primary's links go down, the spare's ports open."""
        for device in MACS:
            self.inside("box", "ip", "link", "set", device, "down")
        self._block("spare", "3")

    def start(self, role: str, *arguments: str) -> Program:
        command = self.command(role, sys.executable, "-m", "bench._takeovertraffic", *arguments)
        return Program(command, self._stack)

    def measure(self, tcp: int, udp: int, pings: int, wait_s: float = 15.0, interval_s: float = 0.25) -> dict[str, Any]:
        """Open flows, let them work, take over, and say which of them still do."""
        addresses = [server.partition("/")[0] for server in self.case.servers]
        self.start("srv", "server", str(PORT), *addresses)
        pings = pings if self.case.pings else 0
        client = self.start("cli", "client", self.case.target, str(PORT), str(tcp), str(udp), str(pings), str(interval_s))
        before = client.ask("mark", f"report {wait_s}")
        lost = {kind: found for kind, found in before.items() if found["survived"] != found["total"]}
        if lost:
            raise RuntimeError(f"flows that do not even work with the primary: {lost}")
        if self.with_mimi:
            self.wait_for_flows(tcp + udp + pings)
        client.tell("watch")
        self.take_over()
        return client.ask("mark", f"report {wait_s}")


class Program:
    """A traffic program; it ends with the bed."""

    def __init__(self, command: list[str], stack: ExitStack) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(self._end)
        self._line("ready")

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self, what: str) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the traffic program ended before it said {what}")
        return line

    def tell(self, *commands: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{command}\n" for command in commands))
        self._process.stdin.flush()

    def ask(self, *commands: str) -> dict[str, Any]:
        self.tell(*commands)
        answer: dict[str, Any] = json.loads(self._line("what became of its flows"))
        return answer


def _restore(variable: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = value
