# SPDX-License-Identifier: Apache-2.0
"""The driver ``conntrack`` on netlink messages built here, attribute by attribute, from the kernel's header files."""

from __future__ import annotations

import struct
from pathlib import Path
from socket import inet_aton

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi import drivers
from mimi.drivers import Listing, ctnetlink
from mimi.drivers.conntrack import Conntrack
from mimi.drivers.conntrack_source import LISTING_BEGINS
from mimi.flow import Delete, Put
from mimi.pairing import load_pairing

ROOT = Path(__file__).parents[2]
SEQ = 1_795_341_601_120_331
NOW = SEQ // 1_000_000
CLIENT, VIP, BACKEND = "10.1.0.1", "10.1.0.100", "10.2.0.2"
SYN_SENT, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, TIME_WAIT = 1, 3, 4, 5, 7


def attribute(kind: int, *parts: bytes, nested: bool = False) -> bytes:
    body = b"".join(parts)
    return struct.pack("=HH", 4 + len(body), kind | (0x8000 if nested else 0)) + body + b"\0" * (-len(body) % 4)


def tuple_of(kind: int, proto: int, saddr: str, sport: int, daddr: str, dport: int) -> bytes:
    addresses = attribute(1, attribute(1, inet_aton(saddr)), attribute(2, inet_aton(daddr)), nested=True)
    ports = (attribute(2, struct.pack(">H", sport)), attribute(3, struct.pack(">H", dport)))
    return attribute(kind, addresses, attribute(2, attribute(1, bytes([proto])), *ports, nested=True), nested=True)


def number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">I", value))


def message(what: str, *, proto: int = 6, sport: int = 40112, backend: str = BACKEND, vip: str = VIP, ident: int = 7,
            state: int | None = None, timeout: int | None = 120, deltas: tuple[int, int] = (0, 0)) -> bytes:  # fmt: skip
    body = tuple_of(1, proto, CLIENT, sport, vip, 8080) + tuple_of(2, proto, backend, 8080, CLIENT, sport)
    body += number(3, ctnetlink.IPS_SEEN_REPLY) + number(12, ident)
    if timeout is not None:
        body += number(7, timeout)
    if state is not None:
        body += attribute(4, attribute(1, attribute(1, bytes([state])), nested=True), nested=True)
    for kind, delta in ((15, deltas[0]), (16, deltas[1])):
        if delta:
            body += attribute(kind, number(1, 99), attribute(2, struct.pack(">i", 0)), attribute(3, struct.pack(">i", delta)), nested=True)
    kinds = {"new": (0x100, 0x600, 0), "update": (0x100, 0, 0), "destroy": (0x102, 0, 0), "listed": (0x100, 2, 5)}
    kind, flags, sequence = kinds[what]
    return struct.pack("=IHHII", 20 + len(body), kind, flags, sequence, 0) + struct.pack("=BBH", 2, 0, 0) + body


def plain(kind: int, flags: int = 0, body: bytes = b"\0\0\0\0") -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 5, 0) + body


@pytest.fixture
def driver() -> Conntrack:
    made = drivers.make(load_pairing(ROOT / "configs/conntrack-lb.yaml"))
    assert isinstance(made, Conntrack)
    return made


def put(driver: Conntrack, data: bytes, seq: int = SEQ) -> Put:
    delta = driver.parse(data, seq)
    assert isinstance(delta, Put), delta
    return delta


def test_the_translated_tuple_is_the_reply_turned_round(driver: Conntrack) -> None:
    record = put(driver, message("new", state=SYN_SENT)).record
    assert record.orig.key == f"tcp {CLIENT}:40112 {VIP}:8080"
    assert record.xlat.key == f"tcp {CLIENT}:40112 {BACKEND}:8080"
    assert (record.state, record.source, record.seq) == ("new", "conntrack", SEQ)


def test_an_established_flow_lives_at_least_as_long_as_the_pairing_says(driver: Conntrack) -> None:
    assert put(driver, message("update", state=ESTABLISHED, timeout=60)).record.expires == NOW + 7440
    assert put(driver, message("update", state=ESTABLISHED, timeout=432_000)).record.expires == NOW + 432_000
    assert put(driver, message("new", proto=17, timeout=30)).record.expires == NOW + 300


def test_sequence_offsets_of_both_directions_are_signed(driver: Conntrack) -> None:
    record = put(driver, message("update", state=ESTABLISHED, deltas=(-12, 345))).record
    assert (record.delta_fwd, record.delta_rev) == (-12, 345)


def test_the_end_of_a_closing_connection_deletes(driver: Conntrack) -> None:
    put(driver, message("update", state=TIME_WAIT))
    assert driver.parse(message("destroy", timeout=None), SEQ + 1) == Delete(f"tcp {CLIENT}:40112 {VIP}:8080", SEQ + 1)


