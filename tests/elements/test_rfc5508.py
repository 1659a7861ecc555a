# SPDX-License-Identifier: Apache-2.0
"""RFC 5508: what a NAT does with ICMP. One test for each requirement; tests/rfc/requirements.toml has them all."""

from __future__ import annotations

import struct

import pytest
from scapy.layers import inet

from mimi.click import Router
from tests.elements.model_nat import ADDRESS_AND_PORT, Pool, Setup, Static
from tests.elements.model_packets import ICMP, TCP, UDP, checksum, finished, flow_key, is_intact
from tests.elements.nat import INSIDE, OUTSIDE, Translator, answer, ends_of, icmp_error, query, raw, tcp, udp

HOST, ROUTER = "10.0.0.5", "10.0.0.254"
SERVER, ELSEWHERE, REPORTER = "198.51.100.1", "198.51.100.2", "192.0.2.1"
POOL = (Pool("203.0.113.1", "203.0.113.1"),)
ONE = Setup(pools=POOL, filtering=ADDRESS_AND_PORT)
BASIC = Static("any", ("203.0.113.9", 0), ("10.0.0.9", 0))


def seen_as(nat: Translator, ident: int, target: str = SERVER, host: str = HOST) -> tuple[str, int]:
    """The outside address and id of a host's queries."""
    ((port, packet),) = nat.send(INSIDE, query(host, target, ident))
    assert port == 0
    assert is_intact(packet)
    return ends_of(packet)[0]


def opened(nat: Translator, proto: int = UDP) -> tuple[str, int]:
    """A flow from HOST:4000 to SERVER:80; how it is seen outside."""
    packet = udp((HOST, 4000), (SERVER, 80)) if proto == UDP else tcp((HOST, 4000), (SERVER, 80), "S")
    return ends_of(nat.send(INSIDE, packet)[0][1])[0]


def broken(packet: bytes, at: int) -> bytes:
    return packet[:at] + bytes([packet[at] ^ 0x55]) + packet[at + 1 :]


def with_sound_icmp(packet: bytes) -> bytes:
    return finished(bytearray(packet))


@pytest.mark.rfc("5508", "REQ-1")
def test_queries_go_out_and_their_answers_come_in() -> None:
    with Translator(ONE) as nat:
        seen = seen_as(nat, 77)
        ((port, packet),) = nat.send(OUTSIDE, answer(SERVER, seen[0], seen[1]))
        assert (port, packet[16:20], is_intact(packet)) == (1, bytes([10, 0, 0, 5]), True)
        assert struct.unpack_from("!H", packet, 24) == (77,)
        assert nat.send(OUTSIDE, answer(ELSEWHERE, seen[0], seen[1])) == []


@pytest.mark.rfc("5508", "REQ-1a")
def test_an_id_is_mapped_alike_for_every_destination() -> None:
    with Translator(ONE) as nat:
        seen_as(nat, 77, host="10.0.0.6")
        assert seen_as(nat, 77) == seen_as(nat, 77, ELSEWHERE)


@pytest.mark.rfc("5508", "REQ-2")
def test_a_query_is_remembered_for_a_minute() -> None:
    with Translator(ONE) as nat:
        seen = seen_as(nat, 77)
        nat.pass_time(59)
        assert len(nat.send(OUTSIDE, answer(SERVER, *seen))) == 1


@pytest.mark.rfc("5508", "REQ-2a")
def test_the_timer_of_queries_is_configured() -> None:
    with Translator(Setup(pools=POOL, icmp=90)) as nat:
        seen = seen_as(nat, 77)
        nat.pass_time(89)
        assert len(nat.send(OUTSIDE, answer(SERVER, *seen))) == 1
        nat.pass_time(92)
        assert nat.send(OUTSIDE, answer(SERVER, *seen)) == []


@pytest.mark.rfc("5508", "REQ-3")
def test_an_error_with_a_wrong_checksum_is_dropped() -> None:
    with Translator(ONE) as nat:
        outside = opened(nat)
        error = icmp_error(REPORTER, outside[0], udp(outside, (SERVER, 80)))
        assert nat.send(OUTSIDE, broken(error, 22)) == []
        assert len(nat.send(OUTSIDE, error)) == 1


@pytest.mark.rfc("5508", "REQ-3a")
def test_an_error_whose_quoted_header_has_a_wrong_checksum_is_dropped() -> None:
    with Translator(ONE) as nat:
        outside = opened(nat)
        error = icmp_error(REPORTER, outside[0], udp(outside, (SERVER, 80)))
        assert nat.send(OUTSIDE, with_sound_icmp(broken(error, 28 + 10))) == []


