# SPDX-License-Identifier: Apache-2.0
"""New connections at a steady rate: raw TCP SYNs, each of a flow of its own, sent into an interface.

``python -m mimi.topo.traffic.syns INTERFACE DESTINATION_MAC VIP PORT --rate N --count N`` prints what it sent as JSON.
Nothing answers them; they exist to make a box open bindings and say so.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import socket
import struct
import time
from collections.abc import Iterator

_PR_SET_TIMERSLACK = 29
_FIRST_PORT, _PORTS = 1024, 60_000


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes, host order."""
    words: tuple[int, ...] = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def syn_frames(destination_mac: bytes, vip: str, port: int, count: int, network: str = "10.1.16.0") -> Iterator[bytes]:
    """``count`` Ethernet frames, each the SYN of another flow; sources are taken from ``network`` upwards."""
    first = struct.unpack("!I", socket.inet_aton(network))[0]
    ethernet = destination_mac + bytes.fromhex("020000000199") + b"\x08\x00"
    target = socket.inet_aton(vip)
    for index in range(count):
        source = struct.pack("!I", first + 1 + index // _PORTS)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, index & 0xFFFF, 0x4000, 64, 6, 0) + source + target
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        tcp = struct.pack("!HHIIBBHHH", _FIRST_PORT + index % _PORTS, port, index, 0, 0x50, 0x02, 64240, 0, 0)
        pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        yield ethernet + ip + tcp


def send(interface: str, frames: list[bytes], rate: int) -> dict[str, float]:
    """Send the frames ``rate`` a second, evenly; what was sent and how long it took."""
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((interface, 0))
    start = time.monotonic()
    for index, frame in enumerate(frames):
        wait = start + index / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        sock.send(frame)
    elapsed = time.monotonic() - start
    return {"sent": len(frames), "seconds": round(elapsed, 3), "rate": round(len(frames) / elapsed)}


def main() -> None:
    parser = argparse.ArgumentParser(description="TCP SYNs at a steady rate")
    parser.add_argument("interface")
    parser.add_argument("destination_mac")
    parser.add_argument("vip")
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--network", default="10.1.16.0")
    o = parser.parse_args()
    frames = list(syn_frames(bytes.fromhex(o.destination_mac.replace(":", "")), o.vip, o.port, o.count, o.network))
    print(json.dumps(send(o.interface, frames, o.rate)))


if __name__ == "__main__":
    main()
