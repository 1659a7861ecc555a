# SPDX-License-Identifier: Apache-2.0
"""RFC 4787: what a NAT does with UDP. One test for each requirement; tests/rfc/requirements.toml has them all."""

from __future__ import annotations

import struct

import pytest

from mimi.click import Router
from tests.elements.model_nat import ADDRESS, ADDRESS_AND_PORT, INDEPENDENT, Pool, Setup
from tests.elements.model_packets import UDP, finished, flow_key, is_intact
from tests.elements.nat import INSIDE, OUTSIDE, Translator, ends_of, icmp_error, udp

HOST, OTHER = ("10.0.0.5", 4000), ("10.0.0.6", 4000)
SERVER, ELSEWHERE = ("198.51.100.1", 53), ("198.51.100.2", 5353)
POOL = (Pool("203.0.113.1", "203.0.113.1"),)
ONE = Setup(pools=POOL)


def outside_of(nat: Translator, source: tuple[str, int], target: tuple[str, int] = SERVER) -> tuple[str, int]:
    """How ``source`` is seen by ``target``."""
    ((port, packet),) = nat.send(INSIDE, udp(source, target))
    assert port == 0
    assert is_intact(packet)
    return ends_of(packet)[0]


def reaches(nat: Translator, remote: tuple[str, int], outside: tuple[str, int], host: tuple[str, int]) -> bool:
    """Whether a datagram from outside gets in, to ``host``; nothing else may come of it."""
    left = nat.send(OUTSIDE, udp(remote, outside))
    assert [(port, ends_of(packet)) for port, packet in left] in ([], [(1, (remote, host))])
    return bool(left)


@pytest.mark.rfc("4787", "REQ-1")
def test_a_mapping_is_the_same_for_every_destination() -> None:
    with Translator(ONE) as nat:
        outside_of(nat, OTHER)  # has the port that HOST would have kept
        assert outside_of(nat, HOST) == outside_of(nat, HOST, ELSEWHERE) == outside_of(nat, HOST, (SERVER[0], 99))


@pytest.mark.rfc("4787", "REQ-2")
def test_all_ports_of_a_host_have_one_outside_address() -> None:
    with Translator(Setup(pools=(Pool("203.0.113.1", "203.0.113.4"),))) as nat:
        for host in ("10.0.0.5", "10.0.0.6", "10.0.0.7"):
            assert len({outside_of(nat, (host, 5000 + n))[0] for n in range(40)}) == 1


@pytest.mark.rfc("4787", "REQ-3")
def test_no_two_hosts_share_an_outside_port() -> None:
    pool = Pool("203.0.113.1", "203.0.113.1", 2000, 2049)
    with Translator(Setup(pools=(pool,), parity=False)) as nat:
        seen = [outside_of(nat, (f"10.0.1.{n}", 4000)) for n in range(50)]
        assert len(set(seen)) == 50
        assert nat.send(INSIDE, udp(("10.0.2.1", 4000), ELSEWHERE)) == []
        assert nat.stats()["drop_no_port"] == 1


@pytest.mark.rfc("4787", "REQ-3a")
def test_low_ports_stay_low_and_high_ports_high() -> None:
    with Translator(Setup(pools=(Pool("203.0.113.1", "203.0.113.1", 1, 65535),))) as nat:
        assert all(outside_of(nat, (f"10.0.1.{n}", 1000))[1] < 1024 for n in range(30))
        assert all(outside_of(nat, (f"10.0.1.{n}", 5000))[1] >= 1024 for n in range(30))


@pytest.mark.rfc("4787", "REQ-4")
def test_even_ports_stay_even_and_odd_ports_odd() -> None:
    with Translator(ONE) as nat:
        for port in (4000, 4001):
            assert {outside_of(nat, (f"10.0.1.{n}", port))[1] % 2 for n in range(30)} == {port % 2}


@pytest.mark.rfc("4787", "REQ-5", "REQ-5c")
def test_a_mapping_lives_for_five_minutes_unless_configured() -> None:
    pool = ", ".join(pool.text() for pool in POOL)
    with Router(
        f"nat :: MinionNAT({pool}, INSIDE 10.0.0.0/8, FILTERING endpoint-independent); in :: MemoryIn -> CheckIPHeader -> nat -> out :: MemoryOut;"
        "in1 :: MemoryIn -> CheckIPHeader -> [1]nat[1] -> out1 :: MemoryOut",
        clock="virtual",
    ) as router:
        router.push("in", udp(HOST, SERVER))
        router.run(ms=299_000)
        router.push("in1", udp(SERVER, ends_of(router.packets("out")[0].data)[0]))
        router.run()
        assert len(router.packets("out1")) == 1


@pytest.mark.rfc("4787", "REQ-5b")
def test_the_timer_is_configured() -> None:
    with Translator(Setup(pools=POOL, udp=150)) as nat:
        outside = outside_of(nat, HOST)
        nat.pass_time(149)
        assert reaches(nat, SERVER, outside, HOST)
        nat.pass_time(152)
        assert not reaches(nat, SERVER, outside, HOST)


@pytest.mark.rfc("4787", "REQ-6")
def test_packets_from_inside_renew_a_mapping() -> None:
    with Translator(ONE) as nat:
        outside = outside_of(nat, HOST)
        for _ in range(5):
            nat.pass_time(200)
            assert outside_of(nat, HOST) == outside
        assert nat.stats()["new_flows"] == 1


@pytest.mark.rfc("4787", "REQ-6a")
def test_packets_from_outside_renew_a_mapping() -> None:
    with Translator(ONE) as nat:
        outside = outside_of(nat, HOST)
        for _ in range(5):
            nat.pass_time(200)
            assert reaches(nat, SERVER, outside, HOST)


