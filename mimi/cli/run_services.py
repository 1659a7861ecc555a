# SPDX-License-Identifier: Apache-2.0
"""``mimi run liveness|health|fabric|supervisor``: added to ``mimi run`` by :mod:`mimi.cli.run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mimi.errors import PairingError, Problem
from mimi.pairing import Pairing, load_pairing
from mimi.run_directory import run_directory

FileArgument = Annotated[Path, typer.Argument(help="The pairing file.", metavar="FILE")]


def add_services(run: typer.Typer) -> None:
    """Add the commands to ``mimi run``."""
    run.command("liveness")(liveness)
    run.command("health")(health)
    run.command("fabric")(fabric)
    run.command("supervisor")(supervisor)


def liveness(file: FileArgument) -> None:
    """Watch the primary's links and order failover."""
    from mimi.supervisor.link_service import run_liveness

    pairing = _pairing_with(file, "liveness")
    directory = run_directory(pairing.name)
    run_liveness(pairing, store_url(pairing), directory.status_directory, directory.control_socket)


def health(file: FileArgument) -> None:
    """Probe the backends and take those that do not answer out of the choice."""
    from mimi.supervisor.health_service import run_health

    pairing = _pairing_with(file, "health")
    directory = run_directory(pairing.name)
    run_health(pairing, str(directory.control_socket), directory.status_directory)


def fabric(file: FileArgument) -> None:
    """Keep the switches' rules and steer traffic."""
    from mimi.supervisor.fabric_service import run_fabric

    pairing = _pairing_with(file, "fabric")
    run_fabric(pairing, store_url(pairing), run_directory(pairing.name).status_directory)


def supervisor(name: Annotated[str, typer.Argument(help="A deployed pairing.", metavar="NAME")]) -> None:
    """Start, watch and restart the services of a deployment. Started by `mimi deploy`."""
    from mimi.supervisor.loop import Supervisor
    from mimi.supervisor.swap import hot_swap

    Supervisor(run_directory(name), hot_swap).run()


def store_url(pairing: Pairing) -> str:
    """The pairing's store, or the private one in its run directory."""
    return pairing.store.url or f"unix://{run_directory(pairing.name).store_socket}"


def _pairing_with(file: Path, part: str) -> Pairing:
    pairing = load_pairing(file)
    if getattr(pairing, part) is None:
        raise PairingError(Problem(f"the pairing has no {part} part", place=str(file), path=part))
    return pairing
