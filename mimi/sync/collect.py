# SPDX-License-Identifier: Apache-2.0
"""The collector: a driver's messages to deltas to the store.

Theory of operation. What is there is parsed and sent as one transaction; while Redis works on it, the next messages
are parsed, and they go as soon as the reply is in. There is no timer: an idle system sends a single delta at once, a
busy one sends large transactions. While the store is away, deltas wait in a bounded buffer; the oldest are dropped
when it is full, and counted.

A driver may tell the primary's whole table (a *listing*) between changes. Flows of the store that a complete listing did not
tell of have ended unseen, as a rule; after a failover they may live on in the minion. So they are not deleted: their records
get the life of a closing connection, which packets through the minion renew.
"""

from __future__ import annotations

import gc
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from mimi.drivers import Driver, Listing, Source
from mimi.errors import StoreError
from mimi.flow import Delta, Put
from mimi.service import Service
from mimi.store import Store
from mimi.store.codec import decode_record
from mimi.store.protocol import Page

BATCH_MAX: Final = 1000
"""Deltas in one transaction: bounds how long Redis is busy with it (about 5 ms)."""

BACKOFF_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
SWEEP_GAP_S: Final = 0.02
SWEEP_REST_S: Final = 30.0
IDLE_S: Final = 0.5

CLOCK_JUMP_US: Final = 86_400_000_000
"""A stored sequence number further in the future than this is not believed."""


