# SPDX-License-Identifier: Apache-2.0
"""The follower: the store's snapshot and deltas into the running minion.

Theory of operation. *Note the stream's tip, load the snapshot, read the stream from the tip*: a change made while the
snapshot is read is in the stream, and applying a record twice changes nothing, so nothing is missed and the order
hardly matters. One batch is whatever has arrived while the previous one was under way. The next read is sent before
the minion has answered, so Redis, the minion and this loop work at the same time.

*Beginning again*. A new connection to the minion may be a new minion: the snapshot is loaded every time. A minion that
already holds bindings gets the stream from the last watermark instead of the tip, because deletes are in the stream
only. When the store was emptied (another generation) or has trimmed what we had not read yet, the snapshot is loaded
again. The minion is never cleared: what it holds may be all that is left.
"""

from __future__ import annotations

import gc
import time
from typing import Any, BinaryIO, Final

from mimi.click.control import HANDLER_ERROR, ControlSocket, RefusedError
from mimi.errors import ControlError, StoreError
from mimi.service import Service
from mimi.store import START, Store, order
from mimi.sync.carried import read_carried
from mimi.sync.lag import LagWindow
from mimi.sync.lines import Batch, batch_of_entries, batch_of_page

READ_COUNT: Final = 512
"""Deltas in one batch. Below the smallest ``store.max_deltas``: a batch that is not full cannot hide a gap."""

IDLE_MS: Final = 250
WATERMARK_MS: Final = 20
BACKOFF_S: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TURN_S: Final = 30.0
BACKLOG_MAX: Final = 10_000


class _Again(Exception):
    """The stream does not lead from where we are to where it is."""


