# SPDX-License-Identifier: Apache-2.0
"""The store in Redis.

Definitions: the *flows* hash holds the newest record of every flow, the *deltas* stream what changed, in order. Both
change in one MULTI/EXEC under one hash tag, so a snapshot and the stream can never disagree::

    MULTI | HSETNX meta generation G | HSET meta schema 1 seq N | HSET flows K V K V … | HDEL flows K … | XADD … | EXEC

Everything that has arrived goes into one such transaction, packed by hand (see :mod:`mimi.store.wire`). A transaction
whose outcome is unknown (Redis died before it answered) may be sent again: records are idempotent by ``seq``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mimi.errors import Problem, StoreError
from mimi.flow import Delete, Delta, Put
from mimi.store.codec import encode_delete, encode_put, encode_record
from mimi.store.protocol import START, Entries, Page
from mimi.store.wire import ReplyError, Wire, bulk, pack

SCAN_COUNT = 1000
"""Records per HSCAN: a page costs Redis well under a millisecond, so the driver's writes hardly wait for it."""

SWEEP_COUNT = 64
MERGE_COUNT = 500

_EXPIRES = re.compile(r'"expires":(\d{1,16})[,}]')

# The newest sequence number wins. Numbers are compared as text: Lua's are doubles, ours have 64 bits.
_MERGE = """
if redis.call('HSETNX', KEYS[3], 'generation', ARGV[1]) == 1 then redis.call('HSET', KEYS[3], 'schema', '1') end
local done = 0
for i = 3, #ARGV, 4 do
  local key, seq, record, delta = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local text = redis.call('HGET', KEYS[1], key)
  local old = text and string.match(text, '"seq":(%d+)')
  local newer = not old or #seq > #old or (#seq == #old and seq > old)
  if record == '' and not text then newer = false end
  if newer then
    if record == '' then redis.call('HDEL', KEYS[1], key) else redis.call('HSET', KEYS[1], key, record) end
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'd', delta)
    done = done + 1
  end
end
return done
"""

_DISCARD = """
local done = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then done = done + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return done
"""


_BACKLOG = "return #redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])"


