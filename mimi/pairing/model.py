# SPDX-License-Identifier: Apache-2.0
"""The pairing model: one primary, its minion, driver, store and fabric; one YAML file.

Only shapes are declared here: which keys exist, which values they take. What the parts must be to each other (a backend
must be reachable, a listener needs an allow-list) is in ``mimi.pairing.check``. The text under a field is its
description in the JSON Schema, so it is what an editor shows. What a type of middlebox does is declared in a module of its
own (``model_loadbalancer``, ``model_nat``, ``model_firewall``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict, JsonValue

from mimi.pairing.middlebox import MIDDLEBOXES, SECTIONS, Middlebox
from mimi.pairing.model_firewall import Firewall
from mimi.pairing.model_loadbalancer import Vip
from mimi.pairing.model_nat import Nat
from mimi.pairing.parts import (
    Address,
    Device,
    InterfaceAddress,
    IPInterface,
    IPNetwork,
    Mac,
    Name,
    Netns,
    Network,
    Part,
    Seconds,
    Switchable,
)

SideName = Literal["client", "server", "inside", "outside"]
"""The keys of ``minion.interfaces``."""


class Interface(Part):
    """One interface of the minion. It takes the primary's place: same MAC, same addresses."""

    device: Device
    """Name of the network interface, inside the minion's network namespace."""
    mac: Mac
    """MAC address the minion answers with: the primary's own on this side."""
    addresses: Annotated[tuple[InterfaceAddress, ...], Field(min_length=1)]
    """Addresses with prefix length, such as 10.1.0.254/16 or 2001:db8:1::fe/64: the primary's own on this side. Its link-local address of
    IPv6 (fe80::1/64) belongs here if hosts have their route by it, as those do that heard a router advertisement."""
    mtu: Annotated[int, Field(strict=True, ge=576, le=65535)] = 1500
    """Longest IP packet of the link, in bytes: longer ones are cut, or answered with "fragmentation needed"."""
    vlan: Annotated[int, Field(strict=True, ge=1, le=4094)] | None = None
    """VLAN (802.1Q) whose tagged frames the interface takes and sends; untagged frames when absent."""

    @property
    def routed(self) -> tuple[IPInterface, ...]:
        """Its addresses but for link-local ones of IPv6, which mean something on the link alone."""
        return tuple(a for a in self.addresses if a.version == 4 or not a.is_link_local)

    @property
    def networks(self) -> tuple[IPNetwork, ...]:
        """The networks it is in."""
        return tuple(address.network for address in self.routed)


class Interfaces(Part):
    """The two sides of the middlebox: client and server of a load balancer, inside and outside of the others."""

    client: Interface | None = None
    """load-balancer: the side the clients are on."""
    server: Interface | None = None
    """load-balancer: the side the backends are on."""
    inside: Interface | None = None
    """nat, firewall: the side that is protected or translated."""
    outside: Interface | None = None
    """nat, firewall: the side of the rest of the world."""

    @property
    def sides(self) -> tuple[tuple[str, Interface], ...]:
        """(name, interface) of the sides that are there: in a valid pairing two, in the order of the element's ports."""
        every = (("client", self.client), ("server", self.server), ("inside", self.inside), ("outside", self.outside))
        return tuple((name, side) for name, side in every if side is not None)


class Route(Part):
    """A static route of the minion."""

    prefix: Network
    """Destination network, such as 10.9.0.0/16 or 2001:db8:9::/48."""
    via: Address
    """Address of the next hop, of the prefix's version of IP, inside one of the interfaces' networks or link-local (with side)."""
    side: SideName | None = None
    """The side the next hop is on: needed when its address is link-local (fe80::1), which may be on any."""


class Timeouts(Part):
    """How long an idle binding is kept in the minion, in seconds."""

    tcp_established_s: Seconds = 7440
    """Idle time of an established TCP connection, in seconds (RFC 5382 asks for at least 7440)."""
    tcp_transitory_s: Seconds = 240
    """Idle time of a TCP connection that is opening or closing, in seconds (RFC 5382 asks for at least 240)."""
    udp_s: Seconds = 300
    """Idle time of a UDP flow, in seconds (RFC 4787 recommends 300)."""
    icmp_s: Seconds = 60
    """Idle time of an ICMP query flow, such as a ping, in seconds (RFC 5508 asks for at least 60)."""


