# SPDX-License-Identifier: Apache-2.0
"""Halves of a translation: packets logged before and after it, put together.

No log line shows both sides of a translation, so a translator's rules log on both. Two lines belong together when they tell
of the same packet (the translator keeps its length, its IP identification, its sequence numbers), or when one answers the
other (a SYN with ACK acknowledges the SYN's sequence number plus one). What the lines have in common at all is the *remote*
end, so that is the key; when many hosts speak to one remote end at a time, numbers decide. Without any numbers two lines are
only taken together when nothing else waits that could be meant, and the result is worth half: a lost line could be the right
one. When several could be meant, none is taken.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from mimi.drivers.netfilter_line import Logged

KEEP_US: Final = 5_000_000
"""How long a half waits for the other one."""

WAITING_MAX: Final = 65_536

Endpoint = tuple[str, int]
Remote = tuple[str, str, int]
"""Protocol, address, port."""


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """One logged packet: between the remote end and ``local``, an inside host or an outside address of the translator."""

    view: Literal["inside", "outside"]
    outgoing: bool
    remote: Remote
    local: Endpoint
    packet: Logged
    seq: int

    def certainly_with(self, other: Half) -> bool:
        """Whether numbers say that two halves belong together."""
        mine, theirs = self.packet, other.packet
        if self.outgoing == other.outgoing:
            numbered = mine.numbers[0] != "" or mine.ident not in ("", "0")
            return numbered and (mine.length, mine.ident, mine.numbers) == (theirs.length, theirs.ident, theirs.numbers)
        opening, answer = (mine, theirs) if mine.begins else (theirs, mine)
        if mine.proto != "tcp" or not (opening.begins and answer.answers) or not (opening.numbers[0] and answer.numbers[1]):
            return False
        return _number(answer.numbers[1]) == (_number(opening.numbers[0]) + 1) % 2**32

    def perhaps_with(self, other: Half) -> bool:
        """Whether nothing speaks against two halves: what could be compared is not there."""
        mine, theirs = self.packet, other.packet
        if self.outgoing == other.outgoing:
            return (mine.length, mine.ident, mine.numbers) == (theirs.length, theirs.ident, theirs.numbers)
        comparable = mine.proto == "tcp" and mine.numbers[0] != "" and theirs.numbers[0] != ""
        return not comparable and not (mine.begins and theirs.begins) and not (mine.answers and theirs.answers)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1


class JoinBuffer:
    """Halves that wait. ``expired`` counts those that were given up: their time was over, or there were too many."""

    def __init__(self, waiting_max: int = WAITING_MAX) -> None:
        self._by_remote: dict[Remote, list[Half]] = {}
        self._in_order: deque[Half] = deque()
        self._waiting_max = waiting_max
        self.expired = 0

    def join(self, half: Half) -> tuple[Half, bool] | Literal["waits", "ambiguous"]:
        """The other half and whether that is certain; or that this one waits, or that several could be meant."""
        self._expire(half.seq)
        others = [other for other in self._by_remote.get(half.remote, ()) if other.view != half.view]
        sure = [other for other in others if half.certainly_with(other)]
        found = sure or [other for other in others if half.perhaps_with(other)]
        if len({other.local for other in found}) > 1:
            return "ambiguous"
        if not found:
            self._wait(half)
            return "waits"
        other = found[-1]
        for taken in found:
            self._forget(taken)
        return other, bool(sure)

    def waits(self, remote: Remote, local: Endpoint) -> bool:
        """Whether a half between these two waits."""
        return any(half.local == local for half in self._by_remote.get(remote, ()))

    def _wait(self, half: Half) -> None:
        waiting = self._by_remote.setdefault(half.remote, [])
        for older in [other for other in waiting if other.view == half.view and other.local == half.local]:
            self._forget(older)  # sent again
        self._by_remote.setdefault(half.remote, []).append(half)
        self._in_order.append(half)

    def _expire(self, now: int) -> None:
        order = self._in_order
        while order and (order[0].seq + KEEP_US < now or len(order) > self._waiting_max):
            half = order.popleft()
            if half in self._by_remote.get(half.remote, ()):
                self.expired += 1
                self._forget(half)

    def _forget(self, half: Half) -> None:
        waiting = self._by_remote[half.remote]
        waiting.remove(half)
        if not waiting:
            del self._by_remote[half.remote]
