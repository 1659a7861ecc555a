# SPDX-License-Identifier: Apache-2.0
"""The benchmarks that forward captures: what they feed in is sound, and they end with a line of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.utils import rdpcap

from bench._trace import trace
from bench.balancer import CHOICES, MODES
from bench.firewall import boxes
from bench.forwarding import TABLES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("down", [False, True])
def test_a_trace_has_its_packets_evenly_over_its_flows(tmp_path: Path, down: bool) -> None:
    packets = rdpcap(str(trace(tmp_path, 60, 12, down)))
    flows = Counter((p[IP].src, p[IP].dst, p[UDP].sport, p[UDP].dport) for p in packets)
    assert (len(flows), set(flows.values())) == (12, {5})
    for packet in packets:
        assert len(packet) == 60
        rebuilt = packet.copy()
        del rebuilt[IP].chksum, rebuilt[UDP].chksum
        assert bytes(rebuilt) == bytes(packet)


def test_a_trace_of_tcp_is_sound(tmp_path: Path) -> None:
    for packet in rdpcap(str(trace(tmp_path, 60, 12, tcp=True))):
        assert (len(packet), str(packet[TCP].flags)) == (60, "A")
        rebuilt = packet.copy()
        del rebuilt[IP].chksum, rebuilt[TCP].chksum
        assert bytes(rebuilt) == bytes(packet)


def test_a_trace_of_ip6_is_sound_and_has_the_same_flows(tmp_path: Path) -> None:
    packets = rdpcap(str(trace(tmp_path, 60, 12, ip6=True)))
    flows = Counter((p[IPv6].src, p[IPv6].dst, p[UDP].sport, p[UDP].dport) for p in packets)
    assert (len(flows), set(flows.values())) == (12, {5})
    for packet in packets:
        assert len(packet) == 80
        rebuilt = packet.copy()
        del rebuilt[IPv6].plen, rebuilt[UDP].chksum
        assert bytes(rebuilt) == bytes(packet)


def run(module: str, tmp_path: Path, *arguments: str) -> dict[str, object]:
    command = [sys.executable, "-m", module, "--packets", "600", "--repeat", "2", "--directory", str(tmp_path), *arguments]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_traces_has_a_row_for_every_contender(tmp_path: Path) -> None:
    result = run("bench.traces", tmp_path, "--flows", "10,300", "--beginnings", "300")
    rows = result["rows"]
    assert isinstance(rows, list)
    ours = [(row["flows"], row["contender"]) for row in rows if row["contender"].startswith("mimi,")]
    assert ours == [(flows, f"mimi, {nat}") for flows in (10, 300) for nat in ("no NAT", "IPRewriter", "MinionNAT", "MinionLB")]
    for row in rows:
        assert "problem" in row or (row["packets_per_s"] > 0 and row["peak_mb"] > 0)
    assert not any("problem" in row for row in rows if row["contender"] in ("mimi, no NAT", "mimi, MinionNAT", "mimi, MinionLB"))


def test_traces_tells_how_fast_flows_begin(tmp_path: Path) -> None:
    made = run("bench.traces", tmp_path, "--flows", "10", "--beginnings", "300")["beginnings"]
    assert isinstance(made, list)
    ours = {row["contender"]: row for row in made if row["contender"].startswith("mimi,")}
    assert set(ours) >= {"mimi, MinionNAT", "mimi, MinionLB"}
    assert all(row["new_flows"] == 300 and row["new_flows_per_s"] > 0 for row in ours.values())


def test_forwarding_has_a_row_for_every_table(tmp_path: Path) -> None:
    rows = run("bench.forwarding", tmp_path, "--flows", "100")["rows"]
    assert isinstance(rows, list)
    ours = [row for row in rows if row["contender"] == "mimi"]
    assert [row["table"] for row in ours] == list(TABLES)
    assert not any("problem" in row for row in ours)


def test_balancer_has_a_row_for_every_mode_and_choice(tmp_path: Path) -> None:
    rows = run("bench.balancer", tmp_path, "--flows", "100", "--new", "300")["rows"]
    assert isinstance(rows, list)
    for version in (4, 6):
        mine = [row for row in rows if row["version"] == version]
        assert [row["contender"] for row in mine if row["part"] == "established"] == ["nothing", *MODES]
        assert [row["contender"] for row in mine if row["part"] == "new"] == ["nothing", *CHOICES, "full-nat"]
    assert not any("problem" in row for row in rows)


def test_firewall_has_a_row_for_every_box(tmp_path: Path) -> None:
    rows = run("bench.firewall", tmp_path, "--flows", "100")["rows"]
    assert isinstance(rows, list)
    assert [(row["packets"], row["box"]) for row in rows] == [
        (kind, box) for kind in ("udp", "tcp", "denied", "udp6") for box in boxes(kind)
    ]
