# SPDX-License-Identifier: Apache-2.0
"""Processor time and memory of everything that runs in the experiment's world, by component, from ``/proc``.

The world has a process namespace of its own, so every process in it is ours. What the kernel does for nobody in particular
(forwarding, netfilter) is in no process: ``busy_share`` has it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from mimi.experiment.model import Usage

SAMPLE_EVERY_S = 1.0
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
_COMPONENTS: tuple[tuple[str, str], ...] = (
    ("mimi-click", "minion"),
    ("redis-server", "store"),
    ("run driver", "driver"),
    ("run sync", "sync"),
    ("run liveness", "liveness"),
    ("run fabric", "fabric"),
    ("mimi.supervisor", "supervisor"),
    ("ovs-vswitchd", "switches"),
    ("ovsdb-server", "switches"),
    ("openflow_balancer", "primary"),
    ("ulogd", "primary's log"),
    ("rsyslogd", "primary's log"),
    ("conntrackd", "conntrackd"),
    ("lighttpd", "servers"),
    ("echo_server", "servers"),
    ("traffic.syntap", "measurement"),
    ("traffic.probe", "measurement"),
    ("mimi.experiment", "measurement"),
    ("traffic.", "clients"),
    ("wrk", "clients"),
)
"""A piece of the command line, and whose it is; the first that fits."""


def component_of(command_line: str) -> str:
    """Whose process it is."""
    return next((name for piece, name in _COMPONENTS if piece in command_line), "other")


class UsageSampler(threading.Thread):
    """Looks at every process once a second, so that those that end are counted to their last second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ended = threading.Event()
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._memory: dict[int, float] = {}
        self._component: dict[int, str] = {}
        self._fresh = True
        self._busy = _machine_time()

    def run(self) -> None:
        self._sample()
        while not self._ended.wait(SAMPLE_EVERY_S):
            self._sample()

    def stop(self) -> dict[str, Usage]:
        """End; what each component used since the start."""
        self._ended.set()
        self.join()
        self._sample()
        total: dict[str, tuple[float, float]] = {}
        for pid, name in self._component.items():
            cpu, memory = total.get(name, (0.0, 0.0))
            total[name] = (cpu + self._last[pid] - self._first[pid], memory + self._memory[pid])
        return {name: Usage(round(cpu, 2), round(memory, 1)) for name, (cpu, memory) in sorted(total.items())}

    def busy_share(self) -> float:
        """Share of all processors' time since the start that was not idle."""
        total, idle = (now - then for now, then in zip(_machine_time(), self._busy, strict=True))
        return round(1 - idle / total, 3) if total > 0 else 0.0

    def _sample(self) -> None:
        for pid, command_line, cpu_s, memory_mb in _processes():
            # what lived before counts from now on, what is new counts whole
            self._first.setdefault(pid, cpu_s if self._fresh else 0.0)
            self._last[pid] = cpu_s
            self._memory[pid] = max(memory_mb, self._memory.get(pid, 0.0))
            self._component[pid] = component_of(command_line)
        self._fresh = False


def _processes() -> Iterator[tuple[int, str, float, float]]:
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command_line = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (directory / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if command_line:
            yield int(directory.name), command_line, (int(fields[11]) + int(fields[12])) * _TICK_S, int(fields[21]) * 4096 / 1e6


def _machine_time() -> tuple[float, float]:
    """All processors' time, and how much of it was idle."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return float(sum(fields)), float(fields[3] + fields[4])
