# SPDX-License-Identifier: Apache-2.0
"""Figures of a series of times."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of a series of times, in milliseconds; None where nothing was measured."""

    p50: float | None = None
    p99: float | None = None
    max: float | None = None

    @classmethod
    def of(cls, values_ms: list[float]) -> Quantiles:
        """Quantiles by rank, rounded to microseconds."""
        if not values_ms:
            return cls()
        ordered = sorted(values_ms)
        return cls(*(round(ordered[min(len(ordered) - 1, int(len(ordered) * q))], 3) for q in (0.5, 0.99, 1.0)))
