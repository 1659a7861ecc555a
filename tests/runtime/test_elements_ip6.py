# SPDX-License-Identifier: Apache-2.0
"""The elements of an IPv6 router."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packetwork import data_of, through
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrHopByHop,
    PadN,
    in6_chksum,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from mimi.click.router import Offload, Router
from mimi.errors import ClickError

HOST, ROUTER, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:fe", "02:00:00:00:00:02"
A, B, GATE = "2001:db8::1", "2001:db8:2::2", "2001:db8::fe"


def datagram(source: str = A, target: str = B, payload: bytes = b"x", hlim: int = 64) -> bytes:
    return bytes(IPv6(src=source, dst=target, hlim=hlim) / UDP(sport=1, dport=2) / Raw(payload))


# -- headers


def test_sound_headers_pass_without_what_the_link_has_padded() -> None:
    good = datagram()
    passed, bad = through(
        "CheckIP6Header", [good, good + bytes(6), good[:39], good[:-1], b"\x45" + good[1:], datagram("ff02::5")], outputs=2
    )
    assert data_of(passed) == [good, good]
    assert data_of(bad) == [good[:39], good[:-1], b"\x45" + good[1:], datagram("ff02::5")]


def test_bad_headers_are_counted_by_reason() -> None:
    with Router("in :: MemoryIn -> c :: CheckIP6Header(BADADDRS 2001:db8::bad 2001:db8::bed) -> Discard", clock="virtual") as router:
        router.push_all("in", [datagram(), datagram("2001:db8::bed"), datagram("ff02::1"), b"", b"\x40" + bytes(60)])
        router.run(ms=1)
        assert router.read("c.count") == b"1" and router.read("c.drops") == b"4"
        assert router.read("c.drop_details").decode().splitlines() == ["too-short 1", "bad-version 1", "bad-length 0", "bad-source 2"]


@given(st.binary(max_size=80), st.integers(0, 80))
def test_nothing_breaks_the_checks(data: bytes, cut: int) -> None:
    for packet in (data, b"\x60" + data, datagram()[:cut] + data):
        through("CheckIP6Header -> ICMP6Error(2001:db8::fe, unreachable)", [packet], outputs=2)
        through("CheckIP6Header -> ICMP6PingResponder", [packet], outputs=2)
        through("IP6NDAdvertiser(::/0 02:00:00:00:00:fe)", [packet, bytes(Ether(type=0x86DD)) + packet], outputs=2)


def test_the_hop_limit_goes_down_by_one_until_it_is_reached() -> None:
    passed, expired = through(
        "DecIP6HLIM", [datagram(hlim=64), datagram(hlim=2), datagram(hlim=1), datagram(hlim=0)], outputs=2, before="CheckIP6Header"
    )
    assert data_of(passed) == [datagram(hlim=63), datagram(hlim=1)]
    assert data_of(expired) == [datagram(hlim=1), datagram(hlim=0)]


def test_what_is_too_long_for_the_link_is_sorted_out_but_not_what_a_device_will_cut() -> None:
    fits, long = datagram(payload=bytes(1500 - 48)), datagram(payload=bytes(1501 - 48))
    passed, refused = through("CheckIP6MTU(1500)", [fits, long], outputs=2, before="CheckIP6Header")
    assert (data_of(passed), data_of(refused)) == ([fits], [long])
    whole = bytes(IPv6(src=A, dst=B) / TCP(sport=1, dport=2, flags="A") / Raw(bytes(4000)))
    for size, good in ((1440, True), (1441, False)):
        segments = Offload(gso_type=4, gso_size=size, hdr_len=60)
        passed, refused = through("CheckIP6MTU(1500)", [whole], outputs=2, before="CheckIP6Header", offload=segments)
        assert (len(passed), len(refused)) == ((1, 0) if good else (0, 1)), size
    with pytest.raises(ClickError, match="at least 1280"):
        Router("Idle -> CheckIP6MTU(1000) -> Discard")


# -- routes

prefixes = st.builds(
    lambda address, bits: ipaddress.IPv6Network((address, bits), strict=False),
    st.integers(0, 7).map(lambda n: (0x20010DB8 << 96) | (n << 64) | n) | st.integers(0, 2**128 - 1),
    st.sampled_from([0, 1, 16, 32, 33, 48, 64, 65, 96, 127, 128]),
)


@given(st.lists(prefixes, min_size=1, max_size=12, unique=True), st.data())
def test_the_longest_prefix_decides(networks: list[ipaddress.IPv6Network], data: st.DataObject) -> None:
    routes = ", ".join(f"{network} {number % 3}" for number, network in enumerate(networks))
    outputs = "; ".join(f"r[{n}] -> Discard" for n in range(3))
    edges = [edge for n in networks for edge in (int(n[0]), int(n[-1]), (int(n[0]) - 1) % 2**128, (int(n[-1]) + 1) % 2**128)]
    asked = [ipaddress.IPv6Address(data.draw(st.sampled_from(edges) | st.integers(0, 2**128 - 1))) for _ in range(8)]
    with Router(f"Idle -> r :: LookupIP6Route({routes}); {outputs}") as router:
        for address in asked:
            matching = [n for n in networks if address in n]
            expected = networks.index(max(matching, key=lambda n: n.prefixlen)) % 3 if matching else -1
            assert int(router.read("r.lookup", str(address))) == expected, (address, networks)


def test_a_route_by_a_gateway_names_it_and_without_a_route_packets_are_counted() -> None:
    text = f"""
        in :: MemoryIn -> CheckIP6Header -> r :: LookupIP6Route(2001:db8:2::/48 {GATE} 0, 2001:db8::/64 - 1);
        r[0] -> q :: IP6NDSolicitor(2001:db8::9, {ROUTER}) -> out :: MemoryOut; Idle -> [1]q; r[1] -> Discard;
    """
    with Router(text, clock="virtual") as router:
        router.push_all("in", [datagram(), datagram(target="2001:db9::1")])
        router.run(ms=1)
        assert Ether(router.packets("out")[0].data)[ICMPv6ND_NS].tgt == GATE
        assert router.read("r.drops") == b"1"
        assert router.read("r.table").decode() == f"2001:db8::/64\t-\t1\n2001:db8:2::/48\t{GATE}\t0\n"
        assert router.read("r.lookup", B).decode() == f"0 {GATE}"


@pytest.mark.parametrize(
    ("route", "said"),
    [("2001:db8::/64", "expected ADDR/BITS"), ("10.0.0.0/8 0", "an IPv6 prefix"), ("::/0 10.0.0.1 0", "as gateway"), ("::/0 1", "from 0 to 0"),
     ("::/0 0, 2001::/0 0", "has a route already")],
)  # fmt: skip
def test_routes_that_are_none_are_refused(route: str, said: str) -> None:
    with pytest.raises(ClickError, match=said):
        Router(f"Idle -> LookupIP6Route({route}) -> Discard")


# -- ICMPv6


@pytest.mark.parametrize(
    ("words", "layer", "fields"),
    [
        ("unreachable, port", ICMPv6DestUnreach, {"code": 4}),
        ("packettoobig, MTU 1400", ICMPv6PacketTooBig, {"mtu": 1400, "code": 0}),
        ("timeexceeded", ICMPv6TimeExceeded, {"code": 0}),
    ],
)
def test_an_error_quotes_the_packet_and_goes_back_to_its_sender(words: str, layer: type, fields: dict[str, int]) -> None:
    short, long = datagram(), datagram(payload=bytes(1400))
    made = data_of(through(f"ICMP6Error({GATE}, {words})", [short, long], before="CheckIP6Header")[0])
    for data, packet in zip(made, (short, long), strict=True):
        error = IPv6(data)
        assert (error.src, error.dst, error.hlim) == (GATE, A, 64)
        assert {name: getattr(error[layer], name) for name in fields} == fields
        assert data[48:] == packet[: 1280 - 48] and len(data) <= 1280
        assert in6_chksum(58, IPv6(src=GATE, dst=A), data[40:]) == 0, "the checksum is right"


def test_errors_are_not_answered_nor_packets_to_many() -> None:
    error = bytes(IPv6(src=A, dst=B) / ICMPv6TimeExceeded() / Raw(datagram()))
    behind = bytes(IPv6(src=A, dst=B) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0")]) / ICMPv6DestUnreach() / Raw(datagram()))
    asked = [error, behind, datagram(target="ff0e::1"), datagram("::", B)]
    made, refused = through(f"ICMP6Error({GATE}, unreachable)", asked, outputs=2, before="CheckIP6Header")
    assert (made, data_of(refused)) == ([], asked)
    assert len(through(f"ICMP6Error({GATE}, packettoobig)", [datagram(target="ff0e::1")], before="CheckIP6Header")[0]) == 1
    echo = bytes(IPv6(src=A, dst=B) / ICMPv6EchoRequest())
    assert len(through(f"ICMP6Error({GATE}, unreachable)", [echo], before="CheckIP6Header")[0]) == 1


def test_there_are_only_so_many_errors() -> None:
    text = f"in :: MemoryIn -> CheckIP6Header -> e :: ICMP6Error({GATE}, unreachable, RATE 1, BURST 3) -> out :: MemoryOut"
    with Router(text, clock="virtual") as router:
        router.push_all("in", [datagram()] * 10)
        router.run(ms=1)
        assert int(router.read("e.count")) + int(router.read("e.limited")) == 10
        assert 3 <= int(router.read("e.count")) <= 5


def test_pings_are_answered_also_behind_extension_headers() -> None:
    plain = IPv6(src=A, dst=GATE) / ICMPv6EchoRequest(id=7, seq=3, data=b"ping")
    behind = IPv6(src=A, dst=GATE) / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]) / ICMPv6EchoRequest(id=8, data=b"ping")
    others = [bytes(IPv6(src=A, dst="ff02::1") / ICMPv6EchoRequest()), datagram()]
    answered, rest = through("ICMP6PingResponder", [bytes(plain), bytes(behind), *others], outputs=2, before="CheckIP6Header")
    for packet, question in zip(answered, (plain, behind), strict=True):
        answer = IPv6(packet.data)
        assert (answer.src, answer.dst, answer[ICMPv6EchoReply].id, answer[ICMPv6EchoReply].data) == (
            GATE,
            A,
            question[ICMPv6EchoRequest].id,
            b"ping",
        )
        again = answer.copy()
        del again[ICMPv6EchoReply].cksum
        assert bytes(again) == packet.data
    assert data_of(rest) == others


# -- neighbour discovery


def solicitation(target: str, source: str = A, link: str | None = HOST, hlim: int = 255) -> bytes:
    group = "ff02::1:ff" + ipaddress.IPv6Address(target).exploded[-7:]
    ether = "33:33:ff:" + ":".join(f"{b:02x}" for b in ipaddress.IPv6Address(target).packed[-3:])
    message = ICMPv6ND_NS(tgt=target) / (ICMPv6NDOptSrcLLAddr(lladdr=link) if link else b"")
    return bytes(Ether(src=HOST, dst=ether) / IPv6(src=source, dst=group, hlim=hlim) / message)


def advertisement(target: str, ether: str, override: int = 1, solicited: int = 1) -> bytes:
    message = ICMPv6ND_NA(tgt=target, R=0, S=solicited, O=override) / ICMPv6NDOptDstLLAddr(lladdr=ether)
    return bytes(Ether(src=ether, dst=ROUTER) / IPv6(src=target, dst=GATE, hlim=255) / message)


def test_solicitations_for_its_addresses_are_answered() -> None:
    damaged = bytearray(solicitation(GATE))
    damaged[-1] ^= 1
    asked = [solicitation(GATE), solicitation("2001:db8:5::77"), solicitation(GATE, source="::", link=None)]
    others = [
        solicitation("2001:db8::9"),
        solicitation(GATE, hlim=64),
        bytes(damaged),
        solicitation(GATE, source="::"),
        advertisement(GATE, HOST),
    ]
    element = f"IP6NDAdvertiser({GATE} {ROUTER}, 2001:db8:5::/48 {OTHER})"
    answered, rest = through(element, [*asked, *others], outputs=2)
    said = [Ether(packet.data) for packet in answered]
    assert [(p.dst, p.src, p[IPv6].dst, p[ICMPv6ND_NA].tgt, p[ICMPv6ND_NA].S, p[ICMPv6NDOptDstLLAddr].lladdr) for p in said] == [
        (HOST, ROUTER, A, GATE, 1, ROUTER),
        (HOST, OTHER, A, "2001:db8:5::77", 1, OTHER),
        ("33:33:00:00:00:01", ROUTER, "ff02::1", GATE, 0, ROUTER),
    ]
    assert all((p[IPv6].hlim, p[ICMPv6ND_NA].R, p[ICMPv6ND_NA].O, p[IPv6].src) == (255, 1, 1, p[ICMPv6ND_NA].tgt) for p in said)
    for packet in answered:
        again = Ether(packet.data)
        del again[ICMPv6ND_NA].cksum
        assert bytes(again) == packet.data
    assert data_of(rest) == others


def test_who_answers_for_a_network_does_not_take_its_free_addresses_away() -> None:
    asked = solicitation("2001:db8::7", source="::", link=None)
    answered, rest = through(f"IP6NDAdvertiser(2001:db8::/64 {ROUTER})", [asked, solicitation("2001:db8::7")], outputs=2)
    assert (len(answered), data_of(rest)) == (1, [asked])


def test_solicitations_that_are_answered_may_be_listened_to() -> None:
    asked, other = solicitation(GATE), solicitation("2001:db8::9")
    answered, rest, heard = through(f"IP6NDAdvertiser({GATE} {ROUTER})", [asked, other], outputs=3)
    assert (len(answered), data_of(rest), data_of(heard)) == (1, [other], [asked])


SOLICITOR = f"""
    ip :: MemoryIn -> CheckIP6Header -> q :: IP6NDSolicitor({GATE}, {ROUTER}, CAPACITY 4, ENTRY_PACKET_CAPACITY 3);
    heard :: MemoryIn -> [1]q;
    q[0] -> out :: MemoryOut;
    q[1] -> asked :: MemoryOut;
