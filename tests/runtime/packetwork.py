# SPDX-License-Identifier: Apache-2.0
"""Packets into a chain of elements and out of it, for tests of the element library; and frames of all sorts to be tried."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from mimi.click.router import Offload, Packet, Router

address = st.sampled_from(["10.1.2.3", "10.1.2.4", "10.1.9.9", "10.200.0.1", "10.255.255.255", "192.0.2.1", "0.0.0.0"])
port = st.sampled_from([53, 80, 1024, 40000])
payload = st.binary(max_size=90).map(Raw)
ethernet = st.builds(Ether, src=st.just("02:00:00:00:00:02"), dst=st.sampled_from(["02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"]))
ip = st.builds(IP, src=address, dst=address, ttl=st.sampled_from([0, 1, 2, 64]), id=st.integers(0, 65535))
transport = st.one_of(
    st.builds(UDP, sport=port, dport=port), st.builds(TCP, sport=port, dport=port), st.builds(ICMP, type=st.sampled_from([0, 8]))
)
sound = st.builds(lambda e, i, t, p: bytes(e / i / t / p), ethernet, ip, transport, payload)
strange = st.one_of(
    st.builds(lambda e, a: bytes(e / ARP(pdst=a)), ethernet, address),
    st.builds(lambda e, i: bytes(e / Dot1Q(vlan=7) / i), ethernet, ip),
    st.binary(max_size=80),
    # A sound packet cut short, or with one byte wrong.
    st.builds(lambda data, at: data[: at % (len(data) + 1)], sound, st.integers(0, 200)),
    st.builds(lambda data, at: data[: at % len(data)] + b"\x99" + data[at % len(data) + 1 :], sound, st.integers(0, 200)),
)
frame_lists = st.lists(st.one_of(sound, sound, strange), max_size=40)


def through(
    element: str, packets: Sequence[bytes], *, outputs: int = 1, before: str = "Null", offload: Offload | None = None
) -> list[list[Packet]]:
    """What leaves each output of ``element`` when ``packets`` are pushed into its input 0.

    ``element`` may be a chain; ``before`` is one in front, say one that marks the IP header. The virtual clock serves timers
    without waiting.
    """
    *chain, element = element.split(" -> ")
    before = " -> ".join([before, *chain])
    text = f"in :: MemoryIn -> {before} -> e :: {element}; " + "; ".join(f"e[{i}] -> out{i} :: MemoryOut" for i in range(outputs))
    with Router(text, clock="virtual") as router:
        for data in packets:
            router.push("in", data, offload=offload)
        router.run()
        return [router.packets(f"out{i}") for i in range(outputs)]


def data_of(packets: Sequence[Packet]) -> list[bytes]:
    """The bytes alone."""
    return [packet.data for packet in packets]
