# SPDX-License-Identifier: Apache-2.0
"""Two TCP endpoints that follow RFC 9293, and a network between them that delays, loses, repeats and reorders.

What they send is what a firewall must let pass: they never go beyond the window they were offered, acknowledge only what has come, and
answer what does not fit with an acknowledgement. They are the oracle for window tracking: nothing here knows how a firewall tracks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.elements.lb import tcp
from tests.elements.model_packets import ACK, FIN, RST, SYN, Ends

WORD = 2**32


def behind(a: int, b: int) -> bool:
    """Whether sequence number ``a`` is before ``b``."""
    return 0 < (b - a) % WORD < WORD // 2


@dataclass(frozen=True)
class Segment:
    flags: int
    seq: int
    ack: int
    window: int
    length: int
    scale: int | None = None

    @property
    def end(self) -> int:
        return (self.seq + self.length + bool(self.flags & SYN) + bool(self.flags & FIN)) % WORD

    def packet(self, ends: Ends) -> bytes:
        letters = "".join(letter for letter, bit in (("S", SYN), ("A", ACK), ("F", FIN), ("R", RST)) if self.flags & bit)
        options = [("WScale", self.scale)] if self.scale is not None else []
        return tcp(*ends, letters, bytes(self.length), seq=self.seq, ack=self.ack, window=self.window, options=options)


@dataclass
class Host:
    """One end: the variables of RFC 9293, 3.3.1. Received data must be in order; what comes early is thrown away and sent again."""

    random: random.Random
    scale: int | None
    iss: int
    peer_scale: int | None = None
    una: int = 0
    nxt: int = 0
    top: int = 0
    """One past the highest number ever sent; ``nxt`` goes back for retransmissions."""
    window: int = 0
    rcv: int | None = None
    buffer: int = 30000
    edge: int = 0
    """The right edge offered: it never moves back (RFC 9293, 3.8.6)."""
    fin: int | None = None
    open: bool = False
    sent: list[Segment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.una = self.nxt = self.top = self.iss

    def _offer(self, of_syn: bool) -> int:
        """The window to announce, in the words of the header."""
        assert self.rcv is not None or of_syn
        shift = 0 if of_syn or self.scale is None or self.peer_scale is None else self.scale
        rcv = self.rcv if self.rcv is not None else 0
        wanted = self.random.choice([self.buffer, self.buffer // 2, 1 << shift, 0])
        kept = (self.edge - rcv) % WORD if self.rcv is not None and behind(rcv, self.edge) else 0
        word = min(65535, -(-max(wanted, kept) >> shift) if shift == 0 else -(-max(wanted, kept) // (1 << shift)))
        if self.rcv is not None and behind(self.edge, (rcv + (word << shift)) % WORD):
            self.edge = (rcv + (word << shift)) % WORD
        return word

    def _segment(self, flags: int, seq: int, length: int, scale: int | None = None) -> Segment:
        ack = self.rcv if flags & ACK and self.rcv is not None else 0
        made = Segment(flags, seq % WORD, ack, self._offer(bool(flags & SYN)), length, scale)
        if behind(self.top, made.end):
            self.top = made.end
        self.sent.append(made)
        return made

    def syn(self) -> Segment:
        self.nxt = (self.iss + 1) % WORD
        return self._segment(SYN | (ACK if self.rcv is not None else 0), self.iss, 0, self.scale)

    def acknowledge(self) -> Segment:
        return self._segment(ACK, self.nxt, 0)

    def data(self, length: int) -> Segment | None:
        """Fresh data, as much as the peer's window has room for; a probe of one byte when it is closed."""
        if self.fin is not None:
            return None
        room = (self.una + self.window - self.nxt) % WORD
        room = room if room <= self.window else 0
        length = min(length, room) or int(self.nxt == self.una)
        if length == 0:
            return None
        made = self._segment(ACK, self.nxt, length)
        self.nxt = made.end
        return made

    def close(self) -> Segment | None:
        room = (self.una + self.window - self.nxt) % WORD
        if self.fin is not None or not 0 < room <= self.window:
            return None
        self.fin = self.nxt
        made = self._segment(ACK | FIN, self.nxt, 0)
        self.nxt = made.end
        return made

    def again(self) -> Segment | None:
        """What has not been acknowledged, once more, with the acknowledgement of now."""
        old = [s for s in self.sent if s.length or s.flags & (SYN | FIN)]
        old = [s for s in old if behind(self.una, s.end)]
        if not old:
            return None
        first = self.random.choice(old[:3])
        if first.flags & SYN:
            return self._segment(SYN | (ACK if self.rcv is not None else 0), self.iss, 0, self.scale)
        return self._segment(first.flags, first.seq, first.length)

    def keep_alive(self) -> Segment:
        """RFC 9293, 3.8.4: one number before what comes next."""
        return self._segment(ACK, (self.nxt - 1) % WORD, 0)

    def receive(self, segment: Segment) -> Segment | None:
        """Take a segment; an acknowledgement where RFC 9293 wants one."""
        if segment.flags & SYN:
            fresh = self.rcv is None
            if fresh:
                self.rcv, self.peer_scale = (segment.seq + 1) % WORD, segment.scale
                self.edge = self.rcv
            if segment.flags & ACK and segment.ack == (self.iss + 1) % WORD and not self.open:
                self.una, self.window, self.open = segment.ack, segment.window, True
                return self.acknowledge()
            return None if fresh and not segment.flags & ACK else (self.acknowledge() if self.open else None)
        if self.rcv is None:
            return None
        shift = self.peer_scale if self.peer_scale is not None and self.scale is not None else 0
        if segment.flags & ACK and not behind(segment.ack, self.una) and not behind(self.top, segment.ack):
            if behind(self.una, segment.ack):
                self.una = segment.ack
            self.open = True
            self.window = segment.window << shift
            if behind(self.nxt, self.una):
                self.nxt = self.una
        if segment.end == segment.seq:
            return self.acknowledge() if segment.seq != self.rcv else None
        if segment.seq == self.rcv and (segment.length == 0 or behind(self.rcv, self.edge)):
            room = (self.edge - self.rcv) % WORD
            if segment.length <= room:
                self.rcv = segment.end
        return self.acknowledge()
