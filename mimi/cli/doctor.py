# SPDX-License-Identifier: Apache-2.0
"""``mimi doctor``: try what MiMi, or one pairing, needs on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mimi.cli.output import JsonFlag, emit
from mimi.errors import MissingError

if TYPE_CHECKING:
    from mimi.doctor import Check


@dataclass(frozen=True, slots=True)
class Report:
    """What ``mimi doctor --json`` prints."""

    schema: int
    ready: bool
    pairing: str | None
    checks: tuple[Check, ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Pairing file: checks what it needs, too.", show_default=False)
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Try what MiMi needs on this machine. Exit code 0 when all that is required works, else 3."""
    from mimi.doctor import examine_machine, examine_pairing
    from mimi.pairing import load_pairing

    pairing = load_pairing(file) if file is not None else None
    checks = [*examine_machine(pairing), *(examine_pairing(pairing) if pairing is not None else ())]
    ready = not any(check.fatal for check in checks)
    emit(Report(1, ready, pairing.name if pairing is not None else None, tuple(checks)), json, lambda: _draw(checks, ready))
    if not ready:
        raise typer.Exit(MissingError.exit_code)


def _draw(checks: list[Check], ready: bool) -> Any:
    """Plain lines, with a mark in colour that survives without colour."""
    from rich.text import Text

    text = Text()
    styles = {"ok": "green", "failed": "bold red", "note": "cyan", "missing": "yellow"}
    for check in checks:
        mark = "missing" if check.state == "failed" and not check.required else check.state
        text.append(f"{mark:>7}  ", styles[mark]).append(check.name).append(f": {check.found}", "dim")
        text.append("" if check.required or check.state != "failed" else " (optional)").append("\n")
        if check.fix and check.state != "ok":
            text.append(f"         fix: {check.fix}\n")
    failed = sum(check.fatal for check in checks)
    verdict = "ready" if ready else f"not ready: {failed} required check{'' if failed == 1 else 's'} failed"
    return text.append(verdict)
