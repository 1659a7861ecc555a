# SPDX-License-Identifier: Apache-2.0
"""MinionLB: how it chooses, backends that come and go, and the modes beside DNAT."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import pytest

from mimi.errors import ClickError
from tests.elements.lb import BACKENDS, WEB, Balancer, configuration, icmp_error, tcp
from tests.elements.model_packets import Endpoint, is_intact, rewritten
from tests.elements.model_pool import Pool, Vip

CLIENT = ("10.1.0.1", 40112)
OTHER = ("10.1.0.2", 40112)
SERVER = BACKENDS[1]
PUT = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.2:8080 7440"
KEY = "tcp 10.1.0.1:40112 10.1.0.100:8080"


@pytest.fixture
def lb() -> Iterator[Balancer]:
    with Balancer(configuration()) as lb:
        yield lb


# -- choosing


def balancer(*vips: Vip, arguments: str = "") -> Balancer:
    return Balancer(configuration(arguments=arguments, vips=vips))


def chosen_by(lb: Balancer, service: Endpoint, clients: Sequence[Endpoint]) -> list[str]:
    """The backend that each client's SYN goes to."""
    return [".".join(map(str, lb.send(0, tcp(client, service, "S"))[0][1][16:20])) for client in clients]


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 1, 2)], ids=str)
@pytest.mark.parametrize("choose", ["maglev", "flow-hash", "source-hash"])
def test_hashes_choose_as_they_are_written_down(choose: str, weights: tuple[int, ...]) -> None:
    vip = Vip(6, WEB, BACKENDS, choose, weights=weights, seed=2**64 - 3)
    pool = Pool(vip, lambda _: 0)
    clients = [(f"10.1.{n % 7}.{n % 200}", 1024 + n) for n in range(300)]
    with balancer(vip) as lb:
        assert chosen_by(lb, WEB, clients) == [pool.may_choose((6, client, WEB))[0].end[0] for client in clients]


def test_the_order_of_backends_does_not_matter_to_a_hash() -> None:
    clients = [("10.1.0.1", 1024 + n) for n in range(100)]
    with (
        balancer(Vip(6, WEB, BACKENDS, "maglev", seed=1)) as one,
        balancer(Vip(6, WEB, BACKENDS[::-1], "maglev", seed=1)) as other,
        balancer(Vip(6, WEB, BACKENDS, "maglev", seed=2)) as another,
    ):
        assert chosen_by(one, WEB, clients) == chosen_by(other, WEB, clients)
        assert chosen_by(one, WEB, clients) != chosen_by(another, WEB, clients)


def test_a_client_stays_with_its_backend_by_source_hash() -> None:
    with balancer(Vip(6, WEB, BACKENDS, "source-hash")) as lb:
        assert len(set(chosen_by(lb, WEB, [("10.1.0.9", port) for port in range(2000, 2050)]))) == 1


def test_least_connections_spreads_flows_that_begin_in_one_batch() -> None:
    with balancer(Vip(6, WEB, BACKENDS, "least-connections")) as lb:
        lb.send(0, *[tcp(("10.1.0.1", 3000 + n), WEB, "S") for n in range(30)])
        assert {lb.choices()["tcp 10.1.0.100:8080", backend] for backend in BACKENDS} == {10}
        assert [line.split()[-1] for line in lb.shown()[1:]] == ["10", "10", "10"]


def test_a_new_flow_does_not_take_the_place_of_another_at_its_backend() -> None:
    """One client port towards two ports of a VIP, one port behind them: the second flow goes elsewhere, or nowhere."""
    with balancer(Vip(6, ("10.1.0.100", 80), BACKENDS[:2], "source-hash", last_port=90)) as lb:
        lefts = [lb.send(0, tcp(CLIENT, ("10.1.0.100", port), "S")) for port in (80, 81, 82)]
        assert len({left[0][1][16:20] for left in lefts[:2]}) == 2
        assert lefts[2] == []
        assert (lb.read("count").strip(), lb.stats()["collisions"], lb.stats()["drop_no_backend"]) == ("2", 0, 1)


def test_backends_keep_the_port_or_all_take_one() -> None:
    with balancer(Vip(6, ("10.1.0.100", 80), (("10.2.0.1", 0),), last_port=90)) as lb:
        assert lb.send(0, tcp(CLIENT, ("10.1.0.100", 85), "S"))[0][1][16:24] == bytes([10, 2, 0, 1]) + struct.pack("!HH", 40112, 85)
        assert lb.send(1, tcp(("10.2.0.1", 85), CLIENT, "SA"))[0][0] == 1
        assert lb.send(1, tcp(("10.2.0.1", 91), CLIENT, "SA"))[0][0] == 2
        assert lb.send(0, tcp(CLIENT, ("10.1.0.100", 91), "S"))[0][0] == 2


# -- backends that come and go


