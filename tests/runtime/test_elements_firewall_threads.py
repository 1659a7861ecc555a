# SPDX-License-Identifier: Apache-2.0
"""Two threads push into one firewall while its rules are replaced and flows are imported, flushed and removed beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickprogram import Program, wait_for
from scapy.layers.inet import IP, TCP
from test_elements_rewriter_threads import capture

from mimi.click.control import ControlSocket

FLOWS, PACKETS, IMPORTED = 500, 60000, 3000
SERVER = ("198.51.100.9", 443)


def client(flow: int) -> tuple[str, int]:
    return f"10.1.{flow // 250}.{flow % 250}", 1024 + flow


def segment(source: tuple[str, int], destination: tuple[str, int], flags: str) -> bytes:
    ack = 1 if "A" in flags else 0
    return bytes(IP(src=source[0], dst=destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, seq=1, ack=ack) / b"data")


def import_lines(first: int, count: int) -> str:
    lines = []
    for i in range(first, first + count):
        tuples = f"10.8.{i // 256}.{i % 256}:9 198.51.100.9:443"
        lines.append(f"put 5 tcp {tuples} {tuples} 300 state=established\n")
    return "".join(lines)


@pytest.mark.parametrize("flags", ["A", "S"], ids=["flows both ways", "floods of beginnings"])
def test_threads_agree_on_flows_while_rules_change(tmp_path: Path, flags: str) -> None:
    there = [segment(client(i), SERVER, flags) for i in range(FLOWS)]
    back = [segment(SERVER, client(i), "A") for i in range(FLOWS)] if flags == "A" else there[::-1]
    capture(tmp_path / "a", there, PACKETS)
    capture(tmp_path / "b", back, PACKETS)
    text = f"""
        fw :: MinionFirewall(RULE "allow from any tcp any any", MID_FLOW loose, PER_SOURCE 5, HALF_OPEN 100);
        a :: FromDump({tmp_path}/a) -> MarkIPHeader -> [0]fw; b :: FromDump({tmp_path}/b) -> MarkIPHeader -> [1]fw;
        fw[0] -> to0 :: Counter -> Discard; fw[1] -> to1 :: Counter -> Discard; StaticThreadSched(a 0, b 1);
    """
    with Program(text, tmp_path, "-j", "2") as program, ControlSocket(program.address) as control:
        for first in range(0, IMPORTED, 300):
            control.write("fw.import", import_lines(first, 300))
            control.write("fw.rules", f"deny from any udp any any:{first}\nallow from any tcp any any\n")
            control.read_text("fw.export")
            control.write("fw.flush_denied")
            control.write("fw.remove", f"tcp 10.8.{first // 256}.{first % 256}:9 198.51.100.9:443\n")
        wait_for(lambda: control.read_text("a.count") == control.read_text("b.count") == str(PACKETS), "all packets are through")
        stats = {name: int(value) for name, value in (line.split() for line in control.read_text("fw.stats").splitlines())}
        left = int(control.read_text("to0.count")) + int(control.read_text("to1.count"))
        assert left == stats["forward"] + stats["reverse"] + stats["aside"]
        assert left + sum(value for name, value in stats.items() if name.startswith("drop_")) == 2 * PACKETS
        keys = {tuple(line.split()[2:5]) for line in control.read_text("fw.export").splitlines()}
        imported = sum(key[1].startswith("10.8.") for key in keys)
        assert imported == IMPORTED - IMPORTED // 300
        assert int(control.read_text("fw.count")) == len(keys)
        assert sum(int(line.split()[1]) for line in control.read_text("fw.sources").splitlines()) == len(keys)
        assert control.read_text("fw.rules").startswith("1 hits 0 deny from any udp any any:2700\n2 hits ")
        control.write("fw.clear")
        assert control.read_text("fw.sources") == ""
