# SPDX-License-Identifier: Apache-2.0
"""The types of middlebox: what each is called in a pairing file and in its minion's configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Middlebox:
    """One ``type`` of pairing."""

    type: str
    title: str
    """What it is, with its article, for messages."""
    section: str
    """The key of the pairing that describes the service."""
    sides: tuple[str, str]
    """The keys of ``minion.interfaces``, in the order of the element's ports."""
    element: str
    """Name of the element that holds the flows, in the rendered configuration."""
    element_class: str
    log_prefix: str
    """Default of ``driver.prefix``."""


MIDDLEBOXES: Final[dict[str, Middlebox]] = {
    box.type: box
    for box in (
        Middlebox("load-balancer", "a load balancer", "vips", ("client", "server"), "lb", "MinionLB", "MIMI be="),
        Middlebox("nat", "a network address translator", "nat", ("inside", "outside"), "nat", "MinionNAT", "MIMI nat "),
        Middlebox("firewall", "a firewall", "firewall", ("inside", "outside"), "fw", "MinionFirewall", "MIMI fw "),
    )
}
"""By ``type``. Nothing else in MiMi names an element or a side of a type."""

SECTIONS: Final = tuple(box.section for box in MIDDLEBOXES.values())
"""Every type's own section."""
