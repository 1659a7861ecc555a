# SPDX-License-Identifier: Apache-2.0
"""The benchmark's plan: order, what is done already, time left; and the paper's four runs as pairings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from command import CONFIGS
from experiments import make_run

from mimi.experiment.campaign import RUN_FILE, Progress, by_network, done, steps
from mimi.experiment.contender import PAIRINGS
from mimi.experiment.sizes import CONTENDERS, ROWS, RUNS, SCALES, RunName, evenly, every
from mimi.experiment.variants import variant
from mimi.pairing.load import load_pairing


def test_each_repeat_has_every_row_and_run_before_the_next_begins() -> None:
    made = steps(ROWS["quick"], RUNS, 2, ("mimi",))
    assert len(made) == 2 * 4 * 4
    assert {step.repeat for step in made[:16]} == {1}
    assert [step.name for step in made[:4]] == list(RUNS)


def test_what_replicates_nothing_is_run_once_for_all_contenders_and_rivals_only_where_they_can_be() -> None:
    made = steps(ROWS["quick"], RUNS, 1, CONTENDERS)
    by_contender = {name: [(step.row.kind, step.name) for step in made if step.contender == name] for name in CONTENDERS}
    assert len(by_contender["mimi"]) == 16
    rivals = [(f"netfilter-{workload}", name) for workload in ("web", "dash") for name in ("copied", "failover")]
    assert by_contender["conntrackd"] == by_contender["conntrackd-commit"] == rivals
    alone = steps(ROWS["quick"], RUNS, 1, ("conntrackd",))
    assert [step.name for step in alone[:4]] == list(RUNS), "without MiMi the first rival does them"


def test_a_network_is_built_once_for_neighbours_that_share_it() -> None:
    groups = list(by_network(steps(ROWS["quick"], RUNS, 1, ("mimi",))))
    assert [(network, len(group)) for network, group in groups] == [(("netfilter", 80), 8), (("openflow", 80), 8)]
    assert list(by_network([])) == []


def test_what_is_done_is_not_repeated_unless_it_was_another_experiment(tmp_path: Path) -> None:
    step = steps(ROWS["quick"], ("clean",), 1, ("mimi",))[0]
    assert done(step, tmp_path) is None
    directory = step.directory(tmp_path)
    directory.mkdir(parents=True)
    (directory / RUN_FILE).write_text(json.dumps({"mark": step.mark, "run": make_run("clean").to_json()}))
    assert done(step, tmp_path) == make_run("clean")
    longer = replace(step, row=replace(step.row, size=replace(step.row.size, seconds=19.0)))
    assert longer.directory(tmp_path) == directory and done(longer, tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mark": 1}', '{"mark": "MARK", "run": {}}', '{"mark": "MARK", "run": []}'])
def test_a_broken_result_is_no_result(tmp_path: Path, text: str) -> None:
    step = steps(ROWS["quick"], ("clean",), 1, ("mimi",))[0]
    step.directory(tmp_path).mkdir(parents=True)
    (step.directory(tmp_path) / RUN_FILE).write_text(text.replace("MARK", step.mark))
    assert done(step, tmp_path) is None


def test_time_left_shrinks_with_every_run() -> None:
    todo = steps(ROWS["quick"], RUNS, 1, ("mimi",))
    progress = Progress(todo)
    before = progress.left_s
    assert before > 16 * 9
    progress.begin()
    progress.finish(todo[0])
    assert progress.left_s < before


def test_quick_can_be_done_in_five_minutes() -> None:
    assert Progress(steps(ROWS["quick"], RUNS, 1, ("mimi",))).left_s < 300


@pytest.mark.parametrize("scale", SCALES)
def test_every_cut_has_its_return_before_the_next_and_before_the_end(scale: str) -> None:
    for row in ROWS[scale]:  # type: ignore[index]
        returns = [cut + row.size.down_s for cut in row.size.cuts]
        assert all(back < after for back, after in zip(returns, [*row.size.cuts[1:], row.size.seconds], strict=True)), row.name
        assert row.size.requests % 5 == row.size.streams % 5 == row.size.connections % 5 == 0, "spread evenly over five clients"


def test_row_names_are_unique_within_a_scale() -> None:
    for rows in ROWS.values():
        assert len({row.name for row in rows}) == len(rows)


def test_cuts_are_where_the_paper_has_them() -> None:
    assert every(30, 100) == (30, 60, 90)
    assert every(30, 90) == (30, 60), "no cut at the very end"
    assert evenly(15, 96) == tuple(6.0 * n for n in range(1, 16))


@pytest.mark.parametrize("file", PAIRINGS.values())
@pytest.mark.parametrize(("name", "replicates"), [("clean", False), ("copied", True), ("fail", False), ("failover", True)])
def test_the_four_runs_are_valid_pairings(tmp_path: Path, file: str, name: RunName, replicates: bool) -> None:
    path = tmp_path / "pairing.yaml"
    path.write_text(variant((CONFIGS / file).read_text(), name))
    pairing = load_pairing(path)
    assert pairing.fabric is not None
    assert pairing.sync.enabled == pairing.fabric.mirror == replicates
    assert (pairing.minion.unknown_flows, pairing.failover.failback) == (("drop", "drain") if replicates else ("pick", "immediate"))
