# SPDX-License-Identifier: Apache-2.0
"""Route tables against a model that looks at every prefix."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import through

from mimi.click.router import Router
from mimi.errors import ClickError

PREFIXES = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    # Few high bits, so that prefixes nest.
    st.integers(0, 7).map(lambda n: 0x0A000000 | (n & 3) << 14 | (n & 4) << 6),
    st.integers(0, 32),
)
OPERATIONS = st.lists(st.tuples(st.sampled_from(["set", "remove"]), PREFIXES, st.integers(0, 3)), max_size=25)
ADDRESSES = st.integers(0, 0x1FFFF).map(lambda n: IPv4Address(0x0A000000 + n))


@pytest.mark.parametrize("name", ["StaticIPLookup", "LinearIPLookup", "RadixIPLookup", "DirectIPLookup"])
def test_longest_prefix_wins_and_gateways_become_the_next_hop(name: str) -> None:
    text = f"{name}(10/8 0, 10.1.0.0/16 10.0.0.9 1, 10.1.2.3/32 2)"
    packets = [IPv4Address(a).packed for a in ("10.9.9.9", "10.1.7.7", "10.1.2.3", "11.0.0.1")]
    out = through(text, packets, outputs=3, before="GetIPAddress(0)")
    assert [[packet.dst_ip for packet in port] for port in out] == [["10.9.9.9"], ["10.0.0.9"], ["10.1.2.3"]]


@settings(max_examples=120, deadline=None)
@given(OPERATIONS, st.lists(ADDRESSES, min_size=1, max_size=20))
def test_lookups_agree_with_a_linear_model(operations: list[tuple[str, IPv4Network, int]], addresses: list[IPv4Address]) -> None:
    model: dict[IPv4Network, int] = {}
    with Router("r :: StaticIPLookup; Idle -> r; r[0], r[1], r[2], r[3] => Discard, Discard, Discard, Discard") as router:
        for operation, prefix, port in operations:
            if operation == "set":
                router.write("r.set", f"{prefix} {port}")
                model[prefix] = port
            elif prefix in model:
                router.write("r.remove", str(prefix))
                del model[prefix]
            else:
                with pytest.raises(ClickError, match="no route"):
                    router.write("r.remove", str(prefix))
        for address in addresses:
            covering = [prefix for prefix in model if address in prefix]
            expected = model[max(covering, key=lambda p: p.prefixlen)] if covering else -1
            assert int(router.read("r.lookup", str(address))) == expected
        listed = {line.split("\t")[0] for line in router.read("r.table").decode().splitlines()}
        assert listed == {str(prefix) for prefix in model}


def test_commands_are_carried_out_together_or_not_at_all() -> None:
    with Router("r :: StaticIPLookup(10/8 1.1.1.1 0); Idle -> r -> Discard") as router:
        before = router.read("r.table")
        assert before == b"10.0.0.0/8\t\t1.1.1.1\t\t0\n"
        with pytest.raises(ClickError, match="line 2"):
            router.write("r.ctrl", "add 20/8 0\nadd 30/8 7\n")
        assert router.read("r.table") == before
        with pytest.raises(ClickError, match="conflict with existing route"):
            router.write("r.add", "10/8 0")
        router.write("r.ctrl", "remove 10/8\nadd 20/8 0\nset 20/8 2.2.2.2 0\n")
        assert router.read("r.lookup", "20.1.1.1") == b"0 2.2.2.2"
        assert router.read("r.lookup", "10.1.1.1") == b"-1"
