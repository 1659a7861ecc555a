# SPDX-License-Identifier: Apache-2.0
"""A Linux router with nftables rules between two wires, and raw packets on both: what goes in, what comes out.

    side 0   i1 ---- i0  box  o0 ---- o1   side 1

Of IPv4 or of IPv6, as the box's addresses are.

Neither wire has an IP stack: whole packets are written to it and read from it, and the box sends everything to a gateway whose MAC
address it knows. A packet that nobody translates follows each batch; once it has come out on the other side, so has the batch.
"""

from __future__ import annotations

import ctypes
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack

from tests.elements.model_packets import ICMP, ICMP6, PROTOCOLS, TCP, Ends, checksum, packed, version
from tests.elements.model_table import Binding
from tests.leftovers import netns_name

MACS = {"i0": "02:00:00:00:01:fe", "i1": "02:00:00:00:01:01", "o0": "02:00:00:00:02:fe", "o1": "02:00:00:00:02:01"}
MARK, BATCH = 253, 64
MARKERS = {4: ("192.0.2.254", "198.51.100.254"), 6: ("2001:db8:ffff::1", "2001:db8:ffff::2")}
"""The ends of the packets that follow each batch, one behind each side."""
GATEWAYS = {4: "169.254.0.1", 6: "fe80::1"}
ETHERTYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}
_CLONE_NEWNET, _IGNORE_OUTGOING, _SOL_PACKET, _RCVBUFFORCE = 0x40000000, 23, 263, 33
DEADLINE_S = 20.0
STATES = {
    "SYN_SENT": "new",
    "SYN_RECV": "new",
    "ESTABLISHED": "established",
    "FIN_WAIT": "closing",
    "CLOSE_WAIT": "closing",
    "LAST_ACK": "closing",
}

Left = tuple[list[bytes], list[bytes]]
"""What came out on side 0 and on side 1, oldest first."""


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, input=text, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def translates_prefixes() -> bool:
    """Whether this kernel exchanges IPv6 prefixes (ip6tables' SNPT and DNPT); it may be built without."""
    rule = ["-t", "mangle", "-A", "POSTROUTING", "-j", "SNPT", "--src-pfx", "fd01::/48", "--dst-pfx", "2001:db8:1::/48"]
    able = shutil.which("ip6tables") is not None and os.geteuid() == 0
    return able and subprocess.run(["unshare", "--net", "ip6tables", *rule], capture_output=True, check=False).returncode == 0


