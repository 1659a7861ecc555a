# SPDX-License-Identifier: Apache-2.0
"""What the demo measures, and what it says about it. Pure values: no clock, no network."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mimi.experiment.quantiles import Quantiles

RunName = Literal["clean", "fail", "failover"]
RUNS: tuple[RunName, ...] = ("clean", "fail", "failover")
REQUIRED_EXCESS_REMOVED = 0.95
MAX_OUTAGE_MS = 100.0
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Deltas:
    """Changes of state on their way: seen by the driver, stored, applied by the minion, refused anywhere."""

    seen: int = 0
    stored: int = 0
    applied: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Streams:
    """The long-lived streams: how many there were, how many never lost a byte, what became of the others."""

    total: int
    survived: int
    failures: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One of the three runs. Times named ``_s`` are seconds after the traffic began."""

    name: RunName
    connections: int
    failed: int
    errors: dict[str, int]
    streams: Streams
    outage_ms: Quantiles
    probe_reconnects: int
    lag_ms: Quantiles
    lag_samples: int
    deltas: Deltas
    flows_in_minion: int
    unknown_flows: str
    replication: bool
    failed_at_s: float | None
    throughput_mbit: list[float]
    throughput_step_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """All runs, with the circumstances that give the figures their meaning."""

    runs: dict[RunName, Run]
    circumstances: dict[str, Any]

    @property
    def excess_failures_removed(self) -> float | None:
        """1 - (failover - clean) / (fail - clean), kept inside 0…1; None when a run is missing or nothing failed."""
        if set(self.runs) != set(RUNS):
            return None
        clean, fail, failover = (self.runs[name].failed for name in RUNS)
        if fail <= clean:
            return None
        return max(0.0, min(1.0, 1 - (failover - clean) / (fail - clean)))

    def shortcomings(self) -> list[str]:
        """Why this report does not show survival; empty when it does."""
        missing = [name for name in RUNS if name not in self.runs]
        if missing:
            return [f"no {name} run" for name in missing]
        failover, fail = self.runs["failover"], self.runs["fail"]
        problems = []
        if failover.streams.survived < failover.streams.total:
            streams = failover.streams
            problems.append(f"failover: {streams.total - streams.survived} of {streams.total} long-lived streams died: {streams.failures}")
        if fail.streams.survived == fail.streams.total:
            problems.append("fail: no stream died without replication, so nothing was shown")
        removed = self.excess_failures_removed
        if removed is None or removed < REQUIRED_EXCESS_REMOVED:
            problems.append(
                f"excess failures removed: {removed if removed is None else round(removed, 3)}, expected at least {REQUIRED_EXCESS_REMOVED}"
            )
        if failover.outage_ms.max is None or failover.outage_ms.max > MAX_OUTAGE_MS:
            problems.append(f"failover: outage {failover.outage_ms.max} ms, expected at most {MAX_OUTAGE_MS:g} ms")
        return problems

    def to_json(self) -> dict[str, Any]:
        """The report file's content (``docs/demo.md`` documents every field)."""
        removed = self.excess_failures_removed
        return {
            "schema": SCHEMA,
            "runs": {name: asdict(run) for name, run in self.runs.items()},
            "excess_failures_removed": None if removed is None else round(removed, 4),
            "shortcomings": self.shortcomings(),
            "circumstances": self.circumstances,
        }
