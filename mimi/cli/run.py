# SPDX-License-Identifier: Apache-2.0
"""``mimi run``: one service as a process in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mimi import drivers
from mimi.cli.run_services import add_services
from mimi.click.control import ControlSocket
from mimi.pairing import load_pairing
from mimi.run_directory import run_directory
from mimi.service import Service
from mimi.store import open_store
from mimi.sync import Collector, Follower
from mimi.sync.follow import idle

run = typer.Typer(help="Run one service in the foreground.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The pairing file.", show_default=False)]


@run.command("driver")
def run_driver(file: File) -> None:
    """Turn what the primary reveals into flow records in the store."""
    pairing = load_pairing(file)
    directory = run_directory(pairing.name)
    service = Service("driver", directory.status_directory)
    store = open_store(pairing, directory.store_socket)
    driver = drivers.make(pairing)
    collector = Collector(
        driver,
        drivers.open_source(pairing),
        store,
        service,
        max_rate=drivers.settings_of(pairing).max_rate,
        buffer_max=pairing.store.max_deltas,
        linger_s=pairing.minion.timeouts.tcp_transitory_s,
    )
    service.start()
    service.be_prompt()
    collector.run()


@run.command("sync")
def run_sync(
    file: File,
    trace: Annotated[
        Path | None,
        typer.Option(
            envvar="MIMI_SYNC_TRACE", help="Append a line `KEY<TAB>SEQ<TAB>NANOSECONDS` for every delta that the minion has acknowledged."
        ),
    ] = None,
) -> None:
    """Keep the minion's table equal to the store."""
    pairing = load_pairing(file)
    directory = run_directory(pairing.name)
    service = Service("sync", directory.status_directory)
    store = open_store(pairing, directory.store_socket)
    service.start()
    if not pairing.sync.enabled:
        idle(service)
        return
    rows = trace.open("ab", buffering=1 << 20) if trace else None
    follower = Follower(
        store,
        ControlSocket(str(directory.control_socket)),
        service,
        element=pairing.middlebox.element,
        max_lag_ms=pairing.sync.max_lag_ms,
        trace=rows,
    )
    service.be_prompt()
    follower.run()


def register(app: typer.Typer) -> None:
    """Add ``mimi run``."""
    add_services(run)
    app.add_typer(run, name="run")
