# SPDX-License-Identifier: Apache-2.0
"""The report as a table for people."""

from __future__ import annotations

from collections.abc import Callable

from rich.table import Table

from mimi.demo.model import RUNS, Report, Run
from mimi.experiment.quantiles import Quantiles


def _quantiles(values: Quantiles, maximum: bool) -> str:
    shown = (values.p50, values.p99, values.max) if maximum else (values.p50, values.p99)
    return "-" if values.p50 is None else " / ".join(f"{value:.1f}" for value in shown if value is not None)


_ROWS: tuple[tuple[str, Callable[[Run], str]], ...] = (
    ("connections", lambda run: str(run.connections)),
    ("failed connections", lambda run: str(run.failed)),
    ("long-lived streams that survived", lambda run: f"{run.streams.survived} of {run.streams.total}"),
    ("probe gap p50 / p99 / max (ms)", lambda run: _quantiles(run.outage_ms, maximum=True)),
    ("replication lag p50 / p99 (ms)", lambda run: _quantiles(run.lag_ms, maximum=False)),
    ("deltas seen / stored / applied", lambda run: f"{run.deltas.seen} / {run.deltas.stored} / {run.deltas.applied}"),
    ("flows in the minion", lambda run: str(run.flows_in_minion)),
)


def table(report: Report) -> Table:
    """One column a run, one row a figure, the excess failures removed below."""
    removed = report.excess_failures_removed
    result = Table(title="A load balancer dies", caption=f"excess failures removed: {'-' if removed is None else f'{removed:.1%}'}")
    result.add_column("")
    runs: list[Run] = [report.runs[name] for name in RUNS if name in report.runs]
    for run in runs:
        result.add_column(run.name, justify="right")
    for label, show in _ROWS:
        result.add_row(label, *(show(run) for run in runs))
    return result
