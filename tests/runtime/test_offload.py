# SPDX-License-Identifier: Apache-2.0
"""Flows that the kernel forwards: the same frames leave as through the graph, and nothing is carried that the balancer does not know of."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from netbed import ADDRESSES, Middle, transfer
from offloadbed import (
    BACKEND,
    CLIENT,
    OTHER_BACKEND,
    PORT,
    VIP,
    Ends,
    OffloadBed,
    carried,
    forward,
    graph,
    handshake,
    odd_frames,
    payloads,
    reverse,
    status,
    until,
    words,
)
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

pytestmark = pytest.mark.root

FLOW = 4000


@pytest.fixture
def bed() -> Iterator[OffloadBed]:
    with OffloadBed() as made:
        yield made


def data(payload: bytes, back: bool = False, **ip: object) -> Packet:
    """A segment in the middle of the flow."""
    if back:
        return reverse(TCP(sport=PORT, dport=FLOW, flags="PA", seq=501, ack=101), payload, **ip)
    return forward(TCP(sport=FLOW, dport=PORT, flags="PA", seq=101, ack=501), payload, **ip)


def seen_by(bed: OffloadBed, directory: Path, offload: str) -> tuple[list[list[bytes]], list[str], dict[str, str]]:
    """What both ends get of the odd frames, what the balancer counted, and what the offload says."""
    directory.mkdir()
    with Middle(bed, graph(offload), directory) as middle, Ends(bed) as ends:
        handshake(ends, FLOW)
        ends.through([forward(UDP(sport=FLOW, dport=PORT), b"hello")] * 2)
        ends.through([reverse(UDP(sport=PORT, dport=FLOW), b"hello")] * 2, back=True)
        seen = [ends.through(odd_frames(random.Random(5), ends.scene, back, FLOW, FLOW), back) for back in (False, True)]
        said = status(middle)
        return seen, [middle.read("lb.stats"), middle.read("lb.vips"), middle.read("lb.digest")], said


@pytest.mark.parametrize("entrance", ["TCX", "CLSACT"])
def test_the_same_bytes_leave_and_the_same_counts_stand_as_without(bed: OffloadBed, tmp_path: Path, entrance: str) -> None:
    expected, counts, off = seen_by(bed, tmp_path / "off", ", ACTIVE false")
    seen, counts_on, on = seen_by(bed, tmp_path / "on", f", ENTRANCE {entrance}")
    assert off["active"] == "no"
    assert off["packets"] == "0"
    assert on["active"] == "yes"
    assert on["entrance"] == entrance.lower()
    assert int(on["packets"]) > 150, "the plain ones"
    for got, wanted in zip(seen, expected, strict=True):
        assert len(wanted) > 80
        assert [frame.hex() for frame in got] == [frame.hex() for frame in wanted]
    assert counts_on == counts


def carry_one(ends: Ends) -> None:
    """The flow is established and the kernel's, in both directions."""
    handshake(ends, FLOW)
    assert ends.through([data(b"first")])
    assert ends.through([data(b"first", back=True)], back=True)


