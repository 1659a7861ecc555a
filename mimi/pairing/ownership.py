# SPDX-License-Identifier: Apache-2.0
"""Which flow records can be a pairing's own. Pure.

Forged state is traffic that somebody hijacks after a failover, so what a driver learns and what a user imports is held
against the pairing: a load balancer's flows go from a VIP to one of its backends, a translator's between its inside and its
outside addresses, a firewall's through it and unchanged. What does not fit is refused, with a reason that can be counted.

Addresses are 4 or 16 bytes here, because drivers see every flow of a primary; :func:`complaint` is for records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, Protocol

from mimi.flow import FiveTuple, FlowRecord, packed_address
from mimi.pairing.model import Pairing
from mimi.pairing.model_loadbalancer import Vip
from mimi.pairing.model_nat import Nat, Static
from mimi.pairing.parts import AddressRange

NUMBERS: Final = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58}
"""Protocol numbers of the protocols that flow records can have."""

UNKNOWN_VIP: Final = "unknown-vip"
UNKNOWN_BACKEND: Final = "unknown-backend"
UNKNOWN_SOURCE: Final = "unknown-source"
CLIENT_TRANSLATED: Final = "client-translated"
UNKNOWN_INSIDE: Final = "unknown-inside"
UNKNOWN_OUTSIDE: Final = "unknown-outside"
OUTSIDE_PORT: Final = "outside-port"
FORWARDED: Final = "forwarded"
NOT_TRANSLATED: Final = "not-translated"
TRANSLATED: Final = "translated"
ITS_OWN: Final = "its-own"

REASONS: Final[dict[str, str]] = {
    UNKNOWN_VIP: "orig: {o.proto} {o.target} is no VIP",
    UNKNOWN_BACKEND: "xlat: {x.target} is no backend of {o.target}",
    UNKNOWN_SOURCE: "xlat: {x.source} is not of the VIP's snat",
    CLIENT_TRANSLATED: "xlat: a load balancer keeps the client, found {x.source}",
    UNKNOWN_INSIDE: "orig {o.key}, xlat {x.key}: there is no host of nat.inside in it",
    UNKNOWN_OUTSIDE: "orig {o.key}, xlat {x.key}: that is not from or to an outside address of nat",
    OUTSIDE_PORT: "orig {o.key}, xlat {x.key}: the outside port is not of the pool's",
    FORWARDED: "orig {o.key}, xlat {x.key}: the outside port is forwarded to another host",
    NOT_TRANSLATED: "xlat: the same as orig: nothing is translated",
    TRANSLATED: "xlat: a firewall translates nothing, found {x.key}",
    ITS_OWN: "orig: {o.key} is a flow of the middlebox itself",
}
"""Why a flow is none of the pairing's, with the words for it."""

Tuple4 = tuple[bytes, int, bytes, int]
"""Source, port, target, port: addresses as 4 or 16 bytes."""


class Ownership(Protocol):
    """Judges flows for one pairing."""

    def fault(self, protocol: int, orig: Tuple4, xlat: Tuple4) -> str:
        """Why a flow is none of the pairing's: one of :data:`REASONS`; empty when it is."""


class BalancerOwnership:
    """Flows from clients to VIPs."""

    def __init__(self, pairing: Pairing) -> None:
        self._services: dict[tuple[int, bytes], list[_Service]] = {}
        for vip in pairing.vips:
            self._services.setdefault((NUMBERS[vip.protocol], vip.address.packed), []).append(_Service(vip))

    def fault(self, protocol: int, orig: Tuple4, xlat: Tuple4) -> str:
        source, sport, target, dport = orig
        for service in self._services.get((protocol, target), ()):
            if service.first <= dport <= service.last:
                break
        else:
            return UNKNOWN_VIP
        if (xlat[2], xlat[3]) not in service.backends and not (xlat[3] == dport and (xlat[2], 0) in service.backends):
            return UNKNOWN_BACKEND
        if service.sources is not None:
            return "" if service.sources(xlat[0]) else UNKNOWN_SOURCE
        return "" if xlat[0] == source and xlat[1] == sport else CLIENT_TRANSLATED


class _Service:
    """A VIP's ports, its backends (port 0: the client's), and the addresses that full-nat sends from."""

    def __init__(self, vip: Vip) -> None:
        self.first, self.last = vip.span.first, vip.span.last
        self.backends = frozenset((b.address.packed, b.port or 0) for b in vip.backends)
        self.sources = _membership(vip.snat) if vip.mode == "full-nat" else None


