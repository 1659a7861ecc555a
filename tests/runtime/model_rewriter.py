# SPDX-License-Identifier: Apache-2.0
"""IPRewriter in plain Python: dictionaries, and a sort where the element has a tree. Time is in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field

Endpoint = tuple[str, int]
Tuple = tuple[Endpoint, Endpoint]
Key = tuple[int, Tuple]
TCP, UDP = 6, 17
WORDS = {TCP: "tcp", UDP: "udp"}
HERE = 10**12  # the sequence number of a flow that is made here and numbered: newer than any that a test imports


@dataclass
class Timeouts:
    tcp_data: int = 86400_000
    tcp_done: int = 240_000
    tcp_nodata: int = 300_000
    udp: int = 300_000
    udp_streaming: int = 300_000
    guarantee: dict[int, int] = field(default_factory=lambda: {TCP: 5000, UDP: 5000})


@dataclass
class Spec:
    """`pattern` with a source and a sequential range of ports, `keep`, or (without outputs) `drop`."""

    source: str | None = None
    ports: range | None = None
    outputs: tuple[int, int] | None = None
    next: int = 0


@dataclass
class Flow:
    proto: int
    origin: Tuple
    leaves: Tuple
    input: int
    outputs: tuple[int, int]
    expiry: int
    guaranteed_until: int
    sequence: int = 0
    done: set[bool] = field(default_factory=set)
    data: set[bool] = field(default_factory=set)
    packets: int = 0
    replied: bool = False


def reverse(t: Tuple) -> Tuple:
    return t[1], t[0]


class Model:
    def __init__(self, specs: list[Spec], capacity: int, timeouts: Timeouts) -> None:
        self.specs, self.capacity, self.timeouts = specs, capacity, timeouts
        self.flows: list[Flow] = []
        self.now = 0
        self.failures = 0
        self.numbered = False

    # ---- looking

    def find(self, key: Key) -> tuple[Flow, bool] | None:
        for flow in self.flows:
            if (flow.proto, reverse(flow.leaves)) == key:
                return flow, True
            if (flow.proto, flow.origin) == key:
                return flow, False
        return None

    def timeout(self, flow: Flow) -> int:
        t = self.timeouts
        if flow.proto == UDP:
            return t.udp_streaming if flow.packets >= 3 and flow.replied else t.udp
        return t.tcp_done if len(flow.done) == 2 else t.tcp_data if len(flow.data) == 2 else t.tcp_nodata

    # ---- packets

    def packet(self, port: int, proto: int, t: Tuple, flags: str = "", payload: bool = False) -> tuple[int, Tuple] | None:
        found = self.find((proto, t))
        if found is None:
            flow = self.make(port, proto, t)
            if flow is None:
                return None
            found = flow, False
        flow, reply = found
        self.see(flow, reply, flags, payload)
        return flow.outputs[reply], reverse(flow.origin) if reply else flow.leaves

    def see(self, flow: Flow, reply: bool, flags: str, payload: bool) -> None:
        if flow.proto == UDP:
            flow.packets += 1
            flow.replied |= reply
        else:
            if "R" in flags:
                flow.done = {False, True}
            elif "F" in flags:
                flow.done.add(reply)
            elif "S" in flags or payload:
                flow.done.discard(reply)
            if payload:
                flow.data.add(reply)
        flow.expiry = self.now + self.timeout(flow)
        flow.guaranteed_until = self.now + self.timeouts.guarantee[flow.proto]

    def make(self, port: int, proto: int, t: Tuple) -> Flow | None:
        spec = self.specs[port]
        if spec.outputs is None:
            return None
        leaves: Tuple | None = t
        if spec.ports:
            leaves = None
            count = len(spec.ports)
            start = 0 if spec.next >= count else spec.next
            for i in range(count):
                offset = (start + i) % count
                candidate = ((spec.source or t[0][0], spec.ports[offset]), t[1])
                if self.find((proto, reverse(candidate))) is None:
                    leaves, spec.next = candidate, offset + 1
                    break
        flow = None
        if leaves:
            guarantee = self.timeouts.guarantee[proto]
            flow = Flow(proto, t, leaves, port, spec.outputs, 0, self.now + guarantee, HERE if self.numbered else 0)
            flow.expiry = self.now + self.timeout(flow)
        if flow is None or not self.add(flow):
            self.failures += 1
            return None
        return flow

    # ---- room

    def add(self, flow: Flow) -> bool:
        if self.capacity == 0 or self.find((flow.proto, flow.origin)):
            return False
        rival = self.find((flow.proto, reverse(flow.leaves)))
        if rival:
            self.flows.remove(rival[0])
        while len(self.flows) >= self.capacity:
            free = [f for f in self.flows if f.guaranteed_until <= self.now]
            oldest = min(free, key=lambda f: f.expiry, default=None)
            if oldest is None or (flow.guaranteed_until <= self.now and flow.expiry < oldest.expiry):
                return False
            self.flows.remove(oldest)
        self.flows.append(flow)
        return True

    def reap(self) -> None:
        self.flows = [f for f in self.flows if f.expiry > self.now or f.guaranteed_until > self.now]

    def set_capacity(self, capacity: int) -> None:
        self.capacity = capacity
        self.reap()
        guaranteed = sorted((f for f in self.flows if f.guaranteed_until > self.now), key=lambda f: f.guaranteed_until)
        free = sorted((f for f in self.flows if f.guaranteed_until <= self.now), key=lambda f: f.expiry)
        for flow in (free + guaranteed)[: max(0, len(self.flows) - capacity)]:
            self.flows.remove(flow)

    # ---- import

    def put(self, sequence: int, proto: int, origin: Tuple, leaves: Tuple, lifetime_s: int, port: int, outputs: tuple[int, int]) -> None:
        self.numbered = True
        mine, rival = self.find((proto, origin)), self.find((proto, reverse(leaves)))
        if any(found and found[0].sequence >= sequence for found in (mine, rival)):
            return
        if mine:
            self.flows.remove(mine[0])
        flow = Flow(proto, origin, leaves, port, outputs, self.now + lifetime_s * 1000, self.now, sequence)
        timeout = self.timeout(flow)
        guarantee = self.timeouts.guarantee[proto]
        if timeout - guarantee < lifetime_s * 1000 <= timeout:
            flow.guaranteed_until = flow.expiry - timeout + guarantee
        self.add(flow)

    def remove(self, proto: int, origin: Tuple) -> None:
        self.numbered = True
        self.flows = [f for f in self.flows if (f.proto, f.origin) != (proto, origin)]

    # ---- text

    def table(self, proto: int) -> list[str]:
        lines = []
        for flow in (f for f in self.flows if f.proto == proto):
            out = flow.outputs
            left = (flow.expiry - self.now + 500) // 1000 if flow.expiry >= self.now else -((self.now - flow.expiry + 500) // 1000)
            if flow.origin != reverse(flow.leaves):
                lines.append(f"{_text(flow.origin)} => {_text(flow.leaves)} [*{out[0]} {out[1]}] i{flow.input} exp{left}")
            lines.append(f"{_text(reverse(flow.leaves))} => {_text(reverse(flow.origin))} [{out[0]} *{out[1]}] i{flow.input} exp{left}")
        return sorted(lines)


def _text(t: Tuple) -> str:
    return f"({t[0][0]}, {t[0][1]}, {t[1][0]}, {t[1][1]})"
