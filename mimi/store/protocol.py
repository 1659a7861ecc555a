# SPDX-License-Identifier: Apache-2.0
"""What a store is: the seam that the driver's collector, sync, failover and the CLI use.

Two implementations ship: :class:`mimi.store.redis.RedisStore` and its twin :class:`mimi.store.memory.MemoryStore`.
Every method may raise :class:`mimi.errors.StoreError`; after one the store must be connected again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from mimi.flow import Delta

Page = list[tuple[str, str]]
"""Flow key and record text of some records."""

Entries = list[tuple[str, str]]
"""Stream id and delta text of some deltas, oldest first."""

START = "0-0"
"""The stream id before the first one."""


class Store(Protocol):
    """State of one pairing. Not thread-safe: one user, one store."""

    @property
    def address(self) -> str:
        """What to show to people; never holds a secret."""

    def connect(self) -> None:
        """Connect (again)."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""

    def prepare(self) -> tuple[str, int]:
        """Make the generation if there is none. Returns it and the newest sequence number ever applied (0: none)."""

    def begin_apply(self, deltas: Sequence[Delta]) -> None:
        """Send deltas as one transaction: flows changed and stream entries appended together.

        The caller owns the order: its sequence numbers only grow. :meth:`finish_apply` must follow.
        """

    def finish_apply(self) -> None:
        """Wait until what :meth:`begin_apply` sent has been stored."""

    def apply(self, deltas: Sequence[Delta]) -> None:
        """:meth:`begin_apply` and :meth:`finish_apply`."""

    def merge(self, deltas: Sequence[Delta]) -> int:
        """Apply deltas that may be older than what is stored: the newest sequence number wins.

        Returns how many changed something; only those go into the stream.
        """

    def snapshot(self) -> Iterator[Page]:
        """Every record, in pages. A record that changes meanwhile may come old, new or twice, never not at all."""

    def discard(self, page: Page) -> int:
        """Forget records that still have exactly this text (expired ones). Returns how many were forgotten."""

    def sweep(self, now_s: int) -> bool:
        """Look at the next few records and forget the expired ones. True when all have been looked at."""

    def tip(self) -> str:
        """Id of the newest stream entry, or :data:`START`."""

    def first(self) -> str | None:
        """Id of the oldest stream entry that is still there; None when there is none."""

    def ask(self, after: str, count: int, block_ms: int, watermark: str | None = None) -> None:
        """Request deltas after an id without waiting, and note the watermark on the way. :meth:`answer` must follow."""

    def answer(self) -> Entries:
        """What :meth:`ask` requested; empty when nothing came within ``block_ms``."""

    def read(self, after: str, count: int, block_ms: int = 0) -> Entries:
        """:meth:`ask` and :meth:`answer`; ``block_ms`` 0 does not wait."""

    def backlog(self, after: str, limit: int) -> int:
        """Stream entries after an id, counted up to ``limit``."""

    def count(self) -> int:
        """Records held, expired ones included."""

    def generation(self) -> str:
        """Changes when the store has been emptied; empty when nothing was ever written."""

    def watermark(self) -> str | None:
        """Last stream id applied to the minion."""

    def set_watermark(self, position: str) -> None:
        """Note the last stream id applied to the minion."""

    def meta(self) -> dict[str, str]:
        """The pairing's notes (generation, schema, counters …)."""

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Add to the notes."""

    def steer(self) -> str | None:
        """``primary`` or ``minion``: what the fabric was told last."""

    def set_steer(self, target: str) -> None:
        """Tell the fabric where traffic goes: ``primary`` or ``minion``."""


def order(position: str) -> tuple[int, int]:
    """A stream id as something that sorts."""
    milliseconds, _, number = position.partition("-")
    return int(milliseconds), int(number or 0)
