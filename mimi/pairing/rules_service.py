# SPDX-License-Identifier: Apache-2.0
"""Rules about the service and who performs it: VIPs, backends, the minion and its interfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
from mimi.pairing.model import Minion
from mimi.pairing.packages import MIMI_PACKAGE, package_name
from mimi.pairing.sections import Sections, host_address_fault, listed, networks_of, sides_of, unique, warning


def _vips_unique(s: Sections) -> Iterator[Problem]:
    yield from unique("the VIP's name", ((f"vips[{i}].name", v.name) for i, v in enumerate(s.vips)))
    services = ((f"vips[{i}].port", f"{v.protocol} {v.address}:{v.port}") for i, v in enumerate(s.vips))
    yield from unique("the VIP", services, hint="put all its backends into one VIP")
    for i, vip in enumerate(s.vips):
        here = f"vips[{i}].backends"
        yield from unique("the backend's name", ((f"{here}[{j}].name", b.name) for j, b in enumerate(vip.backends)))
        yield from unique("the backend", ((f"{here}[{j}].address", f"{b.address}:{b.port}") for j, b in enumerate(vip.backends)))


def _vips_sane(s: Sections) -> Iterator[Problem]:
    vip_paths = {v.address: f"vips[{i}].address" for i, v in reversed(list(enumerate(s.vips)))}
    for i, vip in enumerate(s.vips):
        if fault := host_address_fault(vip.address):
            yield Problem("not an address clients can connect to", path=f"vips[{i}].address", found=f"{vip.address}, {fault}")
        for j, backend in enumerate(vip.backends):
            path = f"vips[{i}].backends[{j}].address"
            if fault := host_address_fault(backend.address):
                yield Problem("not an address of a server", path=path, found=f"{backend.address}, {fault}")
            elif backend.address in vip_paths:
                found = f"{backend.address}, as in {vip_paths[backend.address]}"
                yield Problem("a backend has the address of a VIP", path=path, found=found, hint="give the server's own address")


def _vips_local(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    networks = networks_of(s.minion.interfaces.client)
    for i, vip in enumerate(s.vips):
        if not host_address_fault(vip.address) and not any(vip.address in network for network in networks):
            yield warning(
                "the VIP is outside the client interface's networks",
                f"vips[{i}].address",
                expected=f"an address in {listed(networks)}",
                found=str(vip.address),
                hint="this works only when the clients' router sends the VIP to the primary's address",
            )


def _interfaces_sane(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    sides = sides_of(s.minion)
    yield from unique(
        "the device", ((f"{path}.device", side.device) for path, side in sides), hint="the minion needs one interface per side"
    )
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
    for i, server in enumerate(networks_of(s.minion.interfaces.server)):
        for client in networks_of(s.minion.interfaces.client):
            if server.overlaps(client):
                found = f"{server} overlaps {client} of the client interface"
                yield Problem("both sides have the same network", path=f"minion.interfaces.server.addresses[{i}]", found=found)


def _interfaces_not_backends(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    own = {a.ip: f"{path}.addresses[{i}]" for path, side in sides_of(s.minion) for i, a in enumerate(side.addresses)}
    for i, vip in enumerate(s.vips):
        for j, backend in enumerate(vip.backends):
            if backend.address in own:
                found = f"{backend.address}, as in {own[backend.address]}"
                yield Problem("a backend has the address of the middlebox", path=f"vips[{i}].backends[{j}].address", found=found)


def _backends_reachable(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    networks = networks_of(s.minion.interfaces.server)
    vips = {vip.address for vip in s.vips}
    reach = (*networks, *(route.prefix for route in s.minion.routes))
    for i, vip in enumerate(s.vips):
        for j, backend in enumerate(vip.backends):
            if host_address_fault(backend.address) or backend.address in vips:
                continue  # another rule says so
            if not any(backend.address in network for network in reach):
                yield Problem(
                    "the minion cannot reach the backend",
                    path=f"vips[{i}].backends[{j}].address",
                    expected=f"an address in {listed(reach)}",
                    found=str(backend.address),
                    hint=f"add to minion.routes: {{prefix: {backend.address}/32, via: NEXT-HOP}}",
                )


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
    _vips_unique,
    _vips_sane,
    _vips_local,
    _interfaces_sane,
    _interfaces_not_backends,
    _backends_reachable,
    _routes_sane,
    _minion_choices,
)
"""What this module contributes to ``check``."""
