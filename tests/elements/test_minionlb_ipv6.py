# SPDX-License-Identifier: Apache-2.0
"""MinionLB with VIPs of IPv6, alone and beside those of IPv4. The stateful comparison with the model runs over both, too."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, fragment6
from scapy.packet import Raw

from mimi.click import Offload
from mimi.errors import ClickError
from tests.elements.lb import (
    BACKENDS,
    DNS,
    RESOLVERS,
    VIPS,
    WEB,
    Balancer,
    backend_named,
    configuration,
    icmp_error,
    raw,
    six,
    tcp,
    udp,
    vip6,
)
from tests.elements.model_packets import (
    TCP as TCP_NUMBER,
)
from tests.elements.model_packets import (
    Endpoint,
    addresses,
    checksum,
    endpoint_text,
    flow_key,
    is_intact,
    pseudo_header,
    reset_for,
    rewritten,
    translated_error,
)
from tests.elements.model_pool import Pool, Vip

CLIENT, OTHER = six(("10.1.0.1", 40112)), six(("10.1.0.2", 40112))
WEB6, DNS6 = six(WEB), six(DNS)
BACKENDS6, RESOLVERS6 = tuple(map(six, BACKENDS)), tuple(map(six, RESOLVERS))
SERVER = BACKENDS6[1]
VIPS6 = list(map(vip6, VIPS))
KEY = f"tcp {endpoint_text(CLIENT)} {endpoint_text(WEB6)}"
PUT = f"put 7 {KEY} {endpoint_text(CLIENT)} {endpoint_text(SERVER)} 7440"
PUT_UDP = f"put 7 udp {endpoint_text(CLIENT)} {endpoint_text(DNS6)} {endpoint_text(CLIENT)} {endpoint_text(RESOLVERS6[1])} 300"
PUT4 = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.2:8080 7440"


def balancer(*vips: Vip, unknown: str = "drop", arguments: str = "") -> Balancer:
    return Balancer(configuration(unknown, arguments=arguments, vips=vips))


@pytest.fixture
def lb() -> Iterator[Balancer]:
    with balancer(*VIPS, *VIPS6) as lb:
        yield lb


# -- flows


def test_a_flow_goes_to_its_backend_and_back(lb: Balancer) -> None:
    ((port, syn),) = lb.send(0, tcp(CLIENT, WEB6, "S"))
    key = flow_key(syn)
    assert (port, is_intact(syn)) == (0, True)
    assert key is not None
    assert key[1] == CLIENT
    assert key[2] in BACKENDS6
    answer = tcp(key[2], CLIENT, "SA")
    assert lb.send(1, answer) == [(1, rewritten(answer, (WEB6, CLIENT), 0, 0))]


def test_headers_before_the_transports_stay_as_they_are(lb: Balancer) -> None:
    lb.write("import", PUT)
    before, after = (
        raw(IPv6(src=CLIENT[0], dst=to) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / TCP(sport=CLIENT[1], dport=WEB6[1]) / Raw(b"data"))
        for to in (WEB6[0], SERVER[0])
    )
    assert lb.send(0, before) == [(0, after)]


def test_a_packet_that_is_not_at_its_destination_yet_is_nobodys_flow(lb: Balancer) -> None:
    lb.write("import", PUT)
    packet = raw(IPv6(src=CLIENT[0], dst=WEB6[0]) / IPv6ExtHdrRouting(addresses=["2001:db8::1"]) / TCP(sport=CLIENT[1], dport=WEB6[1]))
    assert lb.send(0, packet) == [(2, packet)]


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 1, 2)], ids=str)
@pytest.mark.parametrize("choose", ["maglev", "flow-hash", "source-hash"])
def test_hashes_choose_as_they_are_written_down(choose: str, weights: tuple[int, ...]) -> None:
    vip = Vip(TCP_NUMBER, WEB6, BACKENDS6, choose, weights=weights, seed=2**64 - 3)
    pool = Pool(vip, lambda _: 0)
    clients = [six((f"10.1.{n % 7}.{n % 200}", 1024 + n)) for n in range(300)]
    with balancer(vip) as lb:
        chosen = [addresses(lb.send(0, tcp(client, WEB6, "S"))[0][1])[1] for client in clients]
    assert chosen == [pool.may_choose((TCP_NUMBER, client, WEB6))[0].end[0] for client in clients]


def test_full_nat_sends_from_addresses_of_its_own_and_back() -> None:
    sources = "[2001:db8:3::ffff]-[2001:db8:3::1:1]:5000-5001"
    with balancer(Vip(TCP_NUMBER, WEB6, BACKENDS6[:1], "round-robin", mode="full-nat", sources=(sources,))) as lb:
        clients = [(CLIENT[0], port) for port in range(3000, 3007)]
        lefts = [lb.send(0, tcp(client, WEB6, "S")) for client in clients]
        seen = [flow_key(left[0][1])[1] for left in lefts[:6]]  # type: ignore[index]
        assert sorted(seen) == sorted((f"2001:db8:3::{a}", port) for a in ("ffff", "1:0", "1:1") for port in (5000, 5001))
        assert lefts[6] == []
        answer = tcp(BACKENDS6[0], seen[3], "SA")
        assert lb.send(1, answer) == [(1, rewritten(answer, (WEB6, clients[3]), 0, 0))]


def test_direct_packets_leave_unchanged_and_errors_about_answers_reach_the_backend() -> None:
    with balancer(Vip(TCP_NUMBER, WEB6, ((SERVER[0], 0),), mode="direct")) as lb:
        packet = tcp(CLIENT, WEB6, "S")
        assert lb.send(0, packet) == [(0, packet)]
        error = icmp_error("2001:db8::9", WEB6[0], tcp(WEB6, CLIENT, "A", b"too long"), 4)
        assert lb.send(0, error) == [(0, error)]
        lb.send(0, tcp(CLIENT, WEB6, "A"))
        assert "state=established" in lb.read("lookup", KEY)


@pytest.mark.parametrize("mode", ["dnat", "direct"])
def test_packets_are_routed_by_the_backends_address(mode: str) -> None:
    text = configuration(vips=[Vip(TCP_NUMBER, WEB6, ((SERVER[0], 0),), mode=mode)])
    routed = text.replace("lb[0] -> out0", f"lb[0] -> r :: LookupIP6Route({SERVER[0]}/128 0, ::/0 1); r[1] -> Discard; r[0] -> out0")
    with Balancer(routed) as lb:
        assert [port for port, _ in lb.send(0, tcp(CLIENT, WEB6, "S"))] == [0]


@pytest.mark.parametrize("flags", ["A", "F", "PA"])
def test_reset_answers_the_client(flags: str) -> None:
    with balancer(*VIPS6, unknown="reset") as lb:
        packet = tcp(CLIENT, WEB6, flags, b"xy", seq=100, ack=999)
        assert lb.send(0, packet) == [(1, reset_for(packet))]
        assert is_intact(reset_for(packet))


def test_pick_keeps_to_its_choice() -> None:
    with balancer(*VIPS6, unknown="pick") as lb:
        packet = tcp(CLIENT, WEB6, "A")
        first = lb.send(0, packet)
        assert [lb.send(0, packet) for _ in range(10)] == [first] * 10
        assert lb.stats()["picked"] == 1


# -- fragments, errors, checksums


def test_fragments_follow_the_first_of_their_datagram(lb: Balancer) -> None:
    lb.write("import", PUT_UDP)
    data = bytes(range(256)) * 8
    datagram = IPv6(src=CLIENT[0], dst=DNS6[0]) / IPv6ExtHdrFragment(id=77) / UDP(sport=CLIENT[1], dport=DNS6[1]) / Raw(data)
    first, second, third = (raw(part) for part in fragment6(datagram, 1000))
    left = [left for packet in (third, first, second) for left in lb.send(0, packet)]
    assert [port for port, _ in left] == [0, 0, 0]
    assert {addresses(packet) for _, packet in left} == {(CLIENT[0], RESOLVERS6[1][0])}
    parts = sorted(((IPv6(packet)[IPv6ExtHdrFragment].offset, packet[48:]) for _, packet in left), key=lambda part: part[0])
    whole = udp(CLIENT, RESOLVERS6[1], data)
    assert b"".join(part for _, part in parts) == whole[40:]
    assert lb.stats()["followed"] == 2


def test_packet_too_big_reaches_the_sender_and_says_how_big(lb: Balancer) -> None:
    lb.write("import", PUT)
    too_big = bytearray(icmp_error("2001:db8::9", SERVER[0], tcp(SERVER, CLIENT, "A", b"long"), 4))
    too_big[44:48] = struct.pack("!I", 1280)
    too_big[42:44] = b"\0\0"
    too_big[42:44] = struct.pack("!H", checksum(pseudo_header(bytes(too_big), 58, len(too_big) - 40) + bytes(too_big[40:])))
    # The client's side tells the VIP, which has sent it: it is the backend that must know.
    to_vip = translated_error(bytes(too_big), (WEB6, CLIENT), 0, ("2001:db8::9", WEB6[0]))
    ((port, left),) = lb.send(0, to_vip)
    assert (port, left) == (0, translated_error(to_vip, (SERVER, CLIENT), 0, ("2001:db8::9", SERVER[0])))
    assert is_intact(left)
    assert left[44:48] == struct.pack("!I", 1280)


def test_an_error_with_a_wrong_checksum_is_dropped(lb: Balancer) -> None:
    lb.write("import", PUT)
    packet = bytearray(icmp_error(SERVER[0], CLIENT[0], tcp(CLIENT, SERVER)[:48]))
    packet[-1] ^= 1
    assert lb.send(1, bytes(packet)) == []
    assert lb.stats()["drop_malformed"] == 1


def test_a_datagram_without_checksum_stays_without(lb: Balancer) -> None:
    lb.write("import", PUT_UDP)
    assert lb.send(0, udp(CLIENT, DNS6, chksum=0)) == [(0, udp(CLIENT, RESOLVERS6[1], chksum=0))]


@given(n=st.integers(0, 65535))
@settings(max_examples=100, deadline=None)
def test_every_checksum_value_survives(n: int) -> None:
    with balancer(*VIPS6) as lb:
        lb.write("import", f"{PUT}\n{PUT_UDP}")
        for packet, server in (
            (tcp(CLIENT, WEB6, "A", struct.pack("!H", n)), SERVER),
            (udp(CLIENT, DNS6, struct.pack("!H", n)), RESOLVERS6[1]),
        ):
            assert lb.send(0, packet) == [(0, rewritten(packet, (CLIENT, server), 0, 0))]


def partial(packet: bytes) -> bytes:
    """The packet with the sum of its pseudo-header for a checksum, as a host with checksum offload sends it."""
    out = bytearray(packet)
    at = 56 if out[6] == TCP_NUMBER else 46
    out[at : at + 2] = struct.pack("!H", checksum(pseudo_header(packet, out[6], len(out) - 40)) ^ 0xFFFF)
    return bytes(out)


def test_a_partial_checksum_stays_the_sum_of_the_pseudo_header(lb: Balancer) -> None:
    lb.write("import", f"{PUT} delta=1000,-5")
    offload = Offload(1, 4, 1428, 60, 40, 16)
    packet = tcp(CLIENT, WEB6, "A", bytes(range(256)) * 20, seq=5, ack=6)
    ((_, left),) = lb.send_and_look(0, partial(packet), offload=offload)
    assert left.data == partial(rewritten(packet, (CLIENT, SERVER), 1000, 5))
    assert left.offload == offload


@given(head=st.sampled_from([tcp(CLIENT, WEB6), udp(CLIENT, DNS6), icmp_error(OTHER[0], WEB6[0], tcp(WEB6, CLIENT))]), data=st.data())
@settings(max_examples=200, deadline=None)
def test_junk_does_no_harm(head: bytes, data: st.DataObject) -> None:
    packet = bytearray(head)
    for _ in range(data.draw(st.integers(0, 4))):
        packet[data.draw(st.integers(4, len(packet) - 1))] = data.draw(st.integers(0, 255))
    with balancer(*VIPS6, unknown="reset") as lb:
        for port in (0, 1):
            assert len(lb.send(port, bytes(packet[: data.draw(st.integers(1, len(packet)))]))) <= 1


# -- both versions in one element


def test_packets_of_both_versions_in_one_batch_go_their_own_ways_in_order(lb: Balancer) -> None:
    lb.write("import", f"{PUT}\n{PUT4}")
    of4 = [tcp(("10.1.0.1", 40112), WEB, "A", bytes([n])) for n in range(80)]
    of6 = [tcp(CLIENT, WEB6, "A", bytes([n])) for n in range(80)]
    left = [packet for _, packet in lb.send(0, *[packet for both in zip(of4, of6, strict=True) for packet in both])]
    assert [packet for packet in left if packet[0] >> 4 == 4] == [
        rewritten(packet, (("10.1.0.1", 40112), BACKENDS[1]), 0, 0) for packet in of4
    ]
    assert [packet for packet in left if packet[0] >> 4 == 6] == [rewritten(packet, (CLIENT, SERVER), 0, 0) for packet in of6]


def test_a_version_without_vips_is_not_the_balancers_business() -> None:
    with Balancer(configuration().replace("CheckIPHeader(CHECKSUM false)", "MarkIPHeader")) as lb:
        packets = [tcp(CLIENT, WEB6, "S"), tcp(("10.1.0.1", 1), WEB, "S"), udp(CLIENT, DNS6)]
        left = lb.send(0, *packets)
        assert sorted(port for port, _ in left) == [0, 2, 2]
        assert [packet for port, packet in left if port == 2] == [packets[0], packets[2]]
    with balancer(*VIPS6) as lb:
        packet = tcp(("10.1.0.1", 1), WEB, "S")
        assert lb.send(0, packet) == [(2, packet)]


def test_import_takes_lines_of_both_versions_and_export_gives_them_back(lb: Balancer) -> None:
    lb.write("import", f"{PUT}\n{PUT4}\n{PUT_UDP}")
    assert sorted(lb.read("export").splitlines()) == sorted([PUT, PUT4, PUT_UDP])
    assert lb.read("count").strip() == "3"
    with balancer(*VIPS, *VIPS6) as other:
        other.write("import", lb.read("export"))
        assert other.read("digest") == lb.read("digest")
        lb.write("remove", f"{KEY}\ntcp 10.1.0.1:40112 10.1.0.100:8080")
        assert lb.read("export").splitlines() == [PUT_UDP]
        other.write("clear")
        assert other.read("digest").strip() == "0 0000000000000000"


def test_capacity_is_each_versions_own() -> None:
    with balancer(*VIPS, *VIPS6, arguments="CAPACITY 1") as lb:
        for source, service in ((("10.1.0.1", 1), WEB), (CLIENT, WEB6), (OTHER, WEB6)):
            lb.send(0, tcp(source, service, "S"))
        assert (lb.read("count").strip(), lb.stats()["drop_refused"]) == ("2", 1)


def test_records_of_other_services_are_refused(lb: Balancer) -> None:
    lb.write(
        "import", PUT.replace(endpoint_text(SERVER), "[2001:db8::9]:8080") + "\n" + PUT.replace(endpoint_text(WEB6), "[2001:db8::7]:80")
    )
    assert (lb.read("count").strip(), lb.stats()["refused"]) == ("0", 2)


@pytest.mark.parametrize(
    "line",
    [
        f"put 7 tcp 10.1.0.1:40112 {endpoint_text(WEB6)} 10.1.0.1:40112 {endpoint_text(SERVER)} 7440",
        PUT.replace("2001:db8:10:1::1]", "2001:DB8:10:1::1]"),
        PUT.replace("[", "").replace("]", ""),
        PUT.replace("2001:db8:10:1::1]", "2001:0db8:10:1::1]"),
        PUT.replace("2001:db8:10:1::1]", "::ffff:10.1.0.1]"),
    ],
    ids=["two versions", "upper case", "no brackets", "leading zero", "dotted quad"],
)
def test_a_wrong_line_is_named_and_nothing_is_applied(lb: Balancer, line: str) -> None:
    with pytest.raises(ClickError, match=r"line 2: expected .*, found "):
        lb.write("import", f"{PUT4}\n{line}")
    assert lb.read("count").strip() == "0"


def test_vips_are_listed_in_the_order_of_the_configuration() -> None:
    with balancer(VIPS6[0], VIPS[0], VIPS6[1]) as lb:
        assert [line.split()[2] for line in lb.read("vips").splitlines() if line.startswith("vip")] == [
            endpoint_text(vip.service) for vip in (VIPS6[0], VIPS[0], VIPS6[1])
        ]


def test_backends_come_and_go_and_count_their_own_packets(lb: Balancer) -> None:
    new: Endpoint = ("2001:db8:9::1", 0)
    lb.write("backend_add", f"{VIPS6[0].name} 2001:db8:9::1 5\n{VIPS[0].name} 10.2.0.9:8080")
    for backend in BACKENDS6:
        lb.write("backend_drain", f"{VIPS6[0].name} {endpoint_text(backend)}")
    packet = tcp(CLIENT, WEB6, "S")
    assert [lb.send(0, packet) for _ in range(2)] == [[(0, rewritten(packet, (CLIENT, (new[0], WEB6[1])), 0, 0))]] * 2
    lines = {backend_named(line.split()[1]): line for line in lb.read("vips").splitlines() if line.startswith("backend")}
    assert lines[new] == "backend 2001:db8:9::1 chosen 1 forward 2 reverse 0 weight 5 state active flows 1"
    assert " forward 0 " in lines["10.2.0.9", 8080]
    lb.write("backend_purge", f"{VIPS6[0].name} 2001:db8:9::1")
    assert lb.read("count").strip() == "0"


@pytest.mark.parametrize("handler", ["backend_drain", "backend_purge"])
def test_a_wrong_change_in_one_version_changes_nothing_in_the_other(lb: Balancer, handler: str) -> None:
    lb.write("import", PUT4)
    before = lb.read("vips")
    with pytest.raises(ClickError, match=r"line 2: expected a backend of .*VIP.*, found '\[2001:db8::5\]:80'"):
        lb.write(handler, f"{VIPS[0].name} {endpoint_text(BACKENDS[1])}\n{VIPS6[0].name} [2001:db8::5]:80")
    assert lb.read("vips") == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "VIP tcp [2001:db8::1]:80 random 10.2.0.1:80",
            "VIP: expected [ADDRESS]:PORT or ADDRESS of IPv6, as the VIP's, found '10.2.0.1:80'",
        ),
        ("VIP tcp 10.1.0.1:80 random [2001:db8::1]:80", "VIP: expected ADDRESS:PORT or ADDRESS, found '[2001:db8::1]:80'"),
        (
            "VIP tcp 2001:db8::1:80 random [2001:db8::2]:80",
            "VIP: expected ADDRESS:PORT or ADDRESS:PORT-PORT, found '2001:db8::1:80'; IPv6 is [ADDRESS]:PORT",
        ),
        (
            "VIP tcp [2001:db8::01]:80 random [2001:db8::2]:80",
            "VIP: expected [ADDRESS]:PORT or [ADDRESS]:PORT-PORT of IPv6, found '[2001:db8::01]:80'",
        ),
        ("VIP tcp [2001:db8::1]:80-90 random [2001:db8::2]:80 2001:db8::2", "backend 2001:db8::2 is named twice"),
        (
            "VIP tcp [2001:db8::1]:80 random MODE full-nat SNAT 2001:db8::-2001:db8:0:1:: [2001:db8::2]:80",
            "4294967296 addresses at most, found '2001:db8::-2001:db8:0:1::'",
        ),
        ("VIP tcp [2001:db8::1]:80 random MODE full-nat SNAT 2001:db8::2-2001:db8::1 [2001:db8::2]:80", "found '2001:db8::2-2001:db8::1'"),
        (
            "VIP tcp [2001:db8::1]:80 random [2001:db8::2]:80, VIP tcp [2001:db8::1]:70-90 random [2001:db8::2]:80",
            "there is a VIP tcp [2001:db8::1]:80 already",
        ),
    ],
)
def test_a_wrong_argument_is_named(arguments: str, message: str) -> None:
    with pytest.raises(ClickError) as caught:
        Balancer(f"lb :: MinionLB({arguments}); Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard;")
    assert message in str(caught.value)
