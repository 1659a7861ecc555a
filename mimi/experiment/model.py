# SPDX-License-Identifier: Apache-2.0
"""What one run of the benchmark measured. Pure values, as they stand in ``run.json`` (``docs/experiment.md`` documents every field)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from mimi.experiment.quantiles import Quantiles
from mimi.experiment.sizes import PrimaryName, RunName, Size, Workload


@dataclass(frozen=True, slots=True)
class Coverage:
    """The primary's live flows at a failure: how many, how many the standby knew, how many of them rightly."""

    live: int
    present: int
    correct: int


@dataclass(frozen=True, slots=True)
class Failure:
    """One cut of the primary's links. Times in seconds after the traffic began; outages are the probe's longest silence."""

    cut_s: float
    back_s: float
    outage_ms: float
    return_outage_ms: float
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Replication:
    """State on its way: changes seen, stored, applied, refused; and how long a flow's first packet was ahead of its binding."""

    seen: int = 0
    stored: int = 0
    applied: int = 0
    refused: int = 0
    lag_ms: Quantiles = field(default_factory=Quantiles)
    lag_samples: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds and the most memory of one component."""

    cpu_s: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the clients saw. ``failures``: by generator, by class; ``details``: what only that workload has."""

    begun: int
    failures: dict[str, dict[str, int]]
    streams: int
    streams_survived: int
    received_bytes: int
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Connections that failed, of all generators."""
        return sum(sum(classes.values()) for classes in self.failures.values())


@dataclass(frozen=True, slots=True)
class Run:
    """One run."""

    primary: PrimaryName
    workload: Workload
    size: Size
    name: RunName
    repeat: int
    contender: str
    seconds: float
    traffic: Traffic
    failures: tuple[Failure, ...]
    quiet_gap_ms: Quantiles
    """The probe's silences outside failures and returns: the machine's own noise."""
    throughput_mbit: tuple[float, ...]
    throughput_step_s: float
    replication: Replication
    usage: dict[str, Usage]
    machine_busy: float
    """Share of the processors' time that was not idle, all processes of the machine together."""

    def to_json(self) -> dict[str, Any]:
        """For ``run.json``."""
        return asdict(self) | {"failed": self.traffic.failed}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Run:
        """The inverse of :meth:`to_json`."""
        data = {key: value for key, value in data.items() if key != "failed"}
        size = data["size"] | {"cuts": tuple(data["size"]["cuts"])}
        replication = data["replication"] | {"lag_ms": Quantiles(**data["replication"]["lag_ms"])}
        failures = tuple(Failure(**(item | {"coverage": Coverage(**item["coverage"])})) for item in data["failures"])
        return cls(
            **data
            | {
                "size": Size(**size),
                "traffic": Traffic(**data["traffic"]),
                "failures": failures,
                "quiet_gap_ms": Quantiles(**data["quiet_gap_ms"]),
                "throughput_mbit": tuple(data["throughput_mbit"]),
                "replication": Replication(**replication),
                "usage": {name: Usage(**value) for name, value in data["usage"].items()},
            }
        )
