# SPDX-License-Identifier: Apache-2.0
"""The IP elements, with scapy as the second opinion on every header and checksum."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import data_of, through
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR, defragment
from scapy.packet import Packet as Layers
from scapy.packet import Raw

from mimi.click.router import Offload, Router
from mimi.errors import ClickError

MARK = "MarkIPHeader -> GetIPAddress(16)"
NEEDS_CHECKSUM, DATA_VALID, TCP4, UDP_L4 = 1, 2, 1, 5


def remade(packet: Layers) -> bytes:
    """The same packet with checksums computed by scapy."""
    packet = IP(bytes(packet))
    del packet[IP].chksum
    for layer in (TCP, UDP, ICMP):
        if layer in packet:
            del packet[layer].chksum
    return bytes(packet)


def partial(packet: Layers, **view: int) -> tuple[bytes, Offload]:
    """The packet as a stack hands it to a device: the checksum field holds the folded pseudo-header sum."""
    data = bytearray(bytes(packet))
    start = (data[0] & 15) * 4
    offset = 16 if data[9] == 6 else 6
    length = len(data) - start
    total = sum(struct.unpack("!4H", data[12:20])) + data[9] + length
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", data, start + offset, (total & 0xFFFF) + (total >> 16))
    return bytes(data), Offload(flags=NEEDS_CHECKSUM, csum_start=start, csum_offset=offset, **view)


GOOD = bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2) / Raw(b"payload"))


def test_a_sound_header_passes_and_padding_goes() -> None:
    good, bad = through("CheckIPHeader", [GOOD, GOOD + bytes(18)], outputs=2)
    assert (data_of(good), bad) == ([GOOD, GOOD], [])
    assert good[0].dst_ip == "10.0.0.2"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:19], "too-short"),
        (b"\x65" + GOOD[1:], "bad-version"),
        (b"\x44" + GOOD[1:], "bad-header-length"),
        (GOOD[:-1], "bad-length"),
        (GOOD[:8] + b"\x01" + GOOD[9:], "bad-checksum"),
        (bytes(IP(src="10.0.0.255", dst="10.0.0.2")), "bad-source"),
    ],
)
def test_a_bad_header_leaves_by_the_other_door_with_its_reason(data: bytes, reason: str) -> None:
    text = "in :: MemoryIn -> c :: CheckIPHeader(INTERFACES 10.0.0.1/24) -> Discard; c[1] -> out :: MemoryOut"
    with Router(text) as router:
        router.push("in", data)
        router.run()
        assert data_of(router.packets("out")) == [data]
        assert f"{reason} 1" in router.read("c.drop_details").decode().splitlines()
        assert router.read("c.drops") == b"1"


def test_checksum_false_and_checkipheader2_do_not_look_at_the_sum() -> None:
    wrong = GOOD[:10] + b"\0\0" + GOOD[12:]
    for element in ("CheckIPHeader(CHECKSUM false)", "CheckIPHeader2"):
        assert data_of(through(element, [wrong])[0]) == [wrong]


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 255), st.integers(0, 65535))
def test_ttl_falls_by_one_and_the_sum_follows(ttl: int, identity: int) -> None:
    packet = IP(src="1.2.3.4", dst="5.6.7.8", ttl=ttl, id=identity) / UDP()
    (passed,) = through("DecIPTTL", [bytes(packet)], before=MARK)[0]
    packet.ttl = ttl - 1
    assert passed.data == remade(packet)


def test_a_spent_packet_leaves_unchanged() -> None:
    spent = [bytes(IP(ttl=1) / UDP()), bytes(IP(ttl=0) / UDP())]
    assert data_of(through("DecIPTTL", spent, outputs=2, before=MARK)[1]) == spent


@settings(max_examples=40, deadline=None)
@given(st.integers(68, 1500), st.integers(0, 4000), st.booleans())
def test_fragments_fit_and_make_the_packet_again(mtu: int, size: int, with_options: bool) -> None:
    options = [IPOption_RR(length=7, routers=["0.0.0.0"])] if with_options else []
    packet = bytes(
        IP(src="10.0.0.1", dst="10.0.0.2", id=77, options=options) / UDP(sport=5, dport=6) / Raw(bytes(i & 255 for i in range(size)))
    )
    fragments = data_of(through(f"IPFragmenter({mtu})", [packet], before=MARK)[0])
    assert all(len(data) <= mtu and remade(IP(data)) == data if IP(data).frag else len(data) <= mtu for data in fragments)
    if len(fragments) == 1:
        assert fragments == [packet]
        return
    joined = b"".join(bytes(IP(data).payload) for data in sorted(fragments, key=lambda d: IP(d).frag))
    assert joined == bytes(IP(packet).payload)
    assert [IP(d).frag * 8 for d in fragments] == [sum(len(bytes(IP(f).payload)) for f in fragments[:i]) for i in range(len(fragments))]
    assert ["MF" in IP(d).flags for d in fragments] == [True] * (len(fragments) - 1) + [False]
    assert len(defragment([IP(d) for d in fragments])) == 1


def test_dont_fragment_is_heeded_and_segmentation_offload_is_not_cut() -> None:
    big = IP(flags="DF") / UDP() / Raw(bytes(3000))
    assert data_of(through("IPFragmenter(576)", [bytes(big)], outputs=2, before=MARK)[1]) == [bytes(big)]
    super_packet, view = partial(IP(flags="DF") / TCP() / Raw(bytes(30000)), gso_type=TCP4, gso_size=1448, hdr_len=40)
    out = through("IPFragmenter(1500)", [super_packet], outputs=2, before=MARK, offload=view)
    assert [p.data for p in out[0]] == [super_packet]
    assert out[0][0].offload == view


@pytest.mark.parametrize(("mtu", "fits"), [(1488, True), (1487, False)])
def test_segments_that_are_too_long_are_told_of(mtu: int, fits: bool) -> None:
    packet, view = partial(IP(flags="DF") / TCP() / Raw(bytes(30000)), gso_type=TCP4, gso_size=1448, hdr_len=40)
    out = through(f"IPFragmenter({mtu})", [packet], outputs=2, before=MARK, offload=view)
    assert [len(side) for side in out] == ([1, 0] if fits else [0, 1])


def test_segments_that_may_be_cut_are_made_shorter() -> None:
    packet, view = partial(IP() / TCP(options=[("NOP", None)] * 12) / Raw(bytes(30000)), gso_type=TCP4, gso_size=1448, hdr_len=52)
    ((one,), none) = through("IPFragmenter(1300)", [packet], outputs=2, before=MARK, offload=view)
    assert (one.data, one.offload.gso_size, none) == (packet, 1300 - 52, [])


def test_datagrams_that_a_device_cuts_cannot_be_made_shorter() -> None:
    packet, view = partial(IP() / UDP() / Raw(bytes(30000)), gso_type=UDP_L4, gso_size=1448, hdr_len=28)
    assert [len(side) for side in through("IPFragmenter(1300)", [packet], outputs=2, before=MARK, offload=view)] == [0, 1]


def test_an_unfinished_checksum_is_finished_before_fragments_are_made() -> None:
    packet = IP(src="10.0.0.1", dst="10.0.0.2", id=3) / UDP(sport=5, dport=6) / Raw(bytes(range(200)))
    data, view = partial(packet)
    out = through("IPFragmenter(100)", [data], before=MARK, offload=view)[0]
    assert b"".join(bytes(IP(p.data).payload) for p in out) == bytes(IP(bytes(packet)).payload)
    assert all(p.offload is None for p in out)


def test_an_echo_request_comes_back_and_the_rest_goes_by() -> None:
    ping = IP(src="10.0.0.1", dst="10.0.0.2", ttl=3) / ICMP(type=8, id=5, seq=6) / Raw(b"echo")
    other = bytes(IP() / ICMP(type=0))
    (zeros,), _ = through(
        "ICMPPingResponder", [bytes(IP(src="1.0.0.1", dst="2.0.0.2") / ICMP(type=8, id=0, seq=0))], outputs=2, before=MARK
    )
    assert zeros.data[20:] == bytes([0, 0, 0xFF, 0xFF, 0, 0, 0, 0])
    back, rest = through("ICMPPingResponder", [bytes(ping), other], outputs=2, before=MARK)
    assert data_of(back) == [remade(IP(src="10.0.0.2", dst="10.0.0.1", ttl=255) / ICMP(type=0, id=5, seq=6) / Raw(b"echo"))]
    assert back[0].dst_ip == "10.0.0.1"
    assert data_of(rest) == [other]


SENT = IP(src="10.0.0.1", dst="20.0.0.2", ttl=1) / UDP(sport=1, dport=2) / Raw(b"x" * 1000)


def test_an_error_quotes_the_packet_within_576_bytes() -> None:
    (error,) = through("ICMPError(10.0.0.254, timeexceeded, transit)", [bytes(SENT)], before=MARK)[0]
    seen = IP(error.data)
    assert remade(seen) == error.data
    assert (seen.src, seen.dst, seen[ICMP].type, seen[ICMP].code, len(error.data)) == ("10.0.0.254", "10.0.0.1", 11, 0, 576)
    assert error.data[28:] == bytes(SENT)[:548]
    assert error.dst_ip == "10.0.0.1"


def test_too_big_tells_the_next_mtu() -> None:
    (error,) = through("ICMPError(10.0.0.254, unreachable, needfrag, PMTU 1400)", [bytes(SENT)], before=MARK)[0]
    assert struct.unpack("!BBHHH", error.data[20:28])[4] == 1400


@pytest.mark.parametrize(
    "packet",
    [
        IP(src="10.0.0.1") / ICMP(type=3, code=1) / Raw(bytes(28)),
        IP(src="10.0.0.1", frag=10) / Raw(bytes(30)),
        IP(src="0.0.0.0") / UDP(),
        IP(src="224.0.0.1") / UDP(),
        IP(src="127.0.0.1", dst="10.0.0.1") / UDP(),
        IP(src="10.0.0.1", dst="224.0.0.5") / UDP(),
        IP(src="10.0.0.1", dst="255.255.255.255") / UDP(),
        IP(src="10.0.0.255") / UDP(),
    ],
    ids=["icmp-error", "later-fragment", "no-source", "multicast-source", "loopback-source", "multicast", "broadcast", "bad-address"],
)
def test_some_packets_must_not_be_answered(packet: Layers) -> None:
    element = "ICMPError(10.0.0.254, unreachable, host, BADADDRS 10.0.0.255)"
    errors, silent = through(element, [bytes(packet)], outputs=2, before=MARK)
    assert (errors, data_of(silent)) == ([], [bytes(packet)])


def test_the_error_takes_the_address_of_its_way_out() -> None:
    text = "ICMPError(1.1.1.1, unreachable, port) -> FixIPSrc(10.0.0.254)"
    (error,) = through(text, [bytes(SENT)], before=MARK)[0]
    assert IP(error.data).src == "10.0.0.254"
    assert remade(IP(error.data)) == error.data
    assert data_of(through("FixIPSrc(10.0.0.254)", [bytes(SENT)], before=MARK)[0]) == [bytes(SENT)]


TRANSPORT = [
    ("TCP", IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=4, dport=5, flags="PA") / Raw(b"some bytes")),
    ("UDP", IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=4, dport=5) / Raw(b"some bytes")),
]


@pytest.mark.parametrize(("name", "packet"), TRANSPORT, ids=["TCP", "UDP"])
def test_transport_checksums_are_checked_and_made(name: str, packet: Layers) -> None:
    good = bytes(packet)
    broken = good[:-1] + b"!"
    kept, bad = through(f"Check{name}Header", [good, broken], outputs=2, before=MARK)
    assert (data_of(kept), data_of(bad)) == ([good], [broken])
    assert data_of(through(f"Set{name}Checksum", [broken], before=MARK)[0]) == [remade(IP(broken))]


@pytest.mark.parametrize(("name", "packet"), TRANSPORT, ids=["TCP", "UDP"])
def test_an_unfinished_checksum_is_not_called_wrong_and_stays_unfinished(name: str, packet: Layers) -> None:
    data, view = partial(packet)
    (kept,) = through(f"Check{name}Header -> Set{name}Checksum", [data], before=MARK, offload=view)[0]
    assert (kept.data, kept.offload) == (data, view)
    trusted = through(f"Check{name}Header", [data], before=MARK, offload=Offload(flags=DATA_VALID))[0]
    assert data_of(trusted) == [data]


@pytest.mark.parametrize(("name", "packet"), TRANSPORT, ids=["TCP", "UDP"])
@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_stored_address_carries_every_checksum_along(name: str, packet: Layers, side: str) -> None:
    changed = IP(bytes(packet))
    setattr(changed, side, "172.16.200.9")
    element = f"StoreIPAddress(172.16.200.9, {side})"
    assert data_of(through(element, [bytes(packet)], before=MARK)[0]) == [remade(changed)]
    data, view = partial(packet)
    (kept,) = through(element, [data], before=MARK, offload=view)[0]
    assert (kept.data, kept.offload) == (remade(IP(partial(changed)[0]))[:20] + partial(changed)[0][20:], view)


def test_a_mirror_turns_packets_round_and_keeps_their_sums() -> None:
    packets = [bytes(packet) for _, packet in TRANSPORT]
    for data, mirrored in zip(packets, through("IPMirror", packets, before=MARK)[0], strict=True):
        before, after = IP(data), IP(mirrored.data)
        assert (after.src, after.dst, after.sport, after.dport) == (before.dst, before.src, before.dport, before.sport)
        assert remade(after) == mirrored.data


def test_encapsulation_makes_sound_headers_and_finishes_what_was_left() -> None:
    (packet,) = through("UDPIPEncap(1.0.0.1, 1234, 2.0.0.2, 53)", [b"question"])[0]
    seen = IP(packet.data)
    assert (seen.src, seen.dst, seen.sport, seen.dport, bytes(seen[UDP].payload)) == ("1.0.0.1", "2.0.0.2", 1234, 53, b"question")
    assert remade(seen) == packet.data
    data, view = partial(TRANSPORT[0][1])
    (tunnelled,) = through("IPEncap(ipip, 1.0.0.1, 2.0.0.2)", [data], offload=view)[0]
    assert (tunnelled.data[20:], tunnelled.offload, IP(tunnelled.data).proto) == (bytes(TRANSPORT[0][1]), None, 4)


def test_record_route_writes_the_address_and_a_bad_option_names_its_byte() -> None:
    packet = IP(src="1.1.1.1", dst="2.2.2.2", options=[IPOption_RR(length=11, routers=["0.0.0.0", "0.0.0.0"])]) / UDP()
    raw = remade(packet)
    (passed,) = through("IPGWOptions(10.0.0.254)", [raw], before=MARK)[0]
    assert IP(passed.data).options[0].routers[0] == "10.0.0.254"
    assert remade(IP(passed.data)) == passed.data
    broken = bytearray(raw)
    broken[21] = 60  # longer than the header
    text = "IPGWOptions(10.0.0.254)"
    assert len(through(text, [bytes(broken)], outputs=2, before=MARK)[1]) == 1


def test_bad_arguments_are_named() -> None:
    for text, words in [
        ("IPFragmenter(10)", "MTU must be at least 28"),
        ("ICMPError(1.1.1.1, echo)", "is no error"),
        ("ICMPError(1.1.1.1, unreachable, transit)", "no code of this type"),
        ("GetIPAddress", "either OFFSET or IP"),
    ]:
        with pytest.raises(ClickError, match=words):
            Router(f"Idle -> {text} -> Discard")


@pytest.mark.parametrize(
    ("element", "before", "after"),
    [
        ("SetIPDSCP(46)", 0x03, 0xBB),
        ("SetIPECN(ce)", 0xB8, 0xBB),
        ("SetIPECN(1)", 0x03, 0x01),
        ("MarkIPCE", 0x02, 0x03),
        ("MarkIPCE(FORCE true)", 0xB8, 0xBB),
    ],
)
def test_the_type_of_service_changes_with_its_checksum(element: str, before: int, after: int) -> None:
    packet = IP(src="10.0.0.1", dst="10.0.0.2", tos=before) / UDP(sport=1, dport=2)
    wanted = IP(bytes(packet))
    wanted.tos = after
    assert data_of(through(f"MarkIPHeader -> {element}", [bytes(packet)])[0]) == [remade(wanted)]


def test_congestion_is_not_marked_on_those_who_do_not_know_it() -> None:
    packets = [bytes(IP(tos=tos) / UDP()) for tos in (0, 1, 0x10)]
    with Router("in :: MemoryIn -> MarkIPHeader -> m :: MarkIPCE -> out :: MemoryOut") as router:
        router.push_all("in", packets)
        router.run()
        assert [packet.data[1] for packet in router.packets("out")] == [3]
        assert router.read("m.drops") == b"2"


@pytest.mark.parametrize(
    ("element", "icmp"),
    [
        ("ICMPPingEncap(1.0.0.1, 2.0.0.2, IDENTIFIER 7)", ICMP(type=8, id=7)),
        ("ICMPIPEncap(1.0.0.1, 2.0.0.2, echo, IDENTIFIER 7)", ICMP(type=8, id=7)),
        ("ICMPIPEncap(1.0.0.1, 2.0.0.2, 3, 1)", ICMP(type=3, code=1)),
        ("ICMPIPEncap(1.0.0.1, 2.0.0.2, unreachable, host)", ICMP(type=3, code=1)),
    ],
)
def test_icmp_headers_go_in_front_and_sequences_count(element: str, icmp: Layers) -> None:
    packets = data_of(through(element, [b"data", b"more"])[0])
    for number, (data, payload) in enumerate(zip(packets, [b"data", b"more"], strict=True)):
        wanted = icmp.copy()
        if wanted.type == 8:
            wanted.seq = number + 1
        assert data == remade(IP(src="1.0.0.1", dst="2.0.0.2", ttl=255, id=number, flags=0) / wanted / Raw(payload))


def test_what_lies_before_the_network_header_goes_or_comes_back() -> None:
    data = b"ethernetheader" + GOOD
    assert data_of(through("MarkIPHeader(14) -> StripToNetworkHeader", [data])[0]) == [GOOD]
    assert data_of(through("MarkIPHeader(14) -> Strip(20) -> StripToNetworkHeader", [data])[0]) == [GOOD]
    assert data_of(through("StripToNetworkHeader", [data])[0]) == [data]


BIG = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=77) / UDP(sport=1, dport=2) / Raw(bytes(range(256)) * 4))


def fragments(data: bytes, size: int) -> list[bytes]:
    return [bytes(piece) for piece in IP(data).fragment(fragsize=size)]


@settings(max_examples=40, deadline=None)
@given(st.integers(8, 600), st.randoms(use_true_random=False), st.integers(0, 3))
def test_fragments_in_any_order_and_number_become_the_packet(size: int, random: object, again: int) -> None:
    pieces = fragments(BIG, size)
    pieces += pieces[:again]
    random.shuffle(pieces)  # type: ignore[attr-defined]
    whole = data_of(through("MarkIPHeader -> IPReassembler", pieces)[0])
    # Repeated fragments may come too late, and then wait for a packet of their own.
    assert BIG in whole


def test_whole_packets_pass_and_broken_fragments_are_counted() -> None:
    broken = IP(src="10.0.0.1", dst="10.0.0.2", flags="MF") / Raw(b"not a multiple of eight")
    text = "in :: MemoryIn -> MarkIPHeader -> r :: IPReassembler -> out :: MemoryOut"
    with Router(text) as router:
        router.push_all("in", [GOOD, remade(broken), *fragments(BIG, 512)])
        router.run()
        assert data_of(router.packets("out")) == [GOOD, BIG]
        assert [router.read(f"r.{name}") for name in ("count", "drops", "length", "mem_used")] == [b"1", b"1", b"0", b"0"]


def test_what_waits_too_long_or_takes_too_much_room_is_given_up() -> None:
    text = "in :: MemoryIn -> MarkIPHeader -> r :: IPReassembler(HIMEM 2000) -> out :: MemoryOut; r[1] -> lost :: MemoryOut"
    with Router(text, clock="virtual") as router:
        pieces = fragments(BIG, 512)
        router.push("in", pieces[0])
        router.run(ms=29_000)
        assert router.packets("lost") == []
        router.run(ms=3_000)
        [lost] = router.packets("lost")
        assert lost.data[20:] == BIG[20 : len(pieces[0])]
        for number in range(10):
            router.push("in", remade(IP(src="10.0.0.1", dst="10.0.0.2", id=number, flags="MF") / Raw(bytes(400))))
        router.run(ms=1)
        assert int(router.read("r.mem_used")) <= 2000
        assert len(router.packets("lost")) > 0


def test_errors_about_source_routed_packets_go_back_the_way() -> None:
    option = bytes([137, 19, 12]) + bytes([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]) + b"\0"
    packet = IP(src="18.26.4.44", dst="10.0.0.8", ttl=1, options=[]) / UDP()
    data = bytearray(bytes(packet))
    data[0] = 0x40 | 10
    data[20:20] = option
    data[2:4] = len(data).to_bytes(2)
    error = IP(
        through("MarkIPHeader -> ICMPError(19.19.19.19, timeexceeded) -> CheckIPHeader -> CheckICMPHeader", [bytes(data)])[0][0].data
    )
    assert (error.dst, bytes(error)[20:32]) == ("18.26.4.44", bytes([137, 11, 4, 2, 2, 2, 2, 1, 1, 1, 1, 0]))


def test_unstrip_ip_header_undoes_strip_ip_header() -> None:
    packet = bytes(IP(src="1.1.1.1", dst="2.2.2.2") / UDP() / b"data")
    (out,) = through("StripIPHeader -> UnstripIPHeader", [packet], before="MarkIPHeader")
    assert data_of(out) == [packet]
