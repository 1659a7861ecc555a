# SPDX-License-Identifier: Apache-2.0
"""What a store promises: one suite, both implementations."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mimi.errors import StoreError
from mimi.flow import Delete, Delta, FiveTuple, FlowRecord, Put
from mimi.store import START, Memory, MemoryStore, RedisStore, Store, order
from mimi.store.codec import decode_delta, decode_record, encode_delta, encode_record

NOW_S = 1_795_341_601
OpenStore = Callable[[], Store]


def record(number: int, seq: int, backend: int = 3, expires: int = NOW_S + 7440) -> FlowRecord:
    orig = FiveTuple("tcp", "10.1.0.1", 1000 + number, "10.1.0.100", 8080)
    xlat = FiveTuple("tcp", "10.1.0.1", 1000 + number, f"10.2.0.{backend}", 8080)
    return FlowRecord(orig, xlat, seq, expires, "established", "netfilter-log")


def key(number: int) -> str:
    return record(number, 1).orig.key


def contents(store: Store) -> dict[str, FlowRecord]:
    return {k: decode_record(text) for page in store.snapshot() for k, text in page}


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    socket = tmp_path_factory.mktemp("redis") / "store.sock"
    argv = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(f"unix://{socket}")
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for_redis(url: str) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            RedisStore("probe", url).connect()
            return
        except StoreError:
            if time.monotonic() > end:
                raise


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Opens stores of one pairing that nobody has used before."""
    name = f"t{uuid.uuid4().hex[:12]}"
    memory = Memory(max_deltas=1000)
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""

    def opened() -> Store:
        store: Store = RedisStore(name, url, 1000) if url else MemoryStore(memory)
        store.connect()
        return store

    return opened


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()


def test_a_fresh_store_is_empty(store: Store) -> None:
    assert contents(store) == {}
    assert store.count() == 0
    assert store.generation() == ""
    assert store.tip() == START
    assert store.first() is None
    assert store.watermark() is None
    assert store.steer() is None
    assert store.meta() == {}
    assert store.read(START, 10) == []
    assert store.sweep(NOW_S)


def test_flows_and_stream_change_together(store: Store) -> None:
    deltas: list[Delta] = [Put(record(1, 11)), Put(record(2, 12)), Delete(key(1), 13), Put(record(3, 14))]
    store.apply(deltas)
    assert contents(store) == {key(2): record(2, 12), key(3): record(3, 14)}
    assert [decode_delta(text) for _, text in store.read(START, 100)] == deltas
    assert store.count() == 2


def test_the_last_change_of_a_flow_in_a_batch_counts(store: Store) -> None:
    store.apply([Put(record(1, 11)), Delete(key(1), 12), Put(record(1, 13, backend=4))])
    assert contents(store) == {key(1): record(1, 13, backend=4)}
    store.apply([Put(record(1, 14)), Delete(key(1), 15)])
    assert contents(store) == {}


def test_an_empty_batch_is_nothing(store: Store) -> None:
    store.apply([])
    assert store.tip() == START


def test_reading_goes_on_from_an_id(store: Store) -> None:
    store.apply([Put(record(n, n)) for n in range(10)])
    first = store.read(START, 4)
    rest = store.read(first[-1][0], 100)
    assert [decode_delta(text) for _, text in first + rest] == [Put(record(n, n)) for n in range(10)]
    assert rest[-1][0] == store.tip()
    assert first[0][0] == store.first()
    assert [i for i, _ in rest] == sorted((i for i, _ in rest), key=order)
    assert store.backlog(first[-1][0], 100) == 6
    assert store.backlog(first[-1][0], 5) == 5


def test_a_blocked_reader_wakes_up(open_store: OpenStore) -> None:
    reader, writer = open_store(), open_store()
    reader.ask(START, 10, 5000)
    thread = threading.Thread(target=writer.apply, args=([Put(record(1, 1))],))
    thread.start()
    assert [decode_delta(text) for _, text in reader.answer()] == [Put(record(1, 1))]
    thread.join()


