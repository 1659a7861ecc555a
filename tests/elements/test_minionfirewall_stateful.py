# SPDX-License-Identifier: Apache-2.0
"""MinionFirewall against its plain model: random rules, packets, errors, records, successors and jumps of the clock, compared one by one.

Of IPv4, of IPv6, or of both at once. Ends are written as IPv4's; the one that stands for each in IPv6 is ``six`` of it.
Sequence numbers are left out here (WINDOW false); test_minionfirewall_hosts.py is about them.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.elements.comparison import TableComparison
from tests.elements.firewall import Wall
from tests.elements.lb import six
from tests.elements.model_firewall import Families, Rule, Setup
from tests.elements.model_packets import ICMP, ICMP6, TCP, UDP, Endpoint, Ends
from tests.elements.model_packets6 import ECHO_REPLY, ECHO_REQUEST, Packet6, echo
from tests.elements.model_table import Binding
from tests.elements.nat import answer, icmp_error, query, tcp, udp

hosts = st.tuples(st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.sampled_from([2000, 2001]))
servers = st.tuples(st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.sampled_from([80, 443]))
flags = st.sampled_from(["S", "S", "A", "PA", "FA", "R", "RA", "SA", "F", "", "SF", "SR", "FR", "PAEC", "U"])
whiches = st.integers(0, 1000)
sides = st.sampled_from([0, 1])
protocols = st.sampled_from([TCP, TCP, UDP, ICMP])
payloads = st.binary(max_size=9)

SOURCES = {4: ["any", "10.0.0.0/24", "10.0.0.1/32", "192.0.2.2/32"], 6: ["2001:db8:10::/64", "2001:db8:10::1/128", "2001:db8:192::2:2/128"]}
DESTINATIONS = {4: ["any", "192.0.2.0/24", "192.0.2.1/32"], 6: ["2001:db8:192::/64", "2001:db8:192::2:1/128"]}


def some_rules(version: int) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        action=st.sampled_from(["allow", "allow", "deny"]),
        side=st.sampled_from([None, 0, 1]),
        protocol=st.sampled_from(["any", "tcp", "udp"]),
        source=st.sampled_from(["any", *SOURCES[version]]),
        destination=st.sampled_from(["any", *DESTINATIONS[version]]),
    ).flatmap(
        lambda made: (
            st.sampled_from([None, (80, 80), (400, 2000)]).map(lambda ports: Rule(**{**made.__dict__, "ports": ports}))
            if made.protocol in ("tcp", "udp")
            else st.just(made)
        )
    )


rules = st.one_of(some_rules(4), some_rules(6))
queries = st.builds(
    Rule,
    action=st.sampled_from(["allow", "deny"]),
    side=st.sampled_from([None, 0, 1]),
    protocol=st.sampled_from(["icmp", "icmp6"]),
    type=st.sampled_from([None, "echo-request", "echo-reply"]),
)
setups = st.builds(
    Setup,
    rules=st.lists(st.one_of(rules, rules, queries), max_size=5).map(tuple),
    default=st.sampled_from(["deny", "deny", "allow"]),
    loose=st.booleans(),
    per_source=st.sampled_from([0, 0, 2]),
    unknown=st.sampled_from(["drop", "reset"]),
    capacity=st.sampled_from([3, 1000]),
)
NOBODY: Ends = (("10.0.0.1", 2000), ("192.0.2.1", 80))


def packet(proto: int, ends: Ends, flags: str = "A", data: bytes = b"") -> bytes:
    if proto == TCP:
        return tcp(*ends, flags, data)
    if proto == UDP:
        return udp(*ends, data)
    if proto == ICMP6:
        kind, ident = (ECHO_REQUEST, ends[0][1]) if ends[1][1] == 0 else (ECHO_REPLY, ends[1][1])
        return bytes(Packet6(ends[0][0], ends[1][0], ICMP6, echo(kind, ident, data)))
    if ends[1][1] == 0:
        return query(ends[0][0], ends[1][0], ends[0][1], data=data)
    return answer(ends[0][0], ends[1][0], ends[1][1], data=data)


def is_inside(end: Endpoint) -> bool:
    return end[0].startswith(("10.", "2001:db8:10:"))


def as_query(proto: int, ends: Ends, asks: bool = True) -> Ends:
    if proto not in (ICMP, ICMP6):
        return ends
    return (ends[0], (ends[1][0], 0)) if asks else ((ends[0][0], 0), ends[1])


class Comparison(TableComparison):
    bed: Wall
    model: Families

    versions: tuple[int, ...]
    """Of IP, that packets and records are of."""
    version: int
    """That of what happens now."""

    @initialize(setup=setups, versions=st.sampled_from([(4,), (6,), (4, 6)]))
    def start(self, setup: Setup, versions: tuple[int, ...]) -> None:
        self.bed = Wall(setup.arguments())
        self.model = Families(setup)
        self.versions, self.version = versions, versions[0]

    @precondition(lambda self: len(self.versions) > 1)
    @rule()
    def the_other_version_follows(self) -> None:
        self.version = 10 - self.version

    def at(self, end: Endpoint) -> Endpoint:
        return end if self.version == 4 else six(end)

    def met(self, proto: int, host: Endpoint, server: Endpoint, side: int) -> tuple[int, Ends]:
        """The protocol's number in this version, and the ends as the one on ``side`` begins."""
        near, far = (host, server) if side == 0 else (server, host)
        return (ICMP6 if proto == ICMP and self.version == 6 else proto), (self.at(near), self.at(far))

    def send(self, side: int, data: bytes) -> None:
        before = self.bed.stats()
        left = [(1 - port, packet) for port, packet in self.bed.send(side, data)]  # output 0 is to outside: side 1
        after = self.bed.stats()
        steps = {name: value - before[name] for name, value in after.items() if value != before[name] and name != "bytes"}
        allowed = self.model.expect(side, data)
        happened = [o for o in allowed if left == ([] if o.port is None else [(o.port, o.data)]) and steps.get(o.counter) == 1]
        assert happened, f"{data.hex()} into {side}: {left}, counted {steps}, expected one of {allowed}"
        known = dict(self.model.bindings)
        happened[0].then()
        self.learn_numbers(known)

    @rule(host=hosts, server=servers, side=sides, proto=protocols, flags=flags, data=payloads, asks=st.booleans())
    def somebody_sends(self, host: Endpoint, server: Endpoint, side: int, proto: int, flags: str, data: bytes, asks: bool) -> None:
        proto, ends = self.met(proto, host, server, side)
        self.send(side, packet(proto, as_query(proto, ends, asks), flags, data))

    @rule(host=hosts, server=servers, side=sides, proto=protocols)
    def somebody_begins(self, host: Endpoint, server: Endpoint, side: int, proto: int) -> None:
        proto, ends = self.met(proto, host, server, side)
        self.send(side, packet(proto, as_query(proto, ends), "S"))

    @rule(host=hosts, server=servers, side=sides, kind=st.sampled_from([5, 9, 30]))
    def a_message_of_another_kind(self, host: Endpoint, server: Endpoint, side: int, kind: int) -> None:
        _, (source, to) = self.met(ICMP, host, server, side)
        self.send(side, icmp_error(source[0], to[0], udp(to, source), kind, 0))

    def a_flow(self, which: int) -> Binding:
        flows = list(self.model.bindings.values()) or [Binding(TCP, NOBODY, NOBODY, 1, 0)]
        return flows[which % len(flows)]

    def sent_by(self, flow: Binding, way: int) -> tuple[int, Ends]:
        ends = flow.orig if way == 0 else (flow.orig[1], flow.orig[0])
        return int(not is_inside(ends[0])), ends

    @rule(which=whiches, sent=st.lists(st.tuples(sides, flags), min_size=1, max_size=6), data=payloads)
    def a_flow_goes_on(self, which: int, sent: list[tuple[int, str]], data: bytes) -> None:
        flow = self.a_flow(which)
        for way, flags in sent:
            side, ends = self.sent_by(flow, way)
            self.send(side, packet(flow.proto, ends, flags, data))
            self.tables_agree()

    @rule(which=whiches, way=sides, length=st.integers(28, 60), kind=st.sampled_from([3, 11, 12]), router=st.booleans())
    def a_flow_meets_an_error(self, which: int, way: int, length: int, kind: int, router: bool) -> None:
        flow = self.a_flow(which)
        side, ends = self.sent_by(flow, way)
        longer = 20 if ":" in ends[0][0] else 0
        quoted = packet(flow.proto, ends, "A", b"payload")[: length + longer]
        between = ("10.0.0.254" if is_inside(ends[1]) else "192.0.2.254", 0)
        reporter = (six(between) if longer else between)[0] if router else ends[1][0]
        self.send(1 - side, icmp_error(reporter, ends[0][0], quoted, kind))

    @rule(
        host=hosts,
        server=servers,
        side=sides,
        proto=protocols,
        seq=st.integers(0, 40),
        lifetime=st.sampled_from([0, 100, 7440]),
        state=st.sampled_from(["", "new", "established", "closing", "closed"]),
        newer=st.booleans(),
        translated=st.sampled_from([False, False, False, True]),
    )
    def a_record_arrives(
        self,
        host: Endpoint,
        server: Endpoint,
        side: int,
        proto: int,
        seq: int,
        lifetime: int,
        state: str,
        newer: bool,
        translated: bool,
    ) -> None:
        proto, ends = self.met(proto, host, server, side)
        orig = as_query(proto, ends)
        xlat = (self.at(("203.0.113.1", orig[0][1])), orig[1]) if translated else orig
        number = max((b.seq for b in self.model.bindings.values()), default=0) + seq if newer else seq
        record = Binding(proto, orig, xlat, number, lifetime, state if proto == TCP else "")
        self.bed.write("import", record.put_line() + "\n")
        self.model.do_import(record)

    @rule(which=whiches)
    def an_operator_removes(self, which: int) -> None:
        flow = self.a_flow(which)
        self.bed.write("remove", flow.key_text())
        self.model.remove(flow.key)

    @rule()
    def a_successor_takes_over(self) -> None:
        """By export and import, as a minion that is started anew gets its table."""
        flows = self.bed.read("export")
        self.bed.close()
        self.bed = Wall(self.model.setup.arguments())
        self.bed.write("import", flows)
        self.model.hand_over()

    @rule(seconds=st.sampled_from([1, 59, 61, 239, 301, 5000, 7441]))
    def time_passes(self, seconds: int) -> None:
        self.bed.pass_time(seconds)
        self.model.pass_time(seconds)

    @rule(rules=st.lists(st.one_of(rules, queries), min_size=1, max_size=4).map(tuple))
    def the_rules_are_replaced(self, rules: tuple[Rule, ...]) -> None:
        self.bed.write("rules", "".join(rule.text() + "\n" for rule in rules))
        self.model.setup = Setup(**{**self.model.setup.__dict__, "rules": rules})

    @invariant()
    def counters_agree(self) -> None:
        if not hasattr(self, "bed"):
            return
        stats = self.bed.stats()
        differing = {name: (stats[name], count) for name, count in self.model.counts.items() if stats[name] != count}
        assert not differing, f"counters of the element and of the model: {differing}"


Comparison.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
TestComparison = Comparison.TestCase
