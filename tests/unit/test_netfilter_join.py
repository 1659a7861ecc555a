# SPDX-License-Identifier: Apache-2.0
"""A translator's log lines, joined: whatever is lost, repeated or out of order, what is certain is right."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi import drivers
from mimi.drivers.netfilter_join import KEEP_US, JoinBuffer
from mimi.drivers.netfilter_nat import NatLog
from mimi.flow import FiveTuple, Put
from mimi.pairing import load_pairing

PAIRING = load_pairing(Path(__file__).parents[2] / "configs" / "nat-log.yaml")
SEQ = 1_795_341_601_000_000
OUTSIDE = "203.0.113.1"


def driver() -> NatLog:
    made = drivers.make(PAIRING)
    assert isinstance(made, NatLog)
    return made


def line(source: tuple[str, int], target: tuple[str, int], proto: str, ident: int, words: str) -> bytes:
    ports = f"SPT={source[1]} DPT={target[1]}"
    return f"MIMI nat IN=a OUT=b SRC={source[0]} DST={target[0]} LEN=60 TTL=63 ID={ident} PROTO={proto} {ports} {words}".encode()


class Translator:
    """Random flows of some hosts to few servers, each with the lines that a primary's rules write of it."""

    def __init__(self, random: Random, flows: int, numbers: bool) -> None:
        self.truth: dict[FiveTuple, tuple[str, int]] = {}
        self.lines: list[bytes] = []
        ports = random.sample(range(1024, 65536), flows)
        idents = random.sample(range(1, 65536), flows)  # two packets of one identification within a moment look alike to anybody
        for number in range(flows):
            host = f"10.0.0.{random.randrange(2, 6)}", 1024 + number
            server, outer = (f"192.0.2.{random.randrange(1, 3)}", 80), (OUTSIDE, ports[number])
            proto = random.choice(["TCP", "UDP"])
            self.truth[FiveTuple(proto.lower(), *host, *server)] = outer
            self.lines += self._of(random, proto, host, outer, server, idents[number], numbers)

    def _of(
        self, random: Random, proto: str, host: tuple[str, int], outer: tuple[str, int], server: tuple[str, int], ident: int, numbers: bool
    ) -> list[bytes]:
        isn, other = random.randrange(2**32), random.randrange(2**32)
        tcp = proto == "TCP"
        first = f"SEQ={isn} ACK=0 SYN" if tcp and numbers else "SYN" if tcp else ""
        reply = f"SEQ={other} ACK={(isn + 1) % 2**32} ACK SYN" if tcp and numbers else "ACK SYN" if tcp else ""
        inside = line(host, server, proto, ident, first)
        after, answer = line(outer, server, proto, ident, first), line(server, outer, proto, 0, reply)
        return [inside, random.choice([after, answer] if tcp and numbers else [after])]


@given(st.integers(0, 2**32), st.booleans())
def test_what_is_certain_is_right_whatever_is_lost_or_late(seed: int, numbers: bool) -> None:
    random = Random(seed)
    scene = Translator(random, 40, numbers)
    lines = [text for text in scene.lines if random.random() > 0.2]
    for _ in range(30):  # what overtakes what, on the way from the primary
        i, j = random.randrange(len(lines)), random.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    reader = driver()
    found = [reader.parse(text, SEQ + i * 100) for i, text in enumerate(lines)]
    for delta in found:
        if isinstance(delta, Put) and delta.record.confidence == 1.0:
            record = delta.record
            assert scene.truth[record.orig] == (record.xlat.saddr, record.xlat.sport)


@given(st.integers(0, 2**32))
def test_nothing_lost_and_numbers_logged_gives_every_binding(seed: int) -> None:
    scene = Translator(Random(seed), 40, numbers=True)
    reader = driver()
    found = [reader.parse(text, SEQ + i * 100) for i, text in enumerate(scene.lines)]
    records = [delta.record for delta in found if isinstance(delta, Put)]
    assert {record.orig: (record.xlat.saddr, record.xlat.sport) for record in records} == scene.truth


def test_a_half_waits_only_so_long() -> None:
    reader = driver()
    syn = "SEQ=1 ACK=0 SYN"
    assert reader.parse(line(("10.0.0.2", 5), ("192.0.2.1", 80), "TCP", 7, syn), SEQ) == "half"
    assert reader.parse(line((OUTSIDE, 9), ("192.0.2.1", 80), "TCP", 7, syn), SEQ + KEEP_US + 1) == "half"


def test_too_many_halves_push_the_oldest_out() -> None:
    reader = driver()
    reader._joins = JoinBuffer(waiting_max=3)
    for host in range(2, 8):
        assert reader.parse(line((f"10.0.0.{host}", 5), ("192.0.2.1", 80), "TCP", host, f"SEQ={host} ACK=0 SYN"), SEQ + host) == "half"
    assert reader._joins.expired == 2
    assert reader.parse(line((OUTSIDE, 9), ("192.0.2.1", 80), "TCP", 2, "SEQ=2 ACK=0 SYN"), SEQ + 9) == "half"
    assert isinstance(reader.parse(line((OUTSIDE, 9), ("192.0.2.1", 80), "TCP", 7, "SEQ=7 ACK=0 SYN"), SEQ + 10), Put)


def test_a_reused_port_is_a_new_binding() -> None:
    reader = driver()
    for isn, outer in ((1, 61000), (2, 61001)):
        reader.parse(line(("10.0.0.2", 5), ("192.0.2.1", 80), "TCP", isn, f"SEQ={isn} ACK=0 SYN"), SEQ + isn)
        delta = reader.parse(line((OUTSIDE, outer), ("192.0.2.1", 80), "TCP", isn, f"SEQ={isn} ACK=0 SYN"), SEQ + isn)
        assert isinstance(delta, Put)
        assert delta.record.xlat.sport == outer
    assert len(reader._inside) == len(reader._outside) == 1


def test_only_so_many_flows_are_remembered() -> None:
    reader = driver()
    reader._flows_max = 3
    for host in range(2, 9):
        for source in ((f"10.0.0.{host}", 5), (OUTSIDE, host)):
            reader.parse(line(source, ("192.0.2.1", 80), "TCP", host, f"SEQ={host} ACK=0 SYN"), SEQ + host)
    assert len(reader._inside) == len(reader._outside) == 3


@pytest.mark.parametrize("config", ["nat-log", "firewall-log"])
@given(st.text(max_size=300), st.integers(0, 200), st.integers(0, 200))
def test_no_line_makes_it_fail(config: str, noise: str, start: int, end: int) -> None:
    pairing = load_pairing(Path(__file__).parents[2] / "configs" / f"{config}.yaml")
    whole = line(("10.0.0.2", 5), ("192.0.2.1", 80), "TCP", 7, "SEQ=1 ACK=0 SYN").decode()
    whole = whole.replace("MIMI nat ", pairing.log_prefix)
    reader = drivers.make(pairing)
    for text in (noise, pairing.log_prefix + noise, whole[:start] + noise + whole[end:], whole.replace("TCP", "ICMP") + noise):
        reader.parse(text.encode(), SEQ)
