# SPDX-License-Identifier: Apache-2.0
"""IPv6 packets given other ends: the result is the packet that the model builds anew, whatever is between its headers."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.elements.model_packets import ACK, FIN, RST, SYN, TCP, UDP, checksum
from tests.elements.model_packets6 import (
    AUTHENTICATION,
    DESTINATION_OPTIONS,
    ESP,
    HEADERS_MOST,
    HOP_BY_HOP,
    ICMP6,
    MOBILITY,
    NO_NEXT,
    Extension,
    Packet6,
    fragment,
    icmp_error,
    options,
    packed,
    reset_for,
    routing,
    seen,
    tcp,
    transport_checksum,
    udp,
)
from tests.elements.packets6 import (
    MANY,
    ROUTER,
    Checked,
    Scene,
    addresses,
    build_check,
    chains,
    data,
    datagrams,
    packets,
    scenes,
    segments,
    targets,
    wire,
    words32,
)

CLIENT, SERVER = "2001:db8::1", "2001:db8:2::11"


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    program = build_check(tmp_path_factory.mktemp("packets"))
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Checked(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def assert_seen(check: Checked, ip: bytes, queries: bool = True) -> str:
    expected = seen(ip, queries)
    kind, _flags, _more, ip_bytes, transport_bytes, _saddr, _daddr, proto, ends = check.view(ip, queries)
    assert kind == expected.kind
    if kind in ("flow", "icmp_error"):
        assert (int(proto), ends) == (expected.proto, expected.ends.hex())
    if expected.at is not None:
        assert int(ip_bytes) == expected.at
        assert int(ip_bytes) + int(transport_bytes) == 40 + struct.unpack_from("!H", ip, 4)[0]
    return kind


# ---- what a packet is


@settings(MANY)
@given(packet=packets())
def test_the_flow_is_found_behind_any_headers(check: Checked, packet: Packet6) -> None:
    kind, flags, more, ip_bytes, transport_bytes, saddr, daddr, proto, ends = check.view(bytes(packet))
    assert (kind, int(proto), ends) == ("flow", packet.proto, wire(packet.ends).hex())
    assert (saddr, daddr) == (packed(packet.source).hex(), packed(packet.destination).hex())
    assert (int(ip_bytes), int(transport_bytes)) == (packet.at, len(packet.transport))
    assert int(flags) == (packet.transport[13] if packet.proto == TCP else 0)
    division = next((extension.rest for extension in packet.extensions if extension.type == 44), None)
    assert more == str(0 if division is None else division[2] & 1)
    ident = (bytes(4) if division is None else division[3:]).hex()
    assert check.ask("place", bytes(packet)) == f"{ident} 0 {more} {packet.proto}"


@settings(MANY, max_examples=25)
@given(packet=packets(), queries=st.booleans())
def test_a_packet_cut_anywhere_is_never_read_beyond_its_end(check: Checked, packet: Packet6, queries: bool) -> None:
    whole = bytes(packet)
    for length in range(len(whole)):
        assert assert_seen(check, whole[:length], queries) == "malformed"
        if length >= 40:  # a packet that says itself that it is shorter
            assert_seen(check, whole[:4] + struct.pack("!H", length - 40) + whole[6:length], queries)


@settings(MANY, max_examples=400)
@given(
    packet=packets(), where=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4), queries=st.booleans()
)
def test_damaged_packets_are_what_the_model_says(check: Checked, packet: Packet6, where: list[tuple[int, int]], queries: bool) -> None:
    ip = bytearray(bytes(packet))
    for at, value in where:
        ip[at % (packet.at + 20) % len(ip)] = value
    assert_seen(check, bytes(ip), queries)


@settings(MANY, max_examples=300)
@given(ip=st.binary(max_size=120), types=st.lists(st.sampled_from((0, 6, 17, 43, 44, 50, 51, 58, 59, 60, 135)), min_size=1, max_size=12))
def test_random_chains_are_what_the_model_says(check: Checked, ip: bytes, types: list[int]) -> None:
    body = b"".join(bytes((follows, 0)) + ip[2:8].ljust(6, b"\0") for follows in types[1:]) + ip
    assert_seen(check, struct.pack("!IHBB", 0x60000000, len(body), types[0], 64) + bytes(32) + body)


@pytest.mark.parametrize("proto", [ESP, AUTHENTICATION, NO_NEXT, MOBILITY, 4, 41, 253])
def test_what_cannot_be_looked_into_is_other(check: Checked, proto: int) -> None:
    packet = Packet6(CLIENT, SERVER, proto, tcp(1, 2, 3, 4, ACK), (options(DESTINATION_OPTIONS),))
    assert check.view(bytes(packet))[0] == "other"


def test_a_routing_header_whose_way_is_not_done_is_other(check: Checked) -> None:
    packet = Packet6(CLIENT, SERVER, TCP, tcp(1, 2, 3, 4, ACK), (routing(segments_left=1),))
    assert check.view(bytes(packet))[0] == "other"
    assert check.view(bytes(replace(packet, extensions=(routing(0),))))[0] == "flow"


def test_more_headers_than_hosts_send_are_other(check: Checked) -> None:
    packet = Packet6(CLIENT, SERVER, UDP, udp(1, 2), (options(DESTINATION_OPTIONS),) * HEADERS_MOST)
    assert check.view(bytes(packet))[0] == "flow"
    assert check.view(bytes(replace(packet, extensions=(*packet.extensions, options(DESTINATION_OPTIONS)))))[0] == "other"


def test_hop_by_hop_options_behind_another_header_are_malformed(check: Checked) -> None:
    packet = Packet6(CLIENT, SERVER, UDP, udp(1, 2), (options(DESTINATION_OPTIONS), options(HOP_BY_HOP)))
    assert check.view(bytes(packet))[0] == "malformed"


def test_neighbour_discovery_is_other(check: Checked) -> None:
    for kind in (133, 134, 135, 136, 137, 130, 131, 132, 143):
        assert check.view(bytes(Packet6(CLIENT, SERVER, ICMP6, struct.pack("!BBHI", kind, 0, 0, 0) + bytes(16))))[0] == "other"


def test_an_atomic_fragment_is_a_whole_packet(check: Checked) -> None:
    packet = Packet6(CLIENT, SERVER, UDP, udp(1, 2, b"all of it"), (fragment(0, False, 77),))
    assert check.view(bytes(packet))[:3] == ["flow", "0", "0"]


def test_a_later_fragment_has_a_place_and_no_ports(check: Checked) -> None:
    for proto in (TCP, UDP, ICMP6, DESTINATION_OPTIONS):
        piece = Packet6(CLIENT, SERVER, proto, b"\1\2\3\4\5\6\7", (options(HOP_BY_HOP), fragment(185, True, 0xDEADBEEF)), summed=False)
        assert check.view(bytes(piece))[0] == "fragment"
        assert check.ask("place", bytes(piece)) == f"deadbeef {185 * 8} 1 {proto}"
    assert check.view(bytes(Packet6(CLIENT, SERVER, ESP, b"12345678", (fragment(1, False, 1),))))[0] == "other"


def test_a_first_fragment_without_its_ports_is_malformed(check: Checked) -> None:
    piece = Packet6(CLIENT, SERVER, TCP, bytes(8), (fragment(0, True, 1),), summed=False)
    assert check.view(bytes(piece))[0] == "malformed"


# ---- other ends


@settings(MANY, max_examples=400)
@given(packet=packets(), draw=st.data(), seq=words32, ack=words32)
def test_a_rewritten_packet_is_the_packet_built_anew(check: Checked, packet: Packet6, draw: st.DataObject, seq: int, ack: int) -> None:
    to = draw.draw(targets(packet))
    assert check.flow(bytes(packet), to, seq, ack).hex() == bytes(packet.sent(to, seq, ack)).hex()


@settings(MANY)
@given(packet=packets(), draw=st.data(), damage=st.integers(1, 0xFFFE))
def test_a_damaged_packet_leaves_as_damaged_as_it_came(check: Checked, packet: Packet6, draw: st.DataObject, damage: int) -> None:
    at = packet.at + {TCP: 16, UDP: 6, ICMP6: 2}[packet.proto]
    ip = bytearray(bytes(packet))
    wrong = (struct.unpack_from("!H", ip, at)[0] + damage) % 0xFFFF
    struct.pack_into("!H", ip, at, wrong or 0xFFFF)
    to = draw.draw(targets(packet))
    out = check.flow(bytes(ip), to)
    right = struct.unpack_from("!H", bytes(packet.sent(to)), at)[0]
    assert (struct.unpack_from("!H", out, at)[0] - right) % 0xFFFF == damage % 0xFFFF
    assert out[:at] + out[at + 2 :] == bytes(packet.sent(to))[:at] + bytes(packet.sent(to))[at + 2 :]


@settings(MANY)
@given(packet=packets(), draw=st.data(), seq=words32, ack=words32)
def test_an_unfinished_packet_has_the_sum_of_its_new_pseudo_header(
    check: Checked, packet: Packet6, draw: st.DataObject, seq: int, ack: int
) -> None:
    def unfinished(whole: Packet6) -> bytes:
        at = whole.at + {TCP: 16, UDP: 6, ICMP6: 2}[whole.proto]
        pseudo = packed(whole.source) + packed(whole.destination) + struct.pack("!II", len(whole.transport), whole.proto)
        ip = bytes(whole)
        return ip[:at] + struct.pack("!H", checksum(pseudo) ^ 0xFFFF) + ip[at + 2 :]

    to = draw.draw(targets(packet))
    assert check.flow(unfinished(packet), to, seq, ack, partial=True).hex() == unfinished(packet.sent(to, seq, ack)).hex()


@settings(MANY)
@given(body=datagrams, extensions=chains(), draw=st.data())
def test_a_udp_packet_without_checksum_stays_without(
    check: Checked, body: bytes, extensions: tuple[Extension, ...], draw: st.DataObject
) -> None:
    packet = Packet6(CLIENT, SERVER, UDP, body, extensions, summed=False)
    to = draw.draw(targets(packet))
    assert check.flow(bytes(packet), to) == bytes(packet.sent(to))


def test_a_udp_checksum_that_becomes_zero_is_sent_as_ones(check: Checked) -> None:
    to = (("2001:db8:7::7", 77), ("2001:db8:8::8", 88))
    last = next(n for n in range(65536) if transport_checksum(to[0][0], to[1][0], UDP, udp(77, 88, struct.pack("!H", n))) == 0xFFFF)
    packet = Packet6(CLIENT, SERVER, UDP, udp(5, 6, struct.pack("!H", last)))
    assert check.flow(bytes(packet), to)[46:48] == b"\xff\xff"


@settings(MANY)
@given(body=data, saddr=addresses, daddr=addresses, offset=st.integers(1, 8191), more=st.booleans())
def test_a_later_fragment_gets_addresses_and_nothing_else(
    check: Checked, body: bytes, saddr: str, daddr: str, offset: int, more: bool
) -> None:
    piece = Packet6(CLIENT, SERVER, TCP, body, (fragment(offset, more, 5),), summed=False)
    assert assert_seen(check, bytes(piece)) == "fragment"
    assert check.ask("place", bytes(piece)) == f"00000005 {offset * 8} {int(more)} {TCP}"
    out = bytes.fromhex(check.ask("fragment", bytes(piece), packed(saddr), packed(daddr)))
    assert out == bytes(replace(piece, source=saddr, destination=daddr))


# ---- resets


@settings(MANY)
@given(body=segments, extensions=chains(st.none()))
def test_a_reset_is_what_rfc_9293_says(check: Checked, body: bytes, extensions: tuple[Extension, ...]) -> None:
    packet = Packet6(CLIENT, SERVER, TCP, body, extensions)
    expected = reset_for(packet)
    assert check.ask("reset", bytes(packet)) == ("none" if expected is None else expected.hex())


@pytest.mark.parametrize("flags", [SYN, ACK, FIN | ACK, SYN | ACK, 0, RST, FIN])
def test_resets_of_every_kind_of_segment(check: Checked, flags: int) -> None:
    packet = Packet6(CLIENT, SERVER, TCP, tcp(1, 2, 2**32 - 1, 7, flags, b"12"))
    expected = reset_for(packet)
    assert check.ask("reset", bytes(packet)) == ("none" if expected is None else expected.hex())


# ---- ICMPv6 errors


@settings(MANY, max_examples=400)
@given(scene=scenes())
def test_a_translated_error_is_the_error_about_the_packet_that_came(check: Checked, scene: Scene) -> None:
    error = bytes(scene.error)
    kind, _flags, _more, _ip, _transport, _saddr, _daddr, proto, ends = check.view(error)
    assert (kind, int(proto), ends) == ("icmp_error", scene.key[0], wire(scene.key[1]).hex())
    assert check.ask("error", True, error, *scene.binding) == bytes(scene.expected).hex()


@settings(MANY, max_examples=25)
@given(scene=scenes(), queries=st.booleans())
def test_an_error_that_quotes_any_less_names_a_flow_or_none(check: Checked, scene: Scene, queries: bool) -> None:
    whole = bytes(scene.error)
    for length in range(40, len(whole)):
        assert_seen(check, whole[:4] + struct.pack("!H", length - 40) + whole[6:length], queries)


@settings(MANY)
@given(scene=scenes(), at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_a_damaged_error_is_refused_or_names_no_flow(check: Checked, scene: Scene, at: int, flip: int) -> None:
    error = scene.error
    ip = bytearray(bytes(error))
    ip[error.at + at % len(error.transport)] ^= flip
    assert_seen(check, bytes(ip))
    if check.view(bytes(ip))[0] == "icmp_error":
        assert check.ask("error", True, bytes(ip), *scene.binding) == "refused"


def test_packet_too_big_keeps_its_mtu(check: Checked) -> None:
    inside = Packet6("2001:db8::1", "2001:db8:2::11", TCP, tcp(5, 80, 1, 1, ACK, bytes(1400)))
    error = Packet6(ROUTER, "2001:db8::1", ICMP6, icmp_error(2, 0, 1280, bytes(inside)[:1232]))
    orig = (("2001:db8::1", 5), ("2001:db8:f::10", 80))
    out = bytes.fromhex(check.ask("error", True, bytes(error), TCP, wire(orig), wire(inside.ends), 0, 0, 1, packed("::")))
    assert out[40:42] + out[44:48] == struct.pack("!BBI", 2, 0, 1280)
    assert out[8:24] == packed(ROUTER)
    assert struct.unpack_from("!H", out, 42)[0] == transport_checksum(ROUTER, "2001:db8::1", ICMP6, out[40:])


def test_what_follows_the_quoted_packet_is_no_part_of_it(check: Checked) -> None:
    inside = bytes(Packet6(CLIENT, SERVER, DESTINATION_OPTIONS, b"", ()))  # says that it ends before its header
    error = Packet6(ROUTER, CLIENT, ICMP6, icmp_error(1, 0, 0, inside + bytes((UDP, 0)) + bytes(80)))
    assert check.view(bytes(error))[0] == "other"


# ---- fragments


def piece_of(ident: int, offset: int, more: bool = True, proto: int = UDP, source: str = CLIENT) -> bytes:
    return bytes(Packet6(source, SERVER, proto, udp(1, 2, bytes(16)), (fragment(offset, more, ident),), summed=False))


def test_fragments_follow_the_first_by_all_of_the_identification(check: Checked) -> None:
    target = (("2001:db8:a::1", 0), ("2001:db8:b::1", 0))
    assert check.ask("learn", 100, 0, piece_of(0x00010002, 0), wire(target)) == "0 0"
    assert check.ask("route", 101, 0, piece_of(0x00010002, 3)) == f"follow {wire(target).hex()} 0"
    assert check.ask("route", 101, 0, piece_of(0x00010002, 5, False, DESTINATION_OPTIONS)) == f"follow {wire(target).hex()} 0"
    for other in (piece_of(0x00020002, 3), piece_of(0x00010003, 3), piece_of(0x00010002, 3, source=ROUTER)):
        assert check.ask("route", 101, 0, other) == "held 0"
    assert check.ask("route", 101, 1, piece_of(0x00010002, 3)) == "held 0"


def test_fragments_that_come_early_are_held_for_the_first(check: Checked) -> None:
    for offset in range(1, 4):
        assert check.ask("route", 1000, 0, piece_of(77, offset)) == "held 0"
    assert check.ask("learn", 1001, 0, piece_of(77, 0), wire((("::1", 0), ("::2", 0)))).split()[0] == "3"
