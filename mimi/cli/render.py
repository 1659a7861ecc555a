# SPDX-License-Identifier: Apache-2.0
"""``mimi render``: turn a pairing into the minion's Click configuration."""

from __future__ import annotations

import difflib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mimi.cli.output import JsonFlag, emit
from mimi.errors import MimiError, Problem


@dataclass(frozen=True, slots=True)
class Rendered:
    """What ``mimi render --json`` prints. ``changed`` says whether the output file was (or is) different."""

    schema: int
    pairing: str
    output: Path | None
    changed: bool
    diff: str
    text: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(render)


def render(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Pairing file.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 and a diff when the output file differs.")] = False,
    json: JsonFlag = False,
) -> None:
    """Turn a pairing into the minion's Click configuration. Needs no privilege; the same pairing gives the same bytes."""
    if check and output is None:
        raise typer.BadParameter("--check compares with a file: name it with --output", param_hint="--check")
    from mimi.pairing import load_pairing
    from mimi.render import render as render_pairing

    pairing = load_pairing(file)
    text = render_pairing(pairing)
    if output is None:
        emit(Rendered(1, pairing.name, None, False, "", text), json, text)
        return
    before = _read(output)
    changed = before != text
    lines = (before or "").splitlines(keepends=True), text.splitlines(keepends=True)
    diff = "".join(difflib.unified_diff(*lines, str(output), f"{file} (rendered)"))
    if changed and not check:
        write_atomically(output, text)
    said = diff if check and changed else f"{output}: {'written' if changed else 'unchanged'}"
    emit(Rendered(1, pairing.name, output, changed, diff, text), json, said)
    if check and changed:
        raise typer.Exit(1)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MimiError(Problem(f"cannot read the output file: {error.strerror}", place=str(path))) from None


def write_atomically(path: Path, text: str) -> None:
    """Replace ``path`` whole: a reader sees the old text or the new, never half. Raises MimiError when it cannot be written."""
    temporary = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), _mode(path))
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise MimiError(
            Problem(f"cannot write the output file: {error.strerror}", place=str(path), hint="check the directory and its permissions")
        ) from None


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, or what a new file gets."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
