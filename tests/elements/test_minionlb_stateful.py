# SPDX-License-Identifier: Apache-2.0
"""MinionLB against its plain model: random packets, imports, removes and jumps of the clock, compared one by one.

Of IPv4, of IPv6, or of both at once. Ends are written as IPv4's; the one that stands for each in IPv6 is ``six`` of it.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.elements.comparison import TableComparison
from tests.elements.lb import (
    ADMIN,
    BACKENDS,
    DNS,
    RESOLVERS,
    VIPS,
    WEB,
    Balancer,
    configuration,
    icmp_error,
    later_fragment,
    make_model,
    six,
    tcp,
    udp,
    vip6,
    with_header,
)
from tests.elements.model_lb import Families, version_of
from tests.elements.model_packets import DESTINATION_OPTIONS, FRAGMENT, TCP, UDP, Endpoint, flow_key, is_intact, is_later_fragment, version
from tests.elements.model_pool import Vip, backend_text
from tests.elements.model_table import Binding

# Ports that a backend keeps, and ports that all become one; a VIP whose packets leave as they came; one that hides its clients.
RANGE: Endpoint = ("10.1.0.102", 8000)
DIRECT: Endpoint = ("10.1.0.103", 8080)
MASKED: Endpoint = ("10.1.0.104", 8080)
"""Full NAT, from two ports."""
MORE = [
    Vip(TCP, RANGE, (("10.2.0.1", 0), ("10.2.0.2", 0), ("10.2.0.3", 8080)), "weighted", 8010, weights=(1, 2, 3)),
    Vip(TCP, DIRECT, (("10.2.0.1", 0), ("10.2.0.2", 0)), "round-robin", mode="direct"),
    Vip(TCP, MASKED, BACKENDS[:2], "least-connections", mode="full-nat", sources=("10.3.0.1:5000-5001",)),
]
LONGER = {4: 0, 6: 20}
"""So much longer is the IP header."""
HEADERS = {DESTINATION_OPTIONS: bytes((0, 1, 4, 0, 0, 0, 0)), FRAGMENT: bytes((0, 0, 0, 1, 2, 3, 4))}
"""Extension headers, by what comes after their first byte: padding; the only fragment of its datagram."""
WORDS = ["random", "round-robin", "weighted", "least-connections", "source-hash", "flow-hash"]

# Few ends, so that flows meet again, collide, and a small table fills up.
clients = st.tuples(st.sampled_from(["10.1.0.1", "10.1.0.2"]), st.sampled_from([4000, 4001, 65535]))
services = st.sampled_from(
    [WEB, ADMIN, ("10.1.0.100", 22), ("192.0.2.9", 8080), RANGE, RANGE, (RANGE[0], 8010), (RANGE[0], 8011), DIRECT, MASKED]
)
servers = st.sampled_from([*BACKENDS, ("10.2.0.1", 22), ("10.2.0.9", 8080)])
flags = st.sampled_from(["S", "A", "PA", "FA", "R", "RA", "SA", "F", "", "SF", "PAEC"])
numbers = st.one_of(st.sampled_from([0, 1, 2**31, 2**32 - 1]), st.integers(0, 2**32 - 1))
deltas = st.one_of(st.just(0), st.integers(-(2**31), 2**31 - 1))
whiches = st.integers(0, 1000)
sides = st.sampled_from([0, 1])
payloads = st.binary(max_size=9)
options = st.one_of(
    st.just([]),
    st.just([("MSS", 1460), ("SAckOK", b""), ("NOP", None), ("WScale", 7)]),
    st.lists(numbers, min_size=2, max_size=6).filter(lambda n: len(n) % 2 == 0).map(lambda n: [("NOP", None), ("SAck", tuple(n))]),
)


def source_of(left: tuple[int, bytes]) -> Endpoint:
    key = flow_key(left[1])
    return key[1] if key else ("", 0)


class Comparison(TableComparison):
    bed: Balancer
    model: Families
    counted: dict[str, int]

    vips: dict[int, list[Vip]]
    """By version of IP."""
    version: int
    """That of what happens now."""
    headers: list[int]

    @initialize(
        unknown=st.sampled_from(["drop", "reset", "pick"]),
        capacity=st.sampled_from([3, 1000]),
        choose=st.sampled_from(WORDS),
        weights=st.sampled_from([(1, 1, 1), (3, 1, 2)]),
        versions=st.sampled_from([(4,), (6,), (4, 6)]),
    )
    def start(self, unknown: str, capacity: int, choose: str, weights: tuple[int, ...], versions: tuple[int, ...]) -> None:
        seed = 7 if choose.endswith("hash") else None
        written = [replace(VIPS[0], choose=choose, weights=weights, seed=seed), *VIPS[1:], *MORE]
        self.vips = {v: written if v == 4 else [vip6(vip) for vip in written] for v in versions}
        self.version = versions[0]
        self.headers = []
        vips = [vip for both in self.vips.values() for vip in both]
        self.bed = Balancer(configuration(unknown, arguments=f"CAPACITY {capacity}", vips=vips))
        self.model = make_model(unknown, capacity, vips)
        self.counted = {}

    def at(self, end: Endpoint) -> Endpoint:
        return end if self.version == 4 else six(end)

    def address(self, address: str) -> str:
        return self.at((address, 0))[0]

    @precondition(lambda self: len(self.vips) > 1)
    @rule()
    def the_other_version_follows(self) -> None:
        self.version = 10 - self.version

    @rule(headers=st.lists(st.sampled_from(sorted(HEADERS)), max_size=2, unique=True))
    def headers_come_between(self, headers: list[int]) -> None:
        """From now on packets of IPv6 have these in front of their transport's."""
        self.headers = headers

    def send(self, port: int, packet: bytes) -> None:
        for header in self.headers if version(packet) == 6 else ():
            if header != FRAGMENT or not is_later_fragment(packet):
                packet = with_header(packet, header, HEADERS[header])
        before = self.bed.choices()
        left = self.bed.send(port, packet)
        allowed = self.model.expect(port, packet, next(map(source_of, left), None))
        chosen = {backend[1] for backend, count in self.bed.choices().items() if count != before[backend]}
        happened = [
            o for o in allowed if left == ([] if o.port is None else [(o.port, o.data)]) and chosen == ({o.chosen} if o.chosen else set())
        ]
        assert happened, f"{packet.hex()} into {port}: {left} by {chosen}, expected one of {allowed}"
        assert len(happened) == 1
        if happened[0].counter:
            self.counted[happened[0].counter] = self.counted.get(happened[0].counter, 0) + 1
        happened[0].then()

    @rule(source=clients, destination=services, flags=flags, data=payloads, seq=numbers, ack=numbers, options=options)
    def client_sends_tcp(self, source: Endpoint, destination: Endpoint, flags: str, data: bytes, seq: int, ack: int, options: list) -> None:
        self.send(0, tcp(self.at(source), self.at(destination), flags, data, seq=seq, ack=ack, options=options))

    @rule(source=servers, destination=clients, flags=flags, data=payloads, seq=numbers, ack=numbers, options=options)
    def server_sends_tcp(self, source: Endpoint, destination: Endpoint, flags: str, data: bytes, seq: int, ack: int, options: list) -> None:
        self.send(1, tcp(self.at(source), self.at(destination), flags, data, seq=seq, ack=ack, options=options))

    @rule(
        source=clients, destination=st.sampled_from([WEB, ADMIN, RANGE, DIRECT, MASKED]), sent=st.lists(st.tuples(sides, flags), max_size=3)
    )
    def a_flow_begins(self, source: Endpoint, destination: Endpoint, sent: list[tuple[int, str]]) -> None:
        source, destination = self.at(source), self.at(destination)
        self.send(0, tcp(source, destination, "S"))
        for port, flags in sent:
            flow = self.model.bindings.get((TCP, source, destination))
            if flow:
                self.send(port, tcp(*(flow.orig if port == 0 else (flow.xlat[1], flow.xlat[0])), flags))
                self.tables_agree()

    def a_flow(self, which: int) -> Binding:
        return sorted(self.model.bindings.values(), key=lambda b: b.put_line())[which % len(self.model.bindings)]

    @precondition(lambda self: self.model.bindings)
    @rule(
        which=whiches,
        sent=st.lists(st.tuples(sides, flags), min_size=1, max_size=6),
        data=payloads,
        seq=numbers,
        ack=numbers,
        options=options,
    )
    def a_flow_goes_on(self, which: int, sent: list[tuple[int, str]], data: bytes, seq: int, ack: int, options: list) -> None:
        flow = self.a_flow(which)
        for port, flags in sent:
            ends = flow.orig if port == 0 else (flow.xlat[1], flow.xlat[0])
            self.send(port, tcp(*ends, flags, data, seq=seq, ack=ack, options=options) if flow.proto == TCP else udp(*ends, data))
            self.tables_agree()

    @precondition(lambda self: self.model.bindings)
    @rule(which=whiches, port=sides, length=st.integers(28, 60), seq=numbers, router=st.booleans())
    def a_flow_meets_an_error(self, which: int, port: int, length: int, seq: int, router: bool) -> None:
        flow = self.a_flow(which)
        # The packet inside is the flow's as it left on this side, towards whoever reports.
        source, destination = (flow.orig[1], flow.orig[0]) if port == 0 else flow.xlat
        quoted = tcp(source, destination, "A", b"payload", seq=seq) if flow.proto == TCP else udp(source, destination)
        family = version_of(source[0])
        reporter = destination[0] if not router else "192.0.2.1" if family == 4 else six(("192.0.2.1", 0))[0]
        self.send(port, icmp_error(reporter, source[0], quoted[: length + LONGER[family]]))

    @rule(source=clients, destination=st.sampled_from([DNS, WEB]), data=payloads, checksum=st.sampled_from([None, 0]))
    def client_sends_udp(self, source: Endpoint, destination: Endpoint, data: bytes, checksum: int | None) -> None:
        self.send(0, udp(self.at(source), self.at(destination), data, chksum=checksum))

    @rule(source=st.sampled_from([*RESOLVERS, BACKENDS[0]]), destination=clients, data=payloads, checksum=st.sampled_from([None, 0]))
    def server_sends_udp(self, source: Endpoint, destination: Endpoint, data: bytes, checksum: int | None) -> None:
        self.send(1, udp(self.at(source), self.at(destination), data, chksum=checksum))

    @rule(
        client=clients,
        server=servers,
        reporter=st.sampled_from(["10.2.0.1", "10.2.0.254"]),
        length=st.integers(0, 60),
        seq=numbers,
        kind=st.sampled_from([3, 11, 8, 5]),
    )
    def server_side_reports_an_error(self, client: Endpoint, server: Endpoint, reporter: str, length: int, seq: int, kind: int) -> None:
        client, server, length = self.at(client), self.at(server), length + LONGER[self.version]
        self.send(1, icmp_error(self.address(reporter), client[0], tcp(client, server, "A", b"payload", seq=seq)[:length], kind))

    @rule(client=clients, service=services, reporter=st.sampled_from(["10.1.0.1", "10.1.0.254"]), length=st.integers(0, 60), seq=numbers)
    def client_side_reports_an_error(self, client: Endpoint, service: Endpoint, reporter: str, length: int, seq: int) -> None:
        client, service, length = self.at(client), self.at(service), length + LONGER[self.version]
        self.send(0, icmp_error(self.address(reporter), service[0], tcp(service, client, "A", b"payload", seq=seq)[:length]))

    @rule(client=clients, server=st.sampled_from(RESOLVERS), length=st.integers(28, 40), checksum=st.sampled_from([None, 0]))
    def error_about_udp(self, client: Endpoint, server: Endpoint, length: int, checksum: int | None) -> None:
        client, server, length = self.at(client), self.at(server), length + LONGER[self.version]
        self.send(1, icmp_error(server[0], client[0], udp(client, server, chksum=checksum)[:length]))

    @rule(source=clients, destination=services, port=st.sampled_from([0, 1]))
    def a_later_fragment(self, source: Endpoint, destination: Endpoint, port: int) -> None:
        self.send(port, later_fragment(udp(self.at(source), self.at(destination))))

    @rule(
        client=clients,
        service=st.sampled_from([WEB, WEB, ADMIN, DNS, ("10.1.0.100", 22), RANGE, (RANGE[0], 8010), DIRECT, MASKED]),
        backend=st.sampled_from([0, 0, 1, 1, 2]),
        other_source=st.one_of(st.none(), clients, st.just(("10.3.0.1", 5000))),
        seq=st.integers(0, 40),
        lifetime=st.sampled_from([0, 100, 7440, 7440]),
        state=st.sampled_from(["", "new", "established", "closing", "closed"]),
        fwd=deltas,
        rev=deltas,
        age=st.booleans(),
    )
    def a_record_arrives(
        self,
        client: Endpoint,
        service: Endpoint,
        backend: int,
        other_source: Endpoint | None,
        seq: int,
        lifetime: int,
        state: str,
        fwd: int,
        rev: int,
        age: bool,
    ) -> None:
        proto = UDP if service == DNS else TCP
        known = RESOLVERS if service == DNS else BACKENDS  # ADMIN has not all of these
        target = known[backend] if backend < len(known) else ("10.2.0.9", 8080)
        if service[0] == RANGE[0] and backend != 2:
            target = (target[0], service[1])
        # Newer than anything made here, or older: the element's own numbers are microseconds since 1970.
        newer = seq if age else max((b.seq for b in self.model.bindings.values()), default=0) + seq
        tcp_only = (state, fwd, rev) if proto == TCP else ("", 0, 0)
        orig, xlat = (self.at(client), self.at(service)), (self.at(other_source or client), self.at(target))
        record = Binding(proto, orig, xlat, newer, lifetime, *tcp_only)
        self.bed.write("import", record.put_line() + "\n")
        self.model.do_import(record)

    @rule(client=clients, service=st.sampled_from([WEB, DNS]), newer=st.booleans())
    def a_delete_arrives(self, client: Endpoint, service: Endpoint, newer: bool) -> None:
        proto = UDP if service == DNS else TCP
        seq = 2**64 - 1 if newer else 20
        client, service = self.at(client), self.at(service)
        self.bed.write("import", f"del {seq} {Binding(proto, (client, service), (client, service), 0, 0).key_text()}\n")
        self.model.remove((proto, client, service), seq)

    @rule(client=clients, service=st.sampled_from([WEB, DNS]))
    def an_operator_removes(self, client: Endpoint, service: Endpoint) -> None:
        proto = UDP if service == DNS else TCP
        client, service = self.at(client), self.at(service)
        self.bed.write("remove", Binding(proto, (client, service), (client, service), 0, 0).key_text())
        self.model.remove((proto, client, service))

    @rule(
        kind=st.sampled_from(["add", "drain", "remove", "weight", "down", "up"]),
        vip=st.sampled_from([0, 0, 0, 3, 4, 5]),
        backends=st.lists(st.sampled_from([*BACKENDS, ("10.2.0.4", 8080), ("10.2.0.1", 0), ("10.2.0.4", 0)]), min_size=1, max_size=2),
        weight=st.sampled_from([None, 0, 1, 5]),
        both=st.booleans(),
    )
    def a_backend_changes(self, kind: str, vip: int, backends: list[Endpoint], weight: int | None, both: bool) -> None:
        """One change a line, of one version or of all that there are; when one of them is refused, none happens."""
        if kind != "add":
            weight = (weight or 0) if kind == "weight" else None
        said = "" if weight is None else f" {weight}"
        versions = self.vips if both else [self.version]
        changed = [(self.vips[v][vip], backend if v == 4 else six(backend)) for v in versions for backend in backends]
        lines = "\n".join(f"{which.name} {backend_text(backend)}{said}" for which, backend in changed)
        possible = self.model.change([(kind, which, backend, weight) for which, backend in changed])
        assert self.bed.takes(f"backend_{kind}", lines) == possible, f"backend_{kind} {lines}"

    @rule(seconds=st.sampled_from([1, 60, 239, 301, 5000, 7441]))
    def time_passes(self, seconds: int) -> None:
        self.bed.pass_time(seconds)
        self.model.pass_time(seconds)

    @rule()
    def an_operator_clears(self) -> None:
        self.bed.write("clear")
        self.model.clear()

    @invariant()
    def backends_agree(self) -> None:
        if hasattr(self, "bed"):
            assert self.bed.shown() == self.model.shown()

    @invariant()
    def counters_agree(self) -> None:
        if not hasattr(self, "bed"):
            return
        stats = self.bed.stats()
        expected = {**self.counted, **self.model.counts}
        assert {name: stats[name] for name in expected} == expected


Comparison.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
TestComparison = Comparison.TestCase


def test_the_oracle_knows_good_checksums_from_bad() -> None:
    packet = tcp(("10.1.0.1", 4000), WEB, "A", b"data")
    assert is_intact(packet)
    assert not is_intact(packet[:-1] + b"\xff")
    packet = tcp(six(("10.1.0.1", 4000)), six(WEB), "A", b"data")
    assert is_intact(packet)
    assert not is_intact(packet[:-1] + b"\xff")
