# SPDX-License-Identifier: Apache-2.0
"""What drivers make of real primaries of each type: the store holds what the kernel's own listing says.

The primaries are Linux routers with random flows through them: TCP, UDP and pings, from both sides. Conntrack is compared with
``conntrack -L``; the packet log comes from the rules of ``docs/nat.md`` and ``docs/firewall.md`` by way of ulogd.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conntrack_watch import Watch
from conversation import Flow, Talk
from kernelbox import KernelBox, Left, run
from state_world import until

from mimi import drivers
from mimi.flow import Delete, FlowRecord, Put
from mimi.pairing import Pairing, parse_pairing
from mimi.pairing.ownership import NUMBERS
from tests.elements.model_packets import ICMP, RST, TCP, UDP

pytestmark = pytest.mark.root

NAT_RULES = """
table ip gateway {
  chain prerouting {
    type nat hook prerouting priority -100
    iif o0 ip daddr 203.0.113.1 tcp dport 80 dnat to 10.0.0.5:8080
    iif o0 ip daddr 203.0.113.1 udp dport 5000-5099 dnat to 10.0.0.6
  }
  chain postrouting {
    type nat hook postrouting priority 100
    oif o0 ip saddr 10.0.0.0/16 masquerade fully-random
  }
}
"""
NAT_LOG = """
table ip mimi {
  chain forward {
    type filter hook forward priority 10
    ct state new log prefix "MIMI nat " group 5 queue-threshold 1
    tcp flags rst log prefix "MIMI nat " group 5 queue-threshold 1
  }
  chain translated {
    type filter hook postrouting priority 110
    oif o0 ct state new log prefix "MIMI nat " group 5 queue-threshold 1
  }
}
"""
FIREWALL_RULES = """
table ip firewall {
  chain forward {
    type filter hook forward priority 0; policy drop
    tcp flags rst log prefix "MIMI fw " group 5 queue-threshold 1
    ct state established,related accept
    iif i0 ct state new log prefix "MIMI fw " group 5 queue-threshold 1 accept
    iif o0 tcp dport 8080 ct state new log prefix "MIMI fw " group 5 queue-threshold 1 accept
    iif o0 icmp type echo-request log prefix "MIMI fw " group 5 queue-threshold 1 accept
  }
}
"""

NAT = """
type: nat
nat:
  pools: [{addresses: 203.0.113.1}]
  inside: [10.0.0.0/16]
  static:
    - {protocol: tcp, outside: "203.0.113.1:80", inside: "10.0.0.5:8080"}
    - {protocol: udp, outside: "203.0.113.1:5000-5099", inside: "10.0.0.6:5000-5099"}
"""
FIREWALL = """
type: firewall
firewall: {rules: [{name: out, action: allow, from: inside}]}
"""
REST = """
pairing: primary
minion:
  interfaces:
    inside: {device: eth0, mac: "02:00:00:00:01:fe", addresses: [10.0.0.1/16]}
    outside: {device: eth1, mac: "02:00:00:00:02:fe", addresses: [203.0.113.1/24]}
  routes: [{prefix: 0.0.0.0/0, via: 203.0.113.254}]
