# SPDX-License-Identifier: Apache-2.0
"""``mimi schema``: print the JSON Schema of pairing files."""

from __future__ import annotations

import typer

from mimi.cli.output import JsonFlag


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(json: JsonFlag = False) -> None:  # noqa: ARG001 - every command takes --json; this one prints nothing else
    """Print the JSON Schema of pairing files, for editors (it is JSON with or without --json)."""
    from mimi.pairing.schema import schema_text

    print(schema_text(), end="")
