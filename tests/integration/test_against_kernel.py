# SPDX-License-Identifier: Apache-2.0
"""A minion with the state of a Linux box lets out what the box lets out, to the byte.

The box tracks a thousand connections of each kind; its table is imported. Then the same random packets, both ways, and errors about
them, go through both. What differs on purpose is told where it is expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import IPv6Address

import pytest
from conversation import Flow, Talk
from kernelbox import KernelBox, Left, translates_prefixes

from mimi.click import Router
from tests.elements.model_packets import ICMP, ICMP6, TCP, UDP, Endpoint, address_span, addresses, finished, packed

pytestmark = pytest.mark.root

FLOWS = 1000
PACKETS = 3
SEED = 20240607

BALANCER = """
table ip balancer {
  chain prerouting {
    type nat hook prerouting priority -100
    ip daddr 10.1.0.100 meta l4proto { tcp, udp } th dport 8080 dnat to numgen random mod 3 map { 0 : 10.2.0.1, 1 : 10.2.0.2, 2 : 10.2.0.3 }
  }
}
"""
VIPS = ", ".join(f"VIP {proto} 10.1.0.100:8080 random 10.2.0.1:8080 10.2.0.2:8080 10.2.0.3:8080" for proto in ("tcp", "udp"))

TRANSLATOR = """
table ip translator {
  chain prerouting {
    type nat hook prerouting priority -100
    iifname o0 ip daddr 203.0.113.1 tcp dport 80 dnat to 10.0.0.5:8080
    iifname o0 ip daddr 203.0.113.1 udp dport 53 dnat to 10.0.0.6:5353
  }
  chain postrouting {
    type nat hook postrouting priority 100
    oifname o0 ip saddr 10.0.0.0/8 masquerade fully-random
  }
}
"""
NAT = "MinionNAT(POOL 203.0.113.1 1024-65535, STATIC tcp 203.0.113.1:80 10.0.0.5:8080, STATIC udp 203.0.113.1:53 10.0.0.6:5353, INSIDE 10.0.0.0/8)"

FIREWALL = """
table ip firewall {
  chain forward {
    type filter hook forward priority 0; policy drop;
    meta l4proto 253 accept
    ct state established,related accept
    ct state invalid drop
    iifname i0 ip saddr 10.0.0.0/8 accept
    iifname o0 meta l4proto { tcp, udp } th dport 80 accept
    iifname o0 icmp type echo-request accept
  }
}
"""
WALL = "MinionFirewall(RULE deny from any any any any)"
"""It lets nothing begin: what passes does so because the box's table was imported."""

INTERNAL, EXTERNAL = "fd01:203:405::/48", "2001:db8:1::/48"
PREFIXES = (
    f"POSTROUTING -o o0 -s {INTERNAL} -j SNPT --src-pfx {INTERNAL} --dst-pfx {EXTERNAL}",
    f"PREROUTING -i o0 -d {EXTERNAL} -j DNPT --src-pfx {EXTERNAL} --dst-pfx {INTERNAL}",
)
"""Rules of ip6tables' table mangle (ip6t_NPT.c)."""

IN_IPV6 = {"table ip ": "table ip6 ", "ip daddr": "ip6 daddr", "ip saddr": "ip6 saddr", "icmp type": "icmpv6 type"}
CHECKS = {4: "CheckIPHeader -> DecIPTTL", 6: "CheckIP6Header -> DecIP6HLIM"}


def as_it_is(text: str) -> str:
    return text


def six(text: str) -> str:
    """Rules, elements and addresses of IPv4 in IPv6: 10.1.0.100 is 2001:db8:a01:64:: there, and 10.1.0.0/16 2001:db8:a01::/48."""

    def address6(found: re.Match[str]) -> str:
        a, b, c, d = (int(number) for number in found["address"].split("."))
        text = str(IPv6Address(f"2001:db8:{a:02x}{b:02x}:{c:02x}{d:02x}::"))
        if found["length"]:
            return f"{text}/{32 + int(found['length'])}"
        return f"[{text}]{found['port']}" if found["port"] else text

    for word, word6 in IN_IPV6.items():
        text = text.replace(word, word6)
    return re.sub(r"(?P<address>\d+\.\d+\.\d+\.\d+)(/(?P<length>\d+))?(?P<port>:\d+)?", address6, text)


Family = Callable[[str], str]
families = pytest.mark.parametrize("of", [as_it_is, six], ids=["IPv4", "IPv6"])


class Minion:
    """The element alone, with the router's duties around it that change packets."""

    def __init__(self, element: str, checks: str, stack: ExitStack) -> None:
        self.router = stack.enter_context(
            Router(
                f"""
                box :: {element};
                in0 :: MemoryIn -> {checks} -> [0]box;
                in1 :: MemoryIn -> {checks} -> [1]box;
                box[0] -> out1 :: MemoryOut; box[1] -> out0 :: MemoryOut; box[2] -> others :: MemoryOut;
                """,
                clock="virtual",
            )
        )

    def send(self, side: int, packets: list[bytes]) -> Left:
        self.router.push_all(f"in{side}", packets)
        self.router.run()
        assert self.router.packets("others") == []
        return [p.data for p in self.router.packets("out0")], [p.data for p in self.router.packets("out1")]


