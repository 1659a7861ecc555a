# SPDX-License-Identifier: Apache-2.0
"""One line of netfilter's packet log, as text: its fields, and the packet that it tells of.

Fields may come in any order; the first of a name counts (UDP has two LEN, ICMP errors quote an inner packet). ICMP's own
fields follow ``PROTO=ICMP`` (``ICMPv6``), because its query id is called ID like the IP header's. The kernel writes out IPv6 addresses,
``SRC=2001:0db8:0000:…:0001``; what is read has them in their canonical form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mimi.drivers.message import message_of
from mimi.flow import address_text, packed_address

NO_PREFIX: Final = "no-prefix"
MISSING_FIELD: Final = "missing-field"
BAD_ADDRESS: Final = "bad-address"
BAD_PORT: Final = "bad-port"
PROTOCOL: Final = "protocol"
ICMP_TYPE: Final = "icmp-type"

PROTOCOLS: Final = {"TCP": "tcp", "UDP": "udp", "6": "tcp", "17": "udp"}
_QUERIES: Final = {"ICMP": "icmp", "1": "icmp", "ICMPv6": "icmp6", "58": "icmp6"}
_ECHO: Final = {"icmp": ("8", "0"), "icmp6": ("128", "129")}
"""The types of an echo request and an echo reply."""


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
    proto = _QUERIES.get(name) or PROTOCOLS.get(name)
    if proto is None:
        return PROTOCOL if name else MISSING_FIELD
    saddr, daddr = field(line, " SRC="), field(line, " DST=")
    if not saddr or not daddr:
        return MISSING_FIELD
    saddr, daddr = address_of(saddr), address_of(daddr)
    if not saddr or not daddr or (":" in saddr) != (":" in daddr):
        return BAD_ADDRESS
    if proto in _ECHO:
        wrong = proto == ("icmp" if ":" in saddr else "icmp6")
        return BAD_ADDRESS if wrong else _ping(line, proto, saddr, daddr)
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


def _ping(line: str, proto: str, saddr: str, daddr: str) -> Logged | str:
    own = line[line.find(" PROTO=") :]
    kind, query = field(own, " TYPE="), field(own, " ID=")
    if not kind:
        return MISSING_FIELD
    request, reply = _ECHO[proto]
    if kind not in (request, reply):
        return ICMP_TYPE
    if not query.isascii() or not query.isdigit() or int(query[:6]) > 65535 or len(query) > 5:
        return MISSING_FIELD if not query else BAD_PORT
    return Logged(
        proto, saddr, int(query), daddr, 0, begins=kind == request, answers=kind == reply,
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


@lru_cache(maxsize=65_536)
def address_of(text: str) -> str:
    """An address in its canonical form; empty when it is none. IPv4 has one form only, IPv6 may be written in any."""
    try:
        return address_text(packed_address(text))
    except (OSError, ValueError):
        return ""
