# SPDX-License-Identifier: Apache-2.0
"""What stands between the headers of an IPv6 packet hides it from no rule of a MinionFirewall."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from mimi.click import Router
from tests.elements.model_packets import SYN, TCP, UDP
from tests.elements.model_packets6 import DESTINATION_OPTIONS, ICMP6, Extension, Packet6, echo, fragment, icmp_error, options, tcp, udp
from tests.elements.packets6 import MANY, chains

HOST, STRANGER = "2001:db8:a::7", "2001:db8:99::1"


@pytest.fixture(scope="module")
def router() -> Iterator[Router]:
    with Router(
        """
        fw :: MinionFirewall(RULE "deny from any tcp any any", RULE "deny from any icmp6 any any", DEFAULT allow);
        outside :: MemoryIn -> MarkIPHeader -> [1]fw; Idle -> [0]fw;
        fw[0] -> Discard; fw[1] -> inside :: MemoryOut;
        """,
        clock="virtual",
    ) as opened:
        yield opened


def passes(router: Router, packet: Packet6) -> bool:
    router.push("outside", bytes(packet))
    router.run()
    left = [out.data for out in router.packets("inside")]
    assert left in ([], [bytes(packet)])
    return bool(left)


@settings(MANY)
@given(extensions=chains())
def test_a_rule_about_a_protocol_sees_it_behind_any_headers(router: Router, extensions: tuple[Extension, ...]) -> None:
    assert passes(router, Packet6(STRANGER, HOST, UDP, udp(5, 53), extensions))
    assert not passes(router, Packet6(STRANGER, HOST, TCP, tcp(5, 80, 1, 0, SYN), extensions))
    assert not passes(router, Packet6(STRANGER, HOST, ICMP6, echo(128, 1), extensions))
    about = bytes(Packet6(HOST, STRANGER, TCP, tcp(80, 5, 1, 0, SYN)))
    assert not passes(router, Packet6(STRANGER, HOST, ICMP6, icmp_error(1, 0, 0, about), extensions))


def test_options_behind_a_fragment_header_are_no_protocol(router: Router) -> None:
    hidden = (fragment(0, True, 1), options(DESTINATION_OPTIONS))
    assert not passes(router, Packet6(STRANGER, HOST, TCP, tcp(5, 80, 1, 0, SYN), hidden))
    assert passes(router, Packet6(STRANGER, HOST, UDP, udp(5, 53), hidden))
