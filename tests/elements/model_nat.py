# SPDX-License-Identifier: Apache-2.0
"""A second, stupid NAT: the oracle for MinionNAT, written from RFC 4787, 5382, 5508 and 7857.

There is no table of mappings here: a mapping is what the living flows of an inside endpoint have in common. Where the RFCs leave
the choice to the NAT (which free port, which address of a pool), ``expect`` looks at what left, says whether that was a legal
choice, and follows it; everything else has one right answer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.elements.model_packets import (
    ACK,
    FIN,
    ICMP,
    PROTOCOLS,
    RST,
    SYN,
    TCP,
    UDP,
    Endpoint,
    Ends,
    Key,
    about,
    addresses,
    checksum,
    endpoint_text,
    flow_key,
    is_later_fragment,
    reset_for,
    rewritten,
    tcp_flags,
    translated_error,
)
from tests.elements.model_table import Binding, Outcome, Table

INDEPENDENT, ADDRESS, ADDRESS_AND_PORT = "endpoint-independent", "address-dependent", "address-and-port-dependent"
Left = list[tuple[int, bytes]]


@dataclass(frozen=True)
class Pool:
    """Outside addresses, first to last, and the ports of each that may be given out."""

    first: str
    last: str
    low: int = 1024
    high: int = 65535

    @property
    def addresses(self) -> list[str]:
        first, last = int(ipaddress.IPv4Address(self.first)), int(ipaddress.IPv4Address(self.last))
        return [str(ipaddress.IPv4Address(number)) for number in range(first, last + 1)]

    def text(self) -> str:
        return f"POOL {self.first}{'' if self.first == self.last else '-' + self.last} {self.low}-{self.high}"


@dataclass(frozen=True)
class Static:
    """A forward: ``count`` ports of an outside address and an inside one; ``any`` protocol without ports is one-to-one."""

    protocol: str
    outside: Endpoint
    inside: Endpoint
    count: int = 1

    def text(self) -> str:
        if self.protocol == "any":
            return f"STATIC any {self.outside[0]} {self.inside[0]}"
        ends = [f"{endpoint_text(end)}{f'-{end[1] + self.count - 1}' if self.count > 1 else ''}" for end in (self.outside, self.inside)]
        return f"STATIC {self.protocol} {ends[0]} {ends[1]}"

    def swap(self, proto: int, end: Endpoint, here: Endpoint, there: Endpoint) -> Endpoint | None:
        if self.protocol == "any":
            return (there[0], end[1]) if end[0] == here[0] else None
        fits = PROTOCOLS[proto] == self.protocol and end[0] == here[0] and here[1] <= end[1] < here[1] + self.count
        return (there[0], there[1] + end[1] - here[1]) if fits else None


@dataclass(frozen=True)
class Setup:
    pools: tuple[Pool, ...] = (Pool("203.0.113.1", "203.0.113.2", 1024, 65535),)
    statics: tuple[Static, ...] = ()
    inside: tuple[str, ...] = ("10.0.0.0/8",)
    mapping: str = INDEPENDENT
    filtering: str = INDEPENDENT
    paired: bool = True
    preservation: bool = True
    parity: bool = True
    hairpinning: bool = True
    unknown: str = "drop"
    capacity: int = 1000000
    established: int = 7440
    transitory: int = 240
    udp: int = 300
    icmp: int = 60

    def arguments(self) -> str:
        words = [
            *(pool.text() for pool in self.pools),
            *(static.text() for static in self.statics),
            *(f"INSIDE {prefix}" for prefix in self.inside),
            f"MAPPING {self.mapping}",
            f"FILTERING {self.filtering}",
            f"POOLING {'paired' if self.paired else 'arbitrary'}",
            f"PORT_PRESERVATION {str(self.preservation).lower()}",
            f"PORT_PARITY {str(self.parity).lower()}",
            f"HAIRPINNING {str(self.hairpinning).lower()}",
            f"UNKNOWN {self.unknown}",
            f"CAPACITY {self.capacity}",
            f"TCP_ESTABLISHED {self.established}",
            f"TCP_TRANSITORY {self.transitory}",
            f"UDP {self.udp}",
            f"ICMP {self.icmp}",
        ]
        return ", ".join(words)


class IllegalChoiceError(AssertionError):
    """What left is not what any NAT of this configuration may send."""


@dataclass(frozen=True)
class Mapping:
    """An inside endpoint and the outside one it is seen as, learnt from a flow with ``remote``."""

    proto: int
    inside: Endpoint
    outside: Endpoint
    remote: Endpoint
    binding: Binding = field(compare=False)


class Nat(Table):
    """The NAT. ``expect`` takes what left as well, because some choices are free."""

    def __init__(self, setup: Setup) -> None:
        # RFC 5382, section 5: a connection closes when both sides have sent FIN, or one RST; one FIN alone leaves it established.
        states = {"": setup.established, "established": setup.established, "closing": setup.established}
        states |= {"new": setup.transitory, "closed": setup.transitory}
        super().__init__({**states, "udp": setup.udp, "icmp": setup.icmp}, setup.capacity)
        self.setup = setup
        self.prefixes = [ipaddress.IPv4Network(prefix) for prefix in setup.inside]
        self.pools = {address: pool for pool in setup.pools for address in pool.addresses}

    # -- what is where

    def is_inside(self, address: str) -> bool:
        return any(ipaddress.IPv4Address(address) in prefix for prefix in self.prefixes)

    def is_outside_of_ours(self, address: str) -> bool:
        return address in self.pools or any(static.outside[0] == address for static in self.setup.statics)

    def static_outside(self, proto: int, inside: Endpoint) -> Endpoint | None:
        return next((end for s in self.setup.statics if (end := s.swap(proto, inside, s.inside, s.outside))), None)

    def static_inside(self, proto: int, outside: Endpoint) -> Endpoint | None:
        return next((end for s in self.setup.statics if (end := s.swap(proto, outside, s.outside, s.inside))), None)

    def mappings(self) -> Iterator[Mapping]:
        for b in self.bindings.values():
            if self.is_inside(b.orig[0][0]):
                yield Mapping(b.proto, b.orig[0], b.xlat[0], b.orig[1], b)
            if self.is_inside(b.xlat[1][0]):
                yield Mapping(b.proto, b.xlat[1], b.orig[1], b.xlat[0], b)

    def mapped(self, proto: int, inside: Endpoint, remote: Endpoint) -> set[Endpoint]:
        """The outside endpoints that a new flow from ``inside`` to ``remote`` shares with flows that are there (RFC 4787, 4.1)."""
        return {m.outside for m in self.mappings() if (m.proto, m.inside) == (proto, inside) and self._reused(m, remote)}

    def _reused(self, mapping: Mapping, remote: Endpoint) -> bool:
        how = self.setup.mapping
        return how == INDEPENDENT or (how == ADDRESS and mapping.remote[0] == remote[0]) or mapping.remote == remote

    def admitted(self, proto: int, outside: Endpoint, remote: Endpoint) -> set[Endpoint]:
        """The inside endpoints that a new flow from ``remote`` to ``outside`` may reach (RFC 4787, 5)."""
        static = self.static_inside(proto, outside)
        if static:
            return {static}
        how = self.setup.filtering
        return {
            m.inside
            for m in self.mappings()
            if (m.proto, m.outside) == (proto, outside) and (how == INDEPENDENT or (how == ADDRESS and m.remote[0] == remote[0]))
        }

    def owns(self, binding: Binding) -> bool:
        """Translated on the inside end, from or to a pool or a static forward, and nowhere else but for hairpins."""
        (source, target), (seen, reached) = binding.orig, binding.xlat
        outbound, inbound = self.is_inside(source[0]), self.is_inside(reached[0])
        if not (outbound or inbound):
            return False
        source_fits = self._fits(binding.proto, source, seen) if outbound else source == seen
        target_fits = self._fits(binding.proto, reached, target) if inbound else reached == target
        return source_fits and target_fits and not (binding.proto == ICMP and reached[1] != 0)

    def _fits(self, proto: int, inside: Endpoint, outside: Endpoint) -> bool:
        if self.static_inside(proto, outside):
            return self.static_inside(proto, outside) == inside
        pool = self.pools.get(outside[0])
        return pool is not None and (proto == ICMP or pool.low <= outside[1] <= pool.high)

    # -- packets

    def expect(self, port: int, ip: bytes, left: Left) -> list[Outcome]:
        """What may leave when the packet ``ip`` comes in by ``port``, given that ``left`` did."""
        source, destination = addresses(ip)
        if (port == 0) != self.is_inside(source) or (port == 1 and not self.is_outside_of_ours(destination)):
            return [Outcome(2, ip, "passed")]
        error = about(ip)
        if error:
            return [self._error(ip, error[1])]
        key = flow_key(ip)
        if key is None:
            return [Outcome(None, counter="drop_fragment") if is_later_fragment(ip) else Outcome(2, ip, "passed")]
        flags = tcp_flags(ip)
        beginning = key[0] == UDP or (key[0] == ICMP and key[2][1] == 0) or flags & (SYN | ACK | RST | FIN) == SYN
        for way in (0, 1):
            binding = self.lookup(key, way)
            if binding and not (beginning and binding.state == "closed" and way == 0):
                return [self._sent(ip, binding, way, flags)]
        if port == 0:
            return self._from_inside(ip, key, beginning, left)
        return self._from_outside(ip, key, beginning)

    def _sent(self, ip: bytes, b: Binding, way: int, flags: int) -> Outcome:
        to = b.ends(way)
        out = int(self.is_inside(to[1][0]))
        return Outcome(out, rewritten(ip, to, *b.shifts(way)), ("forward", "reverse")[way], lambda: self.track(b, way, flags))

    def _from_outside(self, ip: bytes, key: Key, beginning: bool) -> list[Outcome]:
        proto, remote, outside = key
        targets = self.admitted(proto, outside, remote)
        if not beginning and (proto != TCP or self.setup.unknown != "pick"):
            return [Outcome(None, counter="drop_unsolicited")]
        flows = [self._begun(ip, key, (remote, target), "new" if beginning else "established") for target in sorted(targets)]
        return flows or [Outcome(None, counter="drop_unsolicited")]

    def _from_inside(self, ip: bytes, key: Key, beginning: bool, left: Left) -> list[Outcome]:
        proto, inside, remote = key
        if not beginning:
            if tcp_flags(ip) & RST or self.setup.unknown == "drop" or proto != TCP:
                return [Outcome(None, counter="drop_unknown")]
            if self.setup.unknown == "reset":
                return [Outcome(1, reset_for(ip), "resets")]
        state = "new" if beginning else "established"
        hairpin = self.is_outside_of_ours(remote[0])
        static = self.static_outside(proto, inside)
        mapped = {static} if static else self.mapped(proto, inside, remote)
        seen = self._seen(left)
        if not mapped and seen and not self.bindings.get(key):
            self._legal(proto, inside, seen)
        sources = mapped or ({seen} if seen else set())
        if not hairpin:
            flows = [self._begun(ip, key, (outside, remote), state) for outside in sorted(sources)]
            return flows or self._refused(proto, inside)
        if not self.setup.hairpinning:
            return [Outcome(None, counter="drop_hairpin")]
        flows = [
            self._begun(ip, key, (outside, target), state)
            for outside in sorted(sources)
            for target in sorted(self.admitted(proto, remote, outside))
        ]
        # Nothing left: nobody there, or no port to speak from; which of the two is looked at first is the NAT's choice.
        return flows or [Outcome(None, counter="drop_unsolicited"), *self._refused(proto, inside)]

    def _begun(self, ip: bytes, key: Key, xlat: Ends, state: str) -> Outcome:
        new = Binding(key[0], (key[1], key[2]), xlat, self.next_seq(key), 0, state if key[0] == TCP else "")
        left = self._sent(ip, new, 0, tcp_flags(ip))
        result, rival = self.judge(new)
        if result != "applied" or rival:
            return Outcome(None, counter="drop_refused")

        def commit() -> None:
            self.last_seq = new.seq
            if self.put(new) == "applied":
                self.count("new_flows" if state == "new" else "picked")
                left.then()

        return Outcome(left.port, left.data, left.counter, commit, xlat[0])

    # -- the free choice

    def _seen(self, left: Left) -> Endpoint | None:
        """The outside endpoint that the packet which left has as its source."""
        key = flow_key(left[0][1]) if len(left) == 1 else None
        return key[1] if key else None

    def taken(self, proto: int) -> set[Endpoint]:
        return {m.outside for m in self.mappings() if m.proto == proto}

    def free(self, proto: int, address: str) -> set[int]:
        """The ports of a pool address that no other endpoint has, and that no static forward holds."""
        pool = self.pools[address]
        taken = {port for other, port in self.taken(proto) if other == address}
        protocol = PROTOCOLS[proto]
        held = {s.outside[1] + n for s in self.setup.statics if s.outside[0] == address and s.protocol == protocol for n in range(s.count)}
        if any(s.protocol == "any" and s.outside[0] == address for s in self.setup.statics):
            return set()
        return set(range(pool.low, pool.high + 1)) - taken - held

    def _legal(self, proto: int, inside: Endpoint, outside: Endpoint) -> None:
        """RFC 4787: no overloading (REQ-3), pairing (REQ-2), preservation, range (REQ-3a), parity (REQ-4)."""
        address, port = outside
        if address not in self.pools:
            raise IllegalChoiceError(f"{outside} is of no pool")
        free = self.free(proto, address)
        if port not in free:
            raise IllegalChoiceError(f"{outside} is taken, held by a static forward, or out of the pool's range")
        pairs = {m.outside[0] for m in self.mappings() if m.inside[0] == inside[0] and m.outside[0] in self.pools}
        if self.setup.paired and pairs and address not in pairs and any(self.free(proto, pair) for pair in pairs):
            raise IllegalChoiceError(f"{inside[0]} is paired with {pairs}, given {address}")
        if proto == ICMP:
            return
        if self.setup.preservation and inside[1] in free and port != inside[1]:
            raise IllegalChoiceError(f"port {inside[1]} was free at {address}, given {port}")
        like = {other for other in free if (other < 1024) == (inside[1] < 1024)} or free
        even = {other for other in like if other % 2 == inside[1] % 2} or like if self.setup.parity and proto == UDP else like
        if port not in even:
            raise IllegalChoiceError(f"port {inside[1]} is given {port}: wrong range or parity")

    def _refused(self, proto: int, inside: Endpoint) -> list[Outcome]:
        """Nothing left: legal only when no port was free, or the table is full."""
        pairs = {m.outside[0] for m in self.mappings() if m.inside[0] == inside[0] and m.outside[0] in self.pools}
        where = pairs if self.setup.paired and pairs else set(self.pools)
        outcomes = []
        if not any(self.free(proto, address) for address in where):
            outcomes.append(Outcome(None, counter="drop_no_port"))
        if len(self.bindings) >= self.capacity:
            outcomes.append(Outcome(None, counter="drop_refused"))
        return outcomes

    # -- errors

    def _error(self, ip: bytes, quoted: Key) -> Outcome:
        """RFC 5508, 4: the packet inside had gone out on this side; its answer's flow tells what it was on the other."""
        proto, source, destination = quoted
        answer = (proto, destination, source)
        found = next(((b, way) for way in (1, 0) if (b := self.lookup(answer, way))), None)
        icmp = ip[(ip[0] & 15) * 4 :]
        length = (icmp[8] & 15) * 4
        if found is None:
            return Outcome(None, counter="drop_icmp")
        if checksum(icmp) != 0 or checksum(icmp[8 : 8 + length]) != 0:
            return Outcome(None, counter="drop_malformed")
        b, way = found
        to = b.ends(way)
        shift = b.delta_fwd if way == 1 else b.delta_rev
        sender = addresses(ip)[0]
        if self.is_inside(sender):  # it has an address outside of its own, or speaks as the host that it speaks of
            own = self.static_outside(ICMP, (sender, 0))
            sender = own[0] if own else to[0][0]
        data = translated_error(ip, (to[1], to[0]), -shift if proto == TCP else 0, (sender, to[1][0]))
        return Outcome(int(self.is_inside(to[1][0])), data, "icmp_errors")
