# SPDX-License-Identifier: Apache-2.0
"""State schemas: which fields of a flow record a middlebox type replicates, and what each kind of driver can know.

A *need* of a type is met by what a driver *gives*: ``full`` (always), ``partial`` (only under a condition, which is
named), ``none``. ``gaps`` compares the two for one pairing: ``mimi validate`` shows what it returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Knowledge = Literal["full", "partial", "none"]
Fact = Literal["start", "update", "end", "snapshot", "translated-address", "translated-port", "sequence-deltas", "tcp-state"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a flow record (a key of its JSON form) as a middlebox type uses it."""

    name: str
    required: bool
    replicated: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class StateSchema:
    """What a middlebox type replicates: the record's fields, and the facts a driver must learn for it."""

    type: str
    fields: tuple[Field, ...]
    required: tuple[Fact, ...]
    wanted: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """How far a driver knows a fact, and under which condition."""

    knowledge: Knowledge
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that a pairing needs or wants and its driver does not (fully) give."""

    fact: Fact
    required: bool
    given: Given


def _fields(orig: str, xlat: str, deltas: str) -> tuple[Field, ...]:
    """The fields of a record: what they mean differs by type, what they are does not."""
    translates = not deltas
    why = deltas or "(the primary's helpers change lengths)"
    return (
        Field("proto", True, True, "protocol of the flow: tcp, udp or icmp"),
        Field("orig", True, True, orig),
        Field("xlat", True, True, xlat),
        Field("seq", True, True, "when the driver learned of it, microseconds since the Unix epoch; the newest wins"),
        Field("expires", True, True, "when the binding ends unless it is used, seconds since the Unix epoch"),
        Field("state", False, True, "TCP state: new, established, closing or closed"),
        Field("delta_fwd", False, translates, f"TCP sequence offset towards the responder {why}"),
        Field("delta_rev", False, translates, f"TCP sequence offset towards the initiator {why}"),
        Field("source", False, False, "the driver that learned it"),
        Field("confidence", False, False, "how sure the driver is, 0 to 1"),
    )


_TRANSLATED: tuple[Fact, ...] = ("start", "translated-address", "translated-port")

LOAD_BALANCER = StateSchema(
    type="load-balancer",
    fields=_fields(
        "the flow as the client sent it: client to VIP",
        "the flow as it leaves towards the chosen backend",
        "(a balancer that rewrites has none)",
    ),
    required=_TRANSLATED,
    wanted=("end", "snapshot"),
)

NAT = StateSchema(
    type="nat",
    fields=_fields(
        "the flow as its initiator sent it: from inside, or to an outside address",
        "the flow as it leaves towards the responder: with the outside address and port, or the inside host's",
        "",
    ),
    required=_TRANSLATED,
    wanted=("end", "snapshot"),
)

FIREWALL = StateSchema(
    type="firewall",
    fields=_fields("the flow as its initiator sent it", "the same", "(a firewall has none)"),
    required=("start",),
    wanted=("end", "snapshot", "tcp-state"),
)

SCHEMAS: dict[str, StateSchema] = {schema.type: schema for schema in (LOAD_BALANCER, NAT, FIREWALL)}
"""By ``type`` of the pairing."""

DRIVERS: dict[str, dict[Fact, Given]] = {
    "netfilter-log": {
        "start": Given("full"),
        "update": Given("none"),
        "end": Given("partial", "the primary's rules log packets with FIN or RST too"),
        "snapshot": Given("none", "a log holds nothing about connections that were open before it was read"),
        "translated-address": Given("full"),
        "translated-port": Given("full"),
        "sequence-deltas": Given("none", "no log line carries them"),
        "tcp-state": Given("partial", "the logged packets' flags show it"),
    },
    "conntrack": {
        "start": Given("full"),
        "update": Given("full"),
        "end": Given("full"),
        "snapshot": Given("full"),
        "translated-address": Given("full"),
        "translated-port": Given("full"),
        "sequence-deltas": Given("full"),
        "tcp-state": Given("full"),
    },
    "openflow-monitor": {
        "start": Given("full"),
        "update": Given("full"),
        "end": Given("partial", "rules end by time, and MiMi lets a flow live a little longer than its rule"),
        "snapshot": Given("full"),
        "translated-address": Given("full"),
        "translated-port": Given("full"),
        "sequence-deltas": Given("none", "OpenFlow rules do not change sequence numbers"),
        "tcp-state": Given("none", "a rule knows nothing of TCP"),
    },
    "published": {
        "start": Given("full"),
        "update": Given("full"),
        "end": Given("full"),
        "snapshot": Given("partial", "the primary tells of a listing when it starts"),
        "translated-address": Given("full"),
        "translated-port": Given("full"),
        "sequence-deltas": Given("partial", "the primary tells of them"),
        "tcp-state": Given("partial", "the primary tells of it"),
    },
}
"""By ``driver.kind``."""

_BOTH_SIDES = Given("partial", "the primary's rules log packets on both sides of the translation")

SPECIAL: dict[tuple[str, str], dict[Fact, Given]] = {
    ("nat", "netfilter-log"): {"translated-address": _BOTH_SIDES, "translated-port": _BOTH_SIDES},
}
"""By ``type`` and ``driver.kind``: where a driver knows less of a type than of others."""


def given(middlebox: str, driver: str) -> dict[Fact, Given]:
    """What a driver kind knows of a middlebox type."""
    return {**DRIVERS[driver], **SPECIAL.get((middlebox, driver), {})}


def gaps(middlebox: str, driver: str) -> Iterator[Gap]:
    """What a middlebox type needs or wants and a driver kind does not fully give; required facts first."""
    schema, known = SCHEMAS[middlebox], given(middlebox, driver)
    for fact in schema.required:
        if known[fact].knowledge != "full":
            yield Gap(fact, True, known[fact])
    for fact in schema.wanted:
        if known[fact].knowledge != "full":
            yield Gap(fact, False, known[fact])
