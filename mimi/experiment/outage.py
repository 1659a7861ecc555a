# SPDX-License-Identifier: Apache-2.0
"""Which silence of the probe belongs to which failure. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mimi.topo.traffic.probe import NOTED_MS

RETURN_S: Final = 3.0
"""How long after the links are back a silence is put down to the return."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence: when it began, in seconds, and its length."""

    at_s: float
    ms: float

    @property
    def end_s(self) -> float:
        """When the next reply came."""
        return self.at_s + self.ms / 1000


@dataclass(frozen=True, slots=True)
class Span:
    """From a cut until the links were back."""

    cut_s: float
    back_s: float

    def meets(self, gap: Gap) -> bool:
        """Whether the silence lies in it, or reaches into it from before."""
        return gap.at_s < self.back_s and gap.end_s > self.cut_s


def longest_in(gaps: list[Gap], span: Span) -> float:
    """The longest silence in a span, in milliseconds; shorter ones than the probe notes count as its shortest."""
    return max((gap.ms for gap in gaps if span.meets(gap)), default=NOTED_MS)


def quiet_gaps(gaps: list[Gap], spans: list[Span]) -> list[float]:
    """Silences that no failure and no return explains."""
    disturbed = [Span(span.cut_s, span.back_s + RETURN_S) for span in spans]
    return [gap.ms for gap in gaps if not any(span.meets(gap) for span in disturbed)]
