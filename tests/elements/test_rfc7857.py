# SPDX-License-Identifier: Apache-2.0
"""RFC 7857: what it adds to RFC 4787, 5382 and 5508. One test for each section; tests/rfc/requirements.toml has them all."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.elements.model_nat import ADDRESS_AND_PORT, INDEPENDENT, Pool, Setup
from tests.elements.nat import INSIDE, OUTSIDE, Translator, ends_of, icmp_error, query, tcp, udp

HOST, OTHER = ("10.0.0.5", 4000), ("10.0.0.6", 4000)
SERVER, ELSEWHERE = ("198.51.100.1", 80), ("198.51.100.2", 8080)
POOL = (Pool("203.0.113.1", "203.0.113.1"),)
ONE = Setup(pools=POOL, filtering=ADDRESS_AND_PORT)
OPEN = Setup(pools=POOL, filtering=INDEPENDENT)
KEY = "tcp 10.0.0.5:4000 198.51.100.1:80"


def outside_of(nat: Translator, packet: bytes) -> tuple[str, int]:
    return ends_of(nat.send(INSIDE, packet)[0][1])[0]


def state(nat: Translator) -> str:
    """The state of the flow KEY, and how long it may be idle."""
    words = nat.read("lookup", KEY).split()
    return f"{words[8].removeprefix('state=')} {words[7]}" if words else "gone"


@pytest.mark.rfc("7857", "2")
@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        ("0S", "new 240"),
        ("0S 0S", "new 240"),
        ("0S 1SA", "new 240"),
        ("0S 1SA 0A", "established 7440"),
        ("0S 1SA 0A 0FA", "closing 7440"),
        ("0S 1SA 0A 1FA", "closing 7440"),
        ("0S 1SA 0A 0FA 0A 1A", "closing 7440"),
        ("0S 1SA 0A 0FA 1FA", "closed 240"),
        ("0S 1SA 0A 1FA 0FA 1A", "closed 240"),
        ("0S 1SA 0A 0R", "closed 240"),
        ("0S 1SA 0A 1R", "closed 240"),
        ("0S 1RA", "closed 240"),
    ],
)
def test_a_session_follows_syns_fins_and_resets_of_both_sides(packets: str, expected: str) -> None:
    with Translator(ONE) as nat:
        outside = HOST
        for packet in packets.split():
            side, flags = int(packet[0]), packet[1:]
            if side == INSIDE:
                outside = outside_of(nat, tcp(HOST, SERVER, flags))
            else:
                assert len(nat.send(OUTSIDE, tcp(SERVER, outside, flags))) == 1
        assert state(nat) == expected


@pytest.mark.rfc("7857", "2.1")
def test_the_timer_of_opening_and_closing_sessions_is_configured_and_may_be_short() -> None:
    with Translator(Setup(pools=POOL, transitory=30)) as nat:
        outside_of(nat, tcp(HOST, SERVER, "S"))
        nat.pass_time(32)
        assert state(nat) == "gone"


@pytest.mark.rfc("7857", "2.2")
@pytest.mark.parametrize("side", [INSIDE, OUTSIDE])
def test_a_reset_is_translated_and_the_session_stays_for_four_minutes(side: int) -> None:
    with Translator(ONE) as nat:
        outside = outside_of(nat, tcp(HOST, SERVER, "S"))
        nat.send(OUTSIDE, tcp(SERVER, outside, "SA"))
        nat.send(INSIDE, tcp(HOST, SERVER, "A"))
        left = nat.send(side, tcp(HOST, SERVER, "R") if side == INSIDE else tcp(SERVER, outside, "R"))
        assert [(port, ends_of(packet)) for port, packet in left] == [(side, (outside, SERVER) if side == INSIDE else (SERVER, HOST))]
        nat.pass_time(239)
        assert state(nat).startswith("closed")
        nat.pass_time(3)
        assert state(nat) == "gone"


@pytest.mark.rfc("7857", "4")
def test_a_host_stays_with_its_address_while_that_has_ports() -> None:
    with Translator(Setup(pools=(Pool("203.0.113.1", "203.0.113.4", 2000, 2009),), parity=False, preservation=False)) as nat:
        seen = [outside_of(nat, udp(("10.0.0.5", 5000 + n), SERVER))[0] for n in range(10)]
        assert len(set(seen)) == 1


@pytest.mark.rfc("7857", "5")
def test_a_mapping_of_tcp_is_none_for_udp() -> None:
    with Translator(ONE) as nat:
        outside_of(nat, tcp(OTHER, SERVER, "S"))
        over_tcp = outside_of(nat, tcp(HOST, SERVER, "S"))
        assert over_tcp != ("203.0.113.1", 4000)
        assert outside_of(nat, udp(HOST, SERVER)) == ("203.0.113.1", 4000)


@pytest.mark.rfc("7857", "6")
def test_a_mapping_of_tcp_lets_no_udp_in() -> None:
    with Translator(OPEN) as nat:
        outside = outside_of(nat, tcp(HOST, SERVER, "S"))
        assert nat.send(OUTSIDE, udp(ELSEWHERE, outside)) == []
        assert len(nat.send(OUTSIDE, tcp(ELSEWHERE, outside, "S"))) == 1


@pytest.mark.rfc("7857", "7")
def test_packets_from_anybody_renew_a_mapping_that_is_open_to_them() -> None:
    with Translator(OPEN) as nat:
        outside = outside_of(nat, udp(HOST, SERVER))
        for _ in range(4):
            nat.pass_time(200)
            assert len(nat.send(OUTSIDE, udp(ELSEWHERE, outside))) == 1


@pytest.mark.rfc("7857", "7.1")
def test_an_error_in_answer_to_a_packet_from_outside_renews_nothing() -> None:
    with Translator(ONE) as nat:
        outside = outside_of(nat, udp(HOST, SERVER))
        nat.pass_time(200)
        assert len(nat.send(INSIDE, icmp_error(HOST[0], SERVER[0], udp(SERVER, HOST), 3, 3))) == 1
        nat.pass_time(102)
        assert nat.send(OUTSIDE, udp(SERVER, outside)) == []


@pytest.mark.rfc("7857", "8")
def test_parity_can_be_switched_off() -> None:
    with Translator(Setup(pools=POOL, parity=False)) as nat:
        assert {outside_of(nat, udp((f"10.0.1.{n}", 4000), SERVER))[1] % 2 for n in range(60)} == {0, 1}


@pytest.mark.rfc("7857", "9")
@pytest.mark.parametrize("preservation", [True, False])
def test_ports_that_are_not_kept_are_hard_to_guess(preservation: bool) -> None:
    with Translator(Setup(pools=POOL, parity=False, preservation=preservation)) as nat:
        ports = [outside_of(nat, udp((f"10.0.{1 + n // 200}.{n % 200}", 4000), SERVER))[1] for n in range(400)][1:]
        steps = [(later - earlier) % 64512 for earlier, later in pairwise(ports)]
        assert len(set(steps)) > 390
        assert all(30 < sum(low <= port < low + 8064 for port in ports) < 75 for low in range(1024, 65536, 8064))


@pytest.mark.rfc("7857", "11")
def test_a_query_mapping_goes_with_its_last_session() -> None:
    with Translator(ONE) as nat:
        nat.send(INSIDE, query(HOST[0], SERVER[0], 77), query(HOST[0], ELSEWHERE[0], 77))
        assert "icmp 10.0.0.5:77" in nat.read("mappings")
        nat.pass_time(62)
        assert nat.read("mappings").strip() == ""
