# SPDX-License-Identifier: Apache-2.0
"""Frames at the far ends of a minion's two links, for a program that was started inside their namespace.

``python wire.py PORT BACKEND``: a client's mid-flow segment goes in at ``far0``; the backend answers ARP and the segment at
``far1``. Prints one JSON object: what came out on both sides, checksums verified.
"""

from __future__ import annotations

import json
import logging
import sys
import time

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import IP, TCP  # noqa: E402
from scapy.layers.l2 import ARP, Ether  # noqa: E402
from scapy.packet import Packet  # noqa: E402
from scapy.supersocket import SuperSocket  # noqa: E402

CLIENT, VIP, SERVICE = "10.1.0.1", "10.1.0.100", 8080
CLIENT_MAC, BACKEND_MAC = "02:00:00:00:01:01", "02:00:00:00:02:03"
MINION_CLIENT, MINION_SERVER = "02:00:00:00:01:fe", "02:00:00:00:02:fe"
DEADLINE_S, AGAIN_S = 20.0, 0.5


def sound(packet: Packet) -> bool:
    """Both checksums are what a second computation gives."""
    fresh = IP(bytes(packet[IP]))
    given = fresh.chksum, fresh[TCP].chksum
    del fresh.chksum, fresh[TCP].chksum
    again = IP(bytes(fresh))
    return given == (again.chksum, again[TCP].chksum)


def told(packet: Packet) -> dict[str, object]:
    ip, tcp = packet[IP], packet[TCP]
    text = bytes(tcp.payload).decode("latin-1").rstrip("\0")
    return {"src": f"{ip.src}:{tcp.sport}", "dst": f"{ip.dst}:{tcp.dport}", "data": text, "sound": sound(packet)}


def answer_arp(side: SuperSocket, packet: Packet, address: str, mac: str) -> None:
    if ARP in packet and packet[ARP].op == 1 and packet[ARP].pdst == address:
        asked = packet[ARP]
        side.send(Ether(dst=asked.hwsrc, src=mac) / ARP(op=2, hwsrc=mac, psrc=address, hwdst=asked.hwsrc, pdst=asked.psrc))


def carry(enter: SuperSocket, frame: Packet, leave: SuperSocket, address: str, mac: str, port: int) -> dict[str, object] | None:
    """Send ``frame`` until its segment has left on the other side, where ``address`` answers ARP; None when it never does."""
    deadline, due = time.monotonic() + DEADLINE_S, 0.0
    while time.monotonic() < deadline:
        if time.monotonic() >= due:
            enter.send(frame)
            due = time.monotonic() + AGAIN_S
        if not leave.select([leave], 0.1):
            continue
        packet = leave.recv()
        if packet is None:
            continue
        answer_arp(leave, packet, address, mac)
        if TCP in packet and packet[Ether].dst == mac and port in (packet[TCP].sport, packet[TCP].dport):
            return told(packet)
    return None


def main(port: int, backend: str) -> None:
    from scapy.config import conf

    far0, far1 = conf.L2socket(iface="far0", promisc=True), conf.L2socket(iface="far1", promisc=True)
    flags = {"flags": "PA", "seq": 1000, "ack": 2000}
    there = Ether(src=CLIENT_MAC, dst=MINION_CLIENT) / IP(src=CLIENT, dst=VIP) / TCP(sport=port, dport=SERVICE, **flags) / "question"
    forward = carry(far0, there, far1, backend, BACKEND_MAC, SERVICE)
    back = Ether(src=BACKEND_MAC, dst=MINION_SERVER) / IP(src=backend, dst=CLIENT) / TCP(sport=SERVICE, dport=port, **flags) / "answer"
    reverse = carry(far1, back, far0, CLIENT, CLIENT_MAC, port)
    print(json.dumps({"forward": forward, "reverse": reverse}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
