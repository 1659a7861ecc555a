# SPDX-License-Identifier: Apache-2.0
"""Where traffic is steered, in the store: written by liveness, read by the fabric.

``mimi:{NAME}:steer`` says where, ``mimi:{NAME}:events`` (a stream; fields ``time what reason``) what happened and why.
Both change in one transaction, so whoever waits on the stream learns of a new order at once and reads it from the key.
"""

from __future__ import annotations

import time
from typing import Any

import redis

from mimi.errors import Problem, StoreError
from mimi.failover import TARGETS, Order, Target

EVENTS_KEPT = 1000
TIMEOUT_S = 1.0


class Steering:
    """One connection to the store's steering keys. After a StoreError the next call connects again."""

    def __init__(self, name: str, url: str) -> None:
        self._url = url
        prefix = f"mimi:{{{name}}}:"
        self._steer_key, self._events_key = prefix + "steer", prefix + "events"
        self._last = "$"
        self._client: Any = redis.Redis.from_url(url, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S, decode_responses=True)

    def read(self) -> Target | None:
        """Where traffic should go; None when nobody has ordered anything.

        Raises:
            StoreError: the store cannot be reached.
        """
        try:
            value = self._client.get(self._steer_key)
        except (redis.RedisError, OSError) as error:
            raise self._error(error) from error
        return value if value in TARGETS else None

    def write(self, order: Order) -> None:
        """Order it, and note why.

        Raises:
            StoreError: the store cannot be reached; the order may or may not have been stored, so repeat it.
        """
        try:
            with self._client.pipeline(transaction=True) as pipe:
                pipe.set(self._steer_key, order.target)
                fields = {"time": f"{time.time():.3f}", "what": f"steer {order.target}", "reason": order.reason}
                pipe.xadd(self._events_key, fields, maxlen=EVENTS_KEPT, approximate=True)
                pipe.execute()
        except (redis.RedisError, OSError) as error:
            raise self._error(error) from error

    def note(self, what: str, reason: str) -> None:
        """Add an event that changes nothing.

        Raises:
            StoreError: the store cannot be reached.
        """
        try:
            fields = {"time": f"{time.time():.3f}", "what": what, "reason": reason}
            self._client.xadd(self._events_key, fields, maxlen=EVENTS_KEPT, approximate=True)
        except (redis.RedisError, OSError) as error:
            raise self._error(error) from error

    def wait(self, block_ms: int = 250) -> Target | None:
        """:meth:`read`, after the next event or ``block_ms``, whichever is first.

        Raises:
            StoreError: the store cannot be reached.
        """
        try:
            if self._last == "$":  # from here on no event is missed, also between two calls
                newest = self._client.xrevrange(self._events_key, count=1)
                self._last = newest[0][0] if newest else "0-0"
            else:
                for _stream, entries in self._client.xread({self._events_key: self._last}, block=block_ms) or ():
                    self._last = entries[-1][0]
        except (redis.RedisError, OSError) as error:
            self._last = "$"
            raise self._error(error) from error
        return self.read()

    def close(self) -> None:
        self._client.close()

    def _error(self, error: Exception) -> StoreError:
        place = self._url.rpartition("@")[2]
        return StoreError(Problem("cannot read or write the steering keys", place=place, found=str(error)))
