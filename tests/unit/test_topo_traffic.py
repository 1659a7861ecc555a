# SPDX-License-Identifier: Apache-2.0
"""The demo's own traffic programs, over loopback."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tcpserver import serving

from mimi.topo import conntrackd
from mimi.topo.primary import Service, ruleset
from mimi.topo.traffic import probe, streams, syntap, wrk


def echo_server(change: Callable[[bytes], bytes] = lambda data: data, limit: int | None = None) -> AbstractContextManager[tuple[str, int]]:
    """Echoes what ``change`` makes of it; closes a connection after ``limit`` bytes."""

    def serve(connection: socket.socket) -> None:
        seen = 0
        while data := connection.recv(4096):
            seen += len(data)
            if limit is not None and seen > limit:
                return
            connection.sendall(change(data))

    return serving(serve)


def run_streams(address: tuple[str, int]) -> dict[str, object]:
    return streams.run(address, count=5, seconds=0.5, interval=0.05, grace=2.0, seed=7)


def test_streams_survive_an_honest_echo() -> None:
    with echo_server() as address:
        result = run_streams(address)
    assert (result["survived"], result["failures"]) == (5, {})
    assert isinstance(result["bytes"], int) and result["bytes"] >= 5 * streams.CHUNK


def test_streams_notice_one_wrong_bit() -> None:
    with echo_server(lambda data: bytes([data[0] ^ 1]) + data[1:]) as address:
        assert run_streams(address)["failures"] == {"wrong bytes": 5}


def test_streams_notice_a_closed_connection() -> None:
    with echo_server(limit=100) as address:
        result = run_streams(address)
    assert result["survived"] == 0
    assert set(result["failures"]) <= {"closed", "ConnectionResetError"}  # type: ignore[call-overload]


def test_streams_notice_missing_bytes() -> None:
    with echo_server(lambda data: data[:-1]) as address:
        assert run_streams(address)["survived"] == 0


def test_a_byte_sequence_does_not_depend_on_the_cut() -> None:
    whole, pieces = streams.ByteSequence(3), streams.ByteSequence(3)
    assert whole.take(300) == b"".join(pieces.take(n) for n in (1, 63, 64, 65, 107))


def test_probe_counts_replies_and_gaps() -> None:
    with echo_server() as address:
        result = probe.run(address, seconds=0.5, hertz=100)
    assert isinstance(result["replies"], int) and result["replies"] > 5
    assert result["reconnects"] == 0


def test_probe_connects_again_after_a_reset() -> None:
    with echo_server(limit=40) as address:
        result = probe.run(address, seconds=0.5, hertz=200)
    assert isinstance(result["reconnects"], int) and result["reconnects"] > 0


def test_probe_without_a_server_reports_the_whole_time_as_outage() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        result = probe.run(unused.getsockname(), seconds=0.2, hertz=100)
    assert (result["replies"], result["max"]) == (0, 200.0)


def test_gaps_run_to_the_end() -> None:
    assert probe.gaps_ms([1.0, 1.5, 1.75], 3.0) == [500.0, 250.0, 1250.0]


def test_syn_tap_names_the_flow_of_a_frame() -> None:
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0, bytes([10, 1, 0, 1]), bytes([10, 1, 0, 100]))
    assert syntap.key_of(bytes(12) + b"\x08\x00" + ip + struct.pack("!HH", 40112, 8080)) == "tcp 10.1.0.1:40112 10.1.0.100:8080"


WRK = """Running 6s test @ http://10.1.0.100:8080/object.bin
  2 threads and 20 connections
  66 requests in 6.01s, 39.59MB read
  Socket errors: connect 1, read 2, write 3, timeout 9
Requests/sec:     10.98
"""


def test_wrk_summary() -> None:
    assert wrk.parse(WRK) == wrk.WrkResult(66, 1, 2, 3, 9)
    assert wrk.parse(WRK).failed == 15
    assert wrk.parse(WRK) + wrk.parse(WRK) == wrk.WrkResult(132, 2, 4, 6, 18)
    with pytest.raises(ValueError, match="not a wrk summary"):
        wrk.parse("unable to connect")


def test_the_black_box_has_a_chain_and_a_log_prefix_per_backend() -> None:
    text = ruleset([Service("10.1.0.100", 80, (("10.2.0.1", 8080), ("10.2.0.2", 8080)))])
    assert 'log prefix "MIMI be=10.2.0.2:8080 " group 5 queue-threshold 1\n    meta l4proto tcp dnat to 10.2.0.2:8080' in text
    assert "numgen random mod 2 vmap { 0 : goto port80_backend0, 1 : goto port80_backend1 }" in text


def test_conntrackd_puts_entries_into_the_kernel_at_once_unless_told_to_commit() -> None:
    direct = conntrackd.configuration(Path("/x"), "198.18.0.1", "198.18.0.2", "direct")
    assert "Mode FTFW {\n    DisableExternalCache yes" in direct
    assert "DisableExternalCache" not in conntrackd.configuration(Path("/x"), "198.18.0.1", "198.18.0.2", "commit")
    assert "IPv4_address 198.18.0.1\n    IPv4_Destination_Address 198.18.0.2" in direct


class _Socket:
    """Raises what it is told to."""

    def __init__(self, error: OSError) -> None:
        self._error = error

    def recvmsg(self, *_: int) -> tuple[bytes, list, int, tuple]:
        raise self._error


@pytest.mark.parametrize("error", [TimeoutError(), OSError(errno.ENETDOWN, "Network is down")])
def test_a_tap_outlives_silence_and_a_link_that_goes_down(error: OSError) -> None:
    assert syntap.receive(_Socket(error)) is None  # type: ignore[arg-type]


def test_a_tap_does_not_hide_other_errors() -> None:
    with pytest.raises(PermissionError):
        syntap.receive(_Socket(PermissionError(errno.EPERM, "no")))  # type: ignore[arg-type]
