# SPDX-License-Identifier: Apache-2.0
"""What a box publishes becomes deltas; what it should not say is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.drivers import Listing, make, open_source
from mimi.drivers.published import MALFORMED, Published
from mimi.flow import Delete, FiveTuple, FlowRecord, Put
from mimi.pairing import load_pairing
from mimi.pairing.ownership import CLIENT_TRANSLATED, UNKNOWN_BACKEND, UNKNOWN_VIP
from mimi.publish import Publisher

ROOT = Path(__file__).resolve().parents[2]
PAIRING = load_pairing(ROOT / "configs" / "fig2-openflow.yaml")
SEQ = 1_800_000_000_000_000
FLOW = FiveTuple("tcp", "10.1.0.1", 40112, "10.1.0.100", 8080)
LINE = "put tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.3:8080 60"


def parse(line: str) -> object:
    return Published(PAIRING).parse(line.encode(), SEQ)


def test_a_put_line_is_a_record() -> None:
    xlat = FiveTuple("tcp", "10.1.0.1", 40112, "10.2.0.3", 8080)
    record = FlowRecord(FLOW, xlat, SEQ, 1_800_000_060, None, "published")
    assert parse(LINE) == parse(LINE + "\n") == Put(record)
    told = parse(LINE + " state=established delta=-5,7")
    assert isinstance(told, Put)
    assert (told.record.state, told.record.delta_fwd, told.record.delta_rev) == ("established", -5, 7)


def test_a_del_line_ends_the_flow() -> None:
    assert parse("del tcp 10.1.0.1:40112 10.1.0.100:8080") == Delete(FLOW.key, SEQ)


def test_listings_are_framed() -> None:
    assert [parse(word) for word in ("begin", "end\n", "abort")] == [Listing.begun, Listing.complete, Listing.broken]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE.replace("10.1.0.100:8080", "10.1.0.100:81"), UNKNOWN_VIP),
        (LINE.replace("put tcp", "put udp"), UNKNOWN_VIP),
        (LINE.replace("10.2.0.3:8080", "10.2.0.3:22"), UNKNOWN_BACKEND),
        (LINE.replace("10.2.0.3", "10.9.0.3"), UNKNOWN_BACKEND),
        (LINE.replace("10.1.0.1:40112 10.2.0.3", "10.1.0.1:40113 10.2.0.3"), CLIENT_TRANSLATED),
        ("", MALFORMED),
        (LINE + " ", None),
        (LINE + " state=asleep", MALFORMED),
        (LINE + " delta=1", MALFORMED),
        (LINE + " delta=9999999999,0", MALFORMED),
        (LINE.replace("40112", "65536"), MALFORMED),
        (LINE.replace("40112", "0"), MALFORMED),
        (LINE.replace("40112", "040112"), MALFORMED),
        (LINE.replace("10.1.0.1:", "10.1.0.256:"), MALFORMED),
        (LINE.replace(" 60", " 0"), MALFORMED),
        (LINE.replace("put", "PUT"), MALFORMED),
        (LINE + "\n" + LINE, MALFORMED),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(line: str, reason: str | None) -> None:
    result = parse(line)
    assert result == reason if reason else isinstance(result, Put)


def test_a_translator_publishes_queries_too() -> None:
    nat = load_pairing(ROOT / "configs" / "nat-conntrack.yaml")
    assert nat.nat is not None
    inside, outside = nat.nat.inside[0][5], nat.nat.pools[0].addresses.first
    line = f"put icmp {inside}:77 192.0.2.1:0 {outside}:4242 192.0.2.1:0 60"
    told = Published(nat).parse(line.encode(), SEQ)
    assert isinstance(told, Put)
    assert (told.record.orig.sport, told.record.xlat.sport) == (77, 4242)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    assert Published(PAIRING).parse(data, SEQ) in (MALFORMED, Listing.begun, Listing.complete, Listing.broken)


def test_what_a_publisher_says_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    driver = PAIRING.driver.model_copy(update={"listen": (f"unix://{path}",)})
    pairing = PAIRING.model_copy(update={"driver": driver})
    source, parser = open_source(pairing), make(pairing)
    publisher = Publisher(f"unix://{path}")
    publisher.bind("tcp", ("10.1.0.1", 40112), ("10.1.0.100", 8080), to=("10.2.0.3", 8080), lifetime_s=60, state="new")
    publisher.unbind("tcp", ("10.1.0.1", 40112), ("10.1.0.100", 8080))
    messages: list[bytes] = []
    while len(messages) < 2:
        messages += source.receive(20)
    publisher.close()
    source.close()
    put, delete = (parser.parse(message, SEQ) for message in messages)
    assert isinstance(put, Put)
    assert (put.record.orig, put.record.state) == (FLOW, "new")
    assert delete == Delete(FLOW.key, SEQ)
    assert not Path(path).exists()
    with pytest.raises(FileNotFoundError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
        gone.connect(str(path))


LINE6 = "put tcp [2001:db8:9::7]:40112 [2001:db8:1::100]:443 [2001:db8:9::7]:40112 [2001:db8:2::2]:8443 60"


def parse6(line: str, config: str = "dual-stack-lb") -> object:
    return Published(load_pairing(ROOT / "configs" / f"{config}.yaml")).parse(line.encode(), SEQ)


def test_ipv6_ends_have_brackets() -> None:
    told = parse6(LINE6)
    assert isinstance(told, Put)
    assert told.record.orig.key == "tcp [2001:db8:9::7]:40112 [2001:db8:1::100]:443"
    assert told.record.xlat.target == "[2001:db8:2::2]:8443"
    assert parse6("del tcp [2001:db8:9::7]:1 [2001:db8:1::100]:443") == Delete("tcp [2001:db8:9::7]:1 [2001:db8:1::100]:443", SEQ)
    ping = "put icmp6 [2001:db8:10::7]:9 [2001:db8:99::1]:0 [2001:db8:10::7]:9 [2001:db8:99::1]:0 60"
    assert isinstance(parse6(ping, "dual-stack-firewall"), Put)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE6.replace("2001:db8:9::7", "2001:DB8:9::7"), MALFORMED),
        (LINE6.replace("2001:db8:9::7", "2001:db8:9:0::7"), MALFORMED),
        (LINE6.replace("[2001:db8:2::2]:8443", "10.2.0.2:8443"), MALFORMED),
        (LINE6.replace("[2001:db8:9::7]", "2001:db8:9::7"), MALFORMED),
        (LINE6.replace("tcp", "icmp"), MALFORMED),
        (LINE6.replace(":40112", ":0"), MALFORMED),
        (LINE6.replace("2001:db8:1::100", "2001:db8:1::101"), UNKNOWN_VIP),
        (LINE6.replace("2001:db8:2::2", "2001:db8:2::3"), UNKNOWN_BACKEND),
    ],
)
def test_what_is_wrong_with_an_ipv6_line_is_refused(line: str, reason: str) -> None:
    assert parse6(line) == reason
