# SPDX-License-Identifier: Apache-2.0
"""Rules about a load balancer: its VIPs and their backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
from mimi.flow import endpoint_text
from mimi.pairing.model_loadbalancer import Backend, Vip
from mimi.pairing.sections import Sections, host_address_fault, listed, sides_of, unique, warning


def _vips_unique(s: Sections) -> Iterator[Problem]:
    yield from unique("the VIP's name", ((f"vips[{i}].name", v.name) for i, v in enumerate(s.vips)))
    for i, vip in enumerate(s.vips):
        here = f"vips[{i}].backends"
        yield from unique("the backend's name", ((f"{here}[{j}].name", b.name) for j, b in enumerate(vip.backends)))
        yield from unique("the backend", ((f"{here}[{j}].address", _end(b)) for j, b in enumerate(vip.backends)))
        yield from _kept_and_named(vip, here)
        for j, other in enumerate(s.vips[:i]):
            if (vip.protocol, vip.address) == (other.protocol, other.address) and _ported(vip, other) and vip.span.overlaps(other.span):
                hint = "put all its backends into one VIP"
                found = f"{vip.protocol} {endpoint_text(str(vip.address), str(vip.span))}, as in vips[{j}].{_port_key(other)}"
                yield Problem("the VIP is used twice", path=f"vips[{i}].{_port_key(vip)}", found=found, hint=hint)


def _kept_and_named(vip: Vip, here: str) -> Iterator[Problem]:
    """A server at the client's port, and the same one at a port of its own that is one of those."""
    for j, backend in enumerate(vip.backends):
        for k, other in enumerate(vip.backends):
            if backend.port is not None and other.port is None and backend.address == other.address and backend.port in vip.span:
                found = f"{_end(backend)}, and {_end(other)}, in {here}[{k}]"
                yield Problem("the backend is used twice", path=f"{here}[{j}].address", found=found)


def _end(backend: Backend) -> str:
    return endpoint_text(str(backend.address), backend.port) if backend.port else f"{backend.address}, at the client's port"


def _port_key(vip: Vip) -> str:
    return "ports" if vip.ports is not None else "port"


def _ported(*vips: Vip) -> bool:
    return all((vip.port is None) != (vip.ports is None) for vip in vips)


def _vips_have_ports(s: Sections) -> Iterator[Problem]:
    for i, vip in enumerate(s.vips):
        if vip.port is None and vip.ports is None:
            meaning = Vip.model_fields["port"].description or ""
            yield Problem('the key "port" is missing', path=f"vips[{i}].port", expected=meaning)
        if vip.port is not None and vip.ports is not None:
            yield Problem("a VIP has port or ports, not both", path=f"vips[{i}].ports", found=f"port: {vip.port}", hint="remove one")


def _modes(s: Sections) -> Iterator[Problem]:
    for i, vip in enumerate(s.vips):
        if vip.mode == "full-nat" and not vip.snat:
            hint = "add to the VIP: snat: [ADDRESS-OF-THE-SERVERS-SIDE]"
            yield Problem("full-nat has no address to send from", path=f"vips[{i}].snat", expected="at least one address", hint=hint)
        if vip.mode != "full-nat" and vip.snat:
            yield Problem(
                "only full-nat sends from addresses of its own", path=f"vips[{i}].snat", found=f"mode: {vip.mode}", hint="remove it"
            )
        for j, backend in enumerate(vip.backends):
            if vip.mode == "direct" and backend.port is not None and (vip.ports is not None or backend.port != vip.port):
                path = f"vips[{i}].backends[{j}].port"
                hint = "leave the port out"
                yield Problem(
                    "packets reach a direct backend unchanged", path=path, expected="the VIP's port", found=str(backend.port), hint=hint
                )
        yield from _snat(s, vip, f"vips[{i}].snat")


def _snat(s: Sections, vip: Vip, path: str) -> Iterator[Problem]:
    server = s.minion.interfaces.server if s.minion is not None else None
    for j, addresses in enumerate(vip.snat):
        for end in dict.fromkeys((addresses.first, addresses.last)):
            if fault := host_address_fault(end):
                yield Problem("not an address to send from", path=f"{path}[{j}]", found=f"{end}, {fault}")
            elif server is not None and end.version == vip.address.version and not any(end in network for network in server.networks):
                yield warning(
                    "addresses to send from are outside the server interface's networks",
                    f"{path}[{j}]",
                    expected=f"addresses in {listed(server.networks)}",
                    found=str(end),
                    hint="this works only when the backends' router sends them to the primary's address",
                )
                break
        for backend in vip.backends:
            if backend.address in addresses:
                yield Problem("a backend's address is in snat", path=f"{path}[{j}]", found=f"{backend.name}, {backend.address}")


