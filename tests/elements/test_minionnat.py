# SPDX-License-Identifier: Apache-2.0
"""MinionNAT, behaviour by behaviour. Comparisons with the model, and the RFCs one by one, are elsewhere."""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP
from scapy.packet import Raw

from mimi.click import Router
from mimi.errors import ClickError
from tests.elements.model_nat import ADDRESS, ADDRESS_AND_PORT, INDEPENDENT, Pool, Setup, Static
from tests.elements.model_packets import Endpoint, checksum, is_intact
from tests.elements.nat import INSIDE, OUTSIDE, Translator, answer, ends_of, icmp_error, query, tcp, udp

HOST: Endpoint = ("10.0.0.1", 4000)
GUEST: Endpoint = ("10.0.0.2", 4000)
SERVER: Endpoint = ("192.0.2.1", 80)
OTHER: Endpoint = ("192.0.2.2", 80)
ONE = (Pool("203.0.113.1", "203.0.113.1"),)
SEEN: Endpoint = ("203.0.113.1", 4000)
PUT = "put 7 tcp 10.0.0.1:4000 192.0.2.1:80 203.0.113.1:5000 192.0.2.1:80 7440 state=established"


class Make(Protocol):
    def __call__(self, setup: Setup | None = None, arguments: str = "") -> Translator: ...


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def maker(setup: Setup | None = None, arguments: str = "") -> Translator:
            return stack.enter_context(Translator(setup or Setup(pools=ONE), arguments))

        yield maker


@pytest.fixture
def nat(make: Make) -> Translator:
    return make()


def reversed_packet(packet: bytes) -> bytes:
    """An answer to a packet with the ends of that: checksums do not matter."""
    out = bytearray(packet)
    out[12:16], out[16:20] = packet[16:20], packet[12:16]
    if packet[9] == 1:
        out[20] = 0
    else:
        out[20:22], out[22:24] = packet[22:24], packet[20:22]
    return bytes(out)


def seen_as(nat: Translator, packet: bytes) -> Endpoint:
    ((port, left),) = nat.send(INSIDE, packet)
    assert port == OUTSIDE - 1
    assert is_intact(left)
    return ends_of(left)[0]


# -- flows from inside


@pytest.mark.parametrize("packet", [tcp(HOST, SERVER, "S"), udp(HOST, SERVER)])
def test_a_flow_is_seen_as_the_pool_address_and_answers_come_back(nat: Translator, packet: bytes) -> None:
    assert seen_as(nat, packet) == SEEN
    back = tcp(SERVER, SEEN, "SA") if packet[9] == 6 else udp(SERVER, SEEN)
    ((port, left),) = nat.send(OUTSIDE, back)
    assert (port, ends_of(left)) == (1, (SERVER, HOST))
    assert is_intact(left)


@pytest.mark.parametrize("kind", [8, 13])
def test_a_query_is_answered_by_its_identifier(nat: Translator, kind: int) -> None:
    address, ident = seen_as(nat, query(HOST[0], SERVER[0], 77, kind))
    ((port, left),) = nat.send(OUTSIDE, answer(SERVER[0], address, ident, {8: 0, 13: 14}[kind]))
    assert (port, left) == (1, answer(SERVER[0], HOST[0], 77, {8: 0, 13: 14}[kind]))
    assert f"icmp 10.0.0.1:77 192.0.2.1:0 {address}:{ident} 192.0.2.1:0" in nat.read("export")


def test_a_second_host_gets_another_port(nat: Translator) -> None:
    assert seen_as(nat, tcp(HOST, SERVER, "S")) == SEEN
    address, port = seen_as(nat, tcp(GUEST, SERVER, "S"))
    assert address == SEEN[0]
    assert port != SEEN[1]
    assert port >= 1024


def test_udp_ports_keep_their_parity(nat: Translator) -> None:
    for port in (4000, 4001):
        seen_as(nat, udp((HOST[0], port), SERVER))
        assert all(seen_as(nat, udp((f"10.0.1.{n}", port), SERVER))[1] % 2 == port % 2 for n in range(1, 40))


