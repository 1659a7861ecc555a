# SPDX-License-Identifier: Apache-2.0
"""What the printers write, and IP packets as lines of text, there and back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clickprogram import run_click

from mimi.click.router import Router
from mimi.errors import ClickError


def printed(chain: str, text: str = "") -> list[str]:
    """The lines a chain writes to the standard error."""
    done = run_click("-e", chain, text=text)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    ("element", "line"),
    [
        ("Print", "  30 | 61626364 65666768 696a6b6c 6d6e6f70 71727374 75767778"),
        ("Print(lab, 6)", "lab:   30 | 61626364 6566"),
        ("Print(lab, CONTENTS ASCII, MAXLENGTH 10)", "lab:   30 |  abcdefgh ij"),
        ("Print(lab, CONTENTS NONE)", "lab:   30"),
        ("Print(lab, 2, TIMESTAMP true)", "lab: 0.000000:   30 | 6162"),
        ("Truncate(0) -> Print(label)", "label:    0"),
    ],
)
def test_print_shows_length_and_bytes(element: str, line: str) -> None:
    source = "InfiniteSource(DATA abcdefghijklmnopqrstuvwxyz1234, LIMIT 1, STOP true, TIMESTAMP false)"
    assert printed(f"{source} -> {element} -> Discard") == [line]


def test_ipprint_names_paint_and_aggregate_in_front() -> None:
    source = "FromIPSummaryDump(-, STOP true) -> Paint(2)"
    text = "!data src dst proto aggregate\n1.0.0.1 2.0.0.2 47 7\n"
    what = "1.0.0.1 > 2.0.0.2: ip-proto-47"
    for arguments, expected in (
        ("PAINT true", f"paint 2: {what}"),
        ("AGGREGATE true", f"#7: {what}"),
        ("PAINT true, AGGREGATE true", f"#7.2: {what}"),
    ):
        assert printed(f"{source} -> IPPrint(TIMESTAMP false, {arguments}) -> Discard", text) == [expected]


def test_sack_blocks_are_read_with_a_colon_too() -> None:
    text = "!data src sport dst dport proto tcp_opt\n1.0.0.1 1 2.0.0.2 2 T sack1:18\n"
    done = run_click("-e", "FromIPSummaryDump(-, STOP true) -> ToIPSummaryDump(-, FIELDS tcp_opt)", text=text)
    assert done.stdout.splitlines()[-1] == "sack1-18"


LINES = """\
!IPSummaryDump 1.3
!data timestamp ip_src sport ip_dst dport ip_proto ip_len tcp_seq tcp_ack tcp_flags tcp_window udp_len icmp_type payload_len ip_ttl ip_id ip_fragoff
1.500000 1.0.0.1 10 2.0.0.2 20 T 140 1000 7 SA 512 - - 100 64 9 0
2.000000 1.0.0.1 11 2.0.0.2 53 U 36 - - - - 16 - 8 1 10 0
2.250000 1.0.0.1 - 2.0.0.2 - I 28 - - - - - 8 8 255 11 0
3.000000 1.0.0.1 - 2.0.0.2 - T 68 - - - - - - 48 64 12 1480+
"""


def test_a_summary_read_and_written_is_the_same_summary(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(LINES)
    fields = LINES.splitlines()[1].removeprefix("!data ")
    for zero in ("false", "true"):
        done = run_click("-e", f"FromIPSummaryDump({tmp_path}/in, STOP true, ZERO {zero}) -> ToIPSummaryDump(-, FIELDS {fields})")
        assert (done.returncode, done.stdout) == (0, LINES), done.stderr


def test_ip_packets_are_printed_like_tcpdump_does() -> None:
    assert printed("FromIPSummaryDump(-, STOP true, ZERO true, CHECKSUM true) -> IPPrint(p, CHECKSUM true) -> Discard", LINES) == [
        "p: 1.500000: 1.0.0.1.10 > 2.0.0.2.20: S 1000:1101(101,140,140) ack 7 win 512",
        "p: 2.000000: 1.0.0.1.11 > 2.0.0.2.53: udp 16",
        "p: 2.250000: 1.0.0.1 > 2.0.0.2: icmp echo (0, 0)",
        "p: 3.000000: 1.0.0.1 > 2.0.0.2: tcp (frag 12:48@1480+)",
    ]


def test_checksums_of_made_packets_are_sound() -> None:
    text = f"""FromIPSummaryDump(DATA "{LINES.replace(chr(10), chr(92) + "n")}", STOP true, ZERO true, CHECKSUM true) -> CheckIPHeader
        -> c :: IPClassifier(tcp, udp, icmp); c[0] -> IPFilter(allow ip unfrag, drop all) -> t :: CheckTCPHeader -> Discard;
        c[1] -> u :: CheckUDPHeader -> Discard; c[2] -> i :: CheckICMPHeader -> Discard"""
    with Router(text) as router:
        router.run()
        assert [router.read(f"{name}.count") for name in ("t", "u", "i")] == [b"1"] * 3


def test_unknown_fields_and_bad_lines_are_named() -> None:
    with pytest.raises(ClickError, match="unknown field 'colour'"):
        Router("Idle -> ToIPSummaryDump(/dev/null, FIELDS ip_src colour)")
    lines = printed("FromIPSummaryDump(-, STOP true) -> Discard", "!data ip_src\nnowhere\n")
    assert lines == ["-:2: bad ip_src 'nowhere'"]


OPTIONS = """\
!data src sport dst dport proto ip_opt tcp_opt
1.0.0.1 1 2.0.0.2 2 T . .
1.0.0.1 1 2.0.0.2 2 T ssrr{128.4.45.60,128.4.49.61^1.1.1.1,2.2.2.2} mss1460;wscale10
1.0.0.1 1 2.0.0.2 2 T rr{2.3.4.5}+3 sackok;ts1:2
1.0.0.1 1 2.0.0.2 2 T rr{}+1 sack10-20;sack30-40
1.0.0.1 1 2.0.0.2 2 T ts.ip{1.0.0.1=!8320,1.0.0.2=8321^}++5 254=1:2
1.0.0.1 1 2.0.0.2 2 T ts.preip{1.0.0.1=1^1.0.0.3,1.0.0.4,0.0.0.0} .
1.0.0.1 1 2.0.0.2 2 T ts{1,10000,!45}+2;rr{}+1 .
1.0.0.1 1 2.0.0.2 2 T 148=0:0 .
"""


def dumped(fields: str, text: str, chain: str = "Null") -> list[str]:
    source = "FromIPSummaryDump(-, STOP true, ZERO true, CHECKSUM true)"
    done = run_click("-e", f"{source} -> {chain} -> ToIPSummaryDump(-, FIELDS {fields}, HEADER false)", text=text)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.splitlines()


def test_options_survive_as_text_and_in_sound_packets() -> None:
    lines = OPTIONS.splitlines()[1:]
    fields = "src sport dst dport proto ip_opt tcp_opt"
    # 40 bytes of sack need two options where one would do: the text is the same.
    assert dumped(fields, OPTIONS, "CheckIPHeader -> CheckTCPHeader") == lines


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("nop;nop;eol", "."),
        ("ssrr{1.0.0.1,^2.0.0.2}", "ssrr{1.0.0.1^2.0.0.2}"),
        ("ts{1.0.0.1=1,1.0.0.2=2}", "ts.ip{1.0.0.1=1,1.0.0.2=2^}"),
        ("ts.3{1.0.0.1=1,^1.0.0.3,1.0.0.4=?}+1", "ts.preip{1.0.0.1=1^1.0.0.3,1.0.0.4,0.0.0.0}"),
    ],
)
def test_options_have_one_written_form(written: str, read: str) -> None:
    assert dumped("ip_opt", f"!data ip_opt\n{written}\n") == [read]


def test_names_digests_and_congestion_marks_are_fields() -> None:
    text = "!proto I\n!data icmp_type icmp_code ip_ecn ip_dscp\necho 0 ce 46\nunreachable host no 0\n200 7 1 1\n"
    assert dumped("icmp_type_name icmp_code_name icmp_type ip_ecn ip_dscp ip_tos", text) == [
        "echo 0 8 ce 46 187",
        "unreachable host 3 no 0 0",
        "200 7 200 ect1 1 5",
    ]
    hello = '!proto U\n!data payload\n"hi there\\n"\n""\n'
    assert dumped("payload_len payload_md5 payload_md5_hex", hello) == [
        "9 sy@Uze03MHB84qQruJ_zma 12f6bb1941df66b8f138a446d4e8670c",
        "0 u3bJz@iaYsq6aMaMSJVq_b d41d8cd98f00b204e9800998ecf8427e",
    ]


def test_fields_that_were_not_captured_are_missing() -> None:
    text = "!data sport dport tcp_urp tcp_opt\n1 2 3 wscale10\n"
    for length, line in [(44, "1 2 3 wscale10"), (41, "1 2 3 -"), (38, "1 2 - -"), (23, "1 - - -"), (20, "- - - -")]:
        assert dumped("sport dport tcp_urp tcp_opt", text, f"Truncate({length})") == [line]


def test_annotations_are_printed_as_one_unbroken_hex_string() -> None:
    done = run_click("-e", "InfiniteSource(DATA ab, LIMIT 1, STOP true) -> Paint(171) -> Print(x, PRINTANNO true) -> Discard")
    label, annotations, data = done.stderr.strip().split(" | ")
    assert (label, data) == ("x:    2", "6162")
    assert re.fullmatch("[0-9a-f]{96}", annotations)
    assert "ab" in annotations
