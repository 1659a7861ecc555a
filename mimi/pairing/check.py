# SPDX-License-Identifier: Apache-2.0
"""What the parts of a pairing must be to each other. Pure: a pairing goes in, problems come out.

An *error* is a pairing that cannot work, a *warning* one that works less well than its author may think. Rules look at
sections (:class:`Sections`), so that they also run on the sound parts of a file whose other parts are malformed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from mimi.errors import Problem
from mimi.pairing.listen import parse_listen, store_url_fault
from mimi.pairing.model import Driver, Fabric, Interface, Liveness, Minion, Pairing, Store, Sync, Vip
from mimi.pairing.stateschema import DRIVERS, SCHEMAS, gaps

_LISTEN_FORMS = "udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH"
_STORE_FORMS = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH"
_NFLOG_PREFIX = 63
"""Longest prefix, in characters, that every log target but iptables LOG (29) keeps whole."""
_LONG_IDLE_S = 86_400

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a pairing that are well formed; None (or empty) stands for absent or malformed."""

    type: str | None = None
    semantics: str = "rewrite"
    vips: tuple[Vip, ...] = ()
    minion: Minion | None = None
    driver: Driver | None = None
    store: Store | None = None
    sync: Sync | None = None
    liveness: Liveness | None = None
    fabric: Fabric | None = None

    @classmethod
    def of(cls, pairing: Pairing) -> Sections:
        """All sections of a whole pairing."""
        return cls(**{name: getattr(pairing, name) for name in cls.__dataclass_fields__})


def check(pairing: Pairing) -> tuple[Problem, ...]:
    """Every problem of meaning, errors and warnings; the paths tell where, places are the loader's knowledge."""
    return tuple(check_sections(Sections.of(pairing)))


def check_sections(sections: Sections) -> Iterator[Problem]:
    """Run every rule on the sections that are there."""
    for rule in _RULES:
        yield from rule(sections)


def _warning(message: str, path: str, *, expected: str = "", found: str = "", hint: str = "") -> Problem:
    return Problem(message, path=path, expected=expected, found=found, hint=hint, severity="warning")


def _repeats(items: Iterable[tuple[str, _T]]) -> Iterator[tuple[str, _T, str]]:
    """(path, value, path of the first) for every value that was there before."""
    first: dict[_T, str] = {}
    for path, value in items:
        if value in first:
            yield path, value, first[value]
        else:
            first[value] = path


def _unique(what: str, items: Iterable[tuple[str, _T]], hint: str = "") -> Iterator[Problem]:
    for path, value, first in _repeats(items):
        yield Problem(f"{what} is used twice", path=path, found=f"{value}, as in {first}", hint=hint)


def _host_address_fault(address: IPv4Address) -> str:
    """Why an address cannot be a host's, or an empty text."""
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_loopback:
        return "a loopback address"
    if address.is_multicast:
        return "a multicast address"
    return "a reserved address" if address.is_reserved else ""


# --- VIPs and backends -----------------------------------------------------------------------------------------------


def _vips_unique(s: Sections) -> Iterator[Problem]:
    yield from _unique("the VIP's name", ((f"vips[{i}].name", v.name) for i, v in enumerate(s.vips)))
    services = ((f"vips[{i}].port", f"{v.protocol} {v.address}:{v.port}") for i, v in enumerate(s.vips))
    yield from _unique("the VIP", services, hint="put all its backends into one VIP")
    for i, vip in enumerate(s.vips):
        here = f"vips[{i}].backends"
        yield from _unique("the backend's name", ((f"{here}[{j}].name", b.name) for j, b in enumerate(vip.backends)))
        yield from _unique("the backend", ((f"{here}[{j}].address", f"{b.address}:{b.port}") for j, b in enumerate(vip.backends)))


def _vips_sane(s: Sections) -> Iterator[Problem]:
    vip_paths = {v.address: f"vips[{i}].address" for i, v in reversed(list(enumerate(s.vips)))}
    for i, vip in enumerate(s.vips):
        if fault := _host_address_fault(vip.address):
            yield Problem("not an address clients can connect to", path=f"vips[{i}].address", found=f"{vip.address}, {fault}")
        for j, backend in enumerate(vip.backends):
            path = f"vips[{i}].backends[{j}].address"
            if fault := _host_address_fault(backend.address):
                yield Problem("not an address of a server", path=path, found=f"{backend.address}, {fault}")
            elif backend.address in vip_paths:
                found = f"{backend.address}, as in {vip_paths[backend.address]}"
                yield Problem("a backend has the address of a VIP", path=path, found=found, hint="give the server's own address")