def test_ports_that_are_not_kept_are_scattered(make: Make) -> None:
    nat = make(Setup(pools=ONE, preservation=False))
    ports = [seen_as(nat, tcp((HOST[0], 4000 + n), SERVER, "S"))[1] for n in range(200)]
    assert len(set(ports)) == 200
    steps = {b - a for a, b in itertools.pairwise(ports)}
    assert len(steps) > 190
    assert max(ports) - min(ports) > 30000


@pytest.mark.parametrize(
    ("mapping", "same_port", "same_address"), [(INDEPENDENT, True, True), (ADDRESS, False, True), (ADDRESS_AND_PORT, False, False)]
)
def test_a_mapping_is_shared_by_what_it_depends_on(make: Make, mapping: str, *, same_port: bool, same_address: bool) -> None:
    nat = make(Setup(pools=ONE, mapping=mapping))
    first = seen_as(nat, udp(HOST, SERVER))
    assert (seen_as(nat, udp(HOST, (SERVER[0], 81))) == first) is same_address
    assert (seen_as(nat, udp(HOST, OTHER)) == first) is same_port


def test_all_ports_of_a_host_are_of_one_address(make: Make) -> None:
    nat = make(Setup(pools=(Pool("203.0.113.1", "203.0.113.8"),)))
    for host in range(1, 9):
        packets = [*(tcp((f"10.0.0.{host}", 5000 + n), SERVER, "S") for n in range(5)), udp((f"10.0.0.{host}", 9), SERVER)]
        assert len({seen_as(nat, packet)[0] for packet in packets}) == 1


def test_arbitrary_pooling_uses_every_address(make: Make) -> None:
    nat = make(Setup(pools=(Pool("203.0.113.1", "203.0.113.3"), Pool("203.0.114.7", "203.0.114.7")), paired=False))
    assert len({seen_as(nat, tcp((HOST[0], 5000 + n), SERVER, "S"))[0] for n in range(200)}) == 4


def test_every_port_is_used_before_a_flow_is_refused_and_again_after_its_end(make: Make) -> None:
    nat = make(Setup(pools=(Pool("203.0.113.1", "203.0.113.1", 2000, 2063),)))
    ports = {seen_as(nat, udp((HOST[0], 100 + n), SERVER))[1] for n in range(64)}
    assert ports == set(range(2000, 2064))
    assert nat.send(INSIDE, udp((HOST[0], 99), SERVER)) == []
    assert nat.stats()["drop_no_port"] == 1
    assert seen_as(nat, tcp((HOST[0], 99), SERVER, "S"))[1] in ports  # each protocol has its own
    assert "address 203.0.113.1 tcp 1 63 udp 64 0 icmp 0 64" in nat.read("pools")
    nat.pass_time(301)
    assert seen_as(nat, udp((HOST[0], 99), SERVER))[1] in ports


def test_a_paired_host_stays_with_its_full_address(make: Make) -> None:
    nat = make(Setup(pools=(Pool("203.0.113.1", "203.0.113.1", 2000, 2003), Pool("203.0.114.1", "203.0.114.1", 2000, 2003))))
    first = {seen_as(nat, udp((HOST[0], 100 + n), SERVER))[0] for n in range(4)}
    assert len(first) == 1
    assert nat.send(INSIDE, udp((HOST[0], 200), SERVER)) == []
    assert {seen_as(nat, udp((GUEST[0], 100 + n), SERVER))[0] for n in range(4)} == {"203.0.113.1", "203.0.114.1"} - first


def test_a_full_table_refuses_a_flow_and_keeps_no_port_for_it(make: Make) -> None:
    nat = make(Setup(pools=ONE, capacity=1))
    seen_as(nat, udp(HOST, SERVER))
    assert nat.send(INSIDE, udp((HOST[0], 9), SERVER)) == []
    assert nat.stats()["drop_refused"] == 1
    assert "udp 1 64511" in nat.read("pools")


def test_packets_of_a_group_share_what_the_first_of_them_began(nat: Translator) -> None:
    packets = [udp(HOST, server, bytes([n])) for n in range(40) for server in (SERVER, OTHER)]
    assert {ends_of(left)[0] for _, left in nat.send(INSIDE, *packets)} == {SEEN}
    assert (nat.stats()["new_flows"], nat.read("mappings").strip()) == (2, "udp 10.0.0.1:4000 203.0.113.1:4000 flows 2")


# -- flows from outside


