# SPDX-License-Identifier: Apache-2.0
"""The driver ``conntrack`` at work: a collector with the real source and a store in memory."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

from mimi import drivers
from mimi.drivers.conntrack_source import ConntrackSource
from mimi.flow import FlowRecord
from mimi.pairing import Pairing
from mimi.service import Service
from mimi.store import MemoryStore
from mimi.store.codec import decode_record
from mimi.store.memory import Memory
from mimi.sync import Collector


class Watch:
    """A collector with the real source and a store in memory."""

    def __init__(
        self, pairing: Pairing, path: Path, stack: ExitStack, memory: Memory | None = None, source: ConntrackSource | None = None
    ) -> None:
        self.memory = memory or Memory()
        self.source = source or ConntrackSource(pairing.driver.netns)
        self.service = Service("driver", path)
        self.collector = Collector(drivers.make(pairing), self.source, MemoryStore(self.memory), self.service, max_rate=1)
        self._thread = threading.Thread(target=self.collector.run, daemon=True)
        stack.callback(self.end)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.service.stop()
        if self._thread.is_alive():
            self._thread.join(10)

    def records(self) -> list[FlowRecord]:
        with self.memory.changed:
            return [decode_record(text) for text in self.memory.flows.values()]

    def bindings(self, proto: str = "tcp") -> dict[int, str]:
        return {r.orig.sport: r.xlat.daddr for r in self.records() if r.orig.proto == proto and r.state == "established"}