"""


def test_packets_wait_for_the_answer_in_order() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push_all("ip", [datagram(payload=b"1"), datagram(payload=b"2")])
        router.run(ms=1)
        assert router.packets("out") == []
        question = Ether(router.packets("asked")[0].data)
        assert (question.dst, question[IPv6].dst) == ("33:33:ff:00:00:02", "ff02::1:ff00:2")
        assert (question[IPv6].src, question[ICMPv6ND_NS].tgt, question[ICMPv6NDOptSrcLLAddr].lladdr) == (GATE, B, ROUTER)
        router.push("heard", advertisement(B, OTHER))
        router.push("ip", datagram(payload=b"3"))
        router.run(ms=1)
        frames = [Ether(p.data) for p in router.packets("out")]
        assert [(f.dst, f.src, f.type, f[Raw].load) for f in frames] == [(OTHER, ROUTER, 0x86DD, bytes([n])) for n in b"123"]
        assert (router.read("q.queries"), router.read("q.responses"), router.read("q.length")) == (b"1", b"1", b"0")


def test_it_asks_often_at_first_and_gives_up_after_three_seconds() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push_all("ip", [datagram()] * 4)
        router.run(ms=1)
        asked = router.packets("asked")
        assert router.read("q.drops") == b"1", "more than may wait for one"
        for more_ms, questions in ((18, 1), (40, 2), (80, 3), (811, 6)):
            router.run(ms=more_ms)
            asked += router.packets("asked")
            assert len(asked) == questions
        router.run(ms=9_000)
        assert len(asked + router.packets("asked")) == 8
        assert (router.read("q.drops"), router.read("q.count"), router.read("q.length")) == (b"4", b"0", b"0")


def test_who_asks_for_us_need_not_be_asked_for() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push("heard", solicitation(GATE, source=B))
        router.push("ip", datagram())
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == [HOST]
        assert router.packets("asked") == []


def test_an_answer_that_does_not_override_changes_nothing_and_unasked_ones_are_ignored() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push("heard", advertisement(B, OTHER, solicited=0))
        router.run(ms=1)
        assert router.read("q.count") == b"0"
        router.write("q.insert", f"{B} {HOST}")
        router.push("heard", advertisement(B, OTHER, override=0))
        router.run(ms=1)
        assert router.read("q.table").decode().startswith(f"{B} 1 02-00-00-00-00-01 ")
        router.push("heard", advertisement(B, OTHER))
        router.run(ms=1)
        assert router.read("q.table").decode().startswith(f"{B} 1 02-00-00-00-00-02 ")
        router.write("q.delete", B)
        assert router.read("q.table") == b""
        with pytest.raises(ClickError, match="expected IP6 ETHER"):
            router.write("q.insert", "10.0.0.1 02:00:00:00:00:01")


def test_an_answer_to_the_box_that_it_stands_by_for_is_an_answer() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push("heard", advertisement(B, HOST))
        router.push("ip", datagram())
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == [HOST]
        assert router.packets("asked") == []


def test_what_nobody_asked_for_drives_nobody_out() -> None:
    with Router(SOLICITOR.replace("CAPACITY 4", "ENTRY_CAPACITY 3"), clock="virtual") as router:
        router.write("q.insert", f"{B} {HOST}")
        router.push_all("heard", [advertisement(f"2001:db8:2::1:{n}", OTHER) for n in range(1, 9)])
        router.push_all("heard", [solicitation(GATE, source=f"2001:db8:2::2:{n}") for n in range(1, 9)])
        router.run(ms=1)
        assert router.read("q.count") == b"3"
        assert f"{B} 1 " in router.read("q.table").decode()


@pytest.mark.parametrize("link", ["ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"])
def test_nobody_is_believed_to_be_everybody(link: str) -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push("ip", datagram())
        router.push("heard", advertisement(B, link))
        router.run(ms=1)
        assert router.packets("out") == []
        assert router.read("q.table").decode().startswith(f"{B} 0 - ")


def test_a_checksum_of_zero_is_as_good_as_all_ones() -> None:
    """Ones' complement has two zeros, and a neighbour may write either (RFC 1071)."""
    plain = Ether(advertisement(B, "02:00:00:00:00:00"))
    low = plain[ICMPv6ND_NA].cksum
    neighbour = f"02:00:00:00:{low >> 8:02x}:{low & 255:02x}"
    frame = Ether(advertisement(B, neighbour))
    assert frame[ICMPv6ND_NA].cksum in (0, 0xFFFF)
    for written in (0, 0xFFFF):
        frame[ICMPv6ND_NA].cksum = written
        with Router(SOLICITOR, clock="virtual") as router:
            router.push("ip", datagram())
            router.push("heard", bytes(frame))
            router.run(ms=1)
            assert [Ether(p.data).dst for p in router.packets("out")] == [neighbour]


