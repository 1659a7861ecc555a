# SPDX-License-Identifier: Apache-2.0
"""Names to port numbers, and the difference between what a switch holds and what it should hold. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mimi.fabric.rules import Bucket, Flow, Group, Match, SwitchState


@dataclass(frozen=True, slots=True)
class Resolved:
    """A switch's state with port numbers; ``missing`` names ports that the switch does not have (yet)."""

    group: Group
    flows: tuple[Flow, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to send, in this order: group, flows to add, flows to remove.

    Adding a flow with a match that is there replaces it in one step, so traffic is not interrupted; what is wrong and
    has no successor goes last.
    """

    add_group: Group | None
    modify_group: Group | None
    add: tuple[Flow, ...]
    remove: tuple[Flow, ...]

    @property
    def empty(self) -> bool:
        return not (self.add_group or self.modify_group or self.add or self.remove)


def resolve(state: SwitchState, ports: Mapping[str, int]) -> Resolved:
    """Replace names by numbers. What needs a missing port is left out, the rest works without it."""
    missing: set[str] = set()

    def number(port: str | int) -> int | None:
        if isinstance(port, str) and port not in ports:
            missing.add(port)
            return None
        return ports[port] if isinstance(port, str) else port

    def numbers(names: Iterable[str | int]) -> tuple[int, ...]:
        return tuple(found for name in names if (found := number(name)) is not None)

    flows = []
    for flow in state.flows:
        match, outputs = flow.match, numbers(flow.outputs)
        if match.in_port != "":
            in_port = number(match.in_port)
            if in_port is None:
                continue
            match = replace(match, in_port=in_port)
        copies = numbers((flow.copy_to,) if flow.copy_to != "" else ())
        flows.append(replace(flow, match=match, outputs=outputs, copy_to=copies[0] if copies else ""))
    buckets = tuple(Bucket(port) for port in numbers(bucket.port for bucket in state.group.buckets))
    return Resolved(Group(state.group.id, buckets), tuple(flows), tuple(sorted(missing)))


def difference(wanted: Resolved, flows: Iterable[Flow], group: Group | None) -> Changes:
    """What turns ``flows`` and ``group`` (those with our mark only) into ``wanted``; empty when they are equal."""
    held = {_place(flow): flow for flow in flows}
    places = {_place(flow) for flow in wanted.flows}
    return Changes(
        add_group=wanted.group if group is None else None,
        modify_group=wanted.group if group is not None and group != wanted.group else None,
        add=tuple(flow for flow in wanted.flows if held.get(_place(flow)) != flow),
        remove=tuple(flow for place, flow in held.items() if place not in places),
    )


def _place(flow: Flow) -> tuple[int, int, Match]:
    """What makes two entries the same one to a switch."""
    return (flow.table, flow.priority, flow.match)
