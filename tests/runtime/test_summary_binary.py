# SPDX-License-Identifier: Apache-2.0
"""Binary records of IP summary dumps."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mimi.click.router import Router
from mimi.errors import ClickError

FIELDS = "timestamp ip_src sport ip_dst dport ip_proto ip_len ip_id ip_tos ip_opt tcp_seq tcp_off tcp_flags tcp_window tcp_opt count link aggregate"
PACKETS = """!data timestamp ip_src sport ip_dst dport ip_proto ip_len ip_id ip_tos ip_opt tcp_seq tcp_flags tcp_window count link aggregate
1.500000 18.26.4.44 30 10.0.0.4 40 T 100 7 3 rr{2.3.4.5}+3 4000000000 SA 65535 1 1 4294967295
2.250000 1.2.3.4 5 6.7.8.9 65535 U 60 8 0 . 0 . 0 9 0 1
"""


def convert(source: Path, result: Path, options: str) -> None:
    with Router(
        f"FromIPSummaryDump({source}, STOP true, ZERO true) -> t :: ToIPSummaryDump({result}, {options})", clock="virtual"
    ) as router:
        router.run(ms=1000)
        router.write("t.flush", "")


def test_binary_says_what_the_text_says(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(PACKETS)
    convert(tmp_path / "in", tmp_path / "text", f"FIELDS {FIELDS}")
    convert(tmp_path / "in", tmp_path / "binary", f"BINARY true, FIELDS {FIELDS}")
    convert(tmp_path / "binary", tmp_path / "again", f"FIELDS {FIELDS}")
    assert (tmp_path / "again").read_text() == (tmp_path / "text").read_text()
    assert len((tmp_path / "again").read_text().splitlines()) == 4


def test_records_are_numbers_in_network_order_behind_their_length(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(PACKETS)
    convert(tmp_path / "in", tmp_path / "binary", "BINARY true, FIELDS timestamp ip_src sport ip_proto tcp_flags")
    head, _, data = (tmp_path / "binary").read_bytes().partition(b"!binary\n")
    assert head == b"!IPSummaryDump 1.3\n!data timestamp ip_src sport ip_proto tcp_flags\n"
    records = list(struct.iter_unpack(">III4sHBB", data))
    assert records == [(20, 1, 500000, bytes([18, 26, 4, 44]), 30, 6, 0x12), (20, 2, 250000, bytes([1, 2, 3, 4]), 5, 17, 0)]


@pytest.mark.parametrize("rest", [b"\0\0\0", b"\0\0\0\x03", b"\0\0\0\x06\0", b"\x7f\xff\xff\xff\0", b"\0\0\0\x05\0"])
def test_a_file_cut_short_gives_its_whole_records(rest: bytes, tmp_path: Path) -> None:
    line = b"!data ip_id\0\0"
    (tmp_path / "in").write_bytes(b"!data sport\n!binary\n\0\0\0\x06\0\x09" + struct.pack(">I", 1 << 31 | len(line) + 4) + line + rest)
    convert(tmp_path / "in", tmp_path / "out", "HEADER false, FIELDS sport")
    assert (tmp_path / "out").read_text() == "9\n"


def test_text_fields_cannot_be_written_in_binary(tmp_path: Path) -> None:
    with pytest.raises(ClickError, match="payload"):
        Router(f"Idle -> ToIPSummaryDump({tmp_path / 'out'}, BINARY true, FIELDS payload)")
