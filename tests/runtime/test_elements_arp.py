# SPDX-License-Identifier: Apache-2.0
"""ARP: answering, asking, waiting, forgetting."""

from __future__ import annotations

import pytest
from packetwork import data_of, through
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from mimi.click.router import Router
from mimi.errors import ClickError

HOST, ROUTER, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:fe", "02:00:00:00:00:02"
QUERIER = f"""
    ip :: MemoryIn -> MarkIPHeader -> GetIPAddress(16) -> q :: ARPQuerier(10.0.0.254/24, {ROUTER}, CAPACITY 4, ENTRY_PACKET_CAPACITY 3);
    replies :: MemoryIn -> [1]q;
    q[0] -> out :: MemoryOut;
    q[1] -> queries :: MemoryOut;
"""


def ip_to(address: str, number: int = 0) -> bytes:
    return bytes(IP(src="10.0.0.254", dst=address, id=number) / UDP(sport=1, dport=number))


def reply(address: str, ether: str, op: int = 2) -> bytes:
    return bytes(Ether(src=ether, dst=ROUTER) / ARP(op=op, hwsrc=ether, psrc=address, hwdst=ROUTER, pdst="10.0.0.254"))


def test_requests_for_its_addresses_are_answered() -> None:
    def ask(address: str, op: int = 1, sender: str = "10.0.0.1") -> bytes:
        return bytes(Ether(src=HOST, dst="ff:ff:ff:ff:ff:ff") / ARP(op=op, hwsrc=HOST, psrc=sender, pdst=address))

    asked = [ask("10.0.0.254"), ask("10.0.0.9"), ask("10.5.5.5"), ask("10.0.0.254", op=2), ask("10.0.0.254", sender="10.0.0.254")]
    answered, rest = through(f"ARPResponder(10.0.0.254 {ROUTER}, 10.5.0.0/16 {OTHER})", asked, outputs=2)
    replies = [Ether(packet.data) for packet in answered]
    assert [(p.dst, p.src, p[ARP].op, p[ARP].hwsrc, p[ARP].psrc, p[ARP].hwdst, p[ARP].pdst) for p in replies] == [
        (HOST, ROUTER, 2, ROUTER, "10.0.0.254", HOST, "10.0.0.1"),
        (HOST, OTHER, 2, OTHER, "10.5.5.5", HOST, "10.0.0.1"),
    ]
    assert data_of(rest) == [asked[1], asked[3], asked[4]]


def test_the_responder_learns_new_addresses() -> None:
    with Router(f"Idle -> r :: ARPResponder(10.0.0.1 {ROUTER}) -> Discard") as router:
        router.write("r.add", f"10.0.0.2 10.0.1.0/24 {OTHER}")
        assert router.read("r.lookup", "10.0.1.77") == b"02-00-00-00-00-02"
        router.write("r.remove", "10.0.1.0/24")
        assert router.read("r.lookup", "10.0.1.77") == b""
        assert router.read("r.table").decode().splitlines() == ["10.0.0.1/32 02-00-00-00-00-FE", "10.0.0.2/32 02-00-00-00-00-02"]
        with pytest.raises(ClickError, match="Ethernet address missing"):
            router.write("r.add", "10.0.0.3")


def test_packets_wait_for_the_answer_in_order() -> None:
    with Router(QUERIER, clock="virtual") as router:
        router.push_all("ip", [ip_to("10.0.0.1", 1), ip_to("10.0.0.1", 2)])
        router.run(ms=1)
        assert router.packets("out") == []
        (query,) = [Ether(packet.data) for packet in router.packets("queries")]
        assert (query.dst, query.src, query[ARP].op, query[ARP].psrc, query[ARP].pdst) == (
            "ff:ff:ff:ff:ff:ff", ROUTER, 1, "10.0.0.254", "10.0.0.1",
        )  # fmt: skip
        assert (router.read("q.length"), router.read("q.count")) == (b"2", b"1")
        router.push("replies", reply("10.0.0.1", HOST))
        router.run(ms=1)
        frames = [Ether(packet.data) for packet in router.packets("out")]
        assert [(f.dst, f.src, f.type, f[IP].id) for f in frames] == [(HOST, ROUTER, 0x800, 1), (HOST, ROUTER, 0x800, 2)]
        # From now on nobody waits, and nobody asks.
        router.push("ip", ip_to("10.0.0.1", 3))
        router.run(ms=1)
        assert [Ether(p.data)[IP].id for p in router.packets("out")] == [3]
        assert router.packets("queries") == []
        assert router.read("q.table").startswith(b"10.0.0.1 1 02-00-00-00-00-01 0.00")


def test_packets_repeat_the_question_but_not_too_often_and_are_given_up() -> None:
    with Router(QUERIER, clock="virtual") as router:
        for _ in range(500):
            router.push("ip", ip_to("10.0.0.1"))
            router.run(ms=10)
        # Ten in the first second, then one every two.
        assert len(router.packets("queries")) == 12
        router.run(ms=3_100)
        assert router.packets("queries") == []  # without packets nobody asks
        assert router.read("q.length") == b"0"
        assert b"unresolved " in router.read("q.drop_details")
        router.run(ms=6_000)
        assert router.read("q.count") == b"0"


