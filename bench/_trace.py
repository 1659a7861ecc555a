# SPDX-License-Identifier: Apache-2.0
"""Capture files to forward: UDP packets of 60 bytes over any number of flows, in random order."""

from __future__ import annotations

import functools
import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

SERVER = (0x01020304, 53)  # the address and port that all flows go to
_VERSION = 1
_CHUNK = 20_000
_PAYLOAD = bytes(range(18))
_RECORD = struct.Struct("<IIII12sH20s8s18s")


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
    return _RECORD.pack(1_700_000_000, 0, 60, 60, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 8, ip, udp, _PAYLOAD)


def _chunks(packets: int, flows: int, towards_clients: bool) -> Iterator[bytes]:
    make = functools.partial(record, towards_clients=towards_clients)
    if packets > flows:
        make = functools.lru_cache(maxsize=1 << 20)(make)  # type: ignore[assignment]
    order = [number % flows for number in range(packets)]
    random.Random(1).shuffle(order)
    for start in range(0, packets, _CHUNK):
        yield b"".join(map(make, order[start : start + _CHUNK]))


def trace(directory: Path, packets: int, flows: int, towards_clients: bool = False) -> Path:
    """The capture file in ``directory``, made now unless it is there from an earlier run."""
    path = directory / f"udp60-v{_VERSION}-{packets}-{flows}{'-down' if towards_clients else ''}.pcap"
    if path.exists():
        return path
    print(f"making {path}", flush=True)
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for chunk in _chunks(packets, flows, towards_clients):
            file.write(chunk)
    unfinished.rename(path)
    return path
