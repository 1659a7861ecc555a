# SPDX-License-Identifier: Apache-2.0
"""The driver ``conntrack`` against a kernel that balances IPv6: connections and pings, dumped and told of as they come.

Client, balancer and servers are in one namespace, as in ``test_conntrack``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conntrack_primary import Primary
from conntrack_watch import Watch
from state_world import ROOT, until

from mimi.pairing import load_pairing

pytestmark = pytest.mark.root


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def primary(stack: ExitStack) -> Primary:
    return Primary(stack, 6)


def watch(primary: Primary, config: str, path: Path, stack: ExitStack) -> Watch:
    pairing = load_pairing(ROOT / f"configs/{config}.yaml")
    return Watch(pairing.model_copy(update={"driver": pairing.driver.model_copy(update={"netns": primary.netns})}), path, stack)


def test_ipv6_connections_before_and_after_the_start_are_known_and_go(primary: Primary, stack: ExitStack, tmp_path: Path) -> None:
    before = primary.ports("open", 20)
    watcher = watch(primary, "dual-stack-lb", tmp_path, stack)
    watcher.start()
    after = primary.ports("open", 20)
    until(lambda: set(watcher.bindings()) == {*before, *after}, "the bindings")
    truth = {port: socket.inet_pton(socket.AF_INET6, text) for port, text in primary.truth().items()}
    assert {port: socket.inet_pton(socket.AF_INET6, text) for port, text in watcher.bindings().items()} == truth
    assert set(watcher.bindings().values()) == {"2001:db8:2::1", "2001:db8:2::2"}
    gone = primary.ports("close", 8)
    until(lambda: not primary.truth("CLOSE"), "the primary")
    until(lambda: {r.orig.sport for r in watcher.records()} == {*before, *after} - set(gone), "the ends")


def test_an_ipv6_ping_through_a_firewall_is_a_query_flow(primary: Primary, stack: ExitStack, tmp_path: Path) -> None:
    watcher = watch(primary, "dual-stack-firewall", tmp_path, stack)
    watcher.start()
    primary.inside("ping", "-6", "-c", "1", "-I", "2001:db8:1::7", "2001:db8:2::1")
    until(lambda: [r for r in watcher.records() if r.orig.proto == "icmp6"] != [], "the ping")
    (record,) = [r for r in watcher.records() if r.orig.proto == "icmp6"]
    assert record.orig == record.xlat
    assert (record.orig.saddr, record.orig.daddr, record.orig.dport) == ("2001:db8:1::7", "2001:db8:2::1", 0)
