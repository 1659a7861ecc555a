# SPDX-License-Identifier: Apache-2.0
"""The values that travel: five-tuples, flow records and deltas. No I/O, no clock.

One meaning everywhere below the drivers: a *put* carries a whole :class:`FlowRecord`, a *delete* carries a flow key
and a sequence number. The newest sequence number wins (see ``docs/architecture.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PROTOCOLS = ("tcp", "udp", "icmp")
"""Protocols a binding can have, by the names used in keys and import text.

``icmp`` are query flows, such as pings. The query id stands for the initiator's port, the responder has port 0:
``icmp 10.0.0.1:77 192.0.2.1:0``.
"""

TcpState = Literal["new", "established", "closing", "closed"]


@dataclass(frozen=True, slots=True)
class FiveTuple:
    """One direction of a flow. Addresses are canonical text, ports are host-order integers."""

    proto: str
    saddr: str
    sport: int
    daddr: str
    dport: int

    @property
    def key(self) -> str:
        """The flow key text: ``tcp 10.1.0.1:40112 10.1.0.100:8080``."""
        return f"{self.proto} {self.saddr}:{self.sport} {self.daddr}:{self.dport}"


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """A flow, its binding, and what is needed to order and expire it: the unit that is replicated."""

    orig: FiveTuple
    xlat: FiveTuple
    seq: int
    expires: int
    state: TcpState | None = None
    source: str = ""
    confidence: float = 1.0
    delta_fwd: int = 0
    delta_rev: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """Create or replace the binding of ``record.orig``."""

    record: FlowRecord


@dataclass(frozen=True, slots=True)
class Delete:
    """Forget the binding of ``key`` unless a newer one has replaced it."""

    key: str
    seq: int


Delta = Put | Delete