def _weights(s: Sections) -> Iterator[Problem]:
    for i, vip in enumerate(s.vips):
        if all(backend.weight == 0 for backend in vip.backends):
            yield warning("no backend gets new flows", f"vips[{i}].backends", found="every weight is 0")
        elif vip.choose == "round-robin":
            for j, backend in enumerate(vip.backends):
                if backend.weight > 1:
                    hint = "use choose: weighted"
                    yield warning("round-robin does not weigh", f"vips[{i}].backends[{j}].weight", found=str(backend.weight), hint=hint)


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
    networks = s.minion.interfaces.client.networks
    for i, vip in enumerate(s.vips):
        if not host_address_fault(vip.address) and not any(vip.address in network for network in networks):
            yield warning(
                "the VIP is outside the client interface's networks",
                f"vips[{i}].address",
                expected=f"an address in {listed(networks)}",
                found=str(vip.address),
                hint="this works only when the clients' router sends the VIP to the primary's address",
            )


def _one_version(s: Sections) -> Iterator[Problem]:
    """A VIP, its backends and what it sends from are of one version of IP, and both sides have an address of it."""
    for i, vip in enumerate(s.vips):
        version = vip.address.version
        expected = f"an IPv{version} address, as the VIP's {vip.address}"
        for j, backend in enumerate(vip.backends):
            if backend.address.version != version:
                hint = "one version of IP is not translated into the other: give each its own VIP"
                yield Problem(
                    "the backend is of another version of IP", path=f"vips[{i}].backends[{j}].address",
                    expected=expected, found=str(backend.address), hint=hint,
                )  # fmt: skip
        for j, addresses in enumerate(vip.snat):
            if addresses.first.version != version:
                yield Problem(
                    "the addresses to send from are of another version of IP", path=f"vips[{i}].snat[{j}]", expected=expected,
                    found=str(addresses),
                )  # fmt: skip
        for path, side in sides_of(s.minion) if s.minion is not None else ():
            if not any(address.version == version for address in side.addresses):
                problem, found = f"the interface has no IPv{version} address, but a VIP has", f"{vip.name}, {vip.address}"
                yield Problem(problem, path=f"{path}.addresses", found=found, hint="add the primary's own")


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
    networks = s.minion.interfaces.server.networks
    vips = {vip.address for vip in s.vips}
    reach = (*networks, *(route.prefix for route in s.minion.routes))
    for i, vip in enumerate(s.vips):
        for j, backend in enumerate(vip.backends):
            if host_address_fault(backend.address) or backend.address in vips or backend.address.version != vip.address.version:
                continue  # another rule says so
            if not any(backend.address in network for network in reach):
                yield Problem(
                    "the minion cannot reach the backend",
                    path=f"vips[{i}].backends[{j}].address",
                    expected=f"an address in {listed(reach)}",
                    found=str(backend.address),
                    hint=f"add to minion.routes: {{prefix: {backend.address}/{backend.address.max_prefixlen}, via: NEXT-HOP}}",
                )


def _hashes(s: Sections) -> Iterator[Problem]:
    for i, vip in enumerate(s.vips):
        if vip.hash != "nftables":
            continue
        if vip.choose not in ("source-hash", "flow-hash"):
            hint = "the hash of nftables is for these two"
            yield Problem("nothing is hashed", path=f"vips[{i}].choose", expected="source-hash or flow-hash", found=vip.choose, hint=hint)
        elif vip.seed is None or vip.seed > 0xFFFFFFFF:
            found = "none" if vip.seed is None else str(vip.seed)
            hint = "give the seed of the primary's rule; a rule without one has a random seed"
            yield Problem("not a seed of nftables", path=f"vips[{i}].seed", expected="0 to 4294967295", found=found, hint=hint)


def _health(s: Sections) -> Iterator[Problem]:
    if s.health is None or s.middlebox is None:
        return
    if s.middlebox.type != "load-balancer":
        yield Problem(
            f'the key "health" is not one of type: {s.middlebox.type}', path="health", hint="it belongs to type: load-balancer; remove it"
        )
    for i, vip in enumerate(s.vips):
        if vip.protocol != "tcp":
            path = f"vips[{i}].protocol"
            yield warning("health is not probed for this VIP", path, expected="tcp", found=vip.protocol, hint="its backends stay in use")


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _vips_unique,
    _vips_have_ports,
    _modes,
    _weights,
    _vips_sane,
    _one_version,
    _vips_local,
    _interfaces_not_backends,
    _backends_reachable,
    _hashes,
    _health,
)
"""What this module contributes to ``check``."""
