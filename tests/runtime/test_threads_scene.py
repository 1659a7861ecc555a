# SPDX-License-Identifier: Apache-2.0
"""Two driver threads that forward while handlers are called, bindings imported and the configuration swapped.

`make sanitize SANITIZE=thread` runs it under ThreadSanitizer, whose findings are part of what the program says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import wait_for
from netbed import Bed, Middle, transfer

pytestmark = pytest.mark.root

BALANCER = """
    lb :: MinionLB(VIP tcp 10.77.0.9:80 random 10.77.0.2:80, CAPACITY 100000);
    in0 :: FromDevice(d0, PROMISC true) -> c0 :: Counter -> k0 :: Classifier(12/0800, -);
    in1 :: FromDevice(d1, PROMISC true) -> c1 :: Counter -> k1 :: Classifier(12/0800, -);
    k0[0] -> Strip(14) -> CheckIPHeader -> [0]lb; k0[1] -> out1 :: ToDevice(d1);
    k1[0] -> Strip(14) -> CheckIPHeader -> [1]lb; k1[1] -> out0 :: ToDevice(d0);
    lb[0] -> to_b :: EtherEncap(0x0800, {a}, {b}) -> q :: Queue(2000) -> Unqueue -> out1;
    lb[1] -> to_a :: EtherEncap(0x0800, {b}, {a}) -> out0;
    lb[2] -> Classifier(-) -> rt :: StaticIPLookup(10.77.0.1/32 0, 10.77.0.2/32 1, 0.0.0.0/0 2);
    rt[0] -> to_a; rt[1] -> to_b; rt[2] -> Discard;
"""


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed() as made:
        yield made


def mac(bed: Bed, role: str) -> str:
    return bed.inside(role, "cat", f"/sys/class/net/{role}0/address").stdout.strip()


def bindings(start: int, count: int) -> str:
    return "".join(
        f"put {1_795_000_000_000_000 + n} tcp 10.1.{n // 250 % 250}.{n % 250}:4000 10.77.0.9:80 10.1.{n // 250 % 250}.{n % 250}:4000 10.77.0.2:80 7440\n"
        for n in range(start, start + count)
    )


def test_forwarding_import_handlers_and_hot_swap_at_the_same_time(bed: Bed, tmp_path: Path) -> None:
    text = BALANCER.format(a=mac(bed, "a"), b=mac(bed, "b"))
    with Middle(bed, text, tmp_path, threads=2, options=["-R"]) as middle:
        assert "threads 2\n" in middle.read("in0.method")
        for turn in range(3):
            sent, received = transfer(bed, 3)
            assert sent == received
            middle.write("lb.import", bindings(turn * 1000, 1000))
            for handler in ("c0.count", "c0.rate", "in0.threads", "in0.kernel-drops", "out1.count", "q.length", "lb.stats", "lb.digest"):
                middle.read(handler)
            middle.write("in0.reset_counts", "")
            middle.write("hotconfig", text)
            wait_for(lambda: middle.read("lb.count").isdigit(), "the new router")
        assert int(middle.read("lb.count")) >= 3000
        assert middle.read("out1.drops") == middle.read("out0.drops") == "0"
    assert "WARNING: ThreadSanitizer" not in middle.errors
