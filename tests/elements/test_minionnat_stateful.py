# SPDX-License-Identifier: Apache-2.0
"""MinionNAT against its plain model: random packets, errors, records, removes, successors and jumps of the clock, compared one by one."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.elements.comparison import TableComparison
from tests.elements.model_nat import ADDRESS, ADDRESS_AND_PORT, INDEPENDENT, Nat, Pool, Setup, Static
from tests.elements.model_packets import ICMP, TCP, UDP, Endpoint, Ends
from tests.elements.model_table import Binding
from tests.elements.nat import INSIDE, OUTSIDE, Translator, answer, icmp_error, query, tcp, udp

# Few ends and few ports, so that flows meet again, collide, and pools run dry.
hosts = st.tuples(st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.5", "10.0.0.9"]), st.sampled_from([2000, 2001, 8080, 65535]))
servers = st.tuples(st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.sampled_from([80, 2001]))
outsides = st.tuples(
    st.sampled_from(["203.0.113.1", "203.0.113.2", "203.0.113.9", "203.0.113.77"]), st.sampled_from([80, 2000, 2001, 2002, 2003, 8080])
)
flags = st.sampled_from(["S", "A", "PA", "FA", "R", "RA", "SA", "F", "", "SF", "PAEC"])
numbers = st.one_of(st.sampled_from([0, 1, 2**31, 2**32 - 1]), st.integers(0, 2**32 - 1))
deltas = st.one_of(st.just(0), st.integers(-(2**31), 2**31 - 1))
whiches = st.integers(0, 1000)
sides = st.sampled_from([INSIDE, OUTSIDE])
payloads = st.binary(max_size=9)
protocols = st.sampled_from([TCP, TCP, UDP, ICMP])
behaviours = st.sampled_from([INDEPENDENT, ADDRESS, ADDRESS_AND_PORT])

STATICS = (Static("tcp", ("203.0.113.1", 80), ("10.0.0.5", 8080)), Static("any", ("203.0.113.9", 0), ("10.0.0.9", 0)))


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    high = draw(st.sampled_from([2003, 2003, 2020]))
    return Setup(
        pools=(Pool("203.0.113.1", draw(st.sampled_from(["203.0.113.1", "203.0.113.2"])), 2000, high),),
        statics=draw(st.sampled_from([(), STATICS])),
        mapping=draw(behaviours),
        filtering=draw(behaviours),
        paired=draw(st.booleans()),
        preservation=draw(st.booleans()),
        parity=draw(st.booleans()),
        hairpinning=draw(st.sampled_from([True, True, False])),
        unknown=draw(st.sampled_from(["drop", "reset", "pick"])),
        capacity=draw(st.sampled_from([3, 1000])),
    )


def packet(proto: int, ends: Ends, flags: str = "A", data: bytes = b"", seq: int = 0, ack: int = 0) -> bytes:
    """A packet between two ends; an id that stands beside the source is a query's, beside the target an answer's."""
    if proto == TCP:
        return tcp(*ends, flags, data, seq=seq, ack=ack)
    if proto == UDP:
        return udp(*ends, data)
    if ends[1][1] == 0:
        return query(ends[0][0], ends[1][0], ends[0][1], data=data)
    return answer(ends[0][0], ends[1][0], ends[1][1], data=data)


NOBODY: Ends = (("10.0.0.1", 2000), ("192.0.2.1", 80))


def as_query(proto: int, ends: Ends) -> Ends:
    return (ends[0], (ends[1][0], 0)) if proto == ICMP else ends


class Comparison(TableComparison):
    bed: Translator
    model: Nat

    @initialize(setup=setups())
    def start(self, setup: Setup) -> None:
        self.bed = Translator(setup)
        self.model = Nat(setup)

    def send(self, side: int, data: bytes) -> None:
        before = self.bed.stats()
        left = self.bed.send(side, data)
        after = self.bed.stats()
        allowed = self.model.expect(side, data, left)
        happened = [
            o for o in allowed if left == ([] if o.port is None else [(o.port, o.data)]) and after[o.counter] == before[o.counter] + 1
        ]
        steps = {name: value - before[name] for name, value in after.items() if value != before[name]}
        assert happened, f"{data.hex()} into {side}: {left}, counted {steps}, expected one of {allowed}"
        known = dict(self.model.bindings)
        happened[0].then()
        self.learn_numbers(known)

    # -- anybody's packets

    @rule(source=hosts, to=st.one_of(servers, servers, outsides), proto=protocols, flags=flags, data=payloads, seq=numbers, ack=numbers)
    def a_host_sends(self, source: Endpoint, to: Endpoint, proto: int, flags: str, data: bytes, seq: int, ack: int) -> None:
        self.send(INSIDE, packet(proto, as_query(proto, (source, to)), flags, data, seq, ack))

    @rule(source=hosts, to=st.one_of(servers, servers, outsides), proto=st.sampled_from([TCP, UDP, ICMP]))
    def a_host_begins(self, source: Endpoint, to: Endpoint, proto: int) -> None:
        self.send(INSIDE, packet(proto, as_query(proto, (source, to)), "S"))

    @rule(source=servers, to=outsides, proto=protocols, flags=flags, data=payloads, seq=numbers, ack=numbers, asks=st.booleans())
    def a_server_sends(self, source: Endpoint, to: Endpoint, proto: int, flags: str, data: bytes, seq: int, ack: int, asks: bool) -> None:
        ends = as_query(proto, (source, to)) if asks or proto != ICMP else ((source[0], 0), to)
        self.send(OUTSIDE, packet(proto, ends, flags, data, seq, ack))

    @rule(source=servers, proto=st.sampled_from([TCP, UDP]), which=whiches)
    def a_server_tries_a_mapping(self, source: Endpoint, proto: int, which: int) -> None:
        mappings = list(dict.fromkeys(m.outside for m in self.model.mappings())) or [("203.0.113.1", 2000)]
        self.send(OUTSIDE, packet(proto, (source, mappings[which % len(mappings)]), "S"))

    @rule(source=hosts, which=whiches, proto=protocols)
    def a_host_tries_a_mapping(self, source: Endpoint, which: int, proto: int) -> None:
        mappings = list(dict.fromkeys(m.outside for m in self.model.mappings())) or [("203.0.113.1", 2000)]
        self.send(INSIDE, packet(proto, as_query(proto, (source, mappings[which % len(mappings)])), "S"))

    @rule(source=st.one_of(hosts, servers), to=st.one_of(servers, outsides), side=sides)
    def somebody_pretends(self, source: Endpoint, to: Endpoint, side: int) -> None:
        self.send(side, udp(source, to))

    # -- flows that are there

    def a_flow(self, which: int) -> Binding:
        """Some flow that is there, or one that is not. What is drawn never depends on ports, which the element draws at random."""
        flows = list(self.model.bindings.values()) or [Binding(TCP, NOBODY, NOBODY, 1, 0)]
        return flows[which % len(flows)]

    def sent_by(self, flow: Binding, way: int) -> tuple[int, Ends]:
        """What a packet of the flow looks like as it arrives, and where."""
        ends = flow.orig if way == 0 else (flow.xlat[1], flow.xlat[0])
        return (INSIDE if self.model.is_inside(ends[0][0]) else OUTSIDE), ends

    @rule(which=whiches, sent=st.lists(st.tuples(sides, flags), min_size=1, max_size=6), data=payloads, seq=numbers, ack=numbers)
    def a_flow_goes_on(self, which: int, sent: list[tuple[int, str]], data: bytes, seq: int, ack: int) -> None:
        flow = self.a_flow(which)
        for way, flags in sent:
            side, ends = self.sent_by(flow, way)
            self.send(side, packet(flow.proto, ends, flags, data, seq, ack))
            self.tables_agree()

    @rule(
        which=whiches,
        way=sides,
        length=st.integers(28, 60),
        seq=numbers,
        kind=st.sampled_from([3, 3, 11, 12, 4]),
        router=st.sampled_from([None, None, "10.0.0.254", "10.0.0.9", "192.0.2.254"]),
    )
    def a_flow_meets_an_error(self, which: int, way: int, length: int, seq: int, kind: int, router: str | None) -> None:
        flow = self.a_flow(which)
        # The packet inside is the flow's as it left on this side, towards whoever reports.
        source, target = flow.xlat if way == 1 else (flow.orig[1], flow.orig[0])
        quoted = packet(flow.proto, (source, target), "A", b"payload", seq)
        side = INSIDE if self.model.is_inside(target[0]) else OUTSIDE
        reporter = router if router and self.model.is_inside(router) == (side == INSIDE) else target[0]
        self.send(side, icmp_error(reporter, source[0], quoted[:length], kind))

    @rule(
        host=hosts,
        server=servers,
        outside=outsides,
        side=sides,
        proto=protocols,
        length=st.integers(0, 60),
        kind=st.sampled_from([3, 11, 8, 5]),
    )
    def somebody_reports_an_error(
        self, host: Endpoint, server: Endpoint, outside: Endpoint, side: int, proto: int, length: int, kind: int
    ) -> None:
        source, target, reporter = (server, host, host[0]) if side == INSIDE else (outside, server, server[0])
        self.send(side, icmp_error(reporter, source[0], packet(proto, as_query(proto, (source, target)), "A")[:length], kind))

    # -- records

    @rule(
        host=hosts,
        server=servers,
        outside=outsides,
        proto=protocols,
        inbound=st.booleans(),
        seq=st.integers(0, 40),
        lifetime=st.sampled_from([0, 100, 7440, 7440]),
        state=st.sampled_from(["", "new", "established", "closing", "closed"]),
        fwd=deltas,
        rev=deltas,
        age=st.booleans(),
    )
    def a_record_arrives(
        self,
        host: Endpoint,
        server: Endpoint,
        outside: Endpoint,
        proto: int,
        inbound: bool,
        seq: int,
        lifetime: int,
        state: str,
        fwd: int,
        rev: int,
        age: bool,
    ) -> None:
        # Newer than anything made here, or older: the element's own numbers are microseconds since 1970.
        newer = seq if age else max((b.seq for b in self.model.bindings.values()), default=0) + seq
        if inbound:
            orig, xlat = as_query(proto, (server, outside)), as_query(proto, (server, host))
        else:
            orig, xlat = as_query(proto, (host, server)), as_query(proto, (outside, server))
        more = (state, fwd, rev) if proto == TCP else ("", 0, 0)
        record = Binding(proto, orig, xlat, newer, lifetime, *more)
        self.bed.write("import", record.put_line() + "\n")
        self.model.do_import(record)

    @rule(which=whiches, newer=st.booleans())
    def a_delete_arrives(self, which: int, newer: bool) -> None:
        flow = self.a_flow(which)
        seq = 2**64 - 1 if newer else 20
        self.bed.write("import", f"del {seq} {flow.key_text()}\n")
        self.model.remove(flow.key, seq)

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
        self.bed = Translator(self.model.setup)
        self.bed.write("import", flows)
        self.model.hand_over()

    @rule(seconds=st.sampled_from([1, 59, 61, 239, 301, 5000, 7441]))
    def time_passes(self, seconds: int) -> None:
        self.bed.pass_time(seconds)
        self.model.pass_time(seconds)

    @rule()
    def an_operator_clears(self) -> None:
        self.bed.write("clear")
        self.model.bindings.clear()

    @invariant()
    def counters_agree(self) -> None:
        if not hasattr(self, "bed"):
            return
        stats = self.bed.stats()
        assert {name: stats[name] for name in self.model.counts} == self.model.counts


Comparison.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
TestComparison = Comparison.TestCase
