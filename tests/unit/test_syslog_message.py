# SPDX-License-Identifier: Apache-2.0
"""What is left of a datagram when the headers are gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.drivers.message import message_of

BODY = "MIMI be=10.2.0.3:8080 IN=eth0 SRC=10.1.0.1"
PREFIX = "MIMI be="

HEADERS = {
    "nothing": b"",
    "pri-only": b"<4>",
    "rfc3164-kernel": b"<4>Nov 22 10:00:01 lb1 kernel: [ 4711.120331] ",
    "rfc3164-one-digit-day": b"<4>Nov  2 10:00:01 lb1 kernel: ",
    "rfc3164-no-tag": b"<4>Nov 22 10:00:01 lb1 ",
    "rfc3164-no-host": b"<30>Nov 22 10:00:01 ulogd[12]: ",
    "rfc3164-no-host-no-tag": b"<30>Nov 22 10:00:01 ",
    "no-pri": b"Nov 22 10:00:01 lb1 kernel: ",
    "iso-time": b"<4>2026-11-22T10:00:01.120331+01:00 lb1 kernel: ",
    "leading-blank": b" <4>Nov 22 10:00:01 lb1 kernel: ",
    "cisco-dialect": b"<189>123: *Nov 22 10:00:01.123: ",
    "year": b"<4>Nov 22 2026 10:00:01 lb1 kernel: ",
    "rfc5424-no-data": b"<4>1 2026-11-22T10:00:01.120331+00:00 gw kernel - - - ",
    "rfc5424-bom": b"<4>1 2026-11-22T10:00:01Z gw kernel 12 ID47 - \xef\xbb\xbf",
    "rfc5424-data": b'<4>1 2026-11-22T10:00:01Z gw kernel - - [a@1 k="v\\]\\" ]"][meta sequenceId="7"] ',
    "rfc5424-nil-time": b"<4>1 - - kernel - - - ",
    "relayed": b"<13>Nov 22 10:00:02 relay root: Nov 22 10:00:01 lb1 kernel: ",
    "relayed-with-pri": b"<13>Nov 22 10:00:02 relay <4>Nov 22 10:00:01 lb1 kernel: ",
    "relayed-rfc5424": b"<13>1 2026-11-22T10:00:01Z relay - - - - <4>Nov 22 10:00:01 lb1 kernel: [1.2] ",
    "ipv6-host": b"<4>Nov 22 10:00:01 2001:db8::1 kernel: ",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\0", b"\n\0"], ids=["none", "lf", "crlf", "nul", "lf-nul"])
def test_headers_are_taken_away(header: bytes, end: bytes) -> None:
    assert message_of(header + BODY.encode() + end, PREFIX) == BODY


def test_embedded_newlines_become_blanks() -> None:
    assert message_of(b"<4>MIMI be=1\r\nIN=eth0\n", PREFIX) == "MIMI be=1  IN=eth0"


@pytest.mark.parametrize(
    "line",
    [
        b"<38>Nov 22 10:00:01 lb1 sshd[12]: Invalid user MIMI be=1 ",
        b"<38>Nov 22 10:00:01 lb1 web: get: MIMI be=1 ",
        b"<38>1 2026-11-22T10:00:01Z lb1 web - - - user=MIMI be=1 ",
        b'<38>1 2026-11-22T10:00:01Z lb1 web - - [x y="] MIMI be=1"] no ',
        b"web: get: MIMI be=1 ",
    ],
)
def test_a_prefix_inside_a_message_is_not_its_beginning(line: bytes) -> None:
    assert not message_of(line, PREFIX).startswith(PREFIX)


@given(st.binary(max_size=300))
def test_never_raises(data: bytes) -> None:
    assert "\n" not in message_of(data, PREFIX)
