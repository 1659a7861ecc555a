# SPDX-License-Identifier: Apache-2.0
"""A translator's flows that the kernel forwards: begun inside, begun outside, and taken over from a primary."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from netbed import Middle
from offloadbed import (
    A0,
    BACKEND,
    CLIENT,
    D0,
    PORT,
    TRANSLATED,
    VIP,
    Ends,
    OffloadBed,
    carried,
    handshake,
    nat_graph,
    odd_frames,
    payloads,
    status,
    until,
    words,
)
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

pytestmark = pytest.mark.root

FLOW, SEEN = 4000, 7000
STATIC = f", STATIC tcp {VIP}:{SEEN} {CLIENT}:{FLOW}, STATIC udp {VIP}:{SEEN} {CLIENT}:{FLOW}"
NEIGHBOUR = "10.77.0.51"


@pytest.fixture
def bed() -> Iterator[OffloadBed]:
    with OffloadBed() as made:
        yield made


def key(proto: str = "tcp") -> str:
    return f"{proto} {CLIENT}:{FLOW} {BACKEND}:{PORT}"


def put(seq: int, proto: str = "tcp") -> str:
    """The primary's binding: its port outside is another than inside."""
    state = " state=established" if proto == "tcp" else ""
    return f"put {seq} {key(proto)} {VIP}:{SEEN} {BACKEND}:{PORT} 300{state}"


def data(payload: bytes) -> Packet:
    return TRANSLATED.forward(TCP(sport=FLOW, dport=PORT, flags="PA", seq=101, ack=501), payload)


def reply(payload: bytes, seen: int = FLOW) -> Packet:
    return TRANSLATED.reverse(TCP(sport=PORT, dport=seen, flags="PA", seq=501, ack=101), payload)


def begin(how: str, middle: Middle, ends: Ends) -> int:
    """A TCP and a UDP flow; returns the client's port as it is seen outside."""
    hello = [TRANSLATED.forward(UDP(sport=FLOW, dport=PORT), b"hello")] * 2
    if how == "inside":
        handshake(ends, FLOW)
        ends.through(hello)
        ends.through([TRANSLATED.reverse(UDP(sport=PORT, dport=FLOW), b"hello")] * 2, back=True)
        return FLOW
    if how == "outside":
        handshake(ends, FLOW, SEEN, back=True)
    else:
        middle.write("nat.import", put(10) + "\n" + put(11, "udp"))
        assert ends.through([data(b"first")])
        assert ends.through([reply(b"first", SEEN)], back=True)
    ends.through([TRANSLATED.reverse(UDP(sport=PORT, dport=SEEN), b"hello")] * 2, back=True)
    ends.through(hello)
    return SEEN


def seen_by(bed: OffloadBed, directory: Path, how: str, offload: str) -> tuple[list[list[bytes]], list[str], dict[str, str], list[str]]:
    directory.mkdir()
    graph = nat_graph(offload, STATIC if how == "outside" else "")
    with Middle(bed, graph, directory) as middle, Ends(bed, TRANSLATED) as ends:
        port = begin(how, middle, ends)
        flows = carried(middle) + carried(middle, "udp")
        seen = [ends.through(odd_frames(random.Random(7), TRANSLATED, back, FLOW, port), back) for back in (False, True)]
        said = status(middle)
        return seen, [middle.read(f"nat.{what}") for what in ("stats", "digest", "mappings", "pools")], said, flows


@pytest.mark.parametrize("how", ["inside", "outside", "imported"])
def test_the_same_bytes_leave_and_the_same_counts_stand_as_without(bed: OffloadBed, tmp_path: Path, how: str) -> None:
    expected, counts, off, none = seen_by(bed, tmp_path / "off", how, ", ACTIVE false")
    seen, counts_on, on, flows = seen_by(bed, tmp_path / "on", how, "")
    port = FLOW if how == "inside" else SEEN
    ways = [f"{CLIENT}:{FLOW} {BACKEND}:{PORT}", f"{BACKEND}:{PORT} {VIP}:{port}"]
    assert none == []
    assert flows == [f"{proto} {way}" for proto in ("tcp", "udp") for way in ways]
    assert off["packets"] == "0"
    assert int(on["packets"]) > 150, "the plain ones"
    for got, wanted in zip(seen, expected, strict=True):
        assert len(wanted) > 70
        assert [frame.hex() for frame in got] == [frame.hex() for frame in wanted]
    assert counts_on == counts


def test_a_hairpin_stays_in_the_graph(bed: OffloadBed, tmp_path: Path) -> None:
    static = f", STATIC udp {VIP}:{SEEN} {NEIGHBOUR}:{PORT}"
    with Middle(bed, nat_graph(nat=static), tmp_path) as middle, Ends(bed, TRANSLATED) as ends:
        for number in range(5):
            mark = b"hairpin %d" % number
            ends.a.send(Ether(src=A0, dst=D0) / IP(src=CLIENT, dst=VIP) / UDP(sport=FLOW, dport=SEEN) / Raw(mark))
            ends.a.receive_until(lambda frame, mark=mark: frame.endswith(mark) and IP(frame[14:]).dst == NEIGHBOUR)  # type: ignore[misc]
        ends.through([])
        assert words(middle, "nat.stats")["hairpins"] == "5"
        assert carried(middle, "udp") == []


