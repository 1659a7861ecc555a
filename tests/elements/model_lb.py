# SPDX-License-Identifier: Apache-2.0
"""A second, stupid load balancer: the oracle for MinionLB.

Plain dictionaries, linear searches, and every checksum computed anew from the RFC's own words. Given a packet it says
what may leave: one outcome, or one for each backend when the choice is free. The test tells it which one happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.elements.model_packets import (
    ACK,
    FIN,
    ICMP,
    RST,
    SYN,
    TCP,
    UDP,
    Endpoint,
    Key,
    about,
    addresses,
    checksum,
    flow_key,
    is_later_fragment,
    reset_for,
    rewritten,
    tcp_flags,
    translated_error,
)
from tests.elements.model_table import Binding, Outcome, Table


@dataclass(frozen=True)
class Vip:
    proto: int
    service: Endpoint
    backends: tuple[Endpoint, ...]


class Model(Table):
    """The balancer."""

    def __init__(self, vips: list[Vip], unknown: str = "drop", capacity: int = 1000000, epoch: int = 1000000000) -> None:
        established, transitory, udp = 7440, 240, 300
        states = {"established": established, "": established, "new": transitory, "closing": transitory, "closed": transitory}
        super().__init__({**states, "udp": udp}, capacity, epoch)
        self.vips = {(vip.proto, vip.service): vip for vip in vips}
        self.unknown = unknown

    def owns(self, binding: Binding) -> bool:
        vip = self.vips.get((binding.proto, binding.orig[1]))
        return vip is not None and binding.xlat[1] in vip.backends

    def expect(self, port: int, ip: bytes) -> list[Outcome]:
        """What may leave when the packet ``ip`` comes in by ``port``."""
        proto = ip[9]
        source, destination = addresses(ip)
        if proto == ICMP:
            return [self._icmp(port, ip)]
        if proto not in (TCP, UDP):
            return [Outcome(2, ip, "passed")]
        if is_later_fragment(ip):
            ours = destination in {a for _, (a, _) in self.vips} if port == 0 else source in {a for a, _ in self._backends()}
            return [Outcome(None, counter="drop_fragment") if ours else Outcome(2, ip, "passed")]
        key = flow_key(ip)
        assert key is not None
        binding = self.lookup(key, port)
        flags = tcp_flags(ip)
        if port == 1:
            if binding:
                return [self._rewritten(port, ip, binding, flags)]
            ours = any(vip.proto == proto and key[1] in vip.backends for vip in self.vips.values())
            return [Outcome(None, counter="drop_backend_unknown") if ours else Outcome(2, ip, "passed")]
        beginning = proto == UDP or flags & (SYN | ACK | RST | FIN) == SYN
        over = proto == TCP and binding is not None and binding.state in ("closing", "closed")
        if binding and not (beginning and over):
            return [self._rewritten(port, ip, binding, flags)]
        vip = self.vips.get((proto, key[2]))
        if vip is None:
            return [Outcome(2, ip, "passed")]
        if beginning:
            return self._chosen(ip, key, vip, "new", flags)
        if flags & RST or self.unknown == "drop":
            return [Outcome(None, counter="drop_unknown")]
        if self.unknown == "pick":
            return self._chosen(ip, key, vip, "established", flags)
        return [Outcome(1, reset_for(ip), "resets")]

    def _backends(self) -> list[Endpoint]:
        return [backend for vip in self.vips.values() for backend in vip.backends]

    def _chosen(self, ip: bytes, key: Key, vip: Vip, state: str, flags: int) -> list[Outcome]:
        seq = self.next_seq(key)
        outcomes = []
        for backend in vip.backends:
            new = Binding(key[0], (key[1], key[2]), (key[1], backend), seq, 0, state if key[0] == TCP else "")
            left = self._rewritten(0, ip, new, flags)
            applied = self.judge(new)[0] == "applied"

            def commit(new: Binding = new, left: Outcome = left) -> None:
                self.last_seq = new.seq
                if self.put(new) == "applied":
                    self.count("new_flows" if state == "new" else "picked")
                    left.then()

            what = left if applied else Outcome(None, counter="drop_refused")
            outcomes.append(Outcome(what.port, what.data, what.counter, commit, backend))
        return outcomes

    def _rewritten(self, port: int, ip: bytes, b: Binding, flags: int) -> Outcome:
        data = rewritten(ip, b.ends(port), *b.shifts(port))
        return Outcome(port, data, ("forward", "reverse")[port], lambda: self.track(b, port, flags))

    def _icmp(self, port: int, ip: bytes) -> Outcome:
        told = about(ip)
        if told is None or told[1][0] == ICMP:
            return Outcome(2, ip, "passed")
        proto, source, destination = told[1]
        b = self.lookup((proto, destination, source), port)
        if b is None:
            vip_service = port == 0 and (proto, source) in self.vips
            backend_service = port == 1 and any(v.proto == proto and destination in v.backends for v in self.vips.values())
            return Outcome(None, counter="drop_icmp") if vip_service or backend_service else Outcome(2, ip, "passed")
        if checksum(ip[(ip[0] & 15) * 4 :]) != 0:
            return Outcome(None, counter="drop_malformed")
        to = b.ends(port)
        # The packet inside travelled the other way, and was shifted on its way out.
        shift = b.delta_rev if port == 0 else b.delta_fwd
        sender = to[0][0] if addresses(ip)[0] == destination[0] else addresses(ip)[0]
        return Outcome(port, translated_error(ip, (to[1], to[0]), -shift if proto == TCP else 0, (sender, to[1][0])), "icmp_errors")
