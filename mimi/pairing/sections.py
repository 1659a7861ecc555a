# SPDX-License-Identifier: Apache-2.0
"""What the rules of ``mimi.pairing.check`` look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TypeVar

from mimi.errors import Problem
from mimi.pairing.middlebox import MIDDLEBOXES, Middlebox
from mimi.pairing.model import Driver, Fabric, Health, Interface, Liveness, Minion, Pairing, Store, Sync
from mimi.pairing.model_firewall import Firewall
from mimi.pairing.model_loadbalancer import Vip
from mimi.pairing.model_nat import Nat
from mimi.pairing.parts import IPAddress

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a pairing that are well formed; None (or empty) stands for absent or malformed."""

    type: str | None = None
    semantics: str = "rewrite"
    vips: tuple[Vip, ...] = ()
    nat: Nat | None = None
    firewall: Firewall | None = None
    minion: Minion | None = None
    driver: Driver | None = None
    store: Store | None = None
    sync: Sync | None = None
    liveness: Liveness | None = None
    health: Health | None = None
    fabric: Fabric | None = None
    keys: frozenset[str] | None = None
    """The keys that have a value, well formed or not."""
    sides: frozenset[str] | None = None
    """The keys of ``minion.interfaces``; None when there are no such keys."""

    @classmethod
    def of(cls, pairing: Pairing) -> Sections:
        """All sections of a whole pairing."""
        known = {name: getattr(pairing, name) for name in SECTION_NAMES}
        sides = frozenset(name for name, _ in pairing.minion.interfaces.sides)
        keys = frozenset(name for name in pairing.model_fields_set if getattr(pairing, name) is not None)
        return cls(**known, keys=keys, sides=sides)

    @property
    def middlebox(self) -> Middlebox | None:
        """What goes with the type, if that is known."""
        return MIDDLEBOXES.get(self.type or "")


SECTION_NAMES = tuple(field.name for field in fields(Sections) if field.name in Pairing.model_fields)
"""The keys of a pairing that rules look at."""


def warning(message: str, path: str, *, expected: str = "", found: str = "", hint: str = "") -> Problem:
    """A problem that does not make a pairing unusable."""
    return Problem(message, path=path, expected=expected, found=found, hint=hint, severity="warning")


def _repeats(items: Iterable[tuple[str, _T]]) -> Iterator[tuple[str, _T, str]]:
    """(path, value, path of the first) for every value that was there before."""
    first: dict[_T, str] = {}
    for path, value in items:
        if value in first:
            yield path, value, first[value]
        else:
            first[value] = path


def unique(what: str, items: Iterable[tuple[str, _T]], hint: str = "") -> Iterator[Problem]:
    """One problem for each repetition of a value; ``items`` are (path, value)."""
    for path, value, first in _repeats(items):
        yield Problem(f"{what} is used twice", path=path, found=f"{value}, as in {first}", hint=hint)


def host_address_fault(address: IPAddress) -> str:
    """Why an address cannot be a host's, or an empty text."""
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_loopback:
        return "a loopback address"
    if address.is_multicast:
        return "a multicast address"
    if address.version == 6 and address.ipv4_mapped is not None:
        return "an IPv4 address in IPv6's form"
    if address.version == 6 and address.is_link_local:
        return "a link-local address, which means something on one link alone"
    return "a reserved address" if address.is_reserved else ""


def listed(items: Iterable[object]) -> str:
    """Items for a message: ``a, b``."""
    return ", ".join(str(item) for item in items)


def sides_of(minion: Minion) -> tuple[tuple[str, Interface], ...]:
    """(path, interface) of the sides that are there, first the one of the element's first port."""
    return tuple((f"minion.interfaces.{name}", side) for name, side in minion.interfaces.sides)
