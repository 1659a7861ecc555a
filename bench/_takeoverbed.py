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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import yaml

from mimi.click.control import ControlSocket
from mimi.errors import MimiError
from mimi.run_directory import run_directory

PORT = 8080
DATA_PORTS = (8081, 8089)
"""What a server may open besides, and the firewall lets through: FTP's data connections."""
MACS = {"eth0": "02:00:00:00:01:fe", "eth1": "02:00:00:00:02:fe"}
DROP_STRAYS = "chain input { type filter hook input priority 0; ct state invalid drop; }"
DEADLINE_S = 60.0


@dataclass(frozen=True)
class Case:
    """A type of middlebox: its rules, who has which address, and the pairing that MiMi needs for it."""

    name: str
    table: str
    """The element's name in the minion's graph."""
    rules: str
    target: str
    clients: tuple[str, ...]
    gateways: tuple[str, str]
    servers: tuple[str, ...]
    pairing: dict[str, Any]
    own: tuple[str, ...] = ()
    """More addresses of the box on its left side."""
    pings: bool = True
    server_routes: tuple[str, ...] = field(default=())
    """Networks that servers reach through the box."""
    commands: tuple[str, ...] = ()
    """What makes the box besides its rules."""
    stateless: bool = False
    """Whether there is nothing to remember: any box with the same rules carries on."""

    @property
    def version(self) -> int:
        """Of IP."""
        return 6 if ":" in self.target else 4


