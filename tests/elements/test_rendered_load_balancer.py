# SPDX-License-Identifier: Apache-2.0
"""The rendered configuration as a router: Ethernet frames in, Ethernet frames out, devices replaced by memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from mimi.click import Router
from mimi.pairing import load_pairing
from mimi.render import render

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
FIG2 = Path(__file__).parents[2] / "configs" / "fig2-lb.yaml"
CLIENT, SERVER, OTHERS = "02:00:00:00:01:01", "02:00:00:00:02:01", "02:00:00:00:09:09"
CLIENT_SIDE, SERVER_SIDE = "02:00:00:00:01:fe", "02:00:00:00:02:fe"
EVERYONE = "ff:ff:ff:ff:ff:ff"


def in_memory(text: str) -> str:
    text = re.sub(r"FromDevice\(([^,]+)-eth(\d), PROMISC true\)", r"in\2 :: MemoryIn", text)
    return re.sub(r"Queue\(1000\) -> (\w+ :: Counter) -> ToDevice\([^)]+-eth(\d)\)", r"Null -> \1 -> out\2 :: MemoryOut", text)


class Network:
    """The minion between two wires: 0 is the clients', 1 the servers'."""

    def __init__(self) -> None:
        self.router = Router(in_memory(render(load_pairing(FIG2))), clock="virtual")

    def send(self, side: int, frame: Packet) -> list[tuple[int, Packet]]:
        self.router.push(f"in{side}", bytes(frame))
        self.router.run()
        return [(i, Ether(packet.data)) for i in (0, 1) for packet in self.router.packets(f"out{i}")]

    def learn(self) -> None:
        """Let the minion hear an ARP answer of one client and one server."""
        for side, mac, address, own, own_mac in (
            (0, CLIENT, "10.1.0.1", "10.1.0.254", CLIENT_SIDE),
            (1, SERVER, "10.2.0.1", "10.2.0.254", SERVER_SIDE),
        ):
            answer = Ether(src=mac, dst=own_mac) / ARP(op=2, hwsrc=mac, psrc=address, hwdst=own_mac, pdst=own)
            assert self.send(side, answer) == []

    def read(self, handler: str) -> str:
        return self.router.read(handler).decode().strip()


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.router.close()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_pairing_renders_to_a_configuration_that_loads(config: Path) -> None:
    text = render(load_pairing(config))
    text = re.sub(r"FromDevice\([^)]*\)", "Idle", text)
    text = re.sub(r"ToDevice\([^)]*\)", "Idle", text)
    with Router(text, clock="virtual") as router:
        assert router.read("lb.count").strip() == b"0"


@pytest.mark.parametrize(
    ("side", "address", "mac"), [(0, "10.1.0.254", CLIENT_SIDE), (0, "10.1.0.100", CLIENT_SIDE), (1, "10.2.0.254", SERVER_SIDE)]
)
def test_answers_for_its_addresses(network: Network, side: int, address: str, mac: str) -> None:
    asker = f"10.{side + 1}.0.1"
    ((out, frame),) = network.send(side, Ether(src=CLIENT, dst=EVERYONE) / ARP(op=1, hwsrc=CLIENT, psrc=asker, pdst=address))
    assert (out, frame[ARP].op, frame[ARP].psrc, frame[ARP].hwsrc, frame[ARP].hwdst) == (side, 2, address, mac, CLIENT)


def test_does_not_answer_for_others(network: Network) -> None:
    assert network.send(0, Ether(src=CLIENT, dst=EVERYONE) / ARP(op=1, hwsrc=CLIENT, psrc="10.1.0.1", pdst="10.1.0.2")) == []


@pytest.mark.parametrize("address", ["10.1.0.254", "10.1.0.100", "10.2.0.254"])
def test_answers_pings_to_itself_and_its_vips(network: Network, address: str) -> None:
    network.learn()
    ((out, frame),) = network.send(0, Ether(src=CLIENT, dst=CLIENT_SIDE) / IP(src="10.1.0.1", dst=address) / ICMP(id=7, seq=9))
    assert (out, frame.src, frame.dst) == (0, CLIENT_SIDE, CLIENT)
    assert (frame[IP].src, frame[IP].dst, frame[ICMP].type, frame[ICMP].id, frame[ICMP].seq) == (address, "10.1.0.1", 0, 7, 9)


def test_balances_there_and_back_one_hop_further(network: Network) -> None:
    network.learn()
    network.router.write("lb.import", "put 1 tcp 10.1.0.1:4000 10.1.0.100:8080 10.1.0.1:4000 10.2.0.1:8080 100")
    there = Ether(src=CLIENT, dst=CLIENT_SIDE) / IP(src="10.1.0.1", dst="10.1.0.100", ttl=9) / TCP(sport=4000, dport=8080, flags="A")
    ((out, frame),) = network.send(0, there)
    assert (out, frame.src, frame.dst, frame[IP].dst, frame[TCP].dport, frame[IP].ttl) == (1, SERVER_SIDE, SERVER, "10.2.0.1", 8080, 8)
    back = Ether(src=SERVER, dst=SERVER_SIDE) / IP(src="10.2.0.1", dst="10.1.0.1", ttl=9) / TCP(sport=8080, dport=4000, flags="A")
    ((out, frame),) = network.send(1, back)
    assert (out, frame.src, frame.dst, frame[IP].src, frame[TCP].sport, frame[IP].ttl) == (0, CLIENT_SIDE, CLIENT, "10.1.0.100", 8080, 8)
    assert (network.read("to_backends.count"), network.read("to_clients.count")) == ("1", "1")


def test_asks_for_a_backend_it_does_not_know_and_then_delivers(network: Network) -> None:
    syn = Ether(src=CLIENT, dst=CLIENT_SIDE) / IP(src="10.1.0.1", dst="10.1.0.100") / TCP(sport=4000, dport=8080, flags="S")
    ((out, query),) = network.send(0, syn)
    backend = query[ARP].pdst
    assert (out, query.dst, query[ARP].op, query[ARP].psrc, query[ARP].hwsrc) == (1, EVERYONE, 1, "10.2.0.254", SERVER_SIDE)
    answer = Ether(src=SERVER, dst=SERVER_SIDE) / ARP(op=2, hwsrc=SERVER, psrc=backend, hwdst=SERVER_SIDE, pdst="10.2.0.254")
    ((out, frame),) = network.send(1, answer)
    assert (out, frame.dst, frame[IP].dst, frame[TCP].flags) == (1, SERVER, backend, "S")


def test_routes_what_is_not_the_balancers_business(network: Network) -> None:
    network.learn()
    ssh = Ether(src=CLIENT, dst=CLIENT_SIDE) / IP(src="10.1.0.1", dst="10.2.0.1", ttl=5) / TCP(sport=4000, dport=22, flags="S")
    ((out, frame),) = network.send(0, ssh)
    assert (out, frame.dst, frame[IP].src, frame[IP].ttl) == (1, SERVER, "10.1.0.1", 4)


def test_an_expired_packet_is_reported_to_its_sender(network: Network) -> None:
    network.learn()
    last = Ether(src=CLIENT, dst=CLIENT_SIDE) / IP(src="10.1.0.1", dst="10.1.0.100", ttl=1) / TCP(sport=4000, dport=8080, flags="S")
    ((out, frame),) = network.send(0, last)
    assert (out, frame.dst, frame[IP].src, frame[ICMP].type, frame[ICMP].code) == (0, CLIENT, "10.1.0.254", 11, 0)
    assert network.read("lb.count") == "0"


def test_frames_of_others_and_unroutable_packets_go_nowhere(network: Network) -> None:
    network.learn()
    assert network.send(0, Ether(src=CLIENT, dst=OTHERS) / IP(src="10.1.0.1", dst="10.1.0.100") / TCP(dport=8080)) == []
    assert network.send(0, Ether(src=CLIENT, dst=CLIENT_SIDE) / IP(src="10.1.0.1", dst="198.51.100.1") / TCP(dport=80)) == []
    assert network.read("no_route.count") == "1"
