# SPDX-License-Identifier: Apache-2.0
"""One run: deploy the pairing, send traffic, cut the primary's links in the middle, collect what happened."""

from __future__ import annotations

import json
import os
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

from mimi.demo import lag
from mimi.demo.model import Deltas, Quantiles, Run, RunName, Streams
from mimi.errors import DeployError, Problem
from mimi.pairing.middlebox import MIDDLEBOXES
from mimi.run_directory import read_status, run_directory
from mimi.topo.backends import ECHO_PORT, WEB_PORT
from mimi.topo.fig2 import CLIENTS, VIP, Fig2, wait_for
from mimi.topo.traffic import wrk

_SAMPLE_S = 0.1
_URL = f"http://{VIP}:{WEB_PORT}/object.bin"


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
        data = yaml.safe_load(self._pairing_text)
        self._name = str(data["pairing"])
        self._element = MIDDLEBOXES[data["type"]].element

    def run(self, name: RunName) -> Run:
        """Do one run from a fresh deployment to its removal."""
        directory = self._out / name
        directory.mkdir(parents=True, exist_ok=True)
        self._network.primary.restore()
        pairing = directory / "pairing.yaml"
        pairing.write_text(variant(self._pairing_text, name))
        trace, taps = directory / "applied.txt", directory / "arrived.txt"
        self._say("deploying")
        self._mimi("deploy", str(pairing), environment={"MIMI_SYNC_TRACE": str(trace)})
        try:
            self._wait_for_path()
            return self._measure(name, trace, taps)
        finally:
            self._keep_logs(directory)
            self._mimi("destroy", self._name)

    def _measure(self, name: RunName, trace: Path, taps: Path) -> Run:
        options = self._options
        tap = self._popen("primary", "mimi.topo.traffic.syntap", "primary-eth0", str(taps))
        traffic = self._start_traffic()
        start = time.monotonic()
        sampler = _Throughput(start)
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
            self._wait_until_applied()
        return self._collect(name, web, streams, probe, sampler.mbit(), failed_at, lag.lags_ms(lag.read_times(taps), lag.read_times(trace)))

    def _collect(self, name: RunName, web: list[wrk.WrkResult], streams: list[dict[str, Any]], probe: dict[str, Any],
                 throughput: list[float], failed_at: float | None, lags: list[float]) -> Run:  # fmt: skip
        total = sum(web, wrk.WrkResult())
        failures: Counter[str] = Counter()
        for stream in streams:
            failures.update(stream["failures"])
        result = Streams(sum(s["total"] for s in streams), sum(s["survived"] for s in streams), dict(failures))
        lost_streams = result.total - result.survived
        run_files = run_directory(self._name)
        driver, sync = read_status(run_files, "driver"), read_status(run_files, "sync")
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
            flows_in_minion=self._minion_count(),
            unknown_flows="pick" if name == "fail" else "drop",
            replication=name != "fail",
            failed_at_s=None if failed_at is None else round(failed_at, 3),
            throughput_mbit=throughput,
            throughput_step_s=_SAMPLE_S,
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
        command = wrk.command(_URL, options.connections // each, options.seconds)
        web = [self._network.host(client).popen(command, stderr=subprocess.STDOUT) for client in CLIENTS]
        return _Traffic(web, streams, probe)

    def _popen(self, host: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = self._network.host(host).popen([sys.executable, "-m", module, *arguments])
        return process

    def _wait_for_path(self) -> None:
        """Until the service answers through the switches and the primary."""
        client = self._network.host("c1")
        wait_for(lambda: client.cmd(f"curl -so /dev/null -m 2 -w '%{{http_code}}' {_URL}").strip() == "200", f"{_URL} to answer")

    def _wait_until_applied(self) -> None:
        """Until the services' status files, written once a second, speak of everything that was stored."""
        run_files = run_directory(self._name)

        def settled() -> bool:
            driver, sync = read_status(run_files, "driver"), read_status(run_files, "sync")
            return driver.get("buffered") == 0 and sync.get("applied", 0) + sync.get("refused", 0) >= driver.get("stored", 0)

        wait_for(settled, "the last deltas to be applied", 5)

    @staticmethod
    def _wait_until(when: float) -> None:
        threading.Event().wait(max(0.0, when - time.monotonic()))

    def _minion_count(self) -> int:
        from mimi.click.control import ControlSocket

        with ControlSocket(str(run_directory(self._name).control_socket)) as client:
            return int(client.read_text(f"{self._element}.count"))

    def _mimi(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "mimi.cli.main", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False)
        if done.returncode != 0:
            raise DeployError(Problem(f"mimi {' '.join(arguments)} failed", found=(done.stderr or done.stdout).strip()))

    def _keep_logs(self, directory: Path) -> None:
        """Keep the services' logs, status and rendered configuration beside the report."""
        run_files = run_directory(self._name)
        for source in (run_files.log_directory, run_files.status_directory):
            if source.is_dir():
                for file in source.iterdir():
                    (directory / f"{source.name}-{file.name}").write_bytes(file.read_bytes())
        if run_files.minion_file.exists():
            (directory / "minion.click").write_bytes(run_files.minion_file.read_bytes())


class _Throughput(threading.Thread):
    """Samples what the first switch sends to the clients."""

    def __init__(self, start: float) -> None:
        super().__init__(daemon=True)
        self._start_time, self._ended = start, threading.Event()
        self._ports = {f"s1-eth{port}" for port in range(1, len(CLIENTS) + 1)}
        self._samples: list[tuple[float, int]] = []

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            self._samples.append((time.monotonic(), self._sent_bytes()))

    def _sent_bytes(self) -> int:
        lines = Path("/proc/self/net/dev").read_text().splitlines()
        fields = (line.replace(":", " ").split() for line in lines)
        return sum(int(field[9]) for field in fields if field[0] in self._ports)

    def stop(self) -> None:
        """End sampling."""
        self._ended.set()
        self.join()

    def mbit(self) -> list[float]:
        """Mbit/s in each step."""
        pairs = zip(self._samples, self._samples[1:], strict=False)
        return [round((b - a) * 8 / 1e6 / (later - earlier), 1) for (earlier, a), (later, b) in pairs]