class Minion(Part):
    """The software network function that shadows the primary."""

    engine: Literal["embedded", "click", "fastclick"] = "embedded"
    """What runs the configuration: the engine that comes with MiMi, or a Click or FastClick that you installed."""
    prefix: Annotated[str, Field(min_length=2, max_length=4096, pattern=r"^/[^\x00-\x1f:]+$")] | None = None
    """Where that Click or FastClick is installed (what it was configured with as --prefix): an absolute path without ':'.
    When absent, it is the one whose `click` is on PATH."""
    netns: Netns | None = None
    """Network namespace (as `ip netns` names it) the minion runs in; the current one when absent."""
    interfaces: Interfaces
    """The minion's two interfaces."""
    routes: tuple[Route, ...] = ()
    """Static routes, beyond the interfaces' own networks."""
    unknown_flows: Literal["drop", "reset", "pick"] = "drop"
    """What happens to a mid-flow TCP packet without a binding: drop (TCP retries until the state arrives), reset
    (tell the sender at once), pick (treat it as if it began a flow: choose a backend or an outside port)."""
    max_flows: Annotated[int, Field(strict=True, ge=1, le=64_000_000)] = 1_000_000
    """Most bindings the minion holds."""
    timeouts: Timeouts = Timeouts()
    """How long idle bindings are kept, in seconds."""
    offload: Literal["auto", "off"] = "auto"
    """Whether the kernel forwards the packets of established flows: auto (with engine embedded, where kernel and privileges
    allow it), off (everything goes through the engine)."""
    packages: tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...] = ()
    """Directories of your own elements, relative to this file: `mimi deploy` compiles each into a package named like the
    directory and loads it; `mimi build FILE` only compiles."""


DRIVER_KEYS: dict[str, tuple[str, ...]] = {
    "netfilter-log": ("listen", "allow", "prefix", "max_rate"),
    "conntrack": ("netns",),
    "openflow-monitor": ("switch",),
    "published": ("listen", "allow", "max_rate"),
}
"""The keys that each kind of driver reads, besides ``kind``. Whoever reads ``listen`` or ``switch`` needs it."""


_USUAL = "netfilter-log"  # what Driver.kind is when absent


def _keys_by_kind() -> JsonDict:
    """JSON Schema of a driver's keys by its kind: what an editor marks (``mimi.pairing.check`` says it in words)."""
    every = sorted({key for keys in DRIVER_KEYS.values() for key in keys})
    cases: list[JsonValue] = []
    for kind, keys in DRIVER_KEYS.items():
        test: JsonDict = {"properties": {"kind": {"const": kind}}}
        if kind != _USUAL:
            test["required"] = ["kind"]
        properties: JsonDict = {key: False for key in every if key not in keys}
        then: JsonDict = {"properties": properties}
        if "listen" in keys:
            then["required"] = ["listen"]
            properties["listen"] = {"minItems": 1}
        elif "switch" in keys:
            then["required"] = ["switch"]
        cases.append({"if": test, "then": then})
    return {"allOf": cases}


