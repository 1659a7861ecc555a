# SPDX-License-Identifier: Apache-2.0
"""A rendered minion whose flows the kernel forwards: while it drains, and when a next hop moves to another station."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from netbed import Middle
from offloadbed import (
    A0,
    B0,
    BACKEND,
    CLIENT,
    D0,
    D1,
    PORT,
    VIP,
    Ends,
    OffloadBed,
    carried,
    forward,
    handshake,
    payloads,
    reverse,
    status,
    until,
)
from scapy.layers.inet import TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from mimi.pairing import parse_pairing
from mimi.render import render

pytestmark = pytest.mark.root

FLOW, OTHER = 4000, 4001
MOVED = "02:00:00:00:00:99"
PAIRING = f"""
pairing: carried
type: load-balancer
vips:
  - {{name: web, address: {VIP}, port: {PORT}, backends: [{{name: one, address: {BACKEND}, port: {PORT}}}]}}
  - {{name: dns, address: {VIP}, port: {PORT}, protocol: udp, backends: [{{name: one, address: {BACKEND}, port: {PORT}}}]}}
minion:
  interfaces:
    client: {{device: d0, mac: "{D0}", addresses: [10.77.0.49/29]}}
    server: {{device: d1, mac: "{D1}", addresses: [10.77.0.57/29]}}
driver: {{listen: ["udp://192.0.2.1:5514"], allow: [192.0.2.2/32]}}
"""


@pytest.fixture
def bed() -> Iterator[OffloadBed]:
    with OffloadBed() as made:
        yield made


@contextmanager
def minion(bed: OffloadBed, directory: Path) -> Iterator[tuple[Middle, Ends]]:
    """The minion, every packet sampled, which knows where client and backend are."""
    text = render(parse_pairing(PAIRING)).replace("MTU0", "EVERY 1, MTU0")
    with Middle(bed, text, directory) as middle:
        middle.write("client_arp.insert", f"{CLIENT} {A0}")
        middle.write("server_arp.insert", f"{BACKEND} {B0}")
        with Ends(bed) as ends:
            yield middle, ends


def data(payload: bytes, port: int = FLOW) -> Packet:
    return forward(TCP(sport=port, dport=PORT, flags="PA", seq=101, ack=501), payload)


def reply(payload: bytes, port: int = FLOW) -> Packet:
    return reverse(TCP(sport=PORT, dport=port, flags="PA", seq=501, ack=101), payload)


def ways(port: int) -> list[str]:
    return [f"tcp {CLIENT}:{port} {VIP}:{PORT}", f"tcp {BACKEND}:{PORT} {CLIENT}:{port}"]


def test_while_the_minion_drains_its_carried_flows_go_on_and_all_else_goes_back(bed: OffloadBed, tmp_path: Path) -> None:
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        assert carried(middle) == ways(FLOW)
        middle.write("gate.mode", "drain")
        before = int(status(middle)["packets"])
        assert payloads(ends.through([data(b"on")])) == [b"on"]
        assert payloads(ends.through([reply(b"and on")], back=True)) == [b"and on"]
        assert int(status(middle)["packets"]) == before + 2, "the kernel's"
        # The primary begins another flow and tells of it: its packets go back as they came, and the kernel gets nothing of it.
        put = f"put {2**60} tcp {CLIENT}:{OTHER} {VIP}:{PORT} {CLIENT}:{OTHER} {BACKEND}:{PORT} 300 state=established"
        middle.write("lb.import", put)
        for _ in range(3):
            frame = bytes(data(b"the primary's", OTHER))
            assert ends.through([frame]) == []
            assert ends.a.receive_until(lambda got: got.endswith(b"the primary's")) == []
        assert carried(middle) == ways(FLOW)
        assert int(middle.read("gate.own")) == 2, "the fence's and the carried one: no failback yet"


def test_a_carried_flow_that_the_primary_binds_anew_goes_back_at_once(bed: OffloadBed, tmp_path: Path) -> None:
    """It was removed and told of again, as after the primary's own timeout: no packet of the new one went through this minion."""
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        middle.write("gate.mode", "drain")
        key = f"tcp {CLIENT}:{FLOW} {VIP}:{PORT}"
        middle.write("lb.import", f"del {2**60} {key}\nput {2**60 + 1} {key} {CLIENT}:{FLOW} {BACKEND}:{PORT} 300 state=established")
        assert carried(middle) == []
        assert ends.through([data(b"the primary's")] * 2) == []
        assert carried(middle) == []