class KernelBox:
    """The box. ``addresses`` are its own on both sides, ``inside`` the networks behind side 0; all others are behind side 1."""

    def __init__(
        self, stack: ExitStack, rules: str, addresses: tuple[str, str], inside: Sequence[str], outside: Sequence[str] = ("default",)
    ) -> None:
        self.version = 6 if ":" in addresses[0] else 4
        self.netns, self.wires = (netns_name(role) for role in ("box", "wire"))
        for name in (self.netns, self.wires):
            run("ip", "netns", "add", name)
            stack.callback(run, "ip", "netns", "delete", name)
            off = int(self.version == 4 or name == self.wires)
            self._in(name, "sysctl", "-qw", *(f"net.ipv6.conf.{which}.disable_ipv6={off}" for which in ("all", "default")))
        for near, far, address, networks in (
            ("i0", "i1", addresses[0], [*inside, MARKERS[self.version][0]]),
            ("o0", "o1", addresses[1], [*outside, MARKERS[self.version][1]]),
        ):
            run("ip", "link", "add", near, "netns", self.netns, "type", "veth", "peer", "name", far, "netns", self.wires)
            self._in(self.wires, "ip", "link", "set", far, "address", MACS[far], "up")
            self.inside("ip", "link", "set", near, "address", MACS[near], "up")
            ip, gateway = ("ip", f"-{self.version}"), GATEWAYS[self.version]
            self.inside(*ip, "address", "add", address, "dev", near, *(("nodad",) if self.version == 6 else ()))
            self.inside(*ip, "neigh", "replace", gateway, "lladdr", MACS[far], "dev", near, "nud", "permanent")
            for network in networks:
                self.inside(*ip, "route", "add", network, "via", gateway, "dev", near, "onlink")
        devices = ("all", "i0", "o0")
        settings = {
            4: ["ipv4.ip_forward=1", *(f"ipv4.conf.{device}.{key}=0" for device in devices for key in ("rp_filter", "send_redirects"))],
            6: ["ipv6.conf.all.forwarding=1"],
        }
        self.inside("sysctl", "-qw", *(f"net.{setting}" for setting in settings[self.version]))
        run("ip", "netns", "exec", self.netns, "nft", "-f", "-", text=rules)
        self.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0")
        self._wires = [_socket_in(self.wires, device) for device in ("i1", "o1")]
        for wire in self._wires:
            stack.callback(wire.close)
        self._marks = 0

    def _in(self, name: str, *command: str) -> str:
        return run("ip", "netns", "exec", name, *command)

    def inside(self, *command: str) -> str:
        return self._in(self.netns, *command)

    def send(self, side: int, packets: Sequence[bytes]) -> Left:
        """Send ``packets`` in on one side, in order; everything that came out by the time that the last one had."""
        left: Left = ([], [])
        for first in range(0, len(packets), BATCH):
            self._send_some(side, packets[first : first + BATCH], left)
        return left

    def _send_some(self, side: int, packets: Sequence[bytes], left: Left) -> None:
        self._marks += 1
        near, far = (("i0", "i1"), ("o0", "o1"))[side]
        head = bytes.fromhex(MACS[near].replace(":", "") + MACS[far].replace(":", "")) + ETHERTYPES[self.version]
        mark = struct.pack("!I", self._marks)
        ends = MARKERS[self.version][side], MARKERS[self.version][1 - side]
        for packet in (*packets, ip_packet(*ends, MARK, mark)):
            self._wires[side].send(head + packet)
        deadline = time.monotonic() + DEADLINE_S
        while True:
            ready, _, _ = select.select(self._wires, [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"the box swallowed the mark after {len(packets)} packets"
            for which, wire in enumerate(self._wires):
                for packet in self._drained(wire):
                    if not _is_mark(packet):
                        left[which].append(packet)
                    elif which != side and packet.endswith(mark):
                        left[side].extend(p for p in self._drained(self._wires[side]) if not _is_mark(p))
                        return

    def _drained(self, wire: socket.socket) -> list[bytes]:
        packets = []
        while True:
            try:
                frame = wire.recv(65536)
            except BlockingIOError:
                return packets
            if frame[12:14] != ETHERTYPES[self.version]:
                continue
            packet = frame[14:]
            if self.version == 4:
                packets.append(packet[: struct.unpack_from("!H", packet, 2)[0]])
            elif packet[8:10] != b"\xfe\x80" and any(packet[8:24]):  # else the box itself, about the link
                packets.append(packet[: 40 + struct.unpack_from("!H", packet, 4)[0]])

    def bindings(self) -> list[Binding]:
        """The box's connection tracking, as records of a minion."""
        found = []
        for line in self.inside("conntrack", "-L", "-f", f"ipv{self.version}").splitlines():
            proto, life_s = int(line.split()[1]), int(line.split()[2])
            if proto not in PROTOCOLS:
                continue
            orig, reply = _tuples(line, proto)
            state = next((mine for theirs, mine in STATES.items() if theirs in line.split()), "closed") if proto == TCP else ""
            found.append(Binding(proto, orig, (reply[1], reply[0]), 1, max(300, life_s), state))
        return found


def _tuples(line: str, proto: int) -> tuple[Ends, Ends]:
    """Both directions of a line of ``conntrack -L``; an ICMP query's id stands beside its asker."""
    src, dst = re.findall(r"src=(\S+)", line), re.findall(r"dst=(\S+)", line)
    if proto in (ICMP, ICMP6):
        ids = [int(word) for word in re.findall(r"id=(\d+)", line)]
        return ((src[0], ids[0]), (dst[0], 0)), ((src[1], 0), (dst[1], ids[1]))
    sports, dports = ([int(word) for word in re.findall(rf"{name}=(\d+)", line)] for name in ("sport", "dport"))
    return ((src[0], sports[0]), (dst[0], dports[0])), ((src[1], sports[1]), (dst[1], dports[1]))


def _is_mark(packet: bytes) -> bool:
    return packet[9 if version(packet) == 4 else 6] == MARK


def _socket_in(netns: str, device: str) -> socket.socket:
    """A packet socket of a namespace, made by a thread that visits it."""
    made: list[socket.socket] = []

    def work() -> None:
        descriptor = os.open(f"/run/netns/{netns}", os.O_RDONLY)
        assert ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) == 0
        os.close(descriptor)
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        wire.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, 64 << 20)
        wire.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        wire.bind((device, 3))
        wire.setblocking(False)
        made.append(wire)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return made[0]


def ip_packet(
    source: str, destination: str, proto: int, body: bytes, ttl: int = 64, tos: int = 0, ident: int = 0, df: bool = True
) -> bytes:
    """A packet around ``body``, whose own checksum the caller has taken care of. ``ident`` is IPv6's flow label; ``df`` is IPv4's alone."""
    if ":" in source:
        return struct.pack("!IHBB", 6 << 28 | tos << 20 | ident, len(body), proto, ttl) + packed(source) + packed(destination) + body
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(body), ident, 0x4000 if df else 0, ttl, proto, 0)
    head += socket.inet_aton(source) + socket.inet_aton(destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body