def test_an_end_that_tells_its_state_needs_no_memory(driver: Conntrack) -> None:
    assert isinstance(driver.parse(message("destroy", state=TIME_WAIT, timeout=None), SEQ), Delete)


@pytest.mark.parametrize(("proto", "state"), [(6, ESTABLISHED), (6, SYN_SENT), (17, None)])
def test_what_vanishes_in_mid_connection_lingers(driver: Conntrack, proto: int, state: int | None) -> None:
    """After a failover the primary's timers run out on connections that live in the minion."""
    put(driver, message("update", proto=proto, state=state))
    record = put(driver, message("destroy", proto=proto, timeout=None)).record
    assert (record.expires, record.state) == (NOW + 240, None)


@pytest.mark.parametrize("state", [FIN_WAIT, CLOSE_WAIT])
def test_a_half_closed_connection_whose_timer_ran_out_lingers(driver: Conntrack, state: int) -> None:
    """One side may go on sending for hours, and after a failover the primary sees nothing of it."""
    put(driver, message("update", state=state))
    record = put(driver, message("destroy", state=state, timeout=None)).record
    assert (record.expires, record.state) == (NOW + 240, None)


def test_a_reused_entry_is_not_closing_any_more(driver: Conntrack) -> None:
    put(driver, message("update", state=TIME_WAIT))
    put(driver, message("update", state=SYN_SENT))
    assert isinstance(driver.parse(message("destroy", timeout=None), SEQ), Put)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (message("new", vip="10.9.9.9"), "unknown-vip"),
        (message("new", backend="10.2.0.9"), "unknown-backend"),
        (message("new", proto=132), "protocol"),
        (message("new")[:60], "malformed"),
        (plain(0x104), "note"),
        (b"\1", "note"),
    ],
)
def test_what_is_none_of_ours_is_refused_with_a_reason(driver: Conntrack, data: bytes, reason: str) -> None:
    assert driver.parse(data, SEQ) == reason


def test_an_event_overtakes_a_listed_entry(driver: Conntrack) -> None:
    assert driver.parse(LISTING_BEGINS, SEQ) is Listing.begun
    put(driver, message("update", state=TIME_WAIT, ident=1))
    assert isinstance(driver.parse(message("destroy", ident=1, timeout=None), SEQ), Delete)
    assert driver.parse(message("listed", ident=1, state=ESTABLISHED), SEQ) == "superseded"
    put(driver, message("listed", ident=2, sport=5, state=ESTABLISHED))
    assert driver.parse(plain(3), SEQ) is Listing.complete
    put(driver, message("listed", ident=1, state=ESTABLISHED))


def test_an_interrupted_or_refused_listing_is_broken(driver: Conntrack) -> None:
    assert driver.parse(plain(3, 0x10), SEQ) is Listing.broken
    assert driver.parse(plain(2, body=struct.pack("=i", -1)), SEQ) is Listing.broken
    assert ctnetlink.error_of(plain(2, body=struct.pack("=i", -1))) == 1


def test_one_datagram_holds_many_messages() -> None:
    parts = [message("new", sport=port) for port in range(1, 5)]
    assert list(ctnetlink.split(b"".join(parts))) == parts
    assert list(ctnetlink.split(b"".join(parts)[:-1])) == parts[:-1]


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_bytes_make_it_fail(noise: bytes, at: int) -> None:
    driver = Conntrack(load_pairing(ROOT / "configs/conntrack-lb.yaml"))
    whole = message("update", state=ESTABLISHED, deltas=(1, 2))
    for data in (noise, whole[:at], whole[:at] + noise, whole[:16] + noise):
        for part in (data, *ctnetlink.split(data)):
            driver.parse(part, SEQ)


# Translators and firewalls


def entry(what: str, proto: int, orig: tuple[str, int, str, int], reply: tuple[str, int, str, int], *, state: int | None = None,
          icmp_type: int = 8, ident: int = 9) -> bytes:  # fmt: skip
    def one(kind: int, saddr: str, sport: int, daddr: str, dport: int, icmp: int) -> bytes:
        if proto != 1:
            return tuple_of(kind, proto, saddr, sport, daddr, dport)
        addresses = attribute(1, attribute(1, inet_aton(saddr)), attribute(2, inet_aton(daddr)), nested=True)
        query = (attribute(4, struct.pack(">H", sport)), attribute(5, bytes([icmp])), attribute(6, b"\0"))
        return attribute(kind, addresses, attribute(2, attribute(1, bytes([1])), *query, nested=True), nested=True)

    body = one(1, *orig, icmp_type) + one(2, *reply, 0) + number(3, ctnetlink.IPS_SEEN_REPLY) + number(12, ident) + number(7, 30)
    if state is not None:
        body += attribute(4, attribute(1, attribute(1, bytes([state])), nested=True), nested=True)
    kinds = {"new": (0x100, 0x600, 0), "destroy": (0x102, 0, 0)}
    kind, flags, sequence = kinds[what]
    return struct.pack("=IHHII", 20 + len(body), kind, flags, sequence, 0) + struct.pack("=BBH", 2, 0, 0) + body