def test_a_backend_that_drains_keeps_its_flows_and_gets_no_new_ones() -> None:
    with balancer(Vip(6, WEB, BACKENDS[:2], "round-robin")) as lb:
        lb.write("import", PUT)
        lb.write("backend_drain", "tcp 10.1.0.100:8080 10.2.0.2:8080")
        assert set(chosen_by(lb, WEB, [("10.1.0.1", 3000 + n) for n in range(6)])) == {"10.2.0.1"}
        packet = tcp(CLIENT, WEB)
        assert lb.send(0, packet) == [(0, rewritten(packet, (CLIENT, SERVER), 0, 0))]
        lb.write("backend_add", "tcp 10.1.0.100:8080 10.2.0.2:8080")
        assert set(chosen_by(lb, WEB, [("10.1.0.1", 4000 + n) for n in range(6)])) == {"10.2.0.1", "10.2.0.2"}


def test_records_of_the_primary_reach_a_draining_backend_but_not_a_removed_one(lb: Balancer) -> None:
    lb.write("backend_drain", "tcp 10.1.0.100:8080 10.2.0.2:8080")
    lb.write("import", PUT)
    assert lb.stats()["applied"] == 1
    lb.write("backend_remove", "tcp 10.1.0.100:8080 10.2.0.2:8080")
    lb.write("import", PUT.replace("put 7", "put 8").replace(":40112", ":40113"))
    assert (lb.stats()["applied"], lb.stats()["refused"]) == (1, 1)
    assert len(lb.send(0, tcp(CLIENT, WEB))) == 1


def test_a_removed_backend_leaves_the_list_with_its_last_flow(lb: Balancer) -> None:
    lb.write("backend_add", "tcp 10.1.0.100:8080 10.2.0.9:99 5")
    lb.write("import", "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.9:99 60")
    lb.write("backend_remove", "tcp 10.1.0.100:8080 10.2.0.9:99")
    assert "backend 10.2.0.9:99 weight 5 state removed flows 1" in lb.shown()
    lb.pass_time(62)
    assert "10.2.0.9" not in lb.read("vips")


def test_purging_a_backend_forgets_its_flows_alone(lb: Balancer) -> None:
    lb.write("import", PUT + "\n" + PUT.replace(":40112", ":40113").replace("10.2.0.2", "10.2.0.1"))
    lb.write("backend_purge", "tcp 10.1.0.100:8080 10.2.0.2:8080")
    assert (lb.read("count").strip(), lb.stats()["removed"]) == ("1", 1)
    assert lb.read("lookup", KEY) == ""


def test_slots_of_backends_are_used_again_and_count_from_nothing() -> None:
    with balancer(Vip(6, WEB, BACKENDS[:1]), arguments="BACKENDS 2") as lb:
        for n in range(20):
            lb.write("backend_add", f"tcp 10.1.0.100:8080 10.2.1.{n}:80 1000")
            lb.write("backend_drain", "tcp 10.1.0.100:8080 10.2.0.1:8080")
            lb.send(0, tcp(CLIENT, WEB, "S"))
            assert f"backend 10.2.1.{n}:80 chosen 1 forward 1 reverse 0 weight 1000 state active flows 1" in lb.read("vips")
            with pytest.raises(ClickError, match="expected no more than 2 backends"):
                lb.write("backend_add", "tcp 10.1.0.100:8080 10.2.0.7:80")
            lb.write("backend_remove", f"tcp 10.1.0.100:8080 10.2.1.{n}:80")
            lb.write("clear")


@pytest.mark.parametrize(
    ("handler", "text", "message"),
    [
        ("backend_add", "", "expected PROTO ADDRESS:PORT BACKEND, found nothing"),
        ("backend_add", "tcp 10.1.0.100:8080", r"line 1: expected PROTO ADDRESS:PORT BACKEND \[WEIGHT\], found 2 words"),
        ("backend_drain", "tcp 10.1.0.100:8080 10.2.0.1:8080 4", "line 1: expected PROTO ADDRESS:PORT BACKEND, found 4 words"),
        ("backend_weight", "tcp 10.1.0.100:8080 10.2.0.1:8080", "line 1: expected PROTO ADDRESS:PORT BACKEND WEIGHT, found 3 words"),
        (
            "backend_add",
            "tcp 10.1.0.100:8082 10.2.0.1:8080",
            "expected a VIP of this balancer, found 'tcp 10.1.0.100:8082'; the handler vips lists them",
        ),
        ("backend_down", "tcp 10.1.0.100:8080 10.2.0.9:8080", "expected a backend of VIP tcp 10.1.0.100:8080, found '10.2.0.9:8080'"),
        ("backend_purge", "tcp 10.1.0.100:8080 10.2.0.9:8080", "expected a backend of that VIP, found '10.2.0.9:8080'"),
        ("backend_add", "tcp 10.1.0.100:8080 10.2.0.1", "expected a new backend, found '10.2.0.1', which is reached like '10.2.0.1:8080'"),
        ("backend_weight", "tcp 10.1.0.100:8080 10.2.0.1:8080 heavy", "expected a weight from 0 to 65535, found 'heavy'"),
    ],
)
def test_a_wrong_change_is_named_and_nothing_is_changed(lb: Balancer, handler: str, text: str, message: str) -> None:
    before = lb.read("vips")
    right = "tcp 10.1.0.100:8080 10.2.0.1:8080" + {"backend_add": " 7", "backend_weight": " 7"}.get(handler, "")
    with pytest.raises(ClickError, match=message):
        lb.write(handler, text)
    if text:
        with pytest.raises(ClickError, match=message.replace("line 1", "line 2")):
            lb.write(handler, f"{right}\n{text}")
    assert lb.read("vips") == before


