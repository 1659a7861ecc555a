# SPDX-License-Identifier: Apache-2.0
"""The handlers of a box with a table for each version of IP: their text is one, whichever table a line is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mimi.click import Router
from mimi.errors import ClickError
from tests.elements import fw

LB = """
    lb :: MinionLB(VIP tcp 10.1.0.100:80 random 10.2.0.1:80 10.2.0.2:80,
                   VIP tcp [2001:db8:f::10]:80 random [2001:db8:2::11]:80 [2001:db8:2::12]:80);
    Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard;
"""
KEY4 = "tcp 10.1.0.1:4000 10.1.0.100:80"
KEY6 = "tcp [2001:db8::1]:4000 [2001:db8:f::10]:80"
XLAT4 = "10.1.0.1:4000 10.2.0.2:80"
XLAT6 = "[2001:db8::1]:4000 [2001:db8:2::12]:80"
PUT4 = f"put 7 {KEY4} {XLAT4} 7440 state=established\n"
PUT6 = f"put 9 {KEY6} {XLAT6} 7440 state=established\n"
FNV_START, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3


@pytest.fixture
def lb() -> Iterator[Router]:
    with Router(LB, clock="virtual") as router:
        yield router


def read(router: Router, handler: str, parameter: str = "") -> str:
    return router.read(handler, parameter).decode()


def fnv(text: str) -> int:
    value = FNV_START
    for byte in text.encode():
        value = (value ^ byte) * FNV_PRIME % 2**64
    return value


def statistic(router: Router, name: str) -> int:
    return {key: int(value) for key, value in (line.split() for line in read(router, "lb.stats").splitlines())}[name]


@pytest.mark.parametrize("text", [PUT4 + PUT6, PUT6 + PUT4])
def test_one_import_has_lines_of_both_in_any_order(lb: Router, text: str) -> None:
    lb.write("lb.import", text)
    assert sorted(read(lb, "lb.export").splitlines(keepends=True)) == sorted([PUT4, PUT6])
    assert (read(lb, "lb.count").strip(), statistic(lb, "applied")) == ("2", 2)


def test_lookup_and_remove_find_the_table_by_the_key(lb: Router) -> None:
    lb.write("lb.import", PUT4 + PUT6)
    assert read(lb, "lb.lookup", KEY6) + "\n" == PUT6
    assert read(lb, "lb.lookup", KEY4) + "\n" == PUT4
    lb.write("lb.remove", f"{KEY6}\n")
    assert (read(lb, "lb.lookup", KEY6), read(lb, "lb.export")) == ("", PUT4)
    lb.write("lb.import", f"put 20 {KEY6} {XLAT6} 9\n")
    lb.write("lb.remove", f"{KEY4}\n{KEY6}\n")
    assert read(lb, "lb.export") == ""


def test_del_lines_act_on_the_table_of_their_key(lb: Router) -> None:
    lb.write("lb.import", PUT4 + PUT6)
    lb.write("lb.import", f"del 8 {KEY6}\ndel 8 {KEY4}\n")
    assert (read(lb, "lb.export"), statistic(lb, "removed"), statistic(lb, "stale")) == (PUT6, 1, 1)


def test_the_digest_is_the_sum_over_both(lb: Router) -> None:
    lb.write("lb.import", PUT6 + PUT4)
    both = (fnv(f"{KEY4} {XLAT4}") + fnv(f"{KEY6} {XLAT6}")) % 2**64
    assert read(lb, "lb.digest").strip() == f"2 {both:016x}"
    lb.write("lb.remove", f"{KEY4}\n")
    six = fnv(f"{KEY6} {XLAT6}")
    assert read(lb, "lb.digest").strip() == f"1 {six:016x}"


def test_clear_empties_both(lb: Router) -> None:
    lb.write("lb.import", PUT6 + PUT4)
    lb.write("lb.clear", "")
    assert (read(lb, "lb.export"), read(lb, "lb.count").strip(), read(lb, "lb.digest").split()[0]) == ("", "0", "0")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (PUT6.replace("2001:db8:f::10", "2001:DB8:F::10"), "line 3: expected '[2001:db8:f::10]:80', as that address is written"),
        (PUT6.replace(XLAT6, XLAT4), "line 3: expected an IPv6 endpoint, as before in this line, found '10.1.0.1:4000'"),
        (PUT4.replace("10.2.0.2:80", "[2001:db8:2::12]:80"), "line 3: expected an IPv4 endpoint, as before in this line"),
        (PUT4.replace("tcp", "sctp"), "line 3: expected "),
    ],
)
def test_a_wrong_line_keeps_those_of_both_out(lb: Router, line: str, said: str) -> None:
    with pytest.raises(ClickError) as refusal:
        lb.write("lb.import", PUT4 + PUT6 + line)
    assert said in str(refusal.value)
    assert (read(lb, "lb.export"), statistic(lb, "applied")) == ("", 0)


def test_a_firewall_takes_queries_of_both() -> None:
    lines = [
        "put 5 icmp 10.0.0.7:77 198.51.100.9:0 10.0.0.7:77 198.51.100.9:0 30\n",
        "put 6 icmp6 [2001:db8::7]:77 [2001:db8:9::9]:0 [2001:db8::7]:77 [2001:db8:9::9]:0 30\n",
    ]
    with fw.Firewall() as box:
        box.router.write("fw.import", "".join(lines))
        assert sorted(read(box.router, "fw.export").splitlines(keepends=True)) == lines
