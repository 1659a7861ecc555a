# SPDX-License-Identifier: Apache-2.0
"""The model of a stateful firewall."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mimi.pairing.parts import Name, Part, Ports, Prefix, Switchable, word_or_number

ICMP_NUMBERS: dict[str, int] = {
    "echo-reply": 0,
    "unreachable": 3,
    "redirect": 5,
    "echo-request": 8,
    "time-exceeded": 11,
    "parameter-problem": 12,
    "timestamp-request": 13,
    "timestamp-reply": 14,
}
"""RFC 792's numbers."""

ICMP6_NUMBERS: dict[str, int] = {
    "unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
}
"""RFC 4443's numbers."""


PROTOCOL_WORDS = ("tcp", "udp", "icmp", "icmp6", "any")

RuleProtocol = Annotated[str | int, *word_or_number(PROTOCOL_WORDS)]
IcmpType = Annotated[str | int, *word_or_number(tuple(dict.fromkeys((*ICMP_NUMBERS, *ICMP6_NUMBERS))))]


class Rule(Part):
    """Who may begin to speak to whom. Packets of known flows, and ICMP errors about them, need no rule."""

    name: Name
    """Name of the rule, unique within the firewall."""
    action: Literal["allow", "deny", "reject"]
    """allow; deny = drop; reject = drop and tell the sender (a TCP reset, an ICMP error)."""
    side: Annotated[Literal["inside", "outside", "any"], Field(alias="from")] = "any"
    """The side that the first packet comes from."""
    protocol: RuleProtocol = "any"
    """tcp, udp, icmp (of IPv4), icmp6, any, or the number of another protocol."""
    source: Prefix = "any"
    """A network or address that the first packet comes from, or any."""
    source_ports: tuple[Ports, ...] = ()
    """Ports it comes from, such as [1024-65535]; all when empty. Only with tcp and udp."""
    destination: Prefix = "any"
    """A network or address that the first packet goes to, or any."""
    destination_ports: tuple[Ports, ...] = ()
    """Ports it goes to, such as [80, 443, 8000-8100]; all when empty. Only with tcp and udp."""
    icmp_types: tuple[IcmpType, ...] = ()
    """ICMP types, by name or number; all when empty. Only with icmp and icmp6."""


class Firewall(Part):
    """What the firewall lets pass."""

    default: Literal["deny", "reject", "allow"] = "deny"
    """What becomes of a first packet that no rule matches."""
    mid_flow: Literal["strict", "loose"] = "strict"
    """A TCP packet in the middle of a flow that is not in the table: strict = not a beginning (minion.unknown_flows says
    what becomes of it); loose = begins a flow if the rules allow it."""
    window_tracking: Switchable = True
    """Whether TCP packets outside the window that the other end has opened are dropped."""
    per_source: Annotated[int, Field(strict=True, ge=1, le=64_000_000)] | None = None
    """Most flows that one source may have at a time, an IPv4 address or an IPv6 network of 64 bits; no limit when absent."""
    half_open: Annotated[int, Field(strict=True, ge=1, le=64_000_000)] | None = None
    """Most TCP connections that are opening at a time (against floods of SYN); no limit when absent."""
    reject_rate: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 1000
    """Most answers to rejected packets a second, resets and ICMP errors together; who comes too late gets none. 0 for any number."""
    rules: tuple[Rule, ...] = ()
    """In order: the first that matches counts."""
