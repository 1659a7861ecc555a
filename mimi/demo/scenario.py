# SPDX-License-Identifier: Apache-2.0
"""One run: deploy the pairing, send traffic, cut the primary's links in the middle, collect what happened."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mimi.demo.model import Deltas, Run, RunName, Streams
from mimi.experiment import lag
from mimi.experiment.deployment import URL, Deployment, wait_for_path
from mimi.experiment.quantiles import Quantiles
from mimi.experiment.throughput import STEP_S, Throughput
from mimi.topo.backends import ECHO_PORT
from mimi.topo.fig2 import CLIENTS, VIP, Fig2
from mimi.topo.traffic import wrk


@dataclass(frozen=True, slots=True)
class Options:
    """How much traffic, for how long. Times in seconds; counts over all clients."""

    seconds: float = 12.0
    fail_at: float = 5.0
    streams: int = 200
    connections: int = 20
    server_rate_mbit: int = 200


@dataclass(frozen=True, slots=True)
class _Traffic:
    web: list[subprocess.Popen[bytes]]
    streams: list[subprocess.Popen[bytes]]
    probe: subprocess.Popen[bytes]


def variant(pairing_text: str, name: RunName) -> str:
    """The pairing of a run: *fail* replicates nothing and picks a backend for unknown flows, as the paper's minion did."""
    data = yaml.safe_load(pairing_text)
    if name == "fail":
        data["sync"] = {"enabled": False}
        data["minion"]["unknown_flows"] = "pick"
    return yaml.safe_dump(data, sort_keys=False)


class Scenario:
    """Runs one after another on the same network."""

    def __init__(self, network: Fig2, pairing: Path, out: Path, options: Options, say: Callable[[str], None]) -> None:
        self._network, self._out, self._options, self._say = network, out, options, say
        self._pairing_text = pairing.read_text()

    def run(self, name: RunName) -> Run:
        """Do one run from a fresh deployment to its removal."""
        directory = self._out / name
        self._network.primary.restore()
        self._say("deploying")
        deployment = Deployment(self._network, variant(self._pairing_text, name), directory)
        deployment.deploy()
        try:
            wait_for_path(self._network)
            return self._measure(name, deployment, directory / "arrived.txt")
        finally:
            deployment.destroy()

    def _measure(self, name: RunName, deployment: Deployment, taps: Path) -> Run:
        options = self._options
        tap = self._popen("primary", "mimi.topo.traffic.syntap", "primary-eth0", str(taps))
        traffic = self._start_traffic()
        start = time.monotonic()
        sampler = Throughput(start)
        sampler.start()
        failed_at = None
        self._wait_until(start + options.fail_at)
        if name != "clean":
            self._say("cutting the primary's links")
            failed_at = time.monotonic() - start
            self._network.primary.cut()
        self._wait_until(start + options.seconds)
        self._say("waiting for the last bytes")
        web = [wrk.parse(process.communicate()[0].decode()) for process in traffic.web]
        streams = [json.loads(process.communicate()[0]) for process in traffic.streams]
        probe = json.loads(traffic.probe.communicate()[0])
        sampler.stop()
        tap.terminate()
        tap.wait()
        if name != "fail":
            deployment.wait_until_applied()
        lags = lag.lags_ms(lag.read_times(taps), lag.read_times(deployment.trace))
        return self._collect(name, deployment, web, streams, probe, sampler.mbit(), failed_at, lags)

    @staticmethod
    def _collect(name: RunName, deployment: Deployment, web: list[wrk.WrkResult], streams: list[dict[str, Any]], probe: dict[str, Any],
                 throughput: list[float], failed_at: float | None, lags: list[float]) -> Run:  # fmt: skip
        total = sum(web, wrk.WrkResult())
        failures: Counter[str] = Counter()
        for stream in streams:
            failures.update(stream["failures"])
        result = Streams(sum(s["total"] for s in streams), sum(s["survived"] for s in streams), dict(failures))
        lost_streams = result.total - result.survived
        driver, sync = deployment.status("driver"), deployment.status("sync")
        refused = sum(driver.get("refused", {}).values()) + sync.get("refused", 0)
        return Run(
            name=name,
            connections=total.requests + total.failed + result.total,
            failed=total.failed + lost_streams,
            errors={"connect": total.connect, "read": total.read, "write": total.write, "timeout": total.timeout,
                    "status": total.status, "streams": lost_streams},
            streams=result,
            outage_ms=Quantiles(probe["p50"], probe["p99"], probe["max"]),
            probe_reconnects=probe["reconnects"],
            lag_ms=Quantiles.of(lags),
            lag_samples=len(lags),
            deltas=Deltas(driver.get("seen", 0), driver.get("stored", 0), sync.get("applied", 0), refused),
            flows_in_minion=int(deployment.read_minion("count")),
            unknown_flows="pick" if name == "fail" else "drop",
            replication=name != "fail",
            failed_at_s=None if failed_at is None else round(failed_at, 3),
            throughput_mbit=throughput,
            throughput_step_s=STEP_S,
        )  # fmt: skip

    def _start_traffic(self) -> _Traffic:
        options, each = self._options, len(CLIENTS)
        seconds = str(options.seconds)
        streams = [
            self._popen(client, "mimi.topo.traffic.streams", VIP, str(ECHO_PORT), "--count", str(options.streams // each),
                        "--seconds", seconds, "--seed", str(1000 * index))
            for index, client in enumerate(CLIENTS, 1)
        ]  # fmt: skip
        probe = self._popen("c1", "mimi.topo.traffic.probe", VIP, str(ECHO_PORT), "--seconds", seconds)
        command = wrk.command(URL, options.connections // each, options.seconds)
        web = [self._network.host(client).popen(command, stderr=subprocess.STDOUT) for client in CLIENTS]
        return _Traffic(web, streams, probe)

    def _popen(self, host: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = self._network.host(host).popen([sys.executable, "-m", module, *arguments])
        return process

    @staticmethod
    def _wait_until(when: float) -> None:
        threading.Event().wait(max(0.0, when - time.monotonic()))
