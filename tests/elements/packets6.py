# SPDX-License-Identifier: Apache-2.0
"""What the tests of IPv6 packets share: a program that answers for the C++ functions, and packets of every shape. See packets_check.cc."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mimi.click import library_path
from tests.elements.compiled import CHECKED, build
from tests.elements.model_packets import TCP, UDP
from tests.elements.model_packets6 import (
    DESTINATION_OPTIONS,
    ECHO_REPLY,
    ECHO_REQUEST,
    HOP_BY_HOP,
    ICMP6,
    SUM_AT,
    Ends,
    Extension,
    Packet6,
    echo,
    fragment,
    icmp_error,
    options,
    packed,
    routing,
    tcp,
    udp,
)

PARTS = ("packetrewrite", "packetview", "packetview6", "packetreset", "fragmentroutes")
SOURCES = ["tests/elements/packets_check.cc", *(f"elements/{part}.cc" for part in PARTS)]
ROUTER = "2001:db8:ffff::9"
MANY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def build_check(directory: Path) -> Path:
    library = library_path().parent
    return build(directory, SOURCES, "-std=c++20", *CHECKED, f"-L{library}", "-lmimiclick", f"-Wl,-rpath,{library}")


class Checked:
    """A running packets_check."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *words: object) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        texts = [word.hex() if isinstance(word, bytes) else str(int(word)) if isinstance(word, bool) else str(word) for word in words]
        self._process.stdin.write(" ".join(("6", *texts)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer, "packets_check has ended: see its messages"
        return answer

    def view(self, ip: bytes, queries: bool = True) -> list[str]:
        return self.ask("view", queries, ip).split()

    def flow(self, ip: bytes, to: Ends, seq: int = 0, ack: int = 0, partial: bool = False) -> bytes:
        return bytes.fromhex(self.ask("flow", partial, True, ip, wire(to), seq, ack))


def wire(ends: Ends) -> bytes:
    return packed(ends[0][0]) + packed(ends[1][0]) + struct.pack("!HH", ends[0][1], ends[1][1])


words32 = st.integers(0, 2**32 - 1)
ports = st.integers(0, 2**16 - 1)
addresses = st.ip_addresses(v=6).map(str)
data = st.binary(max_size=40)
sacks = st.lists(st.tuples(words32, words32), max_size=3)
segments = st.builds(tcp, ports, ports, words32, words32, st.integers(0, 255), data, sacks)
datagrams = st.builds(udp, ports, ports, data)
echoes = st.builds(echo, st.sampled_from((ECHO_REQUEST, ECHO_REPLY)), ports, data)
transports = st.one_of(
    segments.map(lambda body: (TCP, body)), datagrams.map(lambda body: (UDP, body)), echoes.map(lambda body: (ICMP6, body))
)
walkable = st.one_of(
    st.builds(options, st.just(DESTINATION_OPTIONS), st.integers(0, 5)),
    st.builds(routing, st.just(0), st.integers(0, 5)),
)
firsts = st.one_of(st.none(), st.builds(options, st.just(HOP_BY_HOP), st.integers(0, 5)))
divisions = st.one_of(st.none(), st.builds(fragment, st.just(0), st.booleans(), words32))


@st.composite
def chains(draw: st.DrawFn, divided: st.SearchStrategy[Extension | None] = divisions) -> tuple[Extension, ...]:
    """Extension headers that are walked over, in any order, with lengths of any size; hop-by-hop options only in front."""
    middle = draw(st.lists(walkable, max_size=4))
    division = draw(divided)
    if division is not None:
        middle.insert(draw(st.integers(0, len(middle))), division)
    first = draw(firsts)
    return (*([first] if first else []), *middle)


@st.composite
def packets(draw: st.DrawFn, divided: st.SearchStrategy[Extension | None] = divisions) -> Packet6:
    proto, body = draw(transports)
    first_word = 0x60000000 | draw(st.integers(0, 2**28 - 1))
    return Packet6(draw(addresses), draw(addresses), proto, body, draw(chains(divided)), first_word, draw(st.integers(0, 255)))


@st.composite
def targets(draw: st.DrawFn, packet: Packet6) -> Ends:
    """Other ends for a packet; an echo's have one number."""
    ends = ((draw(addresses), draw(ports)), (draw(addresses), draw(ports)))
    if packet.proto != ICMP6:
        return ends
    asks = packet.transport[0] == ECHO_REQUEST
    return (ends[0][0], ends[0][1] if asks else 0), (ends[1][0], 0 if asks else ends[1][1])


@dataclass(frozen=True)
class Scene:
    """An error about a packet that has left the middlebox, and what becomes of it."""

    error: Packet6
    expected: Packet6
    key: tuple[int, Ends]
    binding: tuple[object, ...]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    whole_or_first = st.one_of(st.none(), st.just(fragment(0, True, 9)))
    inside = draw(packets(whole_or_first))
    came, left = inside.ends, draw(targets(inside))
    forward = draw(st.integers(-(2**31), 2**31 - 1))
    reverse = draw(st.integers(-(2**31), 2**31 - 1))
    towards_client = draw(st.booleans())
    # An error of direction `reverse` is about a packet of direction `forward`: it came as the original tuple says, and left as the
    # translated one does. The other way, it came as the reply to the translated tuple, and left as that to the original.
    orig, xlat = (came, left) if towards_client else (left[::-1], came[::-1])
    sender = draw(st.sampled_from((None, ROUTER)))
    reporter = draw(st.sampled_from((left[1][0], "2001:db8:77::1")))
    kind, code, word = draw(st.integers(1, 4)), draw(st.integers(0, 7)), draw(words32)
    rest = draw(st.integers(8, 1200))
    extensions = draw(chains(st.none()))

    def error(source: str, destination: str, quoted: bytes) -> Packet6:
        return Packet6(source, destination, ICMP6, icmp_error(kind, code, word, quoted), extensions)

    sent = inside.sent(left, forward if towards_client else reverse)
    about, restored = (bytes(packet)[: packet.at + rest] for packet in (sent, inside))
    if inside.proto == TCP and rest == SUM_AT[TCP] + 1:  # cut in the middle of the checksum: half of one follows nothing
        restored = restored[:-1] + about[-1:]
    return Scene(
        error(reporter, left[0][0], about),
        error(sender or (came[1][0] if reporter == left[1][0] else reporter), came[0][0], restored),
        (inside.proto, left),
        (inside.proto, wire(orig), wire(xlat), forward, reverse, towards_client, packed(sender or "::")),
    )
