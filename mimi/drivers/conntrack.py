# SPDX-License-Identifier: Apache-2.0
"""Linux connection tracking as a source of state: events and dumps of a primary that is a Linux box.

Theory of operation. The kernel tells of every connection when it begins, changes state and ends (ctnetlink events), and
lists all of them on request (a dump). An entry has the original tuple and the reply tuple; what NAT did is the difference::

    orig   tcp 10.1.0.1:40112 > 10.1.0.100:8080      what the client sends
    reply  tcp 10.2.0.3:8080  > 10.1.0.1:40112       what the backend sends: so the box chose 10.2.0.3:8080

An end is not always an end. An entry in mid-connection also disappears because its timer ran out, or because the table was
flushed, and after a failover both happen to connections that live on in the minion: the box does not see their packets any
more. Only a TCP connection that both ends have closed is deleted; any other that disappears is left to the minion's own timers, with
the life of a closing connection, which every packet renews.

While a dump is read, events go on. A dumped entry that an event has told of meanwhile is older than the event: ignored.
"""

from __future__ import annotations

from typing import Final

from mimi.drivers import ctnetlink
from mimi.drivers.conntrack_source import LISTING_BEGINS
from mimi.drivers.ctnetlink import Entry, Tuple5
from mimi.drivers.listing import Listing
from mimi.flow import Delete, Delta, FiveTuple, FlowRecord, Put, TcpState, address_text
from mimi.pairing import Pairing
from mimi.pairing.ownership import NUMBERS, Tuple4, ownership
from mimi.pairing.ownership import REASONS as FOREIGN

SOURCE: Final = "conntrack"

MALFORMED: Final = "malformed"
PROTOCOL: Final = "protocol"
ICMP_TYPE: Final = "icmp-type"
SUPERSEDED: Final = "superseded"
NOTE: Final = "note"

REASONS: Final = (MALFORMED, PROTOCOL, ICMP_TYPE, *FOREIGN, SUPERSEDED, NOTE)
"""Why a message gives no delta. ``icmp-type``: a query that is no ping; ``superseded``: a dumped entry that an event overtook;
``note``: no entry, as a dump's end; the others: a flow that is none of the pairing's."""

_PROTOCOLS: Final = {number: name for name, number in NUMBERS.items()}
_ECHO: Final = {NUMBERS["icmp"]: 8, NUMBERS["icmp6"]: 128}
"""Query protocols, with the type of an echo request."""

_UDP: Final = 17

# enum tcp_conntrack of linux/netfilter/nf_conntrack_tcp.h: SYN_SENT 1, SYN_RECV 2, ESTABLISHED 3, FIN_WAIT 4, CLOSE_WAIT 5,
# LAST_ACK 6, TIME_WAIT 7, CLOSE 8, SYN_SENT2 9.
_STATES: Final[dict[int, TcpState]] = {
    1: "new",
    2: "new",
    3: "established",
    4: "closing",
    5: "closing",
    6: "closing",
    7: "closed",
    8: "closed",
    9: "new",
}
_ENDING: Final = ("closing", "closed")
_OVER: Final = (6, 7, 8)
"""States in which both ends have sent their last."""


class Conntrack:
    """The driver ``conntrack`` of one pairing. Keeps what an end needs to be judged by: which flows are over."""

    def __init__(self, pairing: Pairing) -> None:
        self._foreign = ownership(pairing).fault
        self._timeouts = pairing.minion.timeouts
        self._over: set[int] = set()
        self._told: set[int] | None = None
        """Entries that events told of since the dump under way began; None while there is none."""

    @property
    def source(self) -> str:
        return SOURCE

    def parse(self, message: bytes, seq: int) -> Delta | Listing | str:
        """The delta in one netlink message learned at ``seq`` (µs since the epoch), or the reason why there is none."""
        if message == LISTING_BEGINS:
            self._told = set()
            return Listing.begun
        kind = ctnetlink.what(message)
        if kind in ("end", "interrupted", "error"):
            self._told = None
            return Listing.complete if kind == "end" else Listing.broken
        if kind == "other":
            return NOTE
        entry = ctnetlink.entry_of(message)
        if entry.orig is None or entry.reply is None:
            return MALFORMED
        fault = self._fault(entry.orig, entry.reply, entry.icmp_type)
        if fault:
            return fault
        if self._told is not None:
            if kind == "listed" and entry.ident in self._told:
                return SUPERSEDED
            if kind != "listed":
                self._told.add(entry.ident)
        if kind == "destroy":
            return self._end(entry, seq)
        return self._put(entry, seq)

    def _fault(self, orig: Tuple5, reply: Tuple5, icmp_type: int | None) -> str:
        """Why a flow is none of this pairing's; empty when it is."""
        protocol = orig[0]
        if protocol not in _PROTOCOLS:
            return PROTOCOL
        if protocol in _ECHO and icmp_type != _ECHO[protocol]:
            return ICMP_TYPE
        return self._foreign(protocol, orig[1:], _translated(reply))

    def _put(self, entry: Entry, seq: int) -> Put:
        state = _STATES.get(entry.tcp_state or 0)
        if entry.tcp_state in _OVER:
            self._over.add(entry.ident)
        else:
            self._over.discard(entry.ident)
        return Put(self._record(entry, seq, state, self._lifetime_s(entry, state)))

    def _end(self, entry: Entry, seq: int) -> Delta:
        over = entry.ident in self._over or entry.tcp_state in _OVER
        self._over.discard(entry.ident)
        if over:
            return Delete(_flow(entry).key, seq)
        icmp = entry.orig is not None and entry.orig[0] in _ECHO
        return Put(self._record(entry, seq, None, self._timeouts.icmp_s if icmp else self._timeouts.tcp_transitory_s))

    def _lifetime_s(self, entry: Entry, state: TcpState | None) -> int:
        """What the kernel says, but no less than the pairing's: the kernel's timer is renewed by packets, not by events."""
        timeouts = self._timeouts
        if state is None:
            protocol = entry.orig[0] if entry.orig is not None else 0
            least = timeouts.udp_s if protocol == _UDP else timeouts.icmp_s if protocol in _ECHO else timeouts.tcp_transitory_s
        else:
            least = timeouts.tcp_established_s if state == "established" else timeouts.tcp_transitory_s
        return max(entry.timeout_s or 0, least) if state not in _ENDING else least

    def _record(self, entry: Entry, seq: int, state: TcpState | None, lifetime_s: int) -> FlowRecord:
        assert entry.reply is not None
        flow = _flow(entry)
        source, sport, target, dport = _translated(entry.reply)
        xlat = FiveTuple(flow.proto, address_text(source), sport, address_text(target), dport)
        return FlowRecord(
            flow,
            xlat,
            seq,
            seq // 1_000_000 + lifetime_s,
            state,
            SOURCE,
            delta_fwd=entry.seq_orig,
            delta_rev=entry.seq_reply,
        )


def _translated(reply: Tuple5) -> Tuple4:
    """The flow as it leaves towards the responder: the reply turned round. A query's id stays in the initiator's place."""
    protocol, source, sport, target, dport = reply
    return (target, sport, source, 0) if protocol in _ECHO else (target, dport, source, sport)


def _flow(entry: Entry) -> FiveTuple:
    assert entry.orig is not None
    protocol, source, sport, target, dport = entry.orig
    return FiveTuple(_PROTOCOLS[protocol], address_text(source), sport, address_text(target), dport)
