#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The paper's Figure 2 on one machine: five clients, a switch, a black-box balancer beside its minion, a switch, five servers.

    c1..c5 -- s1 --+-- primary --+-- s2 -- v1..v5
                   +-- minion  --+

Started as a program it opens Mininet's prompt, in namespaces of its own that vanish when it ends. The switches wait for an
OpenFlow controller on tcp:127.0.0.1:6653, which ``mimi deploy configs/fig2-lb.yaml`` starts; the box's log goes to
udp://192.0.2.1:5514. Needs root, Mininet and Open vSwitch.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from mimi.topo import isolation
from mimi.topo.backends import ECHO_PORT, WEB_PORT, Backend, write_object
from mimi.topo.openflow_decisions import Service as OpenFlowService
from mimi.topo.openflow_primary import OpenFlowPrimary
from mimi.topo.ovs import PrivateOvs
from mimi.topo.primary import NetfilterPrimary, Service

VIP = "10.1.0.100"
CLIENTS = tuple(f"c{i}" for i in range(1, 6))
SERVERS = tuple(f"v{i}" for i in range(1, 6))
COLLECTOR, COLLECTOR_PORT = "192.0.2.1", 5514
CONTROLLER = "tcp:127.0.0.1:6653"
OPENFLOW_SWITCH = "lb"
"""The switch that is the primary, when that is an OpenFlow load balancer: its ports are lb-eth1 (clients) and lb-eth2."""

_GATEWAYS = {"c": "10.1.0.254", "v": "10.2.0.254"}
_START_DEADLINE_S = 20.0


PrimaryKind = Literal["netfilter", "openflow"]
Primary = NetfilterPrimary | OpenFlowPrimary


class Fig2:
    """The running network. ``client``/``server`` hosts are Mininet hosts (``cmd``, ``popen``)."""

    def __init__(self, net: Any, primary: Primary, backends: list[Backend]) -> None:
        self.net, self.primary, self.backends = net, primary, backends

    def host(self, name: str) -> Any:
        """A Mininet host by name."""
        return self.net.get(name)


@contextmanager
def fig2(
    directory: Path,
    server_rate_mbit: int | None = None,
    primary_kind: PrimaryKind = "netfilter",
    publish: str = "",
    content: Path | None = None,
    send_buffer: int | None = None,
) -> Iterator[Fig2]:
    """Build the network, start the black box and the servers; take everything down at the end.

    ``server_rate_mbit`` limits what each server can send, so that the machine is not the bottleneck of an experiment. An
    OpenFlow box tells its choices to ``publish`` (an address of ``mimi.publish``), when there is one. The servers serve the
    directory ``content`` too, under its own name. ``send_buffer`` bounds the bytes that a server has under way on each
    connection, so that a limited rate does not fill queues.
    """
    with ExitStack() as stack:
        stack.enter_context(PrivateOvs(directory / "ovs"))
        net = _build(stack, primary_kind)
        _name_namespaces(net, stack)
        _address(net)
        if server_rate_mbit:
            _limit(net, server_rate_mbit)
        if send_buffer:
            for name in SERVERS:
                net.get(name).cmd(f"sysctl -qw net.ipv4.tcp_wmem='4096 16384 {send_buffer}'")
        root = directory / "www"
        root.mkdir(parents=True)
        write_object(root)
        if content is not None:
            (root / content.name).symlink_to(content.absolute())
        backends = [Backend(net.get(name), root) for name in SERVERS]
        for backend in backends:
            backend.start()
            stack.callback(backend.stop)
        if primary_kind == "netfilter":
            primary: Primary = _netfilter(net, directory / "primary", stack)
        else:
            primary = _openflow(directory / "primary", stack, publish)
        wait_for(lambda: all(backend.ready for backend in backends), "the servers to listen")
        yield Fig2(net, primary, backends)


