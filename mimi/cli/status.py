# SPDX-License-Identifier: Apache-2.0
"""``mimi status [NAME …]``: what the deployed pairings do right now."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from mimi.cli.completion import deployed
from mimi.supervisor.status import PairingStatus, all_statuses, pairing_status, status_text


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(command)


def command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Pairings; all when none is named.", metavar="[NAME]", autocompletion=deployed)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again every second until Ctrl-C.")] = False,
) -> None:
    """Show state, lag, flows and services.

    Exit code 0: every pairing asked for is in-sync; 1: one is not, or nothing is deployed.
    """
    while True:
        statuses = tuple(pairing_status(name) for name in names) if names else all_statuses()
        if watch and not as_json:
            typer.echo("\x1b[H\x1b[2J", nl=False)
        _show(statuses, as_json)
        if not watch:
            raise typer.Exit(0 if statuses and all(status.in_sync for status in statuses) else 1)
        try:
            time.sleep(1.0)
        except KeyboardInterrupt:
            return


def _show(statuses: tuple[PairingStatus, ...], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"schema": 1, "pairings": [status.to_json() for status in statuses]}, indent=2))
    elif not statuses:
        typer.echo("nothing is deployed")
    else:
        typer.echo("\n\n".join(status_text(status) for status in statuses))
