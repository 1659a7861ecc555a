# SPDX-License-Identifier: Apache-2.0
"""The driver of an OpenFlow switch's rules: os-ken builds the messages, a switch in software speaks them over a socket."""

from __future__ import annotations

import os

os.environ.setdefault("OSKEN_HUB_TYPE", "native")

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from os_ken.ofproto import ofproto_v1_4 as ofp
from os_ken.ofproto import ofproto_v1_4_parser as osken

from mimi.drivers import Listing, make
from mimi.drivers import openflow_messages as of
from mimi.drivers.openflow_monitor import MALFORMED, NO_FLOW, NOTE, OpenFlowMonitor
from mimi.drivers.openflow_source import LISTING_BEGINS, LISTING_BREAKS, LISTING_ENDS, OpenFlowSource
from mimi.errors import PairingError
from mimi.flow import FiveTuple, FlowRecord, Put
from mimi.pairing import load_pairing
from mimi.pairing.ownership import UNKNOWN_BACKEND, UNKNOWN_VIP

ROOT = Path(__file__).resolve().parents[2]
PAIRING = load_pairing(ROOT / "configs" / "fig2-openflow-monitor.yaml")
SEQ = 1_800_000_000_000_000
ADDED, REMOVED, INITIAL = ofp.OFPFME_ADDED, ofp.OFPFME_REMOVED, ofp.OFPFME_INITIAL
FLOW: dict[str, Any] = {
    "in_port": 1,
    "eth_type": 0x0800,
    "ip_proto": 6,
    "ipv4_src": "10.1.0.1",
    "tcp_src": 40112,
    "ipv4_dst": "10.1.0.100",
    "tcp_dst": 8080,
}
CHANGES: dict[str, Any] = {"eth_src": "02:00:00:00:02:fe", "ipv4_dst": "10.2.0.3", "tcp_dst": 8080}


def update(event: int = ADDED, match: dict[str, Any] = FLOW, changes: dict[str, Any] = CHANGES) -> bytes:
    """An ``ofp_flow_update_full`` of a rule, its match and instructions as os-ken writes them."""
    head = bytearray(24)
    end = 24 + osken.OFPMatch(**match).serialize(head, 24)
    actions = [osken.OFPActionSetField(**{name: value}) for name, value in changes.items()]
    osken.OFPInstructionActions(ofp.OFPIT_APPLY_ACTIONS, [*actions, osken.OFPActionOutput(2)]).serialize(head, end)
    head[0:4] = len(head).to_bytes(2, "big") + event.to_bytes(2, "big")
    return bytes(head)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FLOW.items() if key != name}


def parse(message: bytes) -> object:
    return OpenFlowMonitor(PAIRING).parse(message, SEQ)


@pytest.mark.parametrize("event", [INITIAL, ADDED, ofp.OFPFME_MODIFIED])
def test_a_rule_of_a_flow_is_a_binding(event: int) -> None:
    orig, xlat = FiveTuple("tcp", "10.1.0.1", 40112, "10.1.0.100", 8080), FiveTuple("tcp", "10.1.0.1", 40112, "10.2.0.3", 8080)
    expires = 1_800_000_000 + PAIRING.minion.timeouts.tcp_established_s
    assert parse(update(event)) == Put(FlowRecord(orig, xlat, SEQ, expires, None, "openflow-monitor"))


def test_the_end_of_a_rule_shortens_the_flows_life_but_does_not_end_it() -> None:
    put = parse(update(REMOVED))
    assert isinstance(put, Put)
    assert put.record.expires == 1_800_000_000 + PAIRING.minion.timeouts.tcp_transitory_s


def test_the_rule_for_answers_is_no_flow_of_the_pairings() -> None:
    back = FLOW | {"in_port": 2, "ipv4_src": "10.2.0.3", "tcp_src": 8080, "ipv4_dst": "10.1.0.1", "tcp_dst": 40112}
    assert parse(update(match=back, changes={"ipv4_src": "10.1.0.100"})) == UNKNOWN_VIP


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (update(changes={"ipv4_dst": "10.2.0.9"}), UNKNOWN_BACKEND),
        (update(changes={}), UNKNOWN_BACKEND),
        (update(match=without("tcp_src")), NO_FLOW),
        (update(match=without("ipv4_src")), NO_FLOW),
        (update(match=FLOW | {"ipv4_src": ("10.1.0.0", "255.255.0.0")}), NO_FLOW),
        (update(match={}), NO_FLOW),
        (update(match={"eth_type": 0x0806}), NO_FLOW),
        (b"\0\x08\0\x05\0\0\0\0", NOTE),
        (update()[:30], MALFORMED),
        (b"", MALFORMED),
    ],
)
def test_what_is_no_binding_has_its_reason(message: bytes, reason: str) -> None:
    assert parse(message) == reason


def test_marks_frame_a_listing() -> None:
    assert [parse(mark) for mark in (LISTING_BEGINS, LISTING_ENDS, LISTING_BREAKS)] == [Listing.begun, Listing.complete, Listing.broken]


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_no_damage_breaks_the_parser(place: int, damage: bytes) -> None:
    good = update()
    at = place % len(good)
    result = parse(good[:at] + damage + good[at + len(damage) :])
    assert isinstance(result, str | Put)


