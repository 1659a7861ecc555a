# SPDX-License-Identifier: Apache-2.0
"""``mimi deploy FILE``: make a pairing run, or show what that would change."""

from __future__ import annotations

import contextlib
import json
import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

import mimi
from mimi.build import PackageSet
from mimi.cli.build import make_toolchain, package_sources
from mimi.pairing import load_pairing
from mimi.plan import Programs
from mimi.render import render
from mimi.run_directory import run_directory
from mimi.supervisor.deploy import Request, deploy
from mimi.supervisor.destroy import destroy


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("deploy")(command)


def command(
    file: Annotated[Path, typer.Argument(help="The pairing file.", metavar="FILE")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay; on SIGTERM or Ctrl-C destroy it (private Redis data is kept).")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds until everything must be ready and in-sync.", min=1)] = 60.0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave a failed deployment as it is, to look at.")] = False,
) -> None:
    """Make FILE's pairing run on this machine. Doing it twice changes nothing.

    Exit code 0: everything is ready and in-sync (or sync is not enabled); 1: it failed and was undone;
    2: the file is wrong; 3: the machine lacks something.
    """
    request = make_request(file)
    if foreground:
        signal.signal(signal.SIGTERM, _interrupt)  # as Ctrl-C: a deploy under way is undone
    plan = deploy(
        request,
        timeout_s=timeout,
        keep=keep,
        dry_run=dry_run,
        progress=lambda line: None if as_json else typer.echo(f"  {line}", err=True),
    )
    typer.echo(json.dumps(plan.to_json(), indent=2) if as_json else str(plan))
    if foreground and not dry_run:
        _stay(request.pairing.name)


def make_request(file: Path) -> Request:
    """A deploy request for a pairing file.

    Raises:
        PairingError, RenderError, BuildError, MissingError: nothing can be deployed from it.
    """
    pairing = load_pairing(file)
    engine, prefix = pairing.minion.engine, pairing.minion.prefix
    chain = make_toolchain(engine, None if prefix is None else Path(prefix))
    sources = package_sources(pairing, file.parent)
    return Request(
        pairing=pairing,
        text=file.read_text(encoding="utf-8"),
        source=str(file.resolve()),
        minion_text=render(pairing),
        programs=Programs(minion=str(chain.loader)),
        version=mimi.__version__,
        packages=PackageSet(chain, sources) if sources else None,
    )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stay(name: str) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        # Whoever reads this may end us before the call is over.
        typer.echo(f"{name}: in the foreground; Ctrl-C ends it (log: {run_directory(name).log_directory})", err=True)
        while True:
            signal.pause()
    destroy(name, keep_state=True)
