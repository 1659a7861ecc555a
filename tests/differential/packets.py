# SPDX-License-Identifier: Apache-2.0
"""Random packets, most of them sound and many broken in one way, from a seed; and pcap files to carry them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from random import Random

ETHERNET = 1
"""The pcap link type of every file: with that for IP packets, readers look at headers themselves."""

# Few addresses and ports, so that packets meet: in tables, in rules, in each other's replies.
ADDRESSES = [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.1.3",
    "10.1.0.1",
    "10.255.255.255",
    "192.168.1.1",
    "1.2.3.4",
    "224.0.0.5",
    "255.255.255.255",
    "0.0.0.0",
    "127.0.0.1",
]
MACS = ["020000000001", "020000000002", "020000000003", "ffffffffffff", "01005e000005", "000000000000"]
PORTS = [0, 20, 22, 53, 80, 123, 443, 1024, 5000, 8080, 65535]


def address(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def checksum(data: bytes) -> int:
    """The Internet checksum of the bytes."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def chance(random: Random, one_in: int) -> bool:
    return random.randrange(one_in) == 0


def some_bytes(random: Random, most: int) -> bytes:
    return random.randbytes(random.choice([0, 0, 1, 2, 7, 8, 20, random.randint(0, most)]))


def ip_options(random: Random) -> bytes:
    """Options of an IPv4 header, padded to whole words; sometimes nonsense."""
    if not chance(random, 5):
        return b""
    parts = []
    for _ in range(random.randint(1, 3)):
        kind = random.choice(["nop", "rr", "timestamp", "lsrr", "ssrr", "alert", "bytes", "end"])
        slots = random.randint(0, 3)
        addresses = b"".join(address(random.choice(ADDRESSES)) for _ in range(slots))
        pointer = random.choice([4, 4, 4, 8, 4 + 4 * slots, random.randrange(256)])
        if kind == "nop":
            parts.append(b"\x01")
        elif kind == "end":
            parts.append(b"\x00")
        elif kind in {"rr", "lsrr", "ssrr"}:
            number = {"rr": 7, "lsrr": 131, "ssrr": 137}[kind]
            parts.append(bytes([number, 3 + len(addresses), pointer]) + addresses)
        elif kind == "timestamp":
            flags = random.choice([0, 1, 3, random.randrange(256)])
            data = random.randbytes(random.choice([0, 4, 8, 16]))
            parts.append(bytes([68, 4 + len(data), random.choice([5, 5, 9, random.randrange(256)]), flags]) + data)
        elif kind == "alert":
            parts.append(b"\x94\x04\x00\x00")
        else:
            parts.append(random.randbytes(random.randint(1, 6)))
    options = b"".join(parts)[:40]
    return options + b"\0" * (-len(options) % 4)


def tcp_options(random: Random) -> bytes:
    choices = [
        b"\x01",
        b"\x02\x04\x05\xb4",
        b"\x03\x03\x07",
        b"\x04\x02",
        b"\x08\x0a" + random.randbytes(8),
        b"\x05\x0a" + random.randbytes(8),
        random.randbytes(3),
    ]
    options = b"".join(random.choices(choices, k=random.randint(0, 3)))[:40]
    return options + b"\0" * (-len(options) % 4)


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    return source + destination + struct.pack(">BBH", 0, protocol, length)


def tcp(random: Random, source: bytes, destination: bytes) -> bytes:
    options = tcp_options(random) if chance(random, 3) else b""
    words = 5 + len(options) // 4
    if chance(random, 15):
        words = random.randrange(16)
    flags = random.choice([0x02, 0x12, 0x10, 0x18, 0x11, 0x04, random.randrange(256)])
    head = struct.pack(
        ">HHIIBBHHH",
        random.choice(PORTS),
        random.choice(PORTS),
        random.getrandbits(32),
        random.getrandbits(32),
        words << 4 | random.choice([0, 0, 0, random.randrange(16)]),
        flags,
        random.choice([0, 512, 65535]),
        0,
        random.choice([0, 9]),
    )
    segment = head + options + some_bytes(random, 200)
    sum_ = checksum(pseudo_header(source, destination, 6, len(segment)) + segment)
    if chance(random, 10):
        sum_ = random.getrandbits(16)
    return segment[:16] + struct.pack(">H", sum_) + segment[18:]


def udp(random: Random, source: bytes, destination: bytes) -> bytes:
    data = some_bytes(random, 600)
    length = 8 + len(data)
    if chance(random, 12):
        length = random.choice([0, 7, 8, length + 1, max(8, length - 1), 65535])
    head = struct.pack(">HHHH", random.choice(PORTS), random.choice(PORTS), length, 0)
    sum_ = checksum(pseudo_header(source, destination, 17, length) + head + data) or 0xFFFF
    if chance(random, 8):
        sum_ = random.choice([0, random.getrandbits(16)])
    return head[:6] + struct.pack(">H", sum_) + data


def icmp(random: Random, depth: int) -> bytes:
    kind = random.choice([0, 8, 8, 3, 3, 5, 11, 12, 13, 14, 15, 16, 17, random.randrange(256)])
    body = random.randbytes(4)
    if kind in {3, 5, 11, 12} and depth == 0:
        quoted = ip_packet(random, depth + 1)
        body += quoted[: random.choice([20, 28, 28, 28, len(quoted)])]
    elif kind in {13, 14}:
        body += random.randbytes(12)
    else:
        body += some_bytes(random, 100)
    message = bytes([kind, random.choice([0, 0, 1, 3, 4, 13, random.randrange(256)]), 0, 0]) + body
    sum_ = checksum(message) if not chance(random, 12) else random.getrandbits(16)
    return message[:2] + struct.pack(">H", sum_) + message[4:]


