# SPDX-License-Identifier: Apache-2.0
"""A minion with the state of a Linux box lets out what the box lets out, to the byte.

The box tracks a thousand connections of each kind; its table is imported. Then the same random packets, both ways, and errors about
them, go through both. What differs on purpose is told where it is expected.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from conversation import Flow, Talk
from kernelbox import KernelBox, Left

from mimi.click import Router
from tests.elements.model_packets import TCP, UDP, finished

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


class Minion:
    """The element alone, with the router's duties around it that change packets."""

    def __init__(self, element: str, stack: ExitStack) -> None:
        self.router = stack.enter_context(
            Router(
                f"""
                box :: {element};
                in0 :: MemoryIn -> CheckIPHeader -> DecIPTTL -> [0]box;
                in1 :: MemoryIn -> CheckIPHeader -> DecIPTTL -> [1]box;
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

    def __init__(self, box: KernelBox, element: str, flows: list[Flow], stack: ExitStack) -> None:
        self.box, self.flows, self.talk = box, flows, Talk(SEED)
        self._begin()
        self.minion = Minion(element, stack)
        bindings = box.bindings()
        self.minion.router.write("box.import", "".join(b.put_line() + "\n" for b in bindings))
        assert int(self.minion.router.read("box.count")) == len(bindings) == len(flows)

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


def clients(proto: int, count: int) -> list[Flow]:
    """Flows of clients to the VIP; what the responders see is learnt from the box."""
    return [Flow(proto, [((f"10.1.{1 + n // 200}.{1 + n % 200}", 1024 + n * 37 % 60000), ("10.1.0.100", 8080))] * 2) for n in range(count)]


@pytest.mark.parametrize("proto", [TCP, UDP], ids=["tcp", "udp"])
def test_a_balancer_lets_out_what_the_kernel_does(proto: int, stack: ExitStack) -> None:
    box = KernelBox(stack, BALANCER, ("10.1.0.254/32", "10.2.0.254/32"), ["10.1.0.0/16"])
    twins = Twins(box, f"MinionLB({VIPS})", clients(proto, FLOWS), stack)
    twins.talk_on()
    compare(*twins.report_errors((None, None)))
    compare(*twins.report_errors(("10.1.0.253", None)))


def test_an_error_of_a_router_keeps_its_sender_where_the_kernel_says_the_vip(stack: ExitStack) -> None:
    """A difference on purpose: the kernel gives every error from the servers' side the VIP's address; a traceroute is none the wiser."""
    box = KernelBox(stack, BALANCER, ("10.1.0.254/32", "10.2.0.254/32"), ["10.1.0.0/16"])
    twins = Twins(box, f"MinionLB({VIPS})", clients(TCP, 50), stack)
    twins.talk_on()
    packets, theirs, ours = twins.report_errors((None, "10.2.0.253"))
    assert {socket.inet_ntoa(packet[12:16]) for packet in theirs[0]} == {"10.1.0.100"}
    assert {socket.inet_ntoa(packet[12:16]) for packet in ours[0]} == {"10.2.0.253"}
    told = [finished(bytearray(p[:12] + socket.inet_aton("10.1.0.100") + p[16:])) for p in ours[0]]
    compare(packets, theirs, (told, ours[1]))