def _vips_local(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    networks = _networks(s.minion.interfaces.client)
    for i, vip in enumerate(s.vips):
        if not _host_address_fault(vip.address) and not any(vip.address in network for network in networks):
            yield _warning(
                "the VIP is outside the client interface's networks",
                f"vips[{i}].address",
                expected=f"an address in {_list(networks)}",
                found=str(vip.address),
                hint="this works only when the clients' router sends the VIP to the primary's address",
            )


# --- minion ----------------------------------------------------------------------------------------------------------


def _networks(interface: Interface) -> tuple[IPv4Network, ...]:
    return tuple(address.network for address in interface.addresses)


def _list(items: Iterable[object]) -> str:
    return ", ".join(str(item) for item in items)


def _sides(minion: Minion) -> tuple[tuple[str, Interface], ...]:
    return (
        ("minion.interfaces.client", minion.interfaces.client),
        ("minion.interfaces.server", minion.interfaces.server),
    )


def _interfaces_sane(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    sides = _sides(s.minion)
    yield from _unique(
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
    yield from _unique("the address", ((path, a.ip) for path, a in addresses))
    for path, address in addresses:
        fault = _host_address_fault(address.ip)
        if (
            not fault
            and address.network.prefixlen < 31
            and address.ip in (address.network.network_address, address.network.broadcast_address)
        ):
            fault = f"the network's own or broadcast address in {address.network}"
        if fault:
            yield Problem("not an address of an interface", path=path, found=f"{address}, {fault}")
    for i, server in enumerate(_networks(s.minion.interfaces.server)):
        for client in _networks(s.minion.interfaces.client):
            if server.overlaps(client):
                found = f"{server} overlaps {client} of the client interface"
                yield Problem("both sides have the same network", path=f"minion.interfaces.server.addresses[{i}]", found=found)


def _interfaces_not_backends(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    own = {a.ip: f"{path}.addresses[{i}]" for path, side in _sides(s.minion) for i, a in enumerate(side.addresses)}
    for i, vip in enumerate(s.vips):
        for j, backend in enumerate(vip.backends):
            if backend.address in own:
                found = f"{backend.address}, as in {own[backend.address]}"
                yield Problem("a backend has the address of the middlebox", path=f"vips[{i}].backends[{j}].address", found=found)


def _backends_reachable(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    networks = _networks(s.minion.interfaces.server)
    vips = {vip.address for vip in s.vips}
    reach = (*networks, *(route.prefix for route in s.minion.routes))
    for i, vip in enumerate(s.vips):
        for j, backend in enumerate(vip.backends):
            if _host_address_fault(backend.address) or backend.address in vips:
                continue  # another rule says so
            if not any(backend.address in network for network in reach):
                yield Problem(
                    "the minion cannot reach the backend",
                    path=f"vips[{i}].backends[{j}].address",
                    expected=f"an address in {_list(reach)}",
                    found=str(backend.address),
                    hint=f"add to minion.routes: {{prefix: {backend.address}/32, via: NEXT-HOP}}",
                )


def _routes_sane(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    yield from _unique("the route's prefix", ((f"minion.routes[{i}].prefix", r.prefix) for i, r in enumerate(s.minion.routes)))
    addresses = [address for _, side in _sides(s.minion) for address in side.addresses]
    for i, route in enumerate(s.minion.routes):
        path = f"minion.routes[{i}].via"
        if route.via in [address.ip for address in addresses]:
            yield Problem("the next hop is the middlebox itself", path=path, found=str(route.via))
        elif not any(route.via in address.network for address in addresses):
            expected = f"an address in {_list(address.network for address in addresses)}"
            yield Problem("the next hop is not on one of the interfaces' networks", path=path, expected=expected, found=str(route.via))


def _minion_choices(s: Sections) -> Iterator[Problem]:
    if s.minion is None:
        return
    times = s.minion.timeouts
    if times.tcp_transitory_s > times.tcp_established_s:
        found = f"{times.tcp_transitory_s} s, established: {times.tcp_established_s} s"
        yield _warning("opening connections are kept longer than established ones", "minion.timeouts.tcp_transitory_s", found=found)
    if s.minion.engine != "embedded":
        hint = "mimi doctor FILE says whether it is there"
        yield _warning(f"the engine {s.minion.engine} does not come with MiMi", "minion.engine", expected="an installed one", hint=hint)
    yield from _unique("the package", ((f"minion.packages[{i}]", p) for i, p in enumerate(s.minion.packages)))


# --- driver ----------------------------------------------------------------------------------------------------------


def _driver_listens(s: Sections) -> Iterator[Problem]:
    if s.driver is None:
        return
    yield from _unique("the listening place", ((f"driver.listen[{i}]", url) for i, url in enumerate(s.driver.listen)))
    open_schemes = set()
    for i, url in enumerate(s.driver.listen):
        try:
            place = parse_listen(url)
        except ValueError as error:
            yield Problem(f"not a place to listen on: {error}", path=f"driver.listen[{i}]", expected=_LISTEN_FORMS, found=url)
            continue
        if place.scheme != "unix":
            open_schemes.add(place.scheme)
    if open_schemes and not s.driver.allow:
        yield Problem(
            f"the driver takes logs over {' and '.join(sorted(open_schemes))} from anybody",
            path="driver.allow",
            expected="the networks the log may come from: whoever may write it decides where connections go",
            hint="add to driver: allow: [ADDRESS-OF-THE-PRIMARY/32]",
        )
    for i, network in enumerate(s.driver.allow):
        if network.prefixlen == 0:
            hint = "name the primary's own address: ADDRESS/32"
            yield _warning("everybody may write the log, and so steer connections", f"driver.allow[{i}]", found=str(network), hint=hint)


def _driver_prefix(s: Sections) -> Iterator[Problem]:
    if s.driver is None:
        return
    prefix = s.driver.prefix
    if not prefix.isprintable() or not prefix.isascii() or '"' in prefix:
        expected = "printable ASCII text without double quotes"
        yield Problem("not a log prefix the kernel can write", path="driver.prefix", expected=expected, found=ascii(prefix))
    longest = max((len(f"{b.address}:{b.port} ") for v in s.vips for b in v.backends), default=0)
    if len(prefix) + longest > _NFLOG_PREFIX:
        found = f"{len(prefix)} characters, and up to {longest} for the backend"
        yield _warning(
            "log rules may cut the prefix", "driver.prefix", expected=f"at most {_NFLOG_PREFIX} characters together", found=found
        )


def _driver_gives_enough(s: Sections) -> Iterator[Problem]:
    if s.driver is None or s.minion is None or s.type not in SCHEMAS or s.driver.kind not in DRIVERS or s.semantics == "proxy":
        return
    for gap in gaps(s.type, s.driver.kind):
        only = f"only when {gap.given.condition}" if gap.given.knowledge == "partial" else gap.given.condition
        if gap.required:
            yield _warning(
                f"a {s.type} needs the fact {gap.fact}", "driver.kind", found=f"{s.driver.kind} gives it: {gap.given.knowledge}", hint=only
            )
        elif gap.fact == "end" and s.minion.timeouts.tcp_established_s > _LONG_IDLE_S:
            yield _warning(
                "bindings of ended connections may stay for more than a day",
                "minion.timeouts.tcp_established_s",
                found=f"{s.driver.kind} knows the end of a connection {only}",
                hint="log FIN and RST on the primary, or shorten the timeout",
            )
        elif gap.fact == "snapshot" and s.minion.unknown_flows != "drop":
            does = "reset" if s.minion.unknown_flows == "reset" else "given to a freshly picked backend"
            yield _warning(
                f"connections older than the driver will be {does} after a failover",
                "minion.unknown_flows",
                found=f"{s.driver.kind} gives no snapshot: {gap.given.condition}",
                hint="start the driver before the connections that matter, or use unknown_flows: drop",
            )


# --- store, sync, semantics ------------------------------------------------------------------------------------------


def _store_url(s: Sections) -> Iterator[Problem]:
    if s.store is None or s.store.url is None:
        return
    fault = store_url_fault(s.store.url)
    if fault is not None:
        message, found, hint = fault
        yield Problem(message, path="store.url", expected=_STORE_FORMS, found=found, hint=hint)


def _survival(s: Sections) -> Iterator[Problem]:
    if s.semantics == "proxy":
        yield _warning(
            "established connections cannot survive a failover",
            "semantics",
            found="proxy: the primary holds two TCP connections of its own for each flow",
            hint="only the placement of new connections is kept; use rewrite if the primary rewrites packets",
        )
    if s.sync is not None and not s.sync.enabled:
        yield _warning("replication is off: connections do not survive a failover", "sync.enabled", found="false")


# --- liveness and fabric ---------------------------------------------------------------------------------------------


def _liveness_links(s: Sections) -> Iterator[Problem]:
    if s.liveness is None:
        return
    yield from _unique("the link", ((f"liveness.links[{i}]", link) for i, link in enumerate(s.liveness.links)))
    if s.fabric is None:
        return
    ports = [switch.primary_port for switch in s.fabric.switches]
    for i, link in enumerate(s.liveness.links):
        if link not in ports:
            hint = "the links to watch are those the primary is plugged into"
            yield _warning(
                "no switch has the primary on this link", f"liveness.links[{i}]", expected=f"one of {_list(ports)}", found=link, hint=hint
            )


def _fabric_listens(s: Sections) -> Iterator[Problem]:
    if s.fabric is None:
        return
    try:
        place = parse_listen(s.fabric.listen)
        if place.scheme != "tcp":
            raise ValueError("OpenFlow switches connect over tcp")
    except ValueError as error:
        yield Problem(f"not a place to listen on: {error}", path="fabric.listen", expected="tcp://HOST:PORT", found=s.fabric.listen)
        return
    if s.driver is not None and s.fabric.listen in s.driver.listen:
        yield Problem("the driver listens here already", path="fabric.listen", found=s.fabric.listen, hint="give one of them another port")


def _switches_sane(s: Sections) -> Iterator[Problem]:
    if s.fabric is None:
        return
    switches = [(f"fabric.switches[{i}]", switch) for i, switch in enumerate(s.fabric.switches)]
    yield from _unique("the switch's name", ((f"{path}.name", switch.name) for path, switch in switches))
    yield from _unique("the datapath id", ((f"{path}.datapath_id", switch.datapath_id) for path, switch in switches))
    for side in ("client", "server"):
        if not any(switch.interface == side for _, switch in switches):
            found = _list(f"{switch.name} on the {switch.interface} side" for _, switch in switches)
            yield Problem(
                f"no switch on the {side} side",
                path="fabric.switches",
                expected="both sides",
                found=found,
                hint=f"add one with interface: {side}",
            )
    for path, switch in switches:
        ports = [(f"{path}.primary_port", switch.primary_port), (f"{path}.minion_port", switch.minion_port)]
        ports += [(f"{path}.hosts[{j}].port", host.port) for j, host in enumerate(switch.hosts)]
        yield from _unique("the switch port", ports)
        yield from _unique("the host's name", ((f"{path}.hosts[{j}].name", host.name) for j, host in enumerate(switch.hosts)))


def _macs_unique(s: Sections) -> Iterator[Problem]:
    if s.fabric is None:
        return
    own = [(f"{path}.mac", side.mac.lower()) for path, side in _sides(s.minion)] if s.minion is not None else []
    hosts = [
        (f"fabric.switches[{i}].hosts[{j}].mac", host.mac.lower())
        for i, switch in enumerate(s.fabric.switches)
        for j, host in enumerate(switch.hosts)
    ]
    # The two interfaces of one box may share a MAC: they are on different networks.
    yield from _unique("the MAC address", [*{mac: (path, mac) for path, mac in reversed(own)}.values(), *hosts])


_RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _vips_unique,
    _vips_sane,
    _vips_local,
    _interfaces_sane,
    _interfaces_not_backends,
    _backends_reachable,
    _routes_sane,
    _minion_choices,
    _driver_listens,
    _driver_prefix,
    _driver_gives_enough,
    _store_url,
    _survival,
    _liveness_links,
    _fabric_listens,
    _switches_sane,
    _macs_unique,
)
