# SPDX-License-Identifier: Apache-2.0
"""Packets of both versions of IP in one batch: each takes its family's way, and what a box has no family for is not its business."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoRequest, IPv6, IPv6ExtHdrFragment
from scapy.packet import Raw

from mimi.click import Router
from tests.elements.lb import raw, udp
from tests.elements.model_packets import Endpoint, flow_key, version

HOST4, SERVER4 = "10.0.0.7", ("198.51.100.9", 53)
HOST6, SERVER6 = "2001:db8::7", ("2001:db8:9::9", 53)
NOT_IP = bytes([0x75]) + bytes(39)

FIREWALL = 'MinionFirewall(RULE "allow from inside any any any")'
NAT = "MinionNAT(POOL 203.0.113.1, INSIDE 10.0.0.0/8)"
BALANCER4 = "MinionLB(VIP udp 198.51.100.9:53 random 10.2.0.1:53)"
BALANCER = "MinionLB(VIP udp 198.51.100.9:53 random 10.2.0.1:53, VIP udp [2001:db8:9::9]:53 random [2001:db8:2::11]:53)"


class Box:
    """Packets of an input wait in a queue, so that they come to the box in batches."""

    def __init__(self, element: str, outputs: int = 3) -> None:
        outs = " ".join(f"box[{i}] -> out{i} :: MemoryOut;" for i in range(outputs))
        ways = " ".join(
            f"{name} :: MemoryIn -> MarkIPHeader -> Queue(4096) -> Unqueue(BURST 256) -> [{i}]gate;"
            for i, name in enumerate(("near", "far"))
        )
        self.router = Router(
            f"box :: {element}; gate :: MinionGate(box); {ways} gate[0] -> [0]box; gate[1] -> [1]box; {outs}"
            "gate[2] -> back0 :: MemoryOut; gate[3] -> back1 :: MemoryOut;",
            clock="virtual",
        )
        self.outputs = [f"out{i}" for i in range(outputs)] + ["back0", "back1"]

    def send(self, port: int, packets: Sequence[bytes]) -> dict[str, list[bytes]]:
        """What left, by output; those that nothing left by are not there."""
        for packet in packets:
            self.router.push(("near", "far")[port], packet)
        self.router.run()
        left = {name: [packet.data for packet in self.router.packets(name)] for name in self.outputs}
        return {name: data for name, data in left.items() if data}

    def read(self, handler: str) -> str:
        return self.router.read(f"box.{handler}").decode()

    def stats(self) -> dict[str, int]:
        return {name: int(value) for name, value in (line.split() for line in self.read("stats").splitlines())}


@pytest.fixture
def wall() -> Iterator[Box]:
    box = Box(FIREWALL)
    yield box
    box.router.close()


def udp6(source: Endpoint, destination: Endpoint, data: bytes = b"question") -> bytes:
    return raw(IPv6(src=source[0], dst=destination[0]) / UDP(sport=source[1], dport=destination[1]) / Raw(data))


def question(number: int, six: bool) -> bytes:
    """The first packet of a flow of its own."""
    return udp6((HOST6, 1024 + number), SERVER6) if six else udp((HOST4, 1024 + number), SERVER4)


def answer_to(packet: bytes) -> bytes:
    key = flow_key(packet)
    assert key is not None
    make = udp6 if version(packet) == 6 else udp
    return make(key[2], key[1], b"answer")


def of_version(packets: Sequence[bytes], wanted: int) -> list[bytes]:
    return [packet for packet in packets if version(packet) == wanted]


@pytest.mark.parametrize("seed", range(8))
def test_a_batch_of_both_leaves_whole_and_in_the_order_of_each(wall: Box, seed: int) -> None:
    rng = random.Random(seed)
    share = rng.choice((0.03, 0.5, 0.97))
    packets = [question(rng.randrange(100), rng.random() < share) for _ in range(300)]
    out = wall.send(0, packets)
    assert list(out) == ["out0"]
    for wanted in (4, 6):
        assert of_version(out["out0"], wanted) == of_version(packets, wanted)
    assert (int(wall.read("count")), wall.stats()["new_flows"]) == (len(set(packets)), len(set(packets)))
    back = [answer_to(packet) for packet in packets]
    out = wall.send(1, back)
    for wanted in (4, 6):
        assert of_version(out["out1"], wanted) == of_version(back, wanted)
    assert (wall.stats()["forward"], wall.stats()["reverse"]) == (300, 300)


def test_flows_of_both_expire_and_are_counted_as_one_table(wall: Box) -> None:
    wall.send(0, [question(n, n % 3 == 0) for n in range(60)])
    assert (wall.read("count"), wall.read("digest").split()[0], len(wall.read("export").splitlines())) == ("60", "60", 60)
    wall.router.run(ms=302_000)
    assert (wall.read("count"), wall.stats()["expired"], wall.read("digest")) == ("0", 60, "0 " + "0" * 16)


@pytest.mark.parametrize("first", [4, 6])
def test_what_a_translator_has_no_family_for_passes_beside_what_it_translates(first: int) -> None:
    packets = [question(n, (n % 2 == 0) == (first == 6)) for n in range(100)]
    box = Box(NAT)
    out = box.send(0, packets)
    assert sorted(out) == ["out0", "out2"]
    assert out["out2"] == of_version(packets, 6)
    assert [version(packet) for packet in out["out0"]] == [4] * 50
    assert {flow_key(packet)[1][0] for packet in out["out0"]} == {"203.0.113.1"}  # type: ignore[index]
    assert (box.stats()["passed"], box.stats()["drop_malformed"]) == (50, 0)
    box.router.close()


def test_without_a_third_output_it_is_dropped_and_counted() -> None:
    box = Box(NAT, outputs=2)
    assert list(box.send(0, [question(n, True) for n in range(40)] + [question(1, False)])) == ["out0"]
    assert (box.stats()["drop_unrouted"], box.stats()["forward"]) == (40, 1)
    box.router.close()


@pytest.mark.parametrize("element", [BALANCER, BALANCER4])
def test_a_balancer_passes_what_is_to_no_vip_of_its_version(element: str) -> None:
    box = Box(element)
    other = udp6((HOST6, 9), ("2001:db8:9::a", 53))
    out = box.send(0, [question(1, False), other, question(2, True), NOT_IP])
    six = element == BALANCER
    assert [flow_key(packet)[2] for packet in out["out0"]] == [("10.2.0.1", 53), ("2001:db8:2::11", 53)][: 1 + six]  # type: ignore[index]
    assert out["out2"] == [other, *([] if six else [question(2, True)])]
    assert (box.stats()["drop_malformed"], box.stats()["passed"]) == (1, len(out["out2"]))
    box.router.close()


def test_a_gate_that_drains_keeps_the_own_flows_of_both_and_hands_the_rest_back(wall: Box) -> None:
    own = [question(n, n % 2 == 0) for n in range(40)]
    wall.send(0, own)
    wall.router.write("gate.mode", "drain")
    assert wall.router.read("gate.own") == b"40"
    others = [question(1000 + n, n % 3 == 0) for n in range(40)]
    mixed = [packet for pair in zip(own, others, strict=True) for packet in pair]
    out = wall.send(0, [*mixed, NOT_IP])
    assert sorted(out) == ["back0", "out0"]
    assert out["back0"] == [*others, NOT_IP]
    for wanted in (4, 6):
        assert of_version(out["out0"], wanted) == of_version(own, wanted)
    out = wall.send(1, [answer_to(packet) for packet in mixed])
    assert (len(out["out1"]), len(out["back1"])) == (40, 40)


def test_icmpv6_errors_and_fragments_find_their_flow_in_a_mixed_batch(wall: Box) -> None:
    flow = question(5, True)
    wall.send(0, [flow, question(5, False)])
    router = "2001:db8:ffff::1"
    error = raw(IPv6(src=router, dst=HOST6) / ICMPv6DestUnreach(code=4) / Raw(flow))
    stray = raw(IPv6(src=router, dst=HOST6) / ICMPv6DestUnreach(code=4) / Raw(question(77, True)))
    out = wall.send(1, [answer_to(question(5, False)), stray, error, answer_to(flow)])
    assert of_version(out["out1"], 6) == [error, answer_to(flow)]
    assert (wall.stats()["icmp_errors"], wall.stats()["drop_icmp"]) == (1, 1)
    later = raw(IPv6(src=HOST6, dst=SERVER6[0]) / IPv6ExtHdrFragment(offset=2, m=0, id=9, nh=17) / Raw(b"x" * 8))
    first = raw(
        IPv6(src=HOST6, dst=SERVER6[0]) / IPv6ExtHdrFragment(offset=0, m=1, id=9, nh=17) / UDP(sport=1, dport=53, len=24) / Raw(b"y" * 8)
    )
    echo = raw(IPv6(src=HOST6, dst=SERVER6[0]) / ICMPv6EchoRequest(id=3))
    out = wall.send(0, [later, question(6, False), first, echo])
    assert of_version(out["out0"], 6) == [first, echo, later]
    assert wall.stats()["followed"] == 1
