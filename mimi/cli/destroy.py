# SPDX-License-Identifier: Apache-2.0
"""``mimi destroy NAME``: end a pairing's processes and remove what deploy made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from mimi.cli.completion import deployed
from mimi.cli.output import JsonFlag, emit
from mimi.errors import DeployError, Problem
from mimi.run_directory import deployed_names
from mimi.supervisor.destroy import Destroyed, destroy


@dataclass(frozen=True, slots=True)
class Report:
    """What ``mimi destroy --json`` prints."""

    schema: int
    destroyed: tuple[Destroyed, ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("destroy")(command)


def command(
    name: Annotated[str | None, typer.Argument(help="The pairing to remove.", metavar="NAME", autocompletion=deployed)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove every deployed pairing.")] = False,
    keep_state: Annotated[bool, typer.Option("--keep-state", help="Keep the private Redis data.")] = False,
    json: JsonFlag = False,
) -> None:
    """End exactly the processes that deploy started, then remove their files.

    Exit code 0: it is gone; 1: there is none of that name, or it could not be removed.
    """
    if (name is None) == (not everything):
        raise DeployError(
            Problem(
                "name one pairing, or say --all",
                found=f"{name or 'no name'}{' and --all' if everything else ''}",
                hint=f"deployed: {', '.join(deployed_names()) or 'nothing'}",
            )
        )
    names = deployed_names() if name is None else (name,)
    report = Report(1, tuple(destroy(each, keep_state=keep_state) for each in names))
    emit(report, json, "\n".join(_line(result) for result in report.destroyed) or "nothing is deployed")


def _line(result: Destroyed) -> str:
    ended = f"ended {', '.join(result.ended)}" if result.ended else "nothing ran"
    return f"{result.name}: {ended}; removed{' with its state' if result.state_removed else ''}"
