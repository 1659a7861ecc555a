# SPDX-License-Identifier: Apache-2.0
"""What a box says of itself through ``mimi.publish``: the internal driver's other end. One line a message::

    put PROTO S:P D:P XS:XP XD:XP LIFETIME_S [state=new|established|closing|closed] [delta=FWD,REV]
    del PROTO S:P D:P
    begin, end, abort      around a listing of everything the box has

An end is ``ADDR:PORT``, of IPv6 ``[ADDR]:PORT`` with the address in its canonical form. The first tuple is the flow as its client
sends it, the second as it leaves towards the responder; see docs/primary.md. A box that is allowed to speak may still be wrong, or
taken over: bindings that are not the pairing's are refused, as of any driver.
"""

from __future__ import annotations

import re
from typing import Final

from mimi.drivers.listing import Listing
from mimi.flow import QUERIES, Delete, Delta, FiveTuple, FlowRecord, Put, TcpState, is_canonical6
from mimi.pairing import Pairing
from mimi.pairing import ownership as owns

SOURCE: Final = "published"

MALFORMED: Final = "malformed"

REASONS: Final = (MALFORMED, *owns.REASONS)
"""Why a line gives no delta."""

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ENDPOINT: Final = rf"({_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}):(0|[1-9]\d{{0,4}})"
_ENDPOINT6: Final = r"\[([0-9a-f:]{2,39})\]:(0|[1-9]\d{0,4})"


def _patterns(protocols: str, end: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a put and a del of one version of IP look like."""
    put = (
        rf"put ({protocols}) {end} {end} {end} {end} ([1-9]\d{{0,7}})"
        r"(?: state=(new|established|closing|closed))?(?: delta=(-?\d{1,10}),(-?\d{1,10}))?\s*"
    )
    return re.compile(put, re.ASCII), re.compile(rf"del ({protocols}) {end} {end}\s*", re.ASCII)


_PUT, _DEL = _patterns("tcp|udp|icmp", _ENDPOINT)
_PUT6, _DEL6 = _patterns("tcp|udp|icmp6", _ENDPOINT6)
_LISTINGS: Final = {"begin": Listing.begun, "end": Listing.complete, "abort": Listing.broken}
_DELTA_MAX: Final = 2**32


class Published:
    """The driver ``published`` of one pairing."""

    def __init__(self, pairing: Pairing) -> None:
        self._judge = owns.ownership(pairing)

    @property
    def source(self) -> str:
        return SOURCE

    def parse(self, message: bytes, seq: int) -> Delta | Listing | str:
        """The delta in one line learned at ``seq`` (µs since the epoch), or the reason why there is none."""
        text = message.decode("ascii", "replace")
        match = _PUT.fullmatch(text) or _PUT6.fullmatch(text)
        if match is not None:
            return self._put(match, seq)
        match = _DEL.fullmatch(text) or _DEL6.fullmatch(text)
        if match is not None:
            key = _tuple(match[1], match.groups()[1:5])
            return MALFORMED if key is None else Delete(key.key, seq)
        return _LISTINGS.get(text.strip(), MALFORMED)

    def _put(self, match: re.Match[str], seq: int) -> Delta | str:
        proto, *endpoints, lifetime_s, state, forward, reverse = match.groups()
        orig, xlat = _tuple(proto, tuple(endpoints[:4])), _tuple(proto, tuple(endpoints[4:]))
        deltas = int(forward or 0), int(reverse or 0)
        if orig is None or xlat is None or max(map(abs, deltas)) > _DELTA_MAX:
            return MALFORMED
        fault = owns.reason(self._judge, orig, xlat)
        if fault:
            return fault
        known: TcpState | None = state  # type: ignore[assignment]  # the pattern admits nothing else
        expires = seq // 1_000_000 + int(lifetime_s)
        return Put(FlowRecord(orig, xlat, seq, expires, known, SOURCE, delta_fwd=deltas[0], delta_rev=deltas[1]))


def _tuple(proto: str, parts: tuple[str, ...]) -> FiveTuple | None:
    """The five-tuple of four texts; None when one of them is none: an ICMP query has an identifier in one place and 0 in the other."""
    saddr, sport, daddr, dport = parts
    ports = int(sport), int(dport)
    if max(ports) > 65535 or (proto not in QUERIES and 0 in ports):
        return None
    if ":" in saddr and not (is_canonical6(saddr) and is_canonical6(daddr)):
        return None
    return FiveTuple(proto, saddr, ports[0], daddr, ports[1])