def test_a_reader_that_gets_nothing_comes_back(store: Store) -> None:
    assert store.read(START, 10, 10) == []
    assert store.count() == 0  # and the connection is still in step


def test_the_watermark_travels_with_a_read(store: Store) -> None:
    store.apply([Put(record(1, 1))])
    store.ask(START, 10, 0, store.tip())
    assert len(store.answer()) == 1
    assert store.watermark() == store.tip()
    store.set_watermark("5-0")
    assert store.watermark() == "5-0"


def test_merge_takes_only_what_is_newer(store: Store) -> None:
    store.apply([Put(record(1, 100)), Put(record(2, 100))])
    before = store.tip()
    taken = store.merge(
        [
            Put(record(1, 99, backend=4)),
            Put(record(1, 100, backend=4)),
            Put(record(2, 101, backend=4)),
            Put(record(3, 1)),
            Delete(key(1), 99),
            Delete(key(9), 1000),
        ]
    )
    assert taken == 2
    assert contents(store) == {key(1): record(1, 100), key(2): record(2, 101, backend=4), key(3): record(3, 1)}
    assert len(store.read(before, 10)) == 2
    assert store.merge([Delete(key(1), 101)]) == 1
    assert key(1) not in contents(store)


def test_merge_compares_all_64_bits(store: Store) -> None:
    store.merge([Put(record(1, 2**64 - 2))])
    assert store.merge([Put(record(1, 2**64 - 3, backend=4))]) == 0
    assert store.merge([Put(record(1, 2**64 - 1, backend=5))]) == 1
    assert store.merge([Put(record(2, 9)), Put(record(2, 10, backend=5))]) == 2


def test_merge_twice_changes_nothing(store: Store) -> None:
    deltas = [Put(record(n, n + 1)) for n in range(1200)]
    assert store.merge(deltas) == 1200
    tip = store.tip()
    assert store.merge(deltas) == 0
    assert store.tip() == tip


def test_discard_compares_before_it_deletes(store: Store) -> None:
    store.apply([Put(record(1, 1)), Put(record(2, 2))])
    page = [(key(1), encode_record(record(1, 1))), (key(2), encode_record(record(2, 1))), (key(3), "x")]
    assert store.discard(page) == 1
    assert set(contents(store)) == {key(2)}
    assert store.discard([]) == 0


def test_sweeping_forgets_the_expired_and_only_them(store: Store) -> None:
    store.apply([Put(record(n, n + 1, expires=NOW_S + n - 150)) for n in range(300)])
    for _ in range(200):
        if store.sweep(NOW_S):
            break
    else:
        pytest.fail("the sweep found no end")
    assert {r.expires > NOW_S for r in contents(store).values()} == {True}
    assert store.count() == 149


def test_the_stream_is_trimmed_and_the_flows_are_not(store: Store) -> None:
    for start in range(0, 5000, 500):
        store.apply([Put(record(n, n + 1)) for n in range(start, start + 500)])
    first = store.first()
    assert first is not None
    assert order(first) > order(START)
    assert 1000 <= store.backlog(START, 10_000) < 2000
    assert store.count() == 5000


def test_large_snapshots_come_in_pages(store: Store) -> None:
    for start in range(0, 4000, 1000):
        store.apply([Put(record(n, n + 1)) for n in range(start, start + 1000)])
    pages = list(store.snapshot())
    assert len(pages) > 1
    assert {k for page in pages for k, _ in page} == {key(n) for n in range(4000)}


def test_generation_is_made_once_and_kept(open_store: OpenStore) -> None:
    first, second = open_store(), open_store()
    generation, seq = first.prepare()
    assert generation
    assert seq == 0
    second.apply([Put(record(1, 77))])
    assert second.generation() == generation
    assert second.prepare() == (generation, 77)
    assert second.meta()["schema"] == "1"


def test_generation_is_made_by_the_first_write_too(store: Store) -> None:
    store.apply([Put(record(1, 1))])
    assert store.generation()