class Twins:
    """The box and the minion; every packet goes through both."""

    def __init__(self, box: KernelBox, element: str, flows: list[Flow], stack: ExitStack, *, stateful: bool = True) -> None:
        self.box, self.flows, self.talk = box, flows, Talk(SEED)
        self._begin()
        self.minion = Minion(element, CHECKS[box.version], stack)
        if stateful:
            self._tell()

    def _tell(self) -> None:
        bindings = self.box.bindings()
        self.minion.router.write("box.import", "".join(b.put_line() + "\n" for b in bindings))
        assert int(self.minion.router.read("box.count")) == len(bindings) == len(self.flows)

    def _begin(self) -> None:
        for way, make in ((0, self.talk.first), (1, self.talk.accepted), (0, self.talk.confirmed)):
            for side in (0, 1):
                some = [flow for flow in self.flows if flow.side == side]
                enter = side if way == 0 else 1 - side
                self._heard(some, 1 - way, self.box.send(enter, [make(flow) for flow in some]), 1 - enter)

    def _heard(self, flows: list[Flow], way: int, left: Left, out: int) -> None:
        assert left[1 - out] == []
        assert len(left[out]) == len(flows)
        for flow, packet in zip(flows, left[out], strict=True):
            self.talk.heard(flow, way, packet)

    def talk_on(self) -> None:
        """Random packets in both directions, compared."""
        for _ in range(PACKETS):
            for side in (0, 1):
                flows = self.talk.random.sample(self.flows, len(self.flows))
                ways = [0 if flow.side == side else 1 for flow in flows]
                packets = [self.talk.more(flow, way) for flow, way in zip(flows, ways, strict=True)]
                left = self.box.send(side, packets)
                compare(packets, left, self.minion.send(side, packets))
                assert len(left[1 - side]) == len(packets)
                for flow, way, packet in zip(flows, ways, left[1 - side], strict=True):
                    self.talk.heard(flow, 1 - way, packet)

    def report_errors(self, routers: tuple[str | None, str | None]) -> tuple[list[bytes], Left, Left]:
        """An error about each flow from each side, by its end or the ``routers`` of the two sides."""
        all_packets, theirs, ours = [], ([], []), ([], [])
        for side in (0, 1):
            packets = [self.talk.error(flow, 0 if flow.side == side else 1, routers[side]) for flow in self.flows]
            for total, left in ((theirs, self.box.send(side, packets)), (ours, self.minion.send(side, packets))):
                total[0].extend(left[0])
                total[1].extend(left[1])
            all_packets += packets
        return all_packets, theirs, ours


def compare(packets: list[bytes], theirs: Left, ours: Left) -> None:
    assert len(theirs[0]) + len(theirs[1]) == len(packets)
    for side in (0, 1):
        assert len(ours[side]) == len(theirs[side]), (
            f"{len(packets)} packets: {len(theirs[side])} left the box by {side}, {len(ours[side])} the minion"
        )
        for their, our in zip(theirs[side], ours[side], strict=True):
            assert our == their, f"the box lets out\n{their.hex()}\nthe minion\n{our.hex()}"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def clients(proto: int, count: int, of: Family) -> list[Flow]:
    """Flows of clients to the VIP; what the responders see is learnt from the box."""
    ends = [(of(f"10.1.{1 + n // 200}.{1 + n % 200}"), 1024 + n * 37 % 60000) for n in range(count)]
    return [Flow(proto, [(end, (of("10.1.0.100"), 8080))] * 2) for end in ends]


def kernel_box(stack: ExitStack, of: Family, rules: str, addresses: tuple[str, str], inside: str) -> KernelBox:
    return KernelBox(stack, of(rules), (of(addresses[0]), of(addresses[1])), [of(inside)])


@families
@pytest.mark.parametrize("proto", [TCP, UDP], ids=["tcp", "udp"])
def test_a_balancer_lets_out_what_the_kernel_does(proto: int, of: Family, stack: ExitStack) -> None:
    box = kernel_box(stack, of, BALANCER, ("10.1.0.254/32", "10.2.0.254/32"), "10.1.0.0/16")
    twins = Twins(box, f"MinionLB({of(VIPS)})", clients(proto, FLOWS, of), stack)
    twins.talk_on()
    compare(*twins.report_errors((None, None)))
    compare(*twins.report_errors((of("10.1.0.253"), None)))


