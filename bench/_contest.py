# SPDX-License-Identifier: Apache-2.0
"""Routers that run the same configuration over the same capture, side by side: processor time and memory of each."""

from __future__ import annotations

import os
import re
import resource
import select
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mimi.click import binary_path


@dataclass(frozen=True)
class Contender:
    """A router program, and what it is to do."""

    name: str
    program: Path
    text: str


@dataclass
class Runs:
    """What the runs of one contender over one capture came to."""

    user: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    problem: str = ""

    def summary(self, packets: int) -> dict[str, object]:
        """Median and range, or the reason why there is none."""
        if self.problem:
            return {"problem": self.problem}
        median = statistics.median(self.user)
        return {
            "user_s": round(median, 3),
            "user_range_s": [round(min(self.user), 3), round(max(self.user), 3)],
            "user_and_system_s": round(statistics.median(self.total), 3),
            "packets_per_s": round(packets / max(median, 1e-3)),
            "peak_mb": round(self.peak_bytes / 1e6, 1),
        }


def programs() -> dict[str, Path]:
    """Name and program of the routers at hand: ours, and those that CLICK and FASTCLICK name."""
    found = {"mimi": binary_path()}
    for name, variable in (("click", "CLICK"), ("fastclick", "FASTCLICK")):
        if path := os.environ.get(variable):
            found[name] = Path(path)
        else:
            print(f"{name}: left out, {variable} names no program")
    return found


def _follow(process: subprocess.Popen[str]) -> tuple[str, int]:
    """What the process prints until it ends, and the most memory that was seen resident meanwhile."""
    assert process.stdout
    status = Path(f"/proc/{process.pid}/status")
    output, high_water, patience = "", 0, 0.0005  # often at first: a small capture is through in two milliseconds
    while True:
        ready, _, _ = select.select([process.stdout], [], [], patience)
        patience = min(2 * patience, 0.01)
        if peak := re.search(r"VmHWM:\s+(\d+)", status.read_text()):
            high_water = int(peak.group(1)) * 1024
        if ready:
            if not (more := os.read(process.stdout.fileno(), 1 << 16).decode()):
                return output, high_water
            output += more


def run_once(contender: Contender, packets: int, runs: Runs) -> None:
    """One process, on one processor. It is to count ``packets`` packets in an element called `c`."""
    command = [str(contender.program), "-e", contender.text, "-h", "c.count"]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # a child keeps to where its parent was
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    finally:
        os.sched_setaffinity(0, cores)
    output, high_water = _follow(process)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not re.search(rf"^{packets}$", output, re.MULTILINE):
        runs.problem = next((line.strip() for line in output.splitlines() if line.strip()), f"exit {process.returncode}")
        if missing := re.search(r"unknown element class.*", output):
            runs.problem = missing.group()
        return
    runs.user.append(usage.ru_utime)
    runs.total.append(usage.ru_utime + usage.ru_stime)
    # The kernel counts what this very process held before the program took its place: its word counts only above that.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peak = usage.ru_maxrss * 1024
    runs.peak_bytes = max(runs.peak_bytes, peak if peak > own else high_water)


def compete(contenders: Sequence[Contender], packets: int, repeat: int) -> dict[str, Runs]:
    """Each contender ``repeat`` times, taking turns, so that whatever disturbs the machine disturbs them all."""
    results = {contender.name: Runs() for contender in contenders}
    for _ in range(repeat):
        for contender in contenders:
            if not results[contender.name].problem:
                run_once(contender, packets, results[contender.name])
    return results


def ratio(results: dict[str, Runs], slow: str, fast: str) -> float | None:
    """How many times the processor time of ``fast`` that of ``slow`` is."""
    one, other = results.get(slow), results.get(fast)
    if not one or not other or one.problem or other.problem:
        return None
    return round(statistics.median(one.user) / max(statistics.median(other.user), 1e-3), 2)
