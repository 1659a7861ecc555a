# SPDX-License-Identifier: Apache-2.0
"""Contenders side by side: who needs what of a primary, and where MiMi is behind a rival, with the reason. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

NEEDS: Final = {
    "mimi": "nothing: it reads the log, or what the box publishes",
    "conntrackd": "a Linux box that runs conntrackd, and a second one",
    "conntrackd-commit": "a Linux box that runs conntrackd and the fail-over script, and a second one",
}
"""What a contender asks of the primary."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing to be good at: less is better. ``matters``: a smaller difference is none."""

    name: str
    value: Callable[[Row], float | None]
    matters: float
    why: str


FIGURES: Final = (
    Figure("failed connections in failover", lambda row: row["failover"], 0.0, "no reason is known beforehand: see what failed"),
    Figure(
        "outage p50 (ms)",
        lambda row: row["outage_ms"].get("failover", {}).get("p50"),
        2.0,
        "the switch turns the traffic for both; the rest is the minion's start from idle against a kernel that is warm, and chance",
    ),
    Figure(
        "outage p99 (ms)",
        lambda row: row["outage_ms"].get("failover", {}).get("p99"),
        5.0,
        "the switch turns the traffic for both; so few failures make the p99 the worst of them, which is chance",
    ),
    Figure(
        "lag p50 (ms)",
        lambda row: row["lag_ms"]["p50"],
        0.0,
        "conntrackd hears of a flow inside the primary; MiMi reads a log that leaves it, through a collector and a database",
    ),
    Figure(
        "throughput lost by copying",
        lambda row: row["copied_cost"]["value"] if row["copied_cost"] else None,
        0.02,
        "MiMi's runs clone the traffic to the minion as the paper's do; conntrackd's do not",
    ),
)


def beside(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of the same load with more than one contender, together; MiMi's first."""
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["primary"], row["workload"], row["size"]), []).append(row)
    return [sorted(group, key=lambda row: row["contender"] != "mimi") for group in groups.values() if len(group) > 1]


def behind(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Where a rival did better than MiMi on the same load: ``row``, ``figure``, ``mimi``, ``rival``, ``contender`` and ``why``."""
    found = []
    for own, *rivals in (group for group in beside(rows) if group[0]["contender"] == "mimi"):
        for rival in rivals:
            for figure in FIGURES:
                ours, theirs = figure.value(own), figure.value(rival)
                if ours is not None and theirs is not None and ours - theirs > figure.matters:
                    title = f"{own['primary']} {own['workload'].upper()} {own['size']}"
                    found.append(
                        {
                            "row": title,
                            "figure": figure.name,
                            "mimi": ours,
                            "rival": theirs,
                            "contender": rival["contender"],
                            "why": figure.why,
                        }
                    )
    return found