class Collector:
    """One driver's loop.

    ``buffer_max`` bounds the deltas that wait for the store, ``linger_s`` is how long a flow stays that a listing did not tell of.
    """

    def __init__(
        self,
        driver: Driver,
        source: Source,
        store: Store,
        service: Service,
        *,
        max_rate: int,
        buffer_max: int = 200_000,
        linger_s: int = 240,
    ) -> None:
        self._driver, self._source, self._store, self._service = driver, source, store, service
        self._max_rate = max_rate if source.limited else None
        self._linger_s = linger_s
        self._listing_from: int | None = None
        self._untold: Iterator[Page] | None = None
        self._untold_before = 0
        self._listings = 0
        self._buffer_max = buffer_max
        self._pending: deque[Delta] = deque()
        self._flying: list[Delta] = []
        self._refused: Counter[str] = Counter()
        self._seen = self._stored = self._dropped = 0
        self._seq = 0
        self._second = self._in_second = 0
        self._connected = False
        self._failures = 0
        self._retry_at = 0.0
        self._sweep_at = 0.0
        self._generation = ""
        self._rate = 0.0
        self._rate_from = (time.monotonic(), 0)

    def run(self) -> None:
        """Work until the service is to stop; then store what has arrived."""
        service = self._service
        self._source.watch(service.wakeup)
        self._connect()
        service.ready()
        while not service.stopping:
            self._step(self._patience())
            if service.due:
                self._report()
        self._finish_up()

    def _patience(self) -> float:
        """How long to wait for messages: not at all when the store owes us a reply or could have more."""
        if self._flying or (self._connected and (self._pending or self._untold is not None)):
            return 0.0
        until = self._sweep_at if self._connected else self._retry_at
        return min(max(until - time.monotonic(), 0.001), IDLE_S)

    def _step(self, timeout_s: float) -> None:
        for message in self._source.receive(timeout_s):
            self._learn(message)
        if self._connected:
            try:
                self._exchange()
            except StoreError as error:
                self._lost(error)
        elif time.monotonic() >= self._retry_at:
            self._connect()

    def _learn(self, message: bytes) -> None:
        self._seen += 1
        now_us = time.time_ns() // 1000
        if now_us <= self._seq:  # two in one microsecond, or the clock was set back: the order must not be
            now_us = self._seq + 1
        second = now_us // 1_000_000
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        if self._max_rate is not None and self._in_second > self._max_rate:
            self._refused["rate"] += 1
            return
        delta = self._driver.parse(message, now_us)
        if isinstance(delta, str):
            self._refused[delta] += 1
            return
        if isinstance(delta, Listing):
            self._note_listing(delta)
            return
        self._seq = now_us
        self._append(delta)

    def _append(self, delta: Delta) -> None:
        self._pending.append(delta)
        if len(self._pending) > self._buffer_max:
            self._pending.popleft()
            self._dropped += 1

    def _note_listing(self, listing: Listing) -> None:
        begun, self._listing_from = self._listing_from, None
        if listing is Listing.begun:
            self._listing_from = self._seq
        elif listing is Listing.complete and begun is not None:
            self._listings += 1
            self._untold, self._untold_before = self._store.snapshot(), begun

    def _shorten(self, page: Page) -> None:
        """Let the flows of a page that the last listing did not tell of end soon."""
        self._seq = max(self._seq + 1, time.time_ns() // 1000)
        ends = self._seq // 1_000_000 + self._linger_s
        for _, text in page:
            try:
                record = decode_record(text)
            except ValueError:  # not ours: sync counts it
                continue
            if record.source == self._driver.source and record.seq <= self._untold_before and record.expires > ends:
                self._append(Put(replace(record, seq=self._seq, expires=ends, state=None)))

    def _exchange(self) -> None:
        store, pending = self._store, self._pending
        if self._flying:
            store.finish_apply()
            self._stored += len(self._flying)
            self._flying = []
        if pending:
            if len(pending) <= BATCH_MAX:
                self._flying = list(pending)
                pending.clear()
            else:
                self._flying = [pending.popleft() for _ in range(BATCH_MAX)]
            store.begin_apply(self._flying)
        elif self._untold is not None:
            page = next(self._untold, None)
            if page is None:
                self._untold = None
            else:
                self._shorten(page)
        elif time.monotonic() >= self._sweep_at:
            finished = store.sweep(int(time.time()))
            self._sweep_at = time.monotonic() + (SWEEP_REST_S if finished else SWEEP_GAP_S)

    def _connect(self) -> None:
        try:
            self._store.connect()
            self._generation, seq = self._store.prepare()
        except StoreError as error:
            self._lost(error)
            return
        if seq < time.time_ns() // 1000 + CLOCK_JUMP_US:
            self._seq = max(self._seq, seq)
        self._connected = True
        self._failures = 0
        self._service.recovered("store-connected", address=self._store.address, generation=self._generation)

    def _lost(self, error: StoreError) -> None:
        """Take back what was under way (sending it twice is harmless) and try again a little later."""
        self._connected = False
        if self._untold is not None:  # the walk starts again
            self._untold = self._store.snapshot()
        self._pending.extendleft(reversed(self._flying))
        self._flying = []
        self._store.close()
        delay_s = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        self._failures += 1
        self._retry_at = time.monotonic() + delay_s
        self._service.once("store-lost", str(error))

    def _report(self) -> None:
        gc.collect(1)  # the few cycles that errors leave behind, see Service.be_prompt
        now, (before, stored) = time.monotonic(), self._rate_from
        if now - before >= 0.5:
            self._rate = (self._stored - stored) / (now - before)
            self._rate_from = (now, self._stored)
        self._service.status("running" if self._connected else "store-lost", **self.counters())

    def counters(self) -> dict[str, Any]:
        """What the status shows."""
        source = self._source
        return {
            "seen": self._seen + source.refused.total(),
            "stored": self._stored,
            "refused": dict(self._refused + source.refused),
            "refused_sources": dict(source.refused_sources),
            "dropped": self._dropped,
            "buffered": len(self._pending) + len(self._flying),
            "kernel_dropped": source.kernel_dropped(),
            "listings": self._listings,
            "rate": round(self._rate, 1),
            "generation": self._generation,
        }

    def _finish_up(self) -> None:
        for message in self._source.receive(0):
            self._learn(message)
        try:
            while self._connected and (self._flying or self._pending):
                self._exchange()
        except StoreError as error:
            self._lost(error)
        self._service.status("stopped", **self.counters())
        self._store.close()
        self._source.close()
