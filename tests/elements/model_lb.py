# SPDX-License-Identifier: Apache-2.0
"""A second, stupid load balancer: the oracle for MinionLB.

Plain dictionaries, linear searches, and every checksum computed anew from the RFC's own words. Given a packet it says
what may leave: one outcome, or one for each backend when the choice is free. The test tells it which one happened.
"""

from __future__ import annotations

import copy

from tests.elements.model_packets import (
    ACK,
    FIN,
    ICMP,
    ICMP6,
    RST,
    SYN,
    TCP,
    UDP,
    Endpoint,
    Key,
    about,
    addresses,
    flow_key,
    is_later_fragment,
    is_sound,
    place,
    reset_for,
    rewritten,
    tcp_flags,
    translated_error,
    version,
)
from tests.elements.model_pool import Backend, Pool, Vip, backend_text
from tests.elements.model_table import Binding, Outcome, Table


class Model(Table):
    """The balancer."""

    def __init__(self, vips: list[Vip], unknown: str = "drop", capacity: int = 1000000, epoch: int = 1000000000) -> None:
        established, transitory, udp = 7440, 240, 300
        states = {"established": established, "": established, "new": transitory, "closing": transitory, "closed": transitory}
        super().__init__({**states, "udp": udp}, capacity, epoch)
        self.pools = [Pool(vip, lambda end, vip=vip: self.flows(vip, end)) for vip in vips]
        self.unknown = unknown
        self.source: Endpoint | None = None

    def pool_of(self, proto: int, service: Endpoint) -> Pool | None:
        return next((pool for pool in self.pools if pool.vip.owns(proto, service)), None)

    def backend_of(self, binding: Binding) -> tuple[Pool, Backend] | None:
        pool = self.pool_of(binding.proto, binding.orig[1])
        backend = pool.backend_for(binding.orig[1], binding.xlat[1]) if pool else None
        return (pool, backend) if pool and backend else None

    def flows(self, vip: Vip, end: Endpoint) -> int:
        owners = (self.backend_of(b) for b in self.bindings.values())
        return sum(1 for owner in owners if owner and owner[0].vip == vip and owner[1].end == end)

    def owns(self, binding: Binding) -> bool:
        owner = self.backend_of(binding)
        return owner is not None and not owner[1].removed

    def is_direct(self, binding: Binding) -> bool:
        pool = self.pool_of(binding.proto, binding.orig[1])
        return pool is not None and pool.vip.mode == "direct"

    def change(self, changes: list[tuple[str, Vip, Endpoint, int | None]]) -> bool:
        """All of them, or none when one is refused."""
        tried = copy.deepcopy(self.pools, {id(self): self})
        for pool in tried:
            pool.forget()
        for kind, vip, end, weight in changes:
            if not next(pool for pool in tried if pool.vip == vip).change(kind, end, weight):
                return False
        self.pools = tried
        return True

    def shown(self) -> list[str]:
        """The lines of ``vips``, without what was counted."""
        lines = []
        for pool in self.pools:
            lines.append(f"vip {pool.vip.name} {pool.vip.choose} mode {pool.vip.mode}")
            for b in pool.backends:
                flows = self.flows(pool.vip, b.end)
                if b.configured or not b.removed or flows:
                    lines.append(f"backend {backend_text(b.end)} weight {b.weight} state {b.state} flows {flows}")
        return lines

    def expect(self, port: int, ip: bytes, source: Endpoint | None = None) -> list[Outcome]:
        """What may leave when the packet ``ip`` comes in by ``port``. ``source``: what it left with, where that may be any of several."""
        self.source = source
        proto = place(ip).proto
        source, destination = addresses(ip)
        if proto in (ICMP, ICMP6):
            return [self._icmp(port, ip)]
        if proto not in (TCP, UDP):
            return [Outcome(2, ip, "passed")]
        if is_later_fragment(ip):
            ours = destination in self._vip_addresses() if port == 0 else source in self._backend_addresses()
            return [Outcome(None) if ours else Outcome(2, ip, "passed")]  # it waits for the first of its datagram
        key = flow_key(ip)
        assert key is not None
        binding = self.lookup(key, port)
        flags = tcp_flags(ip)
        if port == 1:
            if binding:
                return [Outcome(2, ip, "passed") if self.is_direct(binding) else self._rewritten(port, ip, binding, flags)]
            ours = any(pool.vip.proto == proto and pool.serves(key[1]) for pool in self.pools)
            return [Outcome(None, counter="drop_backend_unknown") if ours else Outcome(2, ip, "passed")]
        beginning = proto == UDP or flags & (SYN | ACK | RST | FIN) == SYN
        over = proto == TCP and binding is not None and binding.state in ("closing", "closed")
        if binding and not (beginning and over):
            return [self._rewritten(port, ip, binding, flags)]
        pool = self.pool_of(proto, key[2])
        if pool is None:
            return [Outcome(2, ip, "passed")]
        if beginning:
            return self._chosen(ip, key, pool, "new", flags)
        if flags & RST or self.unknown == "drop":
            return [Outcome(None, counter="drop_unknown")]
        if self.unknown == "pick":
            return self._chosen(ip, key, pool, "established", flags)
        return [Outcome(1, reset_for(ip), "resets")]

    def _vip_addresses(self) -> set[str]:
        return {pool.vip.service[0] for pool in self.pools}

    def _backend_addresses(self) -> set[str]:
        return {b.end[0] for pool in self.pools for b in pool.backends}

    def _is_taken(self, key: Key, target: Endpoint, source: Endpoint) -> bool:
        """Whether the backend could not tell the flow from another one."""
        rival = self.replying((key[0], target, source))
        return rival is not None and rival.key != key

    def _sources(self, key: Key, pool: Pool, target: Endpoint) -> list[Endpoint]:
        """Where the flow may come from, as the backend sees it."""
        ends = pool.sources() if pool.vip.mode == "full-nat" else [key[1]]
        return [end for end in ends if not self._is_taken(key, target, end)]

    def _chosen(self, ip: bytes, key: Key, pool: Pool, state: str, flags: int) -> list[Outcome]:
        """Who may be chosen, and instead of whom a backend that has the client's address and port in use already is left alone."""
        targets: dict[Endpoint, Backend] = {}
        candidates = pool.may_choose(key)
        for first in candidates:
            line = (b for b in [first, *pool.next_in_line(first)] if self._sources(key, pool, pool.target(b.end, key[2][1])))
            backend = next(line, None)
            if backend:
                targets[backend.end] = backend
        if not targets:

            def nobody() -> None:
                pool.chosen(key)
                if candidates:
                    self.last_seq = self.next_seq(key)

            return [Outcome(None, counter="drop_no_backend", then=nobody)]
        return [self._begun(ip, key, pool, backend, state, flags) for backend in targets.values()]

    def _begun(self, ip: bytes, key: Key, pool: Pool, backend: Backend, state: str, flags: int) -> Outcome:
        target = pool.target(backend.end, key[2][1])
        sources = self._sources(key, pool, target)
        source = self.source if self.source in sources else sources[0]
        new = Binding(key[0], (key[1], key[2]), (source, target), self.next_seq(key), 0, state if key[0] == TCP else "")
        new.answered = pool.vip.mode == "direct"
        left = self._rewritten(0, ip, new, flags)

        def commit() -> None:
            pool.chosen(key)
            self.last_seq = new.seq
            if self.put(new) == "applied":
                self.count("new_flows" if state == "new" else "picked")
                left.then()

        what = left if self.judge(new)[0] == "applied" else Outcome(None, counter="drop_refused")
        return Outcome(what.port, what.data, what.counter, commit, backend.end)

    def _rewritten(self, port: int, ip: bytes, b: Binding, flags: int) -> Outcome:
        data = ip if self.is_direct(b) else rewritten(ip, b.ends(port), *b.shifts(port))
        return Outcome(port, data, ("forward", "reverse")[port], lambda: self.track(b, port, flags))

    def _icmp(self, port: int, ip: bytes) -> Outcome:
        told = about(ip)
        if told is None or told[1][0] not in (TCP, UDP):
            return Outcome(2, ip, "passed")
        proto, source, destination = told[1]
        b = self.lookup((proto, destination, source), port)
        if b is None:
            vip_service = port == 0 and self.pool_of(proto, source) is not None
            backend_service = port == 1 and any(p.vip.proto == proto and p.serves(destination) for p in self.pools)
            return Outcome(None, counter="drop_icmp") if vip_service or backend_service else Outcome(2, ip, "passed")
        if self.is_direct(b):
            return Outcome(0, ip, "icmp_errors") if port == 0 else Outcome(2, ip, "passed")
        if not is_sound(ip):
            return Outcome(None, counter="drop_malformed")
        to = b.ends(port)
        # The packet inside travelled the other way, and was shifted on its way out.
        shift = b.delta_rev if port == 0 else b.delta_fwd
        sender = to[0][0] if addresses(ip)[0] == destination[0] else addresses(ip)[0]
        return Outcome(port, translated_error(ip, (to[1], to[0]), -shift if proto == TCP else 0, (sender, to[1][0])), "icmp_errors")


