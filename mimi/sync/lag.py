# SPDX-License-Identifier: Apache-2.0
"""Lag over a sliding window, cheap enough to count every delta."""

from __future__ import annotations

import math
from typing import Final

STEPS: Final = 32
"""Buckets per doubling: a percentile is right to about 3 %."""

BUCKETS: Final = 40 * STEPS


class LagWindow:
    """Percentiles of microseconds over the last one to two turns (a turn: :meth:`turn`)."""

    def __init__(self) -> None:
        self.last_us = 0
        self._now = [0] * BUCKETS
        self._before = [0] * BUCKETS
        self._max_now = self._max_before = 0

    def add(self, lag_us: int) -> None:
        """Count one delta."""
        value = max(lag_us, 0)
        self.last_us = value
        self._max_now = max(self._max_now, value)
        self._now[bucket(value)] += 1

    def turn(self) -> None:
        """Forget what is older than the previous turn."""
        self._before, self._now = self._now, [0] * BUCKETS
        self._max_before, self._max_now = self._max_now, 0

    def summary(self) -> dict[str, float | None]:
        """``p50``, ``p99``, ``max`` and ``last`` in milliseconds; None while there is nothing to tell."""
        counts = [a + b for a, b in zip(self._now, self._before, strict=True)]
        total = sum(counts)
        if not total:
            return {"p50": None, "p99": None, "max": None, "last": None}
        highest = max(self._max_now, self._max_before)
        return {
            "p50": round(min(_quantile(counts, total, 0.50), highest) / 1000, 3),
            "p99": round(min(_quantile(counts, total, 0.99), highest) / 1000, 3),
            "max": highest / 1000,
            "last": self.last_us / 1000,
        }


def bucket(value: int) -> int:
    """Bucket of a value: exact below :data:`STEPS`, then STEPS per doubling."""
    shift = value.bit_length() - 6
    if shift <= 0:
        return min(2 * STEPS, value)
    return min(BUCKETS - 1, shift * STEPS + (value >> shift))


def upper(index: int) -> int:
    """Largest value of a bucket."""
    if index < 2 * STEPS:
        return index
    shift = index // STEPS - 1
    return ((index - shift * STEPS + 1) << shift) - 1


def _quantile(counts: list[int], total: int, share: float) -> int:
    wanted = math.ceil(share * total)
    seen = 0
    for index, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return upper(index)
    return upper(len(counts) - 1)
