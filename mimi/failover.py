# SPDX-License-Identifier: Apache-2.0
"""Who should have the traffic: a state machine over what liveness says. No I/O, no clock.

::

    primary ──a link is declared down──> minion <──a link is declared down──┐
       ^                                   │                                │
       │   failback: immediate             │   failback: drain              │
       ├── every link is up again ─────────┤── every link is up again ──> drain
       │                                   │                                │
       └── an operator says so ────────────┘                                │
       └── the minion's own flows have ended (or an operator says so) ──────┘

``failback: manual`` (the default) stays with the minion until an operator says otherwise: the primary that comes back
knows nothing of the connections made meanwhile. *drain* is the way back that loses none: the minion stays in the path,
keeps the flows that went through it, and hands every other packet to the primary. An operator's order wins over
everything until the next link goes down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

Target = Literal["primary", "minion", "drain"]
"""``drain``: to the minion, which keeps its own flows and hands the rest to the primary."""

Failback = Literal["manual", "immediate", "drain"]
TARGETS: Final = get_args(Target)


@dataclass(frozen=True, slots=True)
class FailoverState:
    """``down`` are the links that are declared down; ``since_s`` is when ``active`` became what it is."""

    active: Target = "primary"
    down: frozenset[str] = frozenset()
    since_s: float = 0.0
    reason: str = "started"


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """Liveness declares a link up or down (its rise or fall count is reached)."""

    link: str
    up: bool


@dataclass(frozen=True, slots=True)
class OperatorOrder:
    """Somebody decides."""

    target: Target


@dataclass(frozen=True, slots=True)
class Drained:
    """The draining minion has no flows of its own any more."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the fabric is to do now, and why."""

    target: Target
    reason: str


Event = LinkVerdict | OperatorOrder | Drained


def step(state: FailoverState, event: Event, now_s: float, failback: Failback = "manual") -> tuple[FailoverState, Order | None]:
    """The next state, and the order that leads to it (None when traffic stays where it is)."""
    if isinstance(event, OperatorOrder):
        return _order(state, event.target, "ordered by the operator", now_s)
    if isinstance(event, Drained):
        return _order(state, "primary", "its own flows have ended", now_s) if state.active == "drain" else (state, None)
    down = state.down - {event.link} if event.up else state.down | {event.link}
    state = replace(state, down=down)
    if not event.up:
        return _order(state, "minion", f"link {event.link} down", now_s)
    if state.active == "minion" and not down and failback != "manual":
        return _order(state, "primary" if failback == "immediate" else "drain", "all links up", now_s)
    return state, None


def _order(state: FailoverState, target: Target, reason: str, now_s: float) -> tuple[FailoverState, Order | None]:
    if target == state.active:
        return state, None
    return replace(state, active=target, since_s=now_s, reason=reason), Order(target, reason)
