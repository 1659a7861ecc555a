# SPDX-License-Identifier: Apache-2.0
"""Collector and follower around a store in memory and a minion in this process: what becomes of trouble."""

from __future__ import annotations

import importlib.util
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from mimi import drivers
from mimi.click.control import ControlSocket
from mimi.drivers.syslog import Intake
from mimi.flow import Delete, FiveTuple, FlowRecord, Put
from mimi.pairing import load_pairing
from mimi.service import Service
from mimi.store import Memory, MemoryStore
from mimi.store.codec import decode_record, encode_put
from mimi.sync import Collector, Follower

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("minion_twin", ROOT / "tests/integration/minion_twin.py")
assert _spec
assert _spec.loader
twin = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(twin)


def until(condition: Callable[[], Any], what: str = "the condition") -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, f"gave up waiting for {what}"
        time.sleep(0.002)


def record(number: int, seq: int | None = None, lifetime_s: int = 1000) -> FlowRecord:
    orig = FiveTuple("tcp", "10.1.0.1", 1000 + number, "10.1.0.100", 8080)
    xlat = FiveTuple("tcp", "10.1.0.1", 1000 + number, "10.2.0.3", 8080)
    return FlowRecord(orig, xlat, seq or time.time_ns() // 1000, int(time.time()) + lifetime_s, "established", "test")


class Bed:
    """A memory, a writer, and whatever of minion, follower and collector a test starts."""

    def __init__(self, tmp_path: Path, stack: ExitStack) -> None:
        self.path = tmp_path
        self.memory = Memory(max_deltas=1000)
        self.writer = MemoryStore(self.memory)
        self.writer.connect()
        self.socket = str(tmp_path / "control.sock")
        self._stack = stack
        self.minion: Any = None

    def start_minion(self) -> Any:
        listener = twin.listen(self.socket)
        self.minion = twin.Minion(listener)
        connections: list[socket.socket] = []
        accept = listener.accept

        def serve() -> None:
            while True:
                try:
                    connection, _ = accept()
                except OSError:
                    return
                connections.append(connection)
                threading.Thread(target=self.minion._talk, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()

        def kill() -> None:
            Path(self.socket).unlink(missing_ok=True)
            listener.close()
            for connection in connections:
                with_shutdown(connection)

        self.kill_minion = kill
        self._stack.callback(kill)
        return self.minion

    def run(self, work: Callable[[], None], service: Service) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()

        def end() -> None:
            service.stop()
            thread.join(10)
            assert not thread.is_alive()

        self._stack.callback(end)

    def start_follower(self, **options: Any) -> None:
        service = Service("sync", self.path)
        self.follower = Follower(MemoryStore(self.memory), ControlSocket(self.socket, timeout_s=2), service, **{"element": "lb", **options})
        self.run(self.follower.run, service)

    def start_collector(self, *, max_rate: int = 100_000, buffer_max: int = 200_000, allow: str = "127.0.0.1/32") -> tuple[str, int]:
        service = Service("driver", self.path)
        intake = Intake(["udp://127.0.0.1:0"], [IPv4Network(allow)])
        driver = drivers.make(load_pairing(ROOT / "configs/fig2-lb.yaml"))
        self.collector = Collector(driver, intake, MemoryStore(self.memory), service, max_rate=max_rate, buffer_max=buffer_max)
        self.run(self.collector.run, service)
        address = intake.addresses[0]
        assert isinstance(address, tuple)
        return address

    def rows(self) -> set[str]:
        return set(self.minion.table.rows)

    def stored(self) -> set[str]:
        return set(self.memory.flows)

    def status(self, service: str = "sync") -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads((self.path / f"{service}.json").read_text())
        except (OSError, ValueError):
            data = {}
        return data

    def put(self, *numbers: int) -> None:
        self.writer.apply([Put(record(number)) for number in numbers])


def with_shutdown(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def bed_in(path: Path) -> Iterator[Bed]:
    with ExitStack() as stack:
        yield Bed(path, stack)


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    with bed_in(tmp_path) as made:
        yield made


# The follower


def test_snapshot_then_deltas(bed: Bed) -> None:
    bed.put(*range(300))
    bed.start_minion()
    bed.start_follower()
    until(lambda: bed.rows() == bed.stored())
    bed.put(*range(300, 400))
    bed.writer.apply([Delete(record(5).orig.key, time.time_ns() // 1000)])
    until(lambda: bed.rows() == bed.stored() and len(bed.rows()) == 399)
    until(lambda: bed.status().get("state") == "in-sync" and bed.status()["applied"] == 101)
    status = bed.status()
    assert status["snapshot"] == 300
    assert status["flows"] == 399
    assert status["refused"] == status["malformed"] == status["backlog"] == 0
    assert 0 <= status["lag_ms"]["p50"] <= status["lag_ms"]["p99"] <= status["lag_ms"]["max"] < 10_000
    assert status["generation"] == bed.writer.generation()
    until(lambda: bed.memory.watermark == bed.writer.tip(), "the watermark")


def test_cold_until_the_minion_is_there(bed: Bed) -> None:
    bed.put(1)
    bed.start_follower()
    until(lambda: bed.status().get("why"))
    assert bed.status()["state"] == "cold"
    assert bed.socket in bed.status()["why"]
    bed.start_minion()
    until(lambda: bed.status()["state"] == "in-sync")
    assert "why" not in bed.status()
    assert bed.rows() == bed.stored()


def test_a_restarted_minion_gets_everything_again(bed: Bed) -> None:
    bed.start_minion()
    bed.start_follower()
    bed.put(1, 2, 3)
    until(lambda: bed.rows() == bed.stored())
    bed.kill_minion()
    until(lambda: bed.status()["state"] == "stale")
    bed.put(4)
    bed.start_minion()
    until(lambda: bed.rows() == bed.stored() and len(bed.rows()) == 4)


def test_a_minion_that_was_cleared_gets_everything_again(bed: Bed) -> None:
    bed.start_minion()
    bed.start_follower()
    bed.put(1, 2, 3)
    until(lambda: bed.status().get("flows") == 3)
    until(lambda: bed.follower._held == 3)
    bed.minion.table.rows.clear()
    until(lambda: len(bed.rows()) == 3)


def test_an_emptied_store_never_clears_the_minion(bed: Bed) -> None:
    bed.start_minion()
    bed.start_follower()
    bed.put(1, 2, 3)
    until(lambda: bed.rows() == bed.stored() and bed.status().get("generation"))
    bed.memory.empty()
    bed.put(4)
    until(lambda: bed.status().get("generation") == bed.writer.generation())
    bed.put(5)
    until(lambda: len(bed.rows()) == 5)
    assert len(bed.stored()) == 2


def test_a_trimmed_stream_is_noticed(bed: Bed) -> None:
    bed.start_minion()
    bed.start_follower()
    bed.put(0)
    until(lambda: len(bed.rows()) == 1)
    bed.memory.reachable = False
    until(lambda: bed.status()["state"] == "stale")
    bed.memory.reachable = True
    bed.writer.connect()
    bed.memory.reachable = True
    for start in range(1, 3001, 500):
        bed.put(*range(start, start + 500))
    until(lambda: bed.rows() == bed.stored())
    assert len(bed.rows()) == 3001


def test_deletes_while_sync_was_away_are_not_missed(tmp_path: Path, bed: Bed) -> None:
    bed.start_minion()
    bed.put(1, 2, 3)
    with bed_in(tmp_path / "first") as first:
        (tmp_path / "first").mkdir()
        first.memory, first.socket = bed.memory, bed.socket
        first.start_follower()
        until(lambda: len(bed.rows()) == 3)
        until(lambda: bed.memory.watermark == bed.writer.tip(), "the watermark")
    bed.writer.apply([Delete(record(2).orig.key, time.time_ns() // 1000), Put(record(4))])
    bed.start_follower()
    until(lambda: bed.rows() == bed.stored())
    assert len(bed.rows()) == 3


@pytest.mark.parametrize("bad", [0, 7, 49])
def test_one_refused_line_does_not_block_the_rest(bed: Bed, bad: int) -> None:
    bed.start_minion()
    bed.start_follower()
    until(lambda: bed.status().get("state") == "in-sync")
    records = [record(number) for number in range(50)]
    records[bad] = replace(records[bad], orig=replace(records[bad].orig, saddr="10.1.0.999"))
    bed.writer.apply([Put(r) for r in records])
    until(lambda: len(bed.rows()) == 49)
    until(lambda: bed.status()["refused"] == 1)
    assert bed.status()["applied"] == 49


def test_malformed_records_are_counted_and_the_rest_goes_on(bed: Bed) -> None:
    bed.put(1, 2)
    bed.memory.flows["garbage"] = "not json"
    bed.memory.flows[record(7).orig.key] = "{}"
    bed.start_minion()
    bed.start_follower()
    until(lambda: len(bed.rows()) == 2 and bed.status().get("malformed") == 2)
    with bed.memory.changed:
        bed.memory.last += 2
        bed.memory.stream += [(bed.memory.last - 1, "junk"), (bed.memory.last, encode_put('{"v":9}'))]
    bed.put(3)
    until(lambda: len(bed.rows()) == 3)
    until(lambda: bed.status()["malformed"] == 4)


def test_expired_records_are_not_imported_and_are_forgotten(bed: Bed) -> None:
    bed.writer.apply([Put(record(1)), Put(record(2, lifetime_s=-5))])
    bed.start_minion()
    bed.start_follower()
    until(lambda: len(bed.stored()) == 1)
    until(lambda: bed.rows() == bed.stored())


def test_a_router_without_the_element_is_stale_and_says_why(bed: Bed) -> None:
    bed.start_minion()
    bed.start_follower(element="other")
    until(lambda: "other" in bed.status().get("why", ""))
    assert bed.status()["state"] == "cold"


def test_the_trace_has_a_row_for_every_delta(bed: Bed, tmp_path: Path) -> None:
    bed.start_minion()
    with (tmp_path / "trace").open("ab") as trace:
        bed.start_follower(trace=trace)
        until(lambda: bed.status().get("state") == "in-sync")
        before = time.time_ns()
        bed.put(1, 2)
        until(lambda: (tmp_path / "trace").read_text().count("\n") == 2)
        rows = [line.split("\t") for line in (tmp_path / "trace").read_text().splitlines()]
        assert [row[0] for row in rows] == [record(1).orig.key, record(2).orig.key]
        assert all(before <= int(row[1]) * 1000 + 1000 <= int(row[2]) + 1000 <= time.time_ns() + 1000 for row in rows)
        bed._stack.close()


# The collector


def line(number: int, backend: int = 3) -> bytes:
    fields = f"SRC=10.1.0.1 DST=10.1.0.100 PROTO=TCP SPT={1000 + number} DPT=8080 SYN"
    return f"<4>Nov 22 10:00:01 lb1 kernel: MIMI be=10.2.0.{backend}:8080 IN=eth0 {fields}".encode()


def send(address: tuple[str, int], *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, address)


def seqs(bed: Bed) -> list[int]:
    return [json.loads(text)["record"]["seq"] for _, text in bed.memory.stream]


def test_lines_become_records_in_order(bed: Bed) -> None:
    address = bed.start_collector()
    before = time.time_ns() // 1000
    send(address, *[line(n) for n in range(500)])
    until(lambda: len(bed.stored()) == 500)
    numbers = seqs(bed)
    assert numbers == sorted(set(numbers))
    assert before <= numbers[0] <= numbers[-1] <= time.time_ns() // 1000 + 500
    until(lambda: bed.status("driver").get("stored") == 500)
    status = bed.status("driver")
    assert (status["seen"], status["refused"], status["dropped"], status["buffered"], status["kernel_dropped"]) == (500, {}, 0, 0, 0)
    assert status["state"] == "running"


def test_garbage_is_counted_by_reason_and_the_rest_goes_on(bed: Bed) -> None:
    address = bed.start_collector()
    send(address, b"", b"\xff\xfe\0", b"garbage", line(1, backend=77), line(2), b"<4>" + b"x" * 9000, line(3).replace(b"SPT=", b"SPT=x"))
    until(lambda: len(bed.stored()) == 1)
    until(lambda: bed.status("driver").get("seen") == 7)
    assert bed.status("driver")["refused"] == {"no-prefix": 3, "unknown-backend": 1, "too-long": 1, "bad-port": 1}


def test_the_rate_is_capped_and_what_is_over_it_counted(bed: Bed) -> None:
    address = bed.start_collector(max_rate=10)
    send(address, *[line(n) for n in range(100)])
    until(lambda: bed.status("driver").get("stored", 0) + bed.status("driver").get("refused", {}).get("rate", 0) == 100)
    assert 10 <= bed.status("driver")["stored"] <= 20


def test_forged_sources_are_refused(bed: Bed) -> None:
    address = bed.start_collector(allow="127.0.0.9/32")
    send(address, line(1), line(2))
    until(lambda: bed.status("driver").get("refused") == {"source": 2})
    assert bed.status("driver")["refused_sources"] == {"127.0.0.1": 2}
    assert not bed.stored()


def test_while_the_store_is_away_nothing_is_lost(bed: Bed) -> None:
    bed.memory.reachable = False
    address = bed.start_collector()
    send(address, *[line(n) for n in range(300)])
    until(lambda: bed.status("driver").get("buffered") == 300)
    assert bed.status("driver")["state"] == "store-lost"
    bed.memory.reachable = True
    until(lambda: len(bed.stored()) == 300)
    bed.memory.reachable = False
    send(address, *[line(n) for n in range(300, 400)])
    until(lambda: bed.status("driver").get("buffered") == 100)
    bed.memory.reachable = True
    until(lambda: len(bed.stored()) == 400)
    until(lambda: bed.status("driver").get("state") == "running")
    assert bed.status("driver")["dropped"] == 0


def test_the_buffer_is_bounded_and_the_newest_are_kept(bed: Bed) -> None:
    bed.memory.reachable = False
    address = bed.start_collector(buffer_max=50)
    send(address, *[line(n) for n in range(80)])
    until(lambda: bed.status("driver").get("dropped") == 30)
    bed.memory.reachable = True
    until(lambda: len(bed.stored()) == 50)
    assert {decode_record(text).orig.sport for text in bed.memory.flows.values()} == set(range(1030, 1080))


def test_sequence_numbers_grow_over_a_restart_and_a_clock_that_was_set_back(bed: Bed) -> None:
    ahead = time.time_ns() // 1000 + 3_600_000_000
    bed.writer.apply([Put(record(1, seq=ahead))])
    address = bed.start_collector()
    send(address, line(2), line(3))
    until(lambda: len(bed.stored()) == 3)
    assert seqs(bed) == [ahead, ahead + 1, ahead + 2]


def test_an_absurd_sequence_number_is_not_believed(bed: Bed) -> None:
    bed.writer.apply([Put(record(1, seq=2**64 - 1))])
    address = bed.start_collector()
    send(address, line(2))
    until(lambda: len(bed.stored()) == 2)
    assert seqs(bed)[1] < 2**60


def test_what_has_arrived_is_stored_before_the_end(bed: Bed) -> None:
    address = bed.start_collector()
    until(lambda: bed.status("driver") or bed.collector._connected)
    send(address, *[line(n) for n in range(200)])
    bed._stack.close()
    assert len(bed.stored()) == 200
    assert bed.status("driver")["state"] == "stopped"
