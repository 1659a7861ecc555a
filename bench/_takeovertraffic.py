# SPDX-License-Identifier: Apache-2.0
"""Flows that notice when a middlebox forgets them: TCP streams with checked bytes, UDP requests, pings.

``server PORT ADDRESS…`` echoes TCP bytes, and answers each datagram with what it saw: the peer's end and its own address.
``client ADDRESS PORT TCP UDP PINGS SECONDS`` holds that many flows; each sends something every SECONDS. It reads commands:

    watch               from now on, note how long each flow waits for its answers at most
    mark                from now on, note who gets answers to what it sends
    report SECONDS      wait until every flow has had an answer to something it sent since the mark, but no longer than that;
                        print one JSON object: total, survived and failures for each kind; the survivors' longest waits
"""

from __future__ import annotations

import json
import os
import random
import selectors
import socket
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from mimi.flow import family_of
from mimi.topo.traffic.streams import CHUNK, ByteSequence

RETRY_S = 0.5


@dataclass
class Flow:
    """One socket. ``failure`` is empty while it lives; what it sent at ``proved_s`` is the last that came back."""

    kind: str
    sock: socket.socket
    number: int
    due_s: float
    echo: int
    """ICMP's number of a ping."""
    sequence: ByteSequence = field(init=False)
    pace: random.Random = field(init=False)
    """Flows that ask in step leave gaps between their bursts, in which nothing is under way and nothing can be lost."""
    waiting: bytes = b""
    identity: str = ""
    round: int = 0
    asked_s: float = 0.0
    answered_s: float = 0.0
    proved_s: float = 0.0
    retried_s: float = 0.0
    gap_s: float = 0.0
    failure: str = ""

    def __post_init__(self) -> None:
        self.sequence, self.pace = ByteSequence(self.number), random.Random(self.number)

    def send(self, now: float, interval: float) -> None:
        """Ask again when it is time: a stream only when its last bytes have come back, the others until they are answered."""
        if self.waiting:
            if self.kind == "tcp" or now < self.retried_s + RETRY_S:
                return
        elif now < self.due_s:
            return
        else:
            self.round += 1
            self.waiting = self.sequence.take(CHUNK)
            self.asked_s, self.due_s = now, now + interval * self.pace.uniform(0.5, 1.5)
        self.retried_s = now
        head = struct.pack("!BBHHH", self.echo, 0, 0, 0, self.round % 65536) if self.kind == "ping" else b""
        try:
            self.sock.send(head + self.waiting)
        except OSError as error:
            self.failure = self.failure or type(error).__name__

    def receive(self, now: float) -> None:
        """Take what has come and judge it."""
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self.failure = self.failure or type(error).__name__
            return
        if self.kind == "tcp":
            self._take_bytes(data)
        else:
            self._take_datagram(data)
        if not self.waiting and not self.failure and self.answered_s < self.asked_s:
            self.answered_s, self.proved_s = now, self.asked_s
            self.gap_s = max(self.gap_s, now - self.asked_s)

    def _take_bytes(self, data: bytes) -> None:
        if not data:
            self.failure = "closed"
        elif not self.waiting.startswith(data):
            self.failure = "wrong bytes"
        else:
            self.waiting = self.waiting[len(data) :]

    def _take_datagram(self, data: bytes) -> None:
        identity, body = ("", data[8:]) if self.kind == "ping" else (data[:-CHUNK].decode(errors="replace"), data[-CHUNK:])
        if body != self.waiting:
            return  # the answer to a repeated question
        if self.identity and identity != self.identity:
            self.failure = "another end"
        self.identity, self.waiting = identity, b""


