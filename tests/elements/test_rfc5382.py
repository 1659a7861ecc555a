# SPDX-License-Identifier: Apache-2.0
"""RFC 5382: what a NAT does with TCP. One test for each requirement; tests/rfc/requirements.toml has them all."""

from __future__ import annotations

import pytest

from tests.elements.model_nat import ADDRESS, ADDRESS_AND_PORT, INDEPENDENT, Pool, Setup, Static
from tests.elements.model_packets import TCP, flow_key, is_intact
from tests.elements.nat import INSIDE, OUTSIDE, Translator, ends_of, icmp_error, tcp

HOST, OTHER = ("10.0.0.5", 4000), ("10.0.0.6", 4000)
SERVER, ELSEWHERE = ("198.51.100.1", 80), ("198.51.100.2", 8080)
WEB = Static("tcp", ("203.0.113.1", 80), ("10.0.0.9", 8080))
POOL = (Pool("203.0.113.1", "203.0.113.1"),)
ONE = Setup(pools=POOL, filtering=ADDRESS_AND_PORT)
OPEN = Setup(pools=POOL, filtering=INDEPENDENT)


class Connection:
    """Both ends of a connection, and what they call each other; every packet that they send must get through."""

    def __init__(self, nat: Translator, inside: tuple[str, int], remote: tuple[str, int], outside: tuple[str, int] | None = None) -> None:
        self.nat, self.inside, self.remote, self.outside = nat, inside, remote, outside

    def says(self, side: int, *all_flags: str) -> None:
        for flags in all_flags:
            ends = (self.inside, self.remote) if side == INSIDE else (self.remote, self.outside)
            ((port, packet),) = self.nat.send(side, tcp(*ends, flags, b"data" if "P" in flags else b""))  # type: ignore[arg-type]
            assert port == side
            assert is_intact(packet)
            source, target = ends_of(packet)
            if side == INSIDE:
                assert target == self.remote
                assert self.outside in (None, source)
                self.outside = source
            else:
                assert (source, target) == (self.remote, self.inside)

    def opened(self) -> Connection:
        self.says(INSIDE, "S")
        self.says(OUTSIDE, "SA")
        self.says(INSIDE, "A")
        return self

    def lives(self) -> bool:
        """Whether a segment of the responder still gets in."""
        return bool(self.nat.send(OUTSIDE, tcp(self.remote, self.outside, "A")))  # type: ignore[arg-type]


@pytest.mark.rfc("5382", "REQ-1")
def test_a_mapping_is_the_same_for_every_destination() -> None:
    with Translator(ONE) as nat:
        Connection(nat, OTHER, SERVER).opened()
        first, second = Connection(nat, HOST, SERVER).opened(), Connection(nat, HOST, ELSEWHERE).opened()
        assert first.outside == second.outside


@pytest.mark.rfc("5382", "REQ-2")
@pytest.mark.parametrize(
    "ending", [[(0, "FA"), (1, "A"), (1, "PA"), (0, "A"), (1, "FA"), (0, "A")], [(1, "FA"), (0, "FA"), (1, "A")], [(0, "R")], [(1, "RA")]]
)
@pytest.mark.parametrize("initiator", [INSIDE, OUTSIDE])
def test_whole_connections_pass_whoever_begins_and_ends_them(initiator: int, ending: list[tuple[int, str]]) -> None:
    with Translator(Setup(pools=POOL, statics=(WEB,))) as nat:
        connection = Connection(nat, HOST, SERVER) if initiator == INSIDE else Connection(nat, WEB.inside, SERVER, WEB.outside)
        connection.says(initiator, "S")
        connection.says(1 - initiator, "SA")
        connection.says(initiator, "A", "PA")
        connection.says(1 - initiator, "A", "PA")
        for side, flags in ending:
            connection.says(side if initiator == INSIDE else 1 - side, flags)


@pytest.mark.rfc("5382", "REQ-2a")
def test_both_ends_may_open_at_once() -> None:
    with Translator(ONE) as nat:
        connection = Connection(nat, HOST, SERVER)
        connection.says(INSIDE, "S")
        connection.says(OUTSIDE, "S")
        connection.says(INSIDE, "SA")
        connection.says(OUTSIDE, "SA", "PA")
        connection.says(INSIDE, "A")
        nat.pass_time(7000)
        assert connection.lives()


@pytest.mark.rfc("5382", "REQ-3", "REQ-3a")
@pytest.mark.parametrize(
    ("filtering", "same_host", "stranger"), [(INDEPENDENT, True, True), (ADDRESS, True, False), (ADDRESS_AND_PORT, False, False)]
)
def test_who_gets_in_is_configured(filtering: str, same_host: bool, stranger: bool) -> None:
    with Translator(Setup(pools=POOL, filtering=filtering)) as nat:
        outside = Connection(nat, HOST, SERVER).opened().outside
        assert outside is not None
        assert bool(nat.send(OUTSIDE, tcp((SERVER[0], 99), outside, "S"))) is same_host
        assert bool(nat.send(OUTSIDE, tcp(ELSEWHERE, outside, "S"))) is stranger


