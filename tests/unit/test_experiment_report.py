# SPDX-License-Identifier: Apache-2.0
"""The benchmark's report: from runs to rows."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from experiments import make_run, make_runs

from mimi.experiment.html import page
from mimi.experiment.markdown import markdown, tables
from mimi.experiment.model import Coverage, Failure, Run, Traffic
from mimi.experiment.plots import pictures
from mimi.experiment.report import PAPER, excess_removed, group_rows, paper_rows, report
from mimi.experiment.statistics import Spread, lost_share, t95


@pytest.mark.parametrize(
    ("clean", "copied", "fail", "failover", "removed"),
    [(0, 0, 100, 0, 1.0), (10, 10, 110, 20, 0.9), (10, 20, 110, 20, 1.0), (0, 5, 100, 0, 1.0), (0, 0, 100, 150, -0.5), (7, 7, 7, 7, None)],
)
def test_excess_failures_removed_takes_copied_as_what_failover_is_measured_by(
    clean: int, copied: int, fail: int, failover: int, removed: float | None
) -> None:
    assert excess_removed(clean, copied, fail, failover) == (removed if removed is None else pytest.approx(removed))


def test_the_papers_table_gives_the_ratios_that_follow_from_it() -> None:
    removed = {(row["primary"], row["workload"], row["size"]): round(row["excess_failures_removed"], 2) for row in paper_rows()}
    assert removed == {
        ("openflow", "dash", 50): 0.42, ("openflow", "dash", 100): 0.61, ("openflow", "web", 1000): 0.77, ("openflow", "web", 2000): 0.5,
        ("netfilter", "web", 20_000): 0.9, ("netfilter", "web", 30_000): 0.8,
    }  # fmt: skip
    assert len(PAPER) == len(removed)


def test_a_row_says_what_was_asked_for() -> None:
    row = report(make_runs(1, 2, 300, 3), {})["rows"][0]
    assert {name: row[name] for name in ("primary", "workload", "size", "clean", "copied", "fail", "failover")} == {
        "primary": "netfilter", "workload": "web", "size": 20, "clean": 1, "copied": 2, "fail": 300, "failover": 3,
    }  # fmt: skip
    assert row["excess_failures_removed"] == pytest.approx(1 - 1 / 299, abs=1e-4)
    assert row["shortcomings"] == []
    assert row["by_class"]["fail"] == {"requests.reset": 300}
    assert row["lag_ms"] == {"p50": 0.4, "p99": 1.5, "max": 3.0, "samples": 1800}
    assert row["coverage"] == {"live": 100, "present": 100, "correct": 100, "share": 1.0, "worst": 1.0}


def test_repeats_become_mean_and_standard_deviation() -> None:
    runs = [run for repeat in (1, 2, 3) for run in make_runs(fail=100 * repeat, repeat=repeat)]
    row = report(runs, {})["rows"][0]
    assert (row["fail"], row["sd"]["fail"], row["repeats"]["fail"]) == (200, 100, 3)


def test_rows_are_kept_apart_by_primary_workload_size_and_contender() -> None:
    runs = [*make_runs(), *make_runs(primary="openflow"), *make_runs(workload="dash"), *make_runs(contender="other")]
    assert [len(row.runs) for row in group_rows(runs)] == [4, 4, 4, 4]


def rival_runs(failover: int, **changed: Any) -> list[Run]:
    return [run for run in make_runs(failover=failover, contender="conntrackd", **changed) if run.name in ("copied", "failover")]


def test_a_rival_is_measured_by_the_same_clean_and_fail() -> None:
    own, rival = report([*make_runs(clean=5, fail=305), *rival_runs(30)], {})["rows"]
    assert (own["shared"], rival["shared"]) == ([], ["clean", "fail"])
    assert (rival["clean"], rival["fail"], rival["excess_failures_removed"]) == (5, 305, pytest.approx(0.9))


def test_contenders_stand_side_by_side_and_the_report_says_where_mimi_is_behind() -> None:
    made = report([*make_runs(failover=3), *rival_runs(0), *make_runs(primary="openflow")], {})
    assert [(found["figure"], found["mimi"], found["rival"]) for found in made["behind"]] == [("failed connections in failover", 3, 0)]
    text = markdown(made)
    assert "a standby without state" in text and "Where a rival did better" in text and "| conntrackd | 0 | 100.0% |" in text
    assert report([*make_runs(), *rival_runs(30)], {})["behind"] == []


def test_only_mimi_is_judged_by_what_is_required() -> None:
    assert "Falls short" not in markdown(report([*make_runs(), *rival_runs(30)], {}))


def test_a_row_without_all_runs_has_no_ratio_and_is_not_judged() -> None:
    row = report([make_run("clean"), make_run("fail", 5)], {})["rows"][0]
    assert (row["copied"], row["excess_failures_removed"], row["shortcomings"]) == (None, None, [])


def slow_failure() -> tuple[Failure, ...]:
    return (Failure(1.0, 2.0, 51.0, 3.0, Coverage(0, 0, 0)),)


@pytest.mark.parametrize(
    ("runs", "word"),
    [
        (make_runs(failover=10), "excess failures removed"),
        (make_runs(fail=0), "nothing was shown"),
        ([*make_runs()[:3], make_run("failover", failures=slow_failure())], "outage"),
        ([make_runs()[0], make_run("copied", throughput_mbit=(700.0,) * 80), *make_runs()[2:]], "copied costs"),
        ([*make_runs()[:3], make_run("failover", traffic=Traffic(9, {}, 1, 1, 1, {"failed_sessions": {"stalled": 1}}))], "sessions"),
    ],
)
def test_every_requirement_is_checked(runs: list[Run], word: str) -> None:
    assert [word in problem for problem in report(runs, {})["rows"][0]["shortcomings"]] == [True]


def test_dash_has_a_requirement_of_its_own() -> None:
    assert report(make_runs(failover=12, workload="dash"), {})["rows"][0]["shortcomings"] == []
    assert report(make_runs(failover=18, workload="dash"), {})["rows"][0]["shortcomings"] != []


def test_a_run_comes_back_from_its_file_as_it_was() -> None:
    run = make_run("failover", 3)
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_lost_share_has_an_interval_that_contains_the_truth() -> None:
    cost = lost_share([100.0, 101.0, 99.0, 100.0], [95.0, 96.0, 94.0, 95.0])
    assert cost is not None
    assert cost.value == pytest.approx(0.05)
    assert cost.low < 0.05 < cost.high
    assert lost_share([1.0], [1.0, 2.0]) is None


def test_three_repeats_are_compared_by_their_means() -> None:
    runs = [
        make_run(name, repeat=n, throughput_mbit=(rate + n,) * 80) for n in (1, 2, 3) for name, rate in (("clean", 100.0), ("copied", 90.0))
    ]
    cost = group_rows(runs)[0].copied_cost()
    assert cost is not None and cost.value == pytest.approx(10 / 102)


@pytest.mark.parametrize(("degrees", "value"), [(1, 12.706), (4, 2.776), (15, 2.131), (30, 2.04), (1e6, 1.96)])
def test_students_t(degrees: float, value: float) -> None:
    assert t95(degrees) == pytest.approx(value, abs=0.005)


def test_spreads_are_written_as_the_paper_writes_them() -> None:
    assert [str(Spread(12, 1, 5)), str(Spread(15, 1.5, 5)), str(Spread(2296.4, 73.2, 5)), str(Spread(3, 0, 1))] == [
        "12 (1)",
        "15.0 (1.5)",
        "2296 (73)",
        "3",
    ]


def test_the_page_shows_rows_and_paper_side_by_side_and_names_what_falls_short() -> None:
    made = report(make_runs(failover=30), {"kernel": "x"})
    text = markdown(made)
    assert "netfilter WEB 20, mimi" in text and "the paper's netfilter WEB 20000" in text and "28331 (1388)" in text
    assert "Falls short" in text and "excess failures removed: 90.0%" in text
    assert all(len(cells) == len(table.cells[0]) for table in tables(made) for cells in table.cells)


def test_the_html_page_needs_nothing_else_and_escapes_what_it_shows() -> None:
    made = report(make_runs(), {"kernel": "<b>"})
    text = page(made, pictures(made))
    assert text.count("data:image/png;base64,") == 2
    assert "&lt;b&gt;" in text and "<b>" not in text and "http" not in text.replace("http-equiv", "")


def test_a_machine_that_was_full_is_named_as_the_limit() -> None:
    assert "no processor to spare" not in markdown(report(make_runs(), {}))
    made = report([*make_runs()[:3], make_run("failover", machine_busy=0.99)], {})
    assert "no processor to spare in: netfilter WEB 20, mimi" in markdown(made)
    assert "no processor to spare" in page(made, {})


def test_a_report_of_nothing_is_a_report() -> None:
    made = report([], {})
    assert made["rows"] == [] and "nothing was run" in markdown(made)
    assert pictures(made) == {}


def test_every_field_of_a_run_and_of_a_row_is_documented(repository_text: str) -> None:
    names = [field.name for field in dataclasses.fields(Run)] + list(report(make_runs(), {})["rows"][0])
    assert [name for name in names if f"`{name}`" not in repository_text] == []


@pytest.fixture
def repository_text(request: pytest.FixtureRequest) -> str:
    return (request.config.rootpath / "docs" / "experiment.md").read_text()