class RedisStore:
    """A :class:`~mimi.store.protocol.Store` in the Redis at ``url``."""

    def __init__(self, name: str, url: str, max_deltas: int = 200_000) -> None:
        self._wire = Wire(url)
        prefix = f"mimi:{{{name}}}:"
        self._flows, self._deltas, self._meta = prefix + "flows", prefix + "deltas", prefix + "meta"
        self._watermark, self._steer = prefix + "watermark", prefix + "steer"
        self._max_deltas = max_deltas
        self._begin = "*1\r\n$5\r\nMULTI\r\n"
        self._xadd = f"*8\r\n$4\r\nXADD\r\n{bulk(self._deltas)}$6\r\nMAXLEN\r\n$1\r\n~\r\n{bulk(str(max_deltas))}"
        self._xadd += "$1\r\n*\r\n$1\r\nd\r\n"
        self._queued = 0
        self._skip = 0
        self._fresh = uuid.uuid4().hex
        self._cursor = "0"

    @property
    def address(self) -> str:
        return self._wire.address

    def connect(self) -> None:
        self._queued = self._skip = 0
        self._wire.connect()

    def close(self) -> None:
        self._wire.close()

    def prepare(self) -> tuple[str, int]:
        self._wire.send(
            pack(("HSETNX", self._meta, "generation", self._fresh))
            + pack(("HSETNX", self._meta, "schema", "1"))
            + pack(("HMGET", self._meta, "generation", "seq", "schema"))
        )
        replies = [self._wire.receive() for _ in range(3)]
        made, _, (generation, seq, schema) = [self._wire.checked(reply) for reply in replies]
        if made:
            self._fresh = uuid.uuid4().hex
        if schema != "1":
            raise StoreError(
                Problem("written by another version of MiMi", place=self.address, found=f"schema {schema}", expected="schema 1")
            )
        return generation, int(seq) if seq and seq.isdigit() else 0

    def begin_apply(self, deltas: Sequence[Delta]) -> None:
        fields: dict[str, str | None] = {}
        stream = []
        for delta in deltas:
            if type(delta) is Put:
                record = delta.record
                text = encode_record(record)
                fields[record.orig.key] = text
                text = encode_put(text)
                seq = record.seq
            else:
                assert isinstance(delta, Delete)
                seq = delta.seq
                fields[delta.key] = None
                text = encode_delete(delta.key, seq)
            stream.append(f"{self._xadd}${len(text)}\r\n{text}\r\n")
        if not stream:
            return
        puts = [f"${len(k)}\r\n{k}\r\n${len(v)}\r\n{v}\r\n" for k, v in fields.items() if v is not None]
        gone = [bulk(k) for k, v in fields.items() if v is None]
        parts = [
            self._begin,
            f"*4\r\n$6\r\nHSETNX\r\n{bulk(self._meta)}$10\r\ngeneration\r\n{bulk(self._fresh)}",
            f"*6\r\n$4\r\nHSET\r\n{bulk(self._meta)}$6\r\nschema\r\n$1\r\n1\r\n$3\r\nseq\r\n{bulk(str(seq))}",
        ]
        if puts:
            parts.append(f"*{2 + 2 * len(puts)}\r\n$4\r\nHSET\r\n{bulk(self._flows)}{''.join(puts)}")
        if gone:
            parts.append(f"*{2 + len(gone)}\r\n$4\r\nHDEL\r\n{bulk(self._flows)}{''.join(gone)}")
        self._queued = len(parts) - 1 + len(stream)
        parts += stream
        parts.append("*1\r\n$4\r\nEXEC\r\n")
        self._wire.send("".join(parts).encode("ascii"))

    def finish_apply(self) -> None:
        if not self._queued:
            return
        expected, self._queued = self._queued, 0
        receive = self._wire.receive
        refused: Any = None
        for _ in range(expected + 1):  # MULTI's OK and one QUEUED for each command
            reply = receive()
            if isinstance(reply, ReplyError) and refused is None:
                refused = reply
        result = receive()
        if isinstance(result, list) and refused is None:
            refused = next((reply for reply in result if isinstance(reply, ReplyError)), None)
            if refused is None:
                if result[0] == 1:  # this transaction made the generation: never offer the same one again
                    self._fresh = uuid.uuid4().hex
                return
        self._wire.checked(refused if refused is not None else result)

    def apply(self, deltas: Sequence[Delta]) -> None:
        self.begin_apply(deltas)
        self.finish_apply()

    def merge(self, deltas: Sequence[Delta]) -> int:
        done = 0
        for start in range(0, len(deltas), MERGE_COUNT):
            words: list[str | int] = ["EVAL", _MERGE, 3, self._flows, self._deltas, self._meta]
            words += [self._fresh, self._max_deltas]
            for delta in deltas[start : start + MERGE_COUNT]:
                if isinstance(delta, Put):
                    text = encode_record(delta.record)
                    words += [delta.record.orig.key, delta.record.seq, text, encode_put(text)]
                else:
                    words += [delta.key, delta.seq, "", encode_delete(delta.key, delta.seq)]
            done += self._wire.call(*words)
            if self.generation() == self._fresh:
                self._fresh = uuid.uuid4().hex
        return done

    def snapshot(self) -> Iterator[Page]:
        cursor = "0"
        while True:
            cursor, flat = self._wire.call("HSCAN", self._flows, cursor, "COUNT", SCAN_COUNT)
            if flat:
                yield list(zip(flat[::2], flat[1::2], strict=True))
            if cursor == "0":
                return

    def discard(self, page: Page) -> int:
        if not page:
            return 0
        words = [word for pair in page for word in pair]
        done: int = self._wire.call("EVAL", _DISCARD, 1, self._flows, *words)
        return done

    def sweep(self, now_s: int) -> bool:
        self._cursor, flat = self._wire.call("HSCAN", self._flows, self._cursor, "COUNT", SWEEP_COUNT)
        old: Page = []
        for key, text in zip(flat[::2], flat[1::2], strict=True):
            found = _EXPIRES.search(text)
            if found and int(found[1]) <= now_s:
                old.append((key, text))
        self.discard(old)
        return bool(self._cursor == "0")

    def tip(self) -> str:
        last = self._wire.call("XREVRANGE", self._deltas, "+", "-", "COUNT", 1)
        return str(last[0][0]) if last else START

    def first(self) -> str | None:
        entries = self._wire.call("XRANGE", self._deltas, "-", "+", "COUNT", 1)
        return str(entries[0][0]) if entries else None

    def ask(self, after: str, count: int, block_ms: int, watermark: str | None = None) -> None:
        data = b"" if watermark is None else pack(("SET", self._watermark, watermark))
        blocking = ("BLOCK", block_ms) if block_ms else ()
        data += pack(("XREAD", "COUNT", count, *blocking, "STREAMS", self._deltas, after))
        self._wire.send(data)
        self._skip = 0 if watermark is None else 1

    def answer(self) -> Entries:
        if self._skip:
            self._skip = 0
            skipped = self._wire.receive()
            reply = self._wire.receive()
            self._wire.checked(skipped)
        else:
            reply = self._wire.receive()
        if not self._wire.checked(reply):
            return []
        return [(entry, fields[1] if fields else "") for entry, fields in reply[0][1]]

    def read(self, after: str, count: int, block_ms: int = 0) -> Entries:
        self.ask(after, count, block_ms)
        return self.answer()

    def backlog(self, after: str, limit: int) -> int:
        return int(self._wire.call("EVAL", _BACKLOG, 1, self._deltas, f"({after}", limit))

    def count(self) -> int:
        return int(self._wire.call("HLEN", self._flows))

    def generation(self) -> str:
        return str(self._wire.call("HGET", self._meta, "generation") or "")

    def watermark(self) -> str | None:
        value = self._wire.call("GET", self._watermark)
        return value if value and re.fullmatch(r"\d+-\d+", value) else None

    def set_watermark(self, position: str) -> None:
        self._wire.call("SET", self._watermark, position)

    def meta(self) -> dict[str, str]:
        flat = self._wire.call("HGETALL", self._meta)
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def set_meta(self, values: Mapping[str, str]) -> None:
        if values:
            self._wire.call("HSET", self._meta, *[word for pair in values.items() for word in pair])

    def steer(self) -> str | None:
        value = self._wire.call("GET", self._steer)
        return None if value is None else str(value)

    def set_steer(self, target: str) -> None:
        self._wire.call("SET", self._steer, target)
