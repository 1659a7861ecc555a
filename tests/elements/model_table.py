# SPDX-License-Identifier: Apache-2.0
"""The part of the oracles that all middlebox types share: flows, their bindings, and which of two records is newer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.elements.model_packets import ACK, FIN, PROTOCOLS, RST, SYN, TCP, Endpoint, Ends, Key, endpoint_text


@dataclass
class Binding:
    """What a middlebox decided for one flow. ``deadline`` is the last second in which it lives."""

    proto: int
    orig: Ends
    xlat: Ends
    seq: int
    lifetime_s: int
    state: str = ""
    delta_fwd: int = 0
    delta_rev: int = 0
    fins: set[int] = field(default_factory=set)
    answered: bool = False
    deadline: int = 0

    @property
    def key(self) -> Key:
        return (self.proto, *self.orig)

    @property
    def reply(self) -> Key:
        return (self.proto, self.xlat[1], self.xlat[0])

    def key_text(self) -> str:
        return f"{PROTOCOLS[self.proto]} {endpoint_text(self.orig[0])} {endpoint_text(self.orig[1])}"

    def identity(self) -> str:
        return f"{self.key_text()} {endpoint_text(self.xlat[0])} {endpoint_text(self.xlat[1])}"

    def put_line(self) -> str:
        state = f" state={self.state}" if self.state else ""
        delta = f" delta={self.delta_fwd},{self.delta_rev}" if self.delta_fwd or self.delta_rev else ""
        return f"put {self.seq} {self.identity()} {self.lifetime_s}{state}{delta}"

    def ends(self, way: int) -> Ends:
        """The ends of a packet that has been sent on: ``way`` 0 as the responder sees it, 1 as the initiator does."""
        return self.xlat if way == 0 else (self.orig[1], self.orig[0])

    def shifts(self, way: int) -> tuple[int, int]:
        """What is added to sequence and acknowledgement numbers."""
        return (self.delta_fwd, -self.delta_rev) if way == 0 else (self.delta_rev, -self.delta_fwd)


def fnv1a64(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


@dataclass(frozen=True)
class Outcome:
    """One thing that may happen: the packet leaves by ``port`` as ``data``, or nothing leaves (``port`` is None)."""

    port: int | None
    data: bytes = b""
    counter: str = ""
    then: Callable[[], None] = lambda: None
    chosen: Endpoint | None = None


class Table:
    """Bindings on a clock of whole seconds that moves by ``pass_time``."""

    def __init__(self, lifetimes: dict[str, int], capacity: int = 1000000, epoch: int = 1000000000) -> None:
        self.capacity = capacity
        self.now = 0
        self.epoch = epoch
        self.lifetimes = lifetimes
        """By TCP state, and by the name of any other protocol."""
        self.bindings: dict[Key, Binding] = {}
        self.counts: dict[str, int] = {}
        self.last_seq = 0

    def owns(self, binding: Binding) -> bool:
        """Whether the configuration allows such a binding."""
        raise NotImplementedError

    def pass_time(self, seconds: int) -> None:
        self.now += seconds
        self.bindings = {key: b for key, b in self.bindings.items() if b.deadline >= self.now}

    def exported(self) -> set[str]:
        return {replace(b, lifetime_s=b.deadline - self.now).put_line() for b in self.bindings.values()}

    def replying(self, key: Key) -> Binding | None:
        return next((b for b in self.bindings.values() if b.reply == key), None)

    def lookup(self, key: Key, way: int) -> Binding | None:
        return self.bindings.get(key) if way == 0 else self.replying(key)

    def put(self, new: Binding) -> str:
        """Newest wins, for the flow and for the tuple that its responder sees."""
        result, rival = self.judge(new)
        if rival:
            self.count("collisions")
            if result == "stale":
                self.bindings.pop(new.key, None)
            else:
                del self.bindings[rival.key]
        if result == "applied":
            new.deadline = self.now + new.lifetime_s
            self.bindings[new.key] = new
        return result

    def judge(self, new: Binding) -> tuple[str, Binding | None]:
        """What put() answers, and the other flow that claims the same reply key, if it comes to that."""
        old = self.bindings.get(new.key)
        if old and old.seq >= new.seq:
            return ("unchanged" if old.seq == new.seq else "stale"), None
        rival = self.replying(new.reply)
        if rival and rival.key != new.key:
            return ("stale" if rival.seq >= new.seq else "applied"), rival
        full = not old and len(self.bindings) >= self.capacity
        return ("refused" if full else "applied"), None

    def do_import(self, new: Binding) -> None:
        """An imported flow is taken to have seen what we did not see."""
        adopted = replace(new, answered=True, fins={0} if new.state == "closing" else set())
        self.count(self.put(adopted) if self.owns(adopted) else "refused")

    def hand_over(self) -> None:
        """What a successor knows that imports the export: all flows, and no count. Its clock and its numbers may begin anew."""
        flows = list(self.bindings.values())
        self.bindings, self.counts, self.last_seq, self.epoch = {}, {}, 0, -self.now
        for b in flows:
            self.do_import(replace(b, lifetime_s=b.deadline - self.now))

    def remove(self, key: Key, seq: int = 2**64 - 1) -> None:
        old = self.bindings.get(key)
        if old is None:
            self.count("unchanged")
        elif old.seq > seq:
            self.count("stale")
        else:
            del self.bindings[key]
            self.count("removed")

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def digest(self) -> str:
        total = sum(fnv1a64(b.identity().encode()) for b in self.bindings.values()) % 2**64
        return f"{len(self.bindings)} {total:016x}"

    def next_seq(self, key: Key) -> int:
        """Microseconds since the epoch, but newer than everything made here and than what it replaces."""
        old = self.bindings.get(key)
        return max((self.epoch + self.now) * 1000000, self.last_seq + 1, old.seq + 1 if old else 0)

    def track(self, b: Binding, way: int, flags: int) -> None:
        """A packet of the flow has passed: the state it leads to, and how long that may be idle."""
        if b.proto == TCP:
            if flags & RST:
                b.state = "closed"
            elif flags & FIN:
                b.fins.add(way)
                if b.state != "closed":
                    b.state = "closed" if b.fins == {0, 1} else "closing"
            elif b.state == "":
                b.state = "new" if flags & SYN else "established"
                b.answered = b.answered or way == 1
            elif b.state == "new":
                if way == 1:
                    b.answered = True
                elif flags & ACK and not flags & SYN and b.answered:
                    b.state = "established"
        b.deadline = self.now + self.lifetimes[b.state if b.proto == TCP else PROTOCOLS[b.proto]]
