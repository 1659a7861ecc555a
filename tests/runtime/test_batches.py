# SPDX-License-Identifier: Apache-2.0
"""A batch is nothing but its packets: every element gives the same whether they come one by one or together."""

from __future__ import annotations

import struct
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packetwork import frame_lists

from mimi.click.router import Packet, Router

ROUTES = "10.0.0.0/8 1, 10.1.0.0/16 192.168.0.1 2, 10.1.2.0/24 0, 10.1.2.3/32 192.168.0.2 1"
IP_CHAIN = "Strip(14) -> MarkIPHeader"

# Configurations of one element with its number of outputs, and what is in front of it.
ELEMENTS = {
    "Strip": ("Strip(14)", 1, "Null"),
    "Unstrip": ("Unstrip(6)", 1, "Strip(14)"),
    "CheckIPHeader": ("CheckIPHeader(14, VERBOSE false)", 2, "Null"),
    "CheckIPHeader stripped": ("CheckIPHeader(INTERFACES 10.1.2.3/8)", 2, "Strip(14)"),
    "CheckIPHeader2": ("CheckIPHeader2", 2, "Strip(14)"),
    "IPInputCombo": ("IPInputCombo(3, INTERFACES 10.1.2.3/8)", 2, "Null"),
    "IPOutputCombo": ("IPOutputCombo(3, 1.2.3.4, 100)", 5, "CheckIPHeader(14) -> Paint(3)"),
    "CheckUDPHeader": ("CheckUDPHeader", 2, "CheckIPHeader(14)"),
    "CheckTCPHeader": ("CheckTCPHeader", 2, "CheckIPHeader(14)"),
    "CheckICMPHeader": ("CheckICMPHeader", 2, "CheckIPHeader(14)"),
    "MarkIPHeader": ("MarkIPHeader(14)", 1, "Null"),
    "Counter": ("Counter", 1, "Null"),
    "Paint": ("Paint(7)", 1, "Null"),
    "CheckPaint": ("CheckPaint(3)", 2, "Paint(3)"),
    "PaintTee": ("PaintTee(3)", 2, "Paint(3)"),
    "PaintSwitch": ("PaintSwitch", 4, "Paint(2)"),
    "Tee": ("Tee", 3, "Null"),
    "Switch": ("Switch(1)", 2, "Null"),
    "RoundRobinSwitch": ("RoundRobinSwitch", 3, "Null"),
    "HashSwitch": ("HashSwitch(26, 8)", 3, "Null"),
    "Classifier": ("Classifier(12/0800 23/11, 12/0800 23/06, 12/0806, -)", 4, "Null"),
    "Classifier with holes": ("Classifier(40/0035, 12/0806 20/0001)", 2, "Null"),
    "IPClassifier": ("IPClassifier(tcp dst port 80, udp, src net 10.0.0.0/9, -)", 4, "CheckIPHeader(14)"),
    "IPFilter": ("IPFilter(1 icmp, deny udp src port < 1000, allow all)", 2, "CheckIPHeader(14)"),
    "DecIPTTL": ("DecIPTTL", 2, "CheckIPHeader(14)"),
    "EtherEncap": ("EtherEncap(0x800, 1:2:3:4:5:6, 6:5:4:3:2:1)", 1, "Strip(14)"),
    "EtherRewrite": ("EtherRewrite(1:2:3:4:5:6, 6:5:4:3:2:1)", 1, "Pad(14)"),
    "EtherMirror": ("EtherMirror", 1, "Pad(14)"),
    "VLANEncap": ("VLANEncap(7)", 1, "Pad(14)"),
    "VLANDecap": ("VLANDecap", 1, "Pad(20)"),
    "HostEtherFilter": ("HostEtherFilter(2:0:0:0:0:1)", 2, "Pad(14)"),
    "StaticIPLookup": (f"StaticIPLookup({ROUTES})", 3, "CheckIPHeader(14)"),
    "RadixIPLookup": (f"RadixIPLookup({ROUTES}, 0/0 2)", 3, "CheckIPHeader(14)"),
    "DirectIPLookup": (f"DirectIPLookup({ROUTES}, 0/0 2)", 3, "CheckIPHeader(14)"),
    "LinearIPLookup": (f"LinearIPLookup({ROUTES}, 0/0 2)", 3, "CheckIPHeader(14)"),
    "GetIPAddress": ("GetIPAddress(16) -> StoreIPAddress(12)", 1, "CheckIPHeader(14) -> Strip(14)"),
    "SetIPAddress": ("SetIPAddress(1.2.3.4)", 1, "CheckIPHeader(14)"),
    "IPMirror": ("IPMirror", 1, "CheckIPHeader(14)"),
    "StripIPHeader": ("StripIPHeader", 1, "Strip(14) -> CheckIPHeader"),
    "IPEncap": ("IPEncap(4, 1.1.1.1, 2.2.2.2)", 1, "Strip(14) -> CheckIPHeader"),
    "UDPIPEncap": ("UDPIPEncap(1.1.1.1, 1, 2.2.2.2, 2)", 1, "Null"),
    "FixIPSrc": ("FixIPSrc(9.9.9.9)", 1, "CheckIPHeader(14)"),
    "IPGWOptions": ("IPGWOptions(1.2.3.4)", 2, "CheckIPHeader(14)"),
    "IPFragmenter": ("IPFragmenter(68)", 2, "CheckIPHeader(14)"),
    "ICMPError": ("ICMPError(1.2.3.4, unreachable, host)", 1, "CheckIPHeader(14)"),
    "ICMPPingResponder": ("ICMPPingResponder", 2, "CheckIPHeader(14)"),
    "SetUDPChecksum": ("SetUDPChecksum", 1, "CheckIPHeader(14) -> IPFilter(allow udp)"),
    "SetTCPChecksum": ("SetTCPChecksum", 1, "CheckIPHeader(14) -> IPFilter(allow tcp)"),
    "SetIPChecksum": ("SetIPChecksum", 1, "CheckIPHeader(14)"),
    "ARPResponder": ("ARPResponder(10.0.0.0/8 2:0:0:0:0:1)", 2, "Null"),
    "DropBroadcasts": ("DropBroadcasts", 1, "Null"),
    "CheckLength": ("CheckLength(60)", 2, "Null"),
    "Truncate": ("Truncate(40)", 1, "Null"),
    "Pad": ("Pad(60)", 1, "Null"),
    "Queue": ("Queue(5)", 0, "Null"),
}