@pytest.mark.parametrize(
    ("filtering", "admitted"),
    [(INDEPENDENT, [SERVER, (SERVER[0], 9), OTHER]), (ADDRESS, [SERVER, (SERVER[0], 9)]), (ADDRESS_AND_PORT, [SERVER])],
)
def test_filtering_says_who_may_send_to_a_mapping(make: Make, filtering: str, admitted: list[Endpoint]) -> None:
    for remote in (SERVER, (SERVER[0], 9), OTHER):
        nat = make(Setup(pools=ONE, filtering=filtering))
        seen_as(nat, udp(HOST, SERVER))
        left = nat.send(OUTSIDE, udp(remote, SEEN))
        assert [(port, ends_of(data)) for port, data in left] == ([(1, (remote, HOST))] if remote in admitted else [])


def test_filtering_by_address_ends_with_the_last_flow_to_it(make: Make) -> None:
    nat = make(Setup(pools=ONE, filtering=ADDRESS))
    seen_as(nat, udp(HOST, SERVER))
    nat.pass_time(200)
    seen_as(nat, udp(HOST, OTHER))
    nat.pass_time(200)
    assert nat.send(OUTSIDE, udp((SERVER[0], 9), SEEN)) == []
    assert len(nat.send(OUTSIDE, udp((OTHER[0], 9), SEEN))) == 1


def test_an_unsolicited_syn_is_not_answered(nat: Translator) -> None:
    assert nat.send(OUTSIDE, tcp(SERVER, SEEN, "S")) == []
    assert nat.stats()["drop_unsolicited"] == 1


def test_both_sides_may_open_at_once(make: Make) -> None:
    nat = make(Setup(pools=ONE, filtering=ADDRESS_AND_PORT))
    assert seen_as(nat, tcp(HOST, SERVER, "S")) == SEEN
    assert [port for port, _ in nat.send(OUTSIDE, tcp(SERVER, SEEN, "S"))] == [1]
    assert seen_as(nat, tcp(HOST, SERVER, "SA")) == SEEN
    assert [port for port, _ in nat.send(OUTSIDE, tcp(SERVER, SEEN, "SA"))] == [1]
    seen_as(nat, tcp(HOST, SERVER, "A"))
    assert "state=established" in nat.read("export")


def test_a_forwarded_range_leads_to_its_host(make: Make) -> None:
    nat = make(Setup(pools=ONE, statics=(Static("tcp", (SEEN[0], 80), ("10.0.0.9", 8080), 3),), filtering=ADDRESS_AND_PORT))
    for offset, left in ((0, 1), (2, 1), (3, 0)):
        packets = nat.send(OUTSIDE, tcp(OTHER, (SEEN[0], 80 + offset), "S"))
        assert [ends_of(data)[1] for _, data in packets] == [("10.0.0.9", 8080 + offset)] * left
    assert [ends_of(data) for _, data in nat.send(INSIDE, tcp(("10.0.0.9", 8080), OTHER, "SA"))] == [((SEEN[0], 80), OTHER)]
    assert nat.send(OUTSIDE, udp(OTHER, (SEEN[0], 80))) == []
    assert seen_as(nat, tcp(("10.0.0.9", 8081), SERVER, "S")) == (SEEN[0], 81)


def test_a_forwarded_port_is_never_given_out(make: Make) -> None:
    pool = (Pool(SEEN[0], SEEN[0], 2000, 2007),)
    nat = make(Setup(pools=pool, statics=(Static("tcp", (SEEN[0], 2002), ("10.0.0.9", 80), 4),)))
    ports = {seen_as(nat, tcp((HOST[0], 2000 + n), SERVER, "S"))[1] for n in range(4)}
    assert ports == {2000, 2001, 2006, 2007}
    assert nat.send(INSIDE, tcp((HOST[0], 3000), SERVER, "S")) == []