def test_merge_makes_a_generation(store: Store) -> None:
    store.merge([Put(record(1, 1))])
    assert store.generation()
    assert store.meta()["schema"] == "1"


def test_notes_and_steer(store: Store) -> None:
    store.set_meta({"restored": "yes", "by": "me"})
    store.set_meta({})
    assert store.meta() == {"restored": "yes", "by": "me"}
    store.set_steer("minion")
    assert store.steer() == "minion"


def test_connecting_again_forgets_what_was_under_way(store: Store) -> None:
    store.ask(START, 10, 1000, "1-1")
    store.connect()
    assert store.count() == 0
    store.begin_apply([Put(record(1, 1))])
    store.connect()
    store.finish_apply()
    store.apply([Put(record(1, 2))])
    assert contents(store)[key(1)].seq == 2


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="not connected"):
        store.count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.sampled_from(["put", "del", "old"]), st.integers(0, 5)), max_size=6), max_size=6))
def test_random_batches_against_a_plain_model(open_store: OpenStore, batches: list[list[tuple[str, int]]]) -> None:
    store = open_store()
    store.apply([Delete(key(n), 1) for n in range(6)])
    model: dict[str, FlowRecord] = {}
    seq = 1000
    tip = store.tip()
    expected: list[Delta] = []
    for batch in batches:
        deltas: list[Delta] = []
        for op, number in batch:
            seq += 1
            if op == "del":
                deltas.append(Delete(key(number), seq))
                model.pop(key(number), None)
            elif op == "put":
                deltas.append(Put(record(number, seq)))
                model[key(number)] = record(number, seq)
        store.apply(deltas)
        expected += deltas
        for op, number in batch:
            if op == "old" and key(number) in model:
                assert store.merge([Put(replace(record(number, 1), state="new"))]) == 0
    assert contents(store) == model
    assert [text for _, text in store.read(tip, 1000)] == [encode_delta(delta) for delta in expected]


# What only Redis can do wrong


@pytest.mark.redis
def test_emptied_under_the_writer_gives_another_generation(redis_url: str) -> None:
    name = f"t{uuid.uuid4().hex[:12]}"
    store, other = RedisStore(name, redis_url), RedisStore(name, redis_url)
    store.connect()
    other.connect()
    seen = set()
    for number in range(4):
        store.apply([Put(record(number, number + 1))])
        seen.add(store.generation())
        for suffix in ("flows", "deltas", "meta", "watermark"):
            other._wire.call("DEL", f"mimi:{{{name}}}:{suffix}")
    assert len(seen) == 4
    assert "" not in seen


@pytest.mark.redis
def test_foreign_keys_are_an_error_with_a_hint(redis_url: str) -> None:
    name = f"t{uuid.uuid4().hex[:12]}"
    store = RedisStore(name, redis_url)
    store.connect()
    store._wire.call("SET", f"mimi:{{{name}}}:flows", "theirs")
    with pytest.raises(StoreError, match="another program"):
        store.apply([Put(record(1, 1))])
    with pytest.raises(StoreError, match="another program"):
        store.count()
    store._wire.call("DEL", f"mimi:{{{name}}}:flows")
    store.apply([Put(record(1, 2))])  # the connection is still in step
    assert store.count() == 1


@pytest.mark.redis
def test_records_that_are_not_text(redis_url: str) -> None:
    name = f"t{uuid.uuid4().hex[:12]}"
    store = RedisStore(name, redis_url)
    store.connect()
    store._wire.send(b"*4\r\n$4\r\nHSET\r\n$%d\r\nmimi:{%b}:flows\r\n$1\r\nk\r\n$2\r\n\xff\xfe\r\n" % (len(name) + 13, name.encode()))
    assert store._wire.receive() == 1
    assert len(next(store.snapshot())) == 1


