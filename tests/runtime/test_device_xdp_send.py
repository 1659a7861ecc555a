# SPDX-License-Identifier: Apache-2.0
"""ToDevice(METHOD XDP): what an XDP socket carries, and what goes by the packet socket beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import wait_for
from netbed import Bed, Middle, transfer

from mimi.click import binary_path

pytestmark = pytest.mark.root

DIRECT = """
    in0 :: FromDevice(d0, PROMISC true) -> c0 :: Counter -> out1 :: ToDevice(d1, METHOD XDP);
    in1 :: FromDevice(d1, PROMISC true) -> c1 :: Counter -> out0 :: ToDevice(d0, METHOD XDP);
"""
QUEUED = DIRECT.replace("-> out", "-> Queue(4000) -> out")
FRAMES = 20_000


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed() as made:
        yield made


@pytest.mark.parametrize("text", [QUEUED, DIRECT], ids=["queued", "direct"])
def test_a_forwarder_carries_ping_and_bulk_tcp_with_offloads_on(bed: Bed, tmp_path: Path, text: str) -> None:
    with Middle(bed, text, tmp_path) as middle:
        assert middle.read("out1.method") == "method XDP\nmethod_reason as METHOD says\nvnet_header yes\ntx_queue 0\nlanes 1\n"
        assert bed.ping()
        assert bed.ping(size=4000), "fragments"
        sent, received = transfer(bed, 20)
        assert sent == received
        seen = middle.numbers(["in0.count", "out1.count", "out1.gso_count", "out1.drops", "out0.drops"])
        assert seen["out1.gso_count"] > 0
        assert seen["out1.count"] == seen["in0.count"]
        assert seen["out1.drops"] == seen["out0.drops"] == 0
        assert middle.sleeps()


@pytest.mark.parametrize("burst", [1, 32, 256])
def test_every_frame_is_sent_when_there_are_more_than_the_socket_has_room_for(bed: Bed, tmp_path: Path, burst: int) -> None:
    def arrived() -> int:
        return int(bed.inside("b", "cat", "/sys/class/net/b0/statistics/rx_packets").stdout)

    before = arrived()
    text = f"InfiniteSource(LENGTH 60, LIMIT {FRAMES}, BURST {burst}) -> out :: ToDevice(d1, METHOD XDP, BURST {burst})"
    with Middle(bed, text, tmp_path) as middle:
        wait_for(lambda: middle.read("out.count") == str(FRAMES), "all frames to be sent")
        assert middle.read("out.drops") == middle.read("out.pending") == "0"
    assert arrived() - before >= FRAMES


def test_a_frame_that_is_too_long_for_the_device_is_dropped_by_that_reason(bed: Bed, tmp_path: Path) -> None:
    text = "InfiniteSource(LENGTH 3000, LIMIT 3) -> out :: ToDevice(d1, METHOD XDP)"
    with Middle(bed, text, tmp_path) as middle:
        wait_for(lambda: "too-big 3\n" in middle.read("out.drop_details"), "the frames to be dropped")
        assert middle.read("out.count") == "0"


def test_a_link_may_go_down_come_back_and_vanish(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, DIRECT, tmp_path) as middle:
        assert bed.ping()
        bed.inside("middle", "ip", "link", "set", "d1", "down")
        assert not bed.ping(count=1)
        wait_for(lambda: "link-down 0\n" not in middle.read("out1.drop_details"), "frames for the dead link to be counted")
        assert middle.sleeps(), "an error on a socket is no reason to spin"
        bed.inside("middle", "ip", "link", "set", "d1", "up")
        wait_for(bed.ping, "the link to carry again")
        bed.inside("middle", "ip", "link", "delete", "d1")
        assert not bed.ping(count=1)
        assert middle.sleeps()


def test_a_queue_has_room_for_one_xdp_socket(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, "Idle -> ToDevice(d1, METHOD XDP)", tmp_path):
        done = bed.inside("middle", str(binary_path()), "-e", "Idle -> ToDevice(d1, METHOD XDP)", check=False)
    assert done.returncode == 1
    assert "ToDevice(d1): XDP bind: another XDP socket is on the queue (a FromDevice with METHOD XDP?); use METHOD PACKET" in done.stderr