INSIDE, REMOTE, OUTSIDE = "10.0.0.7", "192.0.2.1", "203.0.113.1"


def of_type(name: str) -> Conntrack:
    made = drivers.make(load_pairing(ROOT / f"configs/{name}.yaml"))
    assert isinstance(made, Conntrack)
    return made


def test_a_translated_source_is_the_target_of_the_reply() -> None:
    data = entry("new", 6, (INSIDE, 4000, REMOTE, 80), (REMOTE, 80, OUTSIDE, 61000), state=ESTABLISHED)
    record = put(of_type("nat-conntrack"), data).record
    assert record.orig.key == f"tcp {INSIDE}:4000 {REMOTE}:80"
    assert record.xlat.key == f"tcp {OUTSIDE}:61000 {REMOTE}:80"


def test_a_ping_has_its_query_id_in_the_initiators_place_on_both_sides() -> None:
    driver = of_type("nat-conntrack")
    data = (1, (INSIDE, 77, REMOTE, 0), (REMOTE, 4242, OUTSIDE, 0))
    record = put(driver, entry("new", *data)).record
    assert (record.orig.key, record.xlat.key) == (f"icmp {INSIDE}:77 {REMOTE}:0", f"icmp {OUTSIDE}:4242 {REMOTE}:0")
    assert (record.expires, record.state) == (NOW + 60, None)
    assert put(driver, entry("destroy", *data)).record.expires == NOW + 60


def test_other_queries_than_pings_are_refused() -> None:
    assert (
        of_type("nat-conntrack").parse(entry("new", 1, (INSIDE, 77, REMOTE, 0), (REMOTE, 77, OUTSIDE, 0), icmp_type=13), SEQ) == "icmp-type"
    )


def test_a_forwarded_port_is_a_flow_from_outside() -> None:
    record = put(of_type("nat-pool"), entry("new", 6, (REMOTE, 4000, OUTSIDE, 80), ("10.0.0.5", 8080, REMOTE, 4000))).record
    assert record.orig.key == f"tcp {REMOTE}:4000 {OUTSIDE}:80"
    assert record.xlat.key == f"tcp {REMOTE}:4000 10.0.0.5:8080"


def test_a_hairpin_is_translated_at_both_ends() -> None:
    record = put(of_type("nat-pool"), entry("new", 17, (INSIDE, 4000, OUTSIDE, 5000), ("10.0.0.6", 5000, OUTSIDE, 61000))).record
    assert record.xlat.key == f"udp {OUTSIDE}:61000 10.0.0.6:5000"


def test_the_primarys_own_connections_are_none_of_its_flows() -> None:
    own = entry("new", 6, (OUTSIDE, 4000, REMOTE, 22), (REMOTE, 22, OUTSIDE, 4000))
    assert of_type("nat-conntrack").parse(own, SEQ) == "unknown-inside"
    logged_in = entry("new", 6, (INSIDE, 4000, "10.0.0.1", 22), ("10.0.0.1", 22, INSIDE, 4000))
    assert of_type("firewall-conntrack").parse(logged_in, SEQ) == "its-own"


def test_a_firewalls_flow_stays_as_it_is() -> None:
    record = put(
        of_type("firewall-conntrack"), entry("new", 6, (INSIDE, 4000, REMOTE, 80), (REMOTE, 80, INSIDE, 4000), state=SYN_SENT)
    ).record
    assert record.orig == record.xlat
    assert record.state == "new"


# IPv6: messages recorded from a kernel whose rules send [2001:db8:1::100]:443 to [2001:db8:2::2]:8443, and that was pinged

