# SPDX-License-Identifier: Apache-2.0
"""One run of the benchmark: a contender, the traffic, the cuts, and what was seen."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimi.experiment import coverage
from mimi.experiment.campaign import Step
from mimi.experiment.contender import MAKERS, Contender
from mimi.experiment.coverage import Flow, Place
from mimi.experiment.load import Load, traffic_of
from mimi.experiment.model import Coverage, Failure, Run
from mimi.experiment.outage import RETURN_S, Gap, Span, longest_in, quiet_gaps
from mimi.experiment.quantiles import Quantiles
from mimi.experiment.throughput import STEP_S, Throughput
from mimi.experiment.usage import UsageSampler
from mimi.experiment.variants import fails
from mimi.topo.fig2 import CLIENTS, OPENFLOW_SWITCH, VIP, Fig2
from mimi.topo.openflow_primary import OpenFlowPrimary

LOOK_AFTER_S = 0.3
"""From a cut to the comparison of tables. The primary's does not change any more; looking at once would add to the outage."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The network with what does not change between the runs on it."""

    network: Fig2
    configs: Path
    web_object: Path
    content: Path | None


@dataclass(frozen=True, slots=True)
class _Cut:
    cut_s: float
    back_s: float
    coverage: Coverage


class Scenario:
    """One run. ``say`` is told what is being done."""

    def __init__(self, scene: Scene, step: Step, directory: Path, say: Callable[[str], None]) -> None:
        self._scene, self._step, self._row, self._directory, self._say = scene, step, step.row, directory, say
        directory.mkdir(parents=True, exist_ok=True)
        self._network = scene.network

    def run(self) -> Run:
        """From a fresh contender to its end."""
        self._network.primary.restore()
        self._say("deploying")
        make = MAKERS[self._step.contender]
        contender = make(self._network, self._row.primary, self._step.name, self._scene.configs, self._directory)
        try:
            contender.begin()
            return self._measure(contender)
        finally:
            self._network.primary.reconnect()
            contender.end()

    def _measure(self, contender: Contender) -> Run:
        size = self._row.size
        load = Load(self._network, self._row, self._scene.web_object, self._scene.content)
        tap = self._start_tap()
        usage = UsageSampler()
        usage.start()
        load.start()
        start = time.monotonic()
        sampler = Throughput(start)
        sampler.start()
        self._say("traffic")
        try:
            cuts = self._cut_links(contender, start) if fails(self._step.name) else []
            _wait_until(start + size.seconds)
            busy, used = usage.busy_share(), usage.stop()
            throughput = sampler.mbit()
            self._say("waiting for the last bytes")
            said = load.wait(size.after_s)
        finally:
            load.kill()
            sampler.stop()
            tap.terminate()
            tap.wait()
        spans = [Span(cut.cut_s, cut.back_s) for cut in cuts]
        gaps = _gaps(said["probe"][0], start)
        return Run(
            primary=self._row.primary, workload=self._row.workload, size=size, name=self._step.name, repeat=self._step.repeat,
            contender=self._step.contender, seconds=size.seconds, traffic=traffic_of(said),
            failures=tuple(_failure(cut, gaps, spans, size.seconds) for cut in cuts),
            quiet_gap_ms=Quantiles.of(quiet_gaps(gaps, spans)),
            throughput_mbit=tuple(throughput), throughput_step_s=STEP_S, replication=contender.settle(),
            usage=used, machine_busy=busy,
        )  # fmt: skip

    def _cut_links(self, contender: Contender, start: float) -> list[_Cut]:
        cuts = []
        for number, due in enumerate(self._row.size.cuts, 1):
            _wait_until(start + due)
            self._say(f"failure {number} of {len(self._row.size.cuts)}")
            cut_s = time.monotonic() - start
            self._network.primary.cut()
            contender.failed()
            sockets = self._client_sockets()
            _wait_until(start + cut_s + LOOK_AFTER_S)
            seen = coverage.coverage(self._primary_flows(), sockets, contender.table())
            _wait_until(start + due + self._row.size.down_s)
            contender.returning()
            self._network.primary.reconnect()
            back_s = time.monotonic() - start
            contender.returned()
            cuts.append(_Cut(round(cut_s, 3), round(back_s, 3), seen))
        return cuts

    def _primary_flows(self) -> Mapping[Flow, Place]:
        if isinstance(self._network.primary, OpenFlowPrimary):
            command = ["ovs-ofctl", "-O", "OpenFlow13", "dump-flows", OPENFLOW_SWITCH, "tcp"]
            return coverage.openflow_flows(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        listing: str = self._network.host("primary").cmd("conntrack -L -p tcp 2>/dev/null")
        return coverage.conntrack_flows(listing.replace("\r", ""))

    def _client_sockets(self) -> set[Flow]:
        found: set[Flow] = set()
        for client in CLIENTS:
            found |= coverage.sockets_of(self._network.host(client).pid, VIP)
        return found

    def _start_tap(self) -> subprocess.Popen[bytes]:
        netfilter = self._row.primary == "netfilter"
        interface = "primary-eth0" if netfilter else f"{OPENFLOW_SWITCH}-eth1"
        command = [sys.executable, "-m", "mimi.topo.traffic.syntap", interface, str(self._directory / "arrived.txt")]
        if netfilter:
            process: subprocess.Popen[bytes] = self._network.host("primary").popen(command)
            return process
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _wait_until(when: float) -> None:
    threading.Event().wait(max(0.0, when - time.monotonic()))


def _gaps(probe: dict[str, Any], start: float) -> list[Gap]:
    """The probe's silences on the run's clock."""
    return [Gap(probe["began"] + at - start, ms) for at, ms in probe["gaps"]]


def _failure(cut: _Cut, gaps: list[Gap], spans: list[Span], seconds: float) -> Failure:
    following = min((span.cut_s for span in spans if span.cut_s > cut.back_s), default=seconds)
    return Failure(
        cut_s=cut.cut_s,
        back_s=cut.back_s,
        outage_ms=longest_in(gaps, Span(cut.cut_s, cut.back_s)),
        return_outage_ms=longest_in(gaps, Span(cut.back_s, min(following, cut.back_s + RETURN_S))),
        coverage=cut.coverage,
    )