def test_an_advertisement_that_does_not_say_where_resolves_nothing_but_confirms() -> None:
    bare = bytes(Ether(src=HOST, dst=ROUTER) / IPv6(src=B, dst=GATE, hlim=255) / ICMPv6ND_NA(tgt=B, R=0, S=1, O=1))
    with Router(SOLICITOR, clock="virtual") as router:
        router.push("ip", datagram())
        router.push("heard", bare)
        router.run(ms=1)
        assert router.packets("out") == []
        router.write("q.insert", f"{B} {HOST}")
        router.run(ms=61_000)
        router.push("heard", bare)
        router.push("ip", datagram())
        router.packets("asked")
        router.run(ms=1)
        assert router.packets("asked") == [], "it has just said that it is there"


def test_whoever_walks_through_a_network_takes_neither_its_neighbours_nor_their_time() -> None:
    """RFC 6583: of 3000 addresses that nobody has, a few are asked for at a time, and not more often than allowed."""
    scan = SOLICITOR.replace("CAPACITY 4, ENTRY_PACKET_CAPACITY 3", "ENTRY_CAPACITY 100, SOUGHT_CAPACITY 20, RATE 1000")
    with Router(scan, clock="virtual") as router:
        router.write("q.insert", f"{B} {HOST}")
        router.push_all("ip", [datagram(target=f"2001:db8:2::1:{n:x}") for n in range(3000)])
        router.push("ip", datagram())
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == [HOST]
        assert (router.read("q.count"), router.read("q.length"), router.read("q.drops")) == (b"21", b"20", b"2980")
        assert len(router.packets("asked")) <= 102
        router.run(ms=1000)
        assert len(router.packets("asked")) <= 10 * 20


