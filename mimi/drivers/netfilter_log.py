# SPDX-License-Identifier: Apache-2.0
"""netfilter's packet log of a load balancer as a source of state: kernel LOG, nft log, ulogd2's LOGEMU and SYSLOG.

The *prefix contract*: the primary has one chain per backend, and its log rule's prefix names the backend, because the
packet itself does not show it yet (nat PREROUTING comes before the translation)::

    -A to-v3 -j LOG --log-prefix "MIMI be=10.2.0.3:8080 "
    MIMI be=10.2.0.3:8080 IN=eth0 OUT= SRC=10.1.0.1 DST=10.1.0.100 LEN=60 … PROTO=TCP SPT=40112 DPT=8080 … SYN URGP=0

IPv6 has brackets, ``MIMI be=[2001:db8:2::3]:8080``. The port may be left out (iptables allows 29 characters): the VIP's backend with
that address is meant. A rule after the translation shows the backend as DST, one for replies shows it as SRC; both are turned back
into the client's view when only one VIP has that backend. Forged state is traffic hijacked after a failover, so anything that is not
exactly one of the pairing's VIPs with one of that VIP's backends is refused.

Fields may come in any order; the first of a name counts (UDP has two LEN, ICMP errors quote an inner packet).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from mimi.drivers.message import message_of
from mimi.drivers.netfilter_line import (
    BAD_ADDRESS,
    BAD_PORT,
    MISSING_FIELD,
    NO_PREFIX,
    PROTOCOL,
    PROTOCOLS,
    address_of,
    field,
    flag,
    port_of,
)
from mimi.flow import Delete, Delta, FiveTuple, FlowRecord, Put, TcpState, address_text, endpoint_text, split_endpoint
from mimi.pairing import Pairing
from mimi.pairing.model_loadbalancer import Vip

SOURCE: Final = "netfilter-log"

BAD_BACKEND: Final = "bad-backend"
UNKNOWN_VIP: Final = "unknown-vip"
UNKNOWN_BACKEND: Final = "unknown-backend"
AMBIGUOUS: Final = "ambiguous"
SOURCE_UNKNOWN: Final = "source-unknown"

REASONS: Final = (
    NO_PREFIX,
    BAD_BACKEND,
    MISSING_FIELD,
    BAD_ADDRESS,
    BAD_PORT,
    PROTOCOL,
    UNKNOWN_VIP,
    UNKNOWN_BACKEND,
    AMBIGUOUS,
    SOURCE_UNKNOWN,
)
"""Why a line gives no delta."""

Backend = tuple[str, int]
Endpoint = tuple[str, str, str]
"""Protocol, address, port as text: what can be looked up without converting anything."""


class Contract:
    """A pairing as the parser needs it: everything that can be looked up is looked up by the text of the line.

    What belongs to one port of a VIP is worked out when that port is first seen: a VIP may have many.
    """

    def __init__(self, pairing: Pairing) -> None:
        self.prefix = pairing.log_prefix
        timeouts = pairing.minion.timeouts
        self.tcp_s, self.closing_s, self.udp_s = timeouts.tcp_established_s, timeouts.tcp_transitory_s, timeouts.udp_s
        self._vips = pairing.vips
        self.translating = [vip for vip in pairing.vips if vip.mode == "full-nat"]
        self.backends = lru_cache(maxsize=65_536)(self._backends)
        """VIP -> what may follow the prefix (``ADDR`` or ``ADDR:PORT``) -> backend; None when ADDR alone fits several."""
        self.vip = lru_cache(maxsize=65_536)(self._vip)
        """Backend -> its VIP; "" when it is none's, None when several have it."""

    def source_unknown(self, target: Endpoint) -> bool:
        """Whether a VIP's packets get another source, which no line shows."""
        proto, address, text = target
        return any(v.protocol == proto and address_text(v.address.packed) == address and port_of(text) in v.span for v in self.translating)

    def _backends(self, target: Endpoint) -> dict[str, Backend | None] | None:
        proto, address, text = target
        port = port_of(text)
        for vip in self._vips:
            if vip.protocol == proto and address_text(vip.address.packed) == address and port in vip.span:
                return _choices(vip, port)
        return None

    def _vip(self, end: Endpoint) -> Endpoint | Literal[""] | None:
        proto, address, text = end
        port, found = port_of(text), set()
        for vip in self._vips:
            if vip.protocol == proto:
                found |= {(proto, address_text(vip.address.packed), str(p)) for p in _ports_that_lead_to(vip, address, port)}
        return None if len(found) > 1 else found.pop() if found else ""


def _choices(vip: Vip, port: int) -> dict[str, Backend | None]:
    choices: dict[str, Backend | None] = {}
    for backend in vip.backends:
        value = (address_text(backend.address.packed), backend.port or port)
        choices[endpoint_text(*value)] = value
        choices[value[0]] = value if choices.get(value[0], value) == value else None
    return choices


