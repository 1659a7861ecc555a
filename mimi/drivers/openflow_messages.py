# SPDX-License-Identifier: Apache-2.0
"""The few OpenFlow 1.4 messages of a flow monitor: bytes to values and back (OpenFlow Switch Specification 1.4.0).

All numbers are in network byte order. Structures: ``ofp_header`` (7.1.1), ``ofp_match`` and OXM fields (7.2.3),
``ofp_flow_monitor_request`` and ``ofp_flow_update_full`` (7.3.5.16).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

VERSION: Final = 5
HEADER: Final = struct.Struct("!BBHI")
"""Version, type, length, transaction."""

HELLO, ERROR, ECHO_REQUEST, ECHO_REPLY, MULTIPART_REQUEST, MULTIPART_REPLY = 0, 1, 2, 3, 18, 19
FLOW_MONITOR: Final = 16
_REPLY_MORE: Final = 1
_OFPP_ANY = _OFPG_ANY = 0xFFFFFFFF
_OFPTT_ALL: Final = 0xFF
_INITIAL, _ADD, _REMOVED, _MODIFY, _INSTRUCTIONS = (1 << bit for bit in range(5))

Event = Literal["initial", "added", "removed", "modified", "paused", "resumed", "other"]
_EVENTS: Final[dict[int, Event]] = {0: "initial", 1: "added", 2: "removed", 3: "modified", 5: "paused", 6: "resumed"}

_BASIC: Final = 0x8000
"""oxm_class OFPXMC_OPENFLOW_BASIC."""

ETH_TYPE, IP_PROTO, IPV4_SRC, IPV4_DST, TCP_SRC, TCP_DST, UDP_SRC, UDP_DST = 5, 10, 11, 12, 13, 14, 15, 16
"""OXM fields, by the specification's numbers."""

_SET_FIELD: Final = 25
_WRITE_ACTIONS, _APPLY_ACTIONS = 3, 4

_LENGTHS: Final = {ETH_TYPE: 2, IP_PROTO: 1, IPV4_SRC: 4, IPV4_DST: 4, TCP_SRC: 2, TCP_DST: 2, UDP_SRC: 2, UDP_DST: 2}

Fields = dict[int, bytes]
"""Values by OXM field; a masked field is not in it, because it stands for many flows."""


@dataclass(frozen=True, slots=True)
class Update:
    """A change of one rule: what it matches, and what it sets in the packets."""

    event: Event
    match: Fields = field(default_factory=dict)
    changes: Fields = field(default_factory=dict)


def message(kind: int, transaction: int, body: bytes = b"") -> bytes:
    """A whole message."""
    return HEADER.pack(VERSION, kind, HEADER.size + len(body), transaction) + body


def hello(transaction: int) -> bytes:
    """The first message: only OpenFlow 1.4 is spoken (``ofp_hello_elem_versionbitmap``)."""
    return message(HELLO, transaction, struct.pack("!HHI", 1, 8, 1 << VERSION))


def monitor_request(transaction: int) -> bytes:
    """Ask for every rule, and for every change of any from then on.

    Abbreviated updates tell of changes that this very connection makes: there are none, and Open vSwitch refuses to be asked not to
    send them.
    """
    flags = _INITIAL | _ADD | _REMOVED | _MODIFY | _INSTRUCTIONS
    everything = struct.pack("!HH4x", 1, 4)  # an OXM match without fields
    request = struct.pack("!IIIHBB", 1, _OFPP_ANY, _OFPG_ANY, flags, _OFPTT_ALL, 0) + everything
    return message(MULTIPART_REQUEST, transaction, struct.pack("!HH4x", FLOW_MONITOR, 0) + request)


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole messages out of a stream, and what is left for the next time.

    Raises:
        ValueError: a length that no message has; the stream cannot be followed any more.
    """
    messages, at = [], 0
    while len(data) - at >= HEADER.size:
        length = HEADER.unpack_from(data, at)[2]
        if length < HEADER.size:
            raise ValueError(f"a message of {length} bytes")
        if len(data) - at < length:
            break
        messages.append(data[at : at + length])
        at += length
    return messages, data[at:]


def is_last_part(reply: bytes) -> bool:
    """Whether a multipart reply is the last of its answer."""
    return not int.from_bytes(reply[10:12], "big") & _REPLY_MORE


def updates_of(reply: bytes) -> Iterator[bytes]:
    """The updates in a multipart reply of a flow monitor; those that are cut short end it."""
    at = HEADER.size + 8
    while len(reply) - at >= 4:
        length = int.from_bytes(reply[at : at + 2], "big")
        if length < 4 or at + length > len(reply):
            return
        yield reply[at : at + length]
        at += length


def event_of(update: bytes) -> Event:
    """What an update tells of."""
    return _EVENTS.get(int.from_bytes(update[2:4], "big"), "other")


def parse_update(update: bytes) -> Update:
    """An update's event, match and changes.

    Raises:
        ValueError: it is cut short, or lengths in it contradict each other.
    """
    event = event_of(update)
    at = 24
    if event in ("paused", "resumed", "other"):
        return Update(event)
    if len(update) < at + 8:
        raise ValueError("an update without a match")
    kind, length = struct.unpack_from("!HH", update, at)
    end = at + length
    if kind != 1 or length < 4 or end > len(update):
        raise ValueError("a match that is cut short")
    match = _oxm_fields(update[at + 4 : end])
    return Update(event, match, _changes(update[at + (length + 7) // 8 * 8 :]))


def _oxm_fields(data: bytes) -> Fields:
    fields, at = {}, 0
    while at < len(data):
        if len(data) - at < 4 or len(data) - at < 4 + data[at + 3]:
            raise ValueError("an OXM field that is cut short")
        number, value = data[at + 2] >> 1, data[at + 4 : at + 4 + data[at + 3]]
        if int.from_bytes(data[at : at + 2], "big") == _BASIC and not data[at + 2] & 1:
            if len(value) != _LENGTHS.get(number, len(value)):
                raise ValueError("an OXM field of a wrong length")
            fields[number] = value
        at += 4 + data[at + 3]
    return fields


def _changes(instructions: bytes) -> Fields:
    changes: Fields = {}
    for kind, body in _chain(instructions):
        if kind in (_WRITE_ACTIONS, _APPLY_ACTIONS):
            for action, value in _chain(body[4:]):
                if action == _SET_FIELD and len(value) >= 4:
                    changes.update(_oxm_fields(value[: 4 + value[3]]))
    return changes


def _chain(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of things that begin with a type and a length."""
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            raise ValueError("an instruction or action that is cut short")
        kind, length = struct.unpack_from("!HH", data, at)
        if length < 4 or at + length > len(data):
            raise ValueError("an instruction or action of a wrong length")
        yield kind, data[at + 4 : at + length]
        at += length
