# SPDX-License-Identifier: Apache-2.0
"""Rules about what surrounds the minion: driver, store, sync, liveness and fabric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from socket import AF_INET6

from mimi.errors import Problem
from mimi.flow import endpoint_text
from mimi.pairing.listen import Listen, parse_listen, store_url_fault
from mimi.pairing.model import DRIVER_KEYS, Driver
from mimi.pairing.sections import Sections, listed, sides_of, unique, warning
from mimi.pairing.stateschema import DRIVERS, SCHEMAS, gaps

_LISTEN_FORMS = "udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH"
_STORE_FORMS = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH"
_NFLOG_PREFIX = 63
"""Longest prefix, in characters, that every log target but iptables LOG (29) keeps whole."""
_LONG_IDLE_S = 86_400
_WHOLE = {4: 32, 6: 128}
"""Length of one address's prefix, by version of IP."""
_WIDE = {4: 8, 6: 48}
"""Shorter prefixes are of more senders than one who lists them can know."""
_PICKED = {
    "load-balancer": "given to a freshly picked backend",
    "nat": "given a freshly picked outside port",
}
"""What `unknown_flows: pick` does to a flow in its middle, by type."""


def _driver_there(s: Sections) -> Iterator[Problem]:
    if s.keys is None or (s.nat is None and "nat" in s.keys):  # a malformed one: who knows
        return
    stateless = s.nat is not None and s.nat.nptv6 is not None and not s.nat.keeps_state
    if not stateless and "driver" not in s.keys:
        meaning = "what turns what the primary reveals into state"
        yield Problem('the key "driver" is missing', path="driver", expected=meaning, hint="add driver: {kind: conntrack}, or another kind")
    if stateless and "driver" in s.keys:
        found = "nat.nptv6 alone, which keeps no state"
        yield warning("there is nothing to learn from this primary", "driver", found=found, hint="remove it")


def _driver_keys(s: Sections) -> Iterator[Problem]:
    if s.driver is None:
        return
    reads = DRIVER_KEYS[s.driver.kind]
    if "listen" in reads and not s.driver.listen:
        hint = "add to driver: listen: [udp://ADDRESS:5514]"
        yield Problem("the driver listens nowhere", path="driver.listen", expected=_LISTEN_FORMS, found="nothing", hint=hint)
    if "switch" in reads:
        yield from _driver_switch(s.driver.switch)
    foreign = s.driver.model_fields_set - {"kind", *reads}
    for key in sorted(foreign):
        hint = f"remove it, or choose the kind it belongs to (mimi schema shows them); {s.driver.kind} does not read it"
        yield Problem(f"not a key of the driver {s.driver.kind}", path=f"driver.{key}", hint=hint)


def _driver_switch(address: str | None) -> Iterator[Problem]:
    forms = "unix:///PATH or tcp://HOST:PORT"
    if address is None:
        hint = "add to driver: switch: unix:///var/run/openvswitch/BRIDGE.mgmt"
        yield Problem("the driver has no switch", path="driver.switch", expected=forms, found="nothing", hint=hint)
        return
    try:
        fault = "" if parse_listen(address).scheme != "udp" else "a switch does not speak over udp"
    except ValueError as error:
        fault = str(error)
    if fault:
        yield Problem(f"not a switch's address: {fault}", path="driver.switch", expected=forms, found=address)


def _driver_listens(s: Sections) -> Iterator[Problem]:
    if s.driver is None or "listen" not in DRIVER_KEYS[s.driver.kind]:
        return
    yield from unique("the listening place", ((f"driver.listen[{i}]", url) for i, url in enumerate(s.driver.listen)))
    open_places = {}
    for i, url in enumerate(s.driver.listen):
        try:
            place = parse_listen(url)
        except ValueError as error:
            yield Problem(f"not a place to listen on: {error}", path=f"driver.listen[{i}]", expected=_LISTEN_FORMS, found=url)
            continue
        if place.scheme != "unix":
            open_places[i] = place
    yield from _driver_allows(s.driver, open_places)


