# SPDX-License-Identifier: Apache-2.0
"""Drivers turn what a primary reveals into deltas.

A kind of driver is a *source*, which brings messages, and a pure parser, which makes deltas of them; what becomes of the
deltas (the collector in ``mimi.sync``) is not its business. :data:`KINDS` is the seam for further kinds: add a module
and a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mimi.drivers.conntrack import Conntrack
from mimi.drivers.conntrack_source import ConntrackSource
from mimi.drivers.listing import Listing
from mimi.drivers.netfilter_firewall import FirewallLog
from mimi.drivers.netfilter_log import BalancerLog
from mimi.drivers.netfilter_nat import NatLog
from mimi.drivers.openflow_monitor import OpenFlowMonitor
from mimi.drivers.openflow_source import OpenFlowSource
from mimi.drivers.published import Published
from mimi.drivers.syslog import Intake
from mimi.errors import PairingError, Problem
from mimi.flow import Delta
from mimi.pairing import Pairing
from mimi.pairing.model import Driver as Settings

__all__ = ["KINDS", "Capabilities", "Driver", "Listing", "Source", "make", "open_source", "settings_of"]


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
    def source(self) -> str:
        """What its flow records name as their source."""

    def parse(self, message: bytes, seq: int) -> Delta | Listing | str:
        """The delta in a message learned at ``seq`` (µs since the epoch), or the reason why there is none. No I/O."""


class Source(Protocol):
    """What brings messages. ``refused`` and ``refused_sources`` count what was not handed over, by reason and by sender."""

    refused: Counter[str]
    refused_sources: Counter[str]

    @property
    def limited(self) -> bool:
        """Whether a bound on the rate is wanted, because strangers may speak."""

    def watch(self, descriptor: int) -> None:
        """Also wake up when this becomes readable."""

    def receive(self, timeout_s: float) -> list[bytes]:
        """Every message that is there, after waiting up to ``timeout_s`` for the first."""

    def kernel_dropped(self) -> int:
        """What the kernel dropped because we were too slow."""

    def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How to make a driver of one kind, and what it can know."""

    parser: Callable[[Pairing], Driver]
    source: Callable[[Settings], Source]
    capabilities: Capabilities


def _intake(settings: Settings) -> Source:
    return Intake(settings.listen, settings.allow)


LOGS: dict[str, Callable[[Pairing], Driver]] = {"load-balancer": BalancerLog, "nat": NatLog, "firewall": FirewallLog}
"""Readers of netfilter's packet log, by type of the pairing."""

KINDS: dict[str, Kind] = {
    "netfilter-log": Kind(
        lambda pairing: LOGS[pairing.type](pairing),
        _intake,
        # `end` as far as the box logs FIN and RST; nat chains alone show only the first packet of a flow.
        Capabilities(start=True, update=False, end=True, snapshot=False, translated_ports=True, sequence_deltas=False),
    ),
    "conntrack": Kind(
        Conntrack,
        lambda settings: ConntrackSource(settings.netns),
        Capabilities(start=True, update=True, end=True, snapshot=True, translated_ports=True, sequence_deltas=True),
    ),
    "openflow-monitor": Kind(
        OpenFlowMonitor,
        lambda settings: OpenFlowSource(settings.switch or ""),
        Capabilities(start=True, update=True, end=False, snapshot=True, translated_ports=True, sequence_deltas=False),
    ),
    "published": Kind(
        Published,
        _intake,
        Capabilities(start=True, update=True, end=True, snapshot=True, translated_ports=True, sequence_deltas=True),
    ),
}


def make(pairing: Pairing) -> Driver:
    """The parser of the driver that a pairing names.

    Raises:
        PairingError: of a kind that is not in :data:`KINDS`.
    """
    return _kind(pairing).parser(pairing)


def open_source(pairing: Pairing) -> Source:
    """The source of the driver that a pairing names.

    Raises:
        PairingError: of a kind that is not in :data:`KINDS`, or with an address of no kind we know.
        MissingError: it cannot be listened to.
    """
    return _kind(pairing).source(settings_of(pairing))


def settings_of(pairing: Pairing) -> Settings:
    """What a pairing says of its driver.

    Raises:
        PairingError: it has none, for its primary keeps no state.
    """
    if pairing.driver is None:
        raise PairingError(
            Problem("the pairing has no driver", path="driver", found="none", hint="a translator of IPv6 prefixes has nothing to learn")
        )
    return pairing.driver


def _kind(pairing: Pairing) -> Kind:
    kind = settings_of(pairing).kind
    if kind not in KINDS:
        raise PairingError(Problem("unknown driver", path="driver.kind", found=kind, expected=", ".join(sorted(KINDS))))
    return KINDS[kind]
