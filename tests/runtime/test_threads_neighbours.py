# SPDX-License-Identifier: Apache-2.0
"""One ARPQuerier, or IP6NDSolicitor, that two threads push to while what it knows changes all the time.

`make sanitize SANITIZE=thread` runs it under ThreadSanitizer, whose findings are part of what the program says.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from clickprogram import run_click
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether

ROUTER = "02:00:00:00:00:fe"
HOSTS = {f"10.0.0.{n}": f"02:00:00:00:00:{n:02x}" for n in range(1, 6)}
NETWORK6 = "2001:db8::"
HOSTS6 = {f"{NETWORK6}{n}": ether for n, ether in enumerate(HOSTS.values(), 1)}
PACKETS = 20_000


def literal(data: bytes) -> str:
    """As Click writes bytes."""
    return f"\\<{data.hex()}>"


def source(name: str, thread: int, data: bytes, burst: int, path: str) -> str:
    """So many packets; the program may end when all are sent."""
    made = f"InfiniteSource(DATA {literal(data)}, BURST {burst}, LIMIT {PACKETS}, STOP true)"
    return f"{name} :: {made} -> {path}; StaticThreadSched({name} {thread});"


def traffic(address: str, ether: str) -> tuple[bytes, bytes, str, str]:
    """A packet to a host, the host's answer, the packet's way to the querier, and what is in the packet's frame."""
    mac = ether.replace(":", "")
    if ":" in address:
        packet = bytes(IPv6(src=f"{NETWORK6}fe", dst=address) / UDP(sport=1, dport=2))
        news = ICMPv6ND_NA(tgt=address, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=ether)
        reply = bytes(Ether(src=ether, dst=ROUTER) / IPv6(src=address, dst=f"{NETWORK6}fe", hlim=255) / news)
        return packet, reply, "CheckIP6Header -> [0]q", f"0/{mac} 12/86dd 38/{IPv6Address(address).packed.hex()}"
    packet = bytes(IP(src="10.0.0.254", dst=address) / UDP(sport=1, dport=2))
    reply = bytes(Ether(src=ether, dst=ROUTER) / ARP(op=2, hwsrc=ether, psrc=address, hwdst=ROUTER, pdst="10.0.0.254"))
    return packet, reply, "MarkIPHeader -> GetIPAddress(16) -> [0]q", f"0/{mac} 12/0800 30/{IPv4Address(address).packed.hex()}"


def configuration(querier: str, hosts: dict[str, str], tables: str = "") -> str:
    """Each thread sends packets to all hosts; the second one takes their answers too. Frames are sorted by what they say."""
    text = f"{tables} q :: {querier};"
    right = []
    for number, (address, ether) in enumerate(hosts.items()):
        packet, reply, path, pattern = traffic(address, ether)
        for thread in range(2):
            text += source(f"s{thread}_{number}", thread, packet, 8, path)
        text += source(f"r{number}", 1, reply, 1, "[1]q")
        right.append(pattern)
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
    words = ", ".join(["TABLE t", *polls]) if shared else limits
    check(configuration(f"ARPQuerier(10.0.0.254/24, {ROUTER}, {words})", HOSTS, f"t :: ARPTable({rest});" if shared else ""), most)


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ("CAPACITY 1000000, ENTRY_PACKET_CAPACITY 1000000", 5),
        ("ENTRY_CAPACITY 1", 1),
        ("ENTRY_CAPACITY 3, POLL_TIMEOUT 1", 3),
        ("SOUGHT_CAPACITY 1, TIMEOUT 1", 5),
    ],
)
def test_the_same_of_ipv6(limits: str, most: int) -> None:
    check(configuration(f"IP6NDSolicitor({NETWORK6}fe, {ROUTER}, {limits})", HOSTS6), most)


def check(configured: str, most: int) -> None:
    done = run_click("-j", "2", "-e", configured)
    assert done.returncode == 0, done.stderr
    assert "ThreadSanitizer" not in done.stderr
    right, wrong, drops, waiting, known = map(int, done.stdout.split())
    assert wrong == 0
    assert right + drops + waiting == 2 * len(HOSTS) * PACKETS
    assert known <= most
    assert right > 0
