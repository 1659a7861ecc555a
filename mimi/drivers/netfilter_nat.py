# SPDX-License-Identifier: Apache-2.0
"""netfilter's packet log of a translator as a source of state: two lines make one binding (``netfilter_join``).

Every line shows a packet between the *remote* end, somewhere outside, and either an inside host (before the translation on
the way out, after it on the way in) or an outside address of the translator. Which it is, addresses tell::

    MIMI nat IN=eth0 OUT=eth1 SRC=10.0.0.7 DST=192.0.2.1 … PROTO=TCP SPT=4000 DPT=80 SEQ=100 ACK=0 … SYN      forward chain
    MIMI nat IN= OUT=eth1 SRC=203.0.113.1 DST=192.0.2.1 … PROTO=TCP SPT=61000 DPT=80 SEQ=100 ACK=0 … SYN      after the translation

Where the second place cannot be logged, the first reply before its translation back (raw or mangle PREROUTING) does it too.
A packet to a forwarded port needs no second line: the pairing says where it goes.
"""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv4Address
from typing import Final

from mimi.drivers.netfilter_join import Endpoint, Half, JoinBuffer, Remote
from mimi.drivers.netfilter_line import Logged, logged_packet
from mimi.flow import Delete, Delta, FiveTuple, FlowRecord, Put, TcpState, packed_address
from mimi.pairing import Pairing
from mimi.pairing.ownership import NatOwnership

SOURCE: Final = "netfilter-log"

HALF: Final = "half"
AMBIGUOUS: Final = "ambiguous"
KNOWN: Final = "known"
UNKNOWN_FLOW: Final = "unknown-flow"
FOREIGN: Final = "foreign"
HAIRPIN: Final = "hairpin"

HALF_CONFIDENCE: Final = 0.5
"""Of a binding whose halves nothing but the remote end holds together."""

Flow = tuple[Remote, Endpoint]