class Driver(Part):
    """Turns what the primary reveals into state."""

    model_config = ConfigDict(json_schema_extra=_keys_by_kind())

    kind: Literal["netfilter-log", "conntrack", "openflow-monitor", "published"] = "netfilter-log"
    """What is listened to: netfilter-log = the kernel log lines of iptables LOG, NFLOG or nft log rules, as syslog;
    conntrack = the connection tracking events of a Linux kernel, read on the primary itself; openflow-monitor = the rules of a
    primary that is an OpenFlow switch (1.4), beside its controller; published = what the primary
    itself says through `mimi.publish`, for boxes that can be changed."""
    netns: Netns | None = None
    """conntrack: network namespace (as `ip netns` names it) of the primary; the current one when absent."""
    switch: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """openflow-monitor: where the switch takes connections: unix:///PATH (Open vSwitch: BRIDGE.mgmt) or tcp://HOST:PORT."""
    listen: tuple[str, ...] = ()
    """netfilter-log, published: where messages arrive: udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH (datagrams), an
    IPv6 address in brackets; at least one."""
    allow: tuple[Network, ...] = ()
    """Networks the messages may come from. Required for udp and tcp: whoever may write them decides where connections go."""
    prefix: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Log prefix of the primary's rules; of a load balancer, up to where ADDRESS:PORT of the chosen backend follows. When
    absent: "MIMI be=" (load balancer), "MIMI nat " or "MIMI fw "."""
    max_rate: Annotated[int, Field(strict=True, ge=1)] = 100_000
    """Most log lines taken per second; what exceeds it is counted and dropped."""


class Store(Part):
    """Where the state is kept."""

    url: str | None = None
    """redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH; a private redis-server is started when absent.
    No password here: it comes from the environment, MIMI_REDIS_PASSWORD or MIMI_REDIS_PASSWORD_FILE."""
    max_deltas: Annotated[int, Field(strict=True, ge=1000)] = 200_000
    """About how many deltas the stream keeps for a reader that is behind; at least 1000."""


class Sync(Part):
    """Streams the state into the minion."""

    enabled: Switchable = True
    """Whether state is replicated at all. With false the minion knows nothing of the primary's connections."""
    max_lag_ms: Annotated[int, Field(strict=True, ge=1)] = 1000
    """Lag in milliseconds above which the minion counts as stale."""


class Liveness(Part):
    """Evidence that the primary forwards."""

    links: Annotated[tuple[Device, ...], Field(min_length=1)]
    """Interfaces whose carrier is watched: the ports the primary is plugged into."""
    fall: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    """Consecutive bad observations until the primary counts as dead, 1 to 100."""
    rise: Annotated[int, Field(strict=True, ge=1, le=100)] = 3
    """Consecutive good observations until the primary counts as alive again, 1 to 100."""


class Health(Part):
    """Probes of a load balancer's backends: one that takes no TCP connection gets no new flows from the minion until it does.

    The probes go out by the host's own routes (in the minion's network namespace, if it has one). Flows that a backend has are left
    alone. When no backend of a VIP answers, all stay in use: then it is rather the probes that do not arrive.
    """

    interval_ms: Annotated[int, Field(strict=True, ge=100, le=60_000)] = 1000
    """Milliseconds between two probes of a backend, and the time one has to answer, 100 to 60000."""
    fall: Annotated[int, Field(strict=True, ge=1, le=100)] = 3
    """Consecutive probes without an answer until a backend counts as down, 1 to 100."""
    rise: Annotated[int, Field(strict=True, ge=1, le=100)] = 2
    """Consecutive answers until it counts as up again, 1 to 100."""


class Failover(Part):
    """What happens when liveness says that the primary is dead, and when it is back."""

    failback: Literal["manual", "immediate", "drain"] = "manual"
    """When traffic returns to the primary: manual = when an operator says so; immediate = when all links are up; drain = then
    new connections, while the minion stays in the path for those that went through it, until they end."""


class FabricHost(Part):
    """A host on a switch, for the static layer 2 rules."""

    name: Name
    """Name of the host, unique within its switch."""
    port: Device
    """Name of the switch port the host is on."""
    mac: Mac
    """MAC address of the host."""


class Switch(Part):
    """One OpenFlow switch between the middlebox and the hosts of one side."""

    name: Name
    """Name of the switch, unique within the pairing."""
    datapath_id: Annotated[int, Field(strict=True, ge=1, le=2**64 - 1)]
    """OpenFlow datapath id of the switch, a whole number (0x… is read as hexadecimal)."""
    interface: SideName
    """The side of the middlebox this switch serves."""
    primary_port: Device
    """Name of the switch port the primary is on."""
    minion_port: Device
    """Name of the switch port the minion is on."""
    hosts: tuple[FabricHost, ...] = ()
    """The hosts on this switch."""


