# SPDX-License-Identifier: Apache-2.0
"""Two reports side by side. Pure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mimi.errors import MimiError, Problem
from mimi.experiment.markdown import Table
from mimi.experiment.report import SCHEMA

Key = tuple[str, str, int, str]

_FIGURES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("failed, clean", ("clean",), ".1f"),
    ("failed, fail", ("fail",), ".1f"),
    ("failed, failover", ("failover",), ".1f"),
    ("excess failures removed", ("excess_failures_removed",), ".1%"),
    ("outage p50 (ms)", ("outage_ms", "failover", "p50"), ".1f"),
    ("outage p99 (ms)", ("outage_ms", "failover", "p99"), ".1f"),
    ("lag p50 (ms)", ("lag_ms", "p50"), ".2f"),
    ("lag p99 (ms)", ("lag_ms", "p99"), ".2f"),
    ("coverage", ("coverage", "share"), ".2%"),
    ("throughput lost by copying", ("copied_cost", "value"), ".2%"),
)


def read_report(path: Path) -> dict[str, Any]:
    """A report, by its file or its directory. Raises MimiError when it is none."""
    file = path / "report.json" if path.is_dir() else path
    try:
        report: dict[str, Any] = json.loads(file.read_text())
    except OSError as error:
        raise MimiError(Problem("no report", place=str(file), found=str(error.strerror), hint="name a directory of out/bench")) from error
    except ValueError as error:
        raise MimiError(Problem("not a report", place=str(file), expected="JSON", found=str(error))) from error
    if not isinstance(report, dict) or report.get("kind") != "failover" or report.get("schema") != SCHEMA:
        found = f"kind {report.get('kind')!r}, schema {report.get('schema')!r}" if isinstance(report, dict) else "another value"
        raise MimiError(Problem("not a failover report", place=str(file), expected=f"kind 'failover', schema {SCHEMA}", found=found))
    return report


def compare(a: dict[str, Any], b: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows that either has: every figure of both, and the difference where both have it."""
    rows_a, rows_b = ({_key(row): row for row in report["rows"]} for report in (a, b))
    result = []
    for key in [*rows_a, *(key for key in rows_b if key not in rows_a)]:
        figures = {}
        for name, path, _ in _FIGURES:
            left, right = (_at(rows.get(key), path) for rows in (rows_a, rows_b))
            figures[name] = {"a": left, "b": right, "difference": right - left if left is not None and right is not None else None}
        result.append({**dict(zip(("primary", "workload", "size", "contender"), key, strict=True)), "figures": figures})
    return result


def comparison_table(rows: list[dict[str, Any]], names: tuple[str, str]) -> Table:
    """For people."""
    formats = {name: form for name, _, form in _FIGURES}
    cells: list[tuple[str, ...]] = [("row", "figure", *names, "difference")]
    for row in rows:
        title = f"{row['primary']} {row['workload'].upper()} {row['size']}, {row['contender']}"
        for name, figure in row["figures"].items():
            values = [figure["a"], figure["b"], figure["difference"]]
            if values[:2] != [None, None]:
                cells.append((title, name, *("-" if value is None else format(value, formats[name]) for value in values)))
    return Table("Two reports", "", tuple(cells))


def _key(row: dict[str, Any]) -> Key:
    return row["primary"], row["workload"], row["size"], row["contender"]


def _at(row: dict[str, Any] | None, path: tuple[str, ...]) -> float | None:
    value: Any = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None else float(value)
