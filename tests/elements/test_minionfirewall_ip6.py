# SPDX-License-Identifier: Apache-2.0
"""MinionFirewall and IPv6, behaviour by behaviour; what both versions of IP share (limits, answers, rules, records) side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mimi.errors import ClickError
from tests.elements import fw as four
from tests.elements.firewall import INSIDE, OUTSIDE, Wall
from tests.elements.model_packets import ACK, RST, SYN, TCP, UDP, Endpoint
from tests.elements.model_packets6 import ECHO_REPLY, ECHO_REQUEST, ICMP6, Packet6, echo, fragment, icmp_error, reset_for
from tests.elements.model_packets6 import tcp as tcp_bytes
from tests.elements.model_packets6 import udp as udp_bytes

HOST: Endpoint = ("2001:db8:a::7", 40000)
SERVER: Endpoint = ("2001:db8:99::9", 443)
ROUTER = "2001:db8:ffff::1"
RULES = 'RULE "allow from inside any 2001:db8:a::/48 any", RULE "reject from outside any any 2001:db8:a::/48"'
BOTH = 'RULE "allow from inside any any any", RULE "reject from outside any any any"'

Make = Callable[[str], Wall]


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda arguments: stack.enter_context(Wall(arguments))


@pytest.fixture
def wall(make: Make) -> Wall:
    return make(RULES)


def tcp(source: Endpoint, destination: Endpoint, flags: int, seq: int = 1000, ack: int = 0, data: bytes = b"") -> Packet6:
    return Packet6(source[0], destination[0], TCP, tcp_bytes(source[1], destination[1], seq, ack, flags, data))


def udp(source: Endpoint, destination: Endpoint, data: bytes = b"question") -> Packet6:
    return Packet6(source[0], destination[0], UDP, udp_bytes(source[1], destination[1], data))


def icmp(source: str, destination: str, message: bytes) -> Packet6:
    return Packet6(source, destination, ICMP6, message)


def passes(wall: Wall, side: int, packet: Packet6 | bytes) -> bool:
    """Whether it leaves by the other side, as it came."""
    left = wall.send(side, bytes(packet))
    assert left in ([], [(side, bytes(packet))]), left
    return bool(left)


def opened(wall: Wall, host: Endpoint = HOST, server: Endpoint = SERVER) -> None:
    """A connection: the client is at 1001, the server at 5001, each with a window of 4096."""
    assert passes(wall, INSIDE, tcp(host, server, SYN))
    assert passes(wall, OUTSIDE, tcp(server, host, SYN | ACK, 5000, 1001))
    assert passes(wall, INSIDE, tcp(host, server, ACK, 1001, 5001))


# -- rules


def test_networks_of_ipv6_are_matched_by_their_prefix(make: Make) -> None:
    wall = make('RULE "deny from any tcp 2001:db8:a:1::/64 any", RULE "allow from inside tcp 2001:db8:a::/48 [2001:db8:99::/48]:443"')
    assert passes(wall, INSIDE, tcp(HOST, SERVER, SYN))
    assert not passes(wall, INSIDE, tcp(("2001:db8:a:1::7", 1), SERVER, SYN))
    assert not passes(wall, INSIDE, tcp(("2001:db8:b::7", 1), SERVER, SYN))
    assert not passes(wall, INSIDE, tcp(HOST, (SERVER[0], 80), SYN))
    assert [line.split()[2] for line in wall.read("rules").splitlines()] == ["1", "1", "2"]


@pytest.mark.parametrize(("proto", "asked", "allowed"), [("icmp6", 128, True), ("icmp", 128, False), ("icmp6", 8, False)])
def test_icmp6_is_a_protocol_of_its_own_with_types_of_its_own(make: Make, proto: str, asked: int, allowed: bool) -> None:
    wall = make(f'RULE "allow from inside {proto} any any types echo-request"')
    assert passes(wall, INSIDE, icmp(HOST[0], SERVER[0], echo(asked, 77))) == allowed
    assert passes(wall, OUTSIDE, icmp(SERVER[0], HOST[0], echo(ECHO_REPLY, 77))) == allowed


def test_a_reply_that_nobody_asked_for_is_dropped_whatever_the_rules_say(make: Make) -> None:
    wall = make("DEFAULT allow")
    assert not passes(wall, OUTSIDE, icmp(SERVER[0], HOST[0], echo(ECHO_REPLY, 77)))
    assert not passes(wall, OUTSIDE, icmp(ROUTER, HOST[0], icmp_error(1, 4, 0, bytes(tcp(HOST, SERVER, SYN)))))
    assert (wall.stats()["drop_unknown"], wall.stats()["drop_icmp"]) == (1, 1)


def test_messages_without_a_flow_are_judged_packet_by_packet(make: Make) -> None:
    wall = make('RULE "allow from inside icmp6 any any types 144"')
    assert passes(wall, INSIDE, icmp(HOST[0], SERVER[0], icmp_error(144, 0, 0, b"")))
    assert not passes(wall, OUTSIDE, icmp(SERVER[0], HOST[0], icmp_error(144, 0, 0, b"")))
    assert (wall.stats()["stateless"], wall.read("count")) == (1, "0")


# -- flows


def test_a_segment_beyond_the_window_is_dropped(wall: Wall) -> None:
    opened(wall)
    assert passes(wall, OUTSIDE, tcp(SERVER, HOST, ACK, 5001, 1001, b"data"))
    assert not passes(wall, OUTSIDE, tcp(SERVER, HOST, ACK, 5001 + 5000, 1001, b"data"))
    assert not passes(wall, OUTSIDE, tcp(SERVER, HOST, ACK, 5005, 2001, b"data"))
    assert wall.stats()["drop_window"] == 2


@pytest.mark.parametrize(("kind", "code", "word"), [(1, 4, 0), (2, 0, 1280), (3, 0, 0), (4, 1, 40)])
def test_an_error_about_a_flow_is_related_if_its_packet_may_have_been_sent(wall: Wall, kind: int, code: int, word: int) -> None:
    opened(wall)
    sent, never = (bytes(tcp(HOST, SERVER, ACK, seq, 5001)) for seq in (1001, 1_000_000))
    assert passes(wall, OUTSIDE, icmp(ROUTER, HOST[0], icmp_error(kind, code, word, sent)))
    assert not passes(wall, OUTSIDE, icmp(ROUTER, HOST[0], icmp_error(kind, code, word, never)))
    assert (wall.stats()["icmp_errors"], wall.stats()["drop_icmp"]) == (1, 1)


def test_a_fragment_cannot_overwrite_the_header_that_was_judged(wall: Wall) -> None:
    whole = tcp(HOST, SERVER, SYN)
    first = Packet6(HOST[0], SERVER[0], TCP, whole.transport, (fragment(0, True, 5),))
    over = Packet6(HOST[0], SERVER[0], TCP, bytes(16), (fragment(1, False, 5),), summed=False)
    after = Packet6(HOST[0], SERVER[0], TCP, bytes(16), (fragment(3, False, 5),), summed=False)
    assert passes(wall, INSIDE, first)
    assert not passes(wall, INSIDE, over)
    assert passes(wall, INSIDE, after)


def test_flows_of_both_are_exported_and_imported_together(make: Make) -> None:
    wall, other = make(BOTH), make(BOTH)
    opened(wall)
    assert passes(wall, INSIDE, icmp(HOST[0], SERVER[0], echo(ECHO_REQUEST, 77)))
    assert passes(wall, INSIDE, four.tcp(four.HOST, four.SERVER, "S"))
    other.write("import", wall.read("export"))
    assert (other.read("count"), other.read("digest")) == ("3", wall.read("digest"))
    assert passes(other, OUTSIDE, tcp(SERVER, HOST, ACK, 5001, 1001, b"through the other"))
    assert passes(other, OUTSIDE, icmp(SERVER[0], HOST[0], echo(ECHO_REPLY, 77)))


def test_new_rules_end_flows_of_both_when_they_are_told_to(make: Make) -> None:
    wall = make(BOTH)
    opened(wall)
    assert passes(wall, INSIDE, udp(HOST, (SERVER[0], 53)))
    assert passes(wall, INSIDE, four.tcp(four.HOST, four.SERVER, "S"))
    wall.write("rules", "deny from any tcp any any\nallow from inside udp any any\n")
    assert passes(wall, INSIDE, tcp(HOST, SERVER, ACK, 1001, 5001))
    wall.write("flush_denied")
    assert (wall.read("count"), wall.stats()["flushed"]) == ("1", 2)
    assert not passes(wall, INSIDE, tcp(HOST, SERVER, ACK, 1001, 5001))


# -- limits


def test_a_source_is_a_network_of_64_bits(make: Make) -> None:
    wall = make(f"{BOTH}, PER_SOURCE 2")
    assert passes(wall, INSIDE, udp(("2001:db8:a::1", 1), SERVER))
    assert passes(wall, INSIDE, udp(("2001:db8:a::ffff:2", 1), SERVER))
    assert not passes(wall, INSIDE, udp(("2001:db8:a::3", 1), SERVER))
    assert passes(wall, INSIDE, udp(("2001:db8:a:1::3", 1), SERVER))
    assert passes(wall, INSIDE, four.udp(four.HOST, four.SERVER))
    assert wall.stats()["drop_source"] == 1
    assert wall.read("sources") == "10.0.0.7 1\n2001:db8:a::/64 2\n2001:db8:a:1::/64 1\n"


def test_a_flood_of_one_version_pushes_nothing_of_the_other_out(make: Make) -> None:
    wall = make(f"{BOTH}, HALF_OPEN 3")
    assert passes(wall, INSIDE, four.tcp(four.HOST, four.SERVER, "S"))
    for port in range(1, 11):
        assert passes(wall, INSIDE, tcp((HOST[0], port), SERVER, SYN))
    assert (wall.read("count"), wall.stats()["recycled"]) == ("4", 7)
    assert wall.read("lookup", "tcp 10.0.0.7:40000 198.51.100.9:443") != ""


# -- answers


def test_a_rejected_connection_is_reset(wall: Wall) -> None:
    asked = tcp(SERVER, (HOST[0], 22), SYN, 9)
    assert wall.send(OUTSIDE, bytes(asked)) == [(OUTSIDE ^ 1, reset_for(asked))]
    assert wall.stats()["resets"] == 1


@pytest.mark.parametrize("length", [0, 9, 1400])
def test_other_rejected_packets_are_answered_by_an_error(wall: Wall, length: int) -> None:
    asked = bytes(udp(SERVER, HOST, bytes(n % 251 for n in range(length))))
    answer = icmp(HOST[0], SERVER[0], icmp_error(1, 1, 0, asked[: 1280 - 48]))
    assert wall.send(OUTSIDE, asked) == [(OUTSIDE ^ 1, bytes(answer))]
    assert wall.stats()["rejections"] == 1


@pytest.mark.parametrize(
    "packet",
    [
        udp(("::", 1), HOST),
        udp(("ff02::1", 1), HOST),
        udp(SERVER, ("ff0e::fb", 5353)),
        tcp(SERVER, HOST, RST),
        icmp(SERVER[0], HOST[0], icmp_error(137, 0, 0, bytes(32))),
        icmp(SERVER[0], HOST[0], icmp_error(100, 0, 0, bytes(48))),
        icmp(SERVER[0], HOST[0], icmp_error(1, 1, 0, bytes(udp(HOST, SERVER)))),
    ],
    ids=["nobody", "from many", "to many", "reset", "redirect", "unknown error", "error"],
)
def test_some_packets_are_never_answered(make: Make, packet: Packet6) -> None:
    assert make("DEFAULT reject").send(OUTSIDE, bytes(packet)) == []


def rejected(number: int) -> bytes:
    """One packet for outside's rule after the other: of both versions, with and without ports."""
    port = 1000 + number
    kinds = (
        lambda: bytes(udp((SERVER[0], port), HOST)),
        lambda: four.udp((four.SERVER[0], port), four.HOST),
        lambda: bytes(tcp((SERVER[0], port), HOST, SYN)),
        lambda: four.tcp((four.SERVER[0], port), four.HOST, "S"),
    )
    return kinds[number % 4]()