def test_the_request_is_what_the_specification_says_in_os_kens_numbers() -> None:
    request = of.monitor_request(7)
    kind, monitor = request[8:10], request[16:]
    assert int.from_bytes(kind, "big") == ofp.OFPMP_FLOW_MONITOR
    flags = ofp.OFPFMF_INITIAL | ofp.OFPFMF_ADD | ofp.OFPFMF_REMOVED | ofp.OFPFMF_MODIFY | ofp.OFPFMF_INSTRUCTIONS
    body = bytearray()
    osken.OFPMatch().serialize(body, 0)
    expected = (1).to_bytes(4, "big") + ofp.OFPP_ANY.to_bytes(4, "big") + ofp.OFPG_ANY.to_bytes(4, "big") + flags.to_bytes(2, "big")
    assert monitor == expected + bytes([ofp.OFPTT_ALL, ofp.OFPFMC_ADD]) + bytes(body)


# -- the source


def reply(*updates: bytes, transaction: int = 0, more: bool = False) -> bytes:
    return of.message(
        of.MULTIPART_REPLY, transaction, of.FLOW_MONITOR.to_bytes(2, "big") + int(more).to_bytes(2, "big") + bytes(4) + b"".join(updates)
    )


@contextmanager
def switch(behave: Callable[[socket.socket, int], None], path: Path) -> Iterator[str]:
    """Behaves towards each connection, having read its hello and its request; the request's transaction is handed over."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.settimeout(20)
                    data = b""
                    while len(of.split(data)[0]) < 2:
                        data += peer.recv(4096)
                    hello, request = of.split(data)[0]
                    assert (hello[1], request[1]) == (of.HELLO, of.MULTIPART_REQUEST)
                    behave(peer, int.from_bytes(request[4:8], "big"))

        threading.Thread(target=serve, daemon=True).start()
        yield f"unix://{path}"
        listener.shutdown(socket.SHUT_RDWR)


def receive(source: OpenFlowSource, count: int) -> list[bytes]:
    out: list[bytes] = []
    while len(out) < count:
        out += source.receive(20)
    return out


def test_a_listing_in_parts_then_changes_and_echoes_answered(tmp_path: Path) -> None:
    echoed: list[bytes] = []
    done = threading.Event()

    def behave(peer: socket.socket, transaction: int) -> None:
        peer.sendall(of.hello(1) + reply(update(INITIAL), transaction=transaction, more=True))
        peer.sendall(reply(update(INITIAL), transaction=transaction) + of.message(of.ECHO_REQUEST, 9, b"ping"))
        echoed.append(peer.recv(4096))
        whole = reply(update(ADDED), update(REMOVED))
        peer.sendall(whole[:20])
        peer.sendall(whole[20:])
        done.wait(20)

    with switch(behave, tmp_path / "lb.mgmt") as address:
        source = OpenFlowSource(address)
        got = receive(source, 6)
        source.close()
        done.set()
    assert got == [LISTING_BEGINS, update(INITIAL), update(INITIAL), LISTING_ENDS, update(ADDED), update(REMOVED)]
    assert echoed == [of.message(of.ECHO_REPLY, 9, b"ping")]


def test_a_connection_that_breaks_is_made_again_and_lists_anew(tmp_path: Path) -> None:
    connections = iter(range(10))

    def behave(peer: socket.socket, transaction: int) -> None:
        first = next(connections) == 0
        peer.sendall(of.hello(1) + reply(update(INITIAL), transaction=transaction, more=first))
        if not first:
            peer.recv(1)

    with switch(behave, tmp_path / "lb.mgmt") as address:
        source = OpenFlowSource(address)
        got = receive(source, 6)
        source.close()
    assert got == [LISTING_BEGINS, update(INITIAL), LISTING_BREAKS, LISTING_BEGINS, update(INITIAL), LISTING_ENDS]
    assert source.refused["connection-lost"] == 1


def test_a_switch_that_pauses_is_listed_anew(tmp_path: Path) -> None:
    connections = iter(range(10))

    def behave(peer: socket.socket, transaction: int) -> None:
        peer.sendall(of.hello(1) + reply(transaction=transaction))
        if next(connections) == 0:
            peer.sendall(reply(b"\0\x08\0\x05\0\0\0\0"))
        peer.recv(1)

    with switch(behave, tmp_path / "lb.mgmt") as address:
        source = OpenFlowSource(address)
        assert receive(source, 4) == [LISTING_BEGINS, LISTING_ENDS] * 2
        source.close()
    assert source.refused["paused"] == 1


def test_a_switch_that_speaks_no_1_4_is_counted(tmp_path: Path) -> None:
    def behave(peer: socket.socket, transaction: int) -> None:
        peer.sendall(b"\4\0\0\x08\0\0\0\1")
        peer.recv(1)

    with switch(behave, tmp_path / "lb.mgmt") as address:
        source = OpenFlowSource(address)
        while not source.refused["refused-by-switch"]:
            source.receive(20)
        source.close()


def test_a_switch_that_is_away_is_waited_for(tmp_path: Path) -> None:
    source = OpenFlowSource(f"unix://{tmp_path}/lb.mgmt")
    assert source.receive(0) == []
    assert source.refused["connection-lost"] == 1
    source.close()


@pytest.mark.parametrize("address", ["", "udp://127.0.0.1:1", "tcp://127.0.0.1", "unix://x"])
def test_an_address_of_no_kind_is_refused(address: str) -> None:
    with pytest.raises(PairingError, match="not a switch's address"):
        OpenFlowSource(address)


def test_the_pairing_makes_this_driver() -> None:
    assert isinstance(make(PAIRING), OpenFlowMonitor)
