# SPDX-License-Identifier: Apache-2.0
"""A pairing to the Click text of its minion: ``templates/TYPE.click.j2`` filled in, byte-stable.

The template gets facts, not decisions: what needs thought (which addresses a side answers for, which routes there are)
is computed here.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, summarize_address_range
from pathlib import Path
from typing import Any

import jinja2

from mimi.errors import Problem, RenderError
from mimi.pairing.model import Interface, Pairing
from mimi.pairing.model_firewall import Rule
from mimi.pairing.packages import package_names
from mimi.pairing.parts import AddressRange, IPAddress, IPNetwork, PortRange

_NO_ADDRESS = IPv4Address(0)
"""Stands for the IPv4 address of a router that has none: nobody asks for it, and nothing is for it."""

_LINK_ONLY6 = (
    "8/fe80%ffc0",
    "24/fe80%ffc0",
    "24/ff",
    "8/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe",
    "24/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe",
    "6/3a 40/88",
)
"""IPv6 packets that no router sends on, as Classifier patterns on bytes from the IP header on: link-local addresses, groups, the
unspecified and the loopback address (RFC 4291, sections 2.5.2, 2.5.3, 2.5.6 and 2.7), and neighbour advertisements, which the switches
give to both boxes."""

_NO_ROUTE = 2
"""The port of ``route`` that counts and drops; 0 and 1 are the sides."""


@dataclass(frozen=True, slots=True)
class Side:
    """One interface of the minion, as the template sees it.

    ``answers`` are the addresses it answers ARP requests for, ``answers6`` neighbour solicitations.
    """

    name: str
    device: str
    mac: str
    addresses: tuple[str, ...]
    answers: tuple[str, ...]
    mtu: int
    vlan: int | None
    complains_as: str
    """The router's address that says so when a packet is too long for this side: its sender is on the other side."""
    addresses6: tuple[str, ...]
    answers6: tuple[str, ...]
    complains_as6: str


def render(pairing: Pairing, templates: Path | None = None) -> str:
    """Return the Click configuration of the pairing's minion.

    The same pairing always gives the same bytes. ``templates`` is another folder to take the template from.
    Raises RenderError with the template's place for anything that is missing or wrong in it.
    """
    folder = templates or _template_folder()
    file = f"{pairing.type}.click.j2"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the output is Click text, and the model admits no character that Click quotes
    )
    environment.filters["bracketed"] = bracketed
    try:
        return environment.get_template(file).render(_facts(pairing))
    except jinja2.TemplateNotFound as error:
        hint = "templates/TYPE.click.j2 defines what a pairing type renders to"
        raise RenderError(Problem("no such template", str(folder / str(error.name)), "type", pairing.type, hint=hint)) from error
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(Problem(error.message or "syntax error", f"{folder / (error.name or file)}:{error.lineno}")) from error
    except jinja2.UndefinedError as error:
        raise RenderError(Problem(error.message or "undefined", _line_of(error, folder), hint=_hint())) from error


def bracketed(address: IPAddress | IPNetwork) -> str:
    """An address, or a network of a rule, as it stands before a port."""
    return f"[{address}]" if address.version == 6 else str(address)


