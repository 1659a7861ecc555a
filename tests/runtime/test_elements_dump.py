# SPDX-License-Identifier: Apache-2.0
"""Capture files, in every dialect the reader knows, and what is written back."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from clickprogram import run_click
from packetwork import data_of
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapReader

from mimi.click.router import Offload, Router
from mimi.errors import ClickError

FRAMES = [bytes(Ether() / IP(id=n) / UDP() / Raw(bytes(n))) for n in (1, 2, 3)]
TIMES_NS = [1_700_000_000_123_456_789, 1_700_000_001_000_000_000, 1_700_000_003_500_000_001]


def capture(frames: list[bytes], order: str = "<", nano: bool = False, cut: int = 0) -> bytes:
    text = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for data, time in zip(frames, TIMES_NS, strict=False):
        fraction = time % 10**9 // (1 if nano else 1000)
        kept = data[: len(data) - cut]
        text += struct.pack(order + "IIII", time // 10**9, fraction, len(kept), len(data)) + kept
    return text


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("nano", [False, True], ids=["micro", "nano"])
def test_every_dialect_is_read(tmp_path: Path, order: str, nano: bool) -> None:
    (tmp_path / "in.pcap").write_bytes(capture(FRAMES, order, nano))
    with Router(f"f :: FromDump({tmp_path}/in.pcap, STOP true) -> out :: MemoryOut") as router:
        router.run()
        packets = router.packets("out")
        assert data_of(packets) == FRAMES
        assert [p.timestamp_ns for p in packets] == [t if nano else t // 1000 * 1000 for t in TIMES_NS]
        assert (router.read("f.count"), router.running) == (b"3", False)


@pytest.mark.parametrize("nano", ["false", "true"])
def test_what_is_written_is_what_was_read(tmp_path: Path, nano: str) -> None:
    source = capture(FRAMES, nano=nano == "true")
    (tmp_path / "in.pcap").write_bytes(source)
    done = run_click("-e", f"FromDump({tmp_path}/in.pcap, STOP true) -> ToDump({tmp_path}/out.pcap, NANO {nano}, SNAPLEN 65535)")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.pcap").read_bytes() == source


def test_cut_packets_keep_their_true_length(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(capture(FRAMES, cut=10))
    done = run_click("-e", f"FromDump({tmp_path}/in.pcap, STOP true) -> ToDump({tmp_path}/out.pcap, SNAPLEN 20)")
    assert done.returncode == 0, done.stderr
    records = list(PcapReader(str(tmp_path / "out.pcap")))
    assert [(len(bytes(p)), p.wirelen) for p in records] == [(20, len(f)) for f in FRAMES]


def test_ip_packets_alone(tmp_path: Path) -> None:
    arp = bytes(Ether(type=0x806) / Raw(bytes(28)))
    (tmp_path / "in.pcap").write_bytes(capture([FRAMES[0], arp, FRAMES[2]]))
    with Router(f"f :: FromDump({tmp_path}/in.pcap, FORCE_IP true) -> DecIPTTL -> out :: MemoryOut") as router:
        router.run()
        assert [IP(p.data).ttl for p in router.packets("out")] == [63, 63]
        assert router.read("f.drops") == b"1"


def test_a_file_can_wait_keep_pace_and_be_pulled(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(capture(FRAMES))
    with Router(f"f :: FromDump({tmp_path}/in.pcap, ACTIVE false, TIMING true) -> out :: MemoryOut", clock="virtual") as router:
        router.run(ms=10)
        assert router.packets("out") == []
        router.write("f.active", "true")
        router.run(ms=1000)
        assert len(router.packets("out")) == 2
        router.run(ms=3000)
        assert len(router.packets("out")) == 1
    with Router(f"FromDump({tmp_path}/in.pcap) -> Unqueue -> out :: MemoryOut") as router:
        router.run()
        assert len(router.packets("out")) == 3


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ClickError, match="No such file"):
        Router(f"FromDump({tmp_path}/none.pcap) -> Discard")
    (tmp_path / "bad.pcap").write_bytes(b"nothing of the kind, and longer than 24 bytes")
    with pytest.raises(ClickError, match="not a pcap file"):
        Router(f"FromDump({tmp_path}/bad.pcap) -> Discard")
    (tmp_path / "short.pcap").write_bytes(capture(FRAMES)[:-5])
    done = run_click("-e", f"FromDump({tmp_path}/short.pcap, STOP true) -> c :: Counter -> Discard", "-h", "c.count")
    assert done.stdout == "2\n"
    assert "truncated record" in done.stderr


def test_an_unfinished_checksum_is_finished_in_the_file_only(tmp_path: Path) -> None:
    good = bytes(Ether() / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2) / Raw(b"data"))
    pseudo = sum(struct.unpack("!4H", good[26:34])) + 17 + 12
    unfinished = good[:40] + struct.pack("!H", (pseudo & 0xFFFF) + (pseudo >> 16)) + good[42:]
    with Router(f"in :: MemoryIn -> d :: ToDump({tmp_path}/out.pcap) -> out :: MemoryOut") as router:
        router.push("in", unfinished, offload=Offload(flags=1, csum_start=34, csum_offset=6))
        router.run()
        (packet,) = router.packets("out")
        assert packet.data == unfinished
        router.write("d.flush")
        assert [bytes(p) for p in PcapReader(str(tmp_path / "out.pcap"))] == [good]
