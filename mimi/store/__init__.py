# SPDX-License-Identifier: Apache-2.0
"""Where flow records are kept: Redis, or memory.

:func:`open_store` makes the one a pairing names; it is not connected yet.
"""

from __future__ import annotations

from pathlib import Path

from mimi.pairing import Pairing
from mimi.store.memory import Memory, MemoryStore
from mimi.store.protocol import START, Entries, Page, Store, order
from mimi.store.redis import RedisStore

__all__ = ["START", "Entries", "Memory", "MemoryStore", "Page", "RedisStore", "Store", "open_store", "order", "store_url"]


def store_url(pairing: Pairing, private_socket: Path) -> str:
    """The pairing's ``store.url``, or the private redis-server's socket when it names none."""
    return pairing.store.url or f"unix://{private_socket}"


def open_store(pairing: Pairing, private_socket: Path) -> Store:
    """The store of a pairing; call :meth:`~mimi.store.protocol.Store.connect` on it.

    Raises:
        StoreError: the URL is of no kind we know.
    """
    return RedisStore(pairing.name, store_url(pairing, private_socket), pairing.store.max_deltas)
