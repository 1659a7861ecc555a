# SPDX-License-Identifier: Apache-2.0
"""The pairing model: one primary, its minion, driver, store and fabric; one YAML file."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Mac = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")]
Seconds = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class Part(BaseModel):
    """Base of every part of a pairing: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Backend(Part):
    name: Name
    address: IPv4Address
    port: Port


class Vip(Part):
    name: Name
    address: IPv4Address
    protocol: Literal["tcp", "udp"] = "tcp"
    port: Port
    choose: Literal["random", "round-robin"] = "random"
    backends: Annotated[tuple[Backend, ...], Field(min_length=1)]


class Interface(Part):
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{1,15}$")]
    mac: Mac
    addresses: Annotated[tuple[IPv4Interface, ...], Field(min_length=1)]


class Interfaces(Part):
    client: Interface
    server: Interface


class Route(Part):
    prefix: IPv4Network
    via: IPv4Address


class Timeouts(Part):
    tcp_established_s: Seconds = 7440
    tcp_transitory_s: Seconds = 240
    udp_s: Seconds = 300


class Minion(Part):
    engine: Literal["embedded", "click", "fastclick"] = "embedded"
    netns: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] | None = None
    interfaces: Interfaces
    routes: tuple[Route, ...] = ()
    unknown_flows: Literal["drop", "reset", "pick"] = "drop"
    max_flows: Annotated[int, Field(strict=True, ge=1, le=64_000_000)] = 1_000_000
    timeouts: Timeouts = Timeouts()


class Driver(Part):
    kind: Literal["netfilter-log"] = "netfilter-log"
    listen: Annotated[tuple[str, ...], Field(min_length=1)]
    allow: tuple[IPv4Network, ...] = ()
    prefix: Annotated[str, Field(min_length=1, max_length=64)] = "MIMI be="
    max_rate: Annotated[int, Field(strict=True, ge=1)] = 100_000


class Store(Part):
    url: str | None = None
    max_deltas: Annotated[int, Field(strict=True, ge=1000)] = 200_000


class Sync(Part):
    enabled: Annotated[bool, Field(strict=True)] = True
    max_lag_ms: Annotated[int, Field(strict=True, ge=1)] = 1000


class Liveness(Part):
    links: Annotated[tuple[str, ...], Field(min_length=1)]
    fall: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    rise: Annotated[int, Field(strict=True, ge=1, le=100)] = 3


class FabricHost(Part):
    name: Name
    port: str
    mac: Mac


class Switch(Part):
    name: Name
    datapath_id: Annotated[int, Field(strict=True, ge=1, le=2**64 - 1)]
    interface: Literal["client", "server"]
    primary_port: str
    minion_port: str
    hosts: tuple[FabricHost, ...] = ()


class Fabric(Part):
    kind: Literal["openflow"] = "openflow"
    listen: str = "tcp://127.0.0.1:6653"
    switches: Annotated[tuple[Switch, ...], Field(min_length=1)]


class Pairing(Part):
    pairing: Name
    type: Literal["load-balancer"]
    semantics: Literal["rewrite", "proxy"] = "rewrite"
    vips: Annotated[tuple[Vip, ...], Field(min_length=1)]
    minion: Minion
    driver: Driver
    store: Store = Store()
    sync: Sync = Sync()
    liveness: Liveness | None = None
    fabric: Fabric | None = None

    @property
    def name(self) -> str:
        """The pairing's name, which is also its run directory and its Redis hash tag."""
        return self.pairing
