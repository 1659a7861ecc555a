# SPDX-License-Identifier: Apache-2.0
"""A namespace that balances over two addresses of its own, IPv4's or IPv6's, and traffic through it.

Client, balancer and servers are all in it: connection tracking does not care where packets come from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """What a version of IP calls things."""

    version: int
    rules: str
    vip: str
    port: int
    served: int
    """The port behind the VIP's."""
    addresses: tuple[str, ...]
    any: str


PLACES = {
    4: Place(
        version=4,
        rules="""
table ip balancer {
  chain output {
    type nat hook output priority -100
    ip daddr 10.1.0.100 meta l4proto { tcp, udp } th dport 8080 dnat to numgen random mod 2 map { 0 : 10.2.0.1, 1 : 10.2.0.2 }
  }
}
""",
        vip="10.1.0.100",
        port=8080,
        served=8080,
        addresses=("10.1.0.1/32", "10.1.0.100/32", "10.2.0.1/32", "10.2.0.2/32"),
        any="0.0.0.0",
    ),
    6: Place(
        version=6,
        rules="""
table ip6 balancer {
  chain output {
    type nat hook output priority -100
    ip6 daddr 2001:db8:1::100 tcp dport 443 dnat to numgen random mod 2 map { 0 : 2001:db8:2::1, 1 : 2001:db8:2::2 } : 8443
  }
}
""",
        vip="2001:db8:1::100",
        port=443,
        served=8443,
        addresses=("2001:db8:1::7/128", "2001:db8:1::100/128", "2001:db8:2::1/128", "2001:db8:2::2/128"),
        any="::",
    ),
}

# Reads commands: `open N` opens N more connections and echoes a byte over each; `close N` resets the N oldest; `udp N` sends
# N requests from fresh sockets. Answers with the local ports.
TRAFFIC = """
import socket, struct, sys, threading
everywhere, vip, port, served = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
family = socket.AF_INET6 if ":" in vip else socket.AF_INET
listener = socket.create_server((everywhere, served), family=family, backlog=4096)
def serve():
    while True:
        connection, _ = listener.accept()
        held.append(connection)
        connection.sendall(b"!")
held, clients = [], []
threading.Thread(target=serve, daemon=True).start()
datagrams = socket.socket(family, socket.SOCK_DGRAM)
datagrams.bind((everywhere, served))
print("ready", flush=True)
for line in sys.stdin:
    command, count = line.split()
    ports = []
    for _ in range(int(count)):
        if command == "open":
            client = socket.create_connection((vip, port), timeout=20)
            assert client.recv(1) == b"!"
            clients.append(client)
            ports.append(client.getsockname()[1])
        elif command == "udp":
            client = socket.socket(family, socket.SOCK_DGRAM)
            client.connect((vip, port))
            client.send(b"?")
            ports.append(client.getsockname()[1])
        else:
            client = clients.pop(0)
            ports.append(client.getsockname()[1])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
    print(ports, flush=True)
"""


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


class Primary:
    """The namespace and its traffic."""

    def __init__(self, stack: ExitStack, version: int = 4) -> None:
        self.place = place = PLACES[version]
        self.netns = f"mimi-ct{version}-{os.getpid()}"
        run("ip", "netns", "add", self.netns)
        stack.callback(run, "ip", "netns", "delete", self.netns)
        self.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_events=1", "net.netfilter.nf_conntrack_tcp_timeout_close=1")
        self.inside("ip", "link", "set", "lo", "up")
        for address in place.addresses:
            self.inside("ip", "address", "add", address, "dev", "lo", *(("nodad",) if version == 6 else ()))
        self.inside("nft", "-f", "-", text=place.rules)
        argv = ["ip", "netns", "exec", self.netns, sys.executable, "-c", TRAFFIC, place.any, place.vip, str(place.port), str(place.served)]
        self._traffic = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(self._end)
        assert self._traffic.stdout is not None
        assert self._traffic.stdout.readline() == "ready\n"

    def _end(self) -> None:
        self._traffic.kill()
        self._traffic.communicate()

    def inside(self, *command: str, text: str | None = None) -> str:
        return run("ip", "netns", "exec", self.netns, *command, text=text)

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
        for line in self.inside("conntrack", "-L", "-f", f"ipv{self.place.version}", "-p", "tcp").splitlines():
            words = line.split()
            if state in words and f"dst={self.place.vip}" in words:
                values = [word.partition("=")[2] for word in words if word.startswith(("sport=", "src="))]
                found[int(values[1])] = values[2]
        return found