class Follower:
    """Sync of one pairing: ``store`` into ``element`` of the router behind ``control``."""

    def __init__(
        self,
        store: Store,
        control: ControlSocket,
        service: Service,
        *,
        element: str,
        max_lag_ms: int = 1000,
        trace: BinaryIO | None = None,
    ) -> None:
        self._store, self._control, self._service, self._trace = store, control, service, trace
        self._handler, self._count = f"{element}.import", f"{element}.count"
        self._max_lag_us = max_lag_ms * 1000
        self._state = "cold"
        self._position: str | None = None
        self._generation = ""
        self._applied = self._snapshot = self._refused = self._malformed = self._loads = self._flows = 0
        self._backlog = self._held = 0
        self._carried: dict[str, Any] | None = None
        self._known_until = (0, 0)
        self._lag = LagWindow()
        self._turn_at = time.monotonic() + TURN_S
        self._why = ""

    def run(self) -> None:
        """Work until the service is to stop, whatever becomes of store and minion."""
        failures = 0
        self._report()
        self._service.ready()
        while not self._service.stopping:
            loads = self._loads
            try:
                self._session()
            except _Again as reason:
                self._service.log.warning("load-again", reason=str(reason))
                self._state = "syncing"
                continue
            except (StoreError, ControlError) as error:
                self._lost(error)
            failures = 0 if self._loads > loads else failures + 1
            self._wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
        self._note_watermark()
        self._report()
        self._control.close()
        self._store.close()
        if self._trace:
            self._trace.flush()

    def _lost(self, error: StoreError | ControlError) -> None:
        self._state = "cold" if self._state == "cold" else "stale"
        self._why = str(error)
        self._service.once("store-lost" if isinstance(error, StoreError) else "minion-lost", str(error))
        self._control.close()
        self._store.close()
        self._report()

    def _wait(self, seconds: float) -> None:
        self._service.pause(seconds)
        if self._service.due:
            self._report()

    # One session: connected to both

    def _session(self) -> None:
        self._store.connect()
        self._control.connect()
        self._flows = self._read_flows()
        self._state = "syncing"
        generation, tip = self._store.generation(), self._store.tip()
        same = not self._generation or generation == self._generation
        start = self._start(tip) if self._flows and same else tip
        self._generation = generation
        self._known_until = order(tip)
        self._load()
        self._loads += 1
        self._service.recovered("loaded", records=self._snapshot, generation=generation)
        self._position = start
        self._follow(start)

    def _start(self, tip: str) -> str:
        """Where to read on: where we were, if the stream still leads on from there."""
        known = self._position or self._store.watermark()
        first = self._store.first()
        if known is None or first is None or not order(first) <= order(known) <= order(tip):
            return tip
        return known

    def _load(self) -> None:
        """Import the snapshot, one page under way while the next one is read."""
        self._snapshot = 0
        under_way: Batch | None = None
        for page in self._store.snapshot():
            now_s = int(time.time())
            batch = batch_of_page(page, now_s)
            self._note_malformed(batch)
            if batch.expired:
                self._store.discard(batch.expired)
            if under_way is not None:
                self._snapshot += self._finish(under_way)
            self._begin(batch)
            under_way = batch
            if self._service.due:
                self._report()
            if self._service.stopping:
                break
        if under_way is not None:
            self._snapshot += self._finish(under_way)

    def _follow(self, position: str) -> None:
        store, service = self._store, self._service
        noted, noted_at = "", 0.0
        self._flows = self._read_flows()
        self._state = "in-sync" if position == store.tip() else "syncing"
        self._report()
        store.ask(position, READ_COUNT, IDLE_MS)
        while True:
            entries = store.answer()
            now = time.monotonic()
            batch = None
            if entries:
                batch = batch_of_entries(entries, int(time.time()))
                self._begin(batch)
            if len(entries) == READ_COUNT:
                self._check_gap(position)
            elif service.due or not entries:
                self._check_world()
            before = position
            if entries:
                position = entries[-1][0]
            watermark = before if before != noted and now - noted_at >= WATERMARK_MS / 1000 else None
            if watermark is not None:
                noted, noted_at = watermark, now
            store.ask(position, READ_COUNT, WATERMARK_MS if position != noted else IDLE_MS, watermark)
            if batch is not None:
                self._applied += self._finish(batch)
                self._acknowledged(batch, position, len(entries) == READ_COUNT)
                self._position = position
            elif self._state != "in-sync":
                self._state, self._backlog = "in-sync", 0
            if service.stopping:
                return
            if service.due:
                self._report()

    def _check_gap(self, position: str) -> None:
        """A full batch: are we so late that the stream was trimmed behind our position?"""
        first = self._store.first()
        if first is None or order(first) > order(position):
            self._drop_reply()
            raise _Again("the stream was trimmed before it was read")
        if self._service.due:
            self._backlog = self._store.backlog(position, BACKLOG_MAX)

    def _check_world(self) -> None:
        """Now and then: is it still the same store, the same minion?"""
        if not self._control.alive():
            raise self._gone()
        if not self._service.due:
            return
        generation = self._store.generation()
        if generation != self._generation and self._generation:
            self._drop_reply()
            raise _Again("the store was emptied")
        self._generation = generation  # first written while we were following: the stream has all of it
        if self._held and not self._flows and self._store.count():
            self._held = 0
            self._drop_reply()
            raise _Again("the minion lost its bindings")
        self._held = self._flows

    def _gone(self) -> ControlError:
        try:
            self._control.read(self._count)
        except ControlError as error:
            return error
        return ControlError("the minion closed the connection")

    def _drop_reply(self) -> None:
        """Hang up on a minion whose reply is outstanding; the next session connects again."""
        self._control.close()

    # Importing

    def _begin(self, batch: Batch) -> None:
        if batch.lines:
            self._control.begin_write(self._handler, "".join(batch.lines).encode())

    def _finish(self, batch: Batch) -> int:
        """Wait for the reply to :meth:`_begin`. Returns the lines taken."""
        if not batch.lines:
            return 0
        try:
            warnings = self._control.finish_write()
        except RefusedError as error:
            if error.code != HANDLER_ERROR:
                raise
            return self._bisect(batch.lines, error)
        if warnings:
            self._service.once("minion-warns", warnings)
        return len(batch.lines)

    def _bisect(self, lines: list[str], error: RefusedError) -> int:
        """Nothing of a refused batch was applied: find the lines that are to blame, import all others."""
        if len(lines) == 1:
            self._refused += 1
            self._service.once("line-refused", error.text, line=lines[0].rstrip())
            return 0
        taken = 0
        middle = len(lines) // 2
        for half in (lines[:middle], lines[middle:]):
            try:
                self._control.write(self._handler, "".join(half))
                taken += len(half)
            except RefusedError as again:
                if again.code != HANDLER_ERROR:
                    raise
                taken += self._bisect(half, again)
        return taken

    def _acknowledged(self, batch: Batch, position: str, full: bool) -> None:
        self._note_malformed(batch)
        now_ns = time.time_ns()
        now_us = now_ns // 1000
        if order(position) > self._known_until:  # what the snapshot held already says nothing about lag
            add = self._lag.add
            for seq in batch.seqs:
                add(now_us - seq)
            late = self._lag.last_us > self._max_lag_us
        else:
            late = full
        if late and full:
            self._state = "stale" if self._state != "syncing" else "syncing"
        else:
            self._state, self._backlog = "in-sync", 0
        if self._trace:
            rows = [f"{key}\t{seq}\t{now_ns}\n" for key, seq in zip(batch.keys, batch.seqs, strict=True)]
            self._trace.write("".join(rows).encode())

    def _note_malformed(self, batch: Batch) -> None:
        if batch.malformed:
            self._malformed += len(batch.malformed)
            self._service.once("malformed-record", batch.malformed[0])

    # What is shown

    def _note_watermark(self) -> None:
        if self._position is None or self._position == START:
            return
        try:
            self._store.connect()  # a read may be outstanding on the old connection
            self._store.set_watermark(self._position)
        except StoreError as error:
            self._service.once("store-lost", str(error))

    def _read_flows(self) -> int:
        text = self._control.read_text(self._count).strip()
        return int(text) if text.isdigit() else 0

    def _report(self) -> None:
        gc.collect(1)  # the few cycles that errors leave behind, see Service.be_prompt
        if time.monotonic() >= self._turn_at:
            self._lag.turn()
            self._turn_at = time.monotonic() + TURN_S
        if self._control.connected and self._state in ("in-sync", "stale"):
            try:
                self._flows = self._read_flows()
                self._carried = read_carried(self._control)
            except ControlError:  # the loop meets the same broken connection next, and deals with it
                self._control.close()
        if self._trace:
            self._trace.flush()
        why = {} if self._state == "in-sync" or not self._why else {"why": self._why}
        self._service.status(self._state, **why, **self.counters())

    def counters(self) -> dict[str, Any]:
        """What the status shows."""
        return {
            "lag_ms": self._lag.summary(),
            "applied": self._applied,
            "snapshot": self._snapshot,
            "refused": self._refused,
            "malformed": self._malformed,
            "backlog": self._backlog,
            "flows": self._flows,
            "offload": self._carried,
            "generation": self._generation,
            "watermark": self._position,
            "minion": {"address": self._control.address, "connected": self._control.connected, "loads": self._loads},
        }


def idle(service: Service) -> None:
    """Sync switched off: say so until the service is to stop."""
    service.status("disabled")
    service.ready()
    while not service.stopping:
        service.pause(1.0)
        if service.due:
            service.status("disabled")
    service.status("disabled")