def test_one_to_one_leaves_ports_and_identifiers_alone(make: Make) -> None:
    nat = make(Setup(pools=(), statics=(Static("any", ("203.0.113.9", 0), ("10.0.0.9", 0)),)))
    assert seen_as(nat, udp(("10.0.0.9", 53), SERVER)) == ("203.0.113.9", 53)
    assert seen_as(nat, query("10.0.0.9", SERVER[0], 5)) == ("203.0.113.9", 5)
    assert [ends_of(data) for _, data in nat.send(OUTSIDE, tcp(OTHER, ("203.0.113.9", 22), "S"))] == [(OTHER, ("10.0.0.9", 22))]
    assert nat.send(OUTSIDE, query(OTHER[0], "203.0.113.9", 8)) == [(1, query(OTHER[0], "10.0.0.9", 8))]
    assert nat.send(INSIDE, answer("10.0.0.9", OTHER[0], 8)) == [(0, answer("203.0.113.9", OTHER[0], 8))]
    assert nat.send(INSIDE, udp(HOST, SERVER)) == []  # nothing is left for others


# -- between inside hosts


def test_inside_hosts_reach_each_other_by_outside_endpoints(nat: Translator) -> None:
    host, guest = seen_as(nat, udp(HOST, SERVER)), seen_as(nat, udp(GUEST, SERVER))
    assert [(port, ends_of(data)) for port, data in nat.send(INSIDE, udp(HOST, guest))] == [(1, (host, GUEST))]
    assert [(port, ends_of(data)) for port, data in nat.send(INSIDE, udp(GUEST, host))] == [(1, (guest, HOST))]
    assert nat.stats()["hairpins"] == 2


def test_hairpins_can_be_forbidden(make: Make) -> None:
    nat = make(Setup(pools=ONE, hairpinning=False))
    guest = seen_as(nat, udp(GUEST, SERVER))
    assert nat.send(INSIDE, udp(HOST, guest)) == []
    assert nat.stats()["drop_hairpin"] == 1


def test_a_hairpin_that_leads_nowhere_keeps_no_port(nat: Translator) -> None:
    assert nat.send(INSIDE, udp(HOST, (SEEN[0], 9999))) == []
    assert (nat.read("mappings").strip(), nat.read("count").strip()) == ("", "0")
    assert "udp 0 64512" in nat.read("pools")


# -- what is not the translator's


@pytest.mark.parametrize(
    ("port", "packet"),
    [
        (INSIDE, udp(("172.16.0.1", 9), SERVER)),
        (OUTSIDE, udp(SERVER, ("192.0.2.9", 9))),
        (OUTSIDE, udp(HOST, SEEN)),
    ],
    ids=["a source that is not inside", "a destination that is not ours", "an inside source from outside"],
)
def test_what_is_not_ours_passes_unchanged(nat: Translator, port: int, packet: bytes) -> None:
    assert nat.send(port, packet) == [(2, packet)]


def test_the_right_numbers_from_the_wrong_side_are_no_part_of_a_flow(nat: Translator) -> None:
    seen_as(nat, tcp(HOST, SERVER, "S"))
    before = nat.read("export")
    for port, packet in ((OUTSIDE, tcp(HOST, SERVER, "R")), (INSIDE, tcp(SERVER, SEEN, "R"))):
        assert nat.send(port, packet) == [(2, packet)]
    assert nat.read("export") == before


def test_a_reply_to_no_query_begins_nothing(make: Make) -> None:
    nat = make(Setup(pools=ONE, unknown="pick"))
    seen_as(nat, query(HOST[0], SERVER[0], 9))
    assert nat.send(INSIDE, answer(HOST[0], OTHER[0], 9)) == []
    assert nat.read("count").strip() == "1"


# -- ICMP errors


@pytest.mark.parametrize("router", [SERVER[0], "198.51.100.1"])
@pytest.mark.parametrize("packet", [tcp(HOST, SERVER, "S"), udp(HOST, SERVER), query(HOST[0], SERVER[0], 9)])
def test_an_error_from_outside_is_about_the_packet_as_it_was(nat: Translator, packet: bytes, router: str) -> None:
    ((_, outside),) = nat.send(INSIDE, packet)
    before = nat.read("export")
    ((port, left),) = nat.send(OUTSIDE, icmp_error(router, SEEN[0], outside[:28]))
    assert port == 1
    assert left[28:48] == packet[:20]
    assert ends_of(left[28:]) == ends_of(packet)
    assert left == icmp_error(router, HOST[0], packet[:28])
    assert nat.read("export") == before


