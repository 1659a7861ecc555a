# SPDX-License-Identifier: Apache-2.0
"""What health makes of the states of backends, without I/O."""

from __future__ import annotations

import pytest

from mimi.liveness.backends import differences, parse_vips, silent_vips, taken_over, targets
from mimi.liveness.counting import LinkHealth

TEXT = """\
vip tcp 10.1.0.100:8000-8010 maglev chosen 4 mode dnat
backend 10.2.0.1 chosen 4 forward 1 reverse 2 weight 1 state active flows 1
backend 10.2.0.2:80 chosen 0 forward 0 reverse 0 weight 1 state down flows 0
backend 10.2.0.3:80 chosen 0 forward 0 reverse 0 weight 1 state draining flows 0
backend 10.2.0.4:80 chosen 0 forward 0 reverse 0 weight 1 state removed flows 0
vip udp 10.1.0.101:53 random chosen 0 mode dnat
backend 10.2.0.1:53 chosen 0 forward 0 reverse 0 weight 1 state active flows 0
vip tcp 10.1.0.102:80 random chosen 0 mode dnat
backend 10.2.0.2:80 chosen 0 forward 0 reverse 0 weight 1 state active flows 0
backend 10.2.0.5:80 chosen 0 forward 0 reverse 0 weight 1 state active flows 0
"""
ONE, TWO, THREE, FIVE = ("10.2.0.1", 8000), ("10.2.0.2", 80), ("10.2.0.3", 80), ("10.2.0.5", 80)


def verdicts(*down: tuple[str, int]) -> dict[tuple[str, int], LinkHealth]:
    return {target: LinkHealth("down", "down") if target in down else LinkHealth("up", "up") for target in (ONE, TWO, THREE, FIVE)}


def test_backends_of_tcp_are_asked_once_at_their_port_or_the_first_of_the_vip() -> None:
    assert targets(parse_vips(TEXT)) == {ONE, TWO, THREE, FIVE}


def test_backends_of_ipv6_are_asked_too() -> None:
    lines = "vip tcp [2001:db8:f::10]:80-90 random chosen 0 mode dnat\n" + "".join(
        f"backend {name} chosen 0 forward 0 reverse 0 weight 1 state active flows 0\n"
        for name in ("[2001:db8:2::11]:8080", "2001:db8:2::12", "[2001:db8:2::13]")
    )
    assert targets(parse_vips(lines)) == {("2001:db8:2::11", 8080), ("2001:db8:2::12", 80), ("2001:db8:2::13", 80)}


def test_what_the_element_was_told_stands_until_probes_say_otherwise() -> None:
    health = taken_over(parse_vips(TEXT), {ONE: LinkHealth("up", "down", 1), ("10.2.0.9", 1): LinkHealth("down", "down")})
    assert health == {
        ONE: LinkHealth("up", "down", 1),
        TWO: LinkHealth("down", "down"),
        THREE: LinkHealth("up", "up"),
        FIVE: LinkHealth("up", "up"),
    }


def test_only_what_differs_is_told() -> None:
    assert differences(parse_vips(TEXT), verdicts(TWO)) == (["tcp 10.1.0.102:80 10.2.0.2:80"], [])
    assert differences(parse_vips(TEXT), verdicts()) == ([], ["tcp 10.1.0.100:8000-8010 10.2.0.2:80"])


def test_nothing_is_told_of_draining_and_removed_backends() -> None:
    assert differences(parse_vips(TEXT), verdicts(TWO, THREE)) == differences(parse_vips(TEXT), verdicts(TWO))


def test_when_nobody_of_a_vip_answers_all_of_them_stay_in_use() -> None:
    backends = parse_vips(TEXT)
    assert silent_vips(backends, verdicts(TWO, FIVE)) == {"tcp 10.1.0.102:80"}
    assert differences(backends, verdicts(TWO, FIVE)) == ([], [])
    assert silent_vips(backends, verdicts(ONE, TWO)) == {"tcp 10.1.0.100:8000-8010"}
    assert differences(backends, verdicts(ONE, TWO)) == (["tcp 10.1.0.102:80 10.2.0.2:80"], ["tcp 10.1.0.100:8000-8010 10.2.0.2:80"])


@pytest.mark.parametrize("text", ["", "nonsense\n\n", "backend\n", "vip\nbackend x y\n"])
def test_other_text_names_no_backends(text: str) -> None:
    assert parse_vips(text) == ()
