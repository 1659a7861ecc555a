# SPDX-License-Identifier: Apache-2.0
"""HTTP requests whose every outcome is known: what wrk counts by socket, this counts by request.

wrk leaves out requests that hang until its end, and calls a late answer both a time-out and a success. Here every
request that begins ends in exactly one outcome::

    complete    the whole object came, and every byte of it was right
    wrong       a byte differed, or the answer was not 200 with the object's length
    truncated   the connection was closed in an orderly way before the end
    reset       the connection was reset
    refused     the connection could not be made: refused or unreachable
    timeout     nothing came for ``timeout`` seconds, counted from the request's beginning or its last byte

No request begins after ``seconds``; those under way then are waited for. So outcomes add up to what was begun.
"""

from __future__ import annotations

import argparse
import errno
import json
import selectors
import socket
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

OUTCOMES: Final = ("complete", "wrong", "truncated", "reset", "refused", "timeout")
_READ: Final = 1 << 18
_HEAD_MAX: Final = 1 << 14
_TICK_S: Final = 0.05
_PAUSE_S: Final = 0.1
"""After a refusal, so that a dead service is not asked in a tight loop."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked for, where, and the bytes that must come. ``keep_alive``: requests share a connection until it fails."""

    address: tuple[str, int]
    path: str
    body: bytes
    timeout: float = 2.0
    keep_alive: bool = False

    @property
    def request(self) -> bytes:
        """The request's bytes."""
        connection = "keep-alive" if self.keep_alive else "close"
        return f"GET {self.path} HTTP/1.1\r\nHost: {self.address[0]}\r\nConnection: {connection}\r\n\r\n".encode("ascii")


