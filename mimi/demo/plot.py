# SPDX-License-Identifier: Apache-2.0
"""The report as a picture: throughput over time, the failures marked."""

from __future__ import annotations

from pathlib import Path

from mimi.demo.model import RUNS, Report

_COLOURS = {"clean": "#4c72b0", "fail": "#c44e52", "failover": "#55a868"}


def write_plot(report: Report, path: Path) -> None:
    """Write a PNG of what the clients received per second in every run."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4.2), dpi=120)
    failed_at = None
    for run in (report.runs[name] for name in RUNS if name in report.runs):
        times = [(index + 0.5) * run.throughput_step_s for index in range(len(run.throughput_mbit))]
        label = f"{run.name}: {run.streams.survived} of {run.streams.total} streams survived, {run.failed} connections failed"
        axes.plot(times, run.throughput_mbit, label=label, color=_COLOURS[run.name], linewidth=1.4)
        failed_at = run.failed_at_s if run.failed_at_s is not None else failed_at
    if failed_at is not None:
        axes.axvline(failed_at, color="black", linestyle="--", linewidth=1)
        axes.annotate("the primary dies", (failed_at, axes.get_ylim()[1] * 0.97), xytext=(6, 0), textcoords="offset points", va="top")
    axes.set_xlabel("seconds")
    axes.set_ylabel("received by the clients, Mbit/s")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
