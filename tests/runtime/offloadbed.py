# SPDX-License-Identifier: Apache-2.0
"""A box between a client's and a server's link, its flows offloaded, and raw frames sent and seen at both ends from here."""

from __future__ import annotations

import ctypes
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from clickprogram import DEADLINE_S
from netbed import ADDRESSES, Bed, Middle
from scapy.layers.inet import IP, TCP, UDP, IPOption
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw

VIP, PORT = "10.77.0.100", 5001
# Of nobody: no host answers when frames with them arrive.
CLIENT, BACKEND, OTHER_BACKEND = "10.77.0.50", "10.77.0.60", "10.77.0.61"
A0, D0, D1, B0 = "02:00:00:00:00:0a", "02:00:00:00:00:d0", "02:00:00:00:00:d1", "02:00:00:00:00:0b"
MACS = {"a0": A0, "d0": D0, "d1": D1, "b0": B0}
LB = "lb :: MinionLB(VIP tcp {vip}:{port} round-robin {backends}, VIP udp {vip}:{port} round-robin {backends}{lb});"
NAT = "nat :: MinionNAT(POOL {vip} 1-65535, INSIDE {client}/31{nat});"
PATH = """
from0 :: FromDevice(d0, PROMISC true{receive}) -> HostEtherFilter({d0}) -> c0 :: Classifier(12/0800, -) -> Strip(14)
    -> CheckIPHeader -> t0 :: DecIPTTL -> [0]{box};
from1 :: FromDevice(d1, PROMISC true{receive}) -> HostEtherFilter({d1}) -> c1 :: Classifier(12/0800, -) -> Strip(14)
    -> CheckIPHeader -> t1 :: DecIPTTL -> [1]{box};
c0[1] -> Discard; c1[1] -> Discard; t0[1] -> Discard; t1[1] -> Discard;
offload :: FlowOffload({box}, d0, d1, {d0}, {d1}, EVERY 1{offload});
{box}[0] -> EtherEncap(0x0800, {d1}, {b0}) -> [0]offload[0] -> ToDevice(d1);
{box}[1] -> EtherEncap(0x0800, {d0}, {a0}) -> [1]offload[1] -> ToDevice(d0);
"""


def graph(offload: str = "", lb: str = "", receive: str = "", backends: Sequence[str] = (BACKEND,)) -> str:
    """The balancer's configuration; more arguments of its elements begin with a comma."""
    pool = " ".join(f"{backend}:{PORT}" for backend in backends)
    path = PATH.format(box="lb", offload=offload, receive=receive, **MACS)
    return LB.format(vip=VIP, port=PORT, backends=pool, lb=lb) + path


def nat_graph(offload: str = "", nat: str = "", receive: str = "") -> str:
    """The translator's: the client, and whoever has the address after it, are inside."""
    return NAT.format(vip=VIP, client=CLIENT, nat=nat) + PATH.format(box="nat", offload=offload, receive=receive, **MACS)


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


@dataclass(frozen=True)
class Scene:
    """The addresses that packets have at either end before the box."""

    client: str
    service: str
    server: str
    answered: str

    def forward(self, layer: Packet, payload: bytes = b"", **ip: object) -> Packet:
        return Ether(src=A0, dst=D0) / IP(src=self.client, dst=self.service, **ip) / layer / Raw(payload)

    def reverse(self, layer: Packet, payload: bytes = b"", **ip: object) -> Packet:
        return Ether(src=B0, dst=D1) / IP(src=self.server, dst=self.answered, **ip) / layer / Raw(payload)


BALANCED = Scene(CLIENT, VIP, BACKEND, CLIENT)
TRANSLATED = Scene(CLIENT, BACKEND, BACKEND, VIP)


class Ends:
    """Both ends of the bed, and a fence to know that what went before has passed: a frame with IP options, which only the graph takes."""

    def __init__(self, bed: Bed, scene: Scene | None = None) -> None:
        self.a, self.b = Tap(bed, "a", "a0"), Tap(bed, "b", "b0")
        self.scene = scene or BALANCED
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
            return self.scene.reverse(UDP(sport=PORT, dport=9), mark, options=options)
        return self.scene.forward(UDP(sport=9, dport=PORT), mark, options=options)


def forward(layer: Packet, payload: bytes = b"", **ip: object) -> Packet:
    return BALANCED.forward(layer, payload, **ip)


def reverse(layer: Packet, payload: bytes = b"", **ip: object) -> Packet:
    return BALANCED.reverse(layer, payload, **ip)