@pytest.mark.rfc("5508", "REQ-3b")
def test_options_of_the_quoted_packet_are_stepped_over() -> None:
    with Translator(ONE) as nat:
        outside = opened(nat, TCP)
        quoted = raw(
            inet.IP(src=outside[0], dst=SERVER, options=[inet.IPOption_NOP()] * 8) / inet.TCP(sport=outside[1], dport=80, flags="A")
        )
        ((port, packet),) = nat.send(OUTSIDE, icmp_error(REPORTER, outside[0], quoted))
        assert (port, flow_key(packet[28:])) == (1, (TCP, (HOST, 4000), (SERVER, 80)))
        assert is_intact(packet)
        assert checksum(packet[28 : 28 + 28]) == 0


@pytest.mark.rfc("5508", "REQ-3c")
def test_a_wrong_transport_checksum_in_the_quoted_packet_does_not_matter() -> None:
    with Translator(ONE) as nat:
        outside = opened(nat)
        quoted = broken(udp(outside, (SERVER, 80)), 26)
        assert len(nat.send(OUTSIDE, icmp_error(REPORTER, outside[0], quoted))) == 1


@pytest.mark.rfc("5508", "REQ-3d")
def test_extensions_behind_the_quoted_packet_stay_as_they_are() -> None:
    with Translator(ONE) as nat:
        outside = opened(nat)
        quoted = udp(outside, (SERVER, 80), b"")
        extensions = bytes.fromhex("2000ffff00080101deadbeef")
        error = bytearray(icmp_error(REPORTER, outside[0], quoted + bytes(128 - len(quoted)) + extensions, 11, 0))
        error[25] = 32  # RFC 4884: the quoted packet, padding and all, in 32-bit words
        ((_, packet),) = nat.send(OUTSIDE, finished(error))
        assert packet[28 + len(quoted) :] == bytes(128 - len(quoted)) + extensions
        assert is_intact(packet)
        assert is_intact(packet[28 : 28 + len(quoted)])


@pytest.mark.rfc("5508", "REQ-4")
def test_an_error_from_outside_about_no_known_flow_is_dropped() -> None:
    with Translator(ONE) as nat:
        opened(nat)
        assert nat.send(OUTSIDE, icmp_error(REPORTER, "203.0.113.1", udp(("203.0.113.1", 9999), (SERVER, 80)))) == []


@pytest.mark.rfc("5508", "REQ-4a", "REQ-4b", "REQ-4c")
@pytest.mark.parametrize("proto", [UDP, TCP])
def test_an_error_from_outside_speaks_of_what_the_host_sent(proto: int) -> None:
    with Translator(ONE) as nat:
        outside = opened(nat, proto)
        quoted = udp(outside, (SERVER, 80)) if proto == UDP else tcp(outside, (SERVER, 80), "A", b"data")
        ((port, packet),) = nat.send(OUTSIDE, icmp_error(REPORTER, outside[0], quoted, 11, 1))
        inner = udp((HOST, 4000), (SERVER, 80)) if proto == UDP else tcp((HOST, 4000), (SERVER, 80), "A", b"data")
        assert (port, packet) == (1, icmp_error(REPORTER, HOST, inner, 11, 1))


@pytest.mark.rfc("5508", "REQ-5")
def test_an_error_from_inside_about_no_known_flow_is_dropped() -> None:
    with Translator(ONE) as nat:
        opened(nat)
        assert nat.send(INSIDE, icmp_error(HOST, SERVER, udp((SERVER, 80), (HOST, 9999)))) == []


@pytest.mark.rfc("5508", "REQ-5a", "REQ-5b")
@pytest.mark.parametrize("proto", [UDP, TCP])
def test_an_error_from_inside_speaks_of_what_the_server_sent(proto: int) -> None:
    with Translator(ONE) as nat:
        outside = opened(nat, proto)
        quoted = udp((SERVER, 80), (HOST, 4000)) if proto == UDP else tcp((SERVER, 80), (HOST, 4000), "A", b"data")
        ((port, packet),) = nat.send(INSIDE, icmp_error(HOST, SERVER, quoted, 3, 3))
        inner = udp((SERVER, 80), outside) if proto == UDP else tcp((SERVER, 80), outside, "A", b"data")
        assert (port, packet) == (0, icmp_error(outside[0], SERVER, inner, 3, 3))


@pytest.mark.rfc("5508", "REQ-5c")
@pytest.mark.parametrize(("reporter", "sender"), [(ROUTER, "203.0.113.1"), ("10.0.0.9", "203.0.113.9")], ids=["a router", "one-to-one"])
def test_an_error_from_inside_has_an_outside_sender(reporter: str, sender: str) -> None:
    with Translator(Setup(pools=POOL, statics=(BASIC,))) as nat:
        opened(nat)
        ((_, packet),) = nat.send(INSIDE, icmp_error(reporter, SERVER, udp((SERVER, 80), (HOST, 4000)), 3, 1))
        assert ".".join(map(str, packet[12:16])) == sender