def test_too_many_waiting_packets_make_way_by_half_from_the_oldest_entries() -> None:
    text = QUERIER.replace(", ENTRY_PACKET_CAPACITY 3", "")
    with Router(text, clock="virtual") as router:
        router.push_all("ip", [ip_to(f"10.0.0.{host}", number) for number, host in enumerate([1, 2, 3, 1, 2], 1)])
        router.run(ms=1)
        assert (router.read("q.length"), router.read("q.drops")) == (b"2", b"3")
        for host in (1, 2, 3):
            router.push("replies", reply(f"10.0.0.{host}", HOST))
        router.run(ms=1)
        assert [Ether(p.data)[IP].id for p in router.packets("out")] == [5, 3]


def test_queriers_may_share_a_table() -> None:
    text = f"""t :: ARPTable(TIMEOUT 10); ip, other :: MemoryIn; replies :: MemoryIn; out, more :: MemoryOut;
        ip -> a :: ARPQuerier(10.0.0.254, {ROUTER}, TABLE t) -> out; replies -> [1]a;
        other -> b :: ARPQuerier(10.0.0.253, {OTHER}, TABLE t) -> more; Idle -> [1]b"""
    with Router(
        text.replace("ip -> a", "ip -> MarkIPHeader -> a").replace("other -> b", "other -> MarkIPHeader -> b"), clock="virtual"
    ) as router:
        router.push("replies", reply("10.0.0.1", HOST))
        router.run(ms=1)
        router.push("other", ip_to("10.0.0.1"))
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("more")] == [HOST]
        assert router.read("t.table") == router.read("b.table")
        router.write("t.clear")
        router.push("other", ip_to("10.0.0.1"))
        router.run(ms=1)
        assert router.read("t.length") == b"1"
        router.packets("more")
        router.write("t.insert", f"10.0.0.1 {HOST}")
        router.run(ms=1)
        assert len(router.packets("more")) + len(router.packets("out")) == 1


def test_the_oldest_waiting_packet_makes_room() -> None:
    with Router(QUERIER, clock="virtual") as router:
        router.push_all("ip", [ip_to("10.0.0.1", n) for n in range(1, 6)])
        router.run(ms=1)
        router.push("replies", reply("10.0.0.1", HOST))
        router.run(ms=1)
        assert [Ether(p.data)[IP].id for p in router.packets("out")] == [3, 4, 5]
        assert b"backlog 2\n" in router.read("q.drop_details")


def test_whoever_walks_through_a_network_does_not_drive_its_neighbours_out() -> None:
    with Router(QUERIER.replace("CAPACITY 4, ENTRY_PACKET", "CAPACITY 100, ENTRY_CAPACITY 3, ENTRY_PACKET"), clock="virtual") as router:
        router.write("q.insert", f"10.0.0.1 {HOST}")
        router.push_all("ip", [ip_to(f"10.0.0.{n}") for n in range(2, 100)])
        router.push("ip", ip_to("10.0.0.1", 7))
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == [HOST]
        assert (router.read("q.count"), router.read("q.length"), router.read("q.drops")) == (b"3", b"2", b"96")
        for n in (98, 99):
            router.push("replies", reply(f"10.0.0.{n}", OTHER))
        router.write("q.insert", f"10.0.0.200 {OTHER}")
        router.run(ms=1)
        table = router.read("q.table").decode()
        assert "10.0.0.1 " not in table and "10.0.0.200 1" in table, "without one that is sought, the one not heard of for longest goes"


def test_requests_refresh_only_what_is_known() -> None:
    with Router(QUERIER, clock="virtual") as router:
        router.push("replies", reply("10.0.0.7", OTHER, op=1))
        router.run(ms=1)
        assert router.read("q.count") == b"0"
        router.write("q.insert", f"10.0.0.7 {HOST}")
        router.push("replies", reply("10.0.0.7", OTHER, op=1))
        router.run(ms=1)
        assert b"10.0.0.7 1 02-00-00-00-00-02" in router.read("q.table")


def test_insert_delete_clear_and_forgetting() -> None:
    with Router(QUERIER, clock="virtual") as router:
        router.write("q.insert", f"10.0.0.1 {HOST}")
        router.write("q.insert", f"10.0.0.2 {OTHER}")
        router.write("q.delete", "10.0.0.1")
        assert router.read("q.count") == b"1"
        router.run(ms=299_000)
        assert router.read("q.count") == b"1"
        router.run(ms=5_000)
        assert router.read("q.count") == b"0"
        router.write("q.insert", f"10.0.0.1 {HOST}")
        router.write("q.clear")
        assert router.read("q.count") == b"0"


def test_a_stale_answer_serves_while_it_is_asked_for_again() -> None:
    with Router(QUERIER, clock="virtual") as router:
        router.write("q.insert", f"10.0.0.1 {HOST}")
        router.run(ms=61_000)
        router.push("ip", ip_to("10.0.0.1", 9))
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == [HOST]
        assert [Ether(p.data).dst for p in router.packets("queries")] == [HOST]  # to its last known place


def test_broadcast_multicast_and_announcements_need_no_question() -> None:
    with Router(QUERIER, clock="virtual") as router:
        router.push_all("ip", [ip_to("10.0.0.255"), ip_to("255.255.255.255"), ip_to("224.1.2.3")])
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == ["ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff", "01:00:5e:01:02:03"]
        router.write("q.announce")
        router.write("q.announce", "10.0.0.100")
        router.run(ms=1)
        announced = [Ether(p.data) for p in router.packets("queries")]
        assert [(p.dst, p[ARP].psrc, p[ARP].pdst, p[ARP].hwsrc) for p in announced] == [
            ("ff:ff:ff:ff:ff:ff", "10.0.0.254", "10.0.0.254", ROUTER),
            ("ff:ff:ff:ff:ff:ff", "10.0.0.100", "10.0.0.100", ROUTER),
        ]