def test_an_error_from_inside_hides_its_router(nat: Translator) -> None:
    seen_as(nat, udp(HOST, SERVER))
    ((_, inside),) = nat.send(OUTSIDE, udp(SERVER, SEEN))
    ((port, left),) = nat.send(INSIDE, icmp_error("10.0.9.9", SERVER[0], inside[:28]))
    assert port == 0
    assert left == icmp_error(SEEN[0], SERVER[0], udp(SERVER, SEEN)[:28])


def test_an_error_between_inside_hosts_comes_back(nat: Translator) -> None:
    host, guest = seen_as(nat, udp(HOST, SERVER)), seen_as(nat, udp(GUEST, SERVER))
    packet = udp(HOST, guest)
    ((_, hairpin),) = nat.send(INSIDE, packet)
    assert nat.send(INSIDE, icmp_error(GUEST[0], host[0], hairpin[:28])) == [(1, icmp_error(guest[0], HOST[0], packet[:28]))]


@pytest.mark.parametrize("place", [-1, 38], ids=["in the error", "in the quoted header"])
def test_a_damaged_error_is_dropped(nat: Translator, place: int) -> None:
    ((_, outside),) = nat.send(INSIDE, udp(HOST, SERVER))
    quoted = bytearray(outside[:28])
    error = bytearray(icmp_error(SERVER[0], SEEN[0], bytes(quoted)))
    if place > 0:
        quoted[10] ^= 1
        error = bytearray(icmp_error(SERVER[0], SEEN[0], bytes(quoted)))
    else:
        error[place] ^= 1
    assert nat.send(OUTSIDE, bytes(error)) == []
    assert nat.stats()["drop_malformed"] == 1


# -- fragments


def fragments_of(packet: bytes, size: int = 24, ident: int = 9) -> list[bytes]:
    data = packet[20:]
    cuts = range(0, len(data), size)
    return [
        bytes(
            IP(
                src=socket.inet_ntoa(packet[12:16]),
                dst=socket.inet_ntoa(packet[16:20]),
                id=ident,
                proto=packet[9],
                frag=at // 8,
                flags=int(at != cuts[-1]),
                ttl=64,
            )
            / Raw(data[at : at + size])
        )
        for at in cuts
    ]


def joined(packets: list[tuple[int, bytes]]) -> set[tuple[int, str, str, bytes]]:
    """What fragments, in any order, come to: output, ends, and the datagram's transport part."""
    parts: dict[tuple[int, str, str], dict[int, bytes]] = {}
    for port, left in packets:
        assert checksum(left[:20]) == 0
        offset = (struct.unpack_from("!H", left, 6)[0] & 0x1FFF) * 8
        parts.setdefault((port, socket.inet_ntoa(left[12:16]), socket.inet_ntoa(left[16:20])), {})[offset] = left[20:]
    return {(*ends, b"".join(data for _, data in sorted(found.items()))) for ends, found in parts.items()}


@pytest.mark.parametrize(
    "packet", [udp(HOST, SERVER, b"d" * 92), tcp(HOST, SERVER, "S", b"d" * 80), query(HOST[0], SERVER[0], 4000, data=b"d" * 92)]
)
@given(order=st.permutations(range(7)))
@settings(max_examples=30, deadline=None)
def test_fragments_follow_the_first_in_whatever_order_they_come(packet: bytes, order: list[int]) -> None:
    fragments = fragments_of(packet)
    with Translator(Setup(pools=ONE)) as whole, Translator(Setup(pools=ONE)) as nat:
        ((_, expected),) = whole.send(INSIDE, packet)
        left = [one for n in order if n < len(fragments) for one in nat.send(INSIDE, fragments[n])]
        assert joined(left) == {(0, SEEN[0], SERVER[0], expected[20:])}
        back = fragments_of(reversed_packet(expected))
        left = nat.send(OUTSIDE, *(back[n] for n in order if n < len(back)))
        assert {ends[:3] for ends in joined(left)} == {(1, SERVER[0], HOST[0])}
        assert nat.stats()["followed"] == 2 * (len(fragments) - 1)
        assert nat.stats()["drop_fragment"] == 0