def wait_for(condition: Callable[[], bool], what: str, deadline_s: float = _START_DEADLINE_S) -> None:
    """Poll ``condition`` until it holds; RuntimeError naming ``what`` after ``deadline_s``."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {deadline_s:g} s for {what}")
        time.sleep(0.02)


def _build(stack: ExitStack, primary_kind: PrimaryKind) -> Any:
    from mininet.log import setLogLevel
    from mininet.net import Mininet
    from mininet.node import OVSSwitch

    setLogLevel("critical")
    net = Mininet(controller=None, build=False)
    s1 = net.addSwitch("s1", cls=OVSSwitch, datapath="user", protocols="OpenFlow13", failMode="secure", dpid="1")
    s2 = net.addSwitch("s2", cls=OVSSwitch, datapath="user", protocols="OpenFlow13", failMode="secure", dpid="2")
    for side, switch, names in ((1, s1, CLIENTS), (2, s2, SERVERS)):
        for index, name in enumerate(names, 1):
            host = net.addHost(name, ip=f"10.{side}.0.{index}/16")
            net.addLink(host, switch, addr1=f"02:00:00:00:0{side}:0{index}")
    if primary_kind == "netfilter":
        primary = net.addHost("primary", ip=None)
    else:
        versions = "OpenFlow13,OpenFlow14"  # 1.4 for whoever monitors its rules
        primary = net.addSwitch(OPENFLOW_SWITCH, cls=OVSSwitch, datapath="user", protocols=versions, failMode="secure", dpid="3")
    minion = net.addHost("minion", ip=None)
    for box, last in ((primary, "fe"), (minion, "fd")):
        for side, switch in ((1, s1), (2, s2)):
            net.addLink(box, switch, addr1=f"02:00:00:00:0{side}:{last}")
    # The switches read their ports through sockets with the machine's default buffer, which overflows at Gbit/s.
    with isolation.outer_sysctl("net.core.rmem_default", "8388608"):
        net.build()
        stack.callback(net.stop)
        net.start()
    for switch in ("s1", "s2"):
        subprocess.run(
            ["ovs-vsctl", "set-controller", switch, CONTROLLER, "--", "set", "controller", switch, "max_backoff=1000"], check=True
        )
    return net


def _name_namespaces(net: Any, stack: ExitStack) -> None:
    """Give every host's namespace a name, so that ``ip netns exec`` and a pairing's ``netns`` find it."""
    for host in net.hosts:
        subprocess.run(["ip", "netns", "attach", host.name, str(host.pid)], check=True)
        stack.callback(subprocess.run, ["ip", "netns", "delete", host.name], check=False, stderr=subprocess.DEVNULL)


def _address(net: Any) -> None:
    for host in net.hosts:
        host.cmd("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        if host.name[0] in _GATEWAYS and host.name[1:].isdigit():
            host.cmd(f"ip route add default via {_GATEWAYS[host.name[0]]}")
    if "primary" in net:
        primary = net.get("primary")
        primary.cmd("ip addr add 10.1.0.254/16 dev primary-eth0; ip addr add 10.2.0.254/16 dev primary-eth1")
        primary.cmd(f"ip addr add {VIP}/32 dev primary-eth0")
    # The minion's interfaces carry no kernel address: Click alone answers there, with the primary's MAC and addresses.
    net.get("minion").cmd("ip link set minion-eth0 arp off; ip link set minion-eth1 arp off")


def _limit(net: Any, rate_mbit: int) -> None:
    for name in SERVERS:
        net.get(name).cmd(f"tc qdisc add dev {name}-eth0 root tbf rate {rate_mbit}mbit burst 512kb latency 400ms")


def _openflow(directory: Path, stack: ExitStack, publish: str) -> OpenFlowPrimary:
    """Start the balancer's application."""
    services = [
        OpenFlowService(VIP, port, tuple((f"10.2.0.{i}", f"02:00:00:00:02:0{i}", port) for i in range(1, 6)))
        for port in (WEB_PORT, ECHO_PORT)
    ]
    primary = OpenFlowPrimary(OPENFLOW_SWITCH, (f"{OPENFLOW_SWITCH}-eth1", f"{OPENFLOW_SWITCH}-eth2"), services, directory)
    stack.callback(primary.stop)
    primary.start((*_GATEWAYS.values(), VIP), ("02:00:00:00:01:fe", "02:00:00:00:02:fe"), publish)
    wait_for(lambda: primary.ready, "the OpenFlow balancer to ask its application")
    return primary