@pytest.mark.rfc("5508", "REQ-6")
def test_an_error_about_a_query_neither_renews_nor_ends_it() -> None:
    with Translator(ONE) as nat:
        seen = seen_as(nat, 77)
        nat.pass_time(40)
        ((port, packet),) = nat.send(OUTSIDE, icmp_error(REPORTER, seen[0], query(seen[0], SERVER, seen[1]), 11, 0))
        assert (port, flow_key(packet[28:])) == (1, (ICMP, (HOST, 77), (SERVER, 0)))
        nat.pass_time(15)
        assert nat.read("count").strip() == "1"
        nat.pass_time(10)
        assert nat.read("count").strip() == "0"


@pytest.mark.rfc("5508", "REQ-7")
def test_a_query_to_an_inside_host_at_its_own_outside_address_arrives() -> None:
    with Translator(Setup(pools=POOL, statics=(BASIC,))) as nat:
        ((port, packet),) = nat.send(INSIDE, query(HOST, "203.0.113.9", 77))
        source, target = ends_of(packet)
        assert (port, source[0], target) == (1, "203.0.113.1", ("10.0.0.9", 0))
        ((port, packet),) = nat.send(INSIDE, answer("10.0.0.9", *source))
        assert (port, ends_of(packet)) == (1, (("203.0.113.9", 0), (HOST, 77)))


@pytest.mark.rfc("5508", "REQ-7", "REQ-7a")
def test_an_error_about_a_hairpinned_packet_goes_to_its_sender() -> None:
    web = Static("udp", ("203.0.113.1", 53), ("10.0.0.7", 5353))
    with Translator(Setup(pools=POOL, statics=(web,))) as nat:
        sent = udp((HOST, 4000), web.outside)
        ((_, arrived),) = nat.send(INSIDE, sent)
        ((port, packet),) = nat.send(INSIDE, icmp_error(web.inside[0], "203.0.113.1", arrived, 3, 3))
        assert (port, packet) == (1, icmp_error("203.0.113.1", HOST, sent, 3, 3))


@pytest.mark.rfc("5508", "REQ-10a")
@pytest.mark.parametrize(("kind", "code"), [(3, 1), (11, 0)])
def test_the_errors_that_every_nat_must_know_pass(kind: int, code: int) -> None:
    with Translator(ONE) as nat:
        seen = seen_as(nat, 77)
        assert len(nat.send(OUTSIDE, answer(SERVER, *seen))) == 1
        ((_, packet),) = nat.send(OUTSIDE, icmp_error(REPORTER, seen[0], query(seen[0], SERVER, seen[1]), kind, code))
        assert (packet[20], packet[21]) == (kind, code)


@pytest.mark.rfc("5508", "REQ-10b")
def test_timestamps_and_parameter_problems_pass() -> None:
    with Translator(ONE) as nat:
        ((_, packet),) = nat.send(INSIDE, query(HOST, SERVER, 9, kind=13))
        seen = ends_of(packet)[0]
        assert len(nat.send(OUTSIDE, answer(SERVER, *seen, kind=14))) == 1
        assert len(nat.send(OUTSIDE, icmp_error(REPORTER, seen[0], packet, 12, 0))) == 1


@pytest.mark.rfc("5508", "REQ-10d")
def test_errors_made_here_are_marked_as_the_networks_own() -> None:
    with Router("in :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> ICMPError(10.0.0.1, timeexceeded) -> out :: MemoryOut") as router:
        router.push("in", udp((HOST, 4000), (SERVER, 80)))
        router.run()
        assert router.packets("out")[0].data[1] == 0xC0  # RFC 1812, 4.3.2.5: internetwork control


@pytest.mark.rfc("5508", "REQ-10e")
def test_no_error_is_made_about_an_error_a_later_fragment_or_a_broadcast() -> None:
    later = bytearray(udp((HOST, 4000), (SERVER, 80)))
    later[7] = 16
    silent = [
        icmp_error(HOST, SERVER, udp((SERVER, 80), (HOST, 4000))),
        finished(later),
        udp((HOST, 4000), ("255.255.255.255", 80)),
        udp((HOST, 4000), ("224.0.0.1", 80)),
    ]
    with Router("in :: MemoryIn -> CheckIPHeader(CHECKSUM false) -> ICMPError(10.0.0.1, timeexceeded) -> out :: MemoryOut") as router:
        router.push_all("in", silent)
        router.run()
        assert router.packets("out") == []
        router.push("in", udp((HOST, 4000), (SERVER, 80)))
        router.run()
        assert len(router.packets("out")) == 1


@pytest.mark.rfc("5508", "REQ-11")
@pytest.mark.parametrize("kind", [5, 9, 10, 40])
def test_messages_that_neither_ask_nor_report_are_not_translated(kind: int) -> None:
    with Translator(ONE) as nat:
        outside = opened(nat)
        message = icmp_error(REPORTER, outside[0], udp(outside, (SERVER, 80)), kind, 0)
        assert nat.send(OUTSIDE, message) in ([], [(2, message)])