def test_no_entry_is_for_ever_in_the_way_of_another() -> None:
    with Router(SOLICITOR.replace("CAPACITY 4", "ENTRY_CAPACITY 3, SOUGHT_CAPACITY 2"), clock="virtual") as router:
        for n in range(1, 6):
            router.write("q.insert", f"2001:db8:2::{n} 02:00:00:00:01:0{n}")
        assert [line.split()[0] for line in sorted(router.read("q.table").decode().splitlines())] == [f"2001:db8:2::{n}" for n in (3, 4, 5)]
        router.push("ip", datagram(target="2001:db8:2::9"))
        router.push("heard", advertisement("2001:db8:2::9", OTHER))
        router.push("ip", datagram(target="2001:db8:2::5"))
        router.run(ms=1)
        assert {Ether(p.data).dst for p in router.packets("out")} == {OTHER, "02:00:00:00:01:05"}


def test_an_old_answer_serves_while_it_is_asked_for_again_and_then_no_more() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.write("q.insert", f"{B} {HOST}")
        router.run(ms=61_000)
        router.push("ip", datagram())
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")] == [HOST]
        assert [Ether(p.data).dst for p in router.packets("asked")] == [HOST], "asked where it was"
        router.run(ms=300_000)
        assert router.read("q.count") == b"0"


def test_a_neighbour_that_has_moved_is_found_again() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.write("q.insert", f"{B} {HOST}")
        router.run(ms=61_000)
        for _ in range(5):
            router.push("ip", datagram())
            router.run(ms=1_100)
        asked = [Ether(p.data).dst for p in router.packets("asked")]
        assert asked[:4] == [HOST, HOST, HOST, "33:33:ff:00:00:02"]
        router.push("heard", advertisement(B, OTHER))
        router.run(ms=1)
        assert [Ether(p.data).dst for p in router.packets("out")][-1] == OTHER


def test_groups_need_no_answer_and_an_announcement_goes_to_all() -> None:
    with Router(SOLICITOR, clock="virtual") as router:
        router.push("ip", datagram(target="ff0e::1:2"))
        router.run(ms=1)
        router.write("q.announce", "")
        router.run(ms=1)
        group, news = (Ether(p.data) for p in router.packets("out"))
        assert group.dst == "33:33:00:01:00:02"
        assert (news.dst, news[IPv6].dst, news[ICMPv6ND_NA].tgt, news[ICMPv6ND_NA].O, news[ICMPv6ND_NA].S) == (
            "33:33:00:00:00:01", "ff02::1", GATE, 1, 0,
        )  # fmt: skip