class NatOwnership:
    """Flows between an inside and outside addresses: out, in, and hairpins."""

    def __init__(self, nat: Nat) -> None:
        pools = [(pool.addresses.first.packed, pool.addresses.last.packed, pool.ports) for pool in nat.pools]
        self.inside = _membership(AddressRange(network[0], network[-1]) for network in nat.inside)
        statics = [AddressRange(static.outside.address, static.outside.address) for static in nat.static]
        self.outside = _membership([*(pool.addresses for pool in nat.pools), *statics])
        self._ports = lru_cache(maxsize=65_536)(
            lambda address: next((ports for first, last, ports in pools if _between(first, address, last)), None)
        )
        self._statics: dict[bytes, list[Static]] = {}
        for static in nat.static:
            self._statics.setdefault(static.outside.address.packed, []).append(static)

    def fault(self, protocol: int, orig: Tuple4, xlat: Tuple4) -> str:
        source, sport, target, dport = orig
        from_inside, to_inside = self.inside(source), self.inside(xlat[2])
        if not from_inside and not to_inside:
            return UNKNOWN_INSIDE
        if orig == xlat:
            return NOT_TRANSLATED
        if from_inside:
            fault = self._end_fault(protocol, (source, sport), xlat[:2])
            if fault:
                return fault
        elif xlat[0] != source or xlat[1] != sport:
            return UNKNOWN_OUTSIDE
        if to_inside:
            return self._end_fault(protocol, xlat[2:], (target, dport))
        return "" if xlat[2] == target and xlat[3] == dport else UNKNOWN_OUTSIDE

    def _end_fault(self, protocol: int, inner: tuple[bytes, int], outer: tuple[bytes, int]) -> str:
        """Why an outside end cannot stand for an inside one."""
        for static in self._statics.get(outer[0], ()):
            forwarded = _forwarded(static, protocol, outer[1])
            if forwarded is not None:
                return "" if forwarded == inner else FORWARDED
        ports = self._ports(outer[0])
        if ports is None:
            return UNKNOWN_OUTSIDE
        return "" if protocol == NUMBERS["icmp"] or outer[1] in ports else OUTSIDE_PORT  # a query id is no port


def _forwarded(static: Static, protocol: int, port: int) -> tuple[bytes, int] | None:
    """The inside end that a static translation has for an outside port; None when it does not speak of it."""
    inside = static.inside.address.packed
    if static.outside.ports is None or static.inside.ports is None:
        return inside, port
    if NUMBERS[static.protocol] != protocol or port not in static.outside.ports:
        return None
    return inside, static.inside.ports.first + port - static.outside.ports.first


class FirewallOwnership:
    """Flows through the firewall, not those of the firewall itself."""

    def __init__(self, pairing: Pairing) -> None:
        sides = pairing.minion.interfaces.sides
        self._own = frozenset(address.ip.packed for _, side in sides for address in side.addresses)

    def fault(self, protocol: int, orig: Tuple4, xlat: Tuple4) -> str:  # noqa: ARG002 - judges all alike
        if orig[0] in self._own or orig[2] in self._own:
            return ITS_OWN
        return "" if orig == xlat else TRANSLATED


def _membership(ranges: Iterable[AddressRange]) -> Callable[[bytes], bool]:
    """Whether an address is in one of some ranges. Answers are remembered, because addresses come again."""
    ends = sorted({(addresses.first.packed, addresses.last.packed) for addresses in ranges})

    def holds(address: bytes) -> bool:
        return any(_between(first, address, last) for first, last in ends)

    return lru_cache(maxsize=65_536)(holds)


def _between(first: bytes, address: bytes, last: bytes) -> bool:
    """Of one version of IP, bytes compare like the numbers they are; of two, they mean nothing to each other."""
    return len(first) == len(address) and first <= address <= last


def ownership(pairing: Pairing) -> Ownership:
    """The judge of a pairing's flows."""
    if pairing.nat is not None:
        return NatOwnership(pairing.nat)
    return FirewallOwnership(pairing) if pairing.firewall is not None else BalancerOwnership(pairing)


def reason(judge: Ownership, orig: FiveTuple, xlat: FiveTuple) -> str:
    """Why a flow, as a record has it, is none of the pairing's; empty when it is."""
    return judge.fault(NUMBERS[orig.proto], _packed(orig), _packed(xlat))


def _packed(flow: FiveTuple) -> Tuple4:
    return packed_address(flow.saddr), flow.sport, packed_address(flow.daddr), flow.dport


def complaint(judge: Ownership, record: FlowRecord) -> str:
    """What is wrong with a record, in words; empty when it may be the pairing's."""
    why = reason(judge, record.orig, record.xlat)
    return REASONS[why].format(o=record.orig, x=record.xlat) if why else ""
