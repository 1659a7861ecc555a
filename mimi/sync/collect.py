# SPDX-License-Identifier: Apache-2.0
"""The collector: log messages to deltas to the store.

Theory of operation. What is there is parsed and sent as one transaction; while Redis works on it, the next messages
are parsed, and they go as soon as the reply is in. There is no timer: an idle system sends a single delta at once, a
busy one sends large transactions. While the store is away, deltas wait in a bounded buffer; the oldest are dropped
when it is full, and counted.
"""

from __future__ import annotations

import gc
import time
from collections import Counter, deque
from typing import Any, Final

from mimi.drivers import Driver
from mimi.drivers.message import message_of
from mimi.drivers.syslog import Intake
from mimi.errors import StoreError
from mimi.flow import Delta
from mimi.service import Service
from mimi.store import Store

BATCH_MAX: Final = 1000
"""Deltas in one transaction: bounds how long Redis is busy with it (about 5 ms)."""

BACKOFF_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
SWEEP_GAP_S: Final = 0.02
SWEEP_REST_S: Final = 30.0
IDLE_S: Final = 0.5

CLOCK_JUMP_US: Final = 86_400_000_000
"""A stored sequence number further in the future than this is not believed."""


class Collector:
    """One driver's loop. ``buffer_max`` bounds the deltas that wait for the store."""

    def __init__(self, driver: Driver, intake: Intake, store: Store, service: Service, *, max_rate: int, buffer_max: int = 200_000) -> None:
        self._driver, self._intake, self._store, self._service = driver, intake, store, service
        self._max_rate = max_rate
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
        self._intake.watch(service.wakeup)
        self._connect()
        service.ready()
        while not service.stopping:
            self._step(self._patience())
            if service.due:
                self._report()
        self._finish_up()

    def _patience(self) -> float:
        """How long to wait for messages: not at all when the store owes us a reply or could have more."""
        if self._flying or (self._pending and self._connected):
            return 0.0
        until = self._sweep_at if self._connected else self._retry_at
        return min(max(until - time.monotonic(), 0.001), IDLE_S)

    def _step(self, timeout_s: float) -> None:
        for datagram in self._intake.receive(timeout_s):
            self._learn(datagram)
        if self._connected:
            try:
                self._exchange()
            except StoreError as error:
                self._lost(error)
        elif time.monotonic() >= self._retry_at:
            self._connect()

    def _learn(self, datagram: bytes) -> None:
        self._seen += 1
        now_us = time.time_ns() // 1000
        if now_us <= self._seq:  # two in one microsecond, or the clock was set back: the order must not be
            now_us = self._seq + 1
        second = now_us // 1_000_000
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        if self._in_second > self._max_rate:
            self._refused["rate"] += 1
            return
        driver = self._driver
        delta = driver.parse(message_of(datagram, driver.prefix), now_us)
        if isinstance(delta, str):
            self._refused[delta] += 1
            return
        self._seq = now_us
        self._pending.append(delta)
        if len(self._pending) > self._buffer_max:
            self._pending.popleft()
            self._dropped += 1

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
        intake = self._intake
        return {
            "seen": self._seen + intake.refused.total(),
            "stored": self._stored,
            "refused": dict(self._refused + intake.refused),
            "refused_sources": dict(intake.refused_sources),
            "dropped": self._dropped,
            "buffered": len(self._pending) + len(self._flying),
            "kernel_dropped": intake.kernel_dropped(),
            "rate": round(self._rate, 1),
            "generation": self._generation,
        }

    def _finish_up(self) -> None:
        for datagram in self._intake.receive(0):
            self._learn(datagram)
        try:
            while self._connected and (self._flying or self._pending):
                self._exchange()
        except StoreError as error:
            self._lost(error)
        self._service.status("stopped", **self.counters())
        self._store.close()
        self._intake.close()
