# SPDX-License-Identifier: Apache-2.0
"""The report's pictures: throughput over time with the failures marked, and outages as a distribution."""

from __future__ import annotations

import io
from typing import Any

from mimi.experiment.sizes import RUNS

_COLOURS = {"clean": "#4c72b0", "copied": "#8172b3", "fail": "#c44e52", "failover": "#55a868"}
_SIZE = (9, 3.6)
_DOTS = 110


def pictures(report: dict[str, Any]) -> dict[str, tuple[str, bytes]]:
    """Title and PNG by file name."""
    found = {}
    for row in report["rows"]:
        name = f"{row['primary']}-{row['workload']}-{row['size']}-{row['contender']}"
        runs = [run for run in report["runs"] if _belongs(run, row)]
        if any(run["throughput_mbit"] for run in runs):
            title = f"Throughput: {row['primary']} {row['workload'].upper()} {row['size']}"
            found[f"throughput-{name}.png"] = (title, throughput(runs))
    if any(row["outages_ms"]["failover"] for row in report["rows"]):
        found["outages.png"] = ("Outage per failure", outages(report["rows"]))
    return found


def _belongs(run: dict[str, Any], row: dict[str, Any]) -> bool:
    mine = (run["primary"], run["workload"], run["size"]["connections"], run["contender"])
    return mine == (row["primary"], row["workload"], row["size"], row["contender"])


def throughput(runs: list[dict[str, Any]]) -> bytes:
    """The first repeat of each run, in half seconds; dashed where the links are cut, dotted where they are back."""
    figure, axes = _axes()
    for name in RUNS:
        run = next((run for run in runs if run["name"] == name), None)
        if run is None:
            continue
        step, series = run["throughput_step_s"], run["throughput_mbit"]
        width = max(1, round(0.5 / step))
        means = [sum(series[i : i + width]) / len(series[i : i + width]) for i in range(0, len(series), width)]
        times = [(index + 0.5) * width * step for index in range(len(means))]
        axes.plot(times, means, label=f"{name}: {run['failed']} failed", color=_COLOURS[name], linewidth=1.3)
        if name == "failover":
            for failure in run["failures"]:
                axes.axvline(failure["cut_s"], color="black", linestyle="--", linewidth=0.9)
                axes.axvline(failure["back_s"], color="grey", linestyle=":", linewidth=0.9)
    axes.set_xlabel("seconds (dashed: the primary's links are cut; dotted: they are back)")
    axes.set_ylabel("received by the clients, Mbit/s")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right", fontsize=8)
    return _png(figure)


def outages(rows: list[dict[str, Any]]) -> bytes:
    """The share of failures whose outage was at most so long."""
    figure, axes = _axes()
    for row in rows:
        values = sorted(row["outages_ms"]["failover"])
        if values:
            shares = [(index + 1) / len(values) for index in range(len(values))]
            label = f"{row['primary']} {row['workload'].upper()} {row['size']}, {row['contender']}"
            axes.step([values[0], *values], [0.0, *shares], where="post", label=label)
    axes.set_xlabel("outage, ms")
    axes.set_ylabel("share of failures")
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower right", fontsize=8)
    return _png(figure)


def _axes() -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(figsize=_SIZE, dpi=_DOTS)


def _png(figure: Any) -> bytes:
    from matplotlib import pyplot

    buffer = io.BytesIO()
    figure.tight_layout()
    figure.savefig(buffer, format="png")
    pyplot.close(figure)
    return buffer.getvalue()
