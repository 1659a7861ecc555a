# SPDX-License-Identifier: Apache-2.0
"""NPTv6 against RFC 6296 in plain Python: addresses, checksums that stay right, errors that quote packets."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoRequest,
    ICMPv6PacketTooBig,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.ipsec import AH
from scapy.packet import Raw

from mimi.click import Router
from mimi.errors import ClickError

INTERNAL, EXTERNAL = IPv6Network("fd01:203:405::/48"), IPv6Network("2001:db8:1::/48")
PEER = "2001:db8:ffff::9"


def ones_sum(words: list[int]) -> int:
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def words(address: IPv6Address) -> list[int]:
    return list(struct.unpack("!8H", address.packed))


def translated(address: str, source: IPv6Network, target: IPv6Network) -> str | None:
    """Section 3 of the RFC: the other prefix, and a word that keeps the sum; None where no word can."""
    length = max(source.prefixlen, target.prefixlen)
    value = int(IPv6Address(address))
    mask = ((1 << length) - 1) << (128 - length)
    new = words(IPv6Address(int(target.network_address) | value & ~mask & (2**128 - 1)))
    if length <= 48:
        place = 3 if new[3] != 0xFFFF else None
    else:
        place = next((i for i in range(4, 8) if new[i] != 0xFFFF), None) if any(new[4:]) else None
    if place is None:
        return None
    difference = ones_sum([*words(source.network_address), 0xFFFF - ones_sum(words(target.network_address))])
    new[place] = ones_sum([new[place], difference])
    if new[place] == 0xFFFF:
        new[place] = 0
    return str(IPv6Address(struct.pack("!8H", *new)))


class Translator:
    def __init__(self, internal: IPv6Network = INTERNAL, external: IPv6Network = EXTERNAL, others: bool = True) -> None:
        last = "npt[2] -> out2 :: MemoryOut;" if others else ""
        self.outputs = 3 if others else 2
        self.router = Router(
            f"""npt :: NPTv6({internal}, {external}); inside :: MemoryIn -> [0]npt; outside :: MemoryIn -> [1]npt;
            npt[0] -> out0 :: MemoryOut; npt[1] -> out1 :: MemoryOut; {last}"""
        )

    def send(self, port: int, *packets: bytes) -> list[tuple[int, bytes]]:
        for packet in packets:
            self.router.push(("inside", "outside")[port], packet)
        self.router.run()
        return [(i, packet.data) for i in range(self.outputs) for packet in self.router.packets(f"out{i}")]

    def stats(self) -> dict[str, int]:
        lines = self.router.read("npt.stats").decode().splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines) if value != "0"}


@pytest.fixture
def npt() -> Iterator[Translator]:
    translator = Translator()
    yield translator
    translator.router.close()


def right(packet: bytes) -> bool:
    """Whether the transport checksum of a packet is what scapy computes for its addresses."""
    layers = IPv6(packet)
    again = layers.copy()
    for layer in (TCP, UDP, ICMPv6EchoRequest, ICMPv6DestUnreach, ICMPv6PacketTooBig):
        if layer in again:
            field = "cksum" if layer.__name__.startswith("ICMP") else "chksum"
            delattr(again[layer], field)
            return bytes(again) == packet
    raise AssertionError("no transport")


def test_the_rfcs_own_example() -> None:
    assert translated("fd01:203:405:1::1234", INTERNAL, EXTERNAL) == "2001:db8:1:d550::1234"
    assert translated("2001:db8:1:d550::1234", EXTERNAL, INTERNAL) == "fd01:203:405:1::1234"


def test_out_and_back(npt: Translator) -> None:
    out = bytes(IPv6(src="fd01:203:405:1::1234", dst=PEER) / TCP(sport=4000, dport=80))
    ((port, left),) = npt.send(0, out)
    assert (port, IPv6(left).src, IPv6(left).dst) == (0, "2001:db8:1:d550::1234", PEER)
    assert right(left)
    answer = bytes(IPv6(src=PEER, dst=IPv6(left).src) / TCP(sport=80, dport=4000, flags="SA"))
    ((port, back),) = npt.send(1, answer)
    assert (port, IPv6(back).dst) == (1, "fd01:203:405:1::1234")
    assert right(back)
    assert npt.stats() == {"outbound": 1, "inbound": 1}


lengths = st.sampled_from((0, 16, 32, 40, 47, 48, 49, 52, 56, 60, 63, 64))
address_bits = st.one_of(
    st.integers(0, 2**128 - 1),
    st.lists(st.sampled_from((0, 1, 0xFFFE, 0xFFFF)), min_size=8, max_size=8).map(lambda w: int.from_bytes(struct.pack("!8H", *w), "big")),
)


def network(bits: int, length: int) -> IPv6Network:
    return IPv6Network((bits >> (128 - length) << (128 - length) if length else 0, length))


@settings(max_examples=150, deadline=None)
@given(address_bits, address_bits, lengths, lengths, st.lists(address_bits, min_size=1, max_size=8))
def test_any_prefixes_and_addresses_are_translated_as_the_rfc_says(a: int, b: int, la: int, lb: int, hosts: list[int]) -> None:
    internal, external = network(a, la), network(b, lb)
    longer = max(la, lb)
    if internal.overlaps(external):
        with pytest.raises(ClickError, match="overlap"):
            Translator(internal, external)
        return
    translator = Translator(internal, external)
    mask = (1 << (128 - longer)) - 1
    for host in hosts:
        address = str(IPv6Address(int(internal.network_address) | host & mask))
        packet = bytes(IPv6(src=address, dst=PEER) / UDP(sport=1, dport=2) / b"x")
        wanted = translated(address, IPv6Network((internal.network_address, longer)), IPv6Network((external.network_address, longer)))
        left = translator.send(0, packet)
        if wanted is None:
            assert left == []
            continue
        ((port, out),) = left
        assert (port, IPv6Address(IPv6(out).src)) == (0, IPv6Address(wanted))
        assert right(out)
        ((port, back),) = translator.send(1, bytes(IPv6(src=PEER, dst=wanted) / UDP(sport=2, dport=1) / b"y"))
        home = IPv6(back).dst
        # 0xffff and 0 are one number to a checksum: an address that had the one comes back as the other
        assert port == 1 and [w % 0xFFFF for w in words(IPv6Address(home))] == [w % 0xFFFF for w in words(IPv6Address(address))]
    translator.router.close()


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        (IPv6ExtHdrHopByHop(),),
        (IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrRouting(addresses=["2001:db8::1"], segleft=0)),
        (AH(nh=58, payloadlen=4, spi=1, seq=1, icv=b"123456789012"),),
        (IPv6ExtHdrFragment(offset=0, m=1, id=7),),
    ],
    ids=["plain", "hop-by-hop", "three", "authentication", "first-fragment"],
)
def test_an_error_about_a_packet_quotes_it_as_its_sender_knows_it(npt: Translator, extensions: tuple[object, ...]) -> None:
    inside, outside = "fd01:203:405:1::1234", "2001:db8:1:d550::1234"
    quoted = bytes(IPv6(src=outside, dst=PEER) / UDP(sport=4000, dport=53) / b"question")
    error = IPv6(src="2001:db8:ffff::1", dst=outside)
    for extension in extensions:
        error /= extension
    sent = bytes(error / ICMPv6PacketTooBig(mtu=1280) / Raw(quoted))
    ((port, got),) = npt.send(1, sent)
    at = got.index(quoted[40:]) - 40
    assert port == 1
    assert (IPv6(got).dst, IPv6(got[at:]).src, IPv6(got[at:]).dst) == (inside, inside, PEER)
    if not extensions:
        assert right(got)
    assert npt.stats() == {"inbound": 1, "errors": 1}


def test_an_error_from_inside_quotes_the_outside_address(npt: Translator) -> None:
    inside, outside = "fd01:203:405:1::1234", "2001:db8:1:d550::1234"
    quoted = bytes(IPv6(src=PEER, dst=inside) / UDP(sport=53, dport=4000) / b"answer")
    ((port, got),) = npt.send(0, bytes(IPv6(src=inside, dst=PEER) / ICMPv6DestUnreach(code=4) / Raw(quoted)))
    assert (port, IPv6(got).src, IPv6(got[48:]).dst) == (0, outside, outside)
    assert right(got)


def test_an_error_of_a_router_that_has_no_inside_address_is_translated_all_the_same(npt: Translator) -> None:
    inside, outside, router = "fd01:203:405:1::1234", "2001:db8:1:d550::1234", "2001:db8:2::1"
    quoted = bytes(IPv6(src=PEER, dst=inside) / UDP(sport=53, dport=4000) / b"answer")
    ((port, got),) = npt.send(0, bytes(IPv6(src=router, dst=PEER) / ICMPv6PacketTooBig(mtu=1280) / Raw(quoted)))
    assert (port, IPv6(got).src, IPv6(got[48:]).dst) == (0, router, outside)
    assert right(got)
    about_others = bytes(IPv6(src=router, dst=PEER) / ICMPv6PacketTooBig(mtu=1280) / Raw(bytes(IPv6(src=PEER, dst=router) / UDP())))
    assert npt.send(0, about_others) == [(2, about_others)]
    assert npt.stats() == {"outbound": 1, "errors": 1, "passed": 1}


def test_an_error_about_a_hairpin_quotes_it_as_its_sender_knows_it(npt: Translator) -> None:
    here, there = "fd01:203:405:1::1234", "fd01:203:405:2::5"
    seen = [str(translated(host, INTERNAL, EXTERNAL)) for host in (here, there)]
    quoted = bytes(IPv6(src=seen[0], dst=there) / UDP(sport=4000, dport=53) / b"question")
    ((port, got),) = npt.send(0, bytes(IPv6(src=there, dst=seen[0]) / ICMPv6DestUnreach(code=4) / Raw(quoted)))
    assert (port, IPv6(got).src, IPv6(got).dst) == (1, seen[1], here)
    assert (IPv6(got[48:]).src, IPv6(got[48:]).dst) == (here, seen[1])
    assert right(got)


def test_hosts_inside_meet_by_their_outside_addresses(npt: Translator) -> None:
    to = translated("fd01:203:405:2::5", INTERNAL, EXTERNAL)
    ((port, got),) = npt.send(0, bytes(IPv6(src="fd01:203:405:1::1234", dst=to) / ICMPv6EchoRequest(id=1)))
    assert (port, IPv6(got).src, IPv6(got).dst) == (1, "2001:db8:1:d550::1234", "fd01:203:405:2::5")
    assert right(got)
    assert npt.stats() == {"hairpins": 1}


def test_what_is_not_its_business_passes_unchanged(npt: Translator) -> None:
    others = [bytes(IPv6(src="fd99::1", dst=PEER) / UDP()), bytes(IPv6(src=PEER, dst="2001:db8:2::1") / UDP())]
    assert [npt.send(port, packet) for port, packet in enumerate(others)] == [[(2, packet)] for packet in others]


def test_without_a_third_output_it_is_dropped_and_counted() -> None:
    npt = Translator(others=False)
    assert npt.send(0, bytes(IPv6(src="fd99::1", dst=PEER) / UDP())) == []
    assert npt.stats() == {"drop_unrouted": 1}


@pytest.mark.parametrize("packet", [b"", b"\x60" + bytes(38), b"\x45" + bytes(60)], ids=["empty", "short", "version 4"])
def test_malformed_packets_are_dropped(npt: Translator, packet: bytes) -> None:
    assert npt.send(0, packet) == npt.send(1, packet) == []
    assert npt.stats() == {"drop_malformed": 2}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=120))
def test_no_chain_of_extension_headers_leads_astray(kind: int, rest: bytes) -> None:
    """Only addresses change, and what an error quotes."""
    translator = Translator()
    header = struct.pack("!IHBB", 6 << 28, len(rest), kind, 64)
    packet = header + IPv6Address("fd01:203:405:1::1234").packed + IPv6Address(PEER).packed + rest
    ((port, got),) = translator.send(0, packet)
    translator.router.close()
    assert port == 0 and len(got) == len(packet)
    assert got[:8] + got[24:40] == packet[:8] + packet[24:40]
    if not any(rest[i : i + 6] == INTERNAL.network_address.packed[:6] for i in range(len(rest))):
        assert got[40:] == rest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("fd01::, 2001:db8::/32", "INTERNAL: expected an IPv6 prefix"),
        ("fd01::1/48, 2001:db8::/32", "INTERNAL: expected an IPv6 prefix"),
        ("fd01::/48, 10.0.0.0/8", "EXTERNAL: expected an IPv6 prefix"),
        ("fd01::/48, 2001:db8::/65", "EXTERNAL: expected at most 64 bits, found 65"),
        ("fd01::/48, fd01:0:0:1::/64", "INTERNAL and EXTERNAL overlap"),
        ("fd01::/48", "EXTERNAL"),
    ],
)
def test_wrong_arguments_are_told(arguments: str, said: str) -> None:
    with pytest.raises(ClickError, match=said):
        Router(f"npt :: NPTv6({arguments}); Idle -> [0]npt; Idle -> [1]npt; npt[0], npt[1] => Discard, Discard")
