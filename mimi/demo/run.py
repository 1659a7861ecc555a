# SPDX-License-Identifier: Apache-2.0
"""The whole demo, inside a world of its own: ``python -m mimi.demo.run OPTIONS_JSON`` (``mimi demo`` starts it there)."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status

from mimi.demo.model import RUNS, Report, Run, RunName
from mimi.demo.plot import write_plot
from mimi.demo.scenario import Options, Scenario
from mimi.demo.table import table
from mimi.errors import MimiError
from mimi.run_directory import write_atomically
from mimi.topo import isolation
from mimi.topo.fig2 import Fig2, fig2


@dataclass(frozen=True, slots=True)
class Request:
    """What ``mimi demo`` was asked for."""

    out: str
    pairing: str
    runs: tuple[RunName, ...]
    options: Options
    as_json: bool = False

    def to_argument(self) -> str:
        """As one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text: str) -> Request:
        """The inverse of :meth:`to_argument`."""
        data = json.loads(text)
        return cls(data["out"], data["pairing"], tuple(data["runs"]), Options(**data["options"]), data["as_json"])


def circumstances(network: Fig2, request: Request) -> dict[str, Any]:
    """What the figures depend on, read from the running network."""
    return {
        "primary": "netfilter: numgen random over 5 backends, DNAT; state source: its log (NFLOG, ulogd2, rsyslog, UDP)",
        "primary_tcp_loose": int(network.primary.setting("net.netfilter.nf_conntrack_tcp_loose") or 0),
        "fail_policy": "pick: unknown flows go to a random backend, so about 1 in 5 survives by luck",
        "options": asdict(request.options),
        "processors": os.cpu_count(),
        "kernel": platform.release(),
    }


def run(request: Request, console: Console) -> Report:
    """Build the network, do every run, write the report after each."""
    out = Path(request.out)
    out.mkdir(parents=True, exist_ok=True)
    runs: dict[RunName, Run] = {}
    with tempfile.TemporaryDirectory(prefix="mimi-demo-") as temporary:
        os.chmod(temporary, 0o755)
        console.print("building the network: 5 clients - switch - \\[primary | minion] - switch - 5 servers")
        with fig2(Path(temporary), request.options.server_rate_mbit) as network:
            facts = circumstances(network, request)
            for number, name in enumerate(request.runs, 1):
                with console.status(f"run {number} of {len(request.runs)}, {name}") as status:
                    say = partial(_say, console, status, f"run {number}, {name}")
                    scenario = Scenario(network, Path(request.pairing), out, request.options, say)
                    runs[name] = scenario.run(name)
                done = runs[name]
                lived = f"{done.streams.survived} of {done.streams.total} streams survived"
                console.print(f"{name}: {done.connections} connections, {done.failed} failed, {lived}")
                write_atomically(out / "report.json", json.dumps(Report(runs, facts).to_json(), indent=1) + "\n")
    report = Report(runs, facts)
    write_plot(report, out / "throughput.png")
    return report


def _say(console: Console, status: Status, run_name: str, what: str) -> None:
    if console.is_terminal:
        status.update(f"{run_name}: {what}")
    else:
        console.print(f"{run_name}: {what}")


def main() -> int:
    isolation.enter()
    request = Request.from_argument(sys.argv[1])
    console = Console(stderr=request.as_json, width=None if sys.stdout.isatty() else 100)
    try:
        report = run(request, console)
    except (MimiError, RuntimeError) as error:
        console.print(f"[red]demo failed:[/red] {error}", highlight=False)
        return 1
    if request.as_json:
        print(json.dumps(report.to_json(), indent=1))
    else:
        console.print(table(report))
        console.print(f"report: {request.out}/report.json, picture: {request.out}/throughput.png", highlight=False)
    problems = report.shortcomings() if set(request.runs) == set(RUNS) else []
    for problem in problems:
        console.print(f"[red]not shown:[/red] {problem}", highlight=False)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
