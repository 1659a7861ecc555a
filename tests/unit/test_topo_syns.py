# SPDX-License-Identifier: Apache-2.0
"""The SYN generator makes frames that a second implementation calls correct."""

from __future__ import annotations

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from mimi.topo.traffic.syns import syn_frames


def test_frames_are_valid_syns_of_distinct_flows() -> None:
    flows = set()
    for frame in syn_frames(bytes.fromhex("0200000001fe"), "10.1.0.100", 8080, 130):
        packet = Ether(frame)
        rebuilt = Ether(frame)
        del rebuilt[IP].chksum, rebuilt[TCP].chksum
        rebuilt = Ether(bytes(rebuilt))
        assert (packet[IP].chksum, packet[TCP].chksum) == (rebuilt[IP].chksum, rebuilt[TCP].chksum)
        assert packet[TCP].flags == "S" and packet[IP].dst == "10.1.0.100"
        flows.add((packet[IP].src, packet[TCP].sport))
    assert len(flows) == 130
