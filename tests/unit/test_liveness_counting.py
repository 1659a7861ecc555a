# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mimi.liveness.counting import LinkHealth, observe


def after(seen: list[str], fall: int = 1, rise: int = 3) -> LinkHealth:
    health = LinkHealth()
    for one in seen:
        health = observe(health, one, fall, rise)  # type: ignore[arg-type]
    return health


def test_never_there_stays_unknown() -> None:
    assert after(["missing"] * 50).declared == "unknown"


def test_first_look_is_believed() -> None:
    assert after(["up"]).declared == "up"
    assert after(["down"]).declared == "down"


def test_appears_later() -> None:
    assert after(["missing", "missing", "up"]).declared == "up"


def test_falls_at_the_count_and_not_before() -> None:
    assert after(["up", "down", "down"], fall=3).declared == "up"
    assert after(["up", "down", "down", "down"], fall=3).declared == "down"


def test_vanishing_counts_as_down() -> None:
    assert after(["up", "missing"]).declared == "down"


def test_rises_at_the_count_and_not_before() -> None:
    assert after(["up", "down", "up", "up"]).declared == "down"
    assert after(["up", "down", "up", "up", "up"]).declared == "up"


def test_one_good_look_starts_the_count_anew() -> None:
    assert after(["up", "down", "down", "up", "down", "down"], fall=3).declared == "up"


@given(
    st.lists(st.sampled_from(["up", "down", "missing"]), max_size=60),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_verdict_is_the_last_run_that_was_long_enough(seen: list[str], fall: int, rise: int) -> None:
    """A stupid second implementation: look back over the whole list each time."""
    verdict = "unknown"
    for end in range(1, len(seen) + 1):
        if verdict == "unknown":
            verdict = "unknown" if seen[end - 1] == "missing" else seen[end - 1]
            start = end
            continue
        window = seen[start:end]
        if verdict == "up" and len(window) >= fall and all(s != "up" for s in window[-fall:]):
            verdict, start = "down", end
        elif verdict == "down" and len(window) >= rise and all(s == "up" for s in window[-rise:]):
            verdict, start = "up", end
    assert after(seen, fall, rise).declared == verdict
