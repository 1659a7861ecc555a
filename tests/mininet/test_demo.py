# SPDX-License-Identifier: Apache-2.0
"""The whole path on real traffic: a short demo must show survival, and leave nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.leftovers import is_link_name

pytestmark = [pytest.mark.root, pytest.mark.ovs, pytest.mark.redis, pytest.mark.slow]

REPOSITORY = Path(__file__).parents[2]


def links() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir() if not is_link_name(path.name)}


def start_demo(out: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mimi.cli.main", "demo", "--out", str(out), *options]
    return subprocess.Popen(command, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def children(pid: int) -> set[int]:
    """Every descendant of a process."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found - {pid}


@pytest.mark.timeout(240)
def test_the_primary_dies_and_its_connections_live_on(tmp_path: Path) -> None:
    before = links()
    demo = start_demo(tmp_path, "--seconds", "8", "--fail-at", "3", "--json")
    output, _ = demo.communicate()
    report = json.loads((tmp_path / "report.json").read_text())
    # How long the outage took is the demo's business to judge, not a test's: machines that run tests are busy.
    assert [why for why in report["shortcomings"] if "outage" not in why] == [], output
    assert demo.returncode == (1 if report["shortcomings"] else 0)
    failover, fail = report["runs"]["failover"], report["runs"]["fail"]
    assert failover["streams"] == {"total": 200, "survived": 200, "failures": {}}
    assert fail["streams"]["survived"] < 100
    assert report["excess_failures_removed"] >= 0.95
    assert failover["deltas"]["applied"] == failover["deltas"]["stored"] > 200
    assert failover["flows_in_minion"] >= 200
    assert (tmp_path / "throughput.png").stat().st_size > 1000
    assert links() == before


@pytest.mark.timeout(120)
def test_a_killed_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    before, setting = links(), Path("/proc/sys/net/core/rmem_default").read_text()
    demo = start_demo(tmp_path, "--runs", "clean")
    deadline = time.monotonic() + 60
    while not (tmp_path / "clean").exists():  # the first run has begun: the network is up
        assert time.monotonic() < deadline and demo.poll() is None
        time.sleep(0.05)
    inside = children(demo.pid)
    assert inside
    demo.send_signal(signal.SIGKILL)
    while any(Path(f"/proc/{pid}").exists() for pid in inside):
        assert time.monotonic() < deadline, "processes left"
        time.sleep(0.05)
    assert links() == before
    assert Path("/proc/sys/net/core/rmem_default").read_text() == setting
