# SPDX-License-Identifier: Apache-2.0
"""Means, spreads and intervals. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
"""Two-sided 95 % quantiles of Student's t for 1, 2, … degrees of freedom; 1.96 + 2.4 / df is close enough beyond."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, standard deviation (of the sample; 0 for one value) and number of values."""

    mean: float
    sd: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0, len(values))

    def __str__(self) -> str:
        digits = 0 if self.mean >= 100 or (self.mean == round(self.mean) and self.sd == round(self.sd)) else 1
        return f"{self.mean:.{digits}f} ({self.sd:.{digits}f})" if self.n > 1 else f"{self.mean:.{digits}f}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def t95(degrees: float) -> float:
    """Student's t."""
    whole = max(1, math.floor(degrees))
    return _T95[whole - 1] if whole <= len(_T95) else 1.96 + 2.4 / whole


def lost_share(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """By how much the mean of ``after`` is lower than that of ``before``, as a share of it (Welch's interval).

    None without two values on each side.
    """
    if len(before) < 2 or len(after) < 2 or statistics.fmean(before) <= 0:
        return None
    a, b = Spread.of(before), Spread.of(after)
    va, vb = a.sd**2 / a.n, b.sd**2 / b.n
    difference, error = a.mean - b.mean, math.sqrt(va + vb)
    degrees = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1)) if error > 0 else a.n + b.n - 2
    half = t95(degrees) * error
    return Interval(difference / a.mean, (difference - half) / a.mean, (difference + half) / a.mean)
