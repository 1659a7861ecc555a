# SPDX-License-Identifier: Apache-2.0
"""Capture files to forward: UDP or TCP packets of 60 bytes over any number of flows, in random order."""

from __future__ import annotations

import functools
import os
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

SERVER = (0x01020304, 53)  # the address and port that all flows go to
_VERSION = 1
_CHUNK = 20_000
_PAYLOAD = bytes(range(18))
_RECORD = struct.Struct("<IIII12sH20s26s")
_RECORD6 = struct.Struct("<IIII12sH40s26s")


def _fold(total: int) -> int:
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


_PAYLOAD_SUM = sum(struct.unpack("!9H", _PAYLOAD))


def client_of(flow: int) -> tuple[int, int]:
    """Address and port of a flow's client: each flow has an address of its own in 10/8, neighbours far apart."""
    return 10 << 24 | flow * 0x9E3779B1 & 0xFFFFFF, 1024 + flow % 50_000


def record(flow: int, towards_clients: bool = False) -> bytes:
    """A capture record of a flow's packet, checksums right."""
    source, destination = client_of(flow), SERVER
    if towards_clients:
        source, destination = destination, source
    addresses = source[0], destination[0]
    address_sum = sum((a >> 16) + (a & 0xFFFF) for a in addresses)
    ip_sum = _fold(0x4500 + 46 + 0x4011 + address_sum) ^ 0xFFFF
    udp_sum = _fold(address_sum + 17 + 26 + source[1] + destination[1] + 26 + _PAYLOAD_SUM) ^ 0xFFFF or 0xFFFF
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, 17, ip_sum, *addresses)
    udp = struct.pack("!HHHH", source[1], destination[1], 26, udp_sum)
    return _RECORD.pack(1_700_000_000, 0, 60, 60, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 8, ip, udp + _PAYLOAD)


def record6(flow: int) -> bytes:
    """The same packet of IPv6: 80 bytes, the addresses those of IPv4 in the last bits of two networks."""
    source, destination = client_of(flow), SERVER
    addresses = struct.pack("!IIIIIIII", 0x20010DB8, 1, 0, source[0], 0x20010DB8, 2, 0, destination[0])
    sums = sum(struct.unpack("!16H", addresses)) + 17 + 26 + source[1] + destination[1] + 26 + _PAYLOAD_SUM
    udp = struct.pack("!HHHH", source[1], destination[1], 26, _fold(sums) ^ 0xFFFF or 0xFFFF)
    ip = struct.pack("!IHBB", 6 << 28, 26, 17, 64) + addresses
    return _RECORD6.pack(1_700_000_000, 0, 80, 80, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 0xDD86, ip, udp + _PAYLOAD)


def tcp_record(flow: int) -> bytes:
    """A capture record of a segment in the middle of a flow: always the same one, so it is always in the window."""
    source, destination = client_of(flow), SERVER
    address_sum = sum((a >> 16) + (a & 0xFFFF) for a in (source[0], destination[0]))
    ip_sum = _fold(0x4500 + 46 + 0x4006 + address_sum) ^ 0xFFFF
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, 6, ip_sum, source[0], destination[0])
    words = struct.pack("!HHIIBBHHH", source[1], destination[1], 1000, 1, 0x50, 0x10, 1000, 0, 0) + _PAYLOAD[:6]
    tcp_sum = _fold(address_sum + 6 + 26 + sum(struct.unpack("!13H", words))) ^ 0xFFFF
    return _RECORD.pack(
        1_700_000_000, 0, 60, 60, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 8, ip, words[:16] + struct.pack("!H", tcp_sum) + words[18:]
    )


def _chunks(packets: int, flows: int, make: Callable[[int], bytes]) -> Iterator[bytes]:
    if packets > flows:
        make = functools.lru_cache(maxsize=1 << 20)(make)
    order = [number % flows for number in range(packets)]
    random.Random(1).shuffle(order)
    for start in range(0, packets, _CHUNK):
        yield b"".join(map(make, order[start : start + _CHUNK]))


def trace(directory: Path, packets: int, flows: int, towards_clients: bool = False, *, tcp: bool = False, ip6: bool = False) -> Path:
    """The capture file in ``directory``, made now unless it is there from an earlier run."""
    path = (
        directory
        / f"{'tcp60' if tcp else 'udp6-80' if ip6 else 'udp60'}-v{_VERSION}-{packets}-{flows}{'-down' if towards_clients else ''}.pcap"
    )
    make = tcp_record if tcp else record6 if ip6 else functools.partial(record, towards_clients=towards_clients)
    if path.exists():
        return path
    print(f"making {path}", flush=True)
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for chunk in _chunks(packets, flows, make):
            file.write(chunk)
    unfinished.rename(path)
    return path
