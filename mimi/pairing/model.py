# SPDX-License-Identifier: Apache-2.0
"""The pairing model: one primary, its minion, driver, store and fabric; one YAML file.

Only shapes are declared here: which keys exist, which values they take. What the parts must be to each other (a backend
must be reachable, a listener needs an allow-list) is in ``mimi.pairing.check``. The text under a field is its
description in the JSON Schema, so it is what an editor shows.

Strictness is set field by field: YAML already knows numbers from text, so a number is never made from text, and an
address never from a number.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

NAME_PATTERN = r"^[a-z][a-z0-9-]{0,31}$"
DEVICE_PATTERN = r"^[A-Za-z0-9_.@-]{1,15}$"
NETNS_PATTERN = r"^[A-Za-z0-9_.-]{1,64}$"
MAC_PATTERN = r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$"

PATTERN_WORDS = {
    NAME_PATTERN: "a name of lower-case letters, digits and dashes, starting with a letter, at most 32 characters",
    DEVICE_PATTERN: "an interface name of at most 15 letters, digits and _ . @ -",
    NETNS_PATTERN: "a namespace name of at most 64 letters, digits and _ . -",
    MAC_PATTERN: "a MAC address such as 02:00:00:00:01:fe",
}
"""What each pattern asks for, in words: patterns are for machines."""


def _text_only(kind: Literal["ip_v4_address", "ip_v4_network", "ip_v4_interface"]) -> BeforeValidator:
    """Refuse numbers where an address is meant: an integer would silently become an address."""

    def refuse_numbers(value: object) -> object:
        if isinstance(value, (str, IPv4Address, IPv4Network)):
            return value
        raise PydanticCustomError(kind, "not an address")

    return BeforeValidator(refuse_numbers)


def _need_prefix_length(value: object) -> object:
    if isinstance(value, str) and "/" not in value:
        raise PydanticCustomError("prefix_length_missing", "an interface address needs its prefix length")
    return value


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Mac = Annotated[str, Field(pattern=MAC_PATTERN)]
Seconds = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
Device = Annotated[str, Field(pattern=DEVICE_PATTERN)]
Address = Annotated[IPv4Address, _text_only("ip_v4_address")]
Network = Annotated[IPv4Network, _text_only("ip_v4_network")]
InterfaceAddress = Annotated[IPv4Interface, _text_only("ip_v4_interface"), BeforeValidator(_need_prefix_length)]


class Part(BaseModel):
    """Base of every part of a pairing: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Backend(Part):
    """One real server behind a VIP."""

    name: Name
    """Name of the server, unique within its VIP."""
    address: Address
    """IPv4 address of the server, as the primary and the minion reach it."""
    port: Port
    """Port the server listens on, 1 to 65535."""


class Vip(Part):
    """A client-facing address and the pool of backends behind it."""

    name: Name
    """Name of the VIP, unique within the pairing."""
    address: Address
    """IPv4 address the clients connect to."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """Transport protocol of the VIP."""
    port: Port
    """Port the clients connect to, 1 to 65535."""
    choose: Literal["random", "round-robin"] = "random"
    """How the minion picks a backend for a new flow (flows of the primary keep the backend it chose)."""
    backends: Annotated[tuple[Backend, ...], Field(min_length=1)]
    """The pool: the real servers behind the VIP, at least one."""


class Interface(Part):
    """One interface of the minion. It takes the primary's place: same MAC, same addresses."""

    device: Device
    """Name of the network interface, inside the minion's network namespace."""
    mac: Mac
    """MAC address the minion answers with: the primary's own on this side."""
    addresses: Annotated[tuple[InterfaceAddress, ...], Field(min_length=1)]
    """IPv4 addresses with prefix length, such as 10.1.0.254/16: the primary's own on this side."""


class Interfaces(Part):
    """The two sides of the middlebox."""

    client: Interface
    """The side the clients are on."""
    server: Interface
    """The side the backends are on."""


class Route(Part):
    """A static route of the minion."""

    prefix: Network
    """Destination network, such as 10.9.0.0/16."""
    via: Address
    """IPv4 address of the next hop, inside one of the interfaces' networks."""


class Timeouts(Part):
    """How long an idle binding is kept in the minion, in seconds."""

    tcp_established_s: Seconds = 7440
    """Idle time of an established TCP connection, in seconds (RFC 5382 asks for at least 7440)."""
    tcp_transitory_s: Seconds = 240
    """Idle time of a TCP connection that is opening or closing, in seconds (RFC 5382 asks for at least 240)."""
    udp_s: Seconds = 300
    """Idle time of a UDP flow, in seconds (RFC 4787 recommends 300)."""


