# SPDX-License-Identifier: Apache-2.0
"""Capture files, in every dialect the reader knows, and what is written back."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

import pytest
from clickprogram import run_click
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import data_of
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapReader

from mimi.click import binary_path
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


def frames_of(lengths: list[int]) -> list[bytes]:
    """One frame a length, no two alike."""
    return [struct.pack("!12xHI", 0x800, n).ljust(length, bytes([n & 255]))[:length] for n, length in enumerate(lengths)]


def untimed_capture(frames: list[bytes], link: int = 1) -> bytes:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    return header + b"".join(struct.pack("<IIII", n, 0, len(frame), len(frame)) + frame for n, frame in enumerate(frames))


LENGTHS = st.lists(
    st.one_of(st.integers(0, 80), st.integers(1400, 1600), st.sampled_from([65_000, 131_000, 131_072, 300_000])), max_size=60
)


@settings(deadline=None, max_examples=40)
@given(lengths=LENGTHS, link=st.sampled_from([1, 101, 113]), burst=st.integers(1, 40), held=st.booleans())
def test_records_of_any_length_come_whole_and_in_order(lengths: list[int], link: int, burst: int, held: bool) -> None:
    """Held packets keep their bytes while later ones are read; packets let go of make room for later ones."""
    frames = frames_of(lengths)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "in.pcap")
        path.write_bytes(untimed_capture(frames, link))
        queue = "-> Queue(1000) -> u :: Unqueue(ACTIVE false)" if held else ""
        with Router(f"f :: FromDump({path}, BURST {burst}) {queue} -> out :: MemoryOut") as router:
            router.run()
            if held:
                router.write("u.active", "true")
                router.run()
            packets = router.packets("out")
            assert data_of(packets) == frames
            assert [p.timestamp_ns for p in packets] == [n * 10**9 for n in range(len(frames))]
            assert int(router.read("f.filepos")) == path.stat().st_size


@pytest.mark.parametrize("copies", [1, 40], ids=["all lent", "more than is lent"])
def test_packets_may_be_written_to_and_kept(tmp_path: Path, copies: int) -> None:
    """A queue that keeps everything, more than the reader lends; each packet changed, grown at both ends, and one clone of each not."""
    frames = frames_of([1000 + n % 7 for n in range(250)] * copies)
    (tmp_path / "in.pcap").write_bytes(untimed_capture(frames))
    text = f"""
        FromDump({tmp_path}/in.pcap) -> t :: Tee -> EtherEncap(0x1234, 1:2:3:4:5:6, 6:5:4:3:2:1)
            -> Pad(2000) -> Queue(100000) -> u :: Unqueue(ACTIVE false, BURST 64) -> out :: MemoryOut;
        t[1] -> Queue(100000) -> v :: Unqueue(ACTIVE false, BURST 64) -> clones :: MemoryOut;
    """
    with Router(text) as router:
        router.run()
        router.write("u.active", "true")
        router.write("v.active", "true")
        router.run()
        header = bytes.fromhex("0605040302010102030405061234")
        assert data_of(router.packets("out")) == [(header + frame).ljust(2000, b"\0") for frame in frames]
        assert data_of(router.packets("clones")) == frames


def test_packets_in_place_are_changed_alone(tmp_path: Path) -> None:
    frames = [bytes(Ether() / IP(id=n, ttl=9) / UDP() / Raw(bytes(n % 50))) for n in range(3000)]
    (tmp_path / "in.pcap").write_bytes(untimed_capture(frames))
    chain = "Strip(14) -> MarkIPHeader -> DecIPTTL -> EtherEncap(0x800, 1:2:3:4:5:6, 6:5:4:3:2:1)"
    with Router(f"FromDump({tmp_path}/in.pcap) -> {chain} -> CheckIPHeader(14) -> out :: MemoryOut") as router:
        router.run()
        packets = [p.data for p in router.packets("out")]
    assert [(IP(data[14:]).id, IP(data[14:]).ttl) for data in packets] == [(n, 8) for n in range(3000)]
    assert [data[34:] for data in packets] == [frame[34:] for frame in frames]


def test_packets_outlive_their_source(tmp_path: Path) -> None:
    """Elements are cleaned up in order: the queue lets go of its packets after the reader has let go of its blocks."""
    (tmp_path / "in.pcap").write_bytes(untimed_capture(frames_of([1000] * 1000)))
    with Router(f"FromDump({tmp_path}/in.pcap) -> Tee -> q :: Queue(5000) -> Idle") as router:
        router.run()
        assert router.read("q.length") == b"1000"


def test_a_pipe_is_read_as_it_fills(tmp_path: Path) -> None:
    """Packets are given as soon as they are whole, not when the pipe ends."""
    text = untimed_capture(FRAMES)
    command = [str(binary_path()), "-e", "FromDump(-, STOP true) -> Print(CONTENTS NONE) -> c :: Counter -> Discard", "-h", "c.count"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stdout and process.stderr
        start, end = 0, 24
        for frame in FRAMES:
            end += 16 + len(frame)
            for piece in (text[start : end - 5], text[end - 5 : end]):
                process.stdin.write(piece)
                process.stdin.flush()
            start = end
            assert f"{len(frame)}" in process.stderr.readline().decode()
        process.stdin.close()
        assert process.stdout.read() == b"3\n"


def test_the_end_is_told_when_all_packets_have_arrived(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(untimed_capture(FRAMES))
    text = f"FromDump({tmp_path}/in.pcap, END_CALL s.run, STOP true) -> c :: Counter -> Discard; s :: Script(TYPE PASSIVE, print c.count)"
    assert run_click("-e", text).stdout == "3\n"


def test_who_empties_a_queue_behind_gets_its_turns_before_stop(tmp_path: Path) -> None:
    """The packets come in one batch, and Unqueue moves one a turn."""
    frames = FRAMES * 9
    records = b"".join(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)
    (tmp_path / "in.pcap").write_bytes(capture([]) + records)
    done = run_click("-e", f"FromDump({tmp_path}/in.pcap, STOP true) -> Queue -> Unqueue -> c :: Counter -> Discard", "-h", "c.count")
    assert done.stdout.strip() == str(len(frames))
