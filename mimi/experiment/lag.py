# SPDX-License-Identifier: Apache-2.0
"""Replication lag from the primary's first packet on: the SYN tap's times joined with sync's trace."""

from __future__ import annotations

from pathlib import Path


def read_times(path: Path) -> dict[str, int]:
    """Lines that begin with a flow key and end with nanoseconds since the epoch: the first time of every key.

    Fields are separated by tabs; sync's trace has the sequence number between the two.
    """
    times: dict[str, int] = {}
    if path.exists():
        for line in path.read_text().splitlines():
            fields = line.split("\t")
            times.setdefault(fields[0], int(fields[-1]))
    return times


def lags_ms(started: dict[str, int], usable: dict[str, int]) -> list[float]:
    """Milliseconds from a flow's first packet at the primary to its binding being usable in the minion."""
    return [(usable[key] - start) / 1e6 for key, start in started.items() if key in usable and usable[key] >= start]
