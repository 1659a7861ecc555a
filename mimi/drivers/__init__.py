# SPDX-License-Identifier: Apache-2.0
"""Drivers turn what a primary reveals into deltas.

A driver is a pure parser with a name; what brings the bytes (:mod:`mimi.drivers.syslog`) and what becomes of the
deltas (the collector in ``mimi.sync``) is not its business. :func:`make` is the seam for further kinds: add a module
and a line in :data:`KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mimi.drivers.netfilter_log import NetfilterLog
from mimi.errors import PairingError, Problem
from mimi.flow import Delta
from mimi.pairing import Pairing

__all__ = ["KINDS", "Capabilities", "Driver", "make"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of driver can know. Without ``end`` a flow's state lasts until its time-out."""

    start: bool
    update: bool
    end: bool
    snapshot: bool
    translated_ports: bool
    sequence_deltas: bool


class Driver(Protocol):
    """One pairing's parser."""

    @property
    def prefix(self) -> str:
        """How a message of interest begins; helps to find where the syslog headers end."""

    def parse(self, body: str, seq: int) -> Delta | str:
        """The delta in a message learned at ``seq`` (µs since the epoch), or the reason why there is none. Pure."""


KINDS: dict[str, tuple[Callable[[Pairing], Driver], Capabilities]] = {
    "netfilter-log": (
        NetfilterLog,
        # `end` as far as the box logs FIN and RST; nat chains alone show only the first packet of a flow.
        Capabilities(start=True, update=False, end=True, snapshot=False, translated_ports=True, sequence_deltas=False),
    ),
}


def make(pairing: Pairing) -> Driver:
    """The driver that a pairing names.

    Raises:
        PairingError: of a kind that is not in :data:`KINDS`.
    """
    kind = pairing.driver.kind
    if kind not in KINDS:
        raise PairingError(Problem("unknown driver", path="driver.kind", found=kind, expected=", ".join(sorted(KINDS))))
    return KINDS[kind][0](pairing)
