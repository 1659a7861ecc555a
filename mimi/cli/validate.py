# SPDX-License-Identifier: Apache-2.0
"""``mimi validate``: check pairing files and show every problem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mimi.cli.output import JsonFlag, emit, print_problems
from mimi.errors import PairingError, Problem


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found in one file."""

    file: str
    valid: bool
    pairing: str | None
    problems: tuple[Problem, ...]

    def verdict(self) -> str:
        """``configs/a.yaml: valid, 1 warning``."""
        errors = sum(p.severity == "error" for p in self.problems)
        warnings = len(self.problems) - errors
        counts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
        return f"{self.file}: " + ", ".join(["valid" if self.valid else "not valid", *counts])


@dataclass(frozen=True, slots=True)
class Result:
    """What ``mimi validate --json`` prints."""

    schema: int
    valid: bool
    files: tuple[FileResult, ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pairing files.", show_default=False)],
    json: JsonFlag = False,
) -> None:
    """Check pairing files and show every problem. Exit code 2 if one is not valid; warnings are shown and allowed."""
    from mimi.pairing import examine

    results = []
    for file in files:
        found = examine(file)
        results.append(
            FileResult(found.file, found.pairing is not None, found.pairing.name if found.pairing is not None else None, found.problems)
        )
    result = Result(1, all(r.valid for r in results), tuple(results))
    if json:
        emit(result, as_json=True)
    else:
        _print(results)
    if not result.valid:
        raise typer.Exit(PairingError.exit_code)


def _print(results: list[FileResult]) -> None:
    for result in results:
        print_problems(result.problems)
        print(result.verdict())
