# SPDX-License-Identifier: Apache-2.0
"""Two threads push packets of both versions of IP into one balancer while flows are imported, exported and removed, and backends change."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from mimi.click.control import ControlSocket
from tests.elements.lb import BACKENDS, VIPS, WEB, six, tcp, vip6
from tests.elements.model_packets import Endpoint, endpoint_text
from tests.runtime.clickprogram import Program, wait_for

FLOWS, PACKETS, IMPORTED = 600, 30000, 2000
RAW_IP = 101
NEW: Endpoint = ("10.2.0.9", 8080)


def capture(path: Path, packets: Sequence[bytes], count: int) -> None:
    records = [struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet for packet in packets]
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW_IP)
    path.write_bytes(head + b"".join(records[n % len(records)] for n in range(count)))


def import_lines(first: int, count: int) -> str:
    lines = []
    for n in range(first, first + count):
        ends = [(f"10.8.{n // 250}.{n % 250 + 1}", 9), WEB, BACKENDS[n % len(BACKENDS)]]
        client, service, backend = map(endpoint_text, map(six, ends) if n % 2 else ends)
        lines.append(f"put 5 tcp {client} {service} {client} {backend} 7440\n")
    return "".join(lines)


def test_threads_agree_on_flows_while_others_are_imported_and_backends_change(tmp_path: Path) -> None:
    clients = [(f"10.1.{n // 250}.{n % 250 + 1}", 7) for n in range(FLOWS)]
    packets = [tcp(*ends, "S") for client in clients for ends in ((client, WEB), (six(client), six(WEB)))]
    for name in ("a", "b"):
        capture(tmp_path / name, packets, PACKETS)
        packets.reverse()
    web, web6 = VIPS[0], vip6(VIPS[0])
    text = f"""
        lb :: MinionLB({web.argument()}, {web6.argument()});
        a :: FromDump({tmp_path}/a) -> MarkIPHeader -> lb; b :: FromDump({tmp_path}/b) -> MarkIPHeader -> lb;
        Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard; StaticThreadSched(a 0, b 1);
    """
    changes = f"{web.name} {endpoint_text(NEW)}\n{web6.name} {endpoint_text(six(NEW))}\n"
    with Program(text, tmp_path, "-j", "2") as program, ControlSocket(program.address) as control:
        for first in range(0, IMPORTED, 500):
            control.write("lb.import", import_lines(first, 500))
            control.read_text("lb.export")
            control.write("lb.backend_add", changes)
            control.write("lb.backend_remove", changes)
            control.read_text("lb.vips")
        wait_for(lambda: control.read_text("a.count") == control.read_text("b.count") == str(PACKETS), "all packets are through")
        stats = {name: int(value) for name, value in map(str.split, control.read_text("lb.stats").splitlines())}
        flows = [line.split() for line in control.read_text("lb.export").splitlines()]
        listed = [line.split() for line in control.read_text("lb.vips").splitlines() if line.startswith("backend")]
    assert (stats["new_flows"], stats["forward"], stats["applied"]) == (2 * FLOWS, 2 * PACKETS, IMPORTED)
    assert len(flows) == 2 * FLOWS + IMPORTED == sum(int(words[13]) for words in listed)
    assert sum(":" in flow[3].strip("[]").rpartition(":")[0] for flow in flows) == len(flows) // 2
    assert {flow[6] for flow in flows} <= {words[1] for words in listed}
    assert "WARNING: ThreadSanitizer" not in program.stderr.read_text()
