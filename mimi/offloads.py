# SPDX-License-Identifier: Apache-2.0
"""Offloads of an interface that an installed engine cannot forward through, asked of the kernel itself.

The embedded engine takes frames with their virtio header, so that merged segments and unfinished checksums pass. Click's
and FastClick's device elements see bare bytes: a segment that the kernel has merged from several does not fit their
buffers, and a checksum that the sender left to hardware is taken for wrong by the receiver.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TIMEOUT_S: Final = 10.0

# Runs in the minion's namespace: ioctl SIOCETHTOOL with ETHTOOL_GGRO, ETHTOOL_GFLAGS (bit 15 is LRO) and ETHTOOL_GDRVINFO.
_PROBE: Final = """
import array, fcntl, json, socket, struct, sys
def ask(command, size):
    data = array.array("B", struct.pack("I", command) + bytes(size))
    request = struct.pack("16sP", sys.argv[1].encode(), data.buffer_info()[0]) + bytes(16)
    fcntl.ioctl(probe, 0x8946, request)
    return data.tobytes()[4:]
def flag(command, mask):
    return bool(struct.unpack("I", ask(command, 4))[0] & mask)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    try:
        driver = ask(3, 192)[:32].split(b"\\0")[0].decode()
    except OSError:
        driver = ""
    print(json.dumps({"gro": flag(0x2b, 0xffffffff), "lro": flag(0x25, 1 << 15), "driver": driver}))
"""

_VIRTUAL: Final = frozenset({"veth", "virtio_net", "tun", "bridge", "openvswitch"})


@dataclass(frozen=True, slots=True)
class Offloads:
    """What is on at one interface. ``virtual``: its frames come from another kernel's stack, not from a wire."""

    device: str
    merging: tuple[str, ...]
    virtual: bool

    @property
    def command(self) -> str:
        """What turns them off."""
        return f"ethtool -K {self.device} {' '.join(f'{name} off' for name in self.merging)}"


def read_offloads(device: str, enter: Sequence[str] = ()) -> Offloads | None:
    """The offloads of ``device``; ``enter`` is put before the command (to enter a namespace). None when it cannot be asked."""
    try:
        done = subprocess.run([*enter, sys.executable, "-c", _PROBE, device], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        answer = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    merging = tuple(name for name in ("gro", "lro") if answer[name])
    return Offloads(device, merging, answer["driver"] in _VIRTUAL)


def senders_hint(device: str) -> str:
    """What to do about the stacks that send to a virtual interface."""
    return f"ethtool -K PEER tx off tso off gso off at the other end of {device}: its checksums must be finished when frames arrive"
