# SPDX-License-Identifier: Apache-2.0
"""The decisions of the demo's OpenFlow load balancer; scapy builds and reads the packets."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from mimi.topo.openflow_decisions import Balancer, Packet, Service, Setup, arp_reply, finish_checksum, read_packet

MAC, PEER = "02:00:00:00:01:fe", "02:00:00:00:01:01"
BACKENDS = tuple((f"10.2.0.{n}", f"02:00:00:00:02:0{n}", 8080) for n in range(1, 6))


def setup(**changes: object) -> Setup:
    values: dict[str, object] = {
        "listen": "127.0.0.1:6654",
        "client_port": 1,
        "server_port": 2,
        "client_mac": MAC,
        "server_mac": "02:00:00:00:02:fe",
        "own_addresses": ("10.1.0.254", "10.1.0.100"),
        "services": (Service("10.1.0.100", 8080, BACKENDS),),
    }
    return Setup(**(values | changes))  # type: ignore[arg-type]


def syn(port: int, flags: str = "S") -> bytes:
    return bytes(Ether(src=PEER, dst=MAC) / IP(src="10.1.0.1", dst="10.1.0.100") / TCP(sport=port, dport=8080, flags=flags))


def test_a_tcp_packet_is_read() -> None:
    assert read_packet(syn(40112)) == Packet(PEER, "tcp", "10.1.0.1", "10.1.0.100", 40112, 8080, 2)


@pytest.mark.parametrize(
    "frame",
    [
        bytes(Ether() / IP(frag=5) / TCP()),
        bytes(Ether() / IP(flags="MF") / TCP()),
        bytes(Ether() / IP() / UDP()),
        bytes(Ether(type=0x86DD)),
        syn(1)[:50],
        bytes(Ether(src=PEER) / IP(ihl=15, proto=6) / (b"x" * 30)),
    ],
)
def test_what_is_no_whole_tcp_packet_is_other(frame: bytes) -> None:
    assert read_packet(frame).kind == "other"


def test_an_arp_request_is_answered_with_the_own_mac() -> None:
    request = read_packet(bytes(Ether(src=PEER) / ARP(op=1, hwsrc=PEER, psrc="10.1.0.1", pdst="10.1.0.254")))
    assert request == Packet(PEER, "arp-request", "10.1.0.1", "10.1.0.254")
    reply = Ether(arp_reply(request, MAC))
    assert (reply.dst, reply.src, reply.op, reply.hwsrc, reply.psrc, reply.hwdst, reply.pdst) == (
        PEER,
        MAC,
        2,
        MAC,
        "10.1.0.254",
        PEER,
        "10.1.0.1",
    )


@pytest.mark.parametrize(
    ("flags", "begins"), [("S", True), ("SA", False), ("A", False), ("SR", False), ("SF", False), ("SEC", True), ("R", False)]
)
def test_only_a_plain_syn_begins_a_flow(flags: str, begins: bool) -> None:
    assert Balancer.begins(read_packet(syn(1, flags))) is begins


def test_a_flow_always_gets_the_same_backend_and_flows_are_spread() -> None:
    balancer, again = Balancer(setup()), Balancer(setup())
    chosen = [balancer.choose(read_packet(syn(port))) for port in range(1024, 6024)]
    assert chosen == [again.choose(read_packet(syn(port))) for port in range(1024, 6024)]
    counts = Counter(chosen)
    assert set(counts) == set(BACKENDS)
    assert all(800 < count < 1200 for count in counts.values())


def test_the_hash_depends_on_its_key_so_that_nobody_guesses_right_by_accident() -> None:
    one, other = Balancer(setup()), Balancer(setup(hash_key=1))
    same = sum(one.choose(read_packet(syn(port))) == other.choose(read_packet(syn(port))) for port in range(1024, 6024))
    assert 600 < same < 1400  # a fifth by luck


@pytest.mark.parametrize("payload", [b"", b"odd", b"even"])
def test_an_unfinished_checksum_is_finished_and_any_other_is_left(payload: bytes) -> None:
    packet = IP(src="10.1.0.1", dst="10.1.0.100") / TCP(sport=1, dport=8080, options=[("MSS", 1460)]) / payload
    right = bytes(Ether(src=PEER, dst=MAC) / packet)
    length = len(right) - 14 - 20
    pseudo = bytes([10, 1, 0, 1, 10, 1, 0, 100, 0, 6]) + length.to_bytes(2, "big")
    partial = sum(int.from_bytes(pseudo[i : i + 2], "big") for i in range(0, 12, 2))
    partial = (partial & 0xFFFF) + (partial >> 16)
    unfinished = right[:50] + partial.to_bytes(2, "big") + right[52:]
    wrong = right[:50] + b"\x12\x34" + right[52:]
    assert finish_checksum(unfinished) == finish_checksum(right) == right
    assert finish_checksum(unfinished + bytes(6)) == right + bytes(6)  # Ethernet padding is not part of it
    assert finish_checksum(wrong) == wrong


def test_other_services_are_not_balanced() -> None:
    assert Balancer(setup(services=(Service("10.1.0.100", 80, BACKENDS),))).choose(read_packet(syn(1))) is None


def test_a_setup_survives_its_file(tmp_path: Path) -> None:
    file = tmp_path / "setup.json"
    services = [{"address": "10.1.0.100", "port": 8080, "backends": BACKENDS}]
    keys = ("listen", "client_port", "server_port", "client_mac", "server_mac", "own_addresses")
    file.write_text(json.dumps({**{key: getattr(setup(), key) for key in keys}, "services": services}))
    assert Setup.read(file) == setup()
