# SPDX-License-Identifier: Apache-2.0
"""One line of netfilter's packet log, as text: its fields, and the packet that it tells of.

Fields may come in any order; the first of a name counts (UDP has two LEN, ICMP errors quote an inner packet). ICMP's own
fields follow ``PROTO=ICMP``, because its query id is called ID like the IP header's.
"""

from __future__ import annotations

from dataclasses import dataclass
from socket import AF_INET, inet_pton
from typing import Final

from mimi.drivers.message import message_of

NO_PREFIX: Final = "no-prefix"
MISSING_FIELD: Final = "missing-field"
BAD_ADDRESS: Final = "bad-address"
BAD_PORT: Final = "bad-port"
PROTOCOL: Final = "protocol"
ICMP_TYPE: Final = "icmp-type"

PROTOCOLS: Final = {"TCP": "tcp", "UDP": "udp", "6": "tcp", "17": "udp"}
_ICMP: Final = ("ICMP", "1")
_ECHO_REPLY, _ECHO_REQUEST = "0", "8"


@dataclass(frozen=True, slots=True)
class Logged:
    """A packet as a log line shows it. Of a ping, ``sport`` is the query id in both directions, and ``dport`` is 0."""

    proto: str
    saddr: str
    sport: int
    daddr: str
    dport: int
    begins: bool = False
    """A SYN or an echo request: this packet's sender is the initiator."""
    answers: bool = False
    """A SYN with ACK, or an echo reply: the initiator is the other one."""
    rst: bool = False
    fin: bool = False
    length: str = ""
    ident: str = ""
    """The IP header's identification."""
    numbers: tuple[str, str] = ("", "")
    """TCP's sequence and acknowledgement numbers, ICMP's sequence number; empty when the rule does not log them."""


def logged_packet(message: bytes, prefix: str) -> Logged | str:
    """The packet that a syslog message of the primary's rules tells of, or the reason why there is none."""
    rest = after_prefix(message_of(message, prefix), prefix)
    return NO_PREFIX if rest is None else packet_of(rest)


def packet_of(line: str) -> Logged | str:
    """The packet in a line (what follows the prefix, with a leading space), or the reason why there is none."""
    name = field(line, " PROTO=")
    proto = "icmp" if name in _ICMP else PROTOCOLS.get(name)
    if proto is None:
        return PROTOCOL if name else MISSING_FIELD
    saddr, daddr = field(line, " SRC="), field(line, " DST=")
    if not saddr or not daddr:
        return MISSING_FIELD
    if not is_address(saddr) or not is_address(daddr):
        return BAD_ADDRESS
    if proto == "icmp":
        return _ping(line, saddr, daddr)
    sport, dport = field(line, " SPT="), field(line, " DPT=")
    if not sport or not dport:
        return MISSING_FIELD
    ports = port_of(sport), port_of(dport)
    if 0 in ports:
        return BAD_PORT
    syn, ack = proto == "tcp" and flag(line, " SYN"), flag(line, " ACK")
    numbers = (field(line, " SEQ="), field(line, " ACK=")) if proto == "tcp" else ("", "")
    return Logged(
        proto, saddr, ports[0], daddr, ports[1], begins=syn and not ack, answers=syn and ack,
        rst=proto == "tcp" and flag(line, " RST"), fin=proto == "tcp" and flag(line, " FIN"),
        length=field(line, " LEN="), ident=field(line, " ID="), numbers=numbers,
    )  # fmt: skip


def _ping(line: str, saddr: str, daddr: str) -> Logged | str:
    own = line[line.find(" PROTO=") :]
    kind, query = field(own, " TYPE="), field(own, " ID=")
    if not kind:
        return MISSING_FIELD
    if kind not in (_ECHO_REPLY, _ECHO_REQUEST):
        return ICMP_TYPE
    if not query.isascii() or not query.isdigit() or int(query[:6]) > 65535 or len(query) > 5:
        return MISSING_FIELD if not query else BAD_PORT
    return Logged(
        "icmp", saddr, int(query), daddr, 0, begins=kind == _ECHO_REQUEST, answers=kind == _ECHO_REPLY,
        length=field(line, " LEN="), ident=field(line[: line.find(" PROTO=")], " ID="), numbers=(field(own, " SEQ="), ""),
    )  # fmt: skip


def after_prefix(line: str, prefix: str) -> str | None:
    """What follows the prefix, with a leading space; None when the line has another one. ``IN=`` may touch the prefix."""
    return f" {line[len(prefix) :]}" if line.startswith(prefix) else None


def field(rest: str, name: str) -> str:
    """Value of the first field of that name; empty when there is none."""
    start = rest.find(name)
    if start < 0:
        return ""
    start += len(name)
    end = rest.find(" ", start)
    return rest[start:] if end < 0 else rest[start:end]


def flag(rest: str, name: str) -> bool:
    """Whether a bare word is there, and not the beginning of another word."""
    return f"{name} " in rest or rest.endswith(name)


def port_of(text: str) -> int:
    """A port, or 0 when it is none. Leading zeros are refused: the kernel prints none."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and text[0] != "0":
        number = int(text)
        return number if number <= 65535 else 0
    return 0


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 address."""
    try:
        inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return False
    return True
