# SPDX-License-Identifier: Apache-2.0
"""Packets over sockets of the system: loopback and files only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.packet import Raw

from mimi.click.router import Packet, Router
from mimi.errors import ClickError

LOOPBACK = "127.0.0.1"


def run_until(done: Callable[[], bool], *routers: Router) -> None:
    """Run the routers in turns until it is so; a second or two at the very most."""
    for _ in range(200):
        if done():
            return
        for router in routers:
            router.run(ms=5)
    pytest.fail("nothing came of it")


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def collected(router: Router, got: list[bytes], count: int) -> Callable[[], bool]:
    def done() -> bool:
        got.extend(packet.data for packet in router.packets("out"))
        return sum(map(len, got)) >= count

    return done


@pytest.mark.parametrize("feed", ["", "Queue -> "], ids=["push", "pull"])
def test_a_datagram_server_answers_whom_it_heard_last(feed: str) -> None:
    port = free_port(socket.SOCK_DGRAM)
    text = f"in :: MemoryIn -> {feed}s :: Socket(UDP, {LOOPBACK}, {port}) -> out :: MemoryOut"
    with Router(text) as router, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((LOOPBACK, 0))
        peer.setblocking(False)
        peer.sendto(b"hello", (LOOPBACK, port))
        got: list[bytes] = []
        run_until(collected(router, got, 5), router)
        router.push("in", b"answer")
        answers: list[bytes] = []

        def answered() -> bool:
            try:
                answers.append(peer.recv(100))
            except BlockingIOError:
                return False
            return True

        run_until(answered, router)
    assert (got, answers) == ([b"hello"], [b"answer"])


def test_what_is_sent_before_anybody_was_heard_is_dropped_and_counted() -> None:
    with Router(f"in :: MemoryIn -> s :: Socket(UDP, {LOOPBACK}, {free_port(socket.SOCK_DGRAM)}) -> out :: MemoryOut") as router:
        router.push("in", b"to nobody")
        router.run(ms=1)
        assert router.read("s.drops") == b"1"


@pytest.mark.parametrize("feed", ["", "Queue -> "], ids=["push", "pull"])
@pytest.mark.parametrize("kind", ["TCP", "UNIX"])
def test_a_stream_server_and_client_carry_every_byte_in_order(kind: str, feed: str, tmp_path: Path) -> None:
    where = f"{LOOPBACK}, {free_port(socket.SOCK_STREAM)}" if kind == "TCP" else str(tmp_path / "socket")
    sent = [bytes([i]) * (i * 7 + 1) for i in range(50)]
    with (
        Router(f"Socket({kind}, {where}, SNAPLEN 300) -> out :: MemoryOut") as server,
        Router(f"in :: MemoryIn -> {feed}Socket({kind}, {where})") as client,
    ):
        for data in sent:
            client.push("in", data)
        got: list[bytes] = []
        run_until(collected(server, got, len(b"".join(sent))), client, server)
    assert b"".join(got) == b"".join(sent)
    assert not list(tmp_path.iterdir())


def test_a_stream_server_takes_the_next_client_when_one_has_gone() -> None:
    port = free_port(socket.SOCK_STREAM)
    got: list[bytes] = []
    with Router(f"Socket(TCP, {LOOPBACK}, {port}) -> out :: MemoryOut") as router:
        for word in (b"one", b"two"):
            with socket.create_connection((LOOPBACK, port)) as client:
                client.sendall(word)
            run_until(collected(router, got, 3 * (1 + (word == b"two"))), router)
    assert b"".join(got) == b"onetwo"


def test_allow_comes_before_deny() -> None:
    port = free_port(socket.SOCK_DGRAM)
    text = f"""i :: Idle -> a :: RadixIPLookup(127.0.0.2/32 0) -> d :: RadixIPLookup(0.0.0.0/0 0) -> Discard;
               Socket(UDP, {LOOPBACK}, {port}, ALLOW a, DENY d) -> out :: MemoryOut"""
    with Router(text) as router:
        for source in ("127.0.0.3", "127.0.0.2"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                peer.bind((source, 0))
                peer.sendto(source.encode(), (LOOPBACK, port))
        got: list[bytes] = []
        run_until(collected(router, got, 9), router)
    assert got == [b"127.0.0.2"]


def test_members_of_a_group_hear_each_other_and_not_themselves() -> None:
    port = free_port(socket.SOCK_DGRAM)
    text = f"in :: MemoryIn -> McastSocket(239.255.77.1, {port}, {LOOPBACK}) -> out :: MemoryOut"
    with Router(text) as one, Router(text) as two:
        one.push("in", b"from one")
        two.push("in", b"from two")
        heard: tuple[list[bytes], list[bytes]] = ([], [])
        run_until(collected(one, heard[0], 8), one, two)
        run_until(collected(two, heard[1], 8), one, two)
        one.run(ms=5)
        assert one.packets("out") == []
    assert heard == ([b"from two"], [b"from one"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Socket(SCTP, 1.2.3.4, 5) -> Discard", "unknown socket type"),
        ("Socket(UDP, 1.2.3.4) -> Discard", "PORT"),
        (f"Socket(UNIX, {'x' * 200}) -> Discard", "too long"),
        ("McastSocket(10.0.0.1, 5) -> Discard", "multicast"),
        ("Socket(UDP, 127.0.0.1, 0, DENY i) -> Discard; i :: Idle -> Discard", "IPRouteTable"),
    ],
)
def test_wrong_arguments_are_refused(text: str, words: str) -> None:
    with pytest.raises(ClickError, match=words):
        Router(text)


# --- raw sockets -----------------------------------------------------------------------------------------------------------


@pytest.mark.root
@pytest.mark.parametrize("feed", ["", "Queue -> "], ids=["push", "pull"])
def test_a_raw_socket_sends_whole_packets_of_its_protocol(feed: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer, Router(f"in :: MemoryIn -> {feed}RawSocket(UDP)") as router:
        peer.bind((LOOPBACK, 0))
        peer.setblocking(False)
        packet = IP(src="127.0.0.9", dst=LOOPBACK) / UDP(sport=99, dport=peer.getsockname()[1]) / Raw(b"by hand")
        router.push("in", bytes(packet))
        got: list[tuple[bytes, tuple[str, int]]] = []

        def heard() -> bool:
            try:
                got.append(peer.recvfrom(100))
            except BlockingIOError:
                return False
            return True

        run_until(heard, router)
    assert got == [(b"by hand", ("127.0.0.9", 99))]


@pytest.mark.root
def test_a_raw_socket_with_a_port_hears_only_that_and_holds_it() -> None:
    port = free_port(socket.SOCK_DGRAM)
    other = free_port(socket.SOCK_DGRAM)
    with Router(f"RawSocket(UDP, {port}) -> out :: MemoryOut") as router, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((LOOPBACK, 0))
        sender = peer.getsockname()[1]
        peer.sendto(b"not mine", (LOOPBACK, other))
        peer.sendto(b"mine", (LOOPBACK, port))
        got: list[Packet] = []

        def heard() -> bool:
            got.extend(router.packets("out"))
            return bool(got)

        run_until(heard, router)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late, pytest.raises(OSError, match="in use"):
            late.bind(("", port))
    (packet,) = got
    seen = IP(packet.data)
    assert (packet.dst_ip, seen[UDP].sport, seen[UDP].dport) == (LOOPBACK, sender, port)
    assert bytes(seen[UDP].payload) == b"mine"


@pytest.mark.root
def test_a_raw_socket_tells_pings_apart_by_their_identifier() -> None:
    text = "in :: MemoryIn -> RawSocket(ICMP); RawSocket(ICMP, 4711) -> out :: MemoryOut"
    with Router(text) as router:
        for identifier in (4710, 4711, 4712):
            router.push("in", bytes(IP(src=LOOPBACK, dst="127.0.0.2") / ICMP(id=identifier) / Raw(b"x")))
        got: list[Packet] = []

        def heard() -> bool:
            got.extend(router.packets("out"))
            return len(got) >= 2

        run_until(heard, router)
    assert [(IP(p.data)[ICMP].type, IP(p.data)[ICMP].id) for p in got] == [(8, 4711), (0, 4711)]


@pytest.mark.root
def test_a_raw_socket_counts_what_is_no_ip_packet() -> None:
    with Router("in :: MemoryIn -> r :: RawSocket(89)") as router:
        router.push("in", bytes(19))
        router.run(ms=1)
        assert router.read("r.drops") == b"1"


@pytest.mark.parametrize("arguments", ["NOSUCH", "0", "256", "TCP, 70000", "UDP, 1, 2"])
def test_a_raw_socket_refuses_bad_arguments(arguments: str) -> None:
    with pytest.raises(ClickError, match="While configuring"):
        Router(f"RawSocket({arguments}) -> Discard")
