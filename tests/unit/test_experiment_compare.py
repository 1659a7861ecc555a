# SPDX-License-Identifier: Apache-2.0
"""``mimi bench compare``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run_mimi as mimi
from experiments import make_runs

from mimi.experiment.compare import compare
from mimi.experiment.report import report


def test_figures_stand_side_by_side_with_their_difference() -> None:
    rows = compare(report(make_runs(fail=300, failover=30), {}), report(make_runs(fail=300), {}))
    assert [row["primary"] for row in rows] == ["netfilter"]
    assert rows[0]["figures"]["excess failures removed"] == {"a": 0.9, "b": 1.0, "difference": pytest.approx(0.1)}


def test_rows_that_one_report_lacks_are_shown_without_a_difference() -> None:
    rows = compare(report(make_runs(), {}), report(make_runs(primary="openflow"), {}))
    assert [row["primary"] for row in rows] == ["netfilter", "openflow"]
    assert rows[0]["figures"]["failed, fail"] == {"a": 300.0, "b": None, "difference": None}
    assert rows[1]["figures"]["failed, fail"] == {"a": None, "b": 300.0, "difference": None}


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    for name, failover in (("a", 30), ("b", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(json.dumps(report(make_runs(failover=failover), {})))
    text = mimi("bench", "compare", str(tmp_path / "a"), str(tmp_path / "b" / "report.json"))
    assert text.returncode == 0 and "| excess failures removed | 90.0% | 100.0% | 10.0% |" in text.stdout
    data = json.loads(mimi("bench", "compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json").stdout)
    assert data["rows"][0]["figures"]["failed, failover"]["difference"] == -30


@pytest.mark.parametrize(
    ("content", "word"), [(None, "no report"), ("{", "not a report"), ("{}", "not a failover report"), ("[]", "another value")]
)
def test_what_is_no_report_is_said_to_be_none(tmp_path: Path, content: str | None, word: str) -> None:
    file = tmp_path / "report.json"
    if content is not None:
        file.write_text(content)
    done = mimi("bench", "compare", str(file), str(file))
    assert done.returncode == 1 and word in done.stderr


@pytest.mark.parametrize(("option", "value"), [("--rows", "web"), ("--runs", "clean,dirty"), ("--contenders", "nobody")])
def test_unknown_names_are_refused_with_the_known_ones(option: str, value: str) -> None:
    done = mimi("bench", "failover", option, value)
    assert done.returncode == 1 and option in done.stderr and "expected" in done.stderr
