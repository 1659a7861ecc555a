# SPDX-License-Identifier: Apache-2.0
"""Who should have the traffic: a state machine over what liveness says. No I/O, no clock.

::

    primary-active ──a link is declared down──> minion-active
          ^                                          │
          └── operator, or (failback: immediate) ────┘
              every link is declared up again

``failback: manual`` (the default) stays with the minion until an operator says otherwise: the primary that comes back
knows nothing of the connections made meanwhile. An operator's order wins over everything until the next link goes
down. Draining (failing back only when the minion's flows have ended or been handed over) will stand between "all links
up" and the order to the primary, in :func:`_may_fail_back`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Target = Literal["primary", "minion"]
Failback = Literal["manual", "immediate"]


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
class Order:
    """What the fabric is to do now, and why."""

    target: Target
    reason: str


Event = LinkVerdict | OperatorOrder


def step(state: FailoverState, event: Event, now_s: float, failback: Failback = "manual") -> tuple[FailoverState, Order | None]:
    """The next state, and the order that leads to it (None when traffic stays where it is)."""
    if isinstance(event, OperatorOrder):
        return _order(state, event.target, "ordered by the operator", now_s)
    down = state.down - {event.link} if event.up else state.down | {event.link}
    state = replace(state, down=down)
    if not event.up and state.active == "primary":
        return _order(state, "minion", f"link {event.link} down", now_s)
    if event.up and state.active == "minion" and _may_fail_back(state, failback):
        return _order(state, "primary", "all links up", now_s)
    return state, None


def _may_fail_back(state: FailoverState, failback: Failback) -> bool:
    return failback == "immediate" and not state.down


def _order(state: FailoverState, target: Target, reason: str, now_s: float) -> tuple[FailoverState, Order | None]:
    if target == state.active:
        return state, None
    return replace(state, active=target, since_s=now_s, reason=reason), Order(target, reason)
