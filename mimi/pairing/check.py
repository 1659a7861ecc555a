# SPDX-License-Identifier: Apache-2.0
"""What the parts of a pairing must be to each other. Pure: a pairing goes in, problems come out.

An *error* is a pairing that cannot work, a *warning* one that works less well than its author may think. Rules look at
sections (:class:`Sections`), so that they also run on the sound parts of a file whose other parts are malformed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mimi.errors import Problem
from mimi.pairing import rules_control, rules_firewall, rules_loadbalancer, rules_minion, rules_nat, rules_type
from mimi.pairing.model import Pairing
from mimi.pairing.sections import Sections


def check(pairing: Pairing) -> tuple[Problem, ...]:
    """Every problem of meaning, errors and warnings; the paths tell where, places are the loader's knowledge."""
    return tuple(check_sections(Sections.of(pairing)))


def check_sections(sections: Sections) -> Iterator[Problem]:
    """Run every rule on the sections that are there."""
    for module in (rules_type, rules_loadbalancer, rules_nat, rules_firewall, rules_minion, rules_control):
        for rule in module.RULES:
            yield from rule(sections)
