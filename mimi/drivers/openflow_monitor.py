# SPDX-License-Identifier: Apache-2.0
"""The rules of an OpenFlow switch as a source of state: a load balancer or translator whose controller need not be touched.

A reactive box installs an exact-match rule for each flow, and another for its answers::

    match  tcp 10.1.0.1:40112 > 10.1.0.100:8080      what the client sends
    sets   ip_dst=10.2.0.3, tcp_dst=8080              so the box chose 10.2.0.3:8080

What the rule matches is the flow, what it sets gives the translated one. Rules for answers are no flow of their own: they come
from a backend and fit nothing of the pairing's, so they are refused and counted as such. Rules that do not name all five values
stand for many flows and are none.

The end of a rule is not the end of its connection: an idle rule of a box that is cut off belongs to a connection that may be busy in
the minion. So nothing is deleted; the record keeps the life of a closing connection, which packets through the minion renew.
"""

from __future__ import annotations

from socket import AF_INET, inet_ntop
from typing import Final

from mimi.drivers import openflow_messages as of
from mimi.drivers.listing import Listing
from mimi.drivers.openflow_source import LISTING_BEGINS, LISTING_BREAKS, LISTING_ENDS
from mimi.flow import Delta, FiveTuple, FlowRecord, Put
from mimi.pairing import Pairing
from mimi.pairing import ownership as owns

SOURCE: Final = "openflow-monitor"

MALFORMED: Final = "malformed"
NO_FLOW: Final = "no-flow"
NOTE: Final = "note"

REASONS: Final = (MALFORMED, NO_FLOW, NOTE, *owns.REASONS)
"""Why a message gives no delta. ``no-flow``: a rule that is not of one flow; ``note``: a message that tells of no rule."""

_PORTS: Final = {6: (of.TCP_SRC, of.TCP_DST), 17: (of.UDP_SRC, of.UDP_DST)}
_NAMES: Final = {6: "tcp", 17: "udp"}
_MARKS: Final = {LISTING_BEGINS: Listing.begun, LISTING_ENDS: Listing.complete, LISTING_BREAKS: Listing.broken}


class OpenFlowMonitor:
    """The driver ``openflow-monitor`` of one pairing."""

    def __init__(self, pairing: Pairing) -> None:
        self._judge = owns.ownership(pairing)
        timeouts = pairing.minion.timeouts
        self._lives = {6: timeouts.tcp_established_s, 17: timeouts.udp_s}
        self._linger_s = timeouts.tcp_transitory_s

    @property
    def source(self) -> str:
        return SOURCE

    def parse(self, message: bytes, seq: int) -> Delta | Listing | str:
        """The delta in one update learned at ``seq`` (µs since the epoch), or the reason why there is none."""
        mark = _MARKS.get(message)
        if mark is not None:
            return mark
        try:
            update = of.parse_update(message)
        except ValueError:
            return MALFORMED
        if update.event in ("other", "paused", "resumed"):
            return NOTE
        flow = _flow(update)
        if flow is None:
            return NO_FLOW
        protocol, orig, xlat = flow
        fault = self._judge.fault(protocol, orig, xlat)
        if fault:
            return fault
        lives_s = self._linger_s if update.event == "removed" else self._lives[protocol]
        return Put(FlowRecord(_tuple(protocol, orig), _tuple(protocol, xlat), seq, seq // 1_000_000 + lives_s, None, SOURCE))


def _flow(update: of.Update) -> tuple[int, owns.Tuple4, owns.Tuple4] | None:
    """Protocol, original and translated tuple of a rule; None when it is not of one TCP or UDP flow over IPv4."""
    match = update.match
    protocol = int.from_bytes(match.get(of.IP_PROTO, b""), "big")
    if match.get(of.ETH_TYPE) != b"\x08\x00" or protocol not in _PORTS:
        return None
    sport, dport = _PORTS[protocol]
    names = (of.IPV4_SRC, sport, of.IPV4_DST, dport)
    before = [match.get(name) for name in names]
    after = [update.changes.get(name, match.get(name)) for name in names]
    if None in before:
        return None
    return protocol, _tuple4(before), _tuple4(after)


def _tuple4(values: list[bytes | None]) -> owns.Tuple4:
    source, sport, target, dport = (value or b"" for value in values)
    return source, int.from_bytes(sport, "big"), target, int.from_bytes(dport, "big")


def _tuple(protocol: int, flow: owns.Tuple4) -> FiveTuple:
    return FiveTuple(_NAMES[protocol], inet_ntop(AF_INET, flow[0]), flow[1], inet_ntop(AF_INET, flow[2]), flow[3])
