# SPDX-License-Identifier: Apache-2.0
"""One ARPQuerier that two threads push to while what it knows changes all the time.

`make sanitize SANITIZE=thread` runs it under ThreadSanitizer, whose findings are part of what the program says.
"""

from __future__ import annotations

import pytest
from clickprogram import run_click
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

ROUTER = "02:00:00:00:00:fe"
HOSTS = {f"10.0.0.{n}": f"02:00:00:00:00:{n:02x}" for n in range(1, 6)}
PACKETS = 20_000


def literal(data: bytes) -> str:
    """As Click writes bytes."""
    return f"\\<{data.hex()}>"


def source(name: str, thread: int, data: bytes, burst: int, path: str) -> str:
    """So many packets; the program may end when all are sent."""
    made = f"InfiniteSource(DATA {literal(data)}, BURST {burst}, LIMIT {PACKETS}, STOP true)"
    return f"{name} :: {made} -> {path}; StaticThreadSched({name} {thread});"


def configuration(querier: str, tables: str = "") -> str:
    """Each thread sends packets to all hosts; the second one takes their answers too. Frames are sorted by what they say."""
    text = f"{tables} q :: ARPQuerier(10.0.0.254/24, {ROUTER}, {querier});"
    for number, (address, ether) in enumerate(HOSTS.items()):
        packet = bytes(IP(src="10.0.0.254", dst=address) / UDP(sport=1, dport=2))
        reply = bytes(Ether(src=ether, dst=ROUTER) / ARP(op=2, hwsrc=ether, psrc=address, hwdst=ROUTER, pdst="10.0.0.254"))
        for thread in range(2):
            text += source(f"s{thread}_{number}", thread, packet, 8, "MarkIPHeader -> GetIPAddress(16) -> [0]q")
        text += source(f"r{number}", 1, reply, 1, "[1]q")
    right = [f"0/{ether.replace(':', '')} 12/0800 30/{bytes(map(int, address.split('.'))).hex()}" for address, ether in HOSTS.items()]
    text += f"q[0] -> sorted :: Classifier({', '.join(right)}, -); q[1] -> queries :: Counter -> Discard;"
    text += "right :: Counter -> Discard;" + "".join(f"sorted[{n}] -> right;" for n in range(len(right)))
    text += f"sorted[{len(right)}] -> wrong :: Counter -> Discard;"
    return text + f"DriverManager(wait_stop {3 * len(HOSTS)}, print $(right.count) $(wrong.count) $(q.drops) $(q.length) $(q.count), stop);"


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ("CAPACITY 0, ENTRY_PACKET_CAPACITY 0", 5),
        ("ENTRY_CAPACITY 1", 1),
        ("ENTRY_CAPACITY 3, POLL_TIMEOUT 0.0001", 3),
        ("TIMEOUT 0.0001, POLL_TIMEOUT 0", 5),
    ],
)
@pytest.mark.parametrize("shared", [False, True], ids=["own", "table"])
def test_every_frame_goes_where_its_packet_belongs(limits: str, most: int, shared: bool) -> None:
    """Neither forgetting nor reusing what was forgotten may send a packet to another host, and no packet is lost uncounted."""
    polls = [word for word in limits.split(", ") if word.startswith("POLL")]
    rest = ", ".join(word for word in limits.split(", ") if not word.startswith("POLL"))
    text = configuration(", ".join(["TABLE t", *polls]), f"t :: ARPTable({rest});") if shared else configuration(limits)
    done = run_click("-j", "2", "-e", text)
    assert done.returncode == 0, done.stderr
    assert "ThreadSanitizer" not in done.stderr
    right, wrong, drops, waiting, known = map(int, done.stdout.split())
    assert wrong == 0
    assert right + drops + waiting == 2 * len(HOSTS) * PACKETS
    assert known <= most
    assert right > 0
