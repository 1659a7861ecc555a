# SPDX-License-Identifier: Apache-2.0
"""Long-lived, slow TCP streams whose every byte is checked: what an ssh session or a database connection looks like.

Each stream sends bytes of its own seeded sequence to an echo server and expects exactly them back. A stream *survives*
when it never failed and every byte it sent came back right.
"""

from __future__ import annotations

import argparse
import json
import random
import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass

CHUNK = 64
"""Bytes a stream sends at a time."""


class ByteSequence:
    """An endless pseudo-random byte sequence, the same for the same seed however it is cut."""

    def __init__(self, seed: int) -> None:
        self._random, self._rest = random.Random(seed), b""

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        while len(self._rest) < count:
            self._rest += self._random.randbytes(CHUNK)
        result, self._rest = self._rest[:count], self._rest[count:]
        return result


@dataclass(slots=True)
class Stream:
    """One connection. Times are ``time.monotonic`` seconds; ``failure`` is empty while it lives."""

    sock: socket.socket
    outgoing: ByteSequence
    expected: ByteSequence
    next_send: float
    pending: bytes = b""
    sent: int = 0
    received: int = 0
    failure: str = ""

    @classmethod
    def open(cls, address: tuple[str, int], seed: int, first_send: float) -> Stream:
        """Start connecting; the first send happens when the connection is up."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect_ex(address)
        return cls(sock, ByteSequence(seed), ByteSequence(seed), first_send)

    def receive(self) -> None:
        """Check what has arrived."""
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self.failure = type(error).__name__
            return
        if not data:
            self.failure = "closed"
        elif data != self.expected.take(len(data)):
            self.failure = "wrong bytes"
        else:
            self.received += len(data)

    def send(self, now: float, interval: float) -> None:
        """Send the next chunk, or what the socket did not take last time."""
        data = self.pending or self.outgoing.take(CHUNK)
        try:
            written = self.sock.send(data)
        except (BlockingIOError, BrokenPipeError):  # still connecting, or its buffer is full
            self.pending, self.next_send = data, now + 0.01
            return
        except OSError as error:
            self.failure = type(error).__name__
            return
        self.sent += written
        self.pending = data[written:]
        self.next_send += interval

    @property
    def complete(self) -> bool:
        """Whether everything sent has come back."""
        return not self.failure and self.sent > 0 and self.received == self.sent


def run(address: tuple[str, int], count: int, seconds: float, interval: float, grace: float, seed: int) -> dict[str, object]:
    """Hold ``count`` streams for ``seconds``, each sending every ``interval``; wait up to ``grace`` for the last echoes."""
    start = time.monotonic()
    streams = [Stream.open(address, seed + index, start + interval * index / count) for index in range(count)]
    selector = selectors.DefaultSelector()
    for stream in streams:
        selector.register(stream.sock, selectors.EVENT_READ, stream)
    end = start + seconds
    while (now := time.monotonic()) < end + grace:
        if now >= end and all(stream.failure or stream.complete for stream in streams):
            break
        for key, _ in selector.select(0.005):
            key.data.receive()
            if key.data.failure:
                selector.unregister(key.fileobj)
        for stream in streams:
            if not stream.failure and stream.next_send <= time.monotonic() and stream.next_send < end:
                stream.send(time.monotonic(), interval)
    failures = Counter(stream.failure or "stalled" for stream in streams if not stream.complete)
    survived = sum(stream.complete for stream in streams)
    return {"total": count, "survived": survived, "failures": dict(failures), "bytes": sum(stream.received for stream in streams)}


def main() -> None:
    parser = argparse.ArgumentParser(description="long-lived checked TCP streams")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--interval", type=float, default=0.25, help="seconds between the sends of a stream")
    parser.add_argument("--grace", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    o = parser.parse_args()
    print(json.dumps(run((o.address, o.port), o.count, o.seconds, o.interval, o.grace, o.seed)))


if __name__ == "__main__":
    main()
