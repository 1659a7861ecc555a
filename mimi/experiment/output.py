# SPDX-License-Identifier: Apache-2.0
"""Where reports go: files, and a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from mimi.experiment.html import page
from mimi.experiment.markdown import markdown, tables
from mimi.experiment.plots import pictures
from mimi.run_directory import write_atomically


def write_reports(report: dict[str, Any], out: Path) -> None:
    """``report.json``, ``report.md`` with its pictures, ``report.html``."""
    write_atomically(out / "report.json", json.dumps(report, indent=1) + "\n")
    made = pictures(report)
    for name, (_, png) in made.items():
        (out / name).write_bytes(png)
    write_atomically(out / "report.md", markdown(report, [(title, name) for name, (title, _) in made.items()]))
    write_atomically(out / "report.html", page(report, made))


def print_report(report: dict[str, Any], console: Console) -> None:
    """The tables but the last, which is long: processor and memory are in the files."""
    for block in tables(report)[:-1]:
        head, *body = block.cells
        table = Table(title=block.title, title_justify="left")
        for number, name in enumerate(head):
            table.add_column(name, justify="left" if number == 0 else "right")
        for cells in body:
            table.add_row(*cells)
        console.print(table)
