# SPDX-License-Identifier: Apache-2.0
"""How big an experiment is: what is sent for how long, and when the primary's links are cut. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

PrimaryName = Literal["netfilter", "openflow"]
Workload = Literal["web", "dash"]
Scale = Literal["quick", "default", "paper"]
RunName = Literal["clean", "copied", "fail", "failover"]
ContenderName = Literal["mimi", "conntrackd", "conntrackd-commit"]

RUNS: Final[tuple[RunName, ...]] = get_args(RunName)
CONTENDERS: Final[tuple[ContenderName, ...]] = get_args(ContenderName)
SCALES: Final[tuple[Scale, ...]] = get_args(Scale)
REPEATS: Final[dict[Scale, int]] = {"quick": 1, "default": 3, "paper": 5}


@dataclass(frozen=True, slots=True)
class Size:
    """One row's load, over all clients. Times in seconds; ``cuts`` count from the beginning of the traffic.

    ``connections`` are wrk's, or DASH sessions; ``requests`` are parallel requests of the generator that knows every outcome (WEB
    only); ``streams`` are long-lived. ``server_rate_mbit`` 0 does not limit the servers.
    """

    connections: int
    requests: int
    streams: int
    seconds: float
    cuts: tuple[float, ...]
    down_s: float
    server_rate_mbit: int
    buffer_s: float = 10.0

    @property
    def after_s(self) -> float:
        """How long what is under way at the end may take: each failure can hold a player up until it gives up."""
        return 25.0 + 15.0 * len(self.cuts)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    primary: PrimaryName
    workload: Workload
    size: Size

    @property
    def name(self) -> str:
        """Also its directory, e.g. ``netfilter-web-100``."""
        return f"{self.primary}-{self.workload}-{self.size.connections}"

    @property
    def kind(self) -> str:
        """What the command line calls it, e.g. ``netfilter-web``."""
        return f"{self.primary}-{self.workload}"


def every(period_s: float, seconds: float) -> tuple[float, ...]:
    """Cuts at each multiple of ``period_s`` that leaves time to return before the end."""
    return tuple(period_s * n for n in range(1, int(seconds / period_s) + 1) if period_s * n + period_s / 4 < seconds)


def evenly(count: int, seconds: float) -> tuple[float, ...]:
    """``count`` cuts, evenly spaced, the same time before the first and after the last."""
    return tuple(round(seconds * n / (count + 1), 3) for n in range(1, count + 1))


# wrk counts a timeout when an answer takes two seconds, as it does where many requests meet at one server by chance. They do meet: in
# a closed loop with random choice all ways to spread the requests over the servers are equally likely. So one server can carry
# all requests of a WEB row at once within that time.
_QUICK_WEB = Size(20, 5, 100, 9.0, (2.0, 5.6), 2.3, 80)
_QUICK_DASH = Size(15, 0, 100, 9.0, (2.0, 5.6), 2.3, 80, buffer_s=3.0)
_WEB = Size(30, 10, 100, 100.0, every(30, 100), 7.5, 100)
_DASH = Size(50, 0, 100, 96.0, evenly(15, 96.0), 2.0, 200)


def _paper_web(connections: int) -> Size:
    return Size(connections, 20, 100, 300.0, every(30, 300), 7.5, 0)


def _paper_dash(sessions: int) -> Size:
    return Size(sessions, 0, 100, 300.0, evenly(15, 300.0), 6.0, 0)


ROWS: Final[dict[Scale, tuple[Row, ...]]] = {
    "quick": (
        Row("netfilter", "web", _QUICK_WEB),
        Row("netfilter", "dash", _QUICK_DASH),
        Row("openflow", "web", _QUICK_WEB),
        Row("openflow", "dash", _QUICK_DASH),
    ),
    "default": (
        Row("netfilter", "web", _WEB),
        Row("netfilter", "dash", _DASH),
        Row("openflow", "web", _WEB),
        Row("openflow", "dash", _DASH),
    ),
    "paper": (
        Row("netfilter", "web", _paper_web(20_000)),
        Row("netfilter", "web", _paper_web(30_000)),
        Row("netfilter", "dash", _paper_dash(50)),
        Row("openflow", "web", _paper_web(1_000)),
        Row("openflow", "web", _paper_web(2_000)),
        Row("openflow", "dash", _paper_dash(50)),
        Row("openflow", "dash", _paper_dash(100)),
    ),
}
