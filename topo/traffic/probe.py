# SPDX-License-Identifier: Apache-2.0
"""A probe stream: one TCP connection to an echo server, 1000 small messages a second, the gaps between replies.

The longest gap is the outage a user of that connection sees. A connection that is reset is opened again at once.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time

_MESSAGE = b"mimiping"

NOTED_MS = 2.0
"""Shorter silences are what one message a millisecond looks like."""


class Probe:
    """One run of the probe against ``address``."""

    def __init__(self, address: tuple[str, int], hertz: int) -> None:
        self._address, self._period = address, 1.0 / hertz
        self._selector = selectors.DefaultSelector()
        self._sock = self._connect()
        self.reconnects = 0
        self.reply_times: list[float] = []

    def run(self, seconds: float) -> None:
        """Send for ``seconds``; fill ``reply_times`` (``time.monotonic`` seconds of every reply)."""
        due = time.monotonic()
        end = due + seconds
        while (now := time.monotonic()) < end:
            alive = True
            if now >= due:
                due = max(due + self._period, now - 0.1)
                alive = self._send()
            if alive and self._selector.select(max(0.0, due - time.monotonic())):
                alive = self._receive()
            if not alive:
                self._reconnect()

    def _send(self) -> bool:
        try:
            self._sock.send(_MESSAGE)
        except (BlockingIOError, BrokenPipeError):  # still connecting, or its buffer is full
            return True
        except OSError:
            return False
        return True

    def _receive(self) -> bool:
        try:
            data = self._sock.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if data:
            self.reply_times.append(time.monotonic())
        return bool(data)

    def _connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect_ex(self._address)
        self._selector.register(sock, selectors.EVENT_READ)
        return sock

    def _reconnect(self) -> None:
        self._selector.unregister(self._sock)
        self._sock.close()
        self._sock = self._connect()
        self.reconnects += 1


def gaps_ms(times: list[float], end: float) -> list[float]:
    """Milliseconds between consecutive times, and from the last one to ``end``."""
    return [(later - earlier) * 1000 for earlier, later in zip(times, [*times[1:], end], strict=True)]


def run(address: tuple[str, int], seconds: float, hertz: int) -> dict[str, object]:
    """Probe for ``seconds``: quantiles of the gaps in milliseconds, and when (seconds after the start) the longest began.

    ``began`` is the start on the machine's monotonic clock, ``gaps`` are (seconds after the start, milliseconds) of those from
    :data:`NOTED_MS` on.
    """
    start = time.monotonic()
    probe = Probe(address, hertz)
    probe.run(seconds)
    times = probe.reply_times
    if not times:
        nothing = {"began": start, "gaps": [(0.0, seconds * 1000)]}
        return {
            **nothing,
            "replies": 0,
            "reconnects": probe.reconnects,
            "longest_at_s": 0.0,
            "p50": None,
            "p99": None,
            "max": seconds * 1000,
        }
    gaps = gaps_ms(times, time.monotonic())
    longest = max(range(len(gaps)), key=gaps.__getitem__)
    ordered = sorted(gaps)
    return {
        "began": start,
        "gaps": [(round(at - start, 4), round(gap, 3)) for at, gap in zip(times, gaps, strict=True) if gap >= NOTED_MS],
        "replies": len(times),
        "reconnects": probe.reconnects,
        "longest_at_s": round(times[longest] - start, 3),
        "p50": round(ordered[len(ordered) // 2], 3),
        "p99": round(ordered[int(len(ordered) * 0.99)], 3),
        "max": round(ordered[-1], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="a 1 kHz echo probe")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--hertz", type=int, default=1000)
    o = parser.parse_args()
    print(json.dumps(run((o.address, o.port), o.seconds, o.hertz)))


if __name__ == "__main__":
    main()