def answered(wall: Wall, packets: int) -> int:
    return len(wall.send(OUTSIDE, *(rejected(n) for n in range(packets))))


@pytest.mark.parametrize(("rate", "burst", "in_a_second"), [(3, 10, 3), (100, 10, 10), (500, 50, 50)])
def test_answers_have_a_rate_for_both_versions_together(make: Make, rate: int, burst: int, in_a_second: int) -> None:
    wall = make(f"{BOTH}, REJECT_RATE {rate}")
    assert answered(wall, 2 * burst) == burst
    wall.pass_time(1)
    assert answered(wall, 2 * burst) == in_a_second
    stats = wall.stats()
    assert stats["rejections"] + stats["resets"] == burst + in_a_second
    assert stats["drop_unanswered"] == 4 * burst - burst - in_a_second


def test_answers_are_limited_unless_told_otherwise(make: Make) -> None:
    assert answered(make(BOTH), 300) == 100
    assert answered(make(f"{BOTH}, REJECT_RATE 0"), 300) == 300


def test_what_is_never_answered_uses_nothing_up(make: Make) -> None:
    wall = make(f"{BOTH}, REJECT_RATE 1")
    wall.send(OUTSIDE, *[bytes(udp(SERVER, ("ff0e::fb", 5353)))] * 50, *[four.udp(four.SERVER, ("224.0.0.251", 5353))] * 50)
    assert (wall.stats()["drop_denied"], wall.stats()["drop_unanswered"]) == (100, 0)
    assert answered(wall, 12) == 10


def test_a_rate_without_meaning_is_refused() -> None:
    with pytest.raises(
        ClickError, match=r"REJECT_RATE: expected a number of answers a second from 0 \(no limit\) to 1000000, found 1000001"
    ):
        Wall("REJECT_RATE 1000001")