@pytest.mark.rfc("5382", "REQ-4", "REQ-4a")
def test_an_unsolicited_syn_is_never_answered_and_does_not_disturb_one_from_inside() -> None:
    with Translator(ONE) as nat:
        outside = Connection(nat, HOST, ELSEWHERE).opened().outside
        assert outside is not None
        assert nat.send(OUTSIDE, tcp(SERVER, outside, "S")) == []
        nat.pass_time(3)
        connection = Connection(nat, HOST, SERVER, outside)
        connection.says(INSIDE, "S")
        nat.pass_time(60)
        assert nat.send(INSIDE) == []
        connection.says(OUTSIDE, "S")


@pytest.mark.rfc("5382", "REQ-5")
def test_established_connections_may_be_idle_for_two_hours_and_four_minutes_others_for_four_minutes() -> None:
    with Translator(ONE) as nat:
        established, half_closed = Connection(nat, HOST, SERVER).opened(), Connection(nat, OTHER, SERVER).opened()
        half_closed.says(INSIDE, "FA")
        half_closed.says(OUTSIDE, "A")
        nat.pass_time(7439)
        assert established.lives()
        assert half_closed.lives()
        opening, closed = Connection(nat, ("10.0.0.7", 1), SERVER), Connection(nat, ("10.0.0.8", 1), SERVER).opened()
        opening.says(INSIDE, "S")
        closed.says(INSIDE, "FA")
        closed.says(OUTSIDE, "FA")
        nat.pass_time(239)
        assert opening.lives()
        assert closed.lives()


@pytest.mark.rfc("5382", "REQ-5a")
def test_the_timers_are_configured() -> None:
    with Translator(Setup(pools=POOL, established=9000, transitory=300)) as nat:
        established, opening = Connection(nat, HOST, SERVER).opened(), Connection(nat, OTHER, SERVER)
        opening.says(INSIDE, "S")
        nat.pass_time(299)
        assert opening.lives()
        nat.pass_time(302)
        assert not opening.lives()
        nat.pass_time(8998 - 601)
        assert established.lives()
        nat.pass_time(9002)
        assert not established.lives()


@pytest.mark.rfc("5382", "REQ-6")
def test_addresses_in_the_data_of_a_connection_are_left_alone() -> None:
    body = b"PORT 10,0,0,5,15,161\r\n"
    with Translator(ONE) as nat:
        Connection(nat, HOST, ("198.51.100.1", 21)).opened()
        ((_, packet),) = nat.send(INSIDE, tcp(HOST, ("198.51.100.1", 21), "PA", body))
        assert packet.endswith(body)
        assert is_intact(packet)


@pytest.mark.rfc("5382", "REQ-7")
def test_no_two_hosts_share_an_outside_port() -> None:
    with Translator(Setup(pools=(Pool("203.0.113.1", "203.0.113.1", 2000, 2049),))) as nat:
        connections = [Connection(nat, (f"10.0.1.{n}", 4000), SERVER).opened() for n in range(50)]
        assert len({connection.outside for connection in connections}) == 50
        assert nat.send(INSIDE, tcp(("10.0.2.1", 4000), ELSEWHERE, "S")) == []
        assert nat.stats()["drop_no_port"] == 1


@pytest.mark.rfc("5382", "REQ-8", "REQ-8a")
def test_inside_hosts_meet_at_their_outside_endpoints() -> None:
    with Translator(Setup(pools=POOL, statics=(WEB,))) as nat:
        ((port, packet),) = nat.send(INSIDE, tcp(HOST, WEB.outside, "S"))
        seen, target = ends_of(packet)
        assert (port, seen[0], target) == (1, "203.0.113.1", WEB.inside)
        assert [(port, ends_of(p)) for port, p in nat.send(INSIDE, tcp(WEB.inside, seen, "SA"))] == [(1, (WEB.outside, HOST))]
        assert [(port, ends_of(p)) for port, p in nat.send(INSIDE, tcp(HOST, WEB.outside, "A"))] == [(1, (seen, WEB.inside))]


@pytest.mark.rfc("5382", "REQ-9")
@pytest.mark.parametrize("code", range(16))
def test_errors_that_a_destination_cannot_be_reached_are_translated(code: int) -> None:
    with Translator(ONE) as nat:
        outside = Connection(nat, HOST, SERVER).opened().outside
        assert outside is not None
        ((port, packet),) = nat.send(OUTSIDE, icmp_error("192.0.2.1", outside[0], tcp(outside, SERVER), 3, code))
        assert (port, packet[20], packet[21], flow_key(packet[28:])) == (1, 3, code, (TCP, HOST, SERVER))


@pytest.mark.rfc("5382", "REQ-10")
@pytest.mark.parametrize(("kind", "code"), [(3, 0), (3, 1), (3, 3), (3, 4), (4, 0), (5, 1), (11, 0), (12, 0)])
def test_no_icmp_message_ends_a_connection(kind: int, code: int) -> None:
    with Translator(ONE) as nat:
        connection = Connection(nat, HOST, SERVER).opened()
        assert connection.outside is not None
        nat.send(OUTSIDE, icmp_error("192.0.2.1", connection.outside[0], tcp(connection.outside, SERVER), kind, code))
        nat.send(INSIDE, icmp_error(HOST[0], SERVER[0], tcp(SERVER, HOST), kind, code))
        nat.pass_time(7000)
        assert connection.lives()
