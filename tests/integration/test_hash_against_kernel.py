# SPDX-License-Identifier: Apache-2.0
"""A balancer that is told its primary's seed places flows as nftables does, without a word from it."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

import pytest

from tests.elements.lb import BACKENDS, WEB, Balancer, configuration, tcp
from tests.elements.model_packets import Endpoint
from tests.elements.model_pool import Vip
from tests.integration.kernelbox import KernelBox

pytestmark = pytest.mark.root

EXPRESSIONS = {"source-hash": "ip saddr", "flow-hash": "ip saddr . ip daddr . tcp sport . tcp dport"}
CLIENTS: list[Endpoint] = [(f"10.1.{n % 5}.{n % 251 + 1}", port) for n, port in enumerate(random.Random(1).sample(range(1024, 65536), 300))]
SEEDS = [1, 0x12345678, 0xFFFFFFFF]


def rules(expression: str, seed: int, weights: tuple[int, ...]) -> str:
    numbers, first = [], 0
    for (address, _), weight in zip(BACKENDS, weights, strict=True):
        numbers += [f"{number} : {address}" for number in range(first, first + weight)]
        first += weight
    return f"""table ip balancer {{
        chain in {{
            type nat hook prerouting priority dstnat;
            ip daddr {WEB[0]} tcp dport {WEB[1]} dnat to jhash {expression} mod {first} seed {seed} map {{ {", ".join(numbers)} }}
        }}
    }}"""


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 1, 2)], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("choose", EXPRESSIONS)
def test_new_flows_go_where_the_primary_sends_them(choose: str, seed: int, weights: tuple[int, ...]) -> None:
    packets = [tcp(client, WEB, "S") for client in CLIENTS]
    vip = Vip(6, WEB, BACKENDS, choose, weights=weights, seed=seed, hash="nftables")
    with ExitStack() as stack:
        box = KernelBox(stack, rules(EXPRESSIONS[choose], seed, weights), ("10.1.0.254/32", "10.2.0.254/32"), ["10.1.0.0/16"])
        theirs = {packet[12:22]: socket.inet_ntoa(packet[16:20]) for packet in box.send(0, packets)[1]}
        with Balancer(configuration(vips=[vip])) as lb:
            ours = {packet[12:22]: socket.inet_ntoa(packet[16:20]) for _, packet in lb.send(0, *packets)}
    assert len(theirs) == len(CLIENTS)
    assert set(theirs.values()) == {address for address, _ in BACKENDS}
    assert ours == theirs
