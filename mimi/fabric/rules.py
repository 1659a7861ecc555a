# SPDX-License-Identifier: Apache-2.0
"""A pairing as OpenFlow 1.3 state, one value per switch. No I/O, no switch, no library.

Every switch of a fabric stands on one side of the middlebox. It knows its hosts, the primary's port and the minion's
port, and the MAC address that both boxes answer with on that side. Two tables, and one fast-failover group::

    table 0   a frame between bridges themselves (01:80:c2:00:00:0x)  -> drop
              from a host's port                                      -> table 1
              from the primary's or the minion's port                 -> table 2
              else                                                    -> drop
    table 1   an answer to the middlebox (ARP or neighbour discovery) -> the primary's port, the minion's port
              to the middlebox                                        -> group
              to a host                                               -> its port
              to many                                                 -> every host's port, group
              else                                                    -> drop
    table 2   from the minion's port, to the middlebox                -> the primary's port
              to a host                                               -> its port
              to many                                                 -> every host's port
              else                                                    -> drop
    group     first live of: primary's port, minion's port

Both boxes ask for hosts with the same MAC address, so the switch cannot tell whose question an ARP reply, or IPv6's neighbour
advertisement, answers: both get it. A primary that comes back while the minion drains knows nobody's address, and its answers would
go to the minion alone.

With ``mirror``, what table 1 sends to the middlebox also goes to the minion's port, addressed to :data:`COPY_MAC`, which no box
has: the minion drops it at its first element, before any table, whatever it is doing. While traffic is steered to the minion there
is no copy; nor of frames to many, nor of what a draining minion hands back.

A switch never sends a frame back where it came from, so "every host's port" needs no exception for the sender. What a
box sends only reaches hosts, but for what a draining minion hands back: that goes to the primary as it came. No loop, and the
minion hears nothing but these answers while the group's first bucket is live. When
failover steers to the minion, the buckets change places on all switches: one that still has its link to the primary
must not use it when the other side has lost its own.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

from mimi.pairing.model import Fabric, Pairing, Switch

Steer = Literal["primary", "minion", "drain"]
"""Whose bucket is first. A minion that drains is in the path like one that stands in."""

MANY = "01:00:00:00:00:00"
"""Address and mask of everything that is not for one station."""

BRIDGES = "01:80:c2:00:00:00"
BRIDGES_MASK = "ff:ff:ff:ff:ff:f0"
"""IEEE 802.1Q table 8-1: frames that a bridge must not pass on."""

COPY_MAC = "06:6d:69:6d:69:01"
"""Destination of mirrored frames: locally administered, and nobody's."""

ARP_REPLY = 2
"""RFC 826's code."""

NEIGHBOUR_ADVERTISEMENT = 136
"""RFC 4861's ICMPv6 type: who answers a neighbour solicitation."""

FROM_HOST, FROM_BOX = 1, 2
"""Tables, by where a frame came from; table 0 tells."""

COOKIE_MARK = 0x4D694D69
"""Upper half of the cookie of every flow of ours; the lower half is the pairing's."""


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """Port by name (or number, see :mod:`mimi.fabric.resolve`); empty fields match everything.

    ``arp_op`` matches ARP only, ``icmp6_type`` ICMPv6 right behind IPv6's header only.
    """

    in_port: str | int = ""
    eth_dst: str = ""
    eth_dst_mask: str = ""
    arp_op: int = 0
    icmp6_type: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """One entry. ``outputs`` are ports, ``group`` a group id, ``goto`` a table; none of them drops.

    ``copy_to`` is a port that gets the frame too, after all others, addressed to COPY_MAC.
    """

    table: int
    priority: int
    match: Match
    outputs: tuple[str | int, ...] = ()
    group: int | None = None
    goto: int | None = None
    copy_to: str | int = ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Sends to ``port`` while ``port`` is live."""

    port: str | int


@dataclass(frozen=True, slots=True)
class Group:
    """A fast-failover group: the first live bucket takes the frame, the switch decides alone."""

    id: int
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class SwitchState:
    """What one switch should hold."""

    name: str
    datapath_id: int
    cookie: int
    group: Group
    flows: tuple[Flow, ...]


def fabric_rules(pairing: Pairing, steer: Steer = "primary") -> dict[int, SwitchState]:
    """Desired state by datapath id; empty for a pairing without a fabric."""
    if pairing.fabric is None:
        return {}
    return {switch.datapath_id: _switch_state(pairing, pairing.fabric, switch, steer) for switch in pairing.fabric.switches}


def cookie_of(name: str) -> int:
    """Cookie of a pairing's flows."""
    return COOKIE_MARK << 32 | zlib.crc32(name.encode())


def group_of(name: str) -> int:
    """Id of a pairing's group: groups have no cookie, so the id itself must tell whose it is."""
    return 0x4D000000 | zlib.crc32(name.encode()) & 0x00FFFFFF


def _switch_state(pairing: Pairing, fabric: Fabric, switch: Switch, steer: Steer) -> SwitchState:
    box_mac = getattr(pairing.minion.interfaces, switch.interface).mac.lower()
    ports = [switch.primary_port, switch.minion_port]
    group = Group(group_of(pairing.name), tuple(Bucket(p) for p in (ports if steer == "primary" else reversed(ports))))
    copy_to = switch.minion_port if fabric.mirror and steer == "primary" else ""
    host_ports = tuple(sorted({host.port for host in switch.hosts}))
    flows = [
        Flow(0, 300, Match(eth_dst=BRIDGES, eth_dst_mask=BRIDGES_MASK)),
        *(Flow(0, 200, Match(in_port=port), goto=FROM_HOST) for port in host_ports),
        *(Flow(0, 200, Match(in_port=port), goto=FROM_BOX) for port in ports),
        Flow(FROM_HOST, 300, Match(eth_dst=box_mac, arp_op=ARP_REPLY), outputs=tuple(ports)),
        Flow(FROM_HOST, 300, Match(eth_dst=box_mac, icmp6_type=NEIGHBOUR_ADVERTISEMENT), outputs=tuple(ports)),
        Flow(FROM_HOST, 200, Match(eth_dst=box_mac), group=group.id, copy_to=copy_to),
        Flow(FROM_HOST, 100, Match(eth_dst=MANY, eth_dst_mask=MANY), outputs=host_ports, group=group.id),
        Flow(FROM_BOX, 300, Match(in_port=switch.minion_port, eth_dst=box_mac), outputs=(switch.primary_port,)),
        Flow(FROM_BOX, 100, Match(eth_dst=MANY, eth_dst_mask=MANY), outputs=host_ports),
    ]
    for table in (FROM_HOST, FROM_BOX):
        flows += [Flow(table, 200, Match(eth_dst=host.mac.lower()), outputs=(host.port,)) for host in switch.hosts]
    flows += [Flow(table, 0, Match()) for table in (0, FROM_HOST, FROM_BOX)]
    return SwitchState(switch.name, switch.datapath_id, cookie_of(pairing.name), group, tuple(sorted(flows, key=_order)))


def _order(flow: Flow) -> tuple[int, int, str, str, int]:
    return (flow.table, -flow.priority, str(flow.match.in_port), flow.match.eth_dst, flow.match.icmp6_type)