@pytest.mark.rfc("4787", "REQ-14")
def test_datagrams_with_the_same_number_from_other_hosts_are_not_mixed_up(nat: Translator) -> None:
    host, guest = fragments_of(udp(HOST, SERVER, b"h" * 60)), fragments_of(udp(GUEST, SERVER, b"g" * 60))
    left = nat.send(INSIDE, host[2], guest[1], host[0], guest[0], guest[2], host[1])
    assert len(left) == 6
    assert {data[-8:] for _, data in left} >= {b"h" * 8, b"g" * 8}


def test_fragments_that_wait_in_vain_are_dropped_and_counted(nat: Translator) -> None:
    first, *others = fragments_of(udp(HOST, SERVER, b"d" * 92))
    assert nat.send(INSIDE, *others) == []
    assert nat.stats()["drop_fragment"] == 0
    nat.pass_time(17)
    assert nat.stats()["drop_fragment"] == len(others)
    assert len(nat.send(INSIDE, first)) == 1


@pytest.mark.rfc("4787", "REQ-14a")
def test_a_flood_of_fragments_leaves_whole_packets_alone(nat: Translator) -> None:
    flood = [fragments_of(udp(HOST, SERVER, b"d" * 20), 8, n)[1] for n in range(3000)]
    for at in range(0, len(flood), 500):
        assert nat.send(INSIDE, *flood[at : at + 500]) == []
        assert seen_as(nat, udp(HOST, SERVER)) == SEEN
    assert nat.stats()["drop_fragment"] >= 3000 - 1024
    assert len(nat.send(INSIDE, *fragments_of(udp(HOST, SERVER, b"d" * 40), 16, 40000))) == 3
    nat.pass_time(17)
    assert nat.stats()["drop_fragment"] == 3000


def test_fragments_of_what_is_not_ours_pass_with_their_first(make: Make) -> None:
    nat = make(Setup(pools=ONE))
    fragments = fragments_of(udp(("172.16.0.1", 9), SERVER, b"d" * 40))
    assert nat.send(INSIDE, *fragments) == [(2, fragment) for fragment in fragments]


# -- lifetimes


def test_lifetimes_are_those_of_the_rfcs(nat: Translator) -> None:
    nat.send(INSIDE, tcp(HOST, SERVER, "S"), udp(HOST, SERVER), query(HOST[0], SERVER[0], 9))
    for seconds, left in ((60, 3), (1, 2), (179, 2), (1, 1), (60, 0)):
        nat.pass_time(seconds)
        assert int(nat.read("count")) == left


def test_half_a_close_is_not_the_end(nat: Translator) -> None:
    nat.write("import", PUT)
    nat.send(INSIDE, tcp(HOST, SERVER, "FA"))
    nat.pass_time(7440)
    assert len(nat.send(OUTSIDE, tcp(SERVER, (SEEN[0], 5000), "A", b"late"))) == 1
    nat.send(OUTSIDE, tcp(SERVER, (SEEN[0], 5000), "FA"))
    nat.pass_time(241)
    assert nat.read("count").strip() == "0"


def test_a_syn_after_the_end_is_a_new_flow_of_the_same_mapping(nat: Translator) -> None:
    nat.write("import", PUT)
    nat.send(INSIDE, tcp(HOST, SERVER, "R"))
    assert seen_as(nat, tcp(HOST, SERVER, "S")) == (SEEN[0], 5000)
    assert (nat.stats()["new_flows"], nat.read("count").strip()) == (1, "1")
    assert "state=new" in nat.read("export")


# -- unknown flows


def test_the_middle_of_an_unknown_flow_waits_for_its_record(nat: Translator) -> None:
    assert nat.send(INSIDE, tcp(HOST, SERVER, "A")) == []
    assert nat.send(OUTSIDE, tcp(SERVER, (SEEN[0], 5000), "A")) == []
    nat.write("import", PUT)
    assert seen_as(nat, tcp(HOST, SERVER, "A")) == (SEEN[0], 5000)
    assert len(nat.send(OUTSIDE, tcp(SERVER, (SEEN[0], 5000), "A"))) == 1


def test_reset_answers_inside_hosts_alone(make: Make) -> None:
    nat = make(Setup(pools=ONE, unknown="reset"))
    ((port, left),) = nat.send(INSIDE, tcp(HOST, SERVER, "A", ack=999))
    assert (port, ends_of(left)) == (1, (SERVER, HOST))
    assert struct.unpack_from("!I", left, 24) == (999,)
    assert nat.send(OUTSIDE, tcp(SERVER, SEEN, "A")) == []


