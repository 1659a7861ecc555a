# SPDX-License-Identifier: Apache-2.0
"""Long-lived TCP streams whose every byte is checked, a 1 kHz probe, and the echo server both talk to.

Run inside the topology's hosts: ``python -m mimi.topo.echo server|streams|probe …``; the clients print one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import selectors
import socket
import time
from dataclasses import dataclass, field

_CHUNK = 64


def serve(port: int) -> None:
    """Echo every byte of every connection until killed."""
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("0.0.0.0", port), backlog=4096)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                continue
            connection = key.fileobj  # type: ignore[assignment]
            try:
                data = connection.recv(65536)
                if data:
                    connection.sendall(data)
                    continue
            except OSError:
                pass
            selector.unregister(connection)
            connection.close()


@dataclass(slots=True)
class Stream:
    """One long-lived connection: sends bytes of a seeded generator, expects exactly them back."""

    sock: socket.socket
    send_source: random.Random
    expect_source: random.Random
    sent: int = 0
    received: int = 0
    next_send: float = 0.0
    connected: bool = False
    failure: str = ""
    pending: bytes = field(default=b"")


def _open_stream(address: tuple[str, int], seed: int) -> Stream:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.connect_ex(address)
    return Stream(sock, random.Random(seed), random.Random(seed))


def _receive(stream: Stream) -> None:
    try:
        data = stream.sock.recv(65536)
    except BlockingIOError:
        return
    except OSError as error:
        stream.failure = type(error).__name__
        return
    if not data:
        stream.failure = "closed"
    elif data != stream.expect_source.randbytes(len(data)):
        stream.failure = "wrong bytes"
    else:
        stream.received += len(data)


class _Whole:
    """Hands out a generator's bytes in any cut: ``random.Random.randbytes`` depends on the cut, this does not."""

    def __init__(self, seed: int) -> None:
        self._random, self._rest = random.Random(seed), b""

    def randbytes(self, count: int) -> bytes:
        while len(self._rest) < count:
            self._rest += self._random.randbytes(_CHUNK)
        result, self._rest = self._rest[:count], self._rest[count:]
        return result


def run_streams(address: tuple[str, int], count: int, seconds: float, interval: float, grace: float, seed: int) -> dict[str, object]:
    """Hold ``count`` streams for ``seconds``, each sending 64 bytes every ``interval``; wait ``grace`` for the last echoes.

    A stream survives when it never failed and every byte it sent came back right.
    """
    selector = selectors.DefaultSelector()
    start = time.monotonic()
    streams: list[Stream] = []
    for index in range(count):
        stream = _open_stream(address, seed + index)
        stream.send_source, stream.expect_source = _Whole(seed + index), _Whole(seed + index)  # type: ignore[assignment]
        stream.next_send = start + interval * index / count
        selector.register(stream.sock, selectors.EVENT_READ, stream)
        streams.append(stream)
    end = start + seconds
    while (now := time.monotonic()) < end + grace:
        if now >= end and all(s.failure or s.received == s.sent for s in streams):
            break
        for key, _ in selector.select(0.005):
            _receive(key.data)
            if key.data.failure:
                selector.unregister(key.fileobj)
        _send_due(streams, min(time.monotonic(), end), end, interval)
    survived = sum(1 for s in streams if not s.failure and s.sent and s.received == s.sent)
    failures: dict[str, int] = {}
    for stream in streams:
        why = stream.failure or ("stalled" if not stream.sent or stream.received != stream.sent else "")
        if why:
            failures[why] = failures.get(why, 0) + 1
    return {"total": count, "survived": survived, "failures": failures, "bytes": sum(s.received for s in streams)}


def _send_due(streams: list[Stream], now: float, end: float, interval: float) -> None:
    for stream in streams:
        if stream.failure or now < stream.next_send or stream.next_send >= end:
            continue
        data = stream.pending or stream.send_source.randbytes(_CHUNK)
        try:
            written = stream.sock.send(data)
        except (BlockingIOError, BrokenPipeError):
            stream.pending = data  # not connected yet, or full: try again
            stream.next_send = now + 0.01
            continue
        except OSError as error:
            stream.failure = type(error).__name__
            continue
        stream.pending = data[written:]
        stream.sent += written
        stream.next_send += interval


def run_probe(address: tuple[str, int], seconds: float, hertz: int) -> dict[str, object]:
    """Send 8 bytes ``hertz`` times a second over one connection; report the gaps between replies, in milliseconds.

    A reset connection is opened again at once and counted. The longest gap is the outage a user would see.
    """
    start = time.monotonic()
    end, period = start + seconds, 1.0 / hertz
    gaps: list[float] = []
    reconnects, last_reply, due = -1, None, start
    longest_at = 0.0
    sock: socket.socket | None = None
    selector = selectors.DefaultSelector()
    while (now := time.monotonic()) < end:
        if sock is None:
            reconnects += 1
            sock = _connect_probe(address, selector)
        try:
            if now >= due:
                due = max(due + period, now)
                sock.send(b"mimi0001")
        except (BlockingIOError, BrokenPipeError):
            pass
        except OSError:
            sock = _drop_probe(sock, selector)
            continue
        for _ in selector.select(max(0.0, due - time.monotonic())):
            try:
                alive = bool(sock.recv(65536))
            except BlockingIOError:
                continue
            except OSError:
                alive = False
            if not alive:
                sock = _drop_probe(sock, selector)
                break
            now = time.monotonic()
            if last_reply is not None:
                gap = (now - last_reply) * 1000
                if not gaps or gap > max(gaps[-1:] + [longest_gap]):
                    longest_at = last_reply - start
                gaps.append(gap)
                longest_gap = max(longest_gap, gap)
            else:
                longest_gap = 0.0
            last_reply = now
    if last_reply is not None:
        gaps.append((end - last_reply) * 1000)
    gaps.sort()
    return {
        "replies": len(gaps), "reconnects": max(reconnects, 0), "longest_at_s": round(longest_at, 3),
        "p50": round(gaps[len(gaps) // 2], 3) if gaps else None,
        "p99": round(gaps[int(len(gaps) * 0.99)], 3) if gaps else None,
        "max": round(gaps[-1], 3) if gaps else None,
    }


def _connect_probe(address: tuple[str, int], selector: selectors.BaseSelector) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.connect_ex(address)
    selector.register(sock, selectors.EVENT_READ)
    return sock


def _drop_probe(sock: socket.socket, selector: selectors.BaseSelector) -> None:
    selector.unregister(sock)
    sock.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="echo", description=__doc__)
    modes = parser.add_subparsers(dest="mode", required=True)
    server = modes.add_parser("server")
    server.add_argument("--port", type=int, required=True)
    for name in ("streams", "probe"):
        client = modes.add_parser(name)
        client.add_argument("--address", required=True)
        client.add_argument("--port", type=int, required=True)
        client.add_argument("--seconds", type=float, required=True)
        if name == "streams":
            client.add_argument("--count", type=int, required=True)
            client.add_argument("--interval", type=float, default=0.25)
            client.add_argument("--grace", type=float, default=5.0)
            client.add_argument("--seed", type=int, default=1)
        else:
            client.add_argument("--hertz", type=int, default=1000)
    options = parser.parse_args()
    if options.mode == "server":
        serve(options.port)
    address = (options.address, options.port)
    if options.mode == "streams":
        result = run_streams(address, options.count, options.seconds, options.interval, options.grace, options.seed)
    else:
        result = run_probe(address, options.seconds, options.hertz)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
