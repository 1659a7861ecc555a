# SPDX-License-Identifier: Apache-2.0
"""A switch in software, just enough OpenFlow 1.3 to ask: where does this frame go?

Independent of how the rules are built: it knows tables, priorities, masks, fast-failover groups, and that a frame never
leaves by the port it came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mimi.fabric.resolve import Changes
from mimi.fabric.rules import Flow, Group, Match, SwitchState

LOOKUPS_MAX = 16


@dataclass
class SoftSwitch:
    """Holds flows and groups; ``down`` are ports without a link."""

    flows: dict[tuple[int, int, Match], Flow] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    down: set[str | int] = field(default_factory=set)
    messages: int = 0

    @classmethod
    def holding(cls, state: SwitchState) -> SoftSwitch:
        switch = cls()
        switch.groups[state.group.id] = state.group
        for flow in state.flows:
            switch.add(flow)
        return switch

    def add(self, flow: Flow) -> None:
        self.flows[(flow.table, flow.priority, flow.match)] = flow

    def apply(self, changes: Changes) -> None:
        """As a switch would: each message by itself, in the order they are sent."""
        for group in (changes.add_group, changes.modify_group):
            if group is not None:
                assert (group.id in self.groups) == (group is changes.modify_group), "a switch would refuse this"
                self.groups[group.id] = group
                self.messages += 1
        for flow in changes.add:
            self.add(flow)
            self.messages += 1
        for flow in changes.remove:
            del self.flows[(flow.table, flow.priority, flow.match)]
            self.messages += 1

    def out(self, in_port: str | int, eth_dst: str, **says: int) -> list[str | int]:
        """Ports the frame leaves by, with repetitions if it would leave twice. It ``says`` what Match may ask for: arp_op=2."""
        if in_port in self.down:
            return []
        ports: list[str | int] = []
        table: int | None = 0
        for _ in range(LOOKUPS_MAX):
            if table is None:
                return [port for port in ports if port != in_port and port not in self.down]
            flow = self._lookup(table, in_port, eth_dst, says)
            if flow is None:
                table = None
                continue
            ports += flow.outputs
            if flow.group is not None:
                ports += self._group_ports(flow.group)
            assert flow.goto is None or flow.goto > table, "a goto must lead to a later table"
            table = flow.goto
        raise AssertionError("the tables loop")

    def copies(self, in_port: str | int, eth_dst: str) -> list[str | int]:
        """Ports that a copy of the frame, addressed to nobody, leaves by."""
        table: int | None = 0
        while table is not None:
            flow = self._lookup(table, in_port, eth_dst, {})
            if flow is None:
                return []
            if flow.copy_to != "":
                return [flow.copy_to] if flow.copy_to not in {*self.down, in_port} else []
            table = flow.goto
        return []

    def _lookup(self, table: int, in_port: str | int, eth_dst: str, says: Mapping[str, int]) -> Flow | None:
        fitting = [f for f in self.flows.values() if f.table == table and _fits(f.match, in_port, eth_dst, says)]
        best = sorted(fitting, key=lambda flow: -flow.priority)
        if len(best) > 1:
            assert best[0].priority > best[1].priority, f"ambiguous: {best[0]} and {best[1]}"
        return best[0] if best else None

    def _group_ports(self, group_id: int) -> list[str | int]:
        for bucket in self.groups[group_id].buckets:
            if bucket.port not in self.down:
                return [bucket.port]
        return []


def _fits(match: Match, in_port: str | int, eth_dst: str, says: Mapping[str, int]) -> bool:
    asked = {"arp_op": match.arp_op, "icmp6_type": match.icmp6_type}
    if match.in_port not in ("", in_port) or any(value not in (0, says.get(name, 0)) for name, value in asked.items()):
        return False
    if not match.eth_dst:
        return True
    mask = _number(match.eth_dst_mask) if match.eth_dst_mask else 2**48 - 1
    return _number(match.eth_dst) & mask == _number(eth_dst) & mask


def _number(mac: str) -> int:
    return int(mac.replace(":", ""), 16)


def each_once(ports: Iterable[str | int]) -> set[str | int]:
    """The ports as a set; fails when one is there twice."""
    found = list(ports)
    assert len(found) == len(set(found)), f"sent twice: {found}"
    return set(found)
