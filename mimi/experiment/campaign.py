# SPDX-License-Identifier: Apache-2.0
"""All runs of a benchmark, in an order that makes an early report useful, and without those that are done already."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from mimi.experiment.model import Run
from mimi.experiment.sizes import ContenderName, PrimaryName, Row, RunName
from mimi.experiment.variants import replicates

RUN_FILE: Final = "run.json"
OVERHEAD_S: Final = 8.0
"""What a run takes beside its traffic, until the first one has told."""


@dataclass(frozen=True, slots=True)
class Step:
    """One run to do."""

    row: Row
    name: RunName
    repeat: int
    contender: ContenderName

    def directory(self, out: Path) -> Path:
        """Its files."""
        return out / "runs" / f"{self.row.name}-{self.contender}" / f"{self.repeat}-{self.name}"

    @property
    def mark(self) -> str:
        """What it does, in short: a result with another mark is of another experiment."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def steps(rows: Sequence[Row], runs: Sequence[RunName], repeats: int, contenders: Sequence[ContenderName]) -> list[Step]:
    """Repeat after repeat, so that whatever is there has every row; within one, primary after primary, for each is a network.

    A run in which nothing is replicated is done once for all contenders, with the first: it is the same for each.
    """
    ordered = sorted(rows, key=lambda row: row.primary)
    found = []
    for repeat in range(1, repeats + 1):
        for row in ordered:
            able = [contender for contender in contenders if can_serve(contender, row.primary)]
            found += [Step(row, name, repeat, c) for c in able for name in runs if c == able[0] or replicates(name)]
    return found


def can_serve(contender: ContenderName, primary: PrimaryName) -> bool:
    """Whether there can be such a standby for the primary: conntrackd must run on both boxes."""
    return contender == "mimi" or primary == "netfilter"


def by_network(todo: Sequence[Step]) -> Iterator[tuple[tuple[PrimaryName, int], list[Step]]]:
    """Consecutive steps that share a network: its primary and its servers' rate."""
    group: list[Step] = []
    for step in todo:
        if group and _network_of(group[0]) != _network_of(step):
            yield _network_of(group[0]), group
            group = []
        group.append(step)
    if group:
        yield _network_of(group[0]), group


def _network_of(step: Step) -> tuple[PrimaryName, int]:
    return step.row.primary, step.row.size.server_rate_mbit


def done(step: Step, out: Path) -> Run | None:
    """The result of a step that an earlier call did, if it was the same step."""
    try:
        data = json.loads((step.directory(out) / RUN_FILE).read_text())
        return Run.from_json(data["run"]) if data["mark"] == step.mark else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


class Progress:
    """How long the rest takes, learned from what was done."""

    def __init__(self, todo: Sequence[Step]) -> None:
        self._todo = list(todo)
        self._overheads: list[float] = []
        self._began = 0.0

    def begin(self) -> None:
        """A step begins."""
        self._began = time.monotonic()

    def finish(self, step: Step) -> None:
        """It is done."""
        self._overheads.append(time.monotonic() - self._began - step.row.size.seconds)
        self._todo.remove(step)

    @property
    def left_s(self) -> float:
        """Seconds left."""
        overhead = sum(self._overheads) / len(self._overheads) if self._overheads else OVERHEAD_S
        return sum(step.row.size.seconds + overhead for step in self._todo)

    @property
    def left(self) -> str:
        """The same for people."""
        minutes, seconds = divmod(round(self.left_s), 60)
        return f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left"
