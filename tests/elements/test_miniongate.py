# SPDX-License-Identifier: Apache-2.0
"""MinionGate: which packets stay with the minion while it drains, and that the others go back as they came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mimi.click import Router
from mimi.errors import ClickError
from tests.elements.lb import BACKENDS, DNS, RESOLVERS, VIPS, WEB, icmp_error, six, tcp, udp, vip6
from tests.elements.model_packets import endpoint_text

CLIENT, OTHER = ("10.1.0.1", 40112), ("10.1.0.2", 40112)
SERVER = BACKENDS[1]


def put(seq: int, client: tuple[str, int], backend: tuple[str, int] = SERVER, proto: str = "tcp", vip: tuple[str, int] = WEB) -> str:
    c = endpoint_text(client)
    return f"put {seq} {proto} {c} {endpoint_text(vip)} {c} {endpoint_text(backend)} 7440"


class Gated:
    """A gate and a balancer. ``send`` says what left: ``box 0``, ``box 1``, ``back 0`` or ``back 1``, and the bytes."""

    OUTPUTS = ("box 0", "box 1", "back 0", "back 1")

    def __init__(self) -> None:
        vips = ", ".join(vip.argument() for vip in [*VIPS, *map(vip6, VIPS)])
        self.router = Router(
            f"""
            gate :: MinionGate(lb);
            client :: MemoryIn -> MarkIPHeader -> [0]gate;
            server :: MemoryIn -> MarkIPHeader -> [1]gate;
            gate[0] -> [0]lb :: MinionLB({vips}); gate[1] -> [1]lb;
            lb[0] -> out0 :: MemoryOut; lb[1] -> out1 :: MemoryOut;
            gate[2] -> out2 :: MemoryOut; gate[3] -> out3 :: MemoryOut;
            """,
            clock="virtual",
        )

    def send(self, port: int, *packets: bytes) -> list[tuple[str, bytes]]:
        for packet in packets:
            self.router.push(("client", "server")[port], packet)
        self.router.run()
        return [(self.OUTPUTS[i], packet.data) for i in range(4) for packet in self.router.packets(f"out{i}")]

    def went(self, port: int, *packets: bytes) -> list[str]:
        return [where for where, _ in self.send(port, *packets)]

    def mode(self, word: str) -> None:
        self.router.write("gate.mode", word)

    def load(self, *lines: str) -> None:
        self.router.write("lb.import", "\n".join(lines))

    @property
    def own(self) -> int:
        return int(self.router.read("gate.own"))


@pytest.fixture
def gated() -> Iterator[Gated]:
    gated = Gated()
    yield gated
    gated.router.close()


def test_an_active_gate_lets_everything_through(gated: Gated) -> None:
    assert gated.router.read("gate.mode") == b"active"
    assert gated.went(0, tcp(CLIENT, WEB, "S"), tcp(OTHER, WEB, "S")) == ["box 0", "box 0"]
    assert gated.went(1, udp(RESOLVERS[0], CLIENT)) == []  # of no flow: the balancer drops it
    assert gated.own == 2


def test_while_draining_adopted_flows_stay_in_both_directions(gated: Gated) -> None:
    gated.load(put(1, CLIENT), put(2, OTHER))
    assert gated.own == 0, "a record alone does not make a flow the minion's own"
    gated.send(0, tcp(CLIENT, WEB))
    gated.mode("drain")
    assert gated.own == 1
    assert gated.went(0, tcp(CLIENT, WEB)) == ["box 0"]
    assert gated.went(1, tcp(SERVER, CLIENT)) == ["box 1"]
    assert gated.router.read("gate.handed") == b"0"


def test_while_draining_everything_else_goes_back_unmodified(gated: Gated) -> None:
    gated.load(put(1, CLIENT), put(2, OTHER))
    gated.send(0, tcp(CLIENT, WEB))
    gated.mode("drain")
    others = [tcp(OTHER, WEB), tcp(("10.1.0.3", 9), WEB, "S"), udp(CLIENT, DNS), udp(CLIENT, ("192.0.2.1", 53)), b"\x45" + bytes(40)]
    assert gated.send(0, *others[:4]) == [("back 0", packet) for packet in others[:4]]
    reply = tcp(SERVER, OTHER)
    assert gated.send(1, reply) == [("back 1", reply)]
    assert gated.router.read("gate.handed") == b"5"
    assert gated.router.read("lb.count") == b"2", "nothing begins while the minion drains"


def test_a_flow_that_began_in_the_minion_is_its_own(gated: Gated) -> None:
    gated.send(0, tcp(CLIENT, WEB, "S"), udp(CLIENT, DNS))
    gated.mode("drain")
    assert gated.own == 2
    assert gated.went(0, tcp(CLIENT, WEB), udp(CLIENT, DNS)) == ["box 0", "box 0"]


def test_errors_about_own_flows_are_the_boxs(gated: Gated) -> None:
    gated.load(put(1, CLIENT), put(2, OTHER))
    gated.send(0, tcp(CLIENT, WEB))
    gated.mode("drain")
    about_own, about_other = (icmp_error("10.2.0.254", client[0], tcp(client, SERVER)) for client in (CLIENT, OTHER))
    assert gated.went(1, about_own) == ["box 1"]
    assert gated.send(1, about_other) == [("back 1", about_other)]


def test_a_newer_record_of_the_same_binding_does_not_take_a_flow_away(gated: Gated) -> None:
    """The primary times the flow out, or says again what it knows: it missed what went through the minion."""
    gated.load(put(1, CLIENT))
    gated.send(0, tcp(CLIENT, WEB))
    gated.mode("drain")
    gated.load(put(9, CLIENT))
    assert gated.went(0, tcp(CLIENT, WEB)) == ["box 0"]


def test_a_record_with_another_backend_is_another_flow_and_the_primarys(gated: Gated) -> None:
    gated.load(put(1, CLIENT))
    gated.send(0, tcp(CLIENT, WEB))
    gated.mode("drain")
    gated.load(put(9, CLIENT, BACKENDS[0]))
    assert gated.own == 0
    assert gated.went(0, tcp(CLIENT, WEB)) == ["back 0"]


def test_the_port_of_an_ended_flow_begins_anew_at_the_primary(gated: Gated) -> None:
    gated.send(0, tcp(CLIENT, WEB, "S"))
    gated.mode("drain")
    assert gated.own == 1
    assert gated.went(0, tcp(CLIENT, WEB, "R")) == ["box 0"]
    assert gated.own == 0, "a flow that was reset has ended"
    assert gated.went(0, tcp(CLIENT, WEB, "S"), tcp(CLIENT, WEB)) == ["back 0", "back 0"]
    assert gated.router.read("lb.count") == b"0"


def test_own_flows_end_and_the_minion_can_be_taken_out(gated: Gated) -> None:
    gated.load(put(1, CLIENT))
    gated.send(0, tcp(CLIENT, WEB))
    gated.mode("drain")
    gated.send(0, tcp(CLIENT, WEB, "FA"))
    assert gated.own == 1, "half closed"
    gated.send(1, tcp(SERVER, CLIENT, "FA"))
    assert gated.own == 0
    assert gated.went(0, tcp(CLIENT, WEB)) == ["box 0"], "the last acknowledgement still belongs to it"


def test_own_flows_that_fall_silent_expire(gated: Gated) -> None:
    gated.send(0, udp(CLIENT, DNS))
    gated.mode("drain")
    gated.router.run(ms=301_000)
    assert gated.own == 0
    assert gated.went(0, udp(CLIENT, DNS)) == ["back 0"]


def test_active_again_takes_everything(gated: Gated) -> None:
    gated.load(put(1, CLIENT))
    gated.mode("drain")
    assert gated.went(0, tcp(CLIENT, WEB)) == ["back 0"]
    gated.mode("active")
    assert gated.went(0, tcp(CLIENT, WEB)) == ["box 0"]
    gated.mode("drain")
    assert gated.own == 1


def test_many_packets_at_once_are_sorted_in_their_order(gated: Gated) -> None:
    clients = [("10.1.0.7", 1000 + number) for number in range(100)]
    gated.load(*(put(number + 1, client) for number, client in enumerate(clients)))
    for client in clients[::3]:
        gated.send(0, tcp(client, WEB))
    gated.mode("drain")
    back = gated.send(0, *(tcp(client, WEB) for client in clients))
    assert [packet for where, packet in back if where == "back 0"] == [tcp(c, WEB) for n, c in enumerate(clients) if n % 3]
    assert sum(where == "box 0" for where, _ in back) == len(clients[::3])


def test_what_is_no_mode_is_refused(gated: Gated) -> None:
    with pytest.raises(ClickError, match="expected active or drain, found 'off'"):
        gated.mode("off")


def test_the_gate_needs_a_box() -> None:
    with pytest.raises(ClickError, match="BOX: expected a MinionLB, MinionNAT or MinionFirewall"):
        Router(
            "gate :: MinionGate(c); c :: Idle -> [0]gate; Idle -> [1]gate; gate[0], gate[1], gate[2], gate[3] => Discard, Discard, Discard, Discard"
        )


def test_flows_of_both_versions_are_sorted_in_one_group(gated: Gated) -> None:
    client, other, web, server = (six(end) for end in (CLIENT, OTHER, WEB, SERVER))
    gated.load(put(1, CLIENT), put(2, client, server, vip=web))
    gated.send(0, tcp(CLIENT, WEB), tcp(client, web))
    gated.mode("drain")
    assert gated.own == 2
    mine, others = [tcp(CLIENT, WEB, "PA", b"x"), tcp(client, web, "PA", b"x")], [tcp(OTHER, WEB, "S"), tcp(other, web, "S")]
    assert sorted(gated.went(0, *mine, *others)) == ["back 0", "back 0", "box 0", "box 0"]
    assert gated.send(0, others[1]) == [("back 0", others[1])]
    assert gated.went(1, tcp(server, client), icmp_error(server[0], client[0], tcp(client, server))) == ["box 1", "box 1"]
    gated.send(0, tcp(client, web, "R"))
    assert gated.own == 1