@families
def test_an_error_of_a_router_keeps_its_sender_where_the_kernel_says_the_vip(of: Family, stack: ExitStack) -> None:
    """A difference on purpose: the kernel gives every error from the servers' side the VIP's address; a traceroute is none the wiser."""
    box = kernel_box(stack, of, BALANCER, ("10.1.0.254/32", "10.2.0.254/32"), "10.1.0.0/16")
    twins = Twins(box, f"MinionLB({of(VIPS)})", clients(TCP, 50, of), stack)
    twins.talk_on()
    packets, theirs, ours = twins.report_errors((None, of("10.2.0.253")))
    assert {addresses(packet)[0] for packet in theirs[0]} == {of("10.1.0.100")}
    assert {addresses(packet)[0] for packet in ours[0]} == {of("10.2.0.253")}
    compare(packets, theirs, ([from_another(packet, of("10.1.0.100")) for packet in ours[0]], ours[1]))


def from_another(packet: bytes, sender: str) -> bytes:
    other, first = bytearray(packet), address_span(packet).start
    address = packed(sender)
    other[first : first + len(address)] = address
    return finished(other)


def hosts(proto: int, count: int, inbound: Endpoint | None, of: Family = as_it_is) -> list[Flow]:
    """Flows of inside hosts to everywhere; with ``inbound``, every fourth is one of outside hosts to that end, as they know it."""
    flows = []
    for n in range(count):
        host, server = (of(f"10.{n % 7}.{n // 200}.{1 + n % 200}"), 1024 + n * 37 % 60000), (of(f"198.18.{n % 250}.{1 + n // 250}"), 443)
        if inbound and n % 4 == 3:
            flows.append(Flow(proto, [((server[0], 1024 + n), inbound)] * 2, side=1))
        else:
            flows.append(Flow(proto, [(host, (server[0], 0 if proto in (ICMP, ICMP6) else 443))] * 2))
    return flows


@pytest.mark.parametrize(
    ("proto", "forwarded"), [(TCP, ("203.0.113.1", 80)), (UDP, ("203.0.113.1", 53)), (ICMP, None)], ids=["tcp", "udp", "icmp"]
)
def test_a_translator_lets_out_what_the_kernel_does(proto: int, forwarded: Endpoint | None, stack: ExitStack) -> None:
    box = KernelBox(stack, TRANSLATOR, ("10.255.0.1/32", "203.0.113.1/32"), ["10.0.0.0/8"])
    twins = Twins(box, NAT, hosts(proto, FLOWS, forwarded), stack)
    twins.talk_on()
    compare(*twins.report_errors((None, None)))
    compare(*twins.report_errors(("10.0.0.254", "192.0.2.1")))


@families
@pytest.mark.parametrize(
    ("proto", "open_to"), [(TCP, ("10.0.0.5", 80)), (UDP, ("10.0.0.6", 80)), (ICMP, ("10.0.0.7", 0))], ids=["tcp", "udp", "icmp"]
)
def test_a_firewall_lets_out_what_the_kernel_does(proto: int, open_to: Endpoint, of: Family, stack: ExitStack) -> None:
    box = kernel_box(stack, of, FIREWALL, ("10.255.0.1/32", "203.0.113.1/32"), "10.0.0.0/8")
    proto = ICMP6 if proto == ICMP and box.version == 6 else proto
    twins = Twins(box, WALL, hosts(proto, FLOWS, (of(open_to[0]), open_to[1]), of), stack)
    twins.talk_on()
    compare(*twins.report_errors((None, None)))
    compare(*twins.report_errors((of("10.0.0.254"), of("192.0.2.1"))))


@pytest.mark.skipif(not translates_prefixes(), reason="this kernel has no SNPT")
@pytest.mark.parametrize("proto", [TCP, UDP, ICMP6], ids=["tcp", "udp", "icmp"])
def test_a_translator_of_prefixes_lets_out_what_the_kernel_does(proto: int, stack: ExitStack) -> None:
    box = KernelBox(stack, "", ("fd01:203:405:1::fe/128", "2001:db8:ffff::fe/128"), [INTERNAL])
    box.inside("ip6tables", "-t", "raw", "-A", "PREROUTING", "-j", "NOTRACK")
    for rule in PREFIXES:
        box.inside("ip6tables", "-t", "mangle", "-A", *rule.split())
    ends = [(f"fd01:203:405:{n % 211:x}::{n + 1:x}", 1024 + n * 37 % 60000) for n in range(FLOWS)]
    servers = [(f"2001:db8:f:{n % 5}::{n + 1:x}", 0 if proto == ICMP6 else 443) for n in range(FLOWS)]
    flows = [Flow(proto, [(end, server)] * 2) for end, server in zip(ends, servers, strict=True)]
    twins = Twins(box, f"NPTv6({INTERNAL}, {EXTERNAL})", flows, stack, stateful=False)
    twins.talk_on()
    twins.talk.options = 0  # the kernel translates what an error quotes if the error is right behind IPv6's header, the minion always
    compare(*twins.report_errors((None, None)))
    compare(*twins.report_errors(("fd01:203:405::fe", "2001:db8:f::fe")))
