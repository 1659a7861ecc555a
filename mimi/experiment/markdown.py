# SPDX-License-Identifier: Apache-2.0
"""The report as Markdown: blocks of text and tables. The page and the terminal show the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mimi.experiment.report import MAX_OUTAGE_P99_MS, REQUIRED_REMOVED
from mimi.experiment.rivals import NEEDS, beside
from mimi.experiment.sizes import RUNS
from mimi.experiment.statistics import Spread

FULL = 0.97
"""Share of all processors' time from which on the machine is what was measured."""


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, a line about it, and cells; the first row of ``cells`` names the columns."""

    title: str
    about: str
    cells: tuple[tuple[str, ...], ...]


def tables(report: dict[str, Any]) -> list[Table]:
    """Everything that the report says in tables."""
    rows = report["rows"]
    more = (_classes(rows), _paths(rows), _cost(rows), _usage(rows))
    return [table for table in (_failures(report), _contenders(rows), _behind(report), *more) if len(table.cells) > 1]


def markdown(report: dict[str, Any], pictures: Sequence[tuple[str, str]] = ()) -> str:
    """The whole page; ``pictures`` are (title, file name)."""
    parts = ["# Failover benchmark", verdict(report), *limits(report), circumstances(report)]
    for table in tables(report):
        parts += [f"## {table.title}", table.about, markdown_table(table)]
    for title, file in pictures:
        parts += [f"## {title}", f"![{title}]({file})"]
    return "\n\n".join(parts) + "\n"


def verdict(report: dict[str, Any]) -> str:
    """What falls short, or that nothing does."""
    problems = [f"- {_title(row)}: {problem}" for row in report["rows"] if row["contender"] == "mimi" for problem in row["shortcomings"]]
    if problems:
        return "Falls short of what is required:\n\n" + "\n".join(problems)
    complete = all(row[name] is not None for row in report["rows"] for name in RUNS)
    wanted = ", ".join(f"{workload.upper()} {share:.0%}" for workload, share in REQUIRED_REMOVED.items())
    return (
        f"Every row that has all four runs meets what is required: excess failures removed ({wanted}), outage p99 at most "
        f"{MAX_OUTAGE_P99_MS:g} ms, no throughput lost by copying." + ("" if complete else " Some rows are not complete.")
    )


def limits(report: dict[str, Any]) -> list[str]:
    """What limited the runs, if the machine did: one paragraph, or none."""
    full = [_title(row) for row in report["rows"] if any(used["whole machine"]["cpu"] >= FULL for used in row["usage"].values())]
    if not full:
        return []
    text = (
        f"The machine had no processor to spare in: {'; '.join(full)}. There throughput, outages and what copying costs are the machine's, "
        "with all that ran on it, and wrk's timeouts may be of overload."
    )
    return [text]


def circumstances(report: dict[str, Any]) -> str:
    """What the figures depend on."""
    return "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in report["circumstances"].items()) or "nothing was run yet"


def _title(row: dict[str, Any]) -> str:
    return f"{row['primary']} {row['workload'].upper()} {row['size']}, {row['contender']}"


def _failures(report: dict[str, Any]) -> Table:
    head = ("primary, workload, sessions", *RUNS, "excess removed")
    cells = [head]
    for row in report["rows"]:
        cells.append((_title(row), *(_cell(row, name) for name in RUNS), _percent(row["excess_failures_removed"])))
        if len(row["by_generator"]) > 1:
            for generator, figures in row["by_generator"].items():
                values = [_number(figures.get(name)) for name in RUNS]
                cells.append((f"of these: {generator}", *values, _percent(figures["excess_failures_removed"])))
    for row in report["paper"]:
        title = f"the paper's {row['primary']} {row['workload'].upper()} {row['size']}"
        cells.append((title, *(str(Spread(row[n], row["sd"][n], 5)) for n in RUNS), _percent(row["excess_failures_removed"])))
    about = (
        "Mean (standard deviation) over the repeats. Excess failures removed: 1 - (failover - copied) / (fail - clean). The paper's "
        "rows are quoted from its Table I: another machine, other loads; compare the last column, not the counts."
    )
    return Table("Failed connections", about, tuple(cells))


def _contenders(rows: list[dict[str, Any]]) -> Table:
    head = ("primary, workload, sessions", "who stood in", "failed in failover", "excess removed", "streams that survived")
    cells: list[tuple[str, ...]] = [(*head, "outage p50 / p99 / max (ms)", "lag p50 / p99 / max (ms)", "it needs")]
    for group in beside(rows):
        first = group[0]
        title = _title(first).rpartition(",")[0]
        alone = first["streams"].get("fail")
        survived = f"{alone[0]} of {alone[1]}" if alone else "-"
        cells.append((title, "a standby without state", _cell(first, "fail"), "0.0%", survived, _outage(first, "fail"), "-", "nothing"))
        for row in group:
            lived, total = row["streams"].get("failover", (0, 0))
            figures = (_cell(row, "failover"), _percent(row["excess_failures_removed"]), f"{lived} of {total}")
            cells.append((title, row["contender"], *figures, _outage(row, "failover"), _three(row["lag_ms"]), NEEDS[row["contender"]]))
    about = (
        "The same network, load, cuts and counting. conntrackd is in FT-FW mode without an external cache, conntrackd-commit with one: "
        "it commits before traffic may enter, told of the failure at once. *clean* and *fail*, where nothing is replicated, are shared. "
        "Only a Linux primary can have conntrackd; other primaries have no such row."
    )
    return Table("Contenders", about, tuple(cells))


def _behind(report: dict[str, Any]) -> Table:
    cells = [("row", "figure", "mimi", "rival", "which", "why")]
    for found in report["behind"]:
        values = (f"{found[name]:.3g}" for name in ("mimi", "rival"))
        cells.append((found["row"], found["figure"], *values, found["contender"], found["why"]))
    return Table("Where a rival did better", "Everything else of the table above, MiMi did at least as well.", tuple(cells))


def _outage(row: dict[str, Any], run: str) -> str:
    return _three(row["outage_ms"].get(run, {"p50": None}))


def _cell(row: dict[str, Any], name: str) -> str:
    return "-" if row[name] is None else str(Spread(row[name], row["sd"][name], row["repeats"][name]))


def _classes(rows: list[dict[str, Any]]) -> Table:
    cells: list[tuple[str, ...]] = [("row", "run", "begun", "streams that survived", "failures by class")]
    for row in rows:
        for name, classes in row["by_class"].items():
            survived, total = row["streams"][name]
            listed = ", ".join(f"{kind} {_number(count)}" for kind, count in classes.items()) or "none"
            cells.append((_title(row), name, _number(row["begun"][name]), f"{survived} of {total}", listed))
    about = "Each class by the generator that counted it; means of the repeats, streams in all."
    return Table("What failed", about, tuple(cells))


def _paths(rows: list[dict[str, Any]]) -> Table:
    columns = (
        "row",
        "failures",
        "outage p50 / p99 / max (ms)",
        "at the return, max (ms)",
        "else, p99 / max (ms)",
        "lag p50 / p99 / max (ms)",
    )
    cells: list[tuple[str, ...]] = [(*columns, "coverage, all", "coverage, worst")]
    for row in rows:
        outages, returns = row["outages_ms"]["failover"], row["return_outages_ms"]
        if not outages:
            continue
        outage, lag, covered = row["outage_ms"]["failover"], row["lag_ms"], row["coverage"]
        share = "-" if covered["share"] is None else f"{covered['share']:.2%} of {covered['live']}"
        back = _number(max(returns))
        quiet = " / ".join(_number(row["quiet_gap_ms"][name]) for name in ("p99", "max"))
        cells.append((_title(row), str(len(outages)), _three(outage), back, quiet, _three(lag), share, _percent(covered["worst"])))
    about = (
        "Of *failover*. Outage: the longest silence of a connection that is asked a thousand times a second; else: without a failure "
        "or a return in sight, which is the machine's own doing. Lag: from a flow's first packet at the primary until its binding is "
        "usable in the minion. Coverage: of the flows that live at a failure, those that the minion has rightly."
    )
    return Table("Outage, lag and coverage", about, tuple(cells))


def _cost(rows: list[dict[str, Any]]) -> Table:
    cells: list[tuple[str, ...]] = [("row", "throughput lost", "95 % interval", "more failures than clean")]
    for row in rows:
        cost = row["copied_cost"]
        if cost is not None:
            more = _number(row["copied"] - row["clean"])
            cells.append((_title(row), f"{cost['value']:.2%}", f"{cost['low']:.2%} to {cost['high']:.2%}", more))
    about = "Replication and cloned traffic while nothing fails, compared with *clean*. Negative: *copied* was faster, by chance."
    return Table("What copying costs", about, tuple(cells))


def _usage(rows: list[dict[str, Any]]) -> Table:
    cells: list[tuple[str, ...]] = [("row", "component", *RUNS, "memory (MB)")]
    for row in rows:
        for component in sorted({c for used in row["usage"].values() for c in used}):
            used = [row["usage"].get(name, {}).get(component) for name in RUNS]
            memory = max(u["memory_mb"] for u in used if u)
            cells.append(
                (_title(row), component, *("-" if u is None else f"{u['cpu']:.1%}" for u in used), f"{memory:.0f}" if memory else "-")
            )
    about = "Share of one processor over the run; of the whole machine, of all its processors. Memory: the most in any run."
    return Table("Processor and memory", about, tuple(cells))


def _number(value: float | None) -> str:
    return "-" if value is None else str(Spread(value, 0.0, 1))


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _three(values: dict[str, Any]) -> str:
    return "-" if values["p50"] is None else " / ".join(f"{values[name]:.1f}" for name in ("p50", "p99", "max"))


def markdown_table(table: Table) -> str:
    """A table in Markdown."""
    head, *body = table.cells
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cells) + " |" for cells in body])
