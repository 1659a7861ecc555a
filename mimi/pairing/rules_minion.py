# SPDX-License-Identifier: Apache-2.0
"""Rules about who performs the service: the minion, its interfaces and routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
from mimi.pairing.model import Minion, Route
from mimi.pairing.packages import MIMI_PACKAGE, package_name
from mimi.pairing.parts import IPInterface
from mimi.pairing.sections import Sections, host_address_fault, listed, sides_of, unique, warning

_IP6_MTU = 1280


def _interfaces_sane(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    sides = sides_of(s.minion)
    devices = ((f"{path}.device", f"{side.device}" + (f", VLAN {side.vlan}" if side.vlan else "")) for path, side in sides)
    yield from unique("the device", devices, hint="the minion needs one interface per side")
    for path, side in sides:
        if int(side.mac[:2], 16) & 1 or side.mac == "00:00:00:00:00:00":
            yield Problem(
                "not a MAC address of one station",
                path=f"{path}.mac",
                found=side.mac,
                hint="its first byte must be even and it must not be all zero",
            )
    addresses = [(f"{path}.addresses[{i}]", a) for path, side in sides for i, a in enumerate(side.addresses) if a in side.routed]
    yield from unique("the address", ((path, a.ip) for path, a in addresses))
    for path, address in addresses:
        fault = host_address_fault(address.ip) or _network_fault(address)
        if fault:
            yield Problem("not an address of an interface", path=path, found=f"{address}, {fault}")
    yield from _sides_apart(s.minion)


def _network_fault(address: IPInterface) -> str:
    """Why an address is none of its network's hosts, or an empty text."""
    network = address.network
    if network.prefixlen >= network.max_prefixlen - 1:
        return ""
    if network.version == 4 and address.ip in (network.network_address, network.broadcast_address):
        return f"the network's own or broadcast address in {network}"
    return f"the address of any router in {network} (RFC 4291)" if address.ip == network.network_address else ""


def _ip6(s: Sections) -> Iterator[Problem]:
    """What IPv6 addresses need: a type that has them, our own engine, and a link that carries 1280 bytes."""
    if s.minion is None:
        return
    for path, side in sides_of(s.minion):
        for i, address in enumerate(side.addresses):
            if address.version == 4:
                continue
            here, found = f"{path}.addresses[{i}]", str(address)
            if s.nat is not None and s.nat.nptv6 is None:
                hint = "IPv6 networks are translated without state: add nptv6: {inside: PREFIX, outside: PREFIX} to nat"
                yield Problem("this translator has IPv4 alone", path=here, expected="an IPv4 address", found=found, hint=hint)
            elif s.minion.engine != "embedded":
                hint = "use engine: embedded"
                yield Problem("only the embedded engine has the elements for IPv6", path="minion.engine", found=s.minion.engine, hint=hint)
            elif side.mtu < _IP6_MTU:
                expected = f"at least {_IP6_MTU}, which every link must carry"
                yield Problem("too short for IPv6", path=f"{path}.mtu", expected=expected, found=str(side.mtu))
            else:
                continue
            return
    sides = sides_of(s.minion)
    without = [path for path, side in sides if all(address.version == 4 for address in side.routed)]
    if len(without) == 1 or any(path in without and side.addresses != side.routed for path, side in sides):
        hint = "add the primary's own, or take those of the other side out"
        found = "none, or a link-local one alone"
        yield Problem("IPv6 needs an address on both sides", path=f"{without[0]}.addresses", found=found, hint=hint)


def _sides_apart(minion: Minion) -> Iterator[Problem]:
    if len(minion.interfaces.sides) != 2:
        return  # another rule says so
    (name, first), (second_name, second) = minion.interfaces.sides
    for i, network in enumerate(second.networks):
        for other in first.networks:
            if network.overlaps(other):
                found = f"{network} overlaps {other} of the {name} interface"
                yield Problem("both sides have the same network", path=f"minion.interfaces.{second_name}.addresses[{i}]", found=found)


def _routes_sane(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    yield from unique("the route's prefix", ((f"minion.routes[{i}].prefix", r.prefix) for i, r in enumerate(s.minion.routes)))
    addresses = [address for _, side in sides_of(s.minion) for address in side.routed]
    for i, route in enumerate(s.minion.routes):
        path = f"minion.routes[{i}].via"
        if route.via.version != route.prefix.version:
            expected = f"an IPv{route.prefix.version} address, as {route.prefix}"
            yield Problem("the next hop is of another version of IP", path=path, expected=expected, found=str(route.via))
            continue
        if (route.via.version == 6 and route.via.is_link_local) or route.side is not None:
            yield from _route_side(f"minion.routes[{i}]", route, s.minion)
        elif route.via in [address.ip for address in addresses]:
            yield Problem("the next hop is the middlebox itself", path=path, found=str(route.via))
        elif not any(route.via in address.network for address in addresses):
            expected = f"an address in {listed(address.network for address in addresses)}"
            yield Problem("the next hop is not on one of the interfaces' networks", path=path, expected=expected, found=str(route.via))


def _route_side(path: str, route: Route, minion: Minion) -> Iterator[Problem]:
    """What names the side of its next hop, or should."""
    sides = dict(minion.interfaces.sides)
    if route.side is None:
        hint = f"add to the route: side: {list(sides)[-1]}" if sides else ""
        yield Problem(
            "a link-local next hop may be on any link", path=f"{path}.via", expected="the side it is on", found=str(route.via), hint=hint
        )
    elif route.side not in sides:
        yield Problem("the route's side is none of the minion's", path=f"{path}.side", expected=listed(sides), found=route.side)
    elif not route.via.is_link_local and not any(route.via in network for network in sides[route.side].networks):
        expected = f"an address in {listed(sides[route.side].networks)}, or a link-local one"
        yield Problem("the next hop is not on its side", path=f"{path}.via", expected=expected, found=str(route.via))
    elif route.via in [address.ip for address in sides[route.side].addresses]:
        yield Problem("the next hop is the middlebox itself", path=f"{path}.via", found=str(route.via))


def _minion_choices(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    times = s.minion.timeouts
    if times.tcp_transitory_s > times.tcp_established_s:
        found = f"{times.tcp_transitory_s} s, established: {times.tcp_established_s} s"
        yield warning("opening connections are kept longer than established ones", "minion.timeouts.tcp_transitory_s", found=found)
    yield from _engine(s.minion)
    yield from unique("the package", ((f"minion.packages[{i}]", p) for i, p in enumerate(s.minion.packages)))
    names = [(f"minion.packages[{i}]", package_name(p)) for i, p in enumerate(s.minion.packages)]
    for path, name in names:
        if not name or name == MIMI_PACKAGE:
            found = f"{name or 'no name'}, from the directory's"
            yield Problem("not a name for a package", path=path, found=found, hint=f"any other than {MIMI_PACKAGE}: rename the directory")
    if len(set(s.minion.packages)) == len(s.minion.packages):
        yield from unique("the package's name", names, hint="a package is named like its directory: rename one")


def _engine(minion: Minion) -> Iterator[Problem]:
    if minion.engine != "embedded":
        hint = "mimi doctor FILE says whether it is there"
        yield warning(f"the engine {minion.engine} does not come with MiMi", "minion.engine", expected="an installed one", hint=hint)
    elif minion.prefix is not None:
        hint = "add engine: click or engine: fastclick, or remove it"
        yield Problem("only an installed engine has a prefix", path="minion.prefix", found="engine: embedded", hint=hint)


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _interfaces_sane,
    _ip6,
    _routes_sane,
    _minion_choices,
)
"""What this module contributes to ``check``."""
