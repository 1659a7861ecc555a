# SPDX-License-Identifier: Apache-2.0
"""Rules about a network address translator: its pools, its inside, its static translations and its IPv6 prefixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from mimi.errors import Problem
from mimi.pairing.model_nat import Pool, Static
from mimi.pairing.parts import AddressRange, PortRange
from mimi.pairing.sections import Sections, host_address_fault, listed, warning

POOL_MAX = 65_536
"""Most addresses of one pool."""

_HOST_BITS = 64


def _pools(s: Sections) -> Iterator[Problem]:
    if s.nat is None:
        return
    if not s.nat.keeps_state and (s.nat.inside or s.nat.nptv6 is None):
        hint = "add to nat: pools: [{addresses: 203.0.113.1}]"
        yield Problem("there is no outside address to translate to", path="nat.pools", expected="a pool, or static translations", hint=hint)
    for i, pool in enumerate(s.nat.pools):
        path = f"nat.pools[{i}].addresses"
        for end in dict.fromkeys((pool.addresses.first, pool.addresses.last)):
            if fault := host_address_fault(end):
                yield Problem("not an address of a pool", path=path, found=f"{end}, {fault}")
        if len(pool.addresses) > POOL_MAX:
            yield Problem("the pool is too large", path=path, expected=f"at most {POOL_MAX} addresses", found=f"{len(pool.addresses)}")
        for j, other in enumerate(s.nat.pools[:i]):
            if pool.addresses.overlaps(other.addresses):
                found = f"{pool.addresses}, and {other.addresses} in nat.pools[{j}]"
                yield Problem("pools overlap", path=path, found=found, hint="give each address to one pool")


def _inside(s: Sections) -> Iterator[Problem]:
    if s.nat is None:
        return
    if not s.nat.inside and (s.nat.keeps_state or s.nat.nptv6 is None):
        yield Problem('the key "inside" is missing', path="nat.inside", expected="the networks whose hosts are translated, at least one")
    for i, network in enumerate(s.nat.inside):
        path = f"nat.inside[{i}]"
        for j, other in enumerate(s.nat.inside[:i]):
            if network.overlaps(other):
                yield warning(
                    "the networks overlap", path, found=f"{network}, and {other} in nat.inside[{j}]", hint="one of them is enough"
                )
        for j, pool in enumerate(s.nat.pools):
            if pool.addresses.overlaps(_range(network)):
                found = f"{network}, and {pool.addresses} in nat.pools[{j}]"
                hint = "an outside address must not be an inside host's: narrow one of them"
                yield Problem("the inside holds addresses of a pool", path=path, found=found, hint=hint)


def _range(network: IPv4Network) -> AddressRange:
    return AddressRange(network[0], network[-1])


def _static_forms(s: Sections) -> Iterator[Problem]:
    for i, static in enumerate(s.nat.static if s.nat is not None else ()):
        path = f"nat.static[{i}]"
        ends = {"outside": static.outside, "inside": static.inside}
        for name, end in ends.items():
            if fault := host_address_fault(end.address):
                yield Problem("not an address of a host", path=f"{path}.{name}", found=f"{end.address}, {fault}")
            if static.protocol == "any" and end.ports is not None:
                hint = "add protocol: tcp or protocol: udp"
                yield Problem("ports need a protocol that has them", path=f"{path}.{name}", found=str(end), hint=hint)
            if static.protocol != "any" and end.ports is None:
                hint = f"write {end.address}:PORT, or leave protocol out to translate the whole address"
                yield Problem(f"a {static.protocol} translation needs ports", path=f"{path}.{name}", found=str(end), hint=hint)
        if static.outside.ports is not None and static.inside.ports is not None:
            there, here = len(static.outside.ports), len(static.inside.ports)
            if there != here:
                found = f"{here} inside, {there} outside"
                yield Problem("both ends need as many ports", path=f"{path}.inside", expected=f"{there} ports", found=found)


def _static_places(s: Sections) -> Iterator[Problem]:
    if s.nat is None:
        return
    for i, static in enumerate(s.nat.static):
        if not any(static.inside.address in network for network in s.nat.inside):
            yield Problem(
                "the host is not on the inside",
                path=f"nat.static[{i}].inside",
                expected=f"an address in {listed(s.nat.inside)}",
                found=str(static.inside.address),
                hint="add its network to nat.inside",
            )
        if any(static.outside.address in network for network in s.nat.inside):
            found = str(static.outside.address)
            yield Problem("an outside address is on the inside", path=f"nat.static[{i}].outside", found=found, hint="narrow nat.inside")
        for j, other in enumerate(s.nat.static[:i]):
            if _clash(static, other):
                found = f"{static.outside}, and {other.outside} in nat.static[{j}]"
                yield Problem("two static translations have the same outside", path=f"nat.static[{i}].outside", found=found)
            if static.protocol == other.protocol == "any" and static.inside.address == other.inside.address:
                found = f"{static.inside.address}, as in nat.static[{j}]"
                yield Problem("the host has two outside addresses", path=f"nat.static[{i}].inside", found=found)


def _clash(one: Static, other: Static) -> bool:
    """Whether a packet from outside could be meant for both."""
    if one.outside.address != other.outside.address:
        return False
    if "any" in (one.protocol, other.protocol):
        return True
    if one.protocol != other.protocol or one.outside.ports is None or other.outside.ports is None:
        return one.protocol == other.protocol
    return one.outside.ports.overlaps(other.outside.ports)


def _pool_large_enough(s: Sections) -> Iterator[Problem]:
    if s.nat is None:
        return
    for i, pool in enumerate(s.nat.pools):
        for protocol in ("tcp", "udp"):
            taken = sum(_taken(pool, static) for static in s.nat.static if static.protocol in (protocol, "any"))
            total = len(pool.addresses) * len(pool.ports)
            if taken >= total:
                found = f"{total} {protocol} ports, of which static translations take {taken}"
                yield Problem(
                    "the pool has nothing left for new flows",
                    path=f"nat.pools[{i}]",
                    expected="more addresses and ports than its static translations take",
                    found=found,
                    hint="enlarge the pool, or give the static translations addresses of their own",
                )
                break


def _taken(pool: Pool, static: Static) -> int:
    """How many ports of a pool a static translation takes."""
    if static.outside.address not in pool.addresses:
        return 0
    ports = static.outside.ports or PortRange(1, 65535)
    return max(0, min(ports.last, pool.ports.last) - max(ports.first, pool.ports.first) + 1)


def _outside_reaches(s: Sections) -> Iterator[Problem]:
    if s.nat is None or s.minion is None or s.minion.interfaces.outside is None:
        return
    networks = s.minion.interfaces.outside.networks
    ends = [(f"nat.pools[{i}].addresses", end) for i, p in enumerate(s.nat.pools) for end in (p.addresses.first, p.addresses.last)]
    ends += [(f"nat.static[{i}].outside", static.outside.address) for i, static in enumerate(s.nat.static)]
    told = set()
    for path, end in ends:
        if path in told or host_address_fault(end) or any(end in network for network in networks):
            continue
        told.add(path)
        yield warning(
            "outside addresses beyond the outside interface's networks",
            path,
            expected=f"addresses in {listed(networks)}",
            found=str(end),
            hint="this works only when the router outside sends them to the primary's address",
        )


def _inside_reachable(s: Sections) -> Iterator[Problem]:
    """A host behind a static translation must have a way."""
    if s.nat is None or s.minion is None or s.minion.interfaces.inside is None:
        return
    reach = (*s.minion.interfaces.inside.networks, *(route.prefix for route in s.minion.routes))
    for i, static in enumerate(s.nat.static):
        if not any(static.inside.address in network for network in reach):
            yield Problem(
                "the minion cannot reach the host",
                path=f"nat.static[{i}].inside",
                expected=f"an address in {listed(reach)}",
                found=str(static.inside.address),
                hint=f"add to minion.routes: {{prefix: {static.inside.address}/32, via: NEXT-HOP}}",
            )


def _prefixes(s: Sections) -> Iterator[Problem]:
    """What two prefixes must be to be exchanged for each other (RFC 6296)."""
    if s.nat is None or s.nat.nptv6 is None:
        return
    ends = {"inside": s.nat.nptv6.inside, "outside": s.nat.nptv6.outside}
    for name, prefix in ends.items():
        path = f"nat.nptv6.{name}"
        if prefix.prefixlen > _HOST_BITS:
            yield Problem("the prefix is too long", path=path, expected="at most 64 bits: hosts keep their last 64", found=str(prefix))
        elif prefix.prefixlen == 0:
            yield Problem("not a prefix of hosts", path=path, found=f"{prefix}, every address there is")
        elif fault := host_address_fault(prefix.network_address + 1):
            yield Problem("not a prefix of hosts", path=path, found=f"{prefix}, {fault}")
    lengths = {name: prefix.prefixlen for name, prefix in ends.items()}
    longer = max(lengths, key=lengths.__getitem__)
    if lengths["inside"] != lengths["outside"]:
        yield warning(
            "the prefixes are not of one length",
            f"nat.nptv6.{longer}",
            found=f"{lengths['inside']} bits inside, {lengths['outside']} outside",
            hint=f"only hosts whose next bits are zero, up to bit {lengths[longer]}, are translated; others leave untranslated",
        )
    if ends["inside"].overlaps(ends["outside"]):
        found = f"{ends['outside']}, and {ends['inside']} in nat.nptv6.inside"
        yield Problem("the prefixes overlap", path="nat.nptv6.outside", found=found, hint="give inside and outside prefixes of their own")


def _prefix_places(s: Sections) -> Iterator[Problem]:
    """Where the prefixes are: one behind the inside interface, the other behind nobody."""
    if s.nat is None or s.nat.nptv6 is None or s.minion is None:
        return
    inside, outside = s.minion.interfaces.inside, s.minion.interfaces.outside
    if inside is None or outside is None:
        return
    here, there = s.nat.nptv6.inside, s.nat.nptv6.outside
    if not any(network.version == 6 for network in inside.networks):
        hint = "add the primary's own to both sides"
        yield Problem("the inside has no IPv6 address", path="minion.interfaces.inside.addresses", expected="one for nat.nptv6", hint=hint)
        return
    routes = [r for r in s.minion.routes if r.side == "inside" or any(r.via in network for network in inside.networks)]
    ways = [*inside.networks, *(r.prefix for r in routes)]
    if not any(here.overlaps(way) for way in ways if way.version == 6):
        expected, hint = f"a prefix in {listed(ways)}", f"add to minion.routes: {{prefix: {here}, via: NEXT-HOP}}"
        yield Problem("the minion cannot reach the prefix", path="nat.nptv6.inside", expected=expected, found=str(here), hint=hint)
    for i, address in enumerate(inside.addresses):
        if address.network.overlaps(there):
            path, hint = f"minion.interfaces.inside.addresses[{i}]", "answers to hosts of it would be translated away"
            yield Problem("the outside prefix is on the inside", path=path, found=f"{address}, and nat.nptv6.outside is {there}", hint=hint)
    for i, address in enumerate(outside.addresses):
        network = address.network
        if network.overlaps(here):
            path = f"minion.interfaces.outside.addresses[{i}]"
            yield Problem("the inside prefix is on the outside too", path=path, found=f"{network}, and nat.nptv6.inside is {here}")
        elif network.overlaps(there):
            yield warning(
                "neighbours outside take translated hosts for their own link's",
                "nat.nptv6.outside",
                expected="a prefix that is routed to the primary",
                found=f"{there}, and the outside interface is in {network}",
                hint="the minion answers neighbour solicitations for its own addresses alone",
            )


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _pools,
    _inside,
    _static_forms,
    _static_places,
    _pool_large_enough,
    _outside_reaches,
    _inside_reachable,
    _prefixes,
    _prefix_places,
)
"""What this module contributes to ``check``."""
