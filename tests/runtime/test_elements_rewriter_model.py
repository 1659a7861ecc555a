# SPDX-License-Identifier: Apache-2.0
"""IPRewriter against its plain model: random packets, imports, removes, capacities and jumps of the clock."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from model_rewriter import TCP, UDP, WORDS, Endpoint, Model, Spec, Timeouts
from rewriterbed import Rewriter, ends, remade, tcp, udp

# Few ends, so that flows meet again, collide, and a small table fills up.
insiders = st.tuples(st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.sampled_from([5, 1024, 1025]))
outsiders = st.tuples(st.sampled_from(["20.0.0.1", "20.0.0.2"]), st.sampled_from([80, 1024]))
own = st.tuples(st.sampled_from(["1.0.0.1"]), st.sampled_from([1024, 1025, 1026]))
anyone = st.one_of(insiders, outsiders, own)
protocols = st.sampled_from([TCP, UDP])
flags = st.sampled_from(["S", "A", "PA", "FA", "R", "SA", "F"])
TIMEOUTS = Timeouts(tcp_data=60_000, tcp_done=9_000, tcp_nodata=20_000, udp=15_000, udp_streaming=30_000)


class Comparison(RuleBasedStateMachine):
    bed: Rewriter
    model: Model
    moments: set[int]

    @initialize(capacity=st.sampled_from([2, 4, 1000]), guarantee=st.sampled_from([0, 5]))
    def start(self, capacity: int, guarantee: int) -> None:
        timeouts = Timeouts(**{**vars(TIMEOUTS), "guarantee": {TCP: guarantee * 1000, UDP: guarantee * 1000}})
        specs = [Spec("1.0.0.1", range(1024, 1027), (0, 1)), Spec(outputs=(1, 0)), Spec()]
        self.model = Model(specs, capacity, timeouts)
        self.bed = Rewriter(
            f"""IPRewriter(pattern 1.0.0.1 1024-1026# - - 0 1, keep 1 0, drop, MAPPING_CAPACITY {capacity}, REAP_INTERVAL 0,
                TCP_TIMEOUT 60, TCP_DONE_TIMEOUT 9, TCP_NODATA_TIMEOUT 20, UDP_TIMEOUT 15, UDP_STREAMING_TIMEOUT 30,
                TCP_GUARANTEE {guarantee}, UDP_GUARANTEE {guarantee})""",
            inputs=3,
        )
        self.moments = set()

    def teardown(self) -> None:
        if hasattr(self, "bed"):
            self.bed.router.close()

    @rule(milliseconds=st.one_of(st.integers(1, 5000), st.integers(1, 70_000)))
    def pass_time(self, milliseconds: int) -> None:
        self.bed.pass_time(milliseconds / 1000)
        self.model.now += milliseconds

    @rule(port=st.sampled_from([0, 0, 1, 2]), proto=protocols, source=anyone, destination=anyone, flags=flags, payload=st.booleans())
    def packet(self, port: int, proto: int, source: Endpoint, destination: Endpoint, flags: str, payload: bool) -> None:
        self.move_on()
        data = b"x" if payload else b""
        packet = tcp(source, destination, flags, data) if proto == TCP else udp(source, destination, data)
        expected = self.model.packet(port, proto, (source, destination), flags, payload)
        left = self.bed.send(port, packet)
        assert [(output, ends(out)) for output, out in left] == ([expected] if expected else [])
        assert all(out == remade(out) for _, out in left)

    def move_on(self) -> None:
        """To a time at which nothing has happened, modulo a second: so no two flows expire at once, and the next is one flow."""
        self.pass_time(1)
        while self.model.now % 1000 in self.moments:
            self.pass_time(1)
        self.moments.add(self.model.now % 1000)

    @rule(
        sequence=st.integers(0, 5),
        proto=protocols,
        origin=st.tuples(anyone, anyone),
        leaves=st.tuples(anyone, anyone),
        lifetime=st.integers(0, 70),
        port=st.sampled_from([0, 1, 2]),
    )
    def put(self, sequence: int, proto: int, origin: tuple, leaves: tuple, lifetime: int, port: int) -> None:
        self.move_on()
        ends_text = " ".join(f"{address}:{number}" for address, number in (*origin, *leaves))
        text = f"put {sequence} {WORDS[proto]} {ends_text} {lifetime}" + (f" input={port}" if port else "")
        outputs = self.model.specs[port].outputs or (1, 1)
        text += " outputs=1,1" if port == 2 else ""
        self.model.put(sequence, proto, origin, leaves, lifetime, port, outputs)
        self.bed.write("import", text)
        self.bed.write("import", text + "\n")
        self.model.put(sequence, proto, origin, leaves, lifetime, port, outputs)

    @rule(proto=protocols, origin=st.tuples(anyone, anyone))
    def remove(self, proto: int, origin: tuple) -> None:
        self.model.remove(proto, origin)
        self.bed.write("remove", f"{WORDS[proto]} {origin[0][0]}:{origin[0][1]} {origin[1][0]}:{origin[1][1]}\n")

    @rule(capacity=st.sampled_from([0, 1, 3, 1000]))
    def change_capacity(self, capacity: int) -> None:
        self.model.set_capacity(capacity)
        self.bed.write("capacity", str(capacity))

    @rule()
    def clear(self) -> None:
        self.model.flows.clear()
        self.bed.write("clear")

    @invariant()
    def tables_agree(self) -> None:
        if not hasattr(self, "bed"):
            return
        assert self.bed.lines("tcp_table") == self.model.table(TCP)
        assert self.bed.lines("udp_table") == self.model.table(UDP)
        assert int(self.bed.read("table_size")) == int(self.bed.read("size")) == len(self.model.flows)
        assert int(self.bed.read("mapping_failures")) == self.model.failures


TestRewriter = Comparison.TestCase
TestRewriter.settings = settings(max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck))
