# SPDX-License-Identifier: Apache-2.0
"""A second, stupid firewall: the oracle for MinionFirewall. Rules in order, a table of flows, and nothing of sequence numbers.

What a firewall may hold against a segment's numbers is told by two hosts that follow RFC 9293 (model_hosts.py): whatever they send
must pass.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from tests.elements.model_packets import (
    ACK,
    FIN,
    ICMP,
    ICMP6,
    PROTOCOLS,
    RST,
    SYN,
    TCP,
    UDP,
    Key,
    about,
    addresses,
    checksum,
    flow_key,
    place,
    reset_for,
    tcp_flags,
    version,
)
from tests.elements.model_table import Binding, Outcome, Table

SOUND = {SYN, SYN | ACK, RST, RST | ACK, FIN | ACK, ACK}
"""The flags a TCP may send (RFC 9293, 3.10), PSH, URG, ECE and CWR aside."""
TYPES = {
    ICMP: {"echo-request": 8, "echo-reply": 0, "timestamp-request": 13},
    ICMP6: {"echo-request": 128, "echo-reply": 129},
}


@dataclass(frozen=True)
class Rule:
    """``side`` is 0 inside, 1 outside, None any; ``ports`` are those of the destination, none for all."""

    action: str
    side: int | None = None
    protocol: str = "any"
    source: str = "any"
    destination: str = "any"
    ports: tuple[int, int] | None = None
    type: str | None = None

    def text(self) -> str:
        side = "any" if self.side is None else ("inside", "outside")[self.side]
        ports = f":{self.ports[0]}-{self.ports[1]}" if self.ports else ""
        types = f" types {self.type}" if self.type else ""
        destination = f"[{self.destination}]" if ports and ":" in self.destination else self.destination
        return f"{self.action} from {side} {self.protocol} {self.source} {destination}{ports}{types}"

    def matches(self, side: int, ip: bytes) -> bool:
        header, proto, _ = place(ip)
        if self.side not in (None, side) or (self.protocol != "any" and PROTOCOLS.get(proto) != self.protocol):
            return False
        for wanted, address in zip((self.source, self.destination), addresses(ip), strict=True):
            if wanted != "any" and ipaddress.ip_address(address) not in ipaddress.ip_network(wanted):
                return False
        if self.ports and not self.ports[0] <= int.from_bytes(ip[header + 2 : header + 4]) <= self.ports[1]:
            return False
        return not self.type or ip[header] == TYPES[proto][self.type]


@dataclass(frozen=True)
class Setup:
    rules: tuple[Rule, ...] = ()
    default: str = "deny"
    loose: bool = False
    per_source: int = 0
    unknown: str = "drop"
    capacity: int = 1000000
    established: int = 7440
    transitory: int = 240
    udp: int = 300
    icmp: int = 60

    def arguments(self) -> str:
        words = [
            *(f"RULE {rule.text()}" for rule in self.rules),
            f"DEFAULT {self.default}",
            f"MID_FLOW {'loose' if self.loose else 'strict'}",
            "WINDOW false",
            f"PER_SOURCE {self.per_source}",
            f"UNKNOWN {self.unknown}",
            f"CAPACITY {self.capacity}",
        ]
        return ", ".join(words)


def source_of(address: str) -> str:
    """Whom an address belongs to: a host of IPv6 has as many addresses of its network as it likes."""
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if ":" in address else address


class Firewall(Table):
    """The firewall. What passes leaves on the other side, unchanged."""

    def __init__(self, setup: Setup) -> None:
        states = {"": setup.established, "established": setup.established, "closing": setup.established}
        states |= {"new": setup.transitory, "closed": setup.transitory}
        super().__init__({**states, "udp": setup.udp, "icmp": setup.icmp, "icmp6": setup.icmp}, setup.capacity)
        self.setup = setup

    def owns(self, binding: Binding) -> bool:
        return binding.orig == binding.xlat

    def allows(self, side: int, ip: bytes) -> bool:
        rule = next((rule for rule in self.setup.rules if rule.matches(side, ip)), None)
        return (rule.action if rule else self.setup.default) == "allow"

    def expect(self, side: int, ip: bytes) -> list[Outcome]:
        """What may leave when the packet ``ip`` comes in by ``side``."""
        error = about(ip)
        if error:
            return [self._error(side, ip, error[1])]
        key = flow_key(ip)
        if key is None:
            return [Outcome(1 - side, ip, "stateless") if self.allows(side, ip) else Outcome(None, counter="drop_denied")]
        flags = tcp_flags(ip) & (SYN | ACK | RST | FIN)
        if key[0] == TCP and flags not in SOUND:
            return [Outcome(None, counter="drop_flags")]
        beginning = key[0] == UDP or (key[0] in (ICMP, ICMP6) and key[2][1] == 0) or flags == SYN
        # Of two flows that it may belong to, the one that begins with what it looks like comes first.
        way = 0 if self.lookup(key, 0) else 1
        b = self.lookup(key, way)
        if b and not (beginning and b.state == "closed"):
            return self._of_flow(side, ip, b, way, flags)
        if beginning:
            return [self._begun(side, ip, key)] if self.allows(side, ip) else [Outcome(None, counter="drop_denied")]
        if key[0] in (ICMP, ICMP6):  # an answer that nobody asked for
            return [Outcome(None, counter="drop_unknown")]
        return [self._mid_flow(side, ip, key, flags)]

    def _of_flow(self, side: int, ip: bytes, b: Binding, way: int, flags: int) -> list[Outcome]:
        """A packet of a flow passes. SYNs and resets may be forged (RFC 5961): it is the firewall's choice to let them pass *aside*,
        without a word about the flow; a SYN, only if the rules would let it begin one."""
        outcomes = [Outcome(1 - side, ip, ("forward", "reverse")[way], lambda: self.track(b, way, flags))]
        if flags & (SYN | RST):
            if flags == SYN and not self.allows(side, ip):
                return [outcomes[0], Outcome(None, counter="drop_denied")]
            outcomes.append(Outcome(1 - side, ip, "aside"))
        return outcomes

    def _mid_flow(self, side: int, ip: bytes, key: Key, flags: int) -> Outcome:
        if self.setup.loose and flags == ACK:
            # Nobody has confirmed it: it is young, as if it had begun now.
            return self._begun(side, ip, key) if self.allows(side, ip) else Outcome(None, counter="drop_denied")
        if self.setup.unknown == "reset" and not flags & RST:
            return Outcome(side, reset_for(ip), "resets")
        return Outcome(None, counter="drop_unknown")

    def _begun(self, side: int, ip: bytes, key: Key) -> Outcome:
        of_source = sum(source_of(b.orig[0][0]) == source_of(key[1][0]) for b in self.bindings.values() if b.key != key)
        if self.setup.per_source and of_source >= self.setup.per_source:
            return Outcome(None, counter="drop_source")
        new = Binding(key[0], (key[1], key[2]), (key[1], key[2]), self.next_seq(key), 0, "new" if key[0] == TCP else "")
        result, rival = self.judge(new)
        before = None if self.lookup(key, 0) else self.replying(key)  # what its responder had begun, and is over: it makes room
        if result != "applied" and not rival and not before:
            return Outcome(None, counter="drop_refused")

        def commit() -> None:
            self.last_seq = new.seq
            for other in (rival, before):
                if other:
                    self.bindings.pop(other.key, None)
            if self.put(new) == "applied":
                self.count("new_flows")
                self.track(new, 0, tcp_flags(ip))

        return Outcome(1 - side, ip, "forward", commit)

    def _error(self, side: int, ip: bytes, quoted: Key) -> Outcome:
        """RFC 5508 without translation: about a packet of a flow that is there, and sound."""
        icmp = ip[place(ip).at :]
        if not any(self.lookup(quoted, way) for way in (0, 1)):
            return Outcome(None, counter="drop_icmp")
        if version(ip) == 4 and (checksum(icmp) != 0 or checksum(icmp[8 : 8 + (icmp[8] & 15) * 4]) != 0):
            return Outcome(None, counter="drop_malformed")
        return Outcome(1 - side, ip, "icmp_errors")


class Families:
    """A firewall of both versions of IP: one set of rules, and a firewall for each version."""

    def __init__(self, setup: Setup) -> None:
        self.of = {v: Firewall(setup) for v in (4, 6)}

    @property
    def setup(self) -> Setup:
        return self.of[4].setup

    @setup.setter
    def setup(self, setup: Setup) -> None:
        for model in self.of.values():
            model.setup = setup

    @property
    def bindings(self) -> dict[Key, Binding]:
        return {**self.of[4].bindings, **self.of[6].bindings}

    @property
    def counts(self) -> dict[str, int]:
        """Counters are shared."""
        names = [*self.of[4].counts, *self.of[6].counts]
        return {name: sum(model.counts.get(name, 0) for model in self.of.values()) for name in names}

    def owner(self, key: Key) -> Firewall:
        return self.of[6 if ":" in key[1][0] else 4]

    def expect(self, side: int, ip: bytes) -> list[Outcome]:
        return self.of[version(ip)].expect(side, ip)

    def do_import(self, new: Binding) -> None:
        self.owner(new.key).do_import(new)

    def remove(self, key: Key) -> None:
        self.owner(key).remove(key)

    def hand_over(self) -> None:
        for model in self.of.values():
            model.hand_over()

    def pass_time(self, seconds: int) -> None:
        for model in self.of.values():
            model.pass_time(seconds)

    def exported(self) -> set[str]:
        return self.of[4].exported() | self.of[6].exported()

    def digest(self) -> str:
        counts, sums = zip(*(model.digest().split() for model in self.of.values()), strict=True)
        return f"{sum(map(int, counts))} {sum(int(s, 16) for s in sums) % 2**64:016x}"
