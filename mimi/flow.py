# SPDX-License-Identifier: Apache-2.0
"""The values that travel: five-tuples, flow records and deltas. No I/O, no clock.

One meaning everywhere below the drivers: a *put* carries a whole :class:`FlowRecord`, a *delete* carries a flow key
and a sequence number. The newest sequence number wins (see ``docs/architecture.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from socket import AF_INET, AF_INET6, AddressFamily, inet_ntoa, inet_ntop, inet_pton
from typing import Literal

PROTOCOLS = ("tcp", "udp", "icmp", "icmp6")
"""Protocols a binding can have, by the names used in keys and import text.

``icmp`` are query flows, such as pings. The query id stands for the initiator's port, the responder has port 0:
``icmp 10.0.0.1:77 192.0.2.1:0``. Those of IPv6 are ``icmp6``.
"""

QUERIES = frozenset(("icmp", "icmp6"))
"""Protocols whose flows have a query id instead of ports."""

TcpState = Literal["new", "established", "closing", "closed"]


def address_text(packed: bytes) -> str:
    """4 or 16 bytes as canonical text; IPv6 as in RFC 5952 sections 4.1 to 4.3, with hexadecimal groups only.

    Raises:
        ValueError: another number of bytes.
    """
    if len(packed) == 4:
        return inet_ntoa(packed)
    text = inet_ntop(AF_INET6, packed)
    if "." in text:  # the C library writes some addresses' last groups as IPv4 does
        text = f"{text[: text.rindex(':')]}:{packed[12] << 8 | packed[13]:x}:{packed[14] << 8 | packed[15]:x}"
    return text


def family_of(host: str) -> AddressFamily:
    """The family of sockets for a host: an IPv6 address without brackets, or else IPv4's."""
    return AF_INET6 if ":" in host else AF_INET


def packed_address(text: str) -> bytes:
    """An address as 4 or 16 bytes.

    Raises:
        OSError: not an address.
        ValueError: not even close to one.
    """
    return inet_pton(family_of(text), text)


@lru_cache(maxsize=65_536)
def is_canonical6(text: str) -> bool:
    """Whether a text is an IPv6 address in its one canonical form. Answers are remembered, because addresses come again."""
    try:
        return ":" in text and address_text(packed_address(text)) == text
    except (OSError, ValueError):
        return False


def endpoint_text(address: str, port: int | str) -> str:
    """``10.1.0.1:80``, ``[2001:db8::1]:80``."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def split_endpoint(text: str) -> tuple[str, str | None]:
    """Address and port of ``ADDR``, ``ADDR:PORT``, ``[ADDR]`` or ``[ADDR]:PORT``, unchecked: the inverse of :func:`endpoint_text`.

    The port is None when there is none; the address is empty when the brackets hold none of IPv6, or something else follows them.
    """
    if text.startswith("["):
        address, end, port = text[1:].partition("]")
        fits = end and ":" in address and (not port or port[0] == ":")
        return (address, port[1:] if port else None) if fits else ("", None)
    if text.count(":") > 1:
        return text, None
    address, colon, port = text.partition(":")
    return address, port if colon else None


@dataclass(frozen=True, slots=True)
class FiveTuple:
    """One direction of a flow. Addresses are canonical text, ports are host-order integers."""

    proto: str
    saddr: str
    sport: int
    daddr: str
    dport: int

    @property
    def key(self) -> str:
        """The flow key text: ``tcp 10.1.0.1:40112 10.1.0.100:8080``, ``tcp [2001:db8::1]:40112 [2001:db8:f::10]:80``."""
        if ":" in self.saddr:
            return f"{self.proto} [{self.saddr}]:{self.sport} [{self.daddr}]:{self.dport}"
        return f"{self.proto} {self.saddr}:{self.sport} {self.daddr}:{self.dport}"

    @property
    def source(self) -> str:
        """The sender's end as text."""
        return endpoint_text(self.saddr, self.sport)

    @property
    def target(self) -> str:
        """The receiver's end as text."""
        return endpoint_text(self.daddr, self.dport)


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """A flow, its binding, and what is needed to order and expire it: the unit that is replicated."""

    orig: FiveTuple
    xlat: FiveTuple
    seq: int
    expires: int
    state: TcpState | None = None
    source: str = ""
    confidence: float = 1.0
    delta_fwd: int = 0
    delta_rev: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """Create or replace the binding of ``record.orig``."""

    record: FlowRecord


@dataclass(frozen=True, slots=True)
class Delete:
    """Forget the binding of ``key`` unless a newer one has replaced it."""

    key: str
    seq: int


Delta = Put | Delete
