# SPDX-License-Identifier: Apache-2.0
"""IPRewriter and its like: what packets become, and what the handlers say. Checksums are judged by scapy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rewriterbed import Rewriter, ends, partial, ping, remade, summaries, tcp, udp
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.packet import Raw

from mimi.errors import ClickError

NAPT = "IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop)"
A, B = ("18.26.4.44", 30), ("10.0.0.4", 40)
MASQUERADED = ("1.0.0.1", 1024)

addresses = st.integers(1, 2**32 - 1).map(lambda n: ".".join(str(b) for b in n.to_bytes(4, "big")))
ports = st.integers(1, 65535)


def test_a_flow_is_masqueraded_and_its_replies_find_back() -> None:
    with Rewriter(NAPT) as rw:
        assert summaries(rw.send(0, udp(A, B))) == [(0, MASQUERADED, B)]
        assert summaries(rw.send(1, udp(B, MASQUERADED))) == [(1, B, A)]
        assert rw.send(1, udp(B, ("1.0.0.1", 1025))) == []
        assert rw.lines("udp_table") == [
            "(10.0.0.4, 40, 1.0.0.1, 1024) => (10.0.0.4, 40, 18.26.4.44, 30) [0 *1] i0 exp300",
            "(18.26.4.44, 30, 10.0.0.4, 40) => (1.0.0.1, 1024, 10.0.0.4, 40) [*0 1] i0 exp300",
        ]
        assert rw.read("tcp_table") == ""
        assert rw.read("patterns") == "1.0.0.1 1024-65535 - - [1]\n<drop>\n"


def test_every_input_looks_at_the_table_first() -> None:
    with Rewriter(NAPT) as rw:
        rw.send(0, tcp(A, B))
        assert summaries(rw.send(1, tcp(A, B))) == [(0, MASQUERADED, B)]
        assert summaries(rw.send(0, tcp(B, MASQUERADED))) == [(1, B, A)]


def test_tcp_and_udp_are_separate_but_share_a_udprewriters_table() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-65535 - - 0 1, drop)") as rw:
        other = ("18.26.4.45", 2000)
        assert [ends(data)[0][1] for _, data in rw.send(0, tcp(other, B), udp(other, B))] == [2000, 2000]
        assert (rw.read("table_size"), rw.read("size")) == ("2", "2")
    with Rewriter("UDPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop)") as rw:
        assert [ends(data)[0] for _, data in rw.send(0, tcp(A, B), udp(A, B))] == [MASQUERADED, MASQUERADED]
        assert rw.read("table_size") == "1"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(addresses, ports, addresses, ports, st.booleans(), st.binary(max_size=40)), min_size=1, max_size=40), addresses)
def test_checksums_are_those_scapy_computes_in_batches_too(flows: list[tuple[str, int, str, int, bool, bytes]], outside: str) -> None:
    with Rewriter(f"IPRewriter(pattern {outside} 1024-65535? - - 0 1, drop)") as rw:
        sent = [(tcp if is_tcp else udp)((s, sp), (d, dp), data=data) for s, sp, d, dp, is_tcp, data in flows]
        left = rw.send(0, *sent)
        assert len(left) == len(sent)
        for _, data in left:
            assert data == remade(data)
            packet = IP(data)
            back = IP(src=packet.dst, dst=packet.src) / type(packet.payload)(sport=packet.payload.dport, dport=packet.payload.sport)
            _, reply = rw.one(1, back)
            assert bytes(reply) == remade(reply)


def test_udp_without_checksum_keeps_none_and_damage_stays() -> None:
    with Rewriter(NAPT) as rw:
        assert rw.one(0, udp(A, B, chksum=0))[1][UDP].chksum == 0
        damaged = bytearray(udp(A, B))
        damaged[-1] ^= 1
        _, left = rw.one(0, bytes(damaged))
        assert left[UDP].chksum != IP(remade(left))[UDP].chksum


@pytest.mark.parametrize("make", [tcp, udp])
def test_a_partial_checksum_covers_the_new_pseudo_header_alone(make: object) -> None:
    assert callable(make)
    data, offload = partial(make(A, B, data=bytes(3000)), gso_type=1, gso_size=1448, hdr_len=40)
    with Rewriter(NAPT) as rw:
        ((_, packet),) = rw.send_and_look(0, data, offload=offload)
        assert packet.data == partial(make(MASQUERADED, B, data=bytes(3000)))[0] == partial(packet.data)[0]
        assert packet.offload == offload


def test_fragments_and_other_protocols_pass_only_where_told() -> None:
    late = bytes(fragment(IP(udp(A, B, data=bytes(100))), 40)[1])
    other = bytes(IP(src=A[0], dst=B[0], proto=47) / Raw(bytes(20)))
    short = bytes(IP(src=A[0], dst=B[0], proto=17) / Raw(bytes(7)))
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, pass 1)") as rw:
        assert rw.send(0, late, other, short) == []
        assert rw.send(1, late, other, short, udp(A, B)) == [(1, late), (1, other), (1, short), (1, udp(A, B))]
        assert rw.read("table_size") == "0"


def test_keep_remembers_and_changes_nothing() -> None:
    with Rewriter("IPRewriter(keep 0 1, drop)") as rw:
        assert rw.send(0, udp(A, B)) == [(0, udp(A, B))]
        assert rw.send(1, udp(B, A)) == [(1, udp(B, A))]
        assert rw.send(1, udp(B, ("18.26.4.44", 31))) == []


def test_the_own_port_is_preferred_then_another_is_found() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-1026 - - 0 1, drop)") as rw:
        clients = [(f"10.0.0.{i}", 1025) for i in range(1, 5)]
        chosen = [ends(data)[0][1] for _, data in rw.send(0, *(udp(c, B) for c in clients))]
        assert chosen[0] == 1025
        assert sorted(chosen) == [1024, 1025, 1026]
        assert rw.read("mapping_failures") == "1"
        # Another destination is another set of replies.
        assert ends(rw.one(0, udp(clients[3], ("10.0.0.4", 41)))[1])[0][1] == 1025


def test_ports_run_out_and_come_back() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-1025# - - 0 1, drop, REAP_INTERVAL 1, UDP_TIMEOUT 10)") as rw:
        assert len(rw.send(0, udp(A, B), udp(("1.1.1.1", 1), B), udp(("1.1.1.1", 2), B), udp(("1.1.1.1", 3), B))) == 2
        assert rw.read("mapping_failures") == "2"
        rw.pass_time(12)
        assert len(rw.send(0, udp(("1.1.1.1", 3), B))) == 1


def test_a_newer_flow_wins_a_reply_key() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 5 - - 0 1, drop)") as rw:
        other = ("18.26.4.45", 31)
        assert len(rw.send(0, udp(A, B), udp(other, B))) == 2
        assert summaries(rw.send(1, udp(B, ("1.0.0.1", 5)))) == [(1, B, other)]
        assert rw.read("table_size") == "1"
        assert len(rw.send(0, udp(A, B))) == 1
        assert summaries(rw.send(1, udp(B, ("1.0.0.1", 5)))) == [(1, B, A)]


def test_the_reply_annotation_comes_back() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop, REPLY_ANNO PAINT)", between="Paint(3)") as rw:
        rw.send(0, udp(A, B))
        rw.router.read("rw.table_size")
        ((_, packet),) = rw.send_and_look(1, udp(B, MASQUERADED))
        assert (packet.paint, packet.dst_ip) == (3, A[0])


def test_writing_a_pattern_removes_its_flows_and_a_bad_one_changes_nothing() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, pattern 1.0.0.2 1024-65535# - - 0 1)") as rw:
        rw.send(0, udp(A, B))
        rw.send(1, udp(("9.9.9.9", 9), B))
        for bad in ("pattern 1.0.0.3 70000 - - 0 1", "pattern 1.0.0.3 - - - 0 2", "nonsense", "pattern x 0 1", ""):
            with pytest.raises(ClickError, match="input spec 0"):
                rw.write("pattern0", bad)
        assert rw.read("patterns") == "1.0.0.1 1024-65535 - - [1]\n1.0.0.2 1024-65535 - - [1]\n"
        rw.write("pattern0", "pattern 1.0.0.3 7 - - 1 0")
        assert rw.read("patterns") == "1.0.0.3 7 - -\n1.0.0.2 1024-65535 - - [1]\n"
        assert summaries(rw.send(0, udp(A, B))) == [(1, ("1.0.0.3", 7), B)]
        assert rw.read("pattern1") == "1.0.0.2 1024-65535 - - [1]\n"


def test_lookup_says_what_becomes_of_a_flow() -> None:
    with Rewriter(NAPT) as rw:
        rw.send(0, tcp(A, B))
        assert rw.read("tcp_lookup", "18.26.4.44 30 10.0.0.4 40") == "1.0.0.1 1024 10.0.0.4 40"
        assert rw.read("tcp_lookup", "10.0.0.4 40 1.0.0.1 1024") == "10.0.0.4 40 18.26.4.44 30"
        assert rw.read("tcp_lookup", "10.0.0.4 40 1.0.0.1 1025") == ""


def test_capacity_and_clear() -> None:
    with Rewriter(NAPT) as rw:
        assert rw.read("capacity") == "2147483647"
        for i in range(10):
            rw.send(0, udp((f"10.0.0.{i}", 1), B))
            rw.pass_time(1)
        rw.write("capacity", "4")
        assert (rw.read("size"), rw.read("table_size"), rw.read("capacity")) == ("4", "4", "4")
        assert sorted(ends(data)[0][0] for i in range(10) for _, data in rw.send(1, udp(B, ("1.0.0.1", 1024 + i)))) == ["10.0.0.4"] * 4
        rw.write("clear")
        assert (rw.read("size"), rw.read("udp_table"), rw.read("patterns")) == ("0", "", "1.0.0.1 1024-65535 - -\n<drop>\n")
        assert len(rw.send(0, udp(A, B))) == 1


def test_rewriters_that_share_a_capacity_make_room_for_each_other() -> None:
    others = "rw2 :: IPRewriter(pattern 1.0.0.2 1024-65535# - - 0, MAPPING_CAPACITY 2, UDP_GUARANTEE 0); in9 :: MemoryIn -> MarkIPHeader -> rw2 -> Discard;"
    others = others.replace("- - 0,", "- - 0 0,")
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop, MAPPING_CAPACITY rw2, UDP_GUARANTEE 0)", others=others) as rw:
        rw.send(0, udp(A, B))
        rw.pass_time(1)
        for i in range(2):
            rw.router.push("in9", udp(("9.9.9.9", i + 1), B))
            rw.router.run()
            rw.pass_time(1)
        assert (rw.read("table_size"), rw.read("size"), rw.router.read("rw2.table_size")) == ("0", "2", b"2")


@pytest.mark.parametrize(
    ("element", "message"),
    [
        ("IPRewriter(pattern 1.0.0.1 1x - - 0 1, drop)", "input spec 0: bad source port"),
        ("IPRewriter(pattern 1.0.0.1 456-19 - - 0 1, drop)", "input spec 0: bad source port"),
        ("IPRewriter(drop, pattern 1.0.0.x - - - 0 1)", "input spec 1: bad source address"),
        ("IPRewriter(drop, pattern - - 1.0.0.x - 0 1)", "input spec 1: bad destination address"),
        ("IPRewriter(drop, pattern - - - 0 0 1)", "input spec 1: bad destination port"),
        ("IPRewriter(drop, pattern - - - - 0 2)", "input spec 1: output port out of range"),
        ("IPRewriter(drop, pattern - - - - x 1)", "input spec 1: bad forward port"),
        ("IPRewriter(drop, keep 0 x)", "input spec 1: bad reply port"),
        ("IPRewriter(drop, pass 7)", "input spec 1: output port out of range"),
        ("IPRewriter(drop, pattern nobody 0 1)", "input spec 1: no such pattern 'nobody'"),
        ("IPRewriter(drop, what ever)", "input spec 1: unknown specification"),
        ("IPRewriter(drop, in0)", "input spec 1: element is not an IPMapper"),
        ("IPRewriter(drop)", "need 2 arguments, one per input port"),
        ("IPRewriter(drop, drop, MAPPING_CAPACITY nobody)", "bad MAPPING_CAPACITY"),
        ("IPAddrRewriter(drop, pattern 1.255.0.0-1.0.255.255 - 0 1)", "input spec 1: bad source address"),
    ],
)
def test_bad_specifications_are_named(element: str, message: str) -> None:
    with pytest.raises(ClickError) as failure, Rewriter(element):
        pass
    assert message in str(failure.value)


def test_patterns_have_names() -> None:
    with Rewriter("IPRewriter(pattern out 0 1, drop)", others="IPRewriterPatterns(out 1.0.0.1 1024-65535# - -);") as rw:
        assert summaries(rw.send(0, udp(A, B))) == [(0, MASQUERADED, B)]
    with pytest.raises(ClickError, match="pattern 'out' already defined"):
        Rewriter("IPRewriter(pattern out 0 1, drop)", others="IPRewriterPatterns(out 1.0.0.1 5 - -, out 1.0.0.1 6 - -);")


def test_address_rewriters_take_fragments_along() -> None:
    whole = IP(udp(("10.0.0.1", 5), B, data=bytes(200)))
    pieces = [bytes(piece) for piece in fragment(whole, 80)]
    for element in ("IPAddrRewriter(pattern 3.0.0.1-3.0.0.9# - 0 1, drop)", "IPAddrPairRewriter(pattern 3.0.0.1-3.0.0.9# - 0 1, drop)"):
        with Rewriter(element) as rw:
            left = [IP(data) for _, data in rw.send(0, *pieces)]
            assert [p.src for p in left] == ["3.0.0.1"] * len(pieces)
            assert all(bytes(p)[:20] == remade(p)[:20] for p in left)
            whole.src = "3.0.0.1"
            assert bytes(left[0])[20:28] == remade(whole)[20:28]
            assert summaries(rw.send(1, udp(B, ("3.0.0.1", 5)))) == [(1, B, ("10.0.0.1", 5))]


def test_address_rewriters_say_addresses() -> None:
    with Rewriter("IPAddrRewriter(pattern 3.0.0.0/30# - 0 1, drop)") as rw:
        assert rw.read("patterns").splitlines()[0] == "3.0.0.1-3.0.0.2 -"
        assert len(rw.send(0, *(udp((f"10.0.0.{i}", 1), B) for i in (1, 2, 3)))) == 2
        assert rw.lines("table")[:3] == [
            "10.0.0.1 => 3.0.0.1 [*0 1] i0 exp7200",
            "10.0.0.2 => 3.0.0.2 [*0 1] i0 exp7200",
            "3.0.0.1 => 10.0.0.1 [0 *1] i0 exp7200",
        ]
    with Rewriter("IPAddrPairRewriter(pattern 3.0.0.1 4.0.0.1 0 1, drop)") as rw:
        rw.send(0, udp(("10.0.0.1", 1), B))
        assert rw.lines("table") == [
            "(10.0.0.1, 10.0.0.4) => (3.0.0.1, 4.0.0.1) [*0 1] i0 exp7200",
            "(4.0.0.1, 3.0.0.1) => (10.0.0.4, 10.0.0.1) [0 *1] i0 exp7200",
        ]


def test_pings_find_back_by_their_identifiers() -> None:
    with Rewriter("ICMPPingRewriter(pattern 2.0.0.2 - 0-65535# 0 1, drop)") as rw:
        for i, client in enumerate(["1.0.0.1", "1.0.0.2"]):
            output, request = rw.one(0, ping(client, "5.0.0.5", 65535))
            assert (output, request.src, request[ICMP].id, bytes(request)) == (0, "2.0.0.2", i, remade(request))
            output, reply = rw.one(1, ping("5.0.0.5", "2.0.0.2", i, reply=True))
            assert (output, reply.dst, reply[ICMP].id, bytes(reply)) == (1, client, 65535, remade(reply))
        assert rw.send(1, ping("5.0.0.5", "2.0.0.2", 2, reply=True)) == []
        assert rw.send(0, ping("5.0.0.5", "2.0.0.2", 2, reply=True)) == []
        assert rw.lines("table")[0] == "(1.0.0.1, 5.0.0.5, 65535) => (2.0.0.2, 5.0.0.5, 0) [*0 1] i0 exp300"
        assert rw.lines("table")[2] == "(5.0.0.5, 2.0.0.2, 0) => (5.0.0.5, 1.0.0.1, 65535) [0 *1] i0 exp300"
        assert rw.read("lookup", "1.0.0.1 65535 5.0.0.5 0").split()[:2] == ["2.0.0.2", "0"]


def test_a_reply_of_nothing_but_zeros_keeps_a_sound_checksum() -> None:
    with Rewriter("ICMPPingRewriter(pattern 2.0.0.2 - 5-6# 0 1, drop)") as rw:
        rw.send(0, IP(src="1.0.0.1", dst="5.0.0.5") / ICMP(type=8, id=0))
        _, reply = rw.one(1, IP(src="5.0.0.5", dst="2.0.0.2") / ICMP(type=0, id=5))
        assert (reply[ICMP].id, reply[ICMP].chksum) == (0, 0xFFFF)


def test_round_robin_passes_over_what_is_full_and_members_change_live() -> None:
    members = "- - 7.0.0.1 - 0 1, 1.0.0.1 5-6 7.0.0.2 - 0 1, - - 7.0.0.3 - 1 0"
    with Rewriter("IPRewriter(rr, drop)", others=f"rr :: RoundRobinIPMapper({members});") as rw:
        clients = iter(range(1, 100))

        def chosen(n: int) -> list[str]:
            return [IP(data).dst for _ in range(n) for _, data in rw.send(0, udp(("10.0.0.1", next(clients)), B))]

        assert chosen(9) == [f"7.0.0.{i}" for i in (1, 2, 3, 1, 2, 3, 1, 3, 1)]
        assert rw.router.read("rr.chosen").decode().splitlines()[1] == "1.0.0.1 5-6 7.0.0.2 - 0 1 2"
        with pytest.raises(ClickError, match="output port out of range"):
            rw.router.write("rr.patterns", "- - 8.0.0.1 - 0 1\n- - 8.0.0.2 - 0 5\n")
        with pytest.raises(ClickError, match="bad destination address"):
            rw.router.write("rr.patterns", "- - 8.0.0.1 - 0 1\n- - x - 0 1\n")
        assert rw.router.read("rr.patterns").decode().splitlines() == [m.strip() for m in members.split(",")]
        rw.router.write("rr.patterns", "- - 8.0.0.1 - 0 1\n- - 8.0.0.2 - 0 1\n")
        assert chosen(3) == ["8.0.0.1", "8.0.0.2", "8.0.0.1"]
        assert IP(rw.send(0, udp(("10.0.0.1", 1), B))[0][1]).dst == "7.0.0.1"  # an old flow stays


def test_consistent_hashing_moves_only_the_sources_of_a_member_that_left() -> None:
    def owners(ids: list[int]) -> dict[str, str]:
        members = ", ".join(f"- - 7.0.0.{i} - 0 1 {i}" for i in ids)
        with Rewriter("IPRewriter(h, drop)", others=f"h :: SourceIPHashMapper(50 17, {members});") as rw:
            sources = [f"10.1.{i}.1" for i in range(200)]
            return {source: IP(rw.send(0, udp((source, 9), B))[0][1]).dst for source in sources}

    before, after = owners([1, 2, 3, 4]), owners([4, 3, 1])
    assert all(list(before.values()).count(f"7.0.0.{i}") > 20 for i in (1, 2, 3, 4))
    assert all(after[source] == owner for source, owner in before.items() if owner != "7.0.0.2")


def test_icmp_errors_are_told_as_the_sender_knows_the_packet() -> None:
    others = f"ip :: {NAPT}; icmp :: ICMPPingRewriter(pattern 1.0.0.1 - 7-7 0 1, drop);"
    others += "f :: MemoryIn -> MarkIPHeader -> ip -> ipo :: MemoryOut; Idle -> [1]ip; ip[1] -> Discard;"
    others += "g :: MemoryIn -> MarkIPHeader -> icmp -> icmpo :: MemoryOut; Idle -> [1]icmp; icmp[1] -> Discard;"
    with Rewriter("ICMPRewriter(ip icmp)", inputs=1, others=others) as rw:

        def rewritten(which: str, data: bytes) -> bytes:
            rw.router.push("f" if which == "ip" else "g", data)
            rw.router.run()
            return rw.router.packets(f"{which}o")[0].data

        for original in (tcp(A, B, data=b"x" * 11), udp(A, B), udp(A, B, chksum=0), ping(A[0], B[0], 99)):
            quoted = rewritten("icmp" if IP(original).proto == 1 else "ip", original)
            for sender, seen_as in (("19.19.19.19", "19.19.19.19"), (B[0], B[0])):
                for size in (len(quoted), 28):
                    error = IP(src=sender, dst="1.0.0.1") / ICMP(type=3, code=1) / Raw(quoted[:size])
                    output, left = rw.one(0, error)
                    assert (output, left.src, left.dst) == (0, seen_as, A[0])
                    assert bytes(left[ICMP].payload) == original[:size]
                    assert bytes(left) == remade(left)
        unknown = IP(src="19.19.19.19", dst="1.0.0.1") / ICMP(type=11) / Raw(udp(("1.0.0.1", 9), ("8.8.8.8", 53)))
        assert rw.one(0, unknown) == (1, IP(bytes(unknown)))
        assert rw.one(0, ping("1.1.1.1", "1.0.0.1", 1))[0] == 1


def test_an_errors_source_behind_the_translation_is_translated_too() -> None:
    others = "ip :: IPRewriter(pattern - - 5.6.7.8 80 0 1, drop); f :: MemoryIn -> MarkIPHeader -> ip -> ipo :: MemoryOut;"
    others += "Idle -> [1]ip; ip[1] -> Discard;"
    with Rewriter("ICMPRewriter(ip:0)", inputs=1, others=others) as rw:
        rw.router.push("f", udp(A, B))
        rw.router.run()
        quoted = rw.router.packets("ipo")[0].data
        output, left = rw.one(0, IP(src="5.6.7.8", dst=A[0]) / ICMP(type=3, code=3) / Raw(quoted))
        assert (output, left.src, left.dst, bytes(left[ICMP].payload)) == (1, B[0], A[0], udp(A, B))
        assert rw.send(0, ping("1.1.1.1", "1.0.0.1", 1)) == []


FTP = "IPRewriterPatterns(pat 1.0.0.1 1024-65535# - -);"
CLIENT, SERVER = ("200.200.200.200", 30), ("2.0.0.2", 21)


def test_ftps_port_command_makes_a_flow_and_shifts_what_follows() -> None:
    with Rewriter("TCPRewriter(pattern pat 0 1, drop)", others=FTP, between="FTPPortMapper(rw, rw, 0)") as rw:
        rw.send(0, tcp(CLIENT, SERVER, seq=0, data=b"x"))
        _, command = rw.one(0, tcp(CLIENT, SERVER, seq=1, data=b"PORT 200,200,200,200,200,200\r\n"))
        assert bytes(command[TCP].payload) == b"PORT 1,0,0,1,4,1\r\n"
        assert bytes(command) == remade(command)
        _, after = rw.one(0, tcp(CLIENT, SERVER, seq=31, data=b"LIST\r\n"))
        assert (after[TCP].seq, bytes(after)) == (19, remade(after))
        sack = [("NOP", None), ("NOP", None), ("SAck", (1, 19))]
        _, answer = rw.one(1, tcp(SERVER, MASQUERADED, ack=19, options=sack))
        assert (answer[TCP].ack, dict(answer[TCP].options)["SAck"], bytes(answer)) == (31, (1, 31), remade(answer))
        _, earlier = rw.one(1, tcp(SERVER, MASQUERADED, ack=1))
        assert earlier[TCP].ack == 1
        # The server opens the data connection to what it was told.
        assert summaries(rw.send(1, tcp(("2.0.0.2", 20), ("1.0.0.1", 1025), flags="S"))) == [
            (1, ("2.0.0.2", 20), ("200.200.200.200", 200 * 256 + 200))
        ]
        assert any(" seq -12 [" in line for line in rw.read("table").splitlines())


def test_a_damaged_or_foreign_command_is_left_alone() -> None:
    with Rewriter("TCPRewriter(pattern pat 0 1, drop)", others=FTP, between="FTPPortMapper(rw, rw, 0)") as rw:
        rw.send(0, tcp(CLIENT, SERVER, data=b"x"))
        for data in (b"PORT 1,2,3,4,5\r\n", b"PORT 1,2,3,4,5,256\r\n", b"PORT 1,2,3,4,5,6", b"PORT 1,,3,4,5,6\r\n", b"PORTAL\r\n"):
            assert bytes(rw.one(0, tcp(CLIENT, SERVER, data=data))[1][TCP].payload) == data
        damaged = bytearray(tcp(CLIENT, SERVER, data=b"PORT 200,200,200,200,1,1\r\n"))
        damaged[-3] ^= 1
        assert bytes(rw.one(0, bytes(damaged))[1][TCP].payload) == bytes(damaged[40:])
        assert rw.read("table_size") == "1"
