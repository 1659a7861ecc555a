# SPDX-License-Identifier: Apache-2.0
"""The backends behind one VIP, and who may be chosen: plain lists, fractions and the definitions' own words."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from tests.elements.model_packets import PROTOCOLS, Endpoint, Key, endpoint_text

MASK = 2**64 - 1
KEPT = 0
"""The port of a backend that keeps the client's."""


@dataclass(frozen=True)
class Vip:
    proto: int
    service: Endpoint
    backends: tuple[Endpoint, ...]
    choose: str = "random"
    last_port: int = 0
    mode: str = "dnat"
    weights: tuple[int, ...] = ()
    seed: int | None = None
    sources: tuple[str, ...] = ()
    """With full NAT: what to send from, ``ADDR[:PORT-PORT]`` each."""

    hash: str = ""

    @property
    def name(self) -> str:
        return f"{PROTOCOLS[self.proto]} {endpoint_text(self.service)}{f'-{self.last_port}' if self.last_port else ''}"

    def owns(self, proto: int, end: Endpoint) -> bool:
        return (proto, end[0]) == (self.proto, self.service[0]) and self.service[1] <= end[1] <= max(self.last_port, self.service[1])

    def argument(self) -> str:
        options = "" if self.mode == "dnat" else f" MODE {self.mode}"
        options += "".join(f" SNAT {source}" for source in self.sources)
        options += "" if self.seed is None else f" SEED {self.seed}"
        options += f" HASH {self.hash}" if self.hash else ""
        weights = self.weights or (1,) * len(self.backends)
        backends = (backend_text(b) + (f" weight {w}" if w != 1 else "") for b, w in zip(self.backends, weights, strict=True))
        return f"VIP {self.name} {self.choose}{options} {' '.join(backends)}"


def backend_text(backend: Endpoint) -> str:
    return endpoint_text(backend) if backend[1] != KEPT else backend[0]


@dataclass
class Backend:
    end: Endpoint
    weight: int
    configured: bool = True
    draining: bool = False
    down: bool = False
    removed: bool = False
    turn: int = 0
    credit: int = 0

    @property
    def eligible(self) -> bool:
        return self.weight > 0 and not (self.draining or self.down or self.removed)

    @property
    def state(self) -> str:
        return "removed" if self.removed else "draining" if self.draining else "down" if self.down else "active"


