# SPDX-License-Identifier: Apache-2.0
"""The command ``mimi``. Commands parse, call and print; each is a module of this package with ``register(app)``.

A command's module is imported when it is asked for, so ``mimi run driver`` does not pay for ``mimi demo``.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from mimi import __version__
from mimi.cli.output import print_error
from mimi.errors import MimiError

COMMANDS = ("validate", "render", "build", "deploy", "status", "destroy", "state", "run", "demo", "bench", "doctor", "schema")
"""In the order of ``mimi --help``."""

EXIT_CODES = """Exit codes: 0 done; 1 the command failed, or its answer is no; 2 the pairing file or the command line is wrong;
3 the machine lacks something; 130 interrupted."""


_MARKUP: Literal["rich"] | None = "rich" if sys.stdout.isatty() else None
"""Boxes and colours are for terminals."""


class CommandGroup(TyperGroup):
    """Loads commands on demand and turns the errors of ``mimi.errors`` into text or JSON and an exit code."""

    _as_json = False
    _listing = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remember whether JSON was asked for: an error may come before the command has read its options."""
        self._as_json = "--json" in (args[: args.index("--")] if "--" in args else args)
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer calls it so
        """The command of that name, imported now (not for a list of all: then its summary is enough)."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            if self._listing:
                return TyperCommand(cmd_name, help=summary(cmd_name))
            self._load(cmd_name)
        elif cmd_name not in COMMANDS:
            self.commands.update({name: TyperCommand(name) for name in COMMANDS})  # what "did you mean" chooses from
        return self.commands.get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer calls it so
        """Every command, in the order of COMMANDS."""
        return list(COMMANDS)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of ``mimi`` itself."""
        self._listing = True
        super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Names of commands."""
        self._listing = True
        return super().shell_complete(ctx, incomplete)

    def _load(self, name: str) -> None:
        module = importlib.import_module(f"mimi.cli.{name}")
        part = typer.Typer(rich_markup_mode=_MARKUP)
        part.callback()(lambda: None)
        module.register(part)
        group = typer.main.get_command(part)
        assert isinstance(group, TyperGroup)
        self.commands.update(group.commands)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except MimiError as error:
            print_error(error, self._as_json)
            raise typer.Exit(error.exit_code) from None


def summary(name: str) -> str:
    """What a command does, in a line: the first of its module's docstring, read without importing it."""
    text = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    line = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].partition(": ")[2]
    return line[:1].upper() + line[1:]


app = typer.Typer(name="mimi", cls=CommandGroup, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=_MARKUP)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mimi {__version__}")
        raise typer.Exit


@app.callback(epilog=EXIT_CODES)
def _mimi(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Keeps connections alive when a black-box middlebox dies: pair it with a minion that shadows its state."""


def main() -> None:
    """Entry point of the command ``mimi``; ends the process with the exit code."""
    code: int | str | None = 0
    try:
        app(prog_name="mimi")
    except SystemExit as end:
        code = end.code
    except BrokenPipeError:
        code = 1
    _leave(code)


def _leave(code: int | str | None) -> None:
    """Exit quietly, also when the reader of our output has gone away."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


if __name__ == "__main__":
    main()
