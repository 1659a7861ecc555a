# SPDX-License-Identifier: Apache-2.0
"""The driver ``conntrack`` against a kernel: a namespace that balances over two addresses of its own.

Client, balancer and servers are all in it: connection tracking does not care where packets come from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conntrack_watch import Watch
from state_world import ROOT, until

from mimi.drivers.conntrack_source import ConntrackSource
from mimi.errors import MissingError
from mimi.pairing import load_pairing
from mimi.store.memory import Memory

pytestmark = pytest.mark.root

RULES = """
table ip balancer {
  chain output {
    type nat hook output priority -100
    ip daddr 10.1.0.100 meta l4proto { tcp, udp } th dport 8080 dnat to numgen random mod 2 map { 0 : 10.2.0.1, 1 : 10.2.0.2 }
  }
}
"""

# Reads commands: `open N` opens N more connections and echoes a byte over each; `close N` resets the N oldest; `udp N` sends
# N requests from fresh sockets. Answers with the local ports.
TRAFFIC = """
import socket, struct, sys, threading
listener = socket.create_server(("0.0.0.0", 8080), backlog=4096)
def serve():
    while True:
        connection, _ = listener.accept()
        held.append(connection)
        connection.sendall(b"!")
held, clients = [], []
threading.Thread(target=serve, daemon=True).start()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("0.0.0.0", 8080))
print("ready", flush=True)
for line in sys.stdin:
    command, count = line.split()
    ports = []
    for _ in range(int(count)):
        if command == "open":
            client = socket.create_connection(("10.1.0.100", 8080), timeout=20)
            assert client.recv(1) == b"!"
            clients.append(client)
            ports.append(client.getsockname()[1])
        elif command == "udp":
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.connect(("10.1.0.100", 8080))
            client.send(b"?")
            ports.append(client.getsockname()[1])
        else:
            client = clients.pop(0)
            ports.append(client.getsockname()[1])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
    print(ports, flush=True)
"""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


class Primary:
    """The namespace and its traffic."""

    def __init__(self, stack: ExitStack) -> None:
        self.netns = f"mimi-ct{os.getpid()}"
        run("ip", "netns", "add", self.netns)
        stack.callback(run, "ip", "netns", "delete", self.netns)
        self.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_events=1", "net.netfilter.nf_conntrack_tcp_timeout_close=1")
        self.inside("ip", "link", "set", "lo", "up")
        for address in ("10.1.0.1", "10.1.0.100", "10.2.0.1", "10.2.0.2"):
            self.inside("ip", "address", "add", f"{address}/32", "dev", "lo")
        subprocess.run(["ip", "netns", "exec", self.netns, "nft", "-f", "-"], input=RULES, text=True, check=True, timeout=60)
        argv = ["ip", "netns", "exec", self.netns, sys.executable, "-c", TRAFFIC]
        self._traffic = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(self._end)
        assert self._traffic.stdout is not None
        assert self._traffic.stdout.readline() == "ready\n"

    def _end(self) -> None:
        self._traffic.kill()
        self._traffic.communicate()

    def inside(self, *command: str) -> str:
        return run("ip", "netns", "exec", self.netns, *command)

    def ports(self, command: str, count: int) -> list[int]:
        assert self._traffic.stdin is not None
        assert self._traffic.stdout is not None
        self._traffic.stdin.write(f"{command} {count}\n")
        self._traffic.stdin.flush()
        ports: list[int] = json.loads(self._traffic.stdout.readline())
        return ports

    def truth(self, state: str = "ESTABLISHED") -> dict[int, str]:
        """Client port -> backend of TCP connections, as ``conntrack`` shows them; expired entries go when they are listed."""
        found = {}
        for line in self.inside("conntrack", "-L", "-p", "tcp").splitlines():
            words = line.split()
            if state in words and "dst=10.1.0.100" in words:
                values = [word.partition("=")[2] for word in words if word.startswith(("sport=", "src="))]
                found[int(values[1])] = values[2]
        return found


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