def ip_packet(random: Random, depth: int = 0) -> bytes:
    """An IPv4 packet."""
    source, destination = address(random.choice(ADDRESSES[:8] if chance(random, 2) else ADDRESSES)), address(random.choice(ADDRESSES))
    protocol = random.choice([6, 6, 6, 17, 17, 17, 1, 1, 4, 50, random.randrange(256)])
    if protocol == 6:
        payload = tcp(random, source, destination)
    elif protocol == 17:
        payload = udp(random, source, destination)
    elif protocol == 1:
        payload = icmp(random, depth)
    else:
        payload = some_bytes(random, 300)
    if chance(random, 12):
        payload += random.randbytes(random.randint(500, 1400))
    if chance(random, 15):
        payload = payload[: random.randint(0, len(payload))]
    options = ip_options(random)
    fragment = 0
    if chance(random, 8):
        fragment = random.choice([0x2000, 0x2000 | random.randrange(100), random.randrange(1, 100), 0x1FFF, 0x8000, random.getrandbits(16)])
    elif chance(random, 3):
        fragment = 0x4000
    ttl = random.choice([64, 64, 64, 255, 2, 1, 1, 0, random.randrange(256)])
    version, words, length = 4, 5 + len(options) // 4, 20 + len(options) + len(payload)
    if chance(random, 40):
        version = random.choice([0, 5, 6, 15])
    if chance(random, 40):
        words = random.randrange(16)
    if chance(random, 25):
        length = random.choice([0, 19, 20, length - 1, length + 1, length - 8, 65535, random.randrange(2000)]) & 0xFFFF
    tos = random.choice([0, 0, 0x10, 0xB8, random.randrange(256)])
    head = (
        struct.pack(">BBHHHBBH", version << 4 | words, tos, length, random.getrandbits(16), fragment, ttl, protocol, 0)
        + source
        + destination
        + options
    )
    sum_ = checksum(head[: max(20, min(words * 4, len(head)))]) if not chance(random, 25) else random.getrandbits(16)
    packet = head[:10] + struct.pack(">H", sum_) + head[12:] + payload
    if chance(random, 30):
        packet += random.randbytes(random.randint(1, 20))  # padding, as Ethernet makes it
    if chance(random, 40):
        packet = packet[: random.randint(0, len(packet))]
    return packet


def whole_ip_packet(random: Random) -> bytes:
    """An IPv4 packet with room for the longest transport header behind its own."""
    while True:
        packet = ip_packet(random)
        words = packet[0] & 15 if packet else 0
        if min(len(packet), int.from_bytes(packet[2:4], "big")) >= words * 4 + 20:
            return packet


def arp_packet(random: Random) -> bytes:
    head = struct.pack(">HHBBH", 1, 0x800, 6, 4, random.choice([1, 1, 1, 2, 2, 3, random.getrandbits(16)]))
    if chance(random, 15):
        head = random.randbytes(8)
    addresses = b"".join(bytes.fromhex(random.choice(MACS)) + address(random.choice(ADDRESSES)) for _ in range(2))
    packet = head + addresses + b"\0" * random.choice([0, 18])
    return packet if not chance(random, 15) else packet[: random.randrange(28)]


def frame(random: Random) -> bytes:
    """An Ethernet frame."""
    macs = bytes.fromhex(random.choice(MACS)) + bytes.fromhex(random.choice(MACS[:3] if not chance(random, 8) else MACS))
    kind = random.choice(["ip", "ip", "ip", "arp", "arp", "vlan", "other"])
    if kind == "ip":
        data = b"\x08\x00" + ip_packet(random)
    elif kind == "arp":
        data = b"\x08\x06" + arp_packet(random)
    elif kind == "vlan":
        data = b"\x81\x00" + random.choice([b"\0\5", b"\x60\7", random.randbytes(2)]) + b"\x08\x00" + ip_packet(random)
    else:
        data = random.randbytes(2) + some_bytes(random, 100)
    whole = macs + data
    return whole if not chance(random, 30) else whole[: random.randint(18, 40)]  # others abort on less than a header


def make_packets(kind: str, seed: int, count: int) -> list[bytes]:
    """``kind`` is ``ip``, ``whole-ip`` or ``ethernet``."""
    random = Random(seed)
    make = {"ip": ip_packet, "whole-ip": whole_ip_packet, "ethernet": frame}[kind]
    return [make(random) for _ in range(count)]


def write_pcap(path: Path, packets: list[bytes]) -> None:
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, ETHERNET))
        for number, data in enumerate(packets):
            out.write(struct.pack("<IIII", 1_000_000_000 + number // 1000, number % 1000 * 1000, len(data), len(data)) + data)


@dataclass(frozen=True)
class Record:
    """A packet of a pcap file; its time is not compared."""

    data: bytes
    length: int


def read_pcap(path: Path) -> list[Record]:
    """The packets of a file in the machine's byte order."""
    whole = path.read_bytes()
    if not whole:
        return []
    magic, *_ = struct.unpack_from("<IHHiIII", whole)
    if magic not in {0xA1B2C3D4, 0xA1B23C4D}:
        raise ValueError(f"{path}: not a pcap file: {magic:#x}")
    records, at = [], 24
    while at + 16 <= len(whole):  # the file of a program that crashed may be cut off
        _, _, captured, length = struct.unpack_from("<IIII", whole, at)
        records.append(Record(whole[at + 16 : at + 16 + captured], length))
        at += 16 + captured
    return records