def _ports_that_lead_to(vip: Vip, address: str, port: int) -> set[int]:
    """A VIP's ports that a backend's port may belong to; two stand for many."""
    found: set[int] = set()
    for backend in vip.backends:
        if address_text(backend.address.packed) != address:
            continue
        if backend.port is None and port in vip.span:
            found.add(port)
        if backend.port == port:
            found |= {vip.span.first, vip.span.last}
    return found


class BalancerLog:
    """The driver ``netfilter-log`` of one load balancer."""

    def __init__(self, pairing: Pairing) -> None:
        self.contract = Contract(pairing)

    @property
    def source(self) -> str:
        return SOURCE

    def parse(self, message: bytes, seq: int) -> Delta | str:
        """The delta in one syslog message, see :func:`parse`."""
        return parse(message_of(message, self.contract.prefix), self.contract, seq)


def parse(line: str, contract: Contract, seq: int) -> Delta | str:
    """The delta in one message without its syslog headers, or the reason why there is none. Never raises.

    ``seq`` is when the message came, in microseconds since the epoch; it becomes the sequence number, and the expiry
    counts from it. A RST is a delete, a FIN a put in state ``closing``. Everything else is a put: a log shows nothing
    between the first packet and the end, so a TCP flow is taken as established for as long as that may last.
    """
    if not line.startswith(contract.prefix):
        return NO_PREFIX
    choice, rest = _split_choice(line, len(contract.prefix))
    proto = PROTOCOLS.get(field(rest, " PROTO="))
    if proto is None:
        return PROTOCOL if " PROTO=" in rest else MISSING_FIELD
    saddr, daddr = field(rest, " SRC="), field(rest, " DST=")
    sport, dport = field(rest, " SPT="), field(rest, " DPT=")
    if not (saddr and daddr and sport and dport):
        return MISSING_FIELD
    if ":" in saddr or ":" in daddr:
        saddr, daddr, choice = address_of(saddr), address_of(daddr), _canonical_choice(choice)
        if ":" not in saddr or ":" not in daddr:
            return BAD_ADDRESS

    source, target = (proto, saddr, sport), (proto, daddr, dport)
    choices = contract.backends(target)
    if choices is None:
        turned = _client_view(contract, source, target)
        if isinstance(turned, str):
            return turned
        source, target, shown = turned
        if shown and split_endpoint(choice)[0] != split_endpoint(shown)[0]:
            return UNKNOWN_BACKEND  # the prefix names another backend than the packet shows
        choice = shown or choice
        choices = contract.backends(target)
        assert choices is not None
    if contract.translating and contract.source_unknown(target):
        return SOURCE_UNKNOWN
    backend = choices.get(choice)
    if backend is None:
        return AMBIGUOUS if choice in choices else _bad_choice(choice)

    client, client_port = source[1], port_of(source[2])
    if client_port == 0:
        return BAD_PORT
    if not address_of(client):
        return BAD_ADDRESS
    orig = FiveTuple(proto, client, client_port, target[1], int(target[2]))
    state: TcpState | None = None
    lifetime_s = contract.udp_s
    if proto == "tcp":
        if " RST" in rest and flag(rest, " RST"):
            return Delete(orig.key, seq)
        closing = " FIN" in rest and flag(rest, " FIN")
        state, lifetime_s = ("closing", contract.closing_s) if closing else ("established", contract.tcp_s)
    xlat = FiveTuple(proto, client, client_port, backend[0], backend[1])
    return Put(FlowRecord(orig, xlat, seq, seq // 1_000_000 + lifetime_s, state, SOURCE))


def _split_choice(line: str, start: int) -> tuple[str, str]:
    """What the prefix names, and the rest with a leading space. ``IN=`` may follow without one."""
    end = line.find(" ", start)
    if end < 0:
        return line[start:], ""
    touching = line.find("IN=", start, end)
    if touching >= 0:
        return line[start:touching], " " + line[touching:]
    return line[start:end], line[end:]


def _client_view(contract: Contract, source: Endpoint, target: Endpoint) -> tuple[Endpoint, Endpoint, str] | str:
    """Client, VIP and the backend that the packet shows ("" if none), for a packet seen after translation or coming back."""
    if contract.backends(source) is not None:  # a reply, seen after its source was translated back
        return target, source, ""
    for client, backend in ((source, target), (target, source)):
        vip = contract.vip(backend)
        if vip != "":
            return AMBIGUOUS if vip is None else (client, vip, endpoint_text(backend[1], backend[2]))
    return UNKNOWN_VIP


def _bad_choice(choice: str) -> str:
    """Why a choice names no backend: because it is none, or none of this VIP's."""
    address, port = split_endpoint(choice)
    if not address_of(address):
        return BAD_BACKEND
    return UNKNOWN_BACKEND if port is None or port_of(port) else BAD_BACKEND


def _canonical_choice(choice: str) -> str:
    """What the prefix of a line of IPv6 names, its address in canonical form; as it is when it names none."""
    address, port = split_endpoint(choice)
    canonical = address_of(address)
    if not canonical:
        return choice
    return canonical if port is None else endpoint_text(canonical, port)