def handshake(ends: Ends, port: int, seen: int = 0, back: bool = False) -> None:
    """A TCP flow through the box, established when this returns. The other end knows the port as `seen`; back: begun from there."""
    far = seen or port
    flags, answer = ("SA", "S") if back else ("S", "SA")
    opening = [(False, TCP(sport=port, dport=PORT, seq=100, ack=501, flags=flags))]
    opening += [(True, TCP(sport=PORT, dport=far, seq=500, ack=101, flags=answer))]
    after = [(False, TCP(sport=port, dport=PORT, seq=101, ack=501, flags="A"))]
    after += [(True, TCP(sport=PORT, dport=far, seq=501, ack=101, flags="A"))]
    for direction, layer in [*opening[:: -1 if back else 1], *after[:: -1 if back else 1]]:
        assert ends.through([(ends.scene.reverse if direction else ends.scene.forward)(layer)], direction)


def status(middle: Middle) -> dict[str, str]:
    """What the offload says of itself."""
    return dict(line.split(" ", 1) for line in middle.read("offload.status").splitlines())


def carried(middle: Middle, proto: str = "tcp") -> list[str]:
    """The flows of a protocol, as their packets come in."""
    return sorted(line.rsplit(" ", 1)[0] for line in middle.read("offload.flows").splitlines() if line.startswith(proto))


def payloads(frames: Sequence[bytes]) -> list[bytes]:
    return [bytes(Ether(frame)[TCP].payload) for frame in frames]


def odd_frames(rng: random.Random, scene: Scene, back: bool, flow: int, seen: int) -> list[bytes]:
    """Frames of one TCP and one UDP flow, plain ones and every kind that is not. At the other end its port is `seen`."""
    make, near, far = (scene.reverse, PORT, seen) if back else (scene.forward, flow, PORT)

    def tcp(**fields: object) -> TCP:
        return TCP(**{"sport": near, "dport": far, "flags": "A", "seq": rng.getrandbits(32), "ack": rng.getrandbits(32), **fields})

    def payload() -> bytes:
        return rng.randbytes(rng.choice([0, 1, 2, 17, 100, 1000, 1401]))

    def ip() -> dict[str, object]:
        return {"id": rng.getrandbits(16), "ttl": rng.choice([2, 3, 64, 255]), "tos": rng.getrandbits(8), "flags": rng.choice(["", "DF"])}

    udp = UDP(sport=near, dport=far)
    plain = [bytes(make(tcp(flags=rng.choice(["A", "PA", "PAU", "AEC"])), payload(), **ip())) for _ in range(40)]
    plain += [bytes(make(tcp(options=[("Timestamp", (rng.getrandbits(32), 7)), ("NOP", None)]), payload(), **ip())) for _ in range(10)]
    plain += [bytes(make(udp, payload(), **ip())) for _ in range(20)]
    odd = [bytes(make(UDP(sport=near, dport=far, chksum=value), payload())) for value in (0, 0x1234, 0xFFFF)]
    odd += [bytes(make(tcp(chksum=rng.getrandbits(16)), payload())) for _ in range(3)]
    odd += [bytes(make(tcp(), payload(), ttl=ttl)) for ttl in (0, 1)]
    odd += [bytes(make(tcp(), payload(), options=[IPOption(b"\x01\x01\x01\x01")]))]
    odd += [bytes(make(tcp(), payload(), flags="MF")), bytes(make(tcp(), payload(), frag=5)), bytes(make(udp, payload(), flags="MF"))]
    odd += [bytes(make(tcp(), payload(), chksum=value)) for value in (0, 0xBEEF)]
    odd += [bytes(make(tcp(), payload(), version=version)) for version in (5, 6)]
    odd += [bytes(make(tcp(), b"x" * 20, len=length)) for length in (0, 19, 39, 40, 50, 61, 1500)]
    odd += [bytes(make(tcp(dataofs=words), b"x" * 20)) for words in (0, 4, 5, 10, 11, 15)]
    odd += [bytes(make(UDP(sport=near, dport=far, len=length), b"xyz")) for length in (0, 7, 8, 500)]
    odd += [bytes(make(udp, b"", len=27)), bytes(make(udp, b"")), bytes(make(tcp(), b"")) + b"\0" * 6, bytes(make(udp, b"ab")) + b"padding"]
    odd += [bytes(make(tcp(sport=near + 1), payload())), bytes(make(tcp(dport=far + 1), payload()))]
    odd += [bytes(make(tcp(), b"tagged"))[:12] + bytes(Dot1Q(vlan=3, type=0x800)) + bytes(make(tcp(), b"tagged"))[14:]]
    odd += [b"\x02\x00\x00\x00\x00\x77" + bytes(make(tcp(), b"for another station"))[6:]]
    frames = plain + odd
    rng.shuffle(frames)
    return frames


def words(middle: Middle, handler: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in middle.read(handler).splitlines())


def until(condition: Callable[[], bool], what: str) -> None:
    """Like wait_for, for conditions that send something themselves: they are asked without a pause."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        os.sched_yield()
