# SPDX-License-Identifier: Apache-2.0
"""Coverage at a failure: the primary's own table, the clients' sockets and the standby's table, compared. Pure but for ``/proc``.

The primary's table alone says nothing of what lives: it keeps flows whose end it missed. A flow counts as live when the client
has a socket for it that waits for, or has, its peer. What the client has opened since the cut is not in the primary's table.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

from mimi.experiment.model import Coverage

Flow = tuple[str, int, str, int]
"""Client address and port, service address and port."""

Place = tuple[str, int]
"""The backend's address and port."""

_LIVE = {"01", "02", "08"}
"""ESTABLISHED, SYN_SENT and CLOSE_WAIT in /proc/net/tcp: what still wants bytes."""

_CONNTRACK = re.compile(r"^tcp\s.*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=(\S+) dst=\S+ sport=(\d+) dport=\d+", re.MULTILINE)
_OVS_NAMES = {"ip_dst": "nw_dst", "nw_dst": "nw_dst", "tcp_dst": "tp_dst", "tp_dst": "tp_dst"}


def conntrack_flows(listing: str) -> dict[Flow, Place]:
    """``conntrack -L``: where each TCP flow goes."""
    return {
        (source, int(sport), target, int(dport)): (backend, int(port))
        for source, target, sport, dport, backend, port in _CONNTRACK.findall(listing)
    }


def openflow_flows(listing: str) -> dict[Flow, Place]:
    """``ovs-ofctl dump-flows``: the rules that send one client's flow to a backend (those back to clients change no destination)."""
    flows = {}
    for line in listing.splitlines():
        matched, _, actions = line.partition("actions=")
        match = {key: value for key, _, value in (part.strip().partition("=") for part in matched.split(",")) if value}
        sets = {_OVS_NAMES[name]: value for value, name in re.findall(r"set_field:([^-,]+)->(\w+)", actions) if name in _OVS_NAMES}
        sets |= {_OVS_NAMES[name]: value for name, value in re.findall(r"mod_(nw_dst|tp_dst):([^,]+)", actions)}
        if {"nw_src", "tp_src", "nw_dst", "tp_dst"} <= match.keys() and "nw_dst" in sets:
            port = int(sets.get("tp_dst", match["tp_dst"]))
            flows[match["nw_src"], int(match["tp_src"]), match["nw_dst"], int(match["tp_dst"])] = (sets["nw_dst"], port)
    return flows


def exported_flows(text: str) -> dict[Flow, Place]:
    """The minion's ``export``."""
    flows = {}
    for line in text.splitlines():
        words = line.split(" ")
        if words[0] == "put" and words[2] == "tcp":
            (source, sport), (target, dport), _, backend = (_place(word) for word in words[3:7])
            flows[source, sport, target, dport] = backend
    return flows


def _place(text: str) -> Place:
    address, _, port = text.rpartition(":")
    return address, int(port)


def sockets_of(pid: int, service: str) -> set[Flow]:
    """TCP sockets in a process's network namespace that are connected, or connecting, to ``service``."""
    return live_sockets(Path(f"/proc/{pid}/net/tcp").read_text(), service)


def live_sockets(table: str, service: str) -> set[Flow]:
    """The same, of the text of ``/proc/net/tcp``."""
    found = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        (local, lport), (remote, rport) = _proc_place(fields[1]), _proc_place(fields[2])
        if remote == service and fields[3] in _LIVE:
            found.add((local, lport, remote, rport))
    return found


def _proc_place(text: str) -> Place:
    address, _, port = text.partition(":")
    return socket.inet_ntoa(struct.pack("=I", int(address, 16))), int(port, 16)


def coverage(primary: Mapping[Flow, Place], sockets: set[Flow], standby: Mapping[Flow, Place]) -> Coverage:
    """How many of the primary's live flows the standby has, and has rightly."""
    live = [flow for flow in primary if flow in sockets]
    return Coverage(len(live), sum(flow in standby for flow in live), sum(standby.get(flow) == primary[flow] for flow in live))
