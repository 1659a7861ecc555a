# SPDX-License-Identifier: Apache-2.0
"""Rules about a firewall's rules: what they must be, and which of them can never match."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
from mimi.pairing.model_firewall import Rule
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
        if rule.icmp_types and rule.protocol not in ("icmp", 1):
            found = f"protocol: {rule.protocol}"
            yield Problem("only ICMP has ICMP types", path=f"{here}.icmp_types", found=found, hint="add protocol: icmp")


def _families(s: Sections) -> Iterator[Problem]:
    for i, rule in enumerate(_rules(s)):
        if rule.protocol == _ICMP6 and (rule.source != "any" or rule.destination != "any"):
            path, found = f"firewall.rules[{i}].protocol", f"{_ICMP6}, ICMPv6, between IPv4 addresses"
            yield Problem("the rule can never match", path=path, expected="icmp", found=found)


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
