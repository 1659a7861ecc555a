# SPDX-License-Identifier: Apache-2.0
"""The driver ``conntrack`` against a kernel that balances IPv6: connections and pings, dumped and told of as they come.

Client, balancer and servers are in one namespace, as in ``test_conntrack``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conntrack_watch import Watch
from state_world import ROOT, until

from mimi.pairing import load_pairing

pytestmark = pytest.mark.root

RULES = """
table ip6 balancer {
  chain output {
    type nat hook output priority -100
    ip6 daddr 2001:db8:1::100 tcp dport 443 dnat to numgen random mod 2 map { 0 : 2001:db8:2::1, 1 : 2001:db8:2::2 } : 8443
  }
}
"""

# Reads commands: `open N` opens N more connections, `close N` resets the N oldest. Answers with the local ports.
TRAFFIC = """
import socket, struct, sys
listener = socket.create_server(("::", 8443), family=socket.AF_INET6, backlog=4096)
held, clients = [], []
print("ready", flush=True)
for line in sys.stdin:
    command, count = line.split()
    ports = []
    for _ in range(int(count)):
        if command == "open":
            clients.append(socket.create_connection(("2001:db8:1::100", 443), timeout=20))
            held.append(listener.accept()[0])
            ports.append(clients[-1].getsockname()[1])
        else:
            client = clients.pop(0)
            ports.append(client.getsockname()[1])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
    print(*ports, flush=True)
"""


class Primary:
    """The namespace and its traffic."""

    def __init__(self, stack: ExitStack) -> None:
        self.netns = f"mimi-ct6{os.getpid()}"
        subprocess.run(["ip", "netns", "add", self.netns], check=True, timeout=60)
        stack.callback(subprocess.run, ["ip", "netns", "delete", self.netns], check=True, timeout=60)
        self.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_events=1", "net.netfilter.nf_conntrack_tcp_timeout_close=1")
        self.inside("ip", "link", "set", "lo", "up")
        for address in ("2001:db8:1::7", "2001:db8:1::100", "2001:db8:2::1", "2001:db8:2::2"):
            self.inside("ip", "address", "add", f"{address}/128", "dev", "lo", "nodad")
        self.inside("nft", "-f", "-", text=RULES)
        argv = ["ip", "netns", "exec", self.netns, sys.executable, "-c", TRAFFIC]
        self._traffic = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(self._end)
        assert self._traffic.stdout is not None
        assert self._traffic.stdout.readline() == "ready\n"

    def _end(self) -> None:
        self._traffic.kill()
        self._traffic.communicate()

    def inside(self, *command: str, text: str = "") -> str:
        argv = ["ip", "netns", "exec", self.netns, *command]
        return subprocess.run(argv, input=text, capture_output=True, text=True, check=True, timeout=60).stdout

    def ports(self, command: str, count: int) -> list[int]:
        assert self._traffic.stdin is not None
        assert self._traffic.stdout is not None
        self._traffic.stdin.write(f"{command} {count}\n")
        self._traffic.stdin.flush()
        return [int(word) for word in self._traffic.stdout.readline().split()]

    def truth(self, state: str = "ESTABLISHED") -> dict[int, bytes]:
        """Client port -> backend (as bytes) of connections to the VIP, as ``conntrack`` shows them."""
        found = {}
        for line in self.inside("conntrack", "-L", "-f", "ipv6", "-p", "tcp").splitlines():
            words = line.split()
            if state in words and "dst=2001:db8:1::100" in words:
                values = [word.partition("=")[2] for word in words if word.startswith(("sport=", "src="))]
                found[int(values[1])] = socket.inet_pton(socket.AF_INET6, values[2])
        return found


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def primary(stack: ExitStack) -> Primary:
    return Primary(stack)


def watch(primary: Primary, config: str, path: Path, stack: ExitStack) -> Watch:
    pairing = load_pairing(ROOT / f"configs/{config}.yaml")
    return Watch(pairing.model_copy(update={"driver": pairing.driver.model_copy(update={"netns": primary.netns})}), path, stack)


def test_ipv6_connections_before_and_after_the_start_are_known_and_go(primary: Primary, stack: ExitStack, tmp_path: Path) -> None:
    before = primary.ports("open", 20)
    watcher = watch(primary, "dual-stack-lb", tmp_path, stack)
    watcher.start()
    after = primary.ports("open", 20)
    until(lambda: set(watcher.bindings()) == {*before, *after}, "the bindings")
    assert {port: socket.inet_pton(socket.AF_INET6, text) for port, text in watcher.bindings().items()} == primary.truth()
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
