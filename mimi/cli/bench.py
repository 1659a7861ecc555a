# SPDX-License-Identifier: Apache-2.0
"""``mimi bench failover|compare``: the paper's experiment on this machine, and two of its reports side by side."""

from __future__ import annotations

import json
import shutil
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mimi.cli.output import JsonFlag
from mimi.errors import MimiError, MissingError, Problem

_CONTENDERS_HELP = (
    "Who stands in for the primary, comma-separated: mimi, conntrackd (no external cache), conntrackd-commit; "
    "all that are installed when absent, with --quick mimi alone."
)

bench = typer.Typer(help="Run the paper's experiment, compare its reports.", no_args_is_help=True)


class Scale(StrEnum):
    """How big."""

    quick = "quick"
    default = "default"
    paper = "paper"


@bench.command()
def failover(
    scale: Annotated[Scale, typer.Option(help="Load and length: default fits two processors, paper has the paper's.")] = Scale.default,
    quick: Annotated[bool, typer.Option("--quick", help="The same as --scale quick: every run once, in under five minutes.")] = False,
    repeat: Annotated[int, typer.Option(min=0, help="How often; 0: 1 for quick, 3 for default, 5 for paper.", show_default=False)] = 0,
    rows: Annotated[str, typer.Option(help="Which rows, comma-separated, e.g. netfilter-web,openflow-dash; all when absent.")] = "",
    runs: Annotated[str, typer.Option(help="Which runs, comma-separated.")] = "clean,copied,fail,failover",
    contenders: Annotated[str, typer.Option(help=_CONTENDERS_HELP, show_default=False)] = "",
    out: Annotated[Path | None, typer.Option(help="Where the report goes; one that is there is gone on with. New when absent.")] = None,
    configs: Annotated[Path, typer.Option(help="Where the pairings of the network are.")] = Path("configs"),
    as_json: JsonFlag = False,
) -> None:
    """Kill a load balancer again and again under load, with MiMi and without, and count what it costs. Needs root.

    Exit code 1 when a row falls short of what is required, or a run failed.
    """
    from mimi.experiment.contender import PAIRINGS
    from mimi.experiment.run import Request
    from mimi.experiment.sizes import CONTENDERS, ROWS, RUNS
    from mimi.topo.isolation import run_isolated

    size = "quick" if quick else scale.value
    kinds = tuple(dict.fromkeys(row.kind for row in ROWS[size]))  # type: ignore[index]
    wanted = _names(rows, kinds, "--rows")
    named = _names(runs, RUNS, "--runs") or RUNS
    rivals = shutil.which("conntrackd") is not None
    stand_ins = _names(contenders, CONTENDERS, "--contenders") or (CONTENDERS if rivals and size != "quick" else ("mimi",))
    if not rivals and stand_ins != ("mimi",):
        hint = "apt-get install conntrackd, or --contenders mimi"
        raise MissingError(Problem("the rival is not installed", expected="conntrackd on PATH", found="none", hint=hint))
    for pairing in PAIRINGS.values():
        if not (configs / pairing).exists():
            place = str(configs / pairing)
            raise MimiError(Problem("no such file", place=place, hint="start it in the repository, or name its configs with --configs"))
    if shutil.which("ffmpeg") is None and any(kind.endswith("dash") for kind in wanted or kinds):
        hint = "apt-get install ffmpeg, or `make bench-failover`, or leave DASH out: --rows netfilter-web,openflow-web"
        raise MissingError(Problem("DASH needs a video, and ffmpeg to make it", expected="ffmpeg on PATH", found="none", hint=hint))
    directory = out or Path("out/bench") / time.strftime("%Y%m%d-%H%M%S")
    cache = Path("out/bench/video").absolute()
    request = Request(
        str(directory.absolute()), str(configs.absolute()), str(cache), size, repeat, wanted, named, stand_ins, as_json  # type: ignore[arg-type]
    )  # fmt: skip
    raise typer.Exit(run_isolated([sys.executable, "-m", "mimi.experiment.run", request.to_argument()]))


@bench.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A report, or its directory.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    as_json: JsonFlag = False,
) -> None:
    """Put two reports side by side."""
    from mimi.experiment import compare as comparison
    from mimi.experiment.markdown import markdown_table

    rows = comparison.compare(comparison.read_report(a), comparison.read_report(b))
    if as_json:
        print(json.dumps({"rows": rows}, indent=1))
    else:
        print(markdown_table(comparison.comparison_table(rows, (a.name, b.name))))


def _names(text: str, known: tuple[str, ...], place: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise MimiError(Problem("unknown name", place=place, found=", ".join(unknown), expected=", ".join(known)))
    return names


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(bench, name="bench")
