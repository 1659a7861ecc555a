# SPDX-License-Identifier: Apache-2.0
"""Packages as users write them, in tests/runtime/packages, with a configuration for each and what it must answer.

One text for every engine: Click, FastClick and ours read the same sources and run the same configurations.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).with_name("packages")


@dataclass(frozen=True, slots=True)
class Sample:
    """A package, a configuration that uses all of it, handlers, and their values."""

    package: str
    text: str
    answers: dict[str, str]

    @property
    def sources(self) -> Path:
        return PACKAGES / self.package

    def configuration(self) -> str:
        return f"require(package {self.package});\n{self.text}"


VANILLA = Sample(
    "vanilla",
    """InfiniteSource(LIMIT 20, STOP false) -> e :: EveryNth(4, PERIOD 0.1) -> nth :: Counter -> Discard;
e[1] -> q :: Queue(100) -> d :: Drizzle(10) -> rest :: Counter -> Discard;
Script(wait 0.35, write e.n 7, write e.seen 100, stop);""",
    {"nth.count": "5", "rest.count": "10", "d.count": "10", "q.length": "5", "e.state": "n 7, seen 100, ticks 3"},
)
BATCHED = Sample(
    "batched",
    """InfiniteSource(LIMIT 6, DATA \\<414243>, BURST 3, STOP true) -> t :: Tally -> l :: LengthClass;
InfiniteSource(LIMIT 4, DATA \\<4142>, BURST 4) -> short :: Tally(LENGTH 3) -> l;
l[0] -> even :: Counter -> Discard;
l[1] -> FirstByte(90) -> Reverse -> odd :: Counter -> first :: Classifier(0/5a, -);
first[0] -> marked :: Counter -> Discard; first[1] -> unmarked :: Counter -> Discard;""",
    {"t.packets": "6", "short.packets": "4", "even.count": "0", "odd.count": "6", "marked.count": "6", "unmarked.count": "0"},
)
FAMILY = Sample(
    "family",
    """InfiniteSource(LIMIT 3, DATA \\<0103>, STOP true) -> s :: FamilySum -> l :: Longest -> m :: FamilyMax -> Discard;""",
    {"s.sum": "12", "s.name": "even", "l.sum": "2", "m.sum": "2"},
)
FASTPATH = Sample(
    "fastpath",
    """InfiniteSource(LIMIT 4, DATA \\<4142>, BURST 4, STOP true) -> two :: Twofold -> u :: UntilEnd(65) -> c :: Counter -> Discard;""",
    {"u.state": "seen 1, last 2, threads 1, batched", "c.count": "1"},
)
ARGUMENTS = Sample(
    "arguments",
    """InfiniteSource(LIMIT 20, STOP false) -> q :: Queue(100)
    -> d :: Dispenser(9, PAINT, COUNT_ANNO AGGREGATE, BURST 2, PERIOD 0.1, ADDR 10.0.0.1, NET 10.1.0.0/16, ETHER 2:0:0:0:0:a, LABEL "two words",
        WORD one, RATIO 0.25, AGE 1.5, FRIEND c, MANY 0x20)
    -> k :: CheckPaint(9) -> c :: Counter -> Discard;
Script(wait 0.25, write d.burst 5, wait 0.1, write d.active false, wait 1, stop);""",
    {
        "c.count": "9",
        "d.moved": "9",
        "q.length": "11",
        "d.arguments": "10.0.0.1, 10.1.0.0, 255.255.0.0, 02-00-00-00-00-0A, two words, one, 0.25, 1500, c, 32, offsets",
    },
)
SAMPLES = (ARGUMENTS, VANILLA, BATCHED, FAMILY, FASTPATH)


def parse_answers(text: str) -> dict[str, str]:
    """What ``-h A -h B`` printed, by handler."""
    blocks = (block.split(":\n", 1) for block in text.strip().split("\n\n"))
    return {name.strip(): value.strip() for name, value in blocks}
