# SPDX-License-Identifier: Apache-2.0
"""``mimi demo``: the paper's Figure 2 in small, on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mimi.errors import MimiError, Problem


def demo(
    out: Annotated[Path, typer.Option(help="Where the report, the picture and the logs go.")] = Path("out/demo"),
    pairing: Annotated[Path, typer.Option(help="The pairing to deploy into the network of topo/fig2.py.")] = Path("configs/fig2-lb.yaml"),
    runs: Annotated[str, typer.Option(help="Which runs, comma-separated: clean, fail, failover.")] = "clean,fail,failover",
    seconds: Annotated[float, typer.Option(min=4, help="Length of each run, in seconds.")] = 12.0,
    fail_at: Annotated[float, typer.Option(min=1, help="When the primary dies, in seconds after the start.")] = 5.0,
    streams: Annotated[int, typer.Option(min=5, help="Long-lived streams, over all clients.")] = 200,
    connections: Annotated[int, typer.Option(min=10, help="Parallel web connections, over all clients.")] = 20,
    server_rate: Annotated[int, typer.Option(min=0, help="Mbit/s each server may send; 0 does not limit.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Kill a load balancer under load three times and show what lives on. Needs root; takes about a minute.

    Exit code 1 when the runs did not show survival: a stream lost, less than 95 % of the excess failures removed, or an
    outage over 100 ms.
    """
    from mimi.demo.model import RUNS
    from mimi.demo.run import Request
    from mimi.demo.scenario import Options
    from mimi.topo.isolation import run_isolated

    wanted = tuple(name.strip() for name in runs.split(","))
    unknown = [name for name in wanted if name not in RUNS]
    if unknown:
        raise MimiError(Problem("unknown run", place="--runs", found=", ".join(unknown), expected=", ".join(RUNS)))
    if not pairing.exists():
        raise MimiError(Problem("no such file", place=str(pairing), hint="start it in the repository, or name a pairing with --pairing"))
    options = Options(seconds, fail_at, streams, connections, server_rate)
    request = Request(str(out.absolute()), str(pairing.absolute()), wanted, options, as_json)  # type: ignore[arg-type]
    raise typer.Exit(run_isolated([sys.executable, "-m", "mimi.demo.run", request.to_argument()]))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
