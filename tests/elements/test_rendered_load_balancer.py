# SPDX-License-Identifier: Apache-2.0
"""The rendered load balancer as a router: Ethernet frames in, Ethernet frames out, devices replaced by memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP, IPerror, TCPerror
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from mimi.pairing import load_pairing, parse_pairing
from tests.elements.rendered import CONFIGS, EVERYONE, HOSTS, SIDES, Network

FIG2 = CONFIGS / "fig2-lb.yaml"
(CLIENT, SERVER), OTHERS = HOSTS, "02:00:00:00:09:09"
CLIENT_SIDE, SERVER_SIDE = SIDES


class Fig2(Network):
    """The paper's balancer: 0 is the clients' wire, 1 the servers'."""

    def __init__(self) -> None:
        super().__init__(load_pairing(FIG2))

    def learn(self, *_: str) -> None:
        super().learn("10.1.0.1", "10.2.0.1")


@pytest.fixture
def network() -> Iterator[Network]:
    made = Fig2()
    yield made
    made.router.close()


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


def too_long(source: str, target: str, sport: int, dport: int, flags: str = "DF") -> Packet:
    return IP(src=source, dst=target, flags=flags) / TCP(sport=sport, dport=dport, flags="A") / Raw(b"x" * 1400)


@pytest.fixture
def narrow() -> Iterator[Network]:
    """Both links of 1000 bytes, and one flow."""
    text = FIG2.read_text().replace("addresses: [10.1.0.254/16]", "addresses: [10.1.0.254/16], mtu: 1000")
    with Network(parse_pairing(text.replace("addresses: [10.2.0.254/16]", "addresses: [10.2.0.254/16], mtu: 1000"))) as made:
        made.learn("10.1.0.1", "10.2.0.1")
        made.router.write("lb.import", "put 1 tcp 10.1.0.1:4000 10.1.0.100:8080 10.1.0.1:4000 10.2.0.1:8080 100")
        yield made


def test_a_client_learns_that_its_packet_is_too_long_as_if_the_vip_were_the_server(narrow: Network) -> None:
    ((out, frame),) = narrow.say(0, too_long("10.1.0.1", "10.1.0.100", 4000, 8080))
    assert (out, frame.dst, frame[IP].src, frame[IP].dst) == (0, CLIENT, "10.1.0.254", "10.1.0.1")
    assert (frame[ICMP].type, frame[ICMP].code, frame[ICMP].nexthopmtu) == (3, 4, 1000)
    assert (frame[IPerror].src, frame[IPerror].dst, frame[TCPerror].sport, frame[TCPerror].dport) == ("10.1.0.1", "10.1.0.100", 4000, 8080)
    assert narrow.read("server_too_long.count") == "1"


def test_a_backend_learns_that_its_answer_is_too_long_as_it_sent_it(narrow: Network) -> None:
    ((out, frame),) = narrow.say(1, too_long("10.2.0.1", "10.1.0.1", 8080, 4000))
    assert (out, frame.dst, frame[IP].src, frame[IP].dst) == (1, SERVER, "10.2.0.254", "10.2.0.1")
    assert (frame[ICMP].type, frame[ICMP].code, frame[ICMP].nexthopmtu) == (3, 4, 1000)
    assert (frame[IPerror].src, frame[IPerror].dst, frame[TCPerror].sport, frame[TCPerror].dport) == ("10.2.0.1", "10.1.0.1", 8080, 4000)


def test_what_may_be_cut_is_cut(narrow: Network) -> None:
    found = narrow.say(0, too_long("10.1.0.1", "10.1.0.100", 4000, 8080, flags=""))
    assert [out for out, _ in found] == [1, 1]
    assert all(frame[IP].dst == "10.2.0.1" and frame[IP].len <= 1000 for _, frame in found)
    assert sum(len(frame[IP].payload) for _, frame in found) == 1420