# -- full NAT


def full_nat(sources: str, backends: tuple[Endpoint, ...] = BACKENDS[:1]) -> Vip:
    return Vip(6, WEB, backends, "round-robin", mode="full-nat", sources=(sources,))


def test_full_nat_sends_from_an_address_of_its_own_and_back() -> None:
    with balancer(full_nat("10.3.0.1-10.3.0.4")) as lb:
        ((_, syn),) = lb.send(0, tcp(CLIENT, WEB, "S"))
        source = (".".join(map(str, syn[12:16])), struct.unpack_from("!H", syn, 20)[0])
        assert source[0] in {f"10.3.0.{n}" for n in range(1, 5)}
        assert source[1] == CLIENT[1], "the client's own port, since it is free"
        assert is_intact(syn)
        answer = tcp(BACKENDS[0], source, "SA")
        assert lb.send(1, answer) == [(1, rewritten(answer, (WEB, CLIENT), 0, 0))]
        assert lb.send_and_look(0, tcp(CLIENT, WEB))[0][1].dst_ip == BACKENDS[0][0]


def test_full_nat_gives_every_flow_its_own_source_until_there_is_none() -> None:
    with balancer(full_nat("10.3.0.1-10.3.0.2:5000-5004")) as lb:
        lefts = [lb.send(0, tcp(("10.1.0.1", port), WEB, "S")) for port in range(3000, 3011)]
        assert len({left[0][1][12:22] for left in lefts[:10]}) == 10
        assert lefts[10] == []
        assert lb.stats()["drop_no_backend"] == 1


def test_full_nat_asks_the_next_backend_when_one_has_no_source_left() -> None:
    with balancer(full_nat("10.3.0.1:5000-5000", BACKENDS[:2])) as lb:
        lb.write("backend_drain", "tcp 10.1.0.100:8080 10.2.0.2:8080")
        assert chosen_by(lb, WEB, [("10.1.0.1", 3000)]) == ["10.2.0.1"]
        lb.write("backend_add", "tcp 10.1.0.100:8080 10.2.0.2:8080")
        lb.write("backend_weight", "tcp 10.1.0.100:8080 10.2.0.2:8080 1")
        assert chosen_by(lb, WEB, [("10.1.0.1", 3001)]) == ["10.2.0.2"]
        assert lb.send(0, tcp(("10.1.0.1", 3002), WEB, "S")) == []


def test_imported_flows_keep_their_sources() -> None:
    with balancer(full_nat("10.3.0.1:5000-5001")) as lb:
        lb.write("import", "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.3.0.1:5000 10.2.0.1:8080 60")
        assert lb.send(0, tcp(OTHER, WEB, "S"))[0][1][20:22] == struct.pack("!H", 5001)
        assert lb.send(0, tcp(("10.1.0.3", 1), WEB, "S")) == []
        lb.pass_time(62)
        assert lb.send(0, tcp(("10.1.0.3", 1), WEB, "S"))[0][1][20:22] == struct.pack("!H", 5000)


# -- direct return


@pytest.fixture
def direct() -> Iterator[Balancer]:
    with balancer(Vip(6, WEB, (("10.2.0.1", 0), ("10.2.0.2", 0)), "round-robin", mode="direct")) as lb:
        yield lb


def test_direct_packets_leave_unchanged_towards_their_backend(direct: Balancer) -> None:
    direct.write("import", PUT)
    packet = tcp(CLIENT, WEB, "PA", b"data")
    ((port, left),) = direct.send_and_look(0, packet)
    assert (port, left.data, left.dst_ip) == (0, packet, "10.2.0.2")
    assert direct.stats()["forward"] == 1


def test_a_direct_flow_is_established_by_its_client_alone(direct: Balancer) -> None:
    direct.send(0, tcp(CLIENT, WEB, "S"))
    direct.send(0, tcp(CLIENT, WEB, "A"))
    assert "state=established" in direct.read("lookup", KEY)


def test_an_error_about_a_direct_answer_reaches_the_backend(direct: Balancer) -> None:
    direct.write("import", PUT)
    error = icmp_error("10.1.0.254", WEB[0], tcp(WEB, CLIENT, "A", b"too long"), 3, 4)
    ((port, left),) = direct.send_and_look(0, error)
    assert (port, left.data, left.dst_ip) == (0, error, "10.2.0.2")


def test_what_a_direct_backend_sends_is_not_the_balancers_business(direct: Balancer) -> None:
    direct.write("import", PUT)
    packet = tcp(SERVER, CLIENT, "A")
    assert direct.send(1, packet) == [(2, packet)]