def _driver_allows(driver: Driver, places: Mapping[int, Listen]) -> Iterator[Problem]:
    """Whoever may write the log decides where connections go: not everybody, and somebody."""
    if places and not driver.allow:
        lengths = sorted({_WHOLE[_version(place)] for place in places.values()})
        yield Problem(
            f"the driver takes logs over {' and '.join(sorted({place.scheme for place in places.values()}))} from anybody",
            path="driver.allow",
            expected="the networks the log may come from: whoever may write it decides where connections go",
            hint=f"add to driver: allow: [{', '.join(f'ADDRESS-OF-THE-PRIMARY/{length}' for length in lengths)}]",
        )
    for i, network in enumerate(driver.allow):
        if network.prefixlen < _WIDE[network.version]:
            who = "everybody" if network.prefixlen == 0 else f"2^{network.max_prefixlen - network.prefixlen} addresses"
            hint = f"name the primary's own address: ADDRESS/{network.max_prefixlen}"
            yield warning(f"{who} may write the log, and so steer connections", f"driver.allow[{i}]", found=str(network), hint=hint)
    for i, place in places.items():
        if driver.allow and not any(network.version == _version(place) for network in driver.allow):
            hint = f"add to driver.allow an IPv{_version(place)} address: ADDRESS/{_WHOLE[_version(place)]}"
            yield Problem("nobody may speak here", path=f"driver.listen[{i}]", found=f"driver.allow: {listed(driver.allow)}", hint=hint)


def _version(place: Listen) -> int:
    return 6 if place.family == AF_INET6 else 4


def _driver_prefix(s: Sections) -> Iterator[Problem]:
    if s.driver is None or s.driver.kind != "netfilter-log":
        return
    prefix = s.driver.prefix
    if prefix is None:
        return
    if not prefix.isprintable() or not prefix.isascii() or '"' in prefix:
        expected = "printable ASCII text without double quotes"
        yield Problem("not a log prefix the kernel can write", path="driver.prefix", expected=expected, found=ascii(prefix))
    longest = max((len(endpoint_text(str(b.address), b.port or v.span.last)) + 1 for v in s.vips for b in v.backends), default=0)
    if len(prefix) + longest > _NFLOG_PREFIX:
        found = f"{len(prefix)} characters, and up to {longest} for the backend"
        yield warning("log rules may cut the prefix", "driver.prefix", expected=f"at most {_NFLOG_PREFIX} characters together", found=found)


def _driver_gives_enough(s: Sections) -> Iterator[Problem]:
    if s.driver is None or s.minion is None or s.type not in SCHEMAS or s.driver.kind not in DRIVERS or s.semantics == "proxy":
        return
    for gap in gaps(s.type, s.driver.kind):
        only = f"only when {gap.given.condition}" if gap.given.knowledge == "partial" else gap.given.condition
        if gap.required:
            found = f"{s.driver.kind} gives it: {gap.given.knowledge}"
            yield warning(f"a {s.type} needs the fact {gap.fact}", "driver.kind", found=found, hint=only)
        elif gap.fact == "end" and s.minion.timeouts.tcp_established_s > _LONG_IDLE_S:
            yield warning(
                "bindings of ended connections may stay for more than a day",
                "minion.timeouts.tcp_established_s",
                found=f"{s.driver.kind} knows the end of a connection {only}",
                hint="log FIN and RST on the primary, or shorten the timeout",
            )
        elif gap.fact == "snapshot" and s.minion.unknown_flows != "drop":
            does = "reset" if s.minion.unknown_flows == "reset" else _PICKED.get(s.type, "judged anew")
            yield warning(
                f"connections older than the driver will be {does} after a failover",
                "minion.unknown_flows",
                found=f"{s.driver.kind} gives no snapshot: {gap.given.condition}",
                hint="start the driver before the connections that matter, or use unknown_flows: drop",
            )


