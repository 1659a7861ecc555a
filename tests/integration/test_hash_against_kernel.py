# SPDX-License-Identifier: Apache-2.0
"""A balancer that is told its primary's seed places flows as nftables does, without a word from it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.elements.lb import BACKENDS, WEB, Balancer, configuration, six, tcp
from tests.elements.model_packets import Endpoint, addresses, flow_key
from tests.elements.model_pool import Vip
from tests.integration.kernelbox import KernelBox

pytestmark = pytest.mark.root

SIX = ("2001:db8:10:1::fe/128", "2001:db8:10:2::fe/128", "2001:db8:10:1::/64")
EXPRESSIONS = {"source-hash": "{ip} saddr", "flow-hash": "{ip} saddr . {ip} daddr . tcp sport . tcp dport"}
CLIENTS: list[Endpoint] = [(f"10.1.{n % 5}.{n % 251 + 1}", port) for n, port in enumerate(random.Random(1).sample(range(1024, 65536), 300))]
SEEDS = [1, 0x12345678, 0xFFFFFFFF]


def as_it_is(end: Endpoint) -> Endpoint:
    return end


def rules(vip: Vip) -> str:
    ip = "ip6" if ":" in vip.service[0] else "ip"
    numbers, first = [], 0
    for (address, _), weight in zip(vip.backends, vip.weights, strict=True):
        numbers += [f"{number} : {address}" for number in range(first, first + weight)]
        first += weight
    expression = EXPRESSIONS[vip.choose].format(ip=ip)
    return f"""table {ip} balancer {{
        chain in {{
            type nat hook prerouting priority dstnat;
            {ip} daddr {vip.service[0]} tcp dport {vip.service[1]} dnat to jhash {expression} mod {first} seed {vip.seed} map {{ {", ".join(numbers)} }}
        }}
    }}"""


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 1, 2)], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("choose", EXPRESSIONS)
@pytest.mark.parametrize(
    ("end", "networks"), [(as_it_is, ("10.1.0.254/32", "10.2.0.254/32", "10.1.0.0/16")), (six, SIX)], ids=["IPv4", "IPv6"]
)
def test_new_flows_go_where_the_primary_sends_them(
    choose: str, seed: int, weights: tuple[int, ...], end: Callable[[Endpoint], Endpoint], networks: tuple[str, str, str]
) -> None:
    vip = Vip(6, end(WEB), tuple(map(end, BACKENDS)), choose, weights=weights, seed=seed, hash="nftables")
    packets = [tcp(end(client), vip.service, "S") for client in CLIENTS]
    with ExitStack() as stack:
        box = KernelBox(stack, rules(vip), networks[:2], networks[2:])
        theirs = {flow_key(packet)[1]: addresses(packet)[1] for packet in box.send(0, packets)[1]}  # type: ignore[index]
        with Balancer(configuration(vips=[vip])) as lb:
            ours = {flow_key(packet)[1]: addresses(packet)[1] for _, packet in lb.send(0, *packets)}  # type: ignore[index]
    assert len(theirs) == len(CLIENTS)
    assert set(theirs.values()) == {address for address, _ in vip.backends}
    assert ours == theirs
