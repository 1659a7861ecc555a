# SPDX-License-Identifier: Apache-2.0
"""Several threads push into one rewriter while flows are imported, exported and removed beside them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from clickprogram import Program, wait_for
from rewriterbed import udp

from mimi.click.control import ControlSocket

FLOWS, PACKETS, IMPORTED = 1000, 60000, 3000


def capture(path: Path, packets: list[bytes], count: int) -> None:
    """A capture of raw IP in which each packet comes again and again."""
    records = [struct.pack("<IIII", 1, 0, len(data), len(data)) + data for data in packets]
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    path.write_bytes(header + b"".join(records) * (count // len(records)))


def import_lines(first: int, count: int) -> str:
    return "".join(
        f"put 5 udp 8.8.{i // 256}.{i % 256}:9 10.0.0.4:40 1.0.0.1:{61000 + i} 10.0.0.4:40 300\n" for i in range(first, first + count)
    )


@pytest.mark.parametrize("capacity", ["", ", MAPPING_CAPACITY 500, UDP_GUARANTEE 0"], ids=["roomy", "always full"])
def test_threads_agree_on_flows_while_others_are_imported(tmp_path: Path, capacity: str) -> None:
    packets = [udp((f"10.1.{i // 250}.{i % 250}", 7), ("10.0.0.4", 40)) for i in range(FLOWS)]
    for name in ("a", "b"):
        capture(tmp_path / name, packets, PACKETS)
        packets.reverse()
    text = f"""
        rw :: IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop{capacity});
        a :: FromDump({tmp_path}/a) -> MarkIPHeader -> rw; b :: FromDump({tmp_path}/b) -> MarkIPHeader -> rw;
        Idle -> [1]rw; rw[0] -> Discard; rw[1] -> Discard; StaticThreadSched(a 0, b 1);
    """
    with Program(text, tmp_path, "-j", "2") as program, ControlSocket(program.address) as control:
        for first in range(0, IMPORTED, 500):
            control.write("rw.import", import_lines(first, 500))
            control.read_text("rw.export")
            control.write("rw.remove", f"udp 8.8.{first // 256}.{first % 256}:9 10.0.0.4:40\n")
        wait_for(lambda: control.read_text("a.count") == control.read_text("b.count") == str(PACKETS), "all packets are through")
        keys = [line.split()[0:4] for line in control.read_text("rw.udp_table").replace(",", "").splitlines()]
        size = int(control.read_text("rw.table_size"))
        assert len(keys) == 2 * size == len({tuple(key) for key in keys})
        if capacity:
            assert size in (499, 500)  # the last remove may come after the last packet
        else:
            assert size == FLOWS + IMPORTED - IMPORTED // 500
            assert control.read_text("rw.mapping_failures") == "0"