TCP_NEW = bytes.fromhex(
    "f40000000001000600000000000000000a0000004c0001802c0001801400030020010db80001000000000000000000071400040020010db800010000"
    "00000000000001001c0002800500010006000000060002009cb000000600030001bb00004c0002802c0001801400030020010db80002000000000000"
    "000000021400040020010db80001000000000000000000071c00028005000100060000000600020020fb0000060003009cb0000008000c004df04945"
    "08000300000001a80800070000000078300004802c0001800500010001000000050002000a0000000500030000000000060004000300000006000500"
    "00000000"
)
TCP_ESTABLISHED = bytes.fromhex(
    "f40000000001000000000000000000000a0000004c0001802c0001801400030020010db80001000000000000000000071400040020010db800010000"
    "00000000000001001c0002800500010006000000060002009cb000000600030001bb00004c0002802c0001801400030020010db80002000000000000"
    "000000021400040020010db80001000000000000000000071c00028005000100060000000600020020fb0000060003009cb0000008000c004df04945"
    "08000300000001ae0800070000069780300004802c0001800500010003000000050002000a000000050003000a000000060004002300000006000500"
    "23000000"
)
PING_NEW = bytes.fromhex(
    "d40000000001000600000000000000000a000000540001802c0001801400030020010db80001000000000000000000071400040020010db800020000"
    "000000000000000124000280050001003a0000000600070009aa000005000800800000000500090000000000540002802c0001801400030020010db8"
    "0002000000000000000000011400040020010db800010000000000000000000724000280050001003a0000000600070009aa00000500080081000000"
    "050009000000000008000c007c1b83220800030000000188080007000000001e"
)
PING_LISTED = bytes.fromhex(
    "e40000000001020001000000beec0c800a000000540001802c0001801400030020010db80001000000000000000000071400040020010db800020000"
    "000000000000000124000280050001003a0000000600070009aa000005000800800000000500090000000000540002802c0001801400030020010db8"
    "0002000000000000000000011400040020010db800010000000000000000000724000280050001003a0000000600070009aa00000500080081000000"
    "0500090000000000080003000000018a080008000000000008000c007c1b832208000b0000000001080007000000001e"
)
TCP_LISTED = bytes.fromhex(
    "040100000001020001000000beec0c800a0000004c0001802c0001801400030020010db80001000000000000000000071400040020010db800010000"
    "00000000000001001c0002800500010006000000060002009cb000000600030001bb00004c0002802c0001801400030020010db80002000000000000"
    "000000021400040020010db80001000000000000000000071c00028005000100060000000600020020fb0000060003009cb0000008000300000001ae"
    "080008000000000008000c004df0494508000b00000000010800070000000077300004802c0001800500010007000000050002000a00000005000300"
    "0a00000006000400270000000600050023000000"
)
CLIENT6, VIP6, BACKEND6 = "2001:db8:1::7", "2001:db8:1::100", "2001:db8:2::2"


def test_an_ipv6_flow_of_a_balancer() -> None:
    record = put(of_type("dual-stack-lb"), TCP_NEW).record
    assert record.orig.key == f"tcp [{CLIENT6}]:40112 [{VIP6}]:443"
    assert record.xlat.key == f"tcp [{CLIENT6}]:40112 [{BACKEND6}]:8443"
    assert (record.state, record.expires) == ("new", NOW + 240)
    established = put(of_type("dual-stack-lb"), TCP_ESTABLISHED).record
    assert (established.state, established.expires) == ("established", NOW + 432_000)
    assert put(of_type("dual-stack-lb"), TCP_LISTED).record.orig == record.orig


def test_a_flow_of_the_other_version_of_ip_is_no_vips() -> None:
    assert of_type("conntrack-lb").parse(TCP_NEW, SEQ) == "unknown-vip"
    assert of_type("nat-conntrack").parse(TCP_NEW, SEQ) == "unknown-inside"
    assert of_type("dual-stack-lb").parse(message("new"), SEQ) == "unknown-vip"


@pytest.mark.parametrize("data", [PING_NEW, PING_LISTED])
def test_an_ipv6_ping_is_a_query_with_its_own_name(data: bytes) -> None:
    record = put(of_type("dual-stack-firewall"), data).record
    assert record.orig.key == record.xlat.key == f"icmp6 [{CLIENT6}]:2474 [2001:db8:2::1]:0"
    assert record.expires == NOW + 60


def test_other_icmpv6_than_pings_is_refused() -> None:
    data = PING_NEW.replace(struct.pack("=HH", 5, 8) + b"\x80", struct.pack("=HH", 5, 8) + b"\x08")
    assert data != PING_NEW
    assert of_type("dual-stack-firewall").parse(data, SEQ) == "icmp-type"


def test_a_dump_is_of_both_versions_of_ip() -> None:
    assert ctnetlink.dump_request(1)[16] == 0


@given(st.integers(0, 300), st.binary(max_size=40))
def test_no_cut_of_an_ipv6_message_makes_it_fail(at: int, noise: bytes) -> None:
    driver = of_type("dual-stack-firewall")
    for whole in (TCP_ESTABLISHED, PING_NEW):
        driver.parse(whole[:at] + noise, SEQ)
        driver.parse(whole[:at] + noise + whole[at + len(noise) :], SEQ)
