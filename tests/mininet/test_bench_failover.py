# SPDX-License-Identifier: Apache-2.0
"""One run of the benchmark on real traffic: failures and returns break nothing, and what is done is not done again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.root, pytest.mark.ovs, pytest.mark.redis, pytest.mark.slow]

REPOSITORY = Path(__file__).parents[2]


def bench(out: Path, *options: str) -> tuple[dict[str, Any], str]:
    command = [
        sys.executable,
        "-m",
        "mimi.cli.main",
        "bench",
        "failover",
        "--quick",
        "--rows",
        "netfilter-web",
        "--out",
        str(out),
        "--json",
    ]
    done = subprocess.run([*command, *options], cwd=REPOSITORY, text=True, capture_output=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.timeout(240)
def test_connections_outlive_two_failures_and_two_returns(tmp_path: Path) -> None:
    report, _ = bench(tmp_path, "--runs", "failover")
    run = json.loads((tmp_path / "report.json").read_text())["runs"][0]
    assert len(run["failures"]) == 2
    for failure in run["failures"]:
        covered = failure["coverage"]
        assert covered["live"] >= 100 and covered["live"] == covered["present"] == covered["correct"]
    assert (run["traffic"]["streams"], run["traffic"]["streams_survived"]) == (100, 100)
    # Requests begin all the time, also while the minion drains: those go through the primary, which must find its neighbours again.
    assert run["traffic"]["details"]["request_failures"] == []
    assert run["traffic"]["details"]["requests_complete"] > 10
    assert run["replication"]["applied"] == run["replication"]["stored"] > 100
    assert {"minion", "driver", "sync", "switches", "clients", "servers"} <= run["usage"].keys()
    row = report["rows"][0]
    assert (row["primary"], row["workload"], row["clean"], row["excess_failures_removed"]) == ("netfilter", "web", None, None)
    assert "data:image/png" in (tmp_path / "report.html").read_text() and (tmp_path / "outages.png").exists()

    again, said = bench(tmp_path, "--runs", "failover")
    assert "1 of 1 runs are there already" in said
    assert again["rows"] == report["rows"]
