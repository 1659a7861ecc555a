# SPDX-License-Identifier: Apache-2.0
"""Several threads push into one translator while flows are imported, exported and removed beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickprogram import Program, wait_for
from rewriterbed import udp
from test_elements_rewriter_threads import capture

from mimi.click.control import ControlSocket

FLOWS, PACKETS, IMPORTED = 1000, 60000, 3000


def import_lines(first: int, count: int, ports: range) -> str:
    return "".join(
        f"put 5 udp 10.8.{i // 256}.{i % 256}:9 192.0.2.4:40 203.0.113.2:{ports[i % len(ports)]} 192.0.2.4:40 300\n"
        for i in range(first, first + count)
    )


@pytest.mark.parametrize("ports", [range(1024, 65536), range(2000, 2250)], ids=["roomy", "always full"])
def test_threads_agree_on_flows_and_ports_while_others_are_imported(tmp_path: Path, ports: range) -> None:
    packets = [udp((f"10.1.{i // 250}.{i % 250}", 7), ("192.0.2.4", 40)) for i in range(FLOWS)]
    for name in ("a", "b"):
        capture(tmp_path / name, packets, PACKETS)
        packets.reverse()
    text = f"""
        nat :: MinionNAT(POOL 203.0.113.1-203.0.113.2 {ports[0]}-{ports[-1]}, INSIDE 10.0.0.0/8);
        a :: FromDump({tmp_path}/a) -> MarkIPHeader -> nat; b :: FromDump({tmp_path}/b) -> MarkIPHeader -> nat;
        Idle -> [1]nat; nat[0] -> Discard; nat[1] -> Discard; StaticThreadSched(a 0, b 1);
    """
    with Program(text, tmp_path, "-j", "2") as program, ControlSocket(program.address) as control:
        for first in range(0, IMPORTED, 500):
            control.write("nat.import", import_lines(first, 500, ports))
            control.read_text("nat.export")
            control.read_text("nat.mappings")
            control.write("nat.remove", f"udp 10.8.{first // 256}.{first % 256}:9 192.0.2.4:40\n")
        wait_for(lambda: control.read_text("a.count") == control.read_text("b.count") == str(PACKETS), "all packets are through")
        stats = {name: int(value) for name, value in map(str.split, control.read_text("nat.stats").splitlines())}
        flows = [line.split() for line in control.read_text("nat.export").splitlines()]
        mappings = [line.split() for line in control.read_text("nat.mappings").splitlines()]
        used = sum(int(line.split()[6]) for line in control.read_text("nat.pools").splitlines() if line.startswith("address"))
    ours = [flow[5] for flow in flows if flow[3].startswith("10.1.")]
    assert len(ours) == len(set(ours)) == stats["new_flows"]
    assert stats["forward"] + stats["drop_no_port"] + stats["drop_refused"] == 2 * PACKETS
    assert sorted((flow[3], flow[5]) for flow in flows) == sorted((mapping[1], mapping[2]) for mapping in mappings)
    assert used == len({mapping[2] for mapping in mappings})
    if len(ports) > IMPORTED:
        assert (len(ours), stats["drop_no_port"]) == (FLOWS, 0)
    else:
        assert stats["drop_no_port"] > 0
        assert len(flows) <= 2 * len(ports)
    assert "WARNING: ThreadSanitizer" not in program.stderr.read_text()