def test_the_drain_ends_when_the_carried_flow_does(bed: OffloadBed, tmp_path: Path) -> None:
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        middle.write("lb.remove", f"udp {CLIENT}:9 {VIP}:{PORT}")
        handshake(ends, OTHER)
        middle.write("lb.remove", f"udp {CLIENT}:9 {VIP}:{PORT}")
        middle.write("gate.mode", "drain")
        assert middle.read("gate.own").strip() == "2"
        for port in (FLOW, OTHER):
            ends.a.send(forward(TCP(sport=port, dport=PORT, flags="FA", seq=101, ack=501)))
            ends.b.receive_until(lambda got: TCP in (frame := Ether(got)) and "F" in frame[TCP].flags)
            ends.b.send(reverse(TCP(sport=PORT, dport=port, flags="FA", seq=501, ack=102)))
            ends.a.receive_until(lambda got: TCP in (frame := Ether(got)) and "F" in frame[TCP].flags)
        until(lambda: middle.read("gate.own").strip() == "0", "the drain's end")
        # The primary has the traffic now. The port's next flow is its own, whatever the kernel still knew of the old one.
        again = forward(TCP(sport=FLOW, dport=PORT, flags="S", seq=9000))
        ends.a.send(again)
        assert ends.a.receive_until(lambda got: got == bytes(again)) == []
        assert not set(ways(FLOW)) & set(carried(middle))
        ends.a.send(data(b"handed back"))
        assert ends.a.receive_until(lambda got: got == bytes(data(b"handed back"))) == []


@pytest.mark.parametrize("operation", [1, 2], ids=["request", "reply"])
def test_a_next_hop_that_announces_another_station_has_its_flows_there_at_once(bed: OffloadBed, tmp_path: Path, operation: int) -> None:
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        assert [Ether(frame).dst for frame in ends.through([data(b"before")])] == [B0]
        announcement = ARP(op=operation, hwsrc=MOVED, psrc=BACKEND, hwdst="00:00:00:00:00:00", pdst=BACKEND)
        ends.through([Ether(src=MOVED, dst="ff:ff:ff:ff:ff:ff") / announcement], back=True)
        assert carried(middle) == [ways(FLOW)[1]], "the way to the client is as it was"
        assert status(middle)["moved"] != "0"
        assert [Ether(frame).dst for frame in ends.through([data(b"after")] * 3)] == [MOVED] * 3
        assert carried(middle) == ways(FLOW), "carried there"


def test_an_announcement_that_says_nothing_new_leaves_the_flows_where_they_are(bed: OffloadBed, tmp_path: Path) -> None:
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        announcement = ARP(op=1, hwsrc=B0, psrc=BACKEND, hwdst="00:00:00:00:00:00", pdst=BACKEND)
        ends.through([Ether(src=B0, dst="ff:ff:ff:ff:ff:ff") / announcement], back=True)
        assert status(middle)["moved"] == "0"
        assert carried(middle) == ways(FLOW)


@pytest.mark.parametrize("how", ["delete", "clear"])
def test_a_next_hop_that_is_forgotten_is_asked_for_by_the_next_packet(bed: OffloadBed, tmp_path: Path, how: str) -> None:
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        middle.write(f"server_arp.{how}", BACKEND if how == "delete" else "")
        assert carried(middle) == [ways(FLOW)[1]]
        ends.a.send(data(b"waits for the answer"))
        ends.b.receive_until(lambda got: ARP in (frame := Ether(got)) and frame[ARP].pdst == BACKEND)
        ends.b.send(Ether(src=MOVED, dst=D1) / ARP(op=2, hwsrc=MOVED, psrc=BACKEND, hwdst=D1, pdst="10.77.0.57"))
        assert ends.b.receive_until(lambda got: got[:6] == bytes.fromhex(MOVED.replace(":", ""))) == []


def test_frames_that_were_under_way_do_not_bring_the_old_station_back(bed: OffloadBed, tmp_path: Path) -> None:
    """The old address is learnt again and again: a flow to it is not taken over a moment after it has been left."""
    with minion(bed, tmp_path) as (middle, ends):
        handshake(ends, FLOW)
        start = time.monotonic()
        for station in (MOVED, B0):
            middle.write("server_arp.insert", f"{BACKEND} {station}")
            assert [Ether(frame).dst for frame in ends.through([data(b"x")])] == [station]
        seen = carried(middle)
        if time.monotonic() - start < 1:  # else the moment may be over
            assert seen == [ways(FLOW)[1]]

        def taken() -> bool:
            assert [Ether(frame).dst for frame in ends.through([data(b"x")])] == [B0]
            return carried(middle) == ways(FLOW)

        until(taken, "the flow to be carried again")