class Minion(Part):
    """The software network function that shadows the primary."""

    engine: Literal["embedded", "click", "fastclick"] = "embedded"
    """What runs the configuration: the engine that comes with MiMi, or a Click or FastClick that you installed."""
    prefix: Annotated[str, Field(min_length=2, max_length=4096, pattern=r"^/[^\x00-\x1f:]+$")] | None = None
    """Where that Click or FastClick is installed (what it was configured with as --prefix): an absolute path without ':'.
    When absent, it is the one whose `click` is on PATH."""
    netns: Annotated[str, Field(pattern=NETNS_PATTERN)] | None = None
    """Network namespace (as `ip netns` names it) the minion runs in; the current one when absent."""
    interfaces: Interfaces
    """The minion's two interfaces."""
    routes: tuple[Route, ...] = ()
    """Static routes, beyond the interfaces' own networks."""
    unknown_flows: Literal["drop", "reset", "pick"] = "drop"
    """What happens to a mid-flow TCP packet without a binding: drop (TCP retries until the state arrives), reset
    (tell the sender at once), pick (choose a backend as if it were new)."""
    max_flows: Annotated[int, Field(strict=True, ge=1, le=64_000_000)] = 1_000_000
    """Most bindings the minion holds."""
    timeouts: Timeouts = Timeouts()
    """How long idle bindings are kept, in seconds."""
    packages: tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...] = ()
    """Directories of your own elements, relative to this file: `mimi deploy` compiles each into a package named like the
    directory and loads it; `mimi build FILE` only compiles."""


_LISTENING: JsonDict = {"required": ["listen"], "properties": {"listen": {"minItems": 1}, "netns": False}}
_WATCHING: JsonDict = {"properties": {"listen": False, "allow": False, "prefix": False, "max_rate": False}}
_KEYS_BY_KIND: JsonDict = {
    "if": {"properties": {"kind": {"const": "conntrack"}}, "required": ["kind"]},
    "then": _WATCHING,
    "else": _LISTENING,
}
"""JSON Schema of a driver's keys by its kind: what an editor marks (``mimi.pairing.check`` says it in words)."""


class Driver(Part):
    """Turns what the primary reveals into state."""

    model_config = ConfigDict(json_schema_extra=_KEYS_BY_KIND)

    kind: Literal["netfilter-log", "conntrack"] = "netfilter-log"
    """What is listened to: netfilter-log = the kernel log lines of iptables LOG, NFLOG or nft log rules, as syslog;
    conntrack = the connection tracking events of a Linux kernel, read on the primary itself."""
    netns: Annotated[str, Field(pattern=NETNS_PATTERN)] | None = None
    """conntrack: network namespace (as `ip netns` names it) of the primary; the current one when absent."""
    listen: tuple[str, ...] = ()
    """netfilter-log: where the log arrives: udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH (datagrams); at least one."""
    allow: tuple[Network, ...] = ()
    """Networks the log may come from. Required for udp and tcp: whoever may write the log decides where connections go."""
    prefix: Annotated[str, Field(min_length=1, max_length=64)] = "MIMI be="
    """Log prefix of the primary's rules, up to where ADDRESS:PORT of the chosen backend follows."""
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

    enabled: Annotated[bool, Field(strict=True)] = True
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


class Failover(Part):
    """What happens when liveness says that the primary is dead, and when it is back."""

    failback: Literal["manual", "immediate"] = "manual"
    """When traffic returns to the primary: manual = when an operator says so; immediate = when all links are up."""


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
    interface: Literal["client", "server"]
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


class Pairing(Part):
    """One primary and the minion that shadows it, with driver, store and fabric."""

    pairing: Name
    """Name of the pairing; also its run directory and its keys in the store."""
    type: Literal["load-balancer"]
    """What the primary is."""
    semantics: Literal["rewrite", "proxy"] = "rewrite"
    """How the primary handles connections: rewrite changes addresses in packets; proxy holds two TCP connections,
    which nothing can take over: then only new connections are placed alike."""
    vips: Annotated[tuple[Vip, ...], Field(min_length=1)]
    """The virtual services the primary offers, at least one."""
    minion: Minion
    """The software network function that shadows the primary."""
    driver: Driver
    """Turns what the primary reveals into state."""
    store: Store = Store()
    """Where the state is kept."""
    sync: Sync = Sync()
    """Streams the state into the minion."""
    liveness: Liveness | None = None
    """Evidence that the primary forwards; absent: only the switches watch their own ports."""
    failover: Failover = Failover()
    """How the traffic moves to the minion and back."""
    fabric: Fabric | None = None
    """The switches that steer traffic; absent: somebody else steers it."""

    @property
    def name(self) -> str:
        """The pairing's name, which is also its run directory and its Redis hash tag."""
        return self.pairing
