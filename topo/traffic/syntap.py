# SPDX-License-Identifier: Apache-2.0
"""When did each new connection reach the box? A tap that writes the kernel's arrival time of every TCP SYN.

``python -m mimi.topo.traffic.syntap INTERFACE FILE`` appends lines ``KEY<TAB>NANOSECONDS`` (flow key text, time of day in ns)
until it is terminated. It only listens; joined with sync's trace it gives the replication lag from the first packet on.
"""

from __future__ import annotations

import ctypes
import errno
import signal
import socket
import struct
import sys
from types import FrameType
from typing import Any

_ETH_P_IP = 0x0800
_SO_ATTACH_FILTER = 26
_SO_TIMESTAMPNS = 35
_SCM_TIMESTAMPNS = 35
_TCP, _SYN, _ACK = 6, 0x02, 0x10

# Classic BPF: IPv4, not a fragment, TCP, SYN set and ACK clear (RFC 9293), else drop.
_FILTER = (
    (0x28, 0, 0, 12), (0x15, 0, 9, _ETH_P_IP), (0x30, 0, 0, 23), (0x15, 0, 7, _TCP), (0x28, 0, 0, 20),
    (0x45, 5, 0, 0x1FFF), (0xB1, 0, 0, 14), (0x50, 0, 0, 27), (0x54, 0, 0, _SYN | _ACK), (0x15, 0, 1, _SYN),
    (0x06, 0, 0, 128), (0x06, 0, 0, 0),
)  # fmt: skip


def open_tap(interface: str) -> socket.socket:
    """A packet socket on ``interface`` that receives arriving SYNs only, each with its kernel time stamp."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _FILTER)
    buffer = ctypes.create_string_buffer(program)
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(_FILTER), ctypes.addressof(buffer)))
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    sock.bind((interface, _ETH_P_IP))
    return sock


def key_of(frame: bytes) -> str:
    """The flow key text of an Ethernet frame that holds a TCP segment."""
    transport = 14 + (frame[14] & 0x0F) * 4
    sport, dport = struct.unpack_from("!HH", frame, transport)
    return f"tcp {socket.inet_ntoa(frame[26:30])}:{sport} {socket.inet_ntoa(frame[30:34])}:{dport}"


def receive(sock: socket.socket) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any] | None:
    """What arrives next, or None. An interface that goes down is an error that passes: the socket hears it again when it is up."""
    try:
        return sock.recvmsg(256, 64)
    except TimeoutError:
        return None
    except OSError as error:
        if error.errno != errno.ENETDOWN:
            raise
        return None


def main() -> None:
    interface, path = sys.argv[1:3]
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    sock = open_tap(interface)
    sock.settimeout(0.2)
    with open(path, "a", buffering=1 << 16) as output:
        while not stopping:
            received = receive(sock)
            if received is None:
                output.flush()
                continue
            frame, ancillary, _, sender = received
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            seconds, nanoseconds = struct.unpack("ll", next(data for _, kind, data in ancillary if kind == _SCM_TIMESTAMPNS))
            output.write(f"{key_of(frame)}\t{seconds * 1_000_000_000 + nanoseconds}\n")


if __name__ == "__main__":
    main()
