# SPDX-License-Identifier: Apache-2.0
"""Which rules of an ordered list can never match, because earlier ones match everything first. Pure.

A rule is a set of *boxes*: products of intervals, one for each thing that a rule looks at (side, protocol, addresses, ports,
ICMP type). Earlier rules are cut out of a rule's boxes one by one; when nothing is left, it is shadowed. Cutting can make
many pieces, so both pieces and rules are bounded: beyond the bounds nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from mimi.pairing.model_firewall import ICMP6_NUMBERS, ICMP_NUMBERS, Rule
from mimi.pairing.parts import IPNetwork, PortRange

RULES_MAX: Final = 2000
PIECES_MAX: Final = 512

Interval = tuple[int, int]
Box = tuple[Interval, ...]
"""Side, protocol, source address, source port, destination address, destination port, ICMP type."""

_ALL_PORTS: Final = (0, 65535)
_IP6_BEHIND: Final = 2**32
_ALL_ADDRESSES: Final = (0, _IP6_BEHIND + 2**128 - 1)
_BYTE: Final = (0, 255)
_SIDES: Final[dict[str, Interval]] = {"inside": (0, 0), "outside": (1, 1), "any": (0, 1)}
_PROTOCOLS: Final = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58}


def shadowed_rules(rules: Sequence[Rule]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(index, indices of the earlier rules that took something of it) of every rule that can never match."""
    boxes = [_boxes(rule) for rule in rules[:RULES_MAX]]
    for i, own in enumerate(boxes):
        blamed = _cover(own, boxes[:i])
        if blamed:
            yield i, blamed


def _cover(own: list[Box], earlier: Sequence[list[Box]]) -> tuple[int, ...]:
    """The earlier rules that together take everything; empty when something is left, or it cannot be told."""
    left, blamed = own, []
    for j, theirs in enumerate(earlier):
        before = left
        for box in theirs:
            left = [piece for rest in left for piece in _without(rest, box)]
        if left != before:
            blamed.append(j)
        if not left:
            return tuple(blamed)
        if len(left) > PIECES_MAX:
            return ()
    return ()


def _without(box: Box, other: Box) -> Iterator[Box]:
    """The parts of a box that are not in another one."""
    if any(a_last < b_first or b_last < a_first for (a_first, a_last), (b_first, b_last) in zip(box, other, strict=True)):
        yield box
        return
    rest = list(box)
    for axis, ((first, last), (other_first, other_last)) in enumerate(zip(box, other, strict=True)):
        if first < other_first:
            yield (*rest[:axis], (first, other_first - 1), *rest[axis + 1 :])
        if other_last < last:
            yield (*rest[:axis], (other_last + 1, last), *rest[axis + 1 :])
        rest[axis] = (max(first, other_first), min(last, other_last))


def _boxes(rule: Rule) -> list[Box]:
    protocol = _BYTE if rule.protocol == "any" else _one(_PROTOCOLS.get(str(rule.protocol), rule.protocol))
    sources, targets = _spans(rule.source_ports), _spans(rule.destination_ports)
    numbers = ICMP6_NUMBERS if rule.protocol in ("icmp6", 58) else ICMP_NUMBERS
    if any(isinstance(word, str) and word not in numbers for word in rule.icmp_types):
        return []  # another rule says what is wrong
    types = [_one(numbers.get(str(word), word)) for word in rule.icmp_types] or [_BYTE]
    source, target = _addresses(rule.source), _addresses(rule.destination)
    side = _SIDES[rule.side]
    return [(side, protocol, source, sport, target, dport, icmp_type) for sport in sources for dport in targets for icmp_type in types]


def _one(number: int | str) -> Interval:
    return int(number), int(number)


def _spans(ports: Sequence[PortRange]) -> list[Interval]:
    return [(span.first, span.last) for span in ports] or [_ALL_PORTS]


def _addresses(prefix: IPNetwork | Literal["any"]) -> Interval:
    """IPv4's addresses come first, IPv6's behind them: no interval of one meets one of the other."""
    if isinstance(prefix, str):
        return _ALL_ADDRESSES
    offset = _IP6_BEHIND if prefix.version == 6 else 0
    return int(prefix[0]) + offset, int(prefix[-1]) + offset