def version_of(address: str) -> int:
    return 6 if ":" in address else 4


class Families:
    """A balancer of both versions of IP: a balancer for each, which know nothing of each other."""

    def __init__(self, vips: list[Vip], unknown: str = "drop", capacity: int = 1000000, epoch: int = 1000000000) -> None:
        self.of = {v: Model([vip for vip in vips if version_of(vip.service[0]) == v], unknown, capacity, epoch) for v in (4, 6)}

    def _by(self, address: str) -> Model:
        return self.of[version_of(address)]

    @property
    def bindings(self) -> dict[Key, Binding]:
        return {**self.of[4].bindings, **self.of[6].bindings}

    @property
    def counts(self) -> dict[str, int]:
        """Counters are shared."""
        names = [*self.of[4].counts, *self.of[6].counts]
        return {name: sum(model.counts.get(name, 0) for model in self.of.values()) for name in names}

    def expect(self, port: int, ip: bytes, source: Endpoint | None = None) -> list[Outcome]:
        return self.of[version(ip)].expect(port, ip, source)

    def change(self, changes: list[tuple[str, Vip, Endpoint, int | None]]) -> bool:
        """All of them in both families, or none when one is refused in either."""
        before = {v: model.pools for v, model in self.of.items()}
        for model in self.of.values():
            mine = [change for change in changes if model is self._by(change[1].service[0])]
            if mine and not model.change(mine):
                for v, pools in before.items():
                    self.of[v].pools = pools
                return False
        return True

    def shown(self) -> list[str]:
        return self.of[4].shown() + self.of[6].shown()

    def do_import(self, new: Binding) -> None:
        self._by(new.orig[0][0]).do_import(new)

    def remove(self, key: Key, seq: int = 2**64 - 1) -> None:
        self._by(key[1][0]).remove(key, seq)

    def clear(self) -> None:
        for model in self.of.values():
            model.bindings.clear()

    def pass_time(self, seconds: int) -> None:
        for model in self.of.values():
            model.pass_time(seconds)

    def exported(self) -> set[str]:
        return self.of[4].exported() | self.of[6].exported()

    def digest(self) -> str:
        counts, sums = zip(*(model.digest().split() for model in self.of.values()), strict=True)
        return f"{sum(map(int, counts))} {sum(int(s, 16) for s in sums) % 2**64:016x}"
