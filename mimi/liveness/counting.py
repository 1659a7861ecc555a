# SPDX-License-Identifier: Apache-2.0
"""From single observations of a link to a verdict: ``fall`` in a row that say down, ``rise`` that say up. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Seen = Literal["up", "down", "missing"]
"""One look at a link. ``missing``: there is no such interface."""

Declared = Literal["unknown", "up", "down"]


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """``declared`` holds until enough observations in a row contradict it.

    A link that was never there stays ``unknown``: a misspelt name must not move traffic. One that was there and
    vanishes counts as down.
    """

    declared: Declared = "unknown"
    seen: Seen = "missing"
    streak: int = 0


def observe(health: LinkHealth, seen: Seen, fall: int, rise: int) -> LinkHealth:
    """Take one observation. The first one of a link that exists is believed at once."""
    if health.declared == "unknown":
        return health if seen == "missing" else LinkHealth(seen, seen, 0)
    contradicts = (seen == "up") != (health.declared == "up")
    if not contradicts:
        return LinkHealth(health.declared, seen, 0)
    streak = health.streak + 1
    if streak >= (rise if seen == "up" else fall):
        return LinkHealth("up" if seen == "up" else "down", seen, 0)
    return LinkHealth(health.declared, seen, streak)
