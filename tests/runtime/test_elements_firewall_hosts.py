# SPDX-License-Identifier: Apache-2.0
"""MinionFirewall between two Linux hosts, on a line that loses packets: their TCP must never be found outside its windows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from netbed import Bed, Middle, transfer

pytestmark = pytest.mark.root

LOSSES = ["0", "0.01"]


def graph(loss: str) -> str:
    return f"""
        fw :: MinionFirewall(RULE "allow from inside tcp any any:5001", RULE "allow from inside icmp any any types echo-request");
        q0 :: Queue(4000) -> ToDevice(d0); q1 :: Queue(4000) -> ToDevice(d1);
        FromDevice(d0, PROMISC true) -> k0 :: Classifier(12/0800, -) -> MarkIPHeader(14) -> RandomSample(DROP {loss}) -> [0]fw;
        FromDevice(d1, PROMISC true) -> k1 :: Classifier(12/0800, -) -> MarkIPHeader(14) -> RandomSample(DROP {loss}) -> [1]fw;
        k0[1] -> q1; k1[1] -> q0; fw[0] -> q1; fw[1] -> q0;
    """


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed() as made:
        yield made


def stats(middle: Middle) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in middle.read("fw.stats").splitlines())}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_transfer_is_in_its_windows_from_beginning_to_end(bed: Bed, tmp_path: Path, loss: str) -> None:
    with Middle(bed, graph(loss), tmp_path) as middle:
        sent, received = transfer(bed, 30)
        assert sent == received
        found = stats(middle)
        assert (found["new_flows"], found["drop_window"], found["drop_unknown"]) == (1, 0, 0)
        assert "state=closed" in middle.read("fw.export")


@pytest.mark.parametrize("loss", LOSSES)
def test_a_transfer_outlives_firewalls_that_know_it_from_import_alone(bed: Bed, tmp_path: Path, loss: str) -> None:
    with Middle(bed, graph(loss), tmp_path) as middle, ThreadPoolExecutor(1) as beside:
        done = beside.submit(transfer, bed, 60)
        takeovers = 0
        while not done.done():
            if known := middle.read("fw.export"):
                middle.write("fw.clear", "")
                middle.write("fw.import", known)
                takeovers += 1
                forwarded = stats(middle)["forward"]
                while not done.done() and stats(middle)["forward"] < forwarded + 50:
                    pass  # until it has learned the flow anew
        sent, received = done.result()
        assert sent == received
        assert takeovers > 3
        assert (stats(middle)["new_flows"], stats(middle)["drop_window"]) == (1, 0)


def test_pings_go_out_and_nothing_comes_in_unasked(bed: Bed, tmp_path: Path) -> None:
    with Middle(bed, graph("0"), tmp_path) as middle:
        assert bed.ping(role="a")
        assert not bed.ping("10.77.0.1", count=1, role="b")
        assert stats(middle)["drop_denied"] == 1