def services() -> list[Service]:
    """What a Linux box in the middle balances."""
    return [Service(VIP, port, tuple((f"10.2.0.{i}", port) for i in range(1, 6))) for port in (WEB_PORT, ECHO_PORT)]


def own_addresses() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses with prefix length that a box in the middle has on its clients' and on its servers' side."""
    return (f"{_GATEWAYS['c']}/16", f"{VIP}/32"), (f"{_GATEWAYS['v']}/16",)


def _netfilter(net: Any, directory: Path, stack: ExitStack) -> NetfilterPrimary:
    """Wire the box's management link and start it."""
    host = net.get("primary")
    subprocess.run(["ip", "link", "add", "mgmt", "type", "veth", "peer", "name", "mgmt0", "netns", "primary"], check=True)
    stack.callback(subprocess.run, ["ip", "link", "delete", "mgmt"], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "addr", "add", f"{COLLECTOR}/30", "dev", "mgmt"], check=True)
    subprocess.run(["ip", "link", "set", "mgmt", "up"], check=True)
    host.cmd("ip addr add 192.0.2.2/30 dev mgmt0; ip link set mgmt0 up")
    primary = NetfilterPrimary(host, services(), directory, ("primary-eth0", "primary-eth1"))
    primary.start(COLLECTOR, COLLECTOR_PORT)
    stack.callback(primary.stop)
    return primary


_PUBLISH = "unix:///run/mimi/fig2-openflow/published.sock"
_CUT = {"netfilter": "primary ip link set primary-eth0 down", "openflow": f"sh ip link set {OPENFLOW_SWITCH}-eth1 down"}
_PAIRINGS = {"netfilter": "configs/fig2-lb.yaml", "openflow": "configs/fig2-openflow.yaml"}
_WELCOME = """
The network is up: c1..c5 -- s1 -- [primary | minion] -- s2 -- v1..v5, service http://{vip}:{port}/object.bin
Nothing crosses it until a fabric is deployed. Try at the prompt:
    sh mimi deploy {pairing}
    c1 curl -sI http://{vip}:{port}/object.bin
    sh mimi status
    {cut}        (pull a cable; the minion takes over)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server-rate", type=int, metavar="MBIT", help="limit what each server sends")
    parser.add_argument("--primary", choices=("netfilter", "openflow"), default="netfilter", help="the black box")
    options = parser.parse_args()
    if not isolation.is_isolated():
        return isolation.run_isolated([sys.executable, *sys.argv], announce=_announce)
    isolation.enter()
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="mimi-fig2-") as directory:
        os.chmod(directory, 0o755)
        with fig2(Path(directory), options.server_rate, options.primary, _PUBLISH) as network:
            from mininet.cli import CLI
            from mininet.log import setLogLevel

            setLogLevel("output")  # what the hosts print
            print(_WELCOME.format(vip=VIP, port=WEB_PORT, pairing=_PAIRINGS[options.primary], cut=_CUT[options.primary]))
            CLI(network.net)
            subprocess.run([sys.executable, "-m", "mimi.cli.main", "destroy", "--all"], check=False)
    return 0


def _announce(pid: int) -> None:
    print(f"to get a second terminal inside: nsenter --target {pid} --all --wdns={Path.cwd()}")


if __name__ == "__main__":
    sys.exit(main())
