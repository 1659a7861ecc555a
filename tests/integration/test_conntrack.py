# SPDX-License-Identifier: Apache-2.0
"""The driver ``conntrack`` against a kernel: a namespace that balances over two addresses of its own.

Client, balancer and servers are all in it: connection tracking does not care where packets come from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conntrack_primary import Primary
from conntrack_watch import Watch
from state_world import ROOT, until

from mimi.drivers.conntrack_source import ConntrackSource
from mimi.errors import MissingError
from mimi.pairing import load_pairing
from mimi.store.memory import Memory

pytestmark = pytest.mark.root


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def primary(stack: ExitStack) -> Primary:
    return Primary(stack)


@pytest.fixture
def watch(primary: Primary, stack: ExitStack, tmp_path: Path) -> Callable[..., Watch]:
    pairing = load_pairing(ROOT / "configs/conntrack-lb.yaml")
    pairing = pairing.model_copy(update={"driver": pairing.driver.model_copy(update={"netns": primary.netns})})

    def make(memory: Memory | None = None, source: ConntrackSource | None = None) -> Watch:
        return Watch(pairing, tmp_path, stack, memory, source)

    return make


def test_connections_before_and_after_the_start_are_known(primary: Primary, watch: Callable[..., Watch]) -> None:
    before = primary.ports("open", 40)
    watcher = watch()
    watcher.start()
    after = primary.ports("open", 40)
    until(lambda: set(watcher.bindings()) == {*before, *after}, "the bindings")
    assert watcher.bindings() == primary.truth()
    assert len(set(watcher.bindings().values())) == 2


def test_closed_connections_go(primary: Primary, watch: Callable[..., Watch]) -> None:
    watcher = watch()
    watcher.start()
    ports = primary.ports("open", 20)
    until(lambda: set(watcher.bindings()) == set(ports), "the bindings")
    gone = primary.ports("close", 8)
    until(lambda: not primary.truth("CLOSE"), "the primary")
    until(lambda: {r.orig.sport for r in watcher.records()} == set(ports) - set(gone), "the ends")


def test_udp_is_known_and_outlives_the_primarys_timer(primary: Primary, watch: Callable[..., Watch]) -> None:
    primary.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=1")
    watcher = watch()
    watcher.start()
    ports = primary.ports("udp", 10)
    until(lambda: {r.orig.sport for r in watcher.records()} == set(ports), "the flows")
    first = {r.orig.sport: r.expires for r in watcher.records()}
    until(
        lambda: primary.inside("conntrack", "-L", "-p", "udp") == "" and all(r.expires != first[r.orig.sport] for r in watcher.records()),
        "the primary's timer",
    )
    assert len(watcher.records()) == len(ports)


def test_a_flushed_table_kills_nothing(primary: Primary, watch: Callable[..., Watch]) -> None:
    watcher = watch()
    watcher.start()
    ports = primary.ports("open", 10)
    until(lambda: set(watcher.bindings()) == set(ports), "the bindings")
    primary.inside("conntrack", "-F")
    until(lambda: all(r.state is None for r in watcher.records()), "the flush")
    assert {r.orig.sport for r in watcher.records()} == set(ports)


def test_what_ended_while_nobody_watched_gets_a_short_life(primary: Primary, watch: Callable[..., Watch]) -> None:
    memory = Memory()
    first = watch(memory)
    first.start()
    ports = primary.ports("open", 10)
    until(lambda: set(first.bindings()) == set(ports), "the bindings")
    first.end()
    gone = set(primary.ports("close", 4))
    until(lambda: not primary.truth("CLOSE"), "the primary")
    assert set(primary.truth()) == set(ports) - gone
    second = watch(memory)
    second.start()
    soon = time.time() + 600
    until(lambda: {r.orig.sport for r in second.records() if r.expires < soon} == gone, "the listing")
    assert {r.orig.sport for r in second.records() if r.expires > soon} == set(ports) - gone


def test_dropped_events_are_noticed_and_made_good(primary: Primary, watch: Callable[..., Watch]) -> None:
    """The source's buffer is tiny and nobody reads while connections begin: the kernel drops, the dump brings them back."""
    watcher = watch(source=ConntrackSource(primary.netns, buffer=4096))
    ports = primary.ports("open", 300)
    watcher.start()
    until(lambda: set(watcher.bindings()) == set(ports), "the bindings")
    more = primary.ports("open", 50)
    until(lambda: set(watcher.bindings()) == {*ports, *more}, "the later ones")
    assert watcher.source.overruns > 0
    assert watcher.collector.counters()["kernel_dropped"] == watcher.source.overruns
    assert watcher.bindings() == primary.truth()


def test_a_namespace_that_does_not_exist_is_named() -> None:
    with pytest.raises(MissingError) as caught:
        ConntrackSource("mimi-no-such")
    assert "ip netns add mimi-no-such" in str(caught.value)


def test_events_switched_off_are_an_error(primary: Primary) -> None:
    primary.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_events=0")
    with pytest.raises(MissingError) as caught:
        ConntrackSource(primary.netns)
    assert "nf_conntrack_events=1" in str(caught.value)
