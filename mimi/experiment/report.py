# SPDX-License-Identifier: Apache-2.0
"""From runs to rows: Table I's shape, the excess failures removed, and what is required of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from mimi.experiment.model import Failure, Run
from mimi.experiment.quantiles import Quantiles
from mimi.experiment.rivals import behind
from mimi.experiment.sizes import RUNS, PrimaryName, RunName, Workload
from mimi.experiment.statistics import Interval, Spread, lost_share
from mimi.experiment.variants import replicates

SCHEMA: Final = 1
FAILING: Final[tuple[RunName, ...]] = ("fail", "failover")
REQUIRED_REMOVED: Final = {"web": 0.99, "dash": 0.95}
"""Share of the excess failures that must be removed."""

MAX_OUTAGE_P99_MS: Final = 50.0
MAX_COPIED_COST: Final = 0.02
_BLOCK_S: Final = 1.0
"""Throughput is compared by means of this length: those of a tenth of a second follow from each other."""

PAPER: Final[tuple[tuple[str, str, int, tuple[tuple[int, float], ...]], ...]] = (
    ("openflow", "dash", 50, ((12, 1), (15, 1.5), (36, 3), (29, 2))),
    ("openflow", "dash", 100, ((51, 2), (56, 3), (89, 5), (71, 3))),
    ("openflow", "web", 1_000, ((2296, 73), (2057, 96), (4167, 265), (2496, 156))),
    ("openflow", "web", 2_000, ((1177, 97), (1295, 150), (7144, 324), (4278, 212))),
    ("netfilter", "web", 20_000, ((9497, 502), (10_444, 427), (28_331, 1388), (12_417, 1326))),
    ("netfilter", "web", 30_000, ((13_737, 461), (15_512, 418), (45_220, 3275), (21_672, 865))),
)
"""Table I of the paper: primary, workload, sessions, and mean and standard deviation of failed connections in each of RUNS."""


def excess_removed(clean: float, copied: float, fail: float, failover: float) -> float | None:
    """1 - (failover - copied) / (fail - clean), at most 1; None when failures added nothing to *clean*."""
    if fail <= clean:
        return None
    return min(1.0, 1 - (failover - copied) / (fail - clean))


def paper_rows() -> list[dict[str, Any]]:
    """The paper's table, with the same ratio computed of it."""
    rows = []
    for primary, workload, size, cells in PAPER:
        means: dict[str, float] = {name: mean for name, (mean, _) in zip(RUNS, cells, strict=True)}
        spreads = {name: sd for name, (_, sd) in zip(RUNS, cells, strict=True)}
        removed = excess_removed(**means)
        rows.append({"primary": primary, "workload": workload, "size": size, **means, "sd": spreads, "excess_failures_removed": removed})
    return rows


