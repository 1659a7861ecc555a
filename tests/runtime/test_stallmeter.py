# SPDX-License-Identifier: Apache-2.0
"""StallMeter: pauses between pushes, on a clock that the test moves."""

from __future__ import annotations

import pytest
from packetwork import data_of

from mimi.click.router import Router
from mimi.errors import ClickError

CONFIG = "in :: MemoryIn -> m :: StallMeter({}) -> out :: MemoryOut"


def push(router: Router, data: bytes) -> None:
    router.push("in", data)
    router.run()


def test_the_longest_pause_and_how_many_were_too_long() -> None:
    with Router(CONFIG.format("0.5"), clock="virtual") as router:
        for pause_ms in (0, 200, 2000, 500, 750):
            router.run(ms=pause_ms)
            push(router, b"x")
        assert (router.read("m.longest_us"), router.read("m.stalls"), router.read("m.pushes")) == (b"2000000", b"2", b"5")
        router.write("m.reset", "")
        router.run(ms=9000)
        push(router, b"y")
        assert (router.read("m.longest_us"), router.read("m.stalls"), router.read("m.pushes")) == (b"0", b"0", b"1")
        assert data_of(router.packets("out")) == [b"x"] * 5 + [b"y"]


def test_work_is_told_apart_from_waiting() -> None:
    with Router(CONFIG.format("WORK true"), clock="virtual") as router:
        push(router, b"x")
        router.run(ms=3_600_000)
        push(router, b"x")
        assert router.read("m.longest_us") == b"3600000000"
        assert int(router.read("m.longest_work_us")) < 3600000000


def test_a_threshold_of_nothing_is_refused() -> None:
    with pytest.raises(ClickError, match="THRESHOLD: expected a time longer than 0"):
        Router(CONFIG.format("0"))