class NatLog:
    """The driver ``netfilter-log`` of one translator. Remembers flows, because a later line shows one side of them only."""

    def __init__(self, pairing: Pairing) -> None:
        assert pairing.nat is not None
        self._prefix, self._timeouts = pairing.log_prefix, pairing.minion.timeouts
        self._owner, self._statics = NatOwnership(pairing.nat), pairing.nat.static
        self._flows_max = pairing.minion.max_flows
        self._joins = JoinBuffer()
        self._inside: OrderedDict[Flow, FlowRecord] = OrderedDict()
        """Records by remote end and inside host, the longest unused first."""
        self._outside: dict[Flow, Flow] = {}
        """By remote end and outside address: their key in ``_inside``."""

    @property
    def source(self) -> str:
        return SOURCE

    def parse(self, message: bytes, seq: int) -> Delta | str:
        """The delta that one syslog message completes, or the reason why there is none (yet): ``half`` waits for its other one."""
        packet = logged_packet(message, self._prefix)
        if isinstance(packet, str):
            return packet
        half = self._half(packet, seq)
        if isinstance(half, str):
            return half
        record = self._known(half)
        if packet.rst or packet.fin:
            return self._ending(half, record) if record is not None else UNKNOWN_FLOW
        if record is not None and not (packet.begins and packet.proto == "tcp"):
            return KNOWN
        return self._begin(half)

    def _half(self, packet: Logged, seq: int) -> Half | str:
        """A packet as half of a translation, or why it is none."""
        source, target = packed_address(packet.saddr), packed_address(packet.daddr)
        inside, outside = self._owner.inside, self._owner.outside
        near = (inside(source) or outside(source), inside(target) or outside(target))
        if near == (True, True):
            return HAIRPIN
        if near == (False, False):
            return FOREIGN
        outgoing = near[0]
        query = packet.proto == "icmp"
        start, end = (packet.saddr, packet.sport), (packet.daddr, packet.sport if query else packet.dport)
        local, far = (start, end) if outgoing else (end, start)
        remote = (packet.proto, far[0], 0 if query else far[1])
        view = "inside" if inside(source if outgoing else target) else "outside"
        return Half(view, outgoing, remote, local, packet, seq)  # type: ignore[arg-type]  # one of the two words

    def _known(self, half: Half) -> FlowRecord | None:
        key = (half.remote, half.local)
        flow = key if half.view == "inside" else self._outside.get(key)
        return self._inside.get(flow) if flow is not None else None

    def _ending(self, half: Half, record: FlowRecord) -> Delta:
        if half.packet.rst:
            self._forget(record)
            return Delete(record.orig.key, half.seq)
        expires = half.seq // 1_000_000 + self._timeouts.tcp_transitory_s
        return Put(FlowRecord(record.orig, record.xlat, half.seq, expires, "closing", SOURCE, record.confidence))

    def _begin(self, half: Half) -> Delta | str:
        if half.view == "outside":
            forwarded = self._forwarded(half)
            if forwarded is not None:
                return self._put(half.remote, forwarded, half.local, half.seq, True, 1.0)
        elif not half.outgoing and self._comes_by_itself(half):
            outer_end = self._outside_of_forwarded(half)
            if outer_end is not None:
                return self._put(half.remote, half.local, outer_end, half.seq, True, 1.0)
        found = self._joins.join(half)
        if isinstance(found, str):
            return AMBIGUOUS if found == "ambiguous" else HALF
        other, certain = found
        inner, outer = (half, other) if half.view == "inside" else (other, half)
        began = self._outside_began(other, outer)
        return self._put(half.remote, inner.local, outer.local, half.seq, began, 1.0 if certain else HALF_CONFIDENCE)

    def _outside_began(self, first: Half, outer: Half) -> bool:
        """Who is the initiator: the sender of what was logged first. Without a static translation, only hosts inside can be."""
        whole = any(s.outside.ports is None and str(s.outside.address) == outer.local[0] for s in self._statics)
        if not whole:
            return False
        return first.outgoing if first.packet.answers else not first.outgoing

    def _forwarded(self, half: Half) -> Endpoint | None:
        """The inside end of a forwarded port."""
        address, port = half.local
        for static in self._statics:
            if static.outside.ports is None or static.inside.ports is None or static.protocol != half.packet.proto:
                continue
            if static.outside.address == IPv4Address(address) and port in static.outside.ports:
                return str(static.inside.address), static.inside.ports.first + port - static.outside.ports.first
        return None

    def _comes_by_itself(self, half: Half) -> bool:
        """Whether a packet to an inside host begins a flow: a datagram does when it answers none that waits here."""
        return half.packet.begins or (half.packet.proto == "udp" and not self._joins.waits(half.remote, half.local))

    def _outside_of_forwarded(self, half: Half) -> Endpoint | None:
        """The outside end that a connection to an inside host must have come by: that of the only port forwarded to it."""
        address, port = half.local
        found = {
            (str(s.outside.address), s.outside.ports.first + port - s.inside.ports.first)
            for s in self._statics
            if s.outside.ports is not None and s.inside.ports is not None and s.protocol == half.packet.proto
            if s.inside.address == IPv4Address(address) and port in s.inside.ports
        }
        return found.pop() if len(found) == 1 else None

    def _put(self, remote: Remote, inner: Endpoint, outer: Endpoint, seq: int, outside_began: bool, confidence: float) -> Put:
        proto, address, port = remote
        if outside_began:
            orig, xlat = FiveTuple(proto, address, port, *outer), FiveTuple(proto, address, port, *inner)
        else:
            orig, xlat = FiveTuple(proto, *inner, address, port), FiveTuple(proto, *outer, address, port)
        state: TcpState | None = "established" if proto == "tcp" else None
        times = self._timeouts
        lifetime_s = {"tcp": times.tcp_established_s, "udp": times.udp_s}.get(proto, times.icmp_s)
        record = FlowRecord(orig, xlat, seq, seq // 1_000_000 + lifetime_s, state, SOURCE, confidence)
        self._remember((remote, inner), (remote, outer), record)
        return Put(record)

    def _remember(self, inner: Flow, outer: Flow, record: FlowRecord) -> None:
        previous = self._inside.pop(inner, None)
        if previous is not None:
            self._outside.pop(_outer_of(previous), None)
        elif len(self._inside) >= self._flows_max:
            _, oldest = self._inside.popitem(last=False)
            self._outside.pop(_outer_of(oldest), None)
        self._inside[inner] = record
        self._outside[outer] = inner

    def _forget(self, record: FlowRecord) -> None:
        inner = self._outside.pop(_outer_of(record), None)
        if inner is not None:
            self._inside.pop(inner, None)


def _outer_of(record: FlowRecord) -> Flow:
    """The remote end and the outside address of a remembered flow."""
    o, x = record.orig, record.xlat
    if (o.daddr, o.dport) == (x.daddr, x.dport):  # began inside
        return (o.proto, o.daddr, o.dport), (x.saddr, x.sport)
    return (o.proto, o.saddr, o.sport), (o.daddr, o.dport)
