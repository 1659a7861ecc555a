# SPDX-License-Identifier: Apache-2.0
"""MinionLB, behaviour by behaviour. The stateful comparison with the model is in test_minionlb_stateful.py."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, fragment

from mimi.click import Offload
from mimi.errors import ClickError
from tests.elements.lb import BACKENDS, DNS, RESOLVERS, WEB, Balancer, configuration, icmp_error, tcp, udp
from tests.elements.model_packets import checksum, is_intact, rewritten

CLIENT = ("10.1.0.1", 40112)
OTHER = ("10.1.0.2", 40112)
SERVER = BACKENDS[1]
PUT = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.2:8080 7440"
KEY = "tcp 10.1.0.1:40112 10.1.0.100:8080"


class Make(Protocol):
    def __call__(self, unknown: str = "drop", choose: str = "random", arguments: str = "", *, others: bool = True) -> Balancer: ...


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def maker(unknown: str = "drop", choose: str = "random", arguments: str = "", *, others: bool = True) -> Balancer:
            return stack.enter_context(Balancer(configuration(unknown, choose, arguments, others=others)))

        yield maker


@pytest.fixture
def lb(make: Make) -> Balancer:
    return make()


# -- flows


def test_round_robin_takes_turns(make: Make) -> None:
    lb = make(choose="round-robin")
    for port in range(6):
        lb.send(0, tcp(("10.1.0.1", 5000 + port), WEB, "S"))
    assert [lb.choices()["tcp 10.1.0.100:8080", backend] for backend in BACKENDS] == [2, 2, 2]


def test_random_uses_every_backend(lb: Balancer) -> None:
    for port in range(300):
        lb.send(0, tcp(("10.1.0.1", 5000 + port), WEB, "S"))
    assert all(lb.choices()["tcp 10.1.0.100:8080", backend] > 50 for backend in BACKENDS)


def test_a_retransmitted_syn_stays_with_its_backend(lb: Balancer) -> None:
    first = lb.send(0, tcp(CLIENT, WEB, "S"))
    assert all(lb.send(0, tcp(CLIENT, WEB, "S")) == first for _ in range(20))
    assert lb.stats()["new_flows"] == 1


def test_the_destination_annotation_leads_to_the_backend_and_back(lb: Balancer) -> None:
    lb.write("import", PUT)
    assert lb.send_and_look(0, tcp(CLIENT, WEB))[0][1].dst_ip == SERVER[0]
    assert lb.send_and_look(1, tcp(SERVER, CLIENT))[0][1].dst_ip == CLIENT[0]


def test_a_group_of_packets_leaves_in_order(lb: Balancer) -> None:
    lb.write("import", PUT)
    packets = [tcp(CLIENT, WEB, "A", bytes([n])) for n in range(100)]
    assert lb.send(0, *packets) == [(0, rewritten(packet, (CLIENT, SERVER), 0, 0)) for packet in packets]


def test_an_unanswered_flow_is_forgotten_sooner_than_an_established_one(lb: Balancer) -> None:
    lb.send(0, tcp(CLIENT, WEB, "S"))
    lb.send(0, tcp(CLIENT, WEB, "A"))
    lb.write("import", "put 7 tcp 10.1.0.2:40112 10.1.0.100:8080 10.1.0.2:40112 10.2.0.2:8080 100 state=new")
    lb.send(0, tcp(OTHER, WEB, "A"))
    lb.pass_time(300)
    assert lb.read("lookup", KEY) == ""
    assert "state=established" in lb.read("lookup", "tcp 10.1.0.2:40112 10.1.0.100:8080")


def test_a_syn_after_the_end_chooses_again(make: Make) -> None:
    lb = make(choose="round-robin")
    lb.send(0, tcp(CLIENT, WEB, "S"))
    before = lb.read("lookup", KEY).split()
    lb.send(1, tcp(BACKENDS[0], CLIENT, "RA"))
    lb.send(0, tcp(CLIENT, WEB, "S"))
    after = lb.read("lookup", KEY).split()
    assert (before[6], after[6]) == ("10.2.0.1:8080", "10.2.0.2:8080")
    assert int(after[1]) > int(before[1])


def test_a_full_table_refuses_new_flows_until_one_ends(make: Make) -> None:
    lb = make(arguments="CAPACITY 2")
    for port in (1, 2, 3):
        lb.send(0, udp(("10.1.0.1", port), DNS))
    assert (lb.read("count").strip(), lb.stats()["drop_refused"], lb.read("capacity").strip()) == ("2", 1, "2")
    lb.pass_time(302)
    assert len(lb.send(0, udp(("10.1.0.1", 3), DNS))) == 1


# -- unknown flows


def test_an_unknown_flow_waits_for_its_record(lb: Balancer) -> None:
    packet = tcp(CLIENT, WEB, "PA", b"GET")
    assert lb.send(0, packet) == []
    assert lb.stats()["drop_unknown"] == 1
    lb.write("import", PUT)
    assert lb.send(0, packet) == [(0, rewritten(packet, (CLIENT, SERVER), 0, 0))]


def test_reset_answers_the_client(make: Make) -> None:
    lb = make("reset")
    ((port, answer),) = lb.send(0, tcp(CLIENT, WEB, "A", b"xy", seq=100, ack=999))
    assert port == 1
    assert is_intact(answer)
    assert struct.unpack_from("!HHIIBB", answer, 20) == (8080, 40112, 999, 0, 0x50, 0x04)
    ((_, answer),) = lb.send(0, tcp(CLIENT, WEB, "F", b"xy", seq=100))
    assert struct.unpack_from("!HHIIBB", answer, 20) == (8080, 40112, 0, 103, 0x50, 0x14)


@pytest.mark.parametrize("unknown", ["drop", "reset", "pick"])
def test_an_unknown_reset_is_never_answered(make: Make, unknown: str) -> None:
    assert make(unknown).send(0, tcp(CLIENT, WEB, "R")) == []


@pytest.mark.parametrize("unknown", ["drop", "reset", "pick"])
def test_a_backend_without_binding_is_not_heard(make: Make, unknown: str) -> None:
    lb = make(unknown)
    assert lb.send(1, tcp(SERVER, CLIENT)) == []
    assert lb.stats()["drop_backend_unknown"] == 1


def test_pick_keeps_to_its_choice(make: Make) -> None:
    lb = make("pick")
    first = lb.send(0, tcp(CLIENT, WEB, "A"))
    assert all(lb.send(0, tcp(CLIENT, WEB, "A")) == first for _ in range(20))
    assert lb.stats()["picked"] == 1


def test_other_traffic_without_an_output_is_counted(make: Make) -> None:
    lb = make(others=False)
    assert lb.send(0, tcp(CLIENT, ("10.2.0.2", 22))) == []
    assert lb.stats()["drop_unrouted"] == 1


# -- packets that are not what they should be


@pytest.mark.parametrize("length", [24, 27, 39])
def test_a_truncated_header_is_dropped(lb: Balancer, length: int) -> None:
    packet = bytearray(tcp(CLIENT, WEB, "S")[:length])
    packet[2:4] = struct.pack("!H", length)
    assert lb.send(0, bytes(packet)) == []
    assert lb.stats()["drop_malformed"] == 1


@given(junk=st.binary(min_size=20, max_size=80), port=st.sampled_from([0, 1]))
@settings(max_examples=300, deadline=None)
def test_junk_does_no_harm(junk: bytes, port: int) -> None:
    packet = bytearray(b"\x45\x00" + junk)
    packet[2:4] = struct.pack("!H", len(packet))
    packet[9] = junk[0] % 20
    with Balancer(configuration("pick")) as lb:
        lb.send(port, bytes(packet))
        lb.write("import", PUT)
        assert lb.read("lookup", KEY) == PUT


def test_fragments_follow_the_first_of_their_datagram(lb: Balancer) -> None:
    lb.write("import", "put 7 udp 10.1.0.1:40112 10.1.0.101:53 10.1.0.1:40112 10.2.0.2:53 300")
    first, second, third = (bytes(part) for part in fragment(IP(udp(CLIENT, DNS, b"d" * 64)), 24))
    left = [left for packet in (third, first, second) for left in lb.send(0, packet)]
    assert [(port, IP(data).dst, IP(data).frag * 8, checksum(data[:20])) for port, data in left] == [
        (0, "10.2.0.2", at, 0) for at in (0, 48, 24)
    ]
    assert lb.stats()["followed"] == 2
    assert is_intact(bytes(IP(len=92, src=CLIENT[0], dst="10.2.0.2", proto=17) / (left[0][1][20:] + left[2][1][20:] + left[1][1][20:])))


def test_damage_travels_on(lb: Balancer) -> None:
    lb.write("import", PUT)
    packet = bytearray(tcp(CLIENT, WEB, "A", b"precious"))
    packet[-1] ^= 1
    ((_, left),) = lb.send(0, bytes(packet))
    assert not is_intact(left)
    assert left == tcp(CLIENT, SERVER, "A", b"precious")[:-1] + bytes([packet[-1]])


def test_an_icmp_error_with_a_wrong_checksum_is_dropped(lb: Balancer) -> None:
    lb.write("import", PUT)
    packet = bytearray(icmp_error("10.2.0.2", CLIENT[0], tcp(CLIENT, SERVER)[:28]))
    packet[-1] ^= 1
    assert lb.send(1, bytes(packet)) == []
    assert lb.stats()["drop_malformed"] == 1


# -- checksums that the host has not finished

CSUM_NEEDED = 1
GSO_TCPV4 = 1


def partial(packet: bytes) -> bytes:
    """The packet with the sum of its pseudo-header for a checksum, as a host with checksum offload sends it."""
    out = bytearray(packet)
    at = 36 if out[9] == 6 else 26
    out[at : at + 2] = struct.pack("!H", checksum(bytes(out[12:20]) + struct.pack("!HH", out[9], len(out) - 20)) ^ 0xFFFF)
    return bytes(out)


@pytest.mark.parametrize(("fwd", "rev"), [(0, 0), (1000, -5)])
def test_a_partial_checksum_stays_the_sum_of_the_pseudo_header(lb: Balancer, fwd: int, rev: int) -> None:
    lb.write("import", f"{PUT} delta={fwd},{rev}" if fwd else PUT)
    data = bytes(range(256)) * 20
    offload = Offload(CSUM_NEEDED, GSO_TCPV4, 1448, 40, 20, 16)
    packet = tcp(CLIENT, WEB, "A", data, seq=5, ack=6)
    ((_, left),) = lb.send_and_look(0, partial(packet), offload=offload)
    assert left.data == partial(rewritten(packet, (CLIENT, SERVER), fwd, -rev))
    assert left.offload == offload
    packet = tcp(SERVER, CLIENT, "A", data, seq=5, ack=6)
    ((_, left),) = lb.send_and_look(1, partial(packet), offload=offload)
    assert left.data == partial(rewritten(packet, (WEB, CLIENT), rev, -fwd))


def test_a_partial_udp_checksum_stays_the_sum_of_the_pseudo_header(lb: Balancer) -> None:
    lb.write("import", "put 7 udp 10.1.0.1:40112 10.1.0.101:53 10.1.0.1:40112 10.2.0.2:53 300")
    packet = udp(CLIENT, DNS, b"question")
    ((_, left),) = lb.send_and_look(0, partial(packet), offload=Offload(CSUM_NEEDED, 0, 0, 0, 20, 6))
    assert left.data == partial(rewritten(packet, (CLIENT, RESOLVERS[1]), 0, 0))


@given(n=st.integers(0, 65535))
@settings(max_examples=200, deadline=None)
def test_every_checksum_value_survives(n: int) -> None:
    with Balancer(configuration()) as lb:
        lb.write("import", PUT + "\nput 7 udp 10.1.0.1:40112 10.1.0.101:53 10.1.0.1:40112 10.2.0.2:53 300")
        for packet, server in (
            (tcp(CLIENT, WEB, "A", struct.pack("!H", n)), SERVER),
            (udp(CLIENT, DNS, struct.pack("!H", n)), RESOLVERS[1]),
        ):
            assert lb.send(0, packet) == [(0, rewritten(packet, (CLIENT, server), 0, 0))]


# -- import, export, remove


def test_applying_a_record_twice_changes_nothing(lb: Balancer) -> None:
    lb.write("import", PUT)
    before = lb.read("export")
    lb.write("import", PUT)
    assert lb.read("export") == before
    assert (lb.stats()["applied"], lb.stats()["unchanged"]) == (1, 1)


def test_the_newest_record_wins_whatever_the_order(lb: Balancer) -> None:
    newer = PUT.replace("put 7", "put 8").replace("10.2.0.2", "10.2.0.3")
    lb.write("import", f"{newer}\n{PUT}\n")
    assert lb.read("lookup", KEY) == newer
    assert lb.stats()["stale"] == 1


def test_an_old_delete_is_ignored(lb: Balancer) -> None:
    lb.write("import", f"{PUT}\ndel 6 {KEY}\n")
    assert lb.read("lookup", KEY) == PUT
    lb.write("import", f"del 7 {KEY}\n")
    assert lb.read("lookup", KEY) == ""


def test_records_of_other_services_are_refused(lb: Balancer) -> None:
    foreign = [PUT.replace("10.2.0.2", "10.2.0.66"), PUT.replace("10.1.0.100:8080", "10.1.0.100:22"), PUT.replace(" tcp ", " udp ")]
    lb.write("import", "\n".join(foreign))
    assert (lb.read("count").strip(), lb.stats()["refused"]) == ("0", 3)


def test_the_export_of_one_is_the_import_of_another(make: Make) -> None:
    lb, other = make(), make()
    for port in range(50):
        lb.send(0, tcp(("10.1.0.1", 5000 + port), WEB, "S"), udp(("10.1.0.1", 5000 + port), DNS))
    other.write("import", lb.read("export"))
    assert sorted(other.read("export").splitlines()) == sorted(lb.read("export").splitlines())
    assert other.read("digest") == lb.read("digest")
    assert other.stats()["applied"] == 100


@pytest.mark.parametrize(
    ("line", "expected", "found"),
    [
        ("bogus", "put or del", "'bogus'"),
        ("", "put or del", "end of line"),
        ("put x", "a sequence number", "'x'"),
        ("put 18446744073709551616 tcp", "a sequence number", "'18446744073709551616'"),
        ("put 07 tcp", "a sequence number", "'07'"),
        ("put 7 sctp 1.1.1.1:1 2.2.2.2:2", "tcp or udp", "'sctp'"),
        ("put 7 tcp 10.1.0.256:1 10.1.0.100:8080", "ADDRESS:PORT", "'10.1.0.256:1'"),
        ("put 7 tcp 10.1.0.1:65536 10.1.0.100:8080", "ADDRESS:PORT", "'10.1.0.1:65536'"),
        ("put 7 tcp 10.1.0.01:1 10.1.0.100:8080", "ADDRESS:PORT", "'10.1.0.01:1'"),
        ("put 7 tcp 10.1.0.1:1  10.1.0.100:8080", "ADDRESS:PORT", "' 10.1.0.100:8080'"),
        (PUT[:-5], "one space", "end of line"),
        (PUT[:-4] + "x", "a lifetime in seconds", "'x'"),
        (PUT + "s", "end of line", "'s'"),
        (PUT + " ", "end of line", "' '"),
        (PUT + "\r", "end of line", "'?'"),
        (PUT + " state=dead", "new, established, closing or closed", "'dead'"),
        (PUT + " delta=1", "FWD,REV", "end of line"),
        (PUT + " delta=0,0", "FWD,REV that are not both 0", "'0,0'"),
        (PUT + " delta=2147483648,0", "a number from -2147483648 to 2147483647", "'2147483648,0'"),
        (PUT + " delta=1,2 state=new", "end of line", "' state=new'"),
        ("del 7 " + KEY + " x", "end of line", "' x'"),
        ("put 7 tcp \x1b[31m\xff", "ADDRESS:PORT", "'?[31m??'"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_applied(lb: Balancer, line: str, expected: str, found: str) -> None:
    with pytest.raises(ClickError) as caught:
        lb.write("import", f"{PUT}\n{PUT}\n{line}\n")
    assert f"line 3: expected {expected}, found {found}" in str(caught.value)
    assert lb.read("count").strip() == "0"
    assert lb.stats()["applied"] == 0


def test_a_wrong_key_is_named_and_nothing_is_removed(lb: Balancer) -> None:
    lb.write("import", PUT)
    with pytest.raises(ClickError, match="line 2: expected tcp or udp, found 'icmp'"):
        lb.write("remove", f"{KEY}\nicmp 1.1.1.1:1 2.2.2.2:2\n")
    assert lb.read("count").strip() == "1"


def test_lookup_wants_a_key(lb: Balancer) -> None:
    with pytest.raises(ClickError, match="line 1: expected tcp or udp, found 'x'"):
        lb.read("lookup", "x")


addresses = st.ip_addresses(v=4).map(str)
ports = st.integers(0, 65535)


@given(
    seq=st.integers(0, 2**64 - 1),
    address=addresses,
    port=ports,
    other=st.one_of(st.none(), st.tuples(addresses, ports)),
    lifetime=st.integers(0, 2**31 - 1),
    state=st.sampled_from(["", " state=new", " state=established", " state=closing", " state=closed"]),
    delta=st.one_of(st.none(), st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1)).filter(any)),
)
@settings(max_examples=300, deadline=None)
def test_text_survives_the_table(
    seq: int, address: str, port: int, other: tuple[str, int] | None, lifetime: int, state: str, delta: tuple[int, int] | None
) -> None:
    source = f"{address}:{port}"
    translated = f"{other[0]}:{other[1]}" if other else source
    numbers = f" delta={delta[0]},{delta[1]}" if delta else ""
    line = f"put {seq} tcp {source} 10.1.0.100:8080 {translated} 10.2.0.2:8080 {lifetime}{state}{numbers}\n"
    with Balancer(configuration()) as lb:
        lb.write("import", line)
        assert lb.read("export") == line
        lb.write("remove", lb.read("export").split(" ", 2)[2].rsplit(" ", 3 + bool(state) + bool(numbers))[0])
        assert lb.read("digest").strip() == "0 0000000000000000"


# -- configuration and life cycle


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "VIP: required argument missing"),
        ("VIP tcp 10.1.0.100:8080 random", "expected PROTO ADDRESS:PORT CHOOSE BACKEND:PORT…, found 3 words"),
        ("VIP icmp 10.1.0.100:8080 random 10.2.0.1:1", "VIP: expected tcp or udp, found 'icmp'"),
        ("VIP tcp 10.1.0.100 random 10.2.0.1:1", "VIP: expected ADDRESS:PORT or ADDRESS:PORT-PORT, found '10.1.0.100'"),
        ("VIP tcp 10.1.0.100:90-80 random 10.2.0.1", "VIP: expected ADDRESS:PORT or ADDRESS:PORT-PORT, found '10.1.0.100:90-80'"),
        ("VIP tcp 10.1.0.100:0 random 10.2.0.1:1", "VIP: expected ADDRESS:PORT or ADDRESS:PORT-PORT, found '10.1.0.100:0'"),
        ("VIP tcp 10.1.0.100:8080 best 10.2.0.1:1", "or maglev, found 'best'"),
        ("VIP tcp 10.1.0.100:8080 random 10.2.0.1:99999", "VIP: expected ADDRESS:PORT or ADDRESS, found '10.2.0.1:99999'"),
        ("VIP tcp 10.1.0.100:8080 random 10.2.0.1:0", "VIP: expected ADDRESS:PORT or ADDRESS, found '10.2.0.1:0'"),
        ("VIP tcp 1.1.1.1:1 random 2.2.2.2:2 weight", "VIP: expected weight W, found 'weight'"),
        ("VIP tcp 1.1.1.1:1 random 2.2.2.2:2 weight 65536", "VIP: expected a weight from 0 to 65535, found '65536'"),
        ("VIP tcp 1.1.1.1:1 random MODE dsr 2.2.2.2:2", "VIP: expected MODE dnat, full-nat or direct, found 'dsr'"),
        ("VIP tcp 1.1.1.1:1 random MODE full-nat 2.2.2.2:2", "MODE full-nat: expected SNAT ADDRESS[-ADDRESS] to send from, found none"),
        ("VIP tcp 1.1.1.1:1 random SNAT 3.3.3.3 2.2.2.2:2", "SNAT: expected with MODE full-nat only, found MODE dnat"),
        (
            "VIP tcp 1.1.1.1:1 random MODE full-nat SNAT 3.3.3.3-3.3.3.1 2.2.2.2:2",
            "expected SNAT ADDRESS[-ADDRESS][:PORT-PORT], found '3.3.3.3-3.3.3.1'",
        ),
        (
            "VIP tcp 1.1.1.1:1 random MODE direct 2.2.2.2:2",
            "MODE direct: expected a backend without a port, since packets arrive unchanged, found '2.2.2.2:2'",
        ),
        ("VIP tcp 1.1.1.1:1 maglev SEED -1 2.2.2.2:2", "expected SEED from 0 to 18446744073709551615, found '-1'"),
        ("VIP tcp 1.1.1.1:1 maglev SEED 1 HASH nftables 2.2.2.2:2", "HASH: expected with source-hash or flow-hash only, found maglev"),
        (
            "VIP tcp 1.1.1.1:1 flow-hash HASH nftables 2.2.2.2:2",
            "expected the SEED of the primary's rule, from 0 to 4294967295, found none",
        ),
        ("VIP tcp 1.1.1.1:1 flow-hash HASH md5 2.2.2.2:2", "expected HASH nftables, found 'md5'"),
        ("VIP tcp 1.1.1.1:1 maglev SEED 1", "VIP tcp 1.1.1.1:1: expected a backend, found none"),
        ("VIP tcp 1.1.1.1:1-9 random 2.2.2.2 2.2.2.2:4", "backend 2.2.2.2:4 is named twice"),
        ("VIP tcp 1.1.1.1:1-9 random 2.2.2.2:2, VIP tcp 1.1.1.1:9 random 2.2.2.2:2", "there is a VIP tcp 1.1.1.1:1-9 already"),
        (
            "VIP tcp 1.1.1.1:1 random 2.2.2.2:2 3.3.3.3:3, BACKENDS 1",
            "BACKENDS: expected a number from 2, as many as are configured, to 65535, found 1",
        ),
        ("VIP tcp 10.1.0.100:8080 random 10.2.0.1:1 10.2.0.1:1", "backend 10.2.0.1:1 is named twice"),
        ("VIP tcp 1.1.1.1:1 random 2.2.2.2:2, VIP tcp 1.1.1.1:1 random 2.2.2.2:2", "there is a VIP tcp 1.1.1.1:1 already"),
        ("VIP tcp 1.1.1.1:1 random 2.2.2.2:2, UNKNOWN guess", "UNKNOWN: expected drop, reset or pick, found 'guess'"),
        ("VIP tcp 1.1.1.1:1 random 2.2.2.2:2, CAPACITY 0", "CAPACITY: expected a number from 1 to 1073741824, found 0"),
    ],
)
def test_a_wrong_argument_is_named(arguments: str, message: str) -> None:
    with pytest.raises(ClickError) as caught:
        Balancer(f"lb :: MinionLB({arguments}); Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard;")
    assert message in str(caught.value)


def test_every_handler_is_documented() -> None:
    header = (Path(__file__).parents[2] / "elements" / "minionlb.hh").read_text()
    documented = header.split("// =Handlers\n")[1].split("// =Source")[0]
    with Balancer(configuration()) as lb:
        handlers = {line.split()[0] for line in lb.read("handlers").splitlines()} - {"name", "class", "config", "ports", "handlers"}
    assert handlers == {line.split()[1] for line in documented.splitlines()}
