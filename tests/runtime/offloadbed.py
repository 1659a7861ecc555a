# SPDX-License-Identifier: Apache-2.0
"""A balancer between a client's and a backend's link, its flows offloaded, and raw frames sent and seen at both ends from here."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from clickprogram import DEADLINE_S
from netbed import ADDRESSES, Bed, Middle
from scapy.layers.inet import IP, TCP, UDP, IPOption
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

VIP, PORT = "10.77.0.100", 5001
# Of nobody: no host answers when frames with them arrive.
CLIENT, BACKEND, OTHER_BACKEND = "10.77.0.50", "10.77.0.60", "10.77.0.61"
A0, D0, D1, B0 = "02:00:00:00:00:0a", "02:00:00:00:00:d0", "02:00:00:00:00:d1", "02:00:00:00:00:0b"
MACS = {"a0": A0, "d0": D0, "d1": D1, "b0": B0}
GRAPH = """
lb :: MinionLB(VIP tcp {vip}:{port} round-robin {backends}, VIP udp {vip}:{port} round-robin {backends}{lb});
from0 :: FromDevice(d0, PROMISC true{receive}) -> HostEtherFilter({d0}) -> c0 :: Classifier(12/0800, -) -> Strip(14)
    -> CheckIPHeader -> t0 :: DecIPTTL -> [0]lb;
from1 :: FromDevice(d1, PROMISC true{receive}) -> HostEtherFilter({d1}) -> c1 :: Classifier(12/0800, -) -> Strip(14)
    -> CheckIPHeader -> t1 :: DecIPTTL -> [1]lb;
c0[1] -> Discard; c1[1] -> Discard; t0[1] -> Discard; t1[1] -> Discard;
offload :: FlowOffload(lb, d0, d1, {d0}, {d1}, EVERY 1{offload});
lb[0] -> EtherEncap(0x0800, {d1}, {b0}) -> [0]offload[0] -> ToDevice(d1);
lb[1] -> EtherEncap(0x0800, {d0}, {a0}) -> [1]offload[1] -> ToDevice(d0);
"""


def graph(offload: str = "", lb: str = "", receive: str = "", backends: Sequence[str] = (BACKEND,)) -> str:
    """The balancer's configuration; more arguments of its elements begin with a comma."""
    pool = " ".join(f"{backend}:{PORT}" for backend in backends)
    return GRAPH.format(vip=VIP, port=PORT, backends=pool, offload=offload, lb=lb, receive=receive, **MACS)


class OffloadBed(Bed):
    """The two ends know every station beforehand: no ARP."""

    def _build(self) -> None:
        super()._build()
        for device, mac in MACS.items():
            role = "middle" if device.startswith("d") else device[0]
            self.inside(role, "ip", "link", "set", device, "address", mac)
        self.inside("a", "ip", "neigh", "replace", VIP, "lladdr", D0, "dev", "a0")
        self.inside("b", "ip", "neigh", "replace", ADDRESSES["a"], "lladdr", D1, "dev", "b0")


@contextmanager
def in_namespace(name: str) -> Iterator[None]:
    """This thread lives in a network namespace meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/proc/self/task/{threading.get_native_id()}/ns/net").open() as home, Path(f"/run/netns/{name}").open() as there:
        if libc.setns(there.fileno(), 0) < 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(home.fileno(), 0)


class Tap:
    """A packet socket at one end: sends frames, and collects those that arrive."""

    def __init__(self, bed: Bed, role: str, device: str) -> None:
        with in_namespace(bed.names[role]):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
        self.socket.bind((device, 3))
        self.socket.settimeout(DEADLINE_S)

    def send(self, frame: Packet | bytes) -> None:
        self.socket.send(bytes(frame))

    def receive_until(self, last: Callable[[bytes], bool]) -> list[bytes]:
        """Frames that arrive before the one that ends the wait; that one is not among them."""
        seen: list[bytes] = []
        while not last(frame := self.socket.recv(1 << 17)):
            seen.append(frame)
        return seen

    def close(self) -> None:
        self.socket.close()


class Ends:
    """Both ends of the bed, and a fence to know that what went before has passed: a frame with IP options, which only the graph takes."""

    def __init__(self, bed: Bed) -> None:
        self.a, self.b = Tap(bed, "a", "a0"), Tap(bed, "b", "b0")
        self._fences = 0

    def __enter__(self) -> Self:
        self.through([])  # the fences' own flow, from the client's side first
        return self

    def __exit__(self, *_: object) -> None:
        self.a.close()
        self.b.close()

    def through(self, frames: Sequence[Packet | bytes], back: bool = False) -> list[bytes]:
        """What arrives at the other end when these frames are sent, one after the other has passed."""
        near, far = (self.b, self.a) if back else (self.a, self.b)
        seen: list[bytes] = []
        for frame in [*frames, b""]:
            self._fences += 1
            mark = f"fence {self._fences:08}".encode()
            if frame:
                near.send(frame)
            near.send(self._fence(back, mark))
            seen += far.receive_until(lambda got, mark=mark: got.endswith(mark))  # type: ignore[misc]
        return seen

    def _fence(self, back: bool, mark: bytes) -> Packet:
        options = [IPOption(b"\x01\x01\x01\x01")]
        if back:
            return reverse(UDP(sport=PORT, dport=9), mark, options=options)
        return forward(UDP(sport=9, dport=PORT), mark, options=options)


def forward(layer: Packet, payload: bytes = b"", **ip: object) -> Packet:
    return Ether(src=A0, dst=D0) / IP(src=CLIENT, dst=VIP, **ip) / layer / Raw(payload)


def reverse(layer: Packet, payload: bytes = b"", **ip: object) -> Packet:
    return Ether(src=B0, dst=D1) / IP(src=BACKEND, dst=CLIENT, **ip) / layer / Raw(payload)


def handshake(ends: Ends, port: int) -> None:
    """A TCP flow through the balancer, established when this returns."""
    assert ends.through([forward(TCP(sport=port, dport=PORT, flags="S", seq=100))])
    assert ends.through([reverse(TCP(sport=PORT, dport=port, flags="SA", seq=500, ack=101))], back=True)
    assert ends.through([forward(TCP(sport=port, dport=PORT, flags="A", seq=101, ack=501))])
    assert ends.through([reverse(TCP(sport=PORT, dport=port, flags="A", seq=501, ack=101))], back=True)


def status(middle: Middle) -> dict[str, str]:
    """What the offload says of itself."""
    return dict(line.split(" ", 1) for line in middle.read("offload.status").splitlines())


def words(middle: Middle, handler: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in middle.read(handler).splitlines())


def until(condition: Callable[[], bool], what: str) -> None:
    """Like wait_for, for conditions that send something themselves: they are asked without a pause."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        os.sched_yield()