def sides(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    ends = zip(MACS.items(), case.gateways, strict=True)
    left, right = ({"device": device, "mac": mac, "addresses": [own]} for (device, mac), own in ends)
    return left, right


def balancing(vip: str, backends: str) -> dict[str, Any]:
    """The pairing of a balancer: one VIP of each protocol, and three backends whose addresses begin so."""
    names = {n: f"{backends}{n}" for n in (1, 2, 3)}
    servers = [{"name": f"v{n}", "address": address, "port": PORT} for n, address in names.items()]
    vips = [{"name": protocol, "address": vip, "protocol": protocol, "port": PORT, "backends": servers} for protocol in ("tcp", "udp")]
    return {"type": "load-balancer", "vips": vips}


BALANCER = Case(
    name="load balancer",
    table="lb",
    rules=f"""table ip box {{
  chain prerouting {{
    type nat hook prerouting priority dstnat
    ip daddr 10.1.0.100 meta l4proto {{ tcp, udp }} th dport {PORT} dnat to numgen random mod 3 map {{
      0 : 10.2.0.1, 1 : 10.2.0.2, 2 : 10.2.0.3
    }}
  }}
  {DROP_STRAYS}
}}""",
    target="10.1.0.100",
    clients=("10.1.0.1/16",),
    gateways=("10.1.0.254/16", "10.2.0.254/16"),
    servers=("10.2.0.1/16", "10.2.0.2/16", "10.2.0.3/16"),
    own=("10.1.0.100/32",),
    server_routes=("10.1.0.0/16",),
    pings=False,  # a load balancer answers pings to its address itself
    pairing=balancing("10.1.0.100", "10.2.0."),
)
# Ports are drawn at random: a box without the table cannot guess which it was.
TRANSLATOR = Case(
    name="NAT",
    table="nat",
    rules=f"""table ip box {{
  chain postrouting {{
    type nat hook postrouting priority srcnat
    oifname eth1 ip saddr 10.0.0.0/16 masquerade fully-random
  }}
  {DROP_STRAYS}
}}""",
    target="203.0.113.100",
    clients=("10.0.0.2/16",),
    gateways=("10.0.0.1/16", "203.0.113.1/24"),
    servers=("203.0.113.100/24",),
    pairing={"type": "nat", "nat": {"pools": [{"addresses": "203.0.113.1", "ports": "1-65535"}], "inside": ["10.0.0.0/16"]}},
)
FIREWALL = Case(
    name="firewall",
    table="fw",
    rules=f"""table ip box {{
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname eth0 tcp dport {{ {PORT}, {DATA_PORTS[0]}-{DATA_PORTS[1]} }} accept
    iifname eth0 udp dport {PORT} accept
    iifname eth0 icmp type echo-request accept
  }}
  {DROP_STRAYS}
}}""",
    target="203.0.113.100",
    clients=("10.0.0.2/16",),
    gateways=("10.0.0.1/16", "203.0.113.1/24"),
    servers=("203.0.113.100/24",),
    server_routes=("10.0.0.0/16",),
    pairing={
        "type": "firewall",
        "firewall": {
            "default": "deny",
            "rules": [
                *(
                    {"name": proto, "action": "allow", "from": "inside", "protocol": proto, "destination_ports": ports}
                    for proto, ports in (("tcp", [PORT, f"{DATA_PORTS[0]}-{DATA_PORTS[1]}"]), ("udp", [PORT]))
                ),
                {"name": "ping", "action": "allow", "from": "inside", "protocol": "icmp", "icmp_types": ["echo-request"]},
            ],
        },
    },
)
BALANCER6 = replace(
    BALANCER,
    name="load balancer, IPv6",
    rules=f"""table ip6 box {{
  chain prerouting {{
    type nat hook prerouting priority dstnat
    ip6 daddr 2001:db8:1::100 meta l4proto {{ tcp, udp }} th dport {PORT} dnat to numgen random mod 3 map {{
      0 : 2001:db8:2::1, 1 : 2001:db8:2::2, 2 : 2001:db8:2::3
    }}
  }}
  {DROP_STRAYS}
}}""",
    target="2001:db8:1::100",
    clients=("2001:db8:1::1/64",),
    gateways=("2001:db8:1::fe/64", "2001:db8:2::fe/64"),
    servers=("2001:db8:2::1/64", "2001:db8:2::2/64", "2001:db8:2::3/64"),
    own=("2001:db8:1::100/128",),
    server_routes=("2001:db8:1::/64",),
    pairing=balancing("2001:db8:1::100", "2001:db8:2::"),
)
FIREWALL6 = replace(
    FIREWALL,
    name="firewall, IPv6",
    rules=f"""table ip6 box {{
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname eth0 tcp dport {{ {PORT}, {DATA_PORTS[0]}-{DATA_PORTS[1]} }} accept
    iifname eth0 udp dport {PORT} accept
    iifname eth0 icmpv6 type echo-request accept
  }}
}}""",
    target="2001:db8:ffff::100",
    clients=("2001:db8:10::2/64",),
    gateways=("2001:db8:10::1/64", "2001:db8:ffff::1/64"),
    servers=("2001:db8:ffff::100/64",),
    server_routes=("2001:db8:10::/64",),
    pairing={
        "type": "firewall",
        "firewall": {
            "default": "deny",
            "rules": [
                *FIREWALL.pairing["firewall"]["rules"][:2],
                {"name": "ping", "action": "allow", "from": "inside", "protocol": "icmp6", "icmp_types": ["echo-request"]},
            ],
        },
    },
)
_SITE, _WORLD = "fd01:203:405::/48", "2001:db8:1::/48"
PREFIXES = Case(
    name="NPTv6",
    table="nat",
    rules="",
    commands=(
        "ip6tables -t raw -A PREROUTING -j NOTRACK",
        f"ip6tables -t mangle -A POSTROUTING -o eth1 -s {_SITE} -j SNPT --src-pfx {_SITE} --dst-pfx {_WORLD}",
        f"ip6tables -t mangle -A PREROUTING -i eth1 -d {_WORLD} -j DNPT --src-pfx {_WORLD} --dst-pfx {_SITE}",
    ),
    target="2001:db8:ffff::100",
    clients=("fd01:203:405:1::2/64",),
    gateways=("fd01:203:405:1::1/64", "2001:db8:ffff::1/64"),
    servers=("2001:db8:ffff::100/64",),
    server_routes=(_WORLD,),
    pairing={"type": "nat", "nat": {"nptv6": {"inside": _SITE, "outside": _WORLD}}},
    stateless=True,
)
CASES = {"lb": BALANCER, "nat": TRANSLATOR, "firewall": FIREWALL, "lb6": BALANCER6, "firewall6": FIREWALL6, "nptv6": PREFIXES}


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
