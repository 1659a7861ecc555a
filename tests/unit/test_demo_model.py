# SPDX-License-Identifier: Apache-2.0
"""The demo's report: the arithmetic of excess failures, and what counts as shown."""

from __future__ import annotations

import json

import pytest

from mimi.demo.model import Deltas, Report, Run, RunName, Streams
from mimi.demo.plot import write_plot
from mimi.demo.table import table
from mimi.experiment.lag import lags_ms, read_times
from mimi.experiment.quantiles import Quantiles


def make_run(name: RunName, failed: int = 0, survived: int = 200, outage_ms: float = 8.0) -> Run:
    return Run(
        name=name, connections=1000, failed=failed, errors={}, streams=Streams(200, survived), outage_ms=Quantiles(1.0, 2.0, outage_ms),
        probe_reconnects=0, lag_ms=Quantiles(0.4, 0.9, 1.2), lag_samples=900, deltas=Deltas(900, 900, 900, 0), flows_in_minion=900,
        unknown_flows="drop", replication=True, failed_at_s=5.0, throughput_mbit=[1.0, 2.0], throughput_step_s=0.1,
    )  # fmt: skip


def report(clean: int = 0, fail: int = 250, failover: int = 0, **failover_run: float) -> Report:
    runs = [make_run("clean", clean), make_run("fail", fail, survived=40), make_run("failover", failover, **failover_run)]  # type: ignore[arg-type]
    return Report({run.name: run for run in runs}, {})


@pytest.mark.parametrize(
    ("clean", "fail", "failover", "expected"),
    [(0, 100, 0, 1.0), (0, 100, 50, 0.5), (10, 110, 20, 0.9), (5, 105, 0, 1.0), (0, 100, 130, 0.0)],
)
def test_excess_failures_removed(clean: int, fail: int, failover: int, expected: float) -> None:
    assert report(clean, fail, failover).excess_failures_removed == pytest.approx(expected)


def test_nothing_failed_means_no_ratio_and_nothing_shown() -> None:
    assert report(0, 0, 0).excess_failures_removed is None
    assert any("excess" in problem for problem in report(0, 0, 0).shortcomings())


def test_a_good_report_has_no_shortcomings() -> None:
    assert report().shortcomings() == []


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"survived": 199}, "streams died"), ({"outage_ms": 101.0}, "outage"), ({"failover": 20}, "excess")],
)
def test_every_requirement_is_checked(changed: dict[str, int], word: str) -> None:
    assert [word in problem for problem in report(**changed).shortcomings()] == [True]  # type: ignore[arg-type]


def test_a_fail_run_without_deaths_shows_nothing() -> None:
    runs = {**report().runs, "fail": make_run("fail", 250, survived=200)}
    assert any("nothing was shown" in problem for problem in Report(runs, {}).shortcomings())


def test_a_missing_run_is_named() -> None:
    runs = report().runs
    del runs["fail"]
    assert Report(runs, {}).shortcomings() == ["no fail run"]


def test_json_has_the_documented_shape() -> None:
    data = json.loads(json.dumps(report().to_json()))
    run = data["runs"]["failover"]
    assert data["schema"] == 1
    assert set(data["runs"]) == {"clean", "fail", "failover"}
    assert set(run["outage_ms"]) == {"p50", "p99", "max"}
    assert set(run["deltas"]) == {"seen", "stored", "applied", "refused"}
    assert {"connections", "failed", "streams", "lag_ms"} <= set(run)
    assert 0 <= data["excess_failures_removed"] <= 1


def test_quantiles_are_values_of_the_series() -> None:
    assert Quantiles.of([float(n) for n in range(1, 101)]) == Quantiles(51.0, 100.0, 100.0)
    assert Quantiles.of([]) == Quantiles()


def test_lag_joins_by_flow_and_ignores_the_unknown(tmp_path) -> None:  # type: ignore[no-untyped-def]
    started, usable = tmp_path / "a", tmp_path / "b"
    started.write_text("tcp 10.1.0.1:1 10.1.0.100:80\t1000000\ntcp 10.1.0.1:2 10.1.0.100:80\t2000000\n")
    usable.write_text("tcp 10.1.0.1:1 10.1.0.100:80\t77\t1400000\ntcp 10.9.9.9:1 10.1.0.100:80\t78\t9\n")
    assert lags_ms(read_times(started), read_times(usable)) == [pytest.approx(0.4)]
    assert read_times(tmp_path / "absent") == {}


def test_table_and_plot_show_every_run(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert [column.header for column in table(report()).columns] == ["", "clean", "fail", "failover"]
    write_plot(report(), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
