# SPDX-License-Identifier: Apache-2.0
"""Rules about a load balancer: its VIPs and their backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
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
    if s.minion is None or s.minion.interfaces.client is None:
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
    if s.minion is None or s.minion.interfaces.server is None:
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


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _vips_unique,
    _vips_sane,
    _vips_local,
    _interfaces_not_backends,
    _backends_reachable,
)
"""What this module contributes to ``check``."""