"""
ADDRESSES = ("10.0.0.1/32", "203.0.113.1/32")
HOSTS, REMOTES = [f"10.0.0.{n}" for n in range(5, 12)], [f"192.0.2.{n}" for n in range(1, 5)]

Ends6 = tuple[int, str, int, str, int, str, int, str, int]


class World:
    """A primary, flows through it, and what the kernel says of them."""

    def __init__(self, stack: ExitStack, rules: str, kind: str, seed: int) -> None:
        self.box = KernelBox(stack, rules, ADDRESSES, ["10.0.0.0/16"])
        self.box.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_events=1", "net.netfilter.nf_conntrack_tcp_timeout_close=1")
        self.kind, self.talk, self.random = kind, Talk(seed), random.Random(seed)
        self.flows: list[Flow] = []
        self._used: set[tuple[object, ...]] = set()

    def begin(self, count: int) -> None:
        """``count`` new flows, answered."""
        flows = [self._flow() for _ in range(count)]
        for way, make in ((0, self.talk.first), (1, self.talk.accepted), (0, self.talk.confirmed)):
            for side in (0, 1):
                some = [flow for flow in flows if flow.side == side]
                enter = side if way == 0 else 1 - side
                self._heard(some, 1 - way, self.box.send(enter, [make(flow) for flow in some]), 1 - enter)
        self.flows += flows

    def _flow(self) -> Flow:
        while True:
            proto, outgoing = self.random.choice([TCP, UDP, ICMP]), self.random.random() < 0.7
            host, remote = self.random.choice(HOSTS), self.random.choice(REMOTES)
            sport = self.random.randint(1024, 65535)
            if outgoing:
                ends = (host, sport), (remote, 0 if proto == ICMP else self.random.choice([53, 80, 443]))
            elif self.kind == "nat":
                if proto == ICMP:
                    continue  # nothing forwards pings
                ends = (remote, sport), ("203.0.113.1", 80 if proto == TCP else self.random.randint(5000, 5099))
            else:
                if proto == UDP:
                    continue  # no rule lets it in
                ends = (remote, sport), (host, 0 if proto == ICMP else 8080)
            if (proto, ends) not in self._used:
                self._used.add((proto, ends))
                return Flow(proto, [ends, (ends[1], ends[0])], 0 if outgoing else 1)

    def _heard(self, flows: list[Flow], way: int, left: Left, out: int) -> None:
        assert len(left[out]) == len(flows)
        for flow, packet in zip(flows, left[out], strict=True):
            self.talk.heard(flow, way, packet)

    def reset(self, count: int) -> None:
        """Some TCP flows end."""
        tcp = [flow for flow in self.flows if flow.proto == TCP]
        for flow in self.random.sample(tcp, min(count, len(tcp))):
            way = self.random.randint(0, 1)
            self.box.send(flow.side if way == 0 else 1 - flow.side, [self.talk._tcp(flow, way, RST, b"", b"")])
            self.flows.remove(flow)

    def truth(self) -> set[Ends6]:
        """Live flows as the kernel lists them."""
        live = [b for b in self.box.bindings() if b.state not in ("closing", "closed")]
        return {(b.proto, *b.orig[0], *b.orig[1], *b.xlat[0], *b.xlat[1]) for b in live}


def live(records: list[FlowRecord]) -> set[Ends6]:
    found = set()
    for r in records:
        if r.state not in ("closing", "closed") and not (r.orig.proto == "tcp" and r.state is None):
            o, x = r.orig, r.xlat
            found.add((NUMBERS[o.proto], o.saddr, o.sport, o.daddr, o.dport, x.saddr, x.sport, x.daddr, x.dport))
    return found


def pairing_of(kind: str, driver: str) -> Pairing:
    return parse_pairing((NAT if kind == "nat" else FIREWALL) + REST + f"driver: {driver}\n")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.mark.parametrize("kind", ["nat", "firewall"])
def test_the_store_holds_what_conntrack_lists_whatever_comes_and_goes(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    world = World(stack, NAT_RULES if kind == "nat" else FIREWALL_RULES, kind, seed=20240607)
    world.begin(100)  # before anybody watches
    pairing = pairing_of(kind, f"{{kind: conntrack, netns: {world.box.netns}}}")
    watch = Watch(pairing, tmp_path, stack)
    watch.start()
    for _ in range(6):
        until(lambda: live(watch.records()) == world.truth(), "the store to agree with conntrack -L")
        assert len(live(watch.records())) == len(world.flows)
        world.begin(world.random.randint(20, 80))
        world.reset(world.random.randint(0, 20))
    until(lambda: live(watch.records()) == world.truth(), "the last ones")
    assert {record.orig.proto for record in watch.records()} == {"tcp", "udp", "icmp"}


class Log:
    """ulogd in the primary's namespace; what it writes goes to the driver."""

    def __init__(self, stack: ExitStack, netns: str, folder: Path, pairing: Pairing) -> None:
        plugins = next(iter(Path("/usr/lib").glob("*/ulogd")), Path("/usr/lib/ulogd"))
        self.file, self.driver = folder / "packets.log", drivers.make(pairing)
        inputs = ("inppkt_NFLOG", "raw2packet_BASE", "filter_IFINDEX", "filter_IP2STR", "filter_PRINTPKT", "output_LOGEMU")
        lines = ["[global]", f"logfile={folder / 'ulogd.log'}", *(f"plugin={plugins}/ulogd_{name}.so" for name in inputs)]
        lines.append("stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU")
        lines += ["[log1]", "group=5", "netlink_qthreshold=1", "[emu1]", f"file={self.file}", "sync=1"]
        (folder / "ulogd.conf").write_text("\n".join(lines) + "\n")
        process = subprocess.Popen(["ip", "netns", "exec", netns, "ulogd", "-c", str(folder / "ulogd.conf")], stderr=subprocess.DEVNULL)
        stack.callback(process.wait, 10)
        stack.callback(process.kill)
        bound = ("ip", "netns", "exec", netns, "cat", "/proc/net/netfilter/nfnetlink_log")
        until(lambda: run(*bound).split()[:1] == ["5"], "ulogd to take the group")
        self.records: dict[str, FlowRecord] = {}
        self.reasons: list[str] = []
        self._at, self._seq = 0, 1_795_341_601_000_000

    def read(self) -> dict[str, FlowRecord]:
        """Records of everything that was logged by now."""
        data = self.file.read_bytes()[self._at :] if self.file.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.splitlines():
            self._seq += 10
            delta = self.driver.parse(line, self._seq)
            if isinstance(delta, Put):
                self.records[delta.record.orig.key] = delta.record
            elif isinstance(delta, Delete):
                self.records.pop(delta.key, None)
            else:
                self.reasons.append(str(delta))
        return self.records


@pytest.mark.skipif(shutil.which("ulogd") is None, reason="no ulogd on PATH; apt-get install ulogd2")
@pytest.mark.parametrize("kind", ["nat", "firewall"])
def test_the_packet_log_tells_every_binding(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    world = World(stack, NAT_RULES + NAT_LOG if kind == "nat" else FIREWALL_RULES, kind, seed=20240608)
    log = Log(stack, world.box.netns, tmp_path, pairing_of(kind, '{listen: ["unix:///run/never-opened.sock"]}'))
    for _ in range(3):
        world.begin(60)
        until(lambda: live(list(log.read().values())) == world.truth(), "the log to agree with conntrack -L")
        world.reset(10)
        until(lambda: live(list(log.read().values())) == world.truth(), "the ends")
    assert all(record.confidence == 1.0 for record in log.records.values())
    assert "ambiguous" not in log.reasons