class Fabric(Part):
    """The switches that steer traffic to the primary or to the minion."""

    kind: Literal["openflow"] = "openflow"
    """How the switches are told: openflow = OpenFlow 1.3 with fast-failover groups."""
    listen: str = "tcp://127.0.0.1:6653"
    """Where the switches connect to: tcp://HOST:PORT."""
    switches: Annotated[tuple[Switch, ...], Field(min_length=1)]
    """The switches, at least one on each side."""
    mirror: bool = False
    """Whether the switches also send the minion a copy of what they send the primary. The minion drops it: it costs what it
    costs, and shows the minion's host the primary's load before the minion has to carry it."""


def _keys_of(box: Middlebox) -> JsonDict:
    """JSON Schema of what a type of middlebox must and must not have."""
    sides: JsonDict = {name: False for other in MIDDLEBOXES.values() for name in other.sides if name not in box.sides}
    interfaces: JsonDict = {"required": list(box.sides), "properties": sides}
    foreign: JsonDict = {section: False for section in SECTIONS if section != box.section}
    foreign |= {} if box.type == "load-balancer" else {"health": False}
    minion: JsonDict = {"properties": {"interfaces": interfaces}}
    return {
        "if": {"properties": {"type": {"const": box.type}}, "required": ["type"]},
        "then": {"required": [box.section], "properties": {**foreign, "minion": minion}},
    }


def _driver_unless_stateless() -> JsonDict:
    """JSON Schema of who needs a driver: whoever has something to remember."""
    some: JsonDict = {"minItems": 1}
    translates: JsonDict = {"anyOf": [{"required": [key], "properties": {key: some}} for key in ("pools", "static")]}
    stateless: JsonDict = {"properties": {"nat": {"required": ["nptv6"], "not": translates}}, "required": ["nat"]}
    return {"if": stateless, "else": {"required": ["driver"]}}


class Pairing(Part):
    """One primary and the minion that shadows it, with driver, store and fabric."""

    model_config = ConfigDict(json_schema_extra={"allOf": [*(_keys_of(box) for box in MIDDLEBOXES.values()), _driver_unless_stateless()]})

    pairing: Name
    """Name of the pairing; also its run directory and its keys in the store."""
    type: Literal["load-balancer", "nat", "firewall"]
    """What the primary is."""
    semantics: Literal["rewrite", "proxy"] = "rewrite"
    """How the primary handles connections: rewrite changes addresses in packets; proxy holds two TCP connections,
    which nothing can take over: then only new connections are placed alike."""
    vips: Annotated[tuple[Vip, ...], Field(min_length=1)] = ()
    """load-balancer: the virtual services the primary offers, at least one."""
    nat: Nat | None = None
    """nat: how the primary translates."""
    firewall: Firewall | None = None
    """firewall: what the primary lets pass."""
    minion: Minion
    """The software network function that shadows the primary."""
    driver: Driver | None = None
    """Turns what the primary reveals into state. Required, unless there is none: a translator with nptv6 alone."""
    store: Store = Store()
    """Where the state is kept."""
    sync: Sync = Sync()
    """Streams the state into the minion."""
    liveness: Liveness | None = None
    """Evidence that the primary forwards; absent: only the switches watch their own ports."""
    health: Health | None = None
    """load-balancer: probes of the backends; absent: the minion takes all of them for healthy."""
    failover: Failover = Failover()
    """How the traffic moves to the minion and back."""
    fabric: Fabric | None = None
    """The switches that steer traffic; absent: somebody else steers it."""

    @property
    def name(self) -> str:
        """The pairing's name, which is also its run directory and its Redis hash tag."""
        return self.pairing

    @property
    def middlebox(self) -> Middlebox:
        """What goes with the pairing's type."""
        return MIDDLEBOXES[self.type]

    @property
    def log_prefix(self) -> str:
        """The log prefix of the primary's rules."""
        given = self.driver.prefix if self.driver is not None else None
        return self.middlebox.log_prefix if given is None else given