@pytest.mark.redis
def test_another_schema_is_refused(redis_url: str) -> None:
    name = f"t{uuid.uuid4().hex[:12]}"
    store = RedisStore(name, redis_url)
    store.connect()
    store.set_meta({"schema": "2", "generation": "g"})
    with pytest.raises(StoreError, match="schema 2"):
        store.prepare()


@pytest.mark.redis
def test_a_full_redis_refuses_and_keeps_the_connection(tmp_path: Path) -> None:
    socket = tmp_path / "s"
    argv = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--requirepass", "sesame", "--maxmemory", "1"]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=tmp_path)
    url = f"unix://{socket}"
    secret = tmp_path / "secret"
    secret.write_text("sesame\n")
    with pytest.MonkeyPatch.context() as environment:
        try:
            with pytest.raises(StoreError, match="MIMI_REDIS_PASSWORD"):
                wait_until_refused(url)
            environment.setenv("MIMI_REDIS_PASSWORD", "wrong")
            with pytest.raises(StoreError) as raised:
                RedisStore("x", url).connect()
            assert "wrong" not in str(raised.value).lower().replace("wrongpass", "")
            environment.setenv("MIMI_REDIS_PASSWORD_FILE", str(secret))
            store = RedisStore("x", url)
            store.connect()
            with pytest.raises(StoreError, match="maxmemory"):
                store.apply([Put(record(1, 1))])
            store._wire.call("CONFIG", "SET", "maxmemory", 0)
            store.apply([Put(record(1, 1))])
            assert store.count() == 1
        finally:
            server.terminate()
            server.wait(10)


def wait_until_refused(url: str) -> None:
    """Connect until Redis is there; without the password the first command is refused."""
    end = time.monotonic() + 10
    while True:
        try:
            store = RedisStore("x", url)
            store.connect()
            store.count()
        except StoreError as error:
            if "cannot reach" not in str(error) or "auth" in str(error).lower() or time.monotonic() > end:
                raise


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("unix:///nonexistent/s", "/nonexistent/s"),
        ("redis://127.0.0.1:1", "redis://127.0.0.1:1"),
        ("http://x", "redis://HOST"),
        ("redis://:secret@h:1/0", "MIMI_REDIS_PASSWORD"),
    ],
)
def test_unreachable_stores_are_named(url: str, expected: str) -> None:
    with pytest.raises(StoreError) as raised:
        RedisStore("x", url).connect()
    assert expected in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_memory_that_cannot_be_reached() -> None:
    memory = Memory()
    store = MemoryStore(memory)
    store.connect()
    memory.reachable = False
    with pytest.raises(StoreError):
        store.count()
    memory.reachable = True
    store.connect()
    store.apply([Put(record(1, 1))])
    generation = store.generation()
    memory.empty()
    store.apply([Put(record(1, 1))])
    assert store.generation() != generation


@pytest.mark.redis
@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl on PATH to make a certificate with")
def test_tcp_and_tls(tmp_path: Path) -> None:
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    pair = ("-keyout", "key.pem", "-out", "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *pair, *subject], cwd=tmp_path, check=True, capture_output=True
    )
    plain, tls = free_port(), free_port()
    options = {"port": plain, "tls-port": tls, "tls-cert-file": "cert.pem", "tls-key-file": "key.pem", "tls-ca-cert-file": "cert.pem"}
    argv = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    server = subprocess.Popen(["redis-server", *argv, "--tls-auth-clients", "no", "--save", ""], cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(f"redis://127.0.0.1:{plain}/0")
        for url in (f"redis://127.0.0.1:{plain}/1", f"rediss://127.0.0.1:{tls}/2?ssl_ca_certs={tmp_path}/cert.pem"):
            store = RedisStore("x", url)
            store.connect()
            assert contents(store) == {}, "each URL has a database of its own"
            store.apply([Put(record(n, n + 1)) for n in range(2000)])
            assert len(contents(store)) == 2000
            assert len(store.read(START, 5000)) == 2000
        with pytest.raises(StoreError, match=r"(?i)certificate"):
            RedisStore("x", f"rediss://127.0.0.1:{tls}/2").connect()
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