def _driver_knows_sources(s: Sections) -> Iterator[Problem]:
    if s.driver is None or s.driver.kind != "netfilter-log":
        return
    for i, vip in enumerate(s.vips):
        if vip.mode == "full-nat":
            yield warning(
                "flows of this VIP cannot be learned",
                f"vips[{i}].mode",
                found="netfilter-log does not show the source that full-nat chose",
                hint="use driver: {kind: conntrack}",
            )


def _store_url(s: Sections) -> Iterator[Problem]:
    if s.store is None or s.store.url is None:
        return
    fault = store_url_fault(s.store.url)
    if fault is not None:
        message, found, hint = fault
        yield Problem(message, path="store.url", expected=_STORE_FORMS, found=found, hint=hint)


def _survival(s: Sections) -> Iterator[Problem]:
    if s.semantics == "proxy":
        yield warning(
            "established connections cannot survive a failover",
            "semantics",
            found="proxy: the primary holds two TCP connections of its own for each flow",
            hint="only the placement of new connections is kept; use rewrite if the primary rewrites packets",
        )
    if s.sync is not None and not s.sync.enabled:
        yield warning("replication is off: connections do not survive a failover", "sync.enabled", found="false")


def _liveness_links(s: Sections) -> Iterator[Problem]:
    if s.liveness is None:
        return
    yield from unique("the link", ((f"liveness.links[{i}]", link) for i, link in enumerate(s.liveness.links)))
    if s.fabric is None:
        return
    ports = [switch.primary_port for switch in s.fabric.switches]
    for i, link in enumerate(s.liveness.links):
        if link not in ports:
            hint = "the links to watch are those the primary is plugged into"
            yield warning(
                "no switch has the primary on this link", f"liveness.links[{i}]", expected=f"one of {listed(ports)}", found=link, hint=hint
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
    yield from unique("the switch's name", ((f"{path}.name", switch.name) for path, switch in switches))
    yield from unique("the datapath id", ((f"{path}.datapath_id", switch.datapath_id) for path, switch in switches))
    sides = s.middlebox.sides if s.middlebox is not None else ()
    found = listed(f"{switch.name} on the {switch.interface} side" for _, switch in switches)
    for side in sides:
        if not any(switch.interface == side for _, switch in switches):
            yield Problem(
                f"no switch on the {side} side",
                path="fabric.switches",
                expected="both sides",
                found=found,
                hint=f"add one with interface: {side}",
            )
    for path, switch in switches:
        if sides and switch.interface not in sides:
            expected = f"one of {listed(sides)}"
            yield Problem(f"not a side of {s.type}", path=f"{path}.interface", expected=expected, found=switch.interface)
        ports = [(f"{path}.primary_port", switch.primary_port), (f"{path}.minion_port", switch.minion_port)]
        ports += [(f"{path}.hosts[{j}].port", host.port) for j, host in enumerate(switch.hosts)]
        yield from unique("the switch port", ports)
        yield from unique("the host's name", ((f"{path}.hosts[{j}].name", host.name) for j, host in enumerate(switch.hosts)))


def _macs_unique(s: Sections) -> Iterator[Problem]:
    if s.fabric is None:
        return
    own = [(f"{path}.mac", side.mac.lower()) for path, side in sides_of(s.minion)] if s.minion is not None else []
    hosts = [
        (f"fabric.switches[{i}].hosts[{j}].mac", host.mac.lower())
        for i, switch in enumerate(s.fabric.switches)
        for j, host in enumerate(switch.hosts)
    ]
    # The two interfaces of one box may share a MAC: they are on different networks.
    yield from unique("the MAC address", [*{mac: (path, mac) for path, mac in reversed(own)}.values(), *hosts])


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
    _driver_there,
    _driver_keys,
    _driver_listens,
    _driver_prefix,
    _driver_gives_enough,
    _driver_knows_sources,
    _store_url,
    _survival,
    _liveness_links,
    _fabric_listens,
    _switches_sane,
    _macs_unique,
)
"""What this module contributes to ``check``."""
