# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mimi.failover import Drained, FailoverState, LinkVerdict, OperatorOrder, Order, step

LINKS = ("a", "b")


def test_first_link_down_orders_the_minion() -> None:
    state, order = step(FailoverState(), LinkVerdict("a", False), 5.0)
    assert order == Order("minion", "link a down")
    assert (state.active, state.since_s, state.down) == ("minion", 5.0, frozenset("a"))


def test_second_link_down_orders_nothing_more() -> None:
    state, _ = step(FailoverState(), LinkVerdict("a", False), 5.0)
    state, order = step(state, LinkVerdict("b", False), 6.0)
    assert order is None
    assert state.since_s == 5.0


def test_manual_stays_with_the_minion_until_ordered() -> None:
    state, _ = step(FailoverState(), LinkVerdict("a", False), 1.0)
    state, order = step(state, LinkVerdict("a", True), 2.0)
    assert (state.active, order) == ("minion", None)
    state, order = step(state, OperatorOrder("primary"), 3.0)
    assert (state.active, order) == ("primary", Order("primary", "ordered by the operator"))


def test_immediate_returns_when_every_link_is_up() -> None:
    state, _ = step(FailoverState(), LinkVerdict("a", False), 1.0, "immediate")
    state, _ = step(state, LinkVerdict("b", False), 1.0, "immediate")
    state, order = step(state, LinkVerdict("a", True), 2.0, "immediate")
    assert order is None
    state, order = step(state, LinkVerdict("b", True), 3.0, "immediate")
    assert order == Order("primary", "all links up")


def test_drain_keeps_the_minion_in_the_path_until_its_own_flows_have_ended() -> None:
    state, _ = step(FailoverState(), LinkVerdict("a", False), 1.0, "drain")
    state, order = step(state, LinkVerdict("a", True), 2.0, "drain")
    assert order == Order("drain", "all links up")
    state, order = step(state, Drained(), 3.0, "drain")
    assert (state.active, order) == ("primary", Order("primary", "its own flows have ended"))


def test_a_link_that_fails_while_draining_gives_everything_to_the_minion() -> None:
    state, order = step(FailoverState("drain"), LinkVerdict("b", False), 1.0, "drain")
    assert (state.active, order) == ("minion", Order("minion", "link b down"))


def test_news_of_the_drain_that_comes_late_changes_nothing() -> None:
    for active in ("primary", "minion"):
        state = FailoverState(active)  # type: ignore[arg-type]
        assert step(state, Drained(), 1.0, "drain") == (state, None)


def test_ordering_what_is_already_so_is_nothing() -> None:
    state = FailoverState()
    assert step(state, OperatorOrder("primary"), 9.0) == (state, None)


events = st.lists(
    st.one_of(
        st.builds(LinkVerdict, st.sampled_from(LINKS), st.booleans()),
        st.builds(OperatorOrder, st.sampled_from(("primary", "minion", "drain"))),
        st.just(Drained()),
    ),
    max_size=30,
)


@given(events, st.sampled_from(("manual", "immediate", "drain")))
def test_orders_are_exactly_the_changes_of_the_active_side(sequence: list, failback: str) -> None:
    """Whoever carries out the orders is where the state says; no order repeats the one before."""
    state, carried_out = FailoverState(), "primary"
    for now, event in enumerate(sequence):
        before = state.active
        state, order = step(state, event, float(now), failback)  # type: ignore[arg-type]
        assert (order is not None) == (before != state.active)
        if order is not None:
            carried_out = order.target
        assert carried_out == state.active


@given(events)
def test_manual_never_fails_back_by_itself(sequence: list) -> None:
    state = FailoverState()
    for now, event in enumerate(sequence):
        before = state.active
        state, _ = step(state, event, float(now))
        if before == "minion" and state.active != "minion":
            assert isinstance(event, OperatorOrder)


@given(events)
def test_draining_never_leaves_the_minion_with_a_link_down_by_itself(sequence: list) -> None:
    state = FailoverState()
    for now, event in enumerate(sequence):
        before = state.active
        state, _ = step(state, event, float(now), "drain")
        if before == "minion" and state.active == "drain":
            assert isinstance(event, OperatorOrder) or not state.down
        if before != "primary" and state.active == "primary":
            assert event in (Drained(), OperatorOrder("primary"))