# -- import, export, swap


def test_an_imported_port_is_never_given_out(make: Make) -> None:
    nat = make(Setup(pools=(Pool(SEEN[0], SEEN[0], 5000, 5003),)))
    nat.write("import", PUT)
    ports = {seen_as(nat, tcp((GUEST[0], 5000 + n), SERVER, "S"))[1] for n in range(3)}
    assert ports == {5001, 5002, 5003}
    assert nat.send(INSIDE, tcp((GUEST[0], 6000), SERVER, "S")) == []
    nat.write("import", "del 8 tcp 10.0.0.1:4000 192.0.2.1:80\n")
    assert seen_as(nat, tcp((GUEST[0], 6000), SERVER, "S"))[1] == 5000


def test_an_imported_flow_makes_a_mapping_that_others_share(nat: Translator) -> None:
    nat.write("import", PUT)
    assert seen_as(nat, tcp(HOST, OTHER, "S")) == (SEEN[0], 5000)


def test_a_flow_that_is_bound_anew_lets_its_port_go(nat: Translator) -> None:
    nat.write("import", PUT + "\n" + PUT.replace("put 7", "put 8").replace(":5000", ":5001"))
    assert nat.read("mappings") == "tcp 10.0.0.1:4000 203.0.113.1:5001 flows 1\n"
    assert "tcp 1 64511" in nat.read("pools")


@pytest.mark.parametrize(
    "line",
    [
        PUT.replace("203.0.113.1", "203.0.113.7"),
        PUT.replace(":5000", ":1023"),
        PUT.replace("10.0.0.1", "172.16.0.1"),
        PUT.replace("203.0.113.1:5000 192.0.2.1:80", "203.0.113.1:5000 192.0.2.2:80"),
        PUT.replace(":5000", ":5432"),
    ],
    ids=["no pool", "no port of it", "not inside", "another responder", "another host's forward"],
)
def test_bindings_that_this_translator_could_not_make_are_refused(make: Make, line: str) -> None:
    nat = make(Setup(pools=ONE, statics=(Static("tcp", (SEEN[0], 5432), ("10.0.0.9", 5432)),)))
    nat.write("import", line)
    assert (nat.stats()["refused"], nat.read("count").strip()) == (1, "0")


def test_the_export_of_one_is_the_import_of_another(make: Make) -> None:
    setup = Setup(statics=(Static("tcp", ("203.0.113.1", 80), ("10.0.0.9", 8080)),))
    nat, other = make(setup), make(setup)
    for n in range(50):
        nat.send(INSIDE, tcp((HOST[0], 5000 + n), SERVER, "S"), udp((GUEST[0], 5000 + n), SERVER), query(HOST[0], SERVER[0], n))
        nat.send(OUTSIDE, tcp((SERVER[0], 5000 + n), ("203.0.113.1", 80), "S"))
    nat.send(INSIDE, udp(GUEST, ends_of(nat.send(INSIDE, udp(HOST, SERVER))[0][1])[0]))
    other.write("import", nat.read("export"))
    for handler in ("digest", "pools"):
        assert other.read(handler) == nat.read(handler)
    assert sorted(other.read("mappings").splitlines()) == sorted(nat.read("mappings").splitlines())
    assert int(other.read("count")) == 202


def test_sequence_deltas_are_applied_in_both_directions(nat: Translator) -> None:
    nat.write("import", PUT + " delta=10,-3")
    ((_, out),) = nat.send(INSIDE, tcp(HOST, SERVER, "A", seq=100, ack=200))
    ((_, back),) = nat.send(OUTSIDE, tcp(SERVER, (SEEN[0], 5000), "A", seq=300, ack=110))
    assert struct.unpack_from("!II", out, 24) == (110, 203)
    assert struct.unpack_from("!II", back, 24) == (297, 100)
    assert is_intact(out)
    assert is_intact(back)


def test_queries_are_parsed_with_their_identifier_in_one_place(nat: Translator) -> None:
    with pytest.raises(ClickError, match="line 1: expected ADDRESS:IDENTIFIER ADDRESS:0 of a query"):
        nat.write("import", "put 7 icmp 10.0.0.1:4 192.0.2.1:5 203.0.113.1:9 192.0.2.1:5 60")
    with pytest.raises(ClickError, match="expected tcp, udp or icmp, found 'sctp'"):
        nat.write("remove", "sctp 1.1.1.1:1 2.2.2.2:2")


