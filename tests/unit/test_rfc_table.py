# SPDX-License-Identifier: Apache-2.0
"""The table of RFC requirements says what the marks on the tests say."""

from __future__ import annotations

from tests.rfc.table import PAGE, Requirement, marked_tests, marks, page, requirements, totals, unknown, verdict

MODULE = """
@pytest.mark.rfc("4787", "REQ-1", "REQ-2")
@pytest.mark.rfc("5382", "REQ-1")
@pytest.mark.parametrize("x", [1])
def test_it(x): ...
def test_other(): ...
class TestMore:
    @pytest.mark.rfc("7857", "2.1")
    def test_inside(self): ...
"""
RULE = Requirement("4787", "REQ-1", "must", "Something.")


def test_marks_are_found() -> None:
    expected = [("test_it", ("4787", "REQ-1")), ("test_it", ("4787", "REQ-2")), ("test_it", ("5382", "REQ-1"))]
    assert list(marks(MODULE)) == [*expected, ("test_inside", ("7857", "2.1"))]


def test_a_failed_test_shows_nothing() -> None:
    assert verdict(RULE, ["a", "b"], set()) == "shown"
    assert verdict(RULE, ["a", "b"], {"b"}) == "missing"


def test_a_reason_counts_when_there_is_no_test() -> None:
    reasoned = Requirement("4787", "REQ-1", "must", "Something.", "Because.")
    assert [verdict(r, [], set()) for r in (RULE, reasoned)] == ["missing", "reasoned"]
    assert totals(["shown", "missing", "shown"]) == "2 shown, 0 reasoned, 1 missing"


def test_a_requirement_that_no_rfc_has_is_noticed() -> None:
    assert unknown({("4787", "REQ-1"), ("4787", "REQ-99")}) == {("4787", "REQ-99")}


def test_every_mark_names_a_requirement() -> None:
    assert unknown(set(marked_tests())) == set()


def test_requirements_are_named_once_and_tell_what_they_ask() -> None:
    rows = requirements()
    assert len({(r.rfc, r.name) for r in rows}) == len(rows)
    assert all(r.level in ("must", "should", "may") and r.text.endswith(".") for r in rows)


def test_a_shown_requirement_has_no_reason_left() -> None:
    shown = marked_tests()
    assert [r.name for r in requirements() if r.reason and (r.rfc, r.name) in shown] == []


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == page(), "stale: python -m tests.rfc.table --page"
