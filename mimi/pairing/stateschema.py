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


LOAD_BALANCER = StateSchema(
    type="load-balancer",
    fields=(
        Field("proto", True, True, "transport protocol of the flow"),
        Field("orig", True, True, "the flow as the client sent it: client to VIP"),
        Field("xlat", True, True, "the flow as it leaves towards the chosen backend"),
        Field("seq", True, True, "when the driver learned of it, microseconds since the Unix epoch; the newest wins"),
        Field("expires", True, True, "when the binding ends unless it is used, seconds since the Unix epoch"),
        Field("state", False, True, "TCP state: new, established, closing or closed"),
        Field("delta_fwd", False, False, "TCP sequence offset towards the responder: a balancer that rewrites has none"),
        Field("delta_rev", False, False, "TCP sequence offset towards the initiator: a balancer that rewrites has none"),
        Field("source", False, False, "the driver that learned it"),
        Field("confidence", False, False, "how sure the driver is, 0 to 1"),
    ),
    required=("start", "translated-address", "translated-port"),
    wanted=("end", "snapshot"),
)

SCHEMAS: dict[str, StateSchema] = {LOAD_BALANCER.type: LOAD_BALANCER}
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
        "tcp-state": Given("partial", "only as far as the logged packets' flags show it"),
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
}
"""By ``driver.kind``."""


def gaps(middlebox: str, driver: str) -> Iterator[Gap]:
    """What a middlebox type needs or wants and a driver kind does not fully give; required facts first."""
    schema, given = SCHEMAS[middlebox], DRIVERS[driver]
    for fact in schema.required:
        if given[fact].knowledge != "full":
            yield Gap(fact, True, given[fact])
    for fact in schema.wanted:
        if given[fact].knowledge != "full":
            yield Gap(fact, False, given[fact])
