# SPDX-License-Identifier: Apache-2.0
"""The traffic of one run: started in the clients' namespaces, and summed up when it has ended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from mimi.experiment.deployment import URL
from mimi.experiment.model import Traffic
from mimi.experiment.sizes import Row
from mimi.topo.backends import ECHO_PORT, MEASURING, WEB_PORT
from mimi.topo.fig2 import CLIENTS, VIP, Fig2
from mimi.topo.traffic import wrk

_EACH = len(CLIENTS)
LISTED_MAX = 500
"""Failures of requests that are listed with their times."""


class Load:
    """wrk and requests, or DASH sessions; long-lived streams; one probe."""

    def __init__(self, network: Fig2, row: Row, web_object: Path, content: Path | None) -> None:
        self._network, self._row, self._object, self._content = network, row, web_object, content
        self._processes: dict[str, list[subprocess.Popen[bytes]]] = {}

    def start(self) -> None:
        """Start everything: the slow starters first."""
        size, seconds = self._row.size, str(self._row.size.seconds)
        for index, client in enumerate(CLIENTS, 1):
            count = ["--count", str(size.streams // _EACH)]
            self._run(client, "streams", VIP, str(ECHO_PORT), *count, "--seconds", seconds, "--seed", str(1000 * index))
        self._run("c1", "probe", VIP, str(ECHO_PORT), "--seconds", seconds, before=MEASURING)
        if self._row.workload == "web":
            self._start_web(seconds)
        else:
            self._start_dash()

    def _start_web(self, seconds: str) -> None:
        size = self._row.size
        for client in CLIENTS:
            if size.requests:
                count = ["--connections", str(size.requests // _EACH)]
                self._run(client, "requests", VIP, str(WEB_PORT), "--object", str(self._object), *count, "--seconds", seconds)
            command = wrk.command(URL, size.connections // _EACH, size.seconds)
            self._processes.setdefault("wrk", []).append(self._network.host(client).popen(command, stderr=subprocess.STDOUT))

    def _start_dash(self) -> None:
        size = self._row.size
        assert self._content is not None
        for client in CLIENTS:
            habits = ["--sessions", str(size.connections // _EACH), "--max-buffer", str(size.buffer_s)]
            self._run(client, "dash_player", VIP, str(WEB_PORT), "--content", str(self._content), *habits)

    def _run(self, client: str, module: str, *arguments: str, before: tuple[str, ...] = ()) -> None:
        command = [*before, sys.executable, "-m", f"mimi.topo.traffic.{module}", *arguments]
        self._processes.setdefault(module, []).append(self._network.host(client).popen(command))

    def wait(self, deadline_s: float) -> dict[str, list[Any]]:
        """What every program said, by program. Raises RuntimeError when one failed or did not end."""
        said: dict[str, list[Any]] = {}
        for name, processes in self._processes.items():
            for process in processes:
                try:
                    output, error = process.communicate(timeout=deadline_s)
                except subprocess.TimeoutExpired as expired:
                    raise RuntimeError(f"{name} did not end in {deadline_s:g} s") from expired
                if process.returncode != 0:
                    raise RuntimeError(f"{name} failed: {(error or output).decode().strip()[-500:]}")
                said.setdefault(name, []).append(wrk.parse(output.decode()) if name == "wrk" else json.loads(output))
        return said

    def kill(self) -> None:
        """End what still runs."""
        for process in (p for processes in self._processes.values() for p in processes):
            if process.poll() is None:
                process.kill()
                process.wait()


def traffic_of(said: dict[str, list[Any]]) -> Traffic:
    """One value of what all programs said."""
    streams = said["streams"]
    failures: dict[str, dict[str, int]] = {"streams": _summed(stream["failures"] for stream in streams)}
    total, received = sum(stream["total"] for stream in streams), sum(stream["bytes"] for stream in streams)
    begun, details = total, {"probe_reconnects": said["probe"][0]["reconnects"]}
    if "wrk" in said:
        web = sum(said["wrk"], wrk.WrkResult())
        failures["wrk"] = {name: getattr(web, name) for name in ("connect", "read", "write", "timeout", "status")}
        begun += web.requests + web.connect + web.read + web.write  # a late answer is among the requests
        details["wrk_requests"] = web.requests
    if "requests" in said:
        outcomes = _summed(result["outcomes"] for result in said["requests"])
        details["requests"] = sum(outcomes.values())
        details["requests_complete"] = outcomes.pop("complete", 0)
        failures["requests"] = outcomes
        ended = sorted(tuple(failure) for result in said["requests"] for failure in result["failures"])
        details["request_failures"] = ended[:LISTED_MAX]
        begun += details["requests"]
        received += sum(result["bytes"] for result in said["requests"])
    if "dash_player" in said:
        failures["dash"] = _summed(result["failed_connections"] for result in said["dash_player"])
        details |= _dash_details(said["dash_player"])
        begun += details["dash_connections"]
    survived = sum(stream["survived"] for stream in streams)
    return Traffic(begun, failures, total, survived, received, details)


def _dash_details(results: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("sessions", "segments", "failed_segments", "stalls", "stalled_s")
    totals = {name: round(sum(result[name] for result in results), 3) for name in names}
    failed = _summed(result["failed_sessions"] for result in results)
    return totals | {"failed_sessions": failed, "dash_connections": sum(result["connections"] for result in results)}


def _summed(counts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
