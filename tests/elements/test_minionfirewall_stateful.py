# SPDX-License-Identifier: Apache-2.0
"""MinionFirewall against its plain model: random rules, packets, errors, records, successors and jumps of the clock, compared one by one.

Sequence numbers are left out here (WINDOW false); test_minionfirewall_hosts.py is about them.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.elements.comparison import TableComparison
from tests.elements.firewall import Wall
from tests.elements.model_firewall import Firewall, Rule, Setup
from tests.elements.model_packets import ICMP, TCP, UDP, Endpoint, Ends
from tests.elements.model_table import Binding
from tests.elements.nat import answer, icmp_error, query, tcp, udp

hosts = st.tuples(st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.sampled_from([2000, 2001]))
servers = st.tuples(st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.sampled_from([80, 443]))
flags = st.sampled_from(["S", "S", "A", "PA", "FA", "R", "RA", "SA", "F", "", "SF", "SR", "FR", "PAEC", "U"])
whiches = st.integers(0, 1000)
sides = st.sampled_from([0, 1])
protocols = st.sampled_from([TCP, TCP, UDP, ICMP])
payloads = st.binary(max_size=9)

rules = st.builds(
    Rule,
    action=st.sampled_from(["allow", "allow", "deny"]),
    side=st.sampled_from([None, 0, 1]),
    protocol=st.sampled_from(["any", "tcp", "udp"]),
    source=st.sampled_from(["any", "10.0.0.0/24", "10.0.0.1/32", "192.0.2.2/32"]),
    destination=st.sampled_from(["any", "192.0.2.0/24", "192.0.2.1/32"]),
).flatmap(
    lambda made: (
        st.sampled_from([None, (80, 80), (400, 2000)]).map(lambda ports: Rule(**{**made.__dict__, "ports": ports}))
        if made.protocol in ("tcp", "udp")
        else st.just(made)
    )
)
queries = st.builds(
    Rule,
    action=st.sampled_from(["allow", "deny"]),
    side=st.sampled_from([None, 0, 1]),
    protocol=st.just("icmp"),
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
    if ends[1][1] == 0:
        return query(ends[0][0], ends[1][0], ends[0][1], data=data)
    return answer(ends[0][0], ends[1][0], ends[1][1], data=data)


def as_query(proto: int, ends: Ends, asks: bool = True) -> Ends:
    if proto != ICMP:
        return ends
    return (ends[0], (ends[1][0], 0)) if asks else ((ends[0][0], 0), ends[1])


class Comparison(TableComparison):
    bed: Wall
    model: Firewall

    @initialize(setup=setups)
    def start(self, setup: Setup) -> None:
        self.bed = Wall(setup.arguments())
        self.model = Firewall(setup)

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
        ends = (host, server) if side == 0 else (server, host)
        self.send(side, packet(proto, as_query(proto, ends, asks), flags, data))

    @rule(host=hosts, server=servers, side=sides, proto=protocols)
    def somebody_begins(self, host: Endpoint, server: Endpoint, side: int, proto: int) -> None:
        self.send(side, packet(proto, as_query(proto, (host, server) if side == 0 else (server, host)), "S"))

    @rule(host=hosts, server=servers, side=sides, kind=st.sampled_from([5, 9, 30]))
    def a_message_of_another_kind(self, host: Endpoint, server: Endpoint, side: int, kind: int) -> None:
        source, to = (host, server) if side == 0 else (server, host)
        self.send(side, icmp_error(source[0], to[0], udp(to, source), kind, 0))

    def a_flow(self, which: int) -> Binding:
        flows = list(self.model.bindings.values()) or [Binding(TCP, NOBODY, NOBODY, 1, 0)]
        return flows[which % len(flows)]

    def sent_by(self, flow: Binding, way: int) -> tuple[int, Ends]:
        ends = flow.orig if way == 0 else (flow.orig[1], flow.orig[0])
        return int(not ends[0][0].startswith("10.")), ends

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
        quoted = packet(flow.proto, ends, "A", b"payload")[:length]
        reporter = ("10.0.0.254" if ends[1][0].startswith("10.") else "192.0.2.254") if router else ends[1][0]
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
        orig = as_query(proto, (host, server) if side == 0 else (server, host))
        xlat = (("203.0.113.1", orig[0][1]), orig[1]) if translated else orig
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
