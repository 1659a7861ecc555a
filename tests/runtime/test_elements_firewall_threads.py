# SPDX-License-Identifier: Apache-2.0
"""Two threads push into one firewall while its rules are replaced and flows are imported, flushed and removed beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickprogram import Program, wait_for
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from test_elements_rewriter_threads import capture

from mimi.click.control import ControlSocket
from tests.elements.model_packets import endpoint_text

FLOWS, PACKETS, IMPORTED = 500, 60000, 3000
MARK = {4: "MarkIPHeader", 6: "CheckIP6Header"}
SERVER = {4: "198.51.100.9", 6: "2001:db8:f::9"}


def client(version: int, flow: int) -> str:
    return f"10.1.{flow // 250}.{flow % 250}" if version == 4 else f"2001:db8:1:{flow + 1:x}::1"


def stranger(version: int, i: int) -> str:
    """Of a flow that is imported."""
    return f"10.8.{i // 256}.{i % 256}" if version == 4 else f"2001:db8:8:{i + 1:x}::1"


def segments(version: int, flow: int, flags: str) -> tuple[bytes, bytes]:
    """To the server, and back."""
    ends = (client(version, flow), 1024 + flow), (SERVER[version], 443)
    ip = IP if version == 4 else IPv6
    there, back = (
        bytes(ip(src=a[0], dst=b[0]) / TCP(sport=a[1], dport=b[1], flags=which, seq=1, ack=int("A" in which)) / b"data")
        for a, b, which in ((*ends, flags), (ends[1], ends[0], "A"))
    )
    return there, back


def key(version: int, i: int) -> str:
    return f"tcp {endpoint_text((stranger(version, i), 9))} {endpoint_text((SERVER[version], 443))}"


def import_lines(version: int, first: int, count: int) -> str:
    tuples = (key(version, i) for i in range(first, first + count))
    return "".join(f"put 5 {flow} {flow.removeprefix('tcp ')} 300 state=established\n" for flow in tuples)


@pytest.mark.parametrize("version", MARK)
@pytest.mark.parametrize("flags", ["A", "S"], ids=["flows both ways", "floods of beginnings"])
def test_threads_agree_on_flows_while_rules_change(tmp_path: Path, flags: str, version: int) -> None:
    both = [segments(version, i, flags) for i in range(FLOWS)]
    there = [out for out, _ in both]
    back = [answer for _, answer in both] if flags == "A" else there[::-1]
    capture(tmp_path / "a", there, PACKETS)
    capture(tmp_path / "b", back, PACKETS)
    text = f"""
        fw :: MinionFirewall(RULE "allow from any tcp any any", MID_FLOW loose, PER_SOURCE 5, HALF_OPEN 100);
        a :: FromDump({tmp_path}/a) -> {MARK[version]} -> [0]fw; b :: FromDump({tmp_path}/b) -> {MARK[version]} -> [1]fw;
        fw[0] -> to0 :: Counter -> Discard; fw[1] -> to1 :: Counter -> Discard; StaticThreadSched(a 0, b 1);
    """
    with Program(text, tmp_path, "-j", "2") as program, ControlSocket(program.address) as control:
        for first in range(0, IMPORTED, 300):
            control.write("fw.import", import_lines(version, first, 300))
            control.write("fw.rules", f"deny from any udp any any:{first}\nallow from any tcp any any\n")
            control.read_text("fw.export")
            control.write("fw.flush_denied")
            control.write("fw.remove", key(version, first) + "\n")
        wait_for(lambda: control.read_text("a.count") == control.read_text("b.count") == str(PACKETS), "all packets are through")
        stats = {name: int(value) for name, value in (line.split() for line in control.read_text("fw.stats").splitlines())}
        left = int(control.read_text("to0.count")) + int(control.read_text("to1.count"))
        assert left == stats["forward"] + stats["reverse"] + stats["aside"]
        assert left + sum(value for name, value in stats.items() if name.startswith("drop_")) == 2 * PACKETS
        keys = {tuple(line.split()[2:5]) for line in control.read_text("fw.export").splitlines()}
        imported = sum(words[1].startswith(("10.8.", "[2001:db8:8:")) for words in keys)
        assert imported == IMPORTED - IMPORTED // 300
        assert int(control.read_text("fw.count")) == len(keys)
        assert sum(int(line.split()[1]) for line in control.read_text("fw.sources").splitlines()) == len(keys)
        assert control.read_text("fw.rules").startswith("1 hits 0 deny from any udp any any:2700\n2 hits ")
        control.write("fw.clear")
        assert control.read_text("fw.sources") == ""
