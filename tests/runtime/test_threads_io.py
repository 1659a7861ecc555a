# SPDX-License-Identifier: Apache-2.0
"""Several driver threads on the packet path: who may be entered by them, flows that stay together, and nothing lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import wait_for
from netbed import Bed, Middle, transfer

from mimi.pairing import load_pairing
from mimi.pairing.middlebox import Middlebox
from mimi.pairing.model import Interfaces
from mimi.render import render

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.root

SPREAD = """
    in0 :: FromDevice(d0, PROMISC true, RING 4096{method}) -> Classifier(12/0800) -> c0 :: Counter -> out1 :: ToDevice(d1);
    in1 :: FromDevice(d1, PROMISC true{method}) -> c1 :: Counter -> out0 :: ToDevice(d0);
"""
FRAMES = """
import socket, sys
flows, each = int(sys.argv[2]), int(sys.argv[3])
def frame(flow, number):
    ip = bytearray(bytes.fromhex("450000000000000040110000") + bytes([10, 1, 0, 1, 10, 2, 0, 1]))
    payload = number.to_bytes(4, "big") + bytes(18)
    ip[2:4] = (28 + len(payload)).to_bytes(2, "big")
    total = sum(int.from_bytes(ip[i:i + 2], "big") for i in range(0, 20, 2))
    total = (total & 0xFFFF) + (total >> 16)
    ip[10:12] = (~total & 0xFFFF).to_bytes(2, "big")
    udp = (1000 + flow).to_bytes(2, "big") + (53).to_bytes(2, "big") + (8 + len(payload)).to_bytes(2, "big") + bytes(2)
    return bytes.fromhex("0200000000020200000000010800") + bytes(ip) + udp + payload
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
    link.bind((sys.argv[1], 0))
    for number in range(each):
        for flow in range(flows):
            link.send(frame(flow, number))
"""


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed() as made:
        yield made


def send(bed: Bed, flows: int, each: int) -> None:
    sender = bed.python("a", FRAMES, "a0", str(flows), str(each))
    assert sender.communicate(timeout=60)[1] == ""


def shares(middle: Middle, element: str) -> dict[int, int]:
    return {int(line.split()[0]): int(line.split()[1]) for line in middle.read(f"{element}.threads").splitlines()}


@pytest.mark.parametrize("method", ["", ", METHOD PACKET"], ids=["ring", "packet"])
def test_every_frame_is_received_once_and_flows_are_spread(bed: Bed, tmp_path: Path, method: str) -> None:
    with Middle(bed, SPREAD.format(method=method), tmp_path, threads=2) as middle:
        assert "threads 2\nthreads_reason all, for the elements behind allow it\nfanout_group " in middle.read("in0.method")
        send(bed, flows=64, each=20)
        wait_for(lambda: middle.read("c0.count") == "1280", "all frames")
        by_thread = shares(middle, "in0")
        assert set(by_thread) == {0, 1}
        assert sum(by_thread.values()) == int(middle.read("in0.count"))
        assert all(count > 0 for count in by_thread.values()), "64 flows on one side have a chance of 1 in 2^63"
        assert middle.read("out1.count") == "1280"
        assert middle.read("out1.drops") == "0"


def test_all_frames_of_a_flow_meet_one_thread_in_order(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, SPREAD.format(method=""), tmp_path, threads=2) as middle:
        before = shares(middle, "in0")
        send(bed, flows=1, each=200)
        wait_for(lambda: middle.read("c0.count") == "200", "all frames")
        counts = [count - before[thread] for thread, count in shares(middle, "in0").items()]
        assert max(counts) >= 200


def test_tcp_passes_byte_by_byte_with_two_threads(bed: Bed, tmp_path: Path) -> None:
    text = SPREAD.format(method="").replace("Classifier(12/0800) -> ", "")
    with Middle(bed, text, tmp_path, threads=2) as middle:
        for sender in ("a", "b"):
            sent, received = transfer(bed, 10, sender)
            assert sent == received
        assert middle.read("in0.drops") == middle.read("out1.drops") == "0"


def test_queues_take_from_several_threads(bed: Bed, tmp_path: Path) -> None:
    text = "in0 :: FromDevice(d0, PROMISC true) -> Classifier(12/0800) -> q :: Queue(5000) -> u :: Unqueue -> c :: Counter -> Discard"
    with Middle(bed, text, tmp_path, threads=2) as middle:
        assert "threads 2\n" in middle.read("in0.method")
        send(bed, flows=64, each=20)
        wait_for(lambda: middle.read("c.count") == "1280", "all frames")
        assert middle.read("q.drops") == "0"


TYPES = {pairing.middlebox: pairing for pairing in map(load_pairing, sorted((ROOT / "configs").glob("*.yaml")))}


@pytest.mark.parametrize("box", TYPES, ids=lambda box: box.type)
def test_what_is_rendered_receives_with_every_thread(box: Middlebox, bed: Bed, tmp_path: Path) -> None:
    sides = dict(zip(box.sides, ("d0", "d1"), strict=True))
    interfaces = {name: side.model_copy(update={"device": sides[name]}) for name, side in TYPES[box].minion.interfaces.sides}
    minion = TYPES[box].minion.model_copy(update={"interfaces": Interfaces(**interfaces)})
    text = render(TYPES[box].model_copy(update={"minion": minion}))
    text = re.sub(r"FromDevice\(d(\d)", r"in\1 :: FromDevice(d\1", text)
    with Middle(bed, text, tmp_path, threads=2) as middle:
        for name in ("in0", "in1"):
            assert "threads 2\nthreads_reason all, for the elements behind allow it\n" in middle.read(f"{name}.method")


def test_an_element_that_is_not_for_several_threads_keeps_the_device_on_one(bed: Bed, tmp_path: Path) -> None:
    text = "in0 :: FromDevice(d0, PROMISC true) -> p :: Print(MAXLENGTH 0, ACTIVE false) -> c :: Counter -> Discard"
    with Middle(bed, text, tmp_path, threads=2) as middle:
        assert "threads 1\nthreads_reason not for several threads: p :: Print\n" in middle.read("in0.method")
        send(bed, flows=8, each=5)
        wait_for(lambda: int(middle.read("c.count")) >= 40, "all frames")


def test_idle_threads_use_no_processor_time(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, SPREAD.format(method=""), tmp_path, threads=2) as middle:
        send(bed, flows=8, each=5)
        wait_for(lambda: int(middle.read("c0.count")) >= 40, "all frames")
        assert middle.sleeps()
