# SPDX-License-Identifier: Apache-2.0
"""Linux primaries of each type with random flows through them, and what their kernels say of the flows."""

from __future__ import annotations

import random
from contextlib import ExitStack

from conversation import Flow, Talk
from kernelbox import KernelBox, Left

from mimi.flow import FlowRecord
from mimi.pairing import Pairing, parse_pairing
from mimi.pairing.ownership import NUMBERS
from tests.elements.model_packets import ICMP, RST, TCP, UDP

# Outside ports are drawn beside those that are forwarded: a flow on one of these would be none that the pairing describes.
NAT_RULES = """
table ip gateway {
  chain prerouting {
    type nat hook prerouting priority -100
    iif o0 ip daddr 203.0.113.1 tcp dport 80 dnat to 10.0.0.5:8080
    iif o0 ip daddr 203.0.113.1 udp dport 5000-5099 dnat to 10.0.0.6
  }
  chain postrouting {
    type nat hook postrouting priority 100
    oif o0 ip saddr 10.0.0.0/16 meta l4proto { tcp, udp } masquerade to :6000-65535 fully-random
    oif o0 ip saddr 10.0.0.0/16 masquerade
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