@given(junk=st.binary(min_size=20, max_size=80), port=st.sampled_from([INSIDE, OUTSIDE]), proto=st.sampled_from([1, 6, 17]))
@settings(max_examples=200, deadline=None)
def test_junk_does_no_harm(junk: bytes, port: int, proto: int) -> None:
    packet = bytearray(b"\x45\x00" + junk)
    packet[2:4] = struct.pack("!H", len(packet))
    packet[9] = proto
    packet[12:16], packet[16:20] = (b"\x0a\0\0\1", b"\xc0\0\2\1") if port == INSIDE else (b"\xc0\0\2\1", b"\xcb\0\x71\1")
    with Translator(Setup(pools=ONE, unknown="pick")) as nat:
        nat.send(port, bytes(packet))
        nat.write("import", PUT)
        assert nat.read("lookup", "tcp 10.0.0.1:4000 192.0.2.1:80").startswith("put")


# -- configuration


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("POOL 203.0.113.1", "INSIDE: required argument missing"),
        ("INSIDE 10.0.0.0/8", "POOL or STATIC: required argument missing"),
        ("INSIDE 10.0.0.1/8, POOL 203.0.113.1", "INSIDE: expected NETWORK/BITS without host bits, or none, found '10.0.0.1/8'"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.4-203.0.113.1", "POOL: expected ADDRESS, FIRST-LAST or NETWORK/BITS"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.1 9-8", "found '203.0.113.1 9-8'"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.1 0-8", "POOL: port 0 cannot be given out"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.0/29, POOL 203.0.113.7", "POOL: 203.0.113.7 overlaps a pool named before"),
        ("INSIDE 10.0.0.0/8, POOL 11.0.0.0/8", "POOL: expected at most 65536 addresses, found 16777216"),
        ("INSIDE 10.0.0.0/8, POOL 10.0.0.0/29", "POOL: 10.0.0.0 overlaps the inside network 10.0.0.0"),
        ("INSIDE 10.0.0.0/8, STATIC tcp 203.0.113.1:80 10.0.0.1:80-81", "STATIC: expected as many ports outside as inside"),
        ("INSIDE 10.0.0.0/8, STATIC icmp 203.0.113.1:80 10.0.0.1:80", "STATIC: expected tcp|udp ADDRESS:PORT[-PORT]"),
        ("INSIDE 10.0.0.0/8, STATIC any 203.0.113.1 9.0.0.1", "STATIC: 9.0.0.1 is not inside"),
        ("INSIDE 10.0.0.0/8, STATIC any 10.0.0.2 10.0.0.1", "STATIC: 10.0.0.2 is inside, expected an outside address"),
        ("INSIDE 10.0.0.0/8, STATIC any 203.0.113.1 10.0.0.1, STATIC tcp 203.0.113.1:80 10.0.0.2:80", "203.0.113.1:80 is bound already"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.1, MAPPING full-cone", "MAPPING: expected endpoint-independent, address-dependent or"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.1, POOLING odd", "POOLING: expected paired or arbitrary, found 'odd'"),
        ("INSIDE 10.0.0.0/8, POOL 203.0.113.1, CAPACITY 0", "CAPACITY: expected a number from 1 to 1073741824, found 0"),
    ],
)
def test_a_wrong_argument_is_named(arguments: str, message: str) -> None:
    with pytest.raises(ClickError) as caught:
        Router(f"nat :: MinionNAT({arguments}); Idle -> [0]nat; Idle -> [1]nat; nat[0] -> Discard; nat[1] -> Discard;")
    assert message in str(caught.value)


def test_every_handler_is_documented(nat: Translator) -> None:
    header = (Path(__file__).parents[2] / "elements" / "minionnat.hh").read_text()
    documented = header.split("// =Handlers\n")[1].split("// =Source")[0]
    handlers = {line.split()[0] for line in nat.read("handlers").splitlines()} - {"name", "class", "config", "ports", "handlers"}
    assert handlers == {line.split()[1] for line in documented.splitlines()}
