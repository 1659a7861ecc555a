# SPDX-License-Identifier: Apache-2.0
"""FromDevice and ToDevice between two hosts whose segmentation and checksum offloads are left on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import wait_for
from netbed import Bed, Middle, transfer
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw
from scapy.utils import PcapReader

from mimi.click.router import Router
from mimi.errors import ClickError

pytestmark = pytest.mark.root

QUEUED = """
    in0 :: FromDevice(d0, PROMISC true) -> c0 :: Counter -> q0 :: Queue(4000) -> out1 :: ToDevice(d1);
    in1 :: FromDevice(d1, PROMISC true) -> c1 :: Counter -> q1 :: Queue(4000) -> out0 :: ToDevice(d0);
"""
DIRECT = """
    in0 :: FromDevice(d0, PROMISC true) -> c0 :: Counter -> out1 :: ToDevice(d1, QDISC_BYPASS true);
    in1 :: FromDevice(d1, PROMISC true) -> c1 :: Counter -> out0 :: ToDevice(d0, QDISC_BYPASS true);
"""


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed() as made:
        yield made


METHODS = ["RING", "PACKET"]  # with everything; XDP has tests of its own


def by(method: str, text: str) -> str:
    """The configuration with every FromDevice receiving by a method."""
    return text.replace("PROMISC true", f"PROMISC true, METHOD {method}")


@pytest.mark.parametrize("text", [QUEUED, DIRECT], ids=["queued", "direct"])
@pytest.mark.parametrize("method", METHODS)
def test_a_forwarder_carries_ping_and_bulk_tcp_with_offloads_on(bed: Bed, tmp_path: Path, text: str, method: str) -> None:
    with Middle(bed, by(method, text), tmp_path) as middle:
        assert f"method {method}\nmethod_reason as METHOD says\nvnet_header yes\n" in middle.read("in0.method")
        assert bed.ping()
        assert bed.ping(size=4000), "fragments"
        sent, received = transfer(bed, 20)
        assert sent == received
        assert sent.startswith(str(20 << 20))
        seen = middle.numbers(["in0.count", "in0.gso_count", "c0.gso_count", "out1.count", "out1.gso_count", "out1.drops", "in0.drops"])
        assert seen["in0.gso_count"] == seen["c0.gso_count"] == seen["out1.gso_count"] > 0
        assert seen["out1.count"] == seen["in0.count"]
        assert seen["out1.drops"] == seen["in0.drops"] == 0


def test_frames_from_both_sides_at_once(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, DIRECT, tmp_path):
        for sender in ("a", "b"):
            sent, received = transfer(bed, 5, sender)
            assert sent == received


def test_xdp_carries_ping_and_bulk_tcp_whose_checksums_were_left_unfinished(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, by("XDP", DIRECT), tmp_path) as middle:
        assert "method XDP\n" in middle.read("in0.method")
        assert "xdp_mode native\n" in middle.read("in0.method")
        assert bed.ping()
        assert bed.ping(size=4000), "fragments"
        for sender in ("a", "b"):
            sent, received = transfer(bed, 5, sender)
            assert sent == received
        seen = middle.numbers(["in0.count", "in0.gso_count", "out1.count", "out1.drops", "in0.drops", "in0.kernel-drops"])
        assert seen["out1.count"] == seen["in0.count"] > 0
        assert seen["in0.gso_count"] == seen["in0.drops"] == seen["out1.drops"] == 0
    assert "xdp" not in bed.inside("middle", "ip", "link", "show", "d0").stdout, "the program is gone"


def test_an_xdp_program_is_gone_after_a_kill(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, by("XDP", DIRECT), tmp_path) as middle:
        assert "xdp" in bed.inside("middle", "ip", "link", "show", "d0").stdout
        middle.kill()
    wait_for(lambda: "xdp" not in bed.inside("middle", "ip", "link", "show", "d0").stdout, "the program to be gone")
    with Middle(bed, by("XDP", DIRECT), tmp_path):
        assert bed.ping()


SEND = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
    link.bind((sys.argv[1], 0))
    link.send(bytes.fromhex(sys.argv[2]))
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [10, 200, 240], ids=["short", "full", "longest"])
def test_a_vlan_tag_that_the_kernel_took_out_is_put_back(bed: Bed, tmp_path: Path, method: str, size: int) -> None:
    frame = bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / Dot1Q(vlan=5, prio=3, type=0x9999) / Raw(b"tagged" * size))
    text = f"FromDevice(d0, PROMISC true, METHOD {method}) -> Classifier(6/020000000001) -> dump :: ToDump({tmp_path}/seen.pcap, UNBUFFERED true) -> out :: ToDevice(d1)"
    with Middle(bed, text, tmp_path) as middle:
        sender = bed.python("a", SEND, "a0", frame.hex())
        assert sender.communicate(timeout=20)[1] == ""
        wait_for(lambda: middle.read("out.count") == "1", "the frame to pass")
    assert [bytes(packet) for packet in PcapReader(str(tmp_path / "seen.pcap"))] == [frame]


def test_the_router_alone_sees_the_frames_if_so_wished(bed: Bed, tmp_path: Path) -> None:
    bed.inside("middle", "ip", "address", "add", "10.77.0.254/24", "dev", "d0")
    assert bed.ping("10.77.0.254", count=1)
    with Middle(bed, "FromDevice(d0, SNIFFER false) -> c :: Counter -> Discard", tmp_path) as middle:
        assert not bed.ping("10.77.0.254", count=1)
        assert int(middle.read("c.count")) >= 1
    assert bed.ping("10.77.0.254", count=1)


@pytest.mark.parametrize("wish", ["true", "false"])
@pytest.mark.parametrize("method", [*METHODS, "XDP"])
def test_a_device_is_promiscuous_while_a_router_wishes_it(bed: Bed, tmp_path: Path, method: str, wish: str) -> None:
    def promiscuous() -> bool:
        return "promiscuity 1" in bed.inside("middle", "ip", "-d", "link", "show", "d0").stdout

    with Middle(bed, f"FromDevice(d0, PROMISC {wish}, METHOD {method}) -> Discard", tmp_path):
        assert promiscuous() == (wish == "true")
    assert not promiscuous()


def test_its_own_frames_are_not_heard_again(bed: Bed, tmp_path: Path) -> None:
    text = "f :: FromDevice(d0) -> c :: Counter -> Discard; RatedSource(LENGTH 60, RATE 1000, LIMIT 20) -> t :: ToDevice(d0)"
    with Middle(bed, text, tmp_path) as middle:
        wait_for(lambda: middle.read("t.count") == "20", "20 frames sent")
        heard = int(middle.read("c.count"))
        assert heard < 20, "only what the other side sends"


@pytest.mark.parametrize("method", [*METHODS, "XDP"])
def test_a_link_may_go_down_and_come_back(bed: Bed, tmp_path: Path, method: str) -> None:
    with Middle(bed, by(method, DIRECT), tmp_path) as middle:
        assert bed.ping()
        bed.inside("middle", "ip", "link", "set", "d1", "down")
        assert not bed.ping(count=1)
        wait_for(lambda: "link-down 0\n" not in middle.read("out1.drop_details"), "frames for the dead link to be counted")
        assert middle.sleeps(), "an error on a socket is no reason to spin"
        bed.inside("middle", "ip", "link", "set", "d1", "up")
        wait_for(bed.ping, "the link to carry again")


@pytest.mark.parametrize("method", [*METHODS, "XDP"])
def test_a_device_may_vanish(bed: Bed, tmp_path: Path, method: str) -> None:
    with Middle(bed, by(method, DIRECT), tmp_path) as middle:
        assert bed.ping()
        bed.inside("middle", "ip", "link", "delete", "d1")
        assert not bed.ping(count=1)
        assert middle.sleeps()
        assert int(middle.read("in0.count")) > 0


@pytest.mark.parametrize("method", METHODS)
def test_frames_of_a_large_mtu_pass_whole(bed: Bed, tmp_path: Path, method: str) -> None:
    for role, device in (("a", "a0"), ("middle", "d0"), ("middle", "d1"), ("b", "b0")):
        bed.inside(role, "ip", "link", "set", device, "mtu", "9000")
    with Middle(bed, by(method, DIRECT), tmp_path) as middle:
        assert bed.ping(size=8900)
        sent, received = transfer(bed, 5)
        assert sent == received
        assert middle.read("in0.drops") == middle.read("out1.drops") == "0"


def test_what_was_hidden_from_the_kernel_is_shown_again_after_the_next_run_if_one_was_killed(bed: Bed, tmp_path: Path) -> None:
    bed.inside("middle", "ip", "address", "add", "10.77.0.254/24", "dev", "d0")
    text = "FromDevice(d0, SNIFFER false) -> c :: Counter -> Discard"
    with Middle(bed, text, tmp_path) as middle:
        middle.kill()
    with Middle(bed, text, tmp_path):
        assert not bed.ping("10.77.0.254", count=1)
    assert bed.ping("10.77.0.254", count=1)


@pytest.mark.parametrize(("text", "words"), [
    ("FromDevice(eth9) -> Discard", r"FromDevice\(eth9\): no such device"),
    ("Idle -> ToDevice(eth9)", r"ToDevice\(eth9\): no such device"),
    ("FromDevice(lo, BURST 0) -> Discard", "BURST: expected 1 to 256"),
    ("FromDevice(lo, RING 5) -> Discard", "RING: expected 64 to 65536"),
    ("FromDevice(lo, THREADS 7) -> Discard", "THREADS: expected at most 1"),
    ("FromDevice(lo, METHOD carrier-pigeon) -> Discard", "METHOD: expected RING"),
])  # fmt: skip
def test_a_device_that_cannot_be_used_is_named(text: str, words: str) -> None:
    with pytest.raises(ClickError, match=words):
        Router(text)
