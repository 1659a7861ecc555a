# SPDX-License-Identifier: Apache-2.0
"""The whole benchmark, inside a world of its own: ``python -m mimi.experiment.run REQUEST_JSON`` (``mimi bench failover`` starts it)."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from mimi.errors import MimiError
from mimi.experiment.campaign import RUN_FILE, Progress, Step, by_network, done, steps
from mimi.experiment.contender import PUBLISHED
from mimi.experiment.markdown import limits
from mimi.experiment.model import Run
from mimi.experiment.output import print_report, write_reports
from mimi.experiment.report import report
from mimi.experiment.scenario import Scenario, Scene
from mimi.experiment.sizes import REPEATS, ROWS, RUNS, ContenderName, RunName, Scale
from mimi.run_directory import write_atomically
from mimi.topo import isolation
from mimi.topo.backends import write_object
from mimi.topo.fig2 import Fig2, fig2
from mimi.topo.traffic.dash_content import make_content

_FILES_LIMIT = 65_536
SEND_BUFFER = 131_072
"""Bytes under way on a connection: a dozen of them on one limited server make a queue of some hundred milliseconds, not of seconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """What ``mimi bench failover`` was asked for. ``rows`` are kinds such as ``netfilter-web``; none means all."""

    out: str
    configs: str
    cache: str
    scale: Scale
    repeats: int
    rows: tuple[str, ...] = ()
    runs: tuple[RunName, ...] = RUNS
    contenders: tuple[ContenderName, ...] = ("mimi",)
    as_json: bool = False

    def to_argument(self) -> str:
        """As one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text: str) -> Request:
        """The inverse of :meth:`to_argument`."""
        data = json.loads(text)
        return cls(**data | {name: tuple(data[name]) for name in ("rows", "runs", "contenders")})

    def steps(self) -> list[Step]:
        """All runs."""
        rows = [row for row in ROWS[self.scale] if not self.rows or row.kind in self.rows]
        return steps(rows, self.runs, self.repeats or REPEATS[self.scale], self.contenders)


class Benchmark:
    """Does what is not done yet; keeps ``report.*`` up to date after every run."""

    def __init__(self, request: Request, console: Console) -> None:
        self._request, self._console = request, console
        self._out = Path(request.out)
        self._out.mkdir(parents=True, exist_ok=True)
        self._steps = request.steps()
        self._done: dict[Step, Run] = {step: run for step in self._steps if (run := done(step, self._out)) is not None}
        self._progress = Progress([step for step in self._steps if step not in self._done])
        self._circumstances: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """All of it; the report."""
        if self._done:
            self._console.print(f"{len(self._done)} of {len(self._steps)} runs are there already", highlight=False)
        with tempfile.TemporaryDirectory(prefix="mimi-bench-") as temporary:
            os.chmod(temporary, 0o755)
            todo = [step for step in self._steps if step not in self._done]
            for number, ((primary, rate), group) in enumerate(by_network(todo)):
                content = self._content(group)
                directory = Path(temporary) / str(number)
                directory.mkdir()
                self._console.print(f"building the network: {primary}; {self._progress.left}", highlight=False)
                publish = PUBLISHED if primary == "openflow" else ""
                with fig2(directory, rate, primary, publish, content, SEND_BUFFER) as network:
                    self._do(group, Scene(network, Path(self._request.configs), write_object(directory), content))
        return self._report()

    def _do(self, group: list[Step], scene: Scene) -> None:
        for step in group:
            directory = step.directory(self._out)
            shutil.rmtree(directory, ignore_errors=True)
            self._progress.begin()
            title = f"{step.row.name}, {step.contender}, {step.name}, repeat {step.repeat}"
            run = Scenario(scene, step, directory, self._say(title)).run()
            self._progress.finish(step)
            write_atomically(directory / RUN_FILE, json.dumps({"mark": step.mark, "run": run.to_json()}) + "\n")
            self._done[step] = run
            lived = f"{run.traffic.streams_survived} of {run.traffic.streams} streams survived"
            figures = f"{run.traffic.begun} connections, {run.traffic.failed} failed, {lived}"
            self._console.print(f"{title}: {figures}; {self._progress.left}", highlight=False)
            self._circumstances = self._facts(scene.network)
            write_reports(self._report(), self._out)

    def _say(self, title: str) -> Callable[[str], None]:
        def say(what: str) -> None:
            if self._console.is_terminal:
                self._console.print(f"[dim]{title}: {what}[/dim]", highlight=False)

        return say

    def _content(self, group: list[Step]) -> Path | None:
        seconds = [step.row.size.seconds for step in group if step.row.workload == "dash"]
        if not seconds:
            return None
        directory = Path(self._request.cache) / f"video-{max(seconds):.0f}"
        self._console.print(f"making {max(seconds):.0f} s of video, if it is not there yet")
        return make_content(directory, round(max(seconds))).parent

    def _report(self) -> dict[str, Any]:
        runs = [self._done[step] for step in self._steps if step in self._done]
        return report(runs, self._circumstances or _kept_circumstances(self._out))

    def _facts(self, network: Fig2) -> dict[str, Any]:
        facts = self._circumstances | {
            "scale": self._request.scale,
            "processors": os.cpu_count(),
            "kernel": platform.release(),
            "when": time.strftime("%Y-%m-%d %H:%M:%S"),
            "load_average": os.getloadavg()[0],
            "fail_policy": "pick: unknown flows go to a random backend, so with 5 backends about 1 in 5 survives by luck",
        }
        loose = network.primary.setting("net.netfilter.nf_conntrack_tcp_loose")
        return facts | ({"netfilter_tcp_loose": int(loose)} if loose else {})


def _kept_circumstances(out: Path) -> dict[str, Any]:
    """Those of the report that is there."""
    try:
        kept: dict[str, Any] = json.loads((out / "report.json").read_text())["circumstances"]
    except (OSError, ValueError, KeyError):
        return {}
    return kept


def main() -> int:
    isolation.enter()
    request = Request.from_argument(sys.argv[1])
    console = Console(stderr=request.as_json, width=None if sys.stdout.isatty() else 140)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else _FILES_LIMIT, hard))  # wrk has one a connection
    try:
        result = Benchmark(request, console).run()
    except (MimiError, RuntimeError) as error:
        console.print(f"[red]benchmark failed:[/red] {error}", highlight=False)
        console.print(f"what is done is kept; go on with: mimi bench failover --out {request.out} (and the same options)", highlight=False)
        return 1
    write_reports(result, Path(request.out))
    if request.as_json:
        print(json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=1))
    else:
        print_report(result, console)
        for text in limits(result):
            console.print(text, highlight=False)
        console.print(f"report: {request.out}/report.md, report.html, report.json", highlight=False)
    problems = [
        f"{row['primary']}-{row['workload']}: {problem}"
        for row in result["rows"]
        if row["contender"] == "mimi"
        for problem in row["shortcomings"]
    ]
    for problem in problems:
        console.print(f"[red]falls short:[/red] {problem}", highlight=False)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
