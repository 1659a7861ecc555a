# SPDX-License-Identifier: Apache-2.0
"""The store's twin in memory: the same promises without Redis, for tests and as a second implementation."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mimi.errors import Problem, StoreError
from mimi.flow import Delete, Delta, Put
from mimi.store.codec import decode_record, encode_delta, encode_record
from mimi.store.protocol import START, Entries, Page, order

PAGE = 1000


@dataclass(slots=True)
class Memory:
    """What stays when a :class:`MemoryStore` is closed: shared by the stores of one pairing. Thread-safe."""

    max_deltas: int = 200_000
    flows: dict[str, str] = field(default_factory=dict)
    stream: list[tuple[int, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    watermark: str | None = None
    steer: str | None = None
    last: int = 0
    reachable: bool = True
    changed: threading.Condition = field(default_factory=threading.Condition)

    def empty(self) -> None:
        """Lose everything, like a Redis that was flushed."""
        with self.changed:
            self.flows.clear()
            self.stream.clear()
            self.notes.clear()
            self.watermark = self.steer = None
            self.changed.notify_all()


class MemoryStore:
    """A :class:`~mimi.store.protocol.Store` over a :class:`Memory`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._pending: Sequence[Delta] = ()
        self._asked: tuple[str, int, int] = (START, 1, 0)
        self._connected = False
        self._sweep: list[str] = []
        self._fresh = uuid.uuid4().hex

    @property
    def address(self) -> str:
        return "memory"

    def connect(self) -> None:
        self._connected = True
        self._use()

    def close(self) -> None:
        self._connected = False

    def prepare(self) -> tuple[str, int]:
        with self._use().changed:
            self._stamp()
            return self._memory.notes["generation"], int(self._memory.notes.get("seq", "0"))

    def begin_apply(self, deltas: Sequence[Delta]) -> None:
        self._use()
        self._pending = deltas

    def finish_apply(self) -> None:
        with self._use().changed:
            self._stamp()
            for delta in self._pending:
                self._store(delta)
                self._memory.notes["seq"] = str(_seq(delta))
            self._pending = ()
            self._memory.changed.notify_all()

    def apply(self, deltas: Sequence[Delta]) -> None:
        self.begin_apply(deltas)
        self.finish_apply()

    def merge(self, deltas: Sequence[Delta]) -> int:
        done = 0
        with self._use().changed:
            self._stamp()
            for delta in deltas:
                key = delta.record.orig.key if isinstance(delta, Put) else delta.key
                current = self._memory.flows.get(key)
                if current is None and isinstance(delta, Delete):
                    continue
                if current is not None and _seq_of_text(current) >= _seq(delta):
                    continue
                self._store(delta)
                done += 1
            self._memory.changed.notify_all()
        return done

    def snapshot(self) -> Iterator[Page]:
        with self._use().changed:
            everything = list(self._memory.flows.items())
        for start in range(0, len(everything), PAGE):
            self._use()
            yield everything[start : start + PAGE]

    def discard(self, page: Page) -> int:
        with self._use().changed:
            same = [key for key, text in page if self._memory.flows.get(key) == text]
            for key in same:
                del self._memory.flows[key]
            return len(same)

    def sweep(self, now_s: int) -> bool:
        with self._use().changed:
            if not self._sweep:
                self._sweep = list(self._memory.flows)
            some, self._sweep = self._sweep[:64], self._sweep[64:]
            page = [(key, self._memory.flows[key]) for key in some if key in self._memory.flows]
        self.discard([(key, text) for key, text in page if _expires(text) <= now_s])
        return not self._sweep

    def tip(self) -> str:
        with self._use().changed:
            return f"{self._memory.stream[-1][0]}-0" if self._memory.stream else START

    def first(self) -> str | None:
        with self._use().changed:
            return f"{self._memory.stream[0][0]}-0" if self._memory.stream else None

    def ask(self, after: str, count: int, block_ms: int, watermark: str | None = None) -> None:
        self._use()
        if watermark is not None:
            self.set_watermark(watermark)
        self._asked = (after, count, block_ms)

    def answer(self) -> Entries:
        after, count, block_ms = self._asked
        position = order(after)[0]
        memory = self._use()
        with memory.changed:
            if block_ms:
                memory.changed.wait_for(
                    lambda: not memory.reachable or (bool(memory.stream) and memory.stream[-1][0] > position),
                    timeout=block_ms / 1000,
                )
            self._use()
            return [(f"{number}-0", text) for number, text in memory.stream if number > position][:count]

    def read(self, after: str, count: int, block_ms: int = 0) -> Entries:
        self.ask(after, count, block_ms)
        return self.answer()

    def backlog(self, after: str, limit: int) -> int:
        with self._use().changed:
            return min(limit, sum(number > order(after)[0] for number, _ in self._memory.stream))

    def count(self) -> int:
        return len(self._use().flows)

    def generation(self) -> str:
        return self._use().notes.get("generation", "")

    def watermark(self) -> str | None:
        return self._use().watermark

    def set_watermark(self, position: str) -> None:
        self._use().watermark = position

    def meta(self) -> dict[str, str]:
        return dict(self._use().notes)

    def set_meta(self, values: Mapping[str, str]) -> None:
        self._use().notes.update(values)

    def steer(self) -> str | None:
        return self._use().steer

    def set_steer(self, target: str) -> None:
        self._use().steer = target

    def _use(self) -> Memory:
        if not self._connected:
            raise StoreError(Problem("not connected", place="memory"))
        if not self._memory.reachable:
            self._connected = False
            raise StoreError(Problem("cannot reach the store", place="memory"))
        return self._memory

    def _stamp(self) -> None:
        if self._memory.notes.setdefault("generation", self._fresh) == self._fresh:
            self._fresh = uuid.uuid4().hex  # never the same one twice, also when the memory is emptied
        self._memory.notes.setdefault("schema", "1")

    def _store(self, delta: Delta) -> None:
        memory = self._memory
        if isinstance(delta, Put):
            memory.flows[delta.record.orig.key] = encode_record(delta.record)
        else:
            memory.flows.pop(delta.key, None)
        memory.last += 1
        memory.stream.append((memory.last, encode_delta(delta)))
        del memory.stream[: max(0, len(memory.stream) - memory.max_deltas)]


def _seq(delta: Delta) -> int:
    return delta.record.seq if isinstance(delta, Put) else delta.seq


def _seq_of_text(text: str) -> int:
    try:
        return decode_record(text).seq
    except ValueError:
        return -1  # garbage never wins


def _expires(text: str) -> float:
    try:
        return decode_record(text).expires
    except ValueError:
        return float("inf")  # not ours to remove