# Number their packets for the whole process, so that a second router goes on where the first ended.
NUMBERING = {"ICMPError"}


def without_number(packet: Packet) -> Packet:
    """The packet with IP identification and header checksum zeroed."""
    data = packet.data
    return replace(packet, data=data[:4] + bytes(2) + data[6:10] + bytes(2) + data[12:])


def leaving(name: str, path: Path, burst: int) -> tuple[list[list[Packet]], dict[str, bytes]]:
    """What leaves each output, and what the element says of itself, when packets come ``burst`` at a time."""
    element, outputs, before = ELEMENTS[name]
    *chain, element = element.split(" -> ")
    text = f"FromDump({path}, BURST {burst}) -> {' -> '.join([before, *chain])} -> e :: {element}; "
    text += "; ".join(f"e[{n}] -> out{n} :: MemoryOut" for n in range(outputs)) if outputs else "e -> Idle"
    with Router(text, clock="virtual") as router:
        router.run()
        told = {}
        for handler in ("count", "byte_count", "drops", "drop_details", "length", "highwater_length"):
            if f"\n{handler}\t" in "\n" + router.read("e.handlers").decode():
                told[handler] = router.read(f"e.{handler}")
        left = [router.packets(f"out{n}") for n in range(outputs)]
    if name in NUMBERING:
        left = [[without_number(packet) for packet in packets] for packets in left]
    return left, told


@pytest.mark.parametrize("name", ELEMENTS)
@settings(deadline=None, max_examples=15)
@given(frames=frame_lists, burst=st.integers(2, 40))
def test_batches_are_treated_as_their_packets(name: str, frames: list[bytes], burst: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "in.pcap")
        records = [struct.pack("<IIII", n, 0, len(frame), len(frame)) + frame for n, frame in enumerate(frames)]
        path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(records))
        assert leaving(name, path, burst) == leaving(name, path, 1)