def opened(kind: str, address: str, port: int, number: int, due_s: float) -> Flow:
    """A connected socket; pings need ``net.ipv4.ping_group_range``."""
    if kind == "tcp":
        sock = socket.create_connection((address, port), timeout=20)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    else:
        icmp = socket.IPPROTO_ICMPV6 if ":" in address else socket.IPPROTO_ICMP
        sock = socket.socket(family_of(address), socket.SOCK_DGRAM, icmp if kind == "ping" else 0)
        sock.connect((address, port if kind == "udp" else 0))
    sock.setblocking(False)
    return Flow(kind, sock, number, due_s, 128 if ":" in address else 8)


def result(flows: list[Flow], marked_s: float) -> dict[str, object]:
    """Who has had an answer to something sent since the mark."""
    kinds: dict[str, object] = {}
    for kind in ("tcp", "udp", "ping"):
        some = [flow for flow in flows if flow.kind == kind]
        lost = [flow for flow in some if not alive(flow, marked_s)]
        gaps = sorted(flow.gap_s for flow in some if flow not in lost)
        kinds[kind] = {
            "total": len(some),
            "survived": len(some) - len(lost),
            "failures": dict(Counter(flow.failure or "no answer" for flow in lost)),
            "gap_ms": [round(1000 * gaps[len(gaps) // 2]), round(1000 * gaps[-1])] if gaps else None,
        }
    return kinds


def alive(flow: Flow, marked_s: float) -> bool:
    """Whether something that was sent since the mark has come back."""
    return not flow.failure and flow.proved_s > marked_s


def client(address: str, port: int, counts: tuple[int, int, int], interval: float) -> None:
    start = time.monotonic()
    flows: list[Flow] = []
    total = max(1, sum(counts))
    for kind, count in zip(("tcp", "udp", "ping"), counts, strict=True):
        flows += [opened(kind, address, port, len(flows) + n, start + interval * (len(flows) + n) / total) for n in range(count)]
    selector = selectors.DefaultSelector()
    for flow in flows:
        selector.register(flow.sock, selectors.EVENT_READ, flow)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    marked_s, deadline_s = start, 0.0
    while True:
        for key, _ in selector.select(0.002):
            if key.data is not None:
                key.data.receive(time.monotonic())
                if key.data.failure:
                    selector.unregister(key.fileobj)
                continue
            data = os.read(sys.stdin.fileno(), 4096)
            if not data:
                return
            # Both commands may come in one read: whoever writes sends whole lines.
            for words in (line.split() for line in data.decode().splitlines()):
                if words[0] == "mark":
                    marked_s = time.monotonic()
                elif words[0] == "watch":
                    for flow in flows:
                        flow.gap_s = 0.0
                else:
                    deadline_s = time.monotonic() + float(words[1])
        now = time.monotonic()
        for flow in flows:
            if not flow.failure:
                flow.send(now, interval)
        if deadline_s and (now > deadline_s or all(flow.failure or alive(flow, marked_s) for flow in flows)):
            print(json.dumps(result(flows, marked_s)), flush=True)
            deadline_s = 0.0


def server(addresses: list[str], port: int) -> None:
    selector = selectors.DefaultSelector()
    for address in addresses:
        listener = socket.create_server((address, port), family=family_of(address), backlog=4096)
        datagrams = socket.socket(family_of(address), socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        datagrams.bind((address, port))
        for sock, role in ((listener, "listener"), (datagrams, address)):
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ, role)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            _serve(selector, key.fileobj, key.data)  # type: ignore[arg-type]


def _serve(selector: selectors.BaseSelector, sock: socket.socket, role: str) -> None:
    if role == "listener":
        connection, _ = sock.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, "connection")
        return
    try:
        data, peer = sock.recvfrom(65536)
        if role != "connection":
            sock.sendto(f"{peer[0]}:{peer[1]} {role} ".encode() + data, peer)
            return
        sock.sendall(data)
    except OSError:
        data = b""
    if not data:
        selector.unregister(sock)
        sock.close()


if __name__ == "__main__":
    if sys.argv[1] == "server":
        server(sys.argv[3:], int(sys.argv[2]))
    else:
        client(sys.argv[2], int(sys.argv[3]), (int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6])), float(sys.argv[7]))