@dataclass(frozen=True, slots=True)
class RowReport:
    """All runs of one row, by name. ``shared``: those that were another contender's, because nothing is replicated in them."""

    runs: dict[RunName, list[Run]]
    shared: tuple[RunName, ...] = ()

    @property
    def first(self) -> Run:
        """One of its own."""
        return next(run for name, runs in self.runs.items() if name not in self.shared for run in runs)

    def failed(self, name: RunName, generator: str = "") -> Spread | None:
        """Failed connections of all generators, or of one; None when there is no such run."""
        runs = self.runs.get(name)
        if not runs:
            return None
        return Spread.of([sum(r.traffic.failures.get(generator, {}).values()) if generator else r.traffic.failed for r in runs])

    def removed(self, generator: str = "") -> float | None:
        """Excess failures removed, of means."""
        cells = [self.failed(name, generator) for name in RUNS]
        means = [cell.mean for cell in cells if cell is not None]
        return excess_removed(*means) if len(means) == len(cells) else None

    @property
    def generators(self) -> list[str]:
        """What made the traffic."""
        return sorted({name for runs in self.runs.values() for run in runs for name in run.traffic.failures})

    def failures(self, name: RunName = "failover") -> list[Failure]:
        """All failures of the runs of that name."""
        return [failure for run in self.runs.get(name, []) for failure in run.failures]

    def outage(self, name: RunName = "failover") -> Quantiles:
        """Outage per failure."""
        return Quantiles.of([failure.outage_ms for failure in self.failures(name)])

    def quiet_gap(self) -> dict[str, Any]:
        """The probe's silences in *failover* that no failure explains: the worst run's figures."""
        gaps = [asdict(run.quiet_gap_ms) for run in self.runs.get("failover", [])]
        return {name: max((gap[name] for gap in gaps if gap[name] is not None), default=None) for name in ("p50", "p99", "max")}

    def coverage(self) -> dict[str, Any]:
        """At the failures of *failover*, all together, and at the worst of them."""
        seen = [failure.coverage for failure in self.failures() if failure.coverage.live]
        live, present, correct = (sum(getattr(c, name) for c in seen) for name in ("live", "present", "correct"))
        worst = min((c.correct / c.live for c in seen), default=None)
        return {"live": live, "present": present, "correct": correct, "share": correct / live if live else None, "worst": worst}

    def lag(self) -> dict[str, Any]:
        """Of the runs that replicate: the median run's median, the worst run's tail."""
        replicating: tuple[RunName, ...] = ("copied", "failover")
        runs = [run.replication for name in replicating for run in self.runs.get(name, [])]
        known = [run.lag_ms for run in runs if run.lag_samples]
        p50, p99, most = (sorted(getattr(lag, name) for lag in known) for name in ("p50", "p99", "max"))
        if not known:
            return {"p50": None, "p99": None, "max": None, "samples": 0}
        return {"p50": p50[len(p50) // 2], "p99": p99[-1], "max": most[-1], "samples": sum(run.lag_samples for run in runs)}

    def copied_cost(self) -> Interval | None:
        """Share of the throughput that replication and cloning cost."""
        return lost_share(*(self._throughputs(name) for name in ("clean", "copied")))

    def _throughputs(self, name: RunName) -> list[float]:
        """Means of repeats when there are three of them, else of the seconds of the runs without their first and last."""
        runs = self.runs.get(name, [])
        blocks = [_blocks(run)[1:-1] for run in runs]
        if len(runs) >= 3:
            return [sum(block) / len(block) for block in blocks if block]
        return [value for block in blocks for value in block]

    def shortcomings(self) -> list[str]:
        """Where this row falls short of what is required; empty when it does not, or when runs are missing."""
        if any(name not in self.runs for name in RUNS):
            return []
        problems, first = [], self.first
        removed, required = self.removed(), REQUIRED_REMOVED[first.workload]
        if removed is None:
            problems.append("fail: the failures broke nothing more than a clean run does, so nothing was shown")
        elif removed < required:
            problems.append(f"excess failures removed: {removed:.1%}, expected at least {required:.0%}")
        outage = self.outage().p99
        if outage is None or outage > MAX_OUTAGE_P99_MS:
            problems.append(f"outage per failure, p99: {outage} ms, expected at most {MAX_OUTAGE_P99_MS:g} ms")
        cost = self.copied_cost()
        if cost is not None and cost.low > MAX_COPIED_COST:
            interval = f"{cost.value:.1%} of the throughput ({cost.low:.1%} to {cost.high:.1%})"
            problems.append(f"copied costs {interval}, expected at most {MAX_COPIED_COST:.0%}")
        kept, lost = (self.failed_sessions(name) for name in ("clean", "failover"))
        if lost > kept:
            problems.append(f"DASH sessions that failed: {lost:g} a run, {kept:g} in a clean one")
        return problems

    def failed_sessions(self, name: RunName) -> float:
        """DASH sessions that failed, the mean of the runs."""
        runs = self.runs[name]
        return sum(sum(run.traffic.details.get("failed_sessions", {}).values()) for run in runs) / len(runs)

    def to_json(self) -> dict[str, Any]:
        """One entry of ``rows``."""
        first, cells = self.first, {name: self.failed(name) for name in RUNS}
        cost = self.copied_cost()
        by_generator = {
            generator: {
                **{name: cell.mean for name in RUNS if (cell := self.failed(name, generator)) is not None},
                "excess_failures_removed": _rounded(self.removed(generator)),
            }
            for generator in self.generators
        }
        return {
            "primary": first.primary, "workload": first.workload, "size": first.size.connections, "contender": first.contender,
            **{name: cell.mean if cell else None for name, cell in cells.items()},
            "sd": {name: cell.sd for name, cell in cells.items() if cell},
            "repeats": {name: cell.n for name, cell in cells.items() if cell},
            "shared": list(self.shared),
            "excess_failures_removed": _rounded(self.removed()),
            "by_generator": by_generator,
            "by_class": {name: self.classes(name) for name in RUNS if name in self.runs},
            "begun": {name: Spread.of([run.traffic.begun for run in runs]).mean for name, runs in self.runs.items()},
            "streams": {name: self.streams(name) for name in RUNS if name in self.runs},
            "outage_ms": {name: asdict(self.outage(name)) for name in FAILING if name in self.runs},
            "outages_ms": {name: [f.outage_ms for f in self.failures(name)] for name in FAILING},
            "quiet_gap_ms": self.quiet_gap(),
            "return_outages_ms": [failure.return_outage_ms for failure in self.failures()],
            "lag_ms": self.lag(),
            "coverage": self.coverage(),
            "copied_cost": asdict(cost) if cost else None,
            "usage": {name: self.usage(name) for name in RUNS if name in self.runs},
            "shortcomings": self.shortcomings(),
        }  # fmt: skip

    def classes(self, name: RunName) -> dict[str, float]:
        """Failures per class, the mean of the runs: ``requests.reset`` and the like; classes that never occurred are left out."""
        total: Counter[str] = Counter()
        for run in self.runs[name]:
            for generator, classes in run.traffic.failures.items():
                total.update({f"{generator}.{kind}": count for kind, count in classes.items() if count})
        return {kind: round(count / len(self.runs[name]), 2) for kind, count in sorted(total.items())}

    def streams(self, name: RunName) -> list[int]:
        """Long-lived streams that survived, and all of them."""
        runs = [run.traffic for run in self.runs[name]]
        return [sum(traffic.streams_survived for traffic in runs), sum(traffic.streams for traffic in runs)]

    def usage(self, name: RunName) -> dict[str, dict[str, float]]:
        """Processor share (of one processor) and memory by component, the mean of the runs."""
        runs, result = self.runs[name], {}
        for component in sorted({c for run in runs for c in run.usage}):
            used = [(run.usage[component], run.seconds) for run in runs if component in run.usage]
            cpu = sum(usage.cpu_s / seconds for usage, seconds in used) / len(runs)
            result[component] = {"cpu": round(cpu, 4), "memory_mb": round(max(usage.memory_mb for usage, _ in used), 1)}
        result["whole machine"] = {"cpu": round(sum(run.machine_busy for run in runs) / len(runs), 3), "memory_mb": 0.0}
        return result


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _blocks(run: Run) -> list[float]:
    """Means of whole blocks of the throughput."""
    length = round(_BLOCK_S / run.throughput_step_s)
    count = len(run.throughput_mbit) // length
    return [sum(run.throughput_mbit[i * length : (i + 1) * length]) / length for i in range(count)]


def group_rows(runs: Sequence[Run]) -> list[RowReport]:
    """Runs by row, in the order they come. The *clean* and *fail* that a rival lacks are those of the row's first contender."""
    rows: dict[tuple[PrimaryName, Workload, int, str], dict[RunName, list[Run]]] = {}
    for run in runs:
        key = (run.primary, run.workload, run.size.connections, run.contender)
        rows.setdefault(key, {}).setdefault(run.name, []).append(run)
    unreplicated = [name for name in RUNS if not replicates(name)]
    result = []
    for key, own in rows.items():
        others = [other for other_key, other in rows.items() if other_key[:3] == key[:3] and other is not own]
        lent = {name: other[name] for other in reversed(others) for name in unreplicated if name in other and name not in own}
        result.append(RowReport(own | lent, tuple(lent)))
    return result


def report(runs: Sequence[Run], circumstances: dict[str, Any]) -> dict[str, Any]:
    """The content of ``report.json``."""
    rows = [row.to_json() for row in group_rows(runs)]
    return {
        "schema": SCHEMA,
        "kind": "failover",
        "rows": rows,
        "behind": behind(rows),
        "paper": paper_rows(),
        "circumstances": circumstances,
        "runs": [run.to_json() for run in runs],
    }