def _template_folder() -> Path:
    """Where templates are: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def _line_of(error: jinja2.UndefinedError, folder: Path) -> str:
    """File and line of the template that was being rendered; jinja2 keeps it in the traceback only."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"{folder / Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else str(folder)


def _hint() -> str:
    return f"a template may use: {', '.join(_NAMES)}"


_NAMES = (
    "box", "carried", "firewall", "firewall_rules", "ip6", "ip6_element", "link_only6", "local", "local6", "minion", "nat", "packages",
    "pairing", "pings_too", "rewrites", "routes", "routes6", "shared_addresses", "sides", "vips",
)  # fmt: skip


def _facts(pairing: Pairing) -> dict[str, Any]:
    """Everything a template may use, by name."""
    service = _service_addresses(pairing)
    every = [address.ip for _, side in pairing.minion.interfaces.sides for address in side.addresses]
    own = [address for address in every if address.version == 4] or [_NO_ADDRESS]
    shared = [address for address in own if any(address in addresses for addresses in service)]
    return {
        "box": pairing.middlebox,
        "carried": _carried(pairing),
        "firewall": pairing.firewall,
        "firewall_rules": [rule_text(rule) for rule in pairing.firewall.rules] if pairing.firewall else [],
        "ip6": any(address.version == 6 for address in every),
        "ip6_element": pairing.middlebox.element if pairing.nat is None else "npt",
        "link_only6": _LINK_ONLY6,
        "local": _local(pairing, own, shared),
        "local6": _local6(pairing, every),
        "minion": pairing.minion,
        "nat": pairing.nat,
        "packages": package_names(pairing.minion),
        "pairing": pairing,
        "rewrites": pairing.firewall is None,
        "pings_too": ", for the VIPs too" if pairing.vips else "",
        "routes": _routes(pairing, 4),
        "routes6": _routes(pairing, 6),
        "shared_addresses": _hosts(_unique(map(str, shared))),
        "sides": _sides(pairing, service),
        "vips": pairing.vips,
    }


def _carried(pairing: Pairing) -> bool:
    """Whether the kernel may forward established flows: between untagged devices, for a box that has nothing else to do with them."""
    minion = pairing.minion
    tagged = any(side.vlan is not None for _, side in minion.interfaces.sides)
    return minion.offload == "auto" and minion.engine == "embedded" and _keeps_translations(pairing) and not tagged


def _keeps_translations(pairing: Pairing) -> bool:
    """Whether the minion changes packets of flows as it remembers."""
    return bool(pairing.vips) or (pairing.nat is not None and pairing.nat.keeps_state)


def _service_addresses(pairing: Pairing) -> tuple[AddressRange, ...]:
    """Addresses that the middlebox answers for although they are no interface's: VIPs, and a translator's outside."""
    found = [AddressRange(vip.address, vip.address) for vip in pairing.vips]
    if pairing.nat is not None:
        found += [pool.addresses for pool in pairing.nat.pools]
        found += [AddressRange(static.outside.address, static.outside.address) for static in pairing.nat.static]
    return tuple(dict.fromkeys(found))


def _local(pairing: Pairing, own: Sequence[IPAddress], shared: Sequence[IPAddress]) -> tuple[str, ...]:
    """What a packet for the router itself looks like: IPClassifier expressions.

    A VIP's pings are answered here. An address that the translator shares with an interface is the router's for pings that
    come in; all else may belong to a flow, and the translator says what does not.
    """
    if pairing.nat is None:
        pinged = _hosts(_unique(str(vip.address) for vip in pairing.vips if vip.address.version == 4))
        mine = _hosts(_unique(map(str, own)))
    else:
        whole = {static.outside.address for static in pairing.nat.static if static.outside.ports is None}
        pinged = _hosts(_unique(str(address) for address in shared if address not in whole))
        mine = _hosts(_unique(str(address) for address in own if address not in shared))
    return tuple(text for text in (mine, f"icmp type echo and ({pinged})" if pinged else "") if text)


def _local6(pairing: Pairing, own: Sequence[IPAddress]) -> tuple[str, ...]:
    """The same for IPv6: Classifier patterns on bytes from the IP header on. Pings are found there when no other header is before them."""
    mine = [f"24/{address.packed.hex()}" for address in own if address.version == 6]
    pinged = [f"24/{vip.address.packed.hex()} 6/3a 40/80" for vip in pairing.vips if vip.address.version == 6]
    return _unique((*mine, *pinged))


def _sides(pairing: Pairing, service: tuple[AddressRange, ...]) -> tuple[Side, ...]:
    """Both sides. The world reaches the service through one of them: a load balancer's clients, a translator's outside."""
    sides = pairing.minion.interfaces.sides
    front = 0 if pairing.vips else 1
    sources = tuple(addresses for vip in pairing.vips for addresses in vip.snat)  # that full-nat sends from, behind
    speakers, speakers6 = ([_first(side, version) for _, side in sides] for version in (4, 6))
    if pairing.nat is not None:
        speakers = [speakers[1], speakers[1]]  # a translator shows nobody its inside, and hears nobody outside who claims to be there
    return tuple(
        _side(
            name,
            interface,
            [*_answers(interface, service, i == front), *_answers(interface, sources, i != front)],
            speakers[1 - i],
            speakers6[1 - i],
        )
        for i, (name, interface) in enumerate(sides)
    )


def _first(interface: Interface, version: int) -> str:
    """Its first address of a version of IP; the unspecified one when it has none."""
    own = [str(address.ip) for address in interface.routed if address.version == version]
    return own[0] if own else str(_NO_ADDRESS) if version == 4 else "::"


def _answers(interface: Interface, service: tuple[AddressRange, ...], front: bool) -> Iterable[IPNetwork]:
    """What ARPResponder and IP6NDAdvertiser answer for, beyond the interface's own addresses.

    In front that is the whole service, whether or not it lies in that network (proxy ARP does no harm). The hosts behind ask
    only for what lies in theirs.
    """
    for addresses in service:
        for block in summarize_address_range(addresses.first, addresses.last):
            if front or any(block.overlaps(network) for network in interface.networks):
                yield block


def _prefix(block: IPNetwork) -> str:
    return str(block[0]) if block.prefixlen == block.max_prefixlen else str(block)


def _side(name: str, interface: Interface, answers: list[IPNetwork], speaker: str, speaker6: str) -> Side:
    own = tuple(str(a.ip) for a in interface.addresses if a.version == 4) or (str(_NO_ADDRESS),)
    own6 = tuple(str(a.ip) for a in interface.routed if a.version == 6)
    every6 = (*own6, *(str(a.ip) for a in interface.addresses if a.version == 6))
    others, others6 = ([_prefix(block) for block in answers if block.version == version] for version in (4, 6))
    return Side(
        name, interface.device, interface.mac.lower(), own, _unique((*own, *others)), interface.mtu,
        interface.vlan, speaker, own6, _unique((*every6, *others6)), speaker6,
    )  # fmt: skip


def rule_text(rule: Rule) -> str:
    """A firewall's rule as MinionFirewall reads it, quoted because of its commas."""
    side = f"from {rule.side}"
    source, target = _end(rule.source, rule.source_ports), _end(rule.destination, rule.destination_ports)
    types = f" types {','.join(map(str, rule.icmp_types))}" if rule.icmp_types else ""
    return f'"{rule.action} {side} {rule.protocol} {source} {target}{types}"'


def _end(prefix: IPNetwork | str, ports: tuple[PortRange, ...]) -> str:
    return f"{prefix if isinstance(prefix, str) or not ports else bracketed(prefix)}{_ports(ports)}"


def _ports(ports: tuple[PortRange, ...]) -> str:
    return f":{','.join(map(str, ports))}" if ports else ""


def _routes(pairing: Pairing, version: int) -> tuple[str, ...]:
    """StaticIPLookup's or LookupIP6Route's arguments: connected networks, the pairing's routes, and an end for everything else.

    A route goes out on the side that its next hop is connected to. Raises RenderError if there is none.
    """
    sides = pairing.minion.interfaces.sides
    networks = [(network, port) for port, (_, side) in enumerate(sides) for network in side.networks if network.version == version]
    routes = [(index, route) for index, route in enumerate(pairing.minion.routes) if route.prefix.version == version]
    lines = [f"{network} {port}" for network, port in networks]
    if version == 6:
        lines.append(f"fe80::/10 {_NO_ROUTE}")  # answers to a neighbour's link-local address: its link is not known here
    problems = []
    for index, route in routes:
        ports = [port for network, port in networks if route.via in network]
        if route.side is not None:
            ports = [port for port, (name, _) in enumerate(sides) if name == route.side]
        if ports:
            lines.append(f"{route.prefix} {route.via} {ports[0]}")
        else:
            path = f"minion.routes[{index}].via"
            expected = f"an address in {', '.join(str(network) for network, _ in networks)}"
            problems.append(Problem("next hop is on no connected network", "", path, str(route.via), expected))
    if problems:
        raise RenderError(*problems)
    nptv6 = pairing.nat.nptv6 if pairing.nat is not None and version == 6 else None
    if nptv6 is not None and nptv6.inside not in {*(network for network, _ in networks), *(route.prefix for _, route in routes)}:
        lines.append(f"{nptv6.inside} {_NO_ROUTE}")  # networks of the site that there are not must not go out by the default route
    if not any(route.prefix.prefixlen == 0 for _, route in routes):
        lines.append(f"{'0.0.0.0/0' if version == 4 else '::/0'} {_NO_ROUTE}")
    return tuple(_unique(lines))


def _hosts(addresses: Iterable[str]) -> str:
    return " or ".join(f"dst host {address}" for address in addresses)


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
