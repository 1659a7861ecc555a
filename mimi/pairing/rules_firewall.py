# SPDX-License-Identifier: Apache-2.0
"""Rules about a firewall's rules: what they must be, and which of them can never match."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from mimi.errors import Problem
from mimi.pairing.model_firewall import ICMP6_NUMBERS, ICMP_NUMBERS, Rule
from mimi.pairing.parts import IPNetwork
from mimi.pairing.sections import Sections, listed, unique, warning
from mimi.pairing.shadow import shadowed_rules

_ICMP6 = 58


def _rules(s: Sections) -> tuple[Rule, ...]:
    return s.firewall.rules if s.firewall is not None else ()


def _names(s: Sections) -> Iterator[Problem]:
    yield from unique("the rule's name", ((f"firewall.rules[{i}].name", rule.name) for i, rule in enumerate(_rules(s))))


def _words_fit(s: Sections) -> Iterator[Problem]:
    for i, rule in enumerate(_rules(s)):
        here = f"firewall.rules[{i}]"
        for key, ports in (("source_ports", rule.source_ports), ("destination_ports", rule.destination_ports)):
            if ports and rule.protocol not in ("tcp", "udp", 6, 17):
                hint = "add protocol: tcp or protocol: udp; for both write two rules"
                yield Problem("ports need a protocol that has them", path=f"{here}.{key}", found=f"protocol: {rule.protocol}", hint=hint)
        if rule.icmp_types and rule.protocol not in ("icmp", 1, "icmp6", _ICMP6):
            found = f"protocol: {rule.protocol}"
            hint = "add protocol: icmp, or icmp6"
            yield Problem("only ICMP has ICMP types", path=f"{here}.icmp_types", found=found, hint=hint)
            continue
        known, name = (ICMP6_NUMBERS, "icmp6") if rule.protocol in ("icmp6", _ICMP6) else (ICMP_NUMBERS, "icmp")
        for j, word in enumerate(rule.icmp_types):
            if isinstance(word, str) and word not in known:
                yield Problem(f"{name} has no such type", path=f"{here}.icmp_types[{j}]", expected=listed(known), found=word)


def _families(s: Sections) -> Iterator[Problem]:
    for i, rule in enumerate(_rules(s)):
        versions = {version for version in (_version(rule.source), _version(rule.destination)) if version}
        here = f"firewall.rules[{i}]"
        if len(versions) == 2:
            yield Problem(
                "the rule can never match", path=f"{here}.destination", found=f"{rule.source} to {rule.destination}: two versions of IP"
            )
        for number, word, other in ((1, "icmp", 6), (_ICMP6, "icmp6", 4)):
            if rule.protocol in (number, word) and other in versions:
                found, expected = f"{rule.protocol}, between IPv{other} addresses", "icmp6" if other == 6 else "icmp"
                yield Problem("the rule can never match", path=f"{here}.protocol", expected=expected, found=found)


def _version(prefix: IPNetwork | Literal["any"]) -> int:
    """Of a rule's addresses; 0: either."""
    return 0 if isinstance(prefix, str) else prefix.version


def _shadowed(s: Sections) -> Iterator[Problem]:
    rules = _rules(s)
    for i, blamed in shadowed_rules(rules):
        earlier = listed(rules[j].name for j in blamed)
        hint = "move it up if it is an exception to them, or remove it"
        yield warning(
            "the rule can never match", f"firewall.rules[{i}]", found=f"everything it matches is matched before by {earlier}", hint=hint
        )


def _picks_nothing(s: Sections) -> Iterator[Problem]:
    if s.type == "firewall" and s.minion is not None and s.minion.unknown_flows == "pick":
        hint = "firewall.mid_flow: loose lets the rules decide about flows in their middle"
        expected = "drop or reset"
        yield Problem("a firewall has nothing to pick", path="minion.unknown_flows", expected=expected, found="pick", hint=hint)


def _lets_all_pass(s: Sections) -> Iterator[Problem]:
    if s.firewall is not None and s.firewall.default == "allow" and all(rule.action == "allow" for rule in s.firewall.rules):
        yield warning("the firewall lets everything pass", "firewall.default", found="allow, and no rule denies", hint="use default: deny")


def _lets_nothing_pass(s: Sections) -> Iterator[Problem]:
    if s.firewall is not None and s.firewall.default != "allow" and not any(rule.action == "allow" for rule in s.firewall.rules):
        hint = "add a rule with action: allow"
        yield warning(
            "the firewall lets no new flow pass", "firewall.rules", found=f"default {s.firewall.default}, no rule allows", hint=hint
        )


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _names,
    _words_fit,
    _families,
    _shadowed,
    _picks_nothing,
    _lets_all_pass,
    _lets_nothing_pass,
)
"""What this module contributes to ``check``."""
