# SPDX-License-Identifier: Apache-2.0
"""The state of rewriters as text: export, import, remove, lookup, and what survives a new configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickprogram import Program, wait_for
from hypothesis import given, settings
from hypothesis import strategies as st
from rewriterbed import Rewriter, ends, ping, remade, summaries, tcp, udp
from scapy.layers.inet import ICMP, IP, TCP

from mimi.click.control import ControlSocket
from mimi.errors import ClickError

NAPT = "IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop)"
A, B = ("18.26.4.44", 30), ("10.0.0.4", 40)
LINE = "put 7 udp 18.26.4.44:30 10.0.0.4:40 1.0.0.1:1024 10.0.0.4:40 200 state=established"


def stats(rw: Rewriter) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in rw.read("stats").splitlines())}


def test_an_imported_flow_forwards_both_ways_and_reserves_its_port() -> None:
    with Rewriter(NAPT) as rw:
        rw.write("import", LINE)
        assert summaries(rw.send(1, udp(B, ("1.0.0.1", 1024)))) == [(1, B, A)]
        assert summaries(rw.send(0, udp(A, B), udp(("9.9.9.9", 9), B))) == [(0, ("1.0.0.1", 1024), B), (0, ("1.0.0.1", 1025), B)]


@pytest.mark.parametrize("order", ["1024-1026#", "1024-1026", "1024-1026?"])
def test_ports_of_imported_flows_are_never_handed_out(order: str) -> None:
    with Rewriter(f"IPRewriter(pattern 1.0.0.1 {order} - - 0 1, drop)") as rw:
        rw.write("import", "put 1 udp 8.8.8.8:1025 10.0.0.4:40 1.0.0.1:1025 10.0.0.4:40 60\n")
        left = rw.send(0, *(udp(("9.9.9.9", i), B) for i in (1025, 1, 2)))
        assert sorted(ends(data)[0][1] for _, data in left) == [1024, 1026]


def test_importing_twice_changes_nothing() -> None:
    with Rewriter(NAPT) as rw:
        rw.write("import", LINE)
        rw.pass_time(3)
        before = rw.read("export")
        rw.write("import", LINE)
        assert rw.read("export") == before == LINE.replace(" 200 ", " 197 ") + "\n"
        assert {k: v for k, v in stats(rw).items() if k != "bytes"} == {
            "applied": 1, "unchanged": 1, "stale": 0, "refused": 0, "removed": 0
        }  # fmt: skip


def test_the_newest_wins_and_flows_made_here_are_newer_once_numbers_are_kept() -> None:
    newer, older = LINE.replace("put 7", "put 8").replace("1024", "2000"), LINE.replace("put 7", "put 6").replace("1024", "3000")
    with Rewriter(NAPT) as rw:
        rw.send(0, udp(A, B))  # before anybody asked for numbers: the oldest
        rw.write("import", LINE)
        rw.write("import", f"{newer}\n{older}\n{LINE}\n")
        assert rw.read("lookup", "18.26.4.44 30 10.0.0.4 40") == ""  # of TCP
        assert rw.read("lookup", "udp 18.26.4.44:30 10.0.0.4:40").split()[5] == "1.0.0.1:2000"
        assert (stats(rw)["applied"], stats(rw)["stale"]) == (2, 2)
        rw.send(0, udp(("9.9.9.9", 9), B))
        rw.write("import", "put 99 udp 9.9.9.9:9 10.0.0.4:40 1.0.0.1:5 10.0.0.4:40 60")
        assert stats(rw)["stale"] == 3
        rw.write("import", "del 7 udp 18.26.4.44:30 10.0.0.4:40\n")
        assert (stats(rw)["stale"], rw.read("table_size")) == (4, "2")
        rw.write("import", "del 8 udp 18.26.4.44:30 10.0.0.4:40\ndel 8 udp 18.26.4.44:30 10.0.0.4:40\n")
        assert (stats(rw)["removed"], stats(rw)["unchanged"], rw.read("table_size")) == (1, 0 + 1, "1")


def test_a_newer_flow_takes_a_reply_key() -> None:
    with Rewriter(NAPT) as rw:
        rival = LINE.replace("18.26.4.44:30", "18.26.4.45:31")
        rw.write("import", LINE + "\n" + rival + "\n")
        assert summaries(rw.send(1, udp(B, ("1.0.0.1", 1024)))) == [(1, B, A)]
        rw.write("import", rival.replace("put 7", "put 8"))
        assert summaries(rw.send(1, udp(B, ("1.0.0.1", 1024)))) == [(1, B, ("18.26.4.45", 31))]
        assert rw.read("table_size") == "1"


def test_remove_takes_keys() -> None:
    with Rewriter(NAPT) as rw:
        rw.write("import", LINE)
        with pytest.raises(ClickError, match="line 2: expected"):
            rw.write("remove", "udp 18.26.4.44:30 10.0.0.4:40\nudp 18.26.4.44 10.0.0.4:40\n")
        rw.write("remove", "tcp 18.26.4.44:30 10.0.0.4:40\nudp 10.0.0.4:40 1.0.0.1:1024\n")
        assert rw.read("table_size") == "1"
        rw.write("remove", "udp 18.26.4.44:30 10.0.0.4:40\n")
        assert (rw.read("table_size"), rw.send(1, udp(B, ("1.0.0.1", 1024)))) == ("0", [])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("put x udp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60", "a sequence number, found 'x'"),
        ("put 1 sctp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60", "tcp, udp, dccp, icmp or ip, found 'sctp'"),
        ("put 1 icmp 1.1.1.1:1 2.2.2.2:0 3.3.3.3:3 2.2.2.2:0 60", "a protocol of this rewriter"),
        ("put 1 udp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 state=dead", "new, established, closing or closed, found 'state=dead'"),
        ("put 1 udp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 delta=1,2", "delta only for TCP"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 marks=16", "marks from 0 to 15, found '16'"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 input=2", "an input that exists"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 input=1", "outputs=FORWARD,REPLY for an input"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 outputs=0,2", "outputs that exist"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 anno=256", "a byte, found '256'"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 1000001", "a lifetime of at most 1000000 seconds"),
        ("put 1 tcp 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3 2.2.2.2:2 60 more", "end of line"),
        ("whatever", "put or del, found 'whatever'"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_applied(line: str, expected: str) -> None:
    with Rewriter(NAPT) as rw:
        with pytest.raises(ClickError) as failure:
            rw.write("import", f"{LINE}\n{line}\n")
        problem = expected.replace("found 'state=dead'", "found 'dead'")
        assert f"line 2: expected {problem}" in str(failure.value)
        assert (rw.read("table_size"), stats(rw)["applied"]) == ("0", 0)


def test_a_full_table_refuses_rather_than_break_a_guarantee() -> None:
    with Rewriter("IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop, MAPPING_CAPACITY 1)") as rw:
        rw.send(0, udp(A, B))
        rw.write("import", "put 1 udp 9.9.9.9:9 10.0.0.4:40 1.0.0.1:5 10.0.0.4:40 60")
        assert (stats(rw)["refused"], rw.read("table_size")) == (1, "1")
        assert summaries(rw.send(1, udp(B, ("1.0.0.1", 1024)))) == [(1, B, A)]


RR = "rr :: RoundRobinIPMapper(1.0.0.1 1024-65535# - - 0 1, 1.0.0.2 1024-65535# - - 1 0);"
REWRITERS = [
    (NAPT, ""),
    ("IPRewriter(rr, pattern 3.0.0.3 1024-65535# - - 0 1, REPLY_ANNO PAINT)", RR),
    ("TCPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, keep 1 0)", ""),
    ("UDPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, keep 1 0)", ""),
    ("IPAddrRewriter(pattern 3.0.0.1-3.0.0.255# - 0 1, keep 1 0)", ""),
    ("IPAddrPairRewriter(pattern 3.0.0.1-3.0.0.255# - 0 1, keep 1 0)", ""),
    ("ICMPPingRewriter(pattern 2.0.0.2 - 0-65535# 0 1, keep 1 0)", ""),
]
endpoints = st.tuples(st.integers(1, 6).map(lambda i: f"10.0.0.{i}"), st.integers(1, 6))
happenings = st.tuples(
    st.sampled_from([0, 1]), st.sampled_from(["tcp", "udp", "ping"]), endpoints, endpoints, st.sampled_from(["S", "A", "F", "R"]),
    st.booleans(), st.integers(0, 2000)
)  # fmt: skip


def packet(kind: str, source: tuple[str, int], destination: tuple[str, int], flags: str, data: bool) -> bytes:
    if kind == "ping":
        return ping(source[0], destination[0], source[1])
    return tcp(source, destination, flags, b"x" * data) if kind == "tcp" else udp(source, destination)


def answer(left: bytes) -> bytes:
    p = IP(left)
    if p.proto == 1:
        return ping(p.dst, p.src, p[ICMP].id, reply=True)
    make = tcp if p.proto == 6 else udp
    return make((p.dst, p.payload.dport), (p.src, p.payload.sport))


@settings(max_examples=70, deadline=None)
@given(st.sampled_from(REWRITERS), st.lists(happenings, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_export_and_import_make_the_same_table_of_every_rewriter(rewriter: tuple[str, str], steps: list, random: object) -> None:
    element, others = rewriter
    with Rewriter(element, others=others, between="Paint(3)") as rw, Rewriter(element, others=others) as copy:
        left: list[bytes] = []
        for port, kind, source, destination, flags, data, milliseconds in steps:
            left += [out for _, out in rw.send(port, packet(kind, source, destination, flags, data))]
            if data and left:
                rw.send(1, answer(left[-1]))
            rw.pass_time(milliseconds / 1000)
        text = rw.read("export")
        lines = text.splitlines(keepends=True)
        getattr(random, "shuffle")(lines)  # noqa: B009
        copy.write("import", "".join(lines))
        assert sorted(copy.read("export").splitlines()) == sorted(text.splitlines())
        copy.write("import", text)
        assert sorted(copy.read("export").splitlines()) == sorted(text.splitlines())
        assert copy.read("table_size") == rw.read("table_size") == str(len(lines))
        for out in left:
            assert copy.send(1, answer(out)) == rw.send(1, answer(out))
        for line in lines:
            key = " ".join(line.split()[2:5])
            assert rw.read("lookup", key) == copy.read("lookup", key)


def test_sequence_shifts_travel() -> None:
    with Rewriter("TCPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop)") as rw:
        line = "put 7 tcp 18.26.4.44:30 10.0.0.4:40 1.0.0.1:1024 10.0.0.4:40 200 state=established delta=-12,5"
        rw.write("import", line)
        assert rw.read("export") == line + "\n"
        _, forward = rw.one(0, tcp(A, B, seq=100, ack=50))
        _, reply = rw.one(1, tcp(B, ("1.0.0.1", 1024), seq=100, ack=50))
        assert (forward[TCP].seq, forward[TCP].ack, reply[TCP].seq, reply[TCP].ack) == (88, 45, 105, 62)
        assert bytes(forward) == remade(forward)
        assert bytes(reply) == remade(reply)


def config(*rewriters: str) -> str:
    return " ".join(
        f"{text}; Idle -> {name}; {name}[0] -> Discard; {name}[1] -> Discard;" for name, text in (r.split(" ", 1) for r in rewriters)
    )


FIRST = "a a :: IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, MAPPING_CAPACITY b)"
SECOND = "b b :: IPRewriter(pattern 1.0.0.2 1024-65535# - - 0 1)"
ALONE = "a a :: IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1)"
OF_A = "put 7 udp 18.26.4.44:30 10.0.0.4:40 1.0.0.1:1024 10.0.0.4:40 2000 state=established"
OF_B = "put 9 tcp 18.26.4.45:30 10.0.0.4:40 1.0.0.2:1024 10.0.0.4:40 2000 state=closing delta=3,0 anno=4"


@pytest.mark.parametrize(
    ("after", "kept_a", "kept_b", "table"),
    [
        ([FIRST, SECOND], True, True, "[*0 1]"),
        ([SECOND.replace("0 1)", "1 0)"), FIRST.replace("0 1,", "1 0,")], True, True, "[*1 0]"),
        ([ALONE], True, None, "[*0 1]"),
        ([ALONE, SECOND], True, True, "[*0 1]"),
        ([ALONE.replace("IPRewriter", "UDPRewriter"), SECOND], False, True, ""),
        ([ALONE.replace("pattern 1.0.0.1 1024-65535# - - 0 1", "drop")], True, None, "[*0 1]"),
    ],
    ids=["the same", "another order, other outputs", "one is gone", "shared no more", "another class", "another specification"],
)
def test_a_new_configuration_takes_the_flows_over(tmp_path: Path, after: list[str], kept_a: bool, kept_b: bool | None, table: str) -> None:
    with Program(config(FIRST, SECOND), tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("a.import", OF_A)
        control.write("b.import", OF_B)
        control.write("hotconfig", config(*after) + " new :: Idle -> Discard;")
        wait_for(lambda: "new" in control.read_text("list"), "the new configuration runs")

        def words(name: str) -> list[list[str]]:
            return [line.split()[:7] for line in control.read_text(f"{name}.export").splitlines()]

        assert words("a") == ([OF_A.split()[:7]] if kept_a else [])
        if kept_b is not None:
            assert words("b") == ([OF_B.split()[:7]] if kept_b else [])
            assert control.read_text("b.export").split()[8:] == ["state=closing", "delta=3,0", "anno=4"]
        if kept_a:
            assert table in control.read_text("a.udp_table")
