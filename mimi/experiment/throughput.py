# SPDX-License-Identifier: Apache-2.0
"""What the clients receive, sampled at the first switch's ports."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from mimi.topo.fig2 import CLIENTS

STEP_S = 0.1


class Throughput(threading.Thread):
    """Samples what the first switch sends to the clients."""

    def __init__(self, start: float) -> None:
        super().__init__(daemon=True)
        self._start_time, self._ended = start, threading.Event()
        self._ports = {f"s1-eth{port}" for port in range(1, len(CLIENTS) + 1)}
        self._samples: list[tuple[float, int]] = []

    def run(self) -> None:
        while not self._ended.wait(STEP_S):
            self._samples.append((time.monotonic(), self._sent_bytes()))

    def _sent_bytes(self) -> int:
        lines = Path("/proc/self/net/dev").read_text().splitlines()
        fields = (line.replace(":", " ").split() for line in lines)
        return sum(int(field[9]) for field in fields if field[0] in self._ports)

    def stop(self) -> None:
        """End sampling."""
        self._ended.set()
        self.join()

    def mbit(self) -> list[float]:
        """Mbit/s in each step."""
        pairs = zip(self._samples, self._samples[1:], strict=False)
        return [round((b - a) * 8 / 1e6 / (later - earlier), 1) for (earlier, a), (later, b) in pairs]