@pytest.mark.parametrize("how", ["remove", "clear", "import"])
def test_a_flow_that_is_taken_out_of_the_table_is_carried_no_more(bed: OffloadBed, tmp_path: Path, how: str) -> None:
    with Middle(bed, nat_graph(), tmp_path) as middle, Ends(bed, TRANSLATED) as ends:
        begin("inside", middle, ends)
        assert payloads(ends.through([data(b"carried")])) == [b"carried"]
        middle.write(f"nat.{how}", {"remove": key(), "clear": "", "import": f"del {2**60} {key()}"}[how])
        assert carried(middle) == []
        assert ends.through([data(b"unknown")]) == []
        assert words(middle, "nat.stats")["drop_unknown"] == "1"
        assert f"tcp {CLIENT}:{FLOW}" not in middle.read("nat.mappings"), "its port is free again"


def test_an_import_that_translates_otherwise_counts_from_the_next_packet_on(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, nat_graph(), tmp_path) as middle, Ends(bed, TRANSLATED) as ends:
        begin("inside", middle, ends)
        assert [IP(frame[14:]).sport for frame in ends.through([data(b"before")])] == [FLOW]
        middle.write("nat.import", put(2**60))
        assert [IP(frame[14:]).sport for frame in ends.through([data(b"after")] * 3)] == [SEEN] * 3
        assert ends.through([reply(b"to where it was", FLOW)], back=True) == []
        assert payloads(ends.through([reply(b"here")], back=True)) == []
        assert payloads(ends.through([reply(b"here", SEEN)] * 2, back=True)) == [b"here"] * 2
        assert carried(middle) == [f"tcp {CLIENT}:{FLOW} {BACKEND}:{PORT}", f"tcp {BACKEND}:{PORT} {VIP}:{SEEN}"]


def test_an_import_that_begins_with_what_a_carried_flows_replies_look_like_has_them(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, nat_graph(), tmp_path) as middle, Ends(bed, TRANSLATED) as ends:
        begin("inside", middle, ends)
        assert payloads(ends.through([reply(b"carried")], back=True)) == [b"carried"]
        inbound = f"put {2**60} tcp {BACKEND}:{PORT} {VIP}:{FLOW} {BACKEND}:{PORT} {NEIGHBOUR}:80 300 state=established"
        middle.write("nat.import", inbound)
        assert [IP(frame[14:]).dst for frame in ends.through([reply(b"the other's")] * 3, back=True)] == [NEIGHBOUR] * 3


def test_a_mapping_lives_while_the_kernel_carries_its_packets_and_no_longer(bed: OffloadBed, tmp_path: Path) -> None:
    """A second host asks for the same port all the time: it gets it when the first one's flow is over, not before."""
    with Middle(bed, nat_graph(nat=", UDP 2"), tmp_path) as middle, Ends(bed, TRANSLATED) as ends:
        frame = TRANSLATED.forward(UDP(sport=FLOW, dport=PORT), b"tick")
        short = TRANSLATED.forward(UDP(sport=FLOW + 1, dport=PORT), b"once")
        ends.through([frame, frame])
        seq = middle.read(f"nat.lookup {key('udp')}").split()[1]

        def short_is_gone() -> bool:
            ends.through([frame])
            return middle.read(f"nat.lookup udp {CLIENT}:{FLOW + 1} {BACKEND}:{PORT}").strip() == ""

        def rival() -> int:
            sent = Ether(src=A0, dst=D0) / IP(src=NEIGHBOUR, dst=BACKEND) / UDP(sport=FLOW, dport=PORT) / Raw(b"rival")
            return next(IP(got[14:]).sport for got in ends.through([sent]) if got.endswith(b"rival"))

        for _ in range(3):  # three lifetimes
            ends.through([short])
            until(short_is_gone, "a flow without packets to expire")
            assert middle.read(f"nat.lookup {key('udp')}").split()[1] == seq, "the binding from the beginning"
            assert f"udp {CLIENT}:{FLOW} {VIP}:{FLOW} flows 1\n" in middle.read("nat.mappings")
            assert rival() != FLOW
            middle.write("nat.remove", f"udp {NEIGHBOUR}:{FLOW} {BACKEND}:{PORT}")
        assert int(status(middle)["packets"]) > 0
        until(lambda: middle.read("nat.count").strip() == "0", "everything to expire")
        assert status(middle)["flows"] == "0"
        assert middle.read("nat.mappings") == ""
        assert rival() == FLOW


def test_a_half_closed_flow_keeps_its_long_lifetime(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, nat_graph(nat=", TCP_ESTABLISHED 500, TCP_TRANSITORY 100"), tmp_path) as middle, Ends(bed, TRANSLATED) as ends:
        begin("inside", middle, ends)
        ends.through([TRANSLATED.forward(TCP(sport=FLOW, dport=PORT, flags="FA", seq=101, ack=501))])
        before = int(status(middle)["packets"])
        ends.through([reply(b"goes on")] * 2, back=True)
        assert int(status(middle)["packets"]) == before + 2
        binding = middle.read(f"nat.lookup {key()}").split()
        assert "state=closing" in binding
        assert 400 < int(binding[7]) <= 500


def test_a_new_configuration_takes_the_flows_over(bed: OffloadBed, tmp_path: Path) -> None:
    with Middle(bed, nat_graph(), tmp_path, options=["-R"]) as middle, Ends(bed, TRANSLATED) as ends:
        begin("inside", middle, ends)
        ends.through([data(b"before")])
        middle.write("hotconfig", nat_graph(", FLOWS 1000"))
        until(lambda: status(middle)["capacity"] == "1000", "the new router")
        assert payloads(ends.through([data(b"after"), data(b"carried again")])) == [b"after", b"carried again"]
        assert int(status(middle)["packets"]) > 0
        assert f"tcp {CLIENT}:{FLOW} {VIP}:{FLOW} flows 1\n" in middle.read("nat.mappings")