def test_the_kernel_carries_what_the_graph_has_introduced(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        before = int(status(middle)["packets"])
        assert payloads(ends.through([data(b"one"), data(b"two")])) == [b"one", b"two"]
        assert payloads(ends.through([data(b"back", back=True)], back=True)) == [b"back"]
        assert int(status(middle)["packets"]) == before + 3
        assert carried(middle) == [f"tcp {CLIENT}:{FLOW} {VIP}:{PORT}", f"tcp {BACKEND}:{PORT} {CLIENT}:{FLOW}"]


@pytest.mark.parametrize("flags", ["FA", "R"])
def test_the_graph_sees_how_a_flow_ends(bed: OffloadBed, tmp_path: Path, flags: str) -> None:
    with Middle(bed, graph(), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        assert ends.through([forward(TCP(sport=FLOW, dport=PORT, flags=flags, seq=101, ack=501))])
        assert payloads(ends.through([data(b"late", back=True)], back=True)) == [b"late"], "half closed: the other half goes on"
        assert ends.through([reverse(TCP(sport=PORT, dport=FLOW, flags="FA", seq=501, ack=102))], back=True)
        assert "state=closed" in middle.read(f"lb.lookup tcp {CLIENT}:{FLOW} {VIP}:{PORT}")
        assert ends.through([data(b"last")])

        def flows() -> bool:
            assert ends.through([data(b"after the end")])
            return "tcp" in middle.read("offload.flows")

        until(lambda: not flows(), "the flow to be given back")


@pytest.mark.parametrize("how", ["remove", "clear", "import"])
def test_a_flow_that_is_taken_out_of_the_table_is_carried_no_more(bed: OffloadBed, tmp_path: Path, how: str) -> None:
    flow = f"tcp {CLIENT}:{FLOW} {VIP}:{PORT}"
    with Middle(bed, graph(), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        assert ends.through([data(b"carried")])
        value = {"remove": flow, "clear": "", "import": f"del {2**60} {flow}"}[how]
        middle.write(f"lb.{how}", value)
        assert "tcp" not in middle.read("offload.flows")
        assert ends.through([data(b"unknown")]) == []
        assert ends.through([data(b"unknown", back=True)], back=True) == []
        assert words(middle, "lb.stats")["drop_unknown"] == "1"


def test_an_import_that_translates_otherwise_counts_from_the_next_packet_on(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(backends=[BACKEND, OTHER_BACKEND]), tmp_path) as middle, Ends(bed) as ends:
        handshake(ends, FLOW)
        assert ends.through([data(b"first")])
        chosen = middle.read(f"lb.lookup tcp {CLIENT}:{FLOW} {VIP}:{PORT}")
        other = OTHER_BACKEND if f"{BACKEND}:{PORT}" in chosen else BACKEND
        put = f"put {2**60} tcp {CLIENT}:{FLOW} {VIP}:{PORT} {CLIENT}:{FLOW} {other}:{PORT} 300 state=established"
        middle.write("lb.import", put)
        for _ in range(3):
            assert [Ether(frame)[IP].dst for frame in ends.through([data(b"moved")])] == [other]
        assert (
            other in [line.split()[1].split(":")[0] for line in middle.read("offload.flows").splitlines()] or status(middle)["flows"] != "0"
        )
        shifted = put.replace(str(2**60), str(2**60 + 1)) + " delta=1000,0"
        middle.write("lb.import", shifted)
        for _ in range(3):
            assert [Ether(frame)[TCP].seq for frame in ends.through([data(b"shifted")])] == [1101]
        assert "tcp" not in middle.read("offload.flows"), "its numbers are for the graph"


def test_a_flow_lives_while_the_kernel_carries_its_packets_and_no_longer(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(lb=", UDP 2"), tmp_path) as middle, Ends(bed) as ends:
        frame = forward(UDP(sport=FLOW, dport=PORT), b"tick")
        ends.through([frame, frame])
        key = f"udp {CLIENT}:{FLOW} {VIP}:{PORT}"
        seq = middle.read(f"lb.lookup {key}").split()[1]
        started = int(words(middle, "lb.stats")["expired"])
        short = forward(UDP(sport=FLOW + 1, dport=PORT), b"once")
        ends.through([short])

        def short_is_gone() -> bool:
            ends.a.send(frame)
            return middle.read(f"lb.lookup udp {CLIENT}:{FLOW + 1} {VIP}:{PORT}").strip() == ""

        for _ in range(3):  # three lifetimes
            until(short_is_gone, "a flow without packets to expire")
            assert middle.read(f"lb.lookup {key}").split()[1] == seq, "the binding from the beginning"
            ends.a.send(short)
            until(lambda: middle.read(f"lb.lookup udp {CLIENT}:{FLOW + 1} {VIP}:{PORT}").strip() != "", "the short flow's binding")
        assert started == 0
        until(lambda: middle.read("lb.count").strip() == "0", "everything to expire")
        assert status(middle)["flows"] == "0"


def test_idle_flows_are_given_back_and_busy_ones_renewed(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(", IDLE 1, RENEW 2"), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)

        def renewed() -> bool:
            assert payloads(ends.through([data(b"on")])) == [b"on"]
            return int(status(middle)["renewed"]) > 0

        until(renewed, "the busy direction to be renewed")
        assert int(status(middle)["idle"]) > 0, "the silent one"
        assert payloads(ends.through([data(b"on"), data(b"and on")])) == [b"on", b"and on"]


def test_a_full_map_leaves_further_flows_to_the_graph(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(", FLOWS 2"), tmp_path) as middle, Ends(bed) as ends:
        for port in range(FLOW, FLOW + 5):
            frame = forward(UDP(sport=port, dport=PORT), b"x")
            assert len(ends.through([frame, frame, frame])) == 3
        said = status(middle)
        assert said["flows"] == "2"
        assert int(said["refused"]) >= 3


def test_it_can_be_switched_off_and_on_and_flushed(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        middle.write("offload.active", "false")
        assert status(middle)["flows"] == "0"
        before = status(middle)["packets"]
        assert payloads(ends.through([data(b"graph")])) == [b"graph"]
        assert status(middle)["packets"] == before
        middle.write("offload.active", "true")
        assert ends.through([data(b"introduces")])
        assert ends.through([data(b"carried")])
        assert int(status(middle)["packets"]) > int(before)
        middle.write("offload.flush", "")
        assert status(middle)["flows"] == "0"


def test_a_new_configuration_takes_the_flows_over(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(), tmp_path, options=["-R"]) as middle, Ends(bed) as ends:
        carry_one(ends)
        assert ends.through([data(b"before")])
        before = words(middle, "lb.stats")["forward"]
        middle.write("hotconfig", graph(", FLOWS 1000"))
        until(lambda: status(middle)["capacity"] == "1000", "the new router")
        assert payloads(ends.through([data(b"after"), data(b"carried again")])) == [b"after", b"carried again"]
        said = status(middle)
        assert said["active"] == "yes"
        assert int(said["packets"]) > 0
        assert int(words(middle, "lb.stats")["forward"]) > int(before)


@pytest.mark.parametrize("entrance", ["TCX", "CLSACT"])
def test_nothing_is_forwarded_after_a_kill(bed: OffloadBed, tmp_path: Path, entrance: str) -> None:
    (tmp_path / "second").mkdir()
    with Middle(bed, graph(f", ENTRANCE {entrance}"), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        assert ends.through([data(b"carried")])
        middle.kill()
        ends.a.send(data(b"into the void"))
    with Middle(bed, graph(f", ENTRANCE {entrance}"), tmp_path / "second") as middle, Ends(bed) as ends:
        assert status(middle)["active"] == "yes"
        carry_one(ends)
        assert payloads(ends.through([data(b"again")])) == [b"again"]
    shown = bed.inside("middle", "tc", "filter", "show", "dev", "d0", "ingress").stdout
    assert "mimi" not in shown, "tidied up, the first one's leavings too"


def test_without_the_privilege_the_graph_forwards_and_says_why(bed: OffloadBed, tmp_path: Path) -> None:
    unprivileged = ("setpriv", "--bounding-set", "-bpf,-sys_admin,-net_admin")
    with Middle(bed, graph(receive=", SNIFFER true"), tmp_path, prefix=unprivileged) as middle, Ends(bed) as ends:
        said = status(middle)
        assert said["active"] == "no"
        assert "not permitted" in said["reason"]
        carry_one(ends)
        assert payloads(ends.through([data(b"graph")])) == [b"graph"]
        assert middle.read("offload.active") == "false"
    assert "the kernel carries no flows, all packets go through the graph: map of flows: not permitted" in middle.errors


def test_xdp_and_offload_exclude_each_other(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(receive=", METHOD XDP"), tmp_path) as middle:
        assert "METHOD XDP takes the frames" in status(middle)["reason"]


@pytest.mark.parametrize("method", ["RING", "PACKET"])
def test_bulk_tcp_with_offloads_on_arrives_whole(bed: OffloadBed, tmp_path: Path, method: str) -> None:
    with Middle(bed, graph(receive=f", METHOD {method}", backends=[ADDRESSES["b"]]), tmp_path) as middle:
        sent, received = transfer(bed, 20, to=VIP)
        assert sent == received
        assert sent.startswith(str(20 << 20))
        said = status(middle)
        assert int(said["bytes"]) > 10 << 20, "most of it past the graph"
        assert int(said["packets"]) < 10000, "uncut"


def test_several_threads_share_the_offload(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(backends=[ADDRESSES["b"]]), tmp_path, threads=2) as middle:
        assert "threads 2\n" in middle.read("from0.method")
        for _ in range(3):
            sent, received = transfer(bed, 5, to=VIP)
            assert sent == received
        assert int(status(middle)["packets"]) > 0


def test_what_is_too_long_for_the_way_out_is_for_the_graph(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, graph(", MTU1 1000"), tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        before = int(status(middle)["packets"])
        fits, too_long = data(b"x" * (1000 - 40)), data(b"x" * (1000 - 39))
        assert len(ends.through([fits, too_long])) == 2
        assert int(status(middle)["packets"]) == before + 1


@pytest.mark.parametrize(("others", "seen"), [("", 2), (", OTHERS false", 0)], ids=["seen", "not seen"])
def test_frames_to_other_stations_need_not_come_to_user_level(bed: OffloadBed, tmp_path: Path, others: str, seen: int) -> None:
    """What the switch copies to a minion that stands by, for one: it costs no wake-up."""
    text = graph(others).replace("-> HostEtherFilter", "-> n0 :: Counter -> HostEtherFilter", 1)
    with Middle(bed, text, tmp_path) as middle, Ends(bed) as ends:
        carry_one(ends)
        stray, group = data(b"x"), data(b"y")
        stray[Ether].dst, group[Ether].dst = "06:6d:69:6d:69:01", "ff:ff:ff:ff:ff:ff"

        def reach_user_level(*frames: Packet) -> int:
            """So many of these; each is followed by a mark."""
            counts = []
            for more in ([], frames):
                before = int(middle.read("n0.count"))
                assert ends.through([*more, data(b"z")])
                counts.append(int(middle.read("n0.count")) - before)
            return counts[1] - counts[0] - len(frames)

        assert reach_user_level(stray, stray) == seen
        assert reach_user_level(group) == 1
