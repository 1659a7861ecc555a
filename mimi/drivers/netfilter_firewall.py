# SPDX-License-Identifier: Apache-2.0
"""netfilter's packet log of a firewall as a source of state: each accepted first packet is a flow.

The rule that accepts a new flow logs it with the prefix (``log prefix "MIMI fw "`` before ``accept``). The line shows the flow
as it is, because a firewall translates nothing. Lines of later packets (a reply, FIN, RST) show the flow in either direction:
it is remembered which way it began.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from mimi.drivers.netfilter_line import Logged, logged_packet
from mimi.flow import QUERIES, Delete, Delta, FiveTuple, FlowRecord, Put, TcpState
from mimi.pairing import Pairing
from mimi.pairing.ownership import ownership, reason

SOURCE: Final = "netfilter-log"
KNOWN: Final = "known"
UNKNOWN_FLOW: Final = "unknown-flow"


class FirewallLog:
    """The driver ``netfilter-log`` of one firewall."""

    def __init__(self, pairing: Pairing) -> None:
        self._prefix, self._timeouts = pairing.log_prefix, pairing.minion.timeouts
        self._judge = ownership(pairing)
        self._flows_max = pairing.minion.max_flows
        self._flows: OrderedDict[FiveTuple, None] = OrderedDict()
        """As their initiators sent them, the oldest first."""

    @property
    def source(self) -> str:
        return SOURCE

    def parse(self, message: bytes, seq: int) -> Delta | str:
        """The delta in one syslog message, or the reason why there is none."""
        packet = logged_packet(message, self._prefix)
        if isinstance(packet, str):
            return packet
        flow = self._flow_of(packet)
        fault = reason(self._judge, flow, flow)
        if fault:
            return fault
        if packet.rst or packet.fin:
            return self._ending(flow, packet, seq) if flow in self._flows else UNKNOWN_FLOW
        if flow in self._flows and not (packet.begins and packet.proto == "tcp"):
            return KNOWN
        return self._begin(flow, seq)

    def _flow_of(self, packet: Logged) -> FiveTuple:
        """The flow as its initiator sent it: as this packet, or turned round."""
        query = packet.proto in QUERIES
        straight = FiveTuple(packet.proto, packet.saddr, packet.sport, packet.daddr, packet.dport)
        sport, dport = (packet.sport, 0) if query else (packet.dport, packet.sport)
        turned = FiveTuple(packet.proto, packet.daddr, sport, packet.saddr, dport)
        if packet.begins:
            return straight
        return turned if packet.answers or (turned in self._flows and straight not in self._flows) else straight

    def _ending(self, flow: FiveTuple, packet: Logged, seq: int) -> Delta:
        if packet.rst:
            del self._flows[flow]
            return Delete(flow.key, seq)
        return Put(FlowRecord(flow, flow, seq, seq // 1_000_000 + self._timeouts.tcp_transitory_s, "closing", SOURCE))

    def _begin(self, flow: FiveTuple, seq: int) -> Put:
        self._flows.pop(flow, None)
        if len(self._flows) >= self._flows_max:
            self._flows.popitem(last=False)
        self._flows[flow] = None
        state: TcpState | None = "established" if flow.proto == "tcp" else None
        times = self._timeouts
        lifetime_s = {"tcp": times.tcp_established_s, "udp": times.udp_s}.get(flow.proto, times.icmp_s)
        return Put(FlowRecord(flow, flow, seq, seq // 1_000_000 + lifetime_s, state, SOURCE))