@pytest.mark.rfc("4787", "REQ-8", "REQ-8a")
@pytest.mark.parametrize(
    ("filtering", "server_port", "server_host", "stranger"),
    [(INDEPENDENT, True, True, True), (ADDRESS, True, True, False), (ADDRESS_AND_PORT, True, False, False)],
)
def test_who_gets_in_is_configured(filtering: str, server_port: bool, server_host: bool, stranger: bool) -> None:
    with Translator(Setup(pools=POOL, filtering=filtering)) as nat:
        outside = outside_of(nat, HOST)
        assert reaches(nat, ELSEWHERE, outside, HOST) is stranger
        assert reaches(nat, (SERVER[0], 99), outside, HOST) is server_host
        assert reaches(nat, SERVER, outside, HOST) is server_port


@pytest.mark.rfc("4787", "REQ-9", "REQ-9a")
def test_inside_hosts_meet_at_their_outside_endpoints() -> None:
    with Translator(ONE) as nat:
        here, there = outside_of(nat, HOST), outside_of(nat, OTHER)
        assert [(port, ends_of(p)) for port, p in nat.send(INSIDE, udp(HOST, there))] == [(1, (here, OTHER))]
        assert [(port, ends_of(p)) for port, p in nat.send(INSIDE, udp(OTHER, here))] == [(1, (there, HOST))]


@pytest.mark.rfc("4787", "REQ-10")
def test_addresses_in_the_data_of_datagrams_are_left_alone() -> None:
    body = b"INVITE sip:bob@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060\r\nContact: <sip:alice@10.0.0.5:5060>\r\n\r\n"
    with Translator(ONE) as nat:
        ((_, packet),) = nat.send(INSIDE, udp(("10.0.0.5", 5060), ("198.51.100.1", 5060), body))
        assert packet.endswith(body)
        assert is_intact(packet)


@pytest.mark.rfc("4787", "REQ-11")
def test_a_conflict_changes_neither_mapping_nor_filtering() -> None:
    with Translator(Setup(pools=POOL, filtering=ADDRESS)) as nat:
        for host in (HOST, OTHER, ("10.0.0.7", 4000)):  # the first keeps its port, the others cannot
            outside = outside_of(nat, host)
            assert outside_of(nat, host, ELSEWHERE) == outside
            assert reaches(nat, (SERVER[0], 99), outside, host)
            assert not reaches(nat, ("192.0.2.9", 53), outside, host)


@pytest.mark.rfc("4787", "REQ-12")
@pytest.mark.parametrize(("kind", "code"), [(3, 0), (3, 1), (3, 2), (3, 3), (3, 4), (4, 0), (5, 1), (11, 0), (12, 0)])
def test_no_icmp_message_ends_a_mapping(kind: int, code: int) -> None:
    with Translator(ONE) as nat:
        outside = outside_of(nat, HOST)
        nat.send(OUTSIDE, icmp_error("192.0.2.1", outside[0], udp(outside, SERVER), kind, code))
        assert reaches(nat, SERVER, outside, HOST)
        assert outside_of(nat, HOST, ELSEWHERE) == outside


@pytest.mark.rfc("4787", "REQ-12a", "REQ-12b")
@pytest.mark.parametrize("reporter", ["198.51.100.1", "192.0.2.1", "203.0.113.77"])
def test_anybody_may_report_that_a_destination_cannot_be_reached(reporter: str) -> None:
    with Translator(ONE) as nat:
        outside = outside_of(nat, HOST)
        ((port, packet),) = nat.send(OUTSIDE, icmp_error(reporter, outside[0], udp(outside, SERVER), 3, 3))
        assert port == 1
        assert is_intact(packet)
        assert flow_key(packet[28:]) == (UDP, HOST, SERVER)


FRAGMENTING = """
    nat :: MinionNAT(POOL 203.0.113.1, INSIDE 10.0.0.0/8);
    in :: MemoryIn -> CheckIPHeader -> [0]nat; back :: Idle -> errors :: Null -> [1]nat;
    nat[0] -> mtu :: IPFragmenter(576) -> out0 :: MemoryOut; nat[1] -> out1 :: MemoryOut;
    mtu[1] -> ICMPError(203.0.113.254, unreachable, needfrag, PMTU 576) -> errors;
"""


@pytest.mark.rfc("4787", "REQ-13")
def test_a_packet_that_must_not_be_cut_is_answered_with_the_size_that_fits() -> None:
    with Router(FRAGMENTING) as router:
        packet = bytearray(udp(HOST, SERVER, bytes(1000)))
        packet[6] |= 0x40
        router.push("in", finished(packet))
        router.run()
        assert router.packets("out0") == []
        (answer,) = router.packets("out1")
        assert (answer.data[16:20], answer.data[20], answer.data[21]) == (bytes([10, 0, 0, 5]), 3, 4)
        assert struct.unpack_from("!H", answer.data, 26) == (576,)
        assert flow_key(answer.data[28:]) == (UDP, HOST, SERVER)


@pytest.mark.rfc("4787", "REQ-13a")
def test_a_packet_that_may_be_cut_leaves_as_fragments_in_order() -> None:
    with Router(FRAGMENTING) as router:
        router.push("in", udp(HOST, SERVER, bytes(range(250)) * 6))
        router.run()
        places = [struct.unpack_from("!H", p.data, 6)[0] for p in router.packets("out0")]
        assert [place & 0x1FFF for place in places] == sorted(place & 0x1FFF for place in places)
        assert [bool(place & 0x2000) for place in places] == [True] * (len(places) - 1) + [False]
        assert len(places) == 3
