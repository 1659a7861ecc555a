# SPDX-License-Identifier: Apache-2.0
"""Made-up runs of the benchmark."""

from __future__ import annotations

from typing import Any

from mimi.experiment.model import Coverage, Failure, Replication, Run, Traffic, Usage
from mimi.experiment.quantiles import Quantiles
from mimi.experiment.sizes import ROWS, RunName, Workload


def make_run(name: RunName, failed: int = 0, *, workload: Workload = "web", repeat: int = 1, **changed: Any) -> Run:
    """A run with so many failed requests; ``changed`` fields win."""
    row = next(row for row in ROWS["quick"] if row.workload == workload)
    failures = tuple(
        Failure(cut, cut + row.size.down_s, 8.0 + number, 4.0, Coverage(50, 50, 50)) for number, cut in enumerate(row.size.cuts)
    )
    replicated = name in ("copied", "failover")
    fields: dict[str, Any] = {
        "primary": "netfilter", "workload": workload, "size": row.size, "name": name, "repeat": repeat, "contender": "mimi",
        "seconds": row.size.seconds,
        "traffic": Traffic(1000, {"requests": {"reset": failed}, "streams": {}}, 100, 100, 10**9),
        "failures": failures if name in ("fail", "failover") else (),
        "quiet_gap_ms": Quantiles(2.0, 3.0, 4.0), "throughput_mbit": tuple(900.0 + i % 7 for i in range(80)), "throughput_step_s": 0.1,
        "replication": Replication(900, 900, 900, 0, Quantiles(0.4, 1.5, 3.0), 900) if replicated else Replication(),
        "usage": {"minion": Usage(1.0, 20.0)}, "machine_busy": 0.5,
    }  # fmt: skip
    return Run(**fields | changed)


def make_runs(clean: int = 0, copied: int = 0, fail: int = 300, failover: int = 0, **changed: Any) -> list[Run]:
    """The four runs of a row."""
    return [make_run(name, failed, **changed) for name, failed in
            (("clean", clean), ("copied", copied), ("fail", fail), ("failover", failover))]  # fmt: skip