@dataclass(slots=True)
class Connection:
    """One slot of the load: a connection and the request on it. Times are ``time.monotonic`` seconds."""

    goal: Goal
    sock: socket.socket
    began: float
    heard: float
    asked: bool = False
    head: bytes = b""
    in_body: bool = False
    received: int = 0

    @classmethod
    def open(cls, goal: Goal, now: float) -> Connection:
        """Start connecting."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(goal.address)
        if code not in (0, errno.EINPROGRESS):
            sock.close()
            raise OSError(code, "connect")
        return cls(goal, sock, now, now)

    def begin_again(self, now: float) -> None:
        """The next request on the same connection."""
        self.began = self.heard = now
        self.asked, self.head, self.in_body, self.received = False, b"", False, 0

    def send(self) -> str:
        """Ask, once the connection is up; the outcome if that ends the request, else nothing."""
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            return _outcome_of(code, connecting=not self.asked)
        try:
            sent = self.sock.send(self.goal.request)
        except OSError as error:
            return _outcome_of(error.errno or 0, connecting=False)
        self.asked = True
        return "" if sent == len(self.goal.request) else "reset"

    def receive(self, now: float) -> str:
        """Take what is there; the outcome if that ends the request, else nothing."""
        try:
            data = self.sock.recv(_READ)
        except BlockingIOError:
            return ""
        except OSError as error:
            return _outcome_of(error.errno or 0, connecting=not self.asked)
        if not data:
            return "truncated"
        self.heard = now
        if not self.in_body:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return "wrong" if len(self.head) > _HEAD_MAX else ""
            if not _is_whole_object(self.head[:end], len(self.goal.body)):
                return "wrong"
            self.in_body, data = True, self.head[end + 4 :]
        return self._check(data)

    def _check(self, data: bytes) -> str:
        body, end = self.goal.body, self.received + len(data)
        if data != body[self.received : end]:
            return "wrong"
        self.received = end
        return "complete" if end == len(body) else ""


def _is_whole_object(head: bytes, length: int) -> bool:
    lines = head.lower().split(b"\r\n")
    return lines[0].split(b" ")[1:2] == [b"200"] and any(
        name == b"content-length" and value.strip() == b"%d" % length for name, _, value in (line.partition(b":") for line in lines[1:])
    )


def _outcome_of(code: int, connecting: bool) -> str:
    if code == errno.ETIMEDOUT:
        return "timeout"
    return "refused" if connecting and code != errno.ECONNRESET else "reset"


@dataclass(slots=True)
class Result:
    """What became of the requests. ``failures``: (seconds after the start, outcome) of every one that was not complete."""

    begun: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[float, str]] = field(default_factory=list)
    bytes: int = 0

    @property
    def failed(self) -> int:
        """Requests that were not complete."""
        return self.begun - self.outcomes["complete"]

    def to_json(self) -> dict[str, object]:
        """For one line of output; every outcome has a number."""
        outcomes = {name: self.outcomes[name] for name in OUTCOMES}
        return {"begun": self.begun, "failed": self.failed, "outcomes": outcomes, "failures": self.failures, "bytes": self.bytes}


class Load:
    """``count`` connections at a time against one goal."""

    def __init__(self, goal: Goal, count: int) -> None:
        self._goal, self._count = goal, count
        self._selector = selectors.DefaultSelector()
        self._open: dict[int, Connection] = {}
        self._later: deque[float] = deque()
        """When slots whose connection was refused try again."""
        self._start = 0.0
        self.result = Result()

    def run(self, seconds: float) -> Result:
        """Keep the slots busy for ``seconds``, then wait for what is under way."""
        self._start = now = time.monotonic()
        end = now + seconds
        for _ in range(self._count):
            self._begin(now)
        looked = now
        while self._open or (self._later and now < end):
            for key, events in self._selector.select(_TICK_S):
                now = time.monotonic()
                self._step(key.data, events, now, now < end)
            now = time.monotonic()
            if now - looked >= _TICK_S:
                looked = now
                self._time_out(now, now < end)
            while self._later and self._later[0] <= now < end:
                self._later.popleft()
                self._begin(now)
        return self.result

    def _begin(self, now: float) -> None:
        self.result.begun += 1
        try:
            connection = Connection.open(self._goal, now)
        except OSError:
            self._note("refused", now)
            self._later.append(now + _PAUSE_S)
            return
        self._open[connection.sock.fileno()] = connection
        self._selector.register(connection.sock, selectors.EVENT_WRITE, connection)

    def _step(self, connection: Connection, events: int, now: float, more: bool) -> None:
        outcome = ""
        if events & selectors.EVENT_WRITE:
            outcome = connection.send()
            if not outcome:
                self._selector.modify(connection.sock, selectors.EVENT_READ, connection)
        else:
            outcome = connection.receive(now)
        if outcome:
            self._end(connection, outcome, now, more)

    def _end(self, connection: Connection, outcome: str, now: float, more: bool) -> None:
        self._note(outcome, now)
        self.result.bytes += connection.received
        if more and outcome == "complete" and self._goal.keep_alive:
            self.result.begun += 1
            connection.begin_again(now)
            self._selector.modify(connection.sock, selectors.EVENT_WRITE, connection)
            return
        self._selector.unregister(connection.sock)
        del self._open[connection.sock.fileno()]
        connection.sock.close()
        if more and outcome == "refused":
            self._later.append(now + _PAUSE_S)
        elif more:
            self._begin(now)

    def _time_out(self, now: float, more: bool) -> None:
        for connection in [c for c in self._open.values() if now - c.heard > self._goal.timeout]:
            self._end(connection, "timeout", now, more)

    def _note(self, outcome: str, now: float) -> None:
        self.result.outcomes[outcome] += 1
        if outcome != "complete":
            self.result.failures.append((round(now - self._start, 3), outcome))


def main() -> None:
    parser = argparse.ArgumentParser(description="HTTP requests, each with one known outcome")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--path", default="/object.bin")
    parser.add_argument("--object", type=Path, required=True, help="the file whose bytes must come")
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds of silence that end a request")
    parser.add_argument("--keep-alive", action="store_true")
    o = parser.parse_args()
    goal = Goal((o.address, o.port), o.path, o.object.read_bytes(), o.timeout, o.keep_alive)
    result = Load(goal, o.connections).run(o.seconds)
    print(json.dumps(result.to_json()))


if __name__ == "__main__":
    main()
