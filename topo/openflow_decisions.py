# SPDX-License-Identifier: Apache-2.0
"""What the OpenFlow load balancer of the demo decides: packets in, answers out. No switch, no library."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

_SYN_ONLY, _ACK_RST_FIN = 0x02, 0x15


@dataclass(frozen=True, slots=True)
class Service:
    """A VIP and its backends, as (address, MAC, port)."""

    address: str
    port: int
    backends: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What the application is told. Ports are the switch's OpenFlow port numbers; MACs are the box's own on each side."""

    listen: str
    client_port: int
    server_port: int
    client_mac: str
    server_mac: str
    own_addresses: tuple[str, ...]
    """Addresses the box answers ARP requests for: its gateways' and the VIPs."""
    services: tuple[Service, ...]
    hash_key: int = 0x5EED
    idle_s: int = 60
    """Seconds without a packet after which the switch forgets a flow."""
    lifetime_s: int = 7440
    """What is published as the life of a binding: the switch counts idle time, MiMi must not be quicker."""
    publish: str = ""
    status: str = ""
    """A file for the counters, written when the application ends."""

    @classmethod
    def read(cls, path: Path) -> Setup:
        """From a JSON file."""
        data = json.loads(path.read_text())
        services = tuple(Service(s["address"], s["port"], tuple(tuple(b) for b in s["backends"])) for s in data.pop("services"))
        return cls(**{**data, "own_addresses": tuple(data["own_addresses"]), "services": services})


@dataclass(frozen=True, slots=True)
class Packet:
    """A TCP packet as the application needs it, or an ARP request."""

    eth_src: str
    kind: str
    """``tcp``, ``arp-request`` or ``other``."""
    saddr: str = ""
    daddr: str = ""
    sport: int = 0
    dport: int = 0
    flags: int = 0


def read_packet(frame: bytes) -> Packet:
    """Ethernet II, IPv4 without fragments, TCP; ARP requests (RFC 826)."""
    source = mac_text(frame[6:12])
    ethertype = frame[12:14]
    if ethertype == b"\x08\x06" and frame[20:22] == b"\0\1" and len(frame) >= 42:
        return Packet(source, "arp-request", str(IPv4Address(frame[28:32])), str(IPv4Address(frame[38:42])))
    if ethertype != b"\x08\x00" or len(frame) < 54 or frame[23] != 6 or struct.unpack_from("!H", frame, 20)[0] & 0x3FFF:
        return Packet(source, "other")
    at = 14 + (frame[14] & 15) * 4
    if len(frame) < at + 20:
        return Packet(source, "other")
    sport, dport = struct.unpack_from("!HH", frame, at)
    return Packet(source, "tcp", str(IPv4Address(frame[26:30])), str(IPv4Address(frame[30:34])), sport, dport, frame[at + 13])


def finish_checksum(frame: bytes) -> bytes:
    """The frame of a whole TCP packet (as :func:`read_packet` judges) with its checksum finished, if its host left that to a device.

    An unfinished checksum is the sum of the pseudo-header alone, not inverted. Inside one machine packets travel like that, and a
    switch that hands one to its controller may not have finished it. Any other checksum is left as it is.
    """
    at = 14 + (frame[14] & 15) * 4
    length = struct.unpack_from("!H", frame, 16)[0] - (at - 14)
    pseudo = frame[26:34] + struct.pack("!BBH", 0, frame[23], length)
    if struct.unpack_from("!H", frame, at + 16)[0] != _ones_sum(pseudo):
        return frame
    total = _ones_sum(pseudo + frame[at : at + 16] + b"\0\0" + frame[at + 18 : at + length])
    return frame[: at + 16] + struct.pack("!H", ~total & 0xFFFF) + frame[at + 18 :]


def _ones_sum(data: bytes) -> int:
    """The ones' complement sum of RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def mac_text(mac: bytes) -> str:
    """``02:00:00:00:01:fe``."""
    return ":".join(f"{byte:02x}" for byte in mac)


def mac_bytes(text: str) -> bytes:
    """The other way."""
    return bytes.fromhex(text.replace(":", ""))


def arp_reply(packet: Packet, own_mac: str) -> bytes:
    """The frame that answers an ARP request for ``packet.daddr`` with ``own_mac``."""
    own, peer = mac_bytes(own_mac), mac_bytes(packet.eth_src)
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2)
    body += own + IPv4Address(packet.daddr).packed + peer + IPv4Address(packet.saddr).packed
    return peer + own + b"\x08\x06" + body


class Balancer:
    """The decisions, without a switch."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._services = {(service.address, service.port): service for service in setup.services}

    def choose(self, packet: Packet) -> tuple[str, str, int] | None:
        """The backend for a flow that begins with ``packet`` (address, MAC, port); None when no service is meant."""
        service = self._services.get((packet.daddr, packet.dport))
        if service is None:
            return None
        tuple5 = f"{self.setup.hash_key} {packet.saddr}:{packet.sport} {packet.daddr}:{packet.dport}".encode("ascii")
        return service.backends[zlib.crc32(tuple5) % len(service.backends)]

    @staticmethod
    def begins(packet: Packet) -> bool:
        """Whether a packet begins a flow: SYN without ACK, RST or FIN."""
        return packet.kind == "tcp" and packet.flags & (_SYN_ONLY | _ACK_RST_FIN) == _SYN_ONLY
