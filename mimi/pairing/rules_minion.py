# SPDX-License-Identifier: Apache-2.0
"""Rules about who performs the service: the minion, its interfaces and routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
from mimi.pairing.model import Minion
from mimi.pairing.packages import MIMI_PACKAGE, package_name
from mimi.pairing.sections import Sections, host_address_fault, listed, networks_of, sides_of, unique, warning


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
    addresses = [(f"{path}.addresses[{i}]", a) for path, side in sides for i, a in enumerate(side.addresses)]
    yield from unique("the address", ((path, a.ip) for path, a in addresses))
    for path, address in addresses:
        fault = host_address_fault(address.ip)
        if (
            not fault
            and address.network.prefixlen < 31
            and address.ip in (address.network.network_address, address.network.broadcast_address)
        ):
            fault = f"the network's own or broadcast address in {address.network}"
        if fault:
            yield Problem("not an address of an interface", path=path, found=f"{address}, {fault}")
    yield from _sides_apart(s.minion)


def _sides_apart(minion: Minion) -> Iterator[Problem]:
    if len(minion.interfaces.sides) != 2:
        return  # another rule says so
    (name, first), (second_name, second) = minion.interfaces.sides
    for i, network in enumerate(networks_of(second)):
        for other in networks_of(first):
            if network.overlaps(other):
                found = f"{network} overlaps {other} of the {name} interface"
                yield Problem("both sides have the same network", path=f"minion.interfaces.{second_name}.addresses[{i}]", found=found)


def _routes_sane(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    yield from unique("the route's prefix", ((f"minion.routes[{i}].prefix", r.prefix) for i, r in enumerate(s.minion.routes)))
    addresses = [address for _, side in sides_of(s.minion) for address in side.addresses]
    for i, route in enumerate(s.minion.routes):
        path = f"minion.routes[{i}].via"
        if route.via in [address.ip for address in addresses]:
            yield Problem("the next hop is the middlebox itself", path=path, found=str(route.via))
        elif not any(route.via in address.network for address in addresses):
            expected = f"an address in {listed(address.network for address in addresses)}"
            yield Problem("the next hop is not on one of the interfaces' networks", path=path, expected=expected, found=str(route.via))


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
    _routes_sane,
    _minion_choices,
)
"""What this module contributes to ``check``."""