@dataclass
class Pool:
    """One VIP's. ``flows(backend)`` is how many bindings a backend has."""

    vip: Vip
    flows: Callable[[Endpoint], int]
    backends: list[Backend] = field(init=False)
    line: list[Endpoint] = field(init=False)
    """Round-robin: who is next, then the others in order."""
    turn: int = 0

    def __post_init__(self) -> None:
        weights = self.vip.weights or (1,) * len(self.vip.backends)
        self.backends = [Backend(end, weight) for end, weight in zip(self.vip.backends, weights, strict=True)]
        self.line = [b.end for b in self.eligible()]

    def eligible(self) -> list[Backend]:
        return [b for b in self.backends if b.eligible]

    def find(self, end: Endpoint) -> Backend | None:
        return next((b for b in self.backends if b.end == end), None)

    def backend_for(self, orig: Endpoint, xlat: Endpoint) -> Backend | None:
        """Whose a flow to ``orig`` is that leaves to ``xlat``."""
        return self.find(xlat) or (self.find((xlat[0], KEPT)) if xlat[1] == orig[1] else None)

    def target(self, backend: Endpoint, port: int) -> Endpoint:
        return (backend[0], backend[1] or port)

    def serves(self, end: Endpoint) -> bool:
        """Whether a packet from ``end`` is one of our backends'."""
        first, last = self.vip.service[1], max(self.vip.last_port, self.vip.service[1])
        return any(b.end == end or (b.end == (end[0], KEPT) and first <= end[1] <= last) for b in self.backends)

    def sources(self) -> list[Endpoint]:
        """Every address and port to send from."""
        said = (source.rpartition(":") if "-" in source else (source, "", "1024-65535") for source in self.vip.sources)
        ranges = ((address.strip("[]"), *map(int, ports.split("-"))) for address, _, ports in said)
        return [(address, port) for address, first, last in ranges for port in range(first, last + 1)]

    # -- changes

    def change(self, kind: str, end: Endpoint, weight: int | None = None) -> bool:
        """False: refused."""
        found = self.find(end)
        if kind == "add" and found is None:
            if any(self.clash(b.end, end) for b in self.backends):
                return False
            self.backends.append(Backend(end, 1 if weight is None else weight, configured=False))
        elif found is None or (found.removed and kind not in ("add", "remove")):
            return False
        elif kind == "add":
            found.removed = found.draining = False
            found.weight = found.weight if weight is None else weight
        elif kind == "drain":
            found.draining = True
        elif kind == "remove":
            found.removed = True
        elif kind == "weight":
            found.weight = weight if weight is not None else found.weight
        else:
            found.down = kind == "down"
        self._settle()
        return True

    def forget(self) -> None:
        """Backends that have left with their last flow, before any change."""
        self.backends = [b for b in self.backends if b.configured or not b.removed or self.flows(b.end)]

    def clash(self, a: Endpoint, b: Endpoint) -> bool:
        first, last = self.vip.service[1], max(self.vip.last_port, self.vip.service[1])
        return a[0] == b[0] and (a[1] == b[1] or (KEPT in (a[1], b[1]) and first <= max(a[1], b[1]) <= last))

    def _settle(self) -> None:
        """The turns go on with whoever is left."""
        now = [b.end for b in self.eligible()]
        first = next((end for end in self.line if end in now), None)
        at = now.index(first) if first else 0
        self.line = now[at:] + now[:at]
        total = sum(b.weight for b in self.eligible())
        for b in self.backends:
            b.credit = max(-total, min(total, b.credit)) if b.eligible else 0
        rest = sum(b.credit for b in self.eligible())
        share = int(Fraction(rest, len(now))) if now else 0
        rest -= share * len(now)
        for b in self.eligible():
            step = (rest > 0) - (rest < 0)
            b.credit -= share + step
            rest -= step
        for b in self.backends:
            b.turn = b.turn if b.eligible else 0

    # -- choosing

    def may_choose(self, key: Key) -> list[Backend]:
        """Who may get the flow: one, none, or any of several. Whose turn it is changes with ``chosen``."""
        all_ = self.eligible()
        if not all_:
            return []
        match self.vip.choose:
            case "round-robin":
                return [b for b in all_ if b.end == self.line[0]]
            case "weighted":
                return [max(all_, key=lambda b: b.credit + b.weight)]
            case "least-connections":
                return [min(all_, key=lambda b: (Fraction(self.flows(b.end) + 1, b.weight), b.turn))]
            case "source-hash" | "flow-hash" | "maglev" if self.vip.seed is not None:
                return [self._hashed(all_, key, self.vip.seed)]
        return all_

    def chosen(self, key: Key) -> None:
        """The choice has been made: turns move on, if it was one of turns."""
        if self.vip.choose == "round-robin" and self.line:
            self.line.append(self.line.pop(0))
        elif self.vip.choose == "weighted" and self.eligible():
            winner = self.may_choose(key)[0]
            for b in self.eligible():
                b.credit += b.weight
            winner.credit -= sum(b.weight for b in self.eligible())
        elif self.vip.choose == "least-connections" and self.eligible():
            self.turn += 1
            self.may_choose(key)[0].turn = self.turn

    def next_in_line(self, after: Backend) -> list[Backend]:
        """Who is asked, one after the other, when ``after`` cannot take the flow."""
        at = self.backends.index(after)
        return [b for b in self.backends[at + 1 :] + self.backends[:at] if b.eligible]

    def _hashed(self, all_: list[Backend], key: Key, seed: int) -> Backend:
        if self.vip.choose == "maglev":
            table = maglev_table(tuple((b.end, b.weight) for b in all_), seed)
            end = table[flow_hash(seed, key) % len(table)]
            return next(b for b in all_ if b.end == end)
        flow = source_hash(seed, key) if self.vip.choose == "source-hash" else flow_hash(seed, key)
        draws = {b.end: mix(flow ^ mix(identity(b.end))) for b in all_}
        if len({b.weight for b in all_}) == 1:
            return max(all_, key=lambda b: draws[b.end])
        return min(all_, key=lambda b: -math.log(((draws[b.end] >> 11) + 1) / 2**53) / b.weight)


# -- hashes, as elements/choicehash.hh writes them down


def mix(z: int) -> int:
    z = (z + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def hashed(seed: int, words: Sequence[int]) -> int:
    h = seed
    for word in words:
        h = mix(h ^ word)
    return h


def numbers(address: str) -> list[int]:
    """An IPv4 address, or the two halves of an IPv6 address."""
    parsed = ipaddress.ip_address(address)
    return [int(parsed)] if parsed.version == 4 else [int(parsed) >> 64, int(parsed) & MASK]


def identity(end: Endpoint) -> int:
    said = numbers(end[0])
    return said[0] << 16 | end[1] if len(said) == 1 else hashed(0, [*said, end[1]])


def source_hash(seed: int, key: Key) -> int:
    return hashed(seed, numbers(key[1][0]))


def flow_hash(seed: int, key: Key) -> int:
    proto, (source, sport), (destination, dport) = key
    both = [numbers(source), numbers(destination)]
    ends = [both[0][0] << 32 | both[1][0]] if len(both[0]) == 1 else [*both[0], *both[1]]
    return hashed(seed, [*ends, sport << 32 | dport << 16 | proto])


@lru_cache(maxsize=64)
def maglev_table(backends: tuple[tuple[Endpoint, int], ...], seed: int, size: int = 131071) -> list[Endpoint]:
    """Eisenbud and others, NSDI 2016, section 3.4; a lighter backend leaves turns out."""
    ordered = sorted(backends, key=lambda b: identity(b[0]))
    heaviest = max(weight for _, weight in ordered)
    table: list[Endpoint | None] = [None] * size
    at = {end: hashed(seed, [identity(end), 1]) % size for end, _ in ordered}
    skip = {end: hashed(seed, [identity(end), 2]) % (size - 1) + 1 for end, _ in ordered}
    credit = {end: 0 for end, _ in ordered}
    left = size
    while left:
        for end, weight in ordered:
            credit[end] += weight
            if credit[end] < heaviest or not left:
                continue
            credit[end] -= heaviest
            while table[at[end]] is not None:
                at[end] = (at[end] + skip[end]) % size
            table[at[end]] = end
            left -= 1
    return [end for end in table if end is not None]
