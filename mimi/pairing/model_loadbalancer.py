# SPDX-License-Identifier: Apache-2.0
"""The model of what a load balancer offers: VIPs and the backends behind them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from mimi.pairing.parts import Address, Addresses, Name, Part, Port, PortRange, Ports


class Backend(Part):
    """One real server behind a VIP."""

    name: Name
    """Name of the server, unique within its VIP."""
    address: Address
    """Address of the server, as the primary and the minion reach it; of the VIP's version of IP."""
    port: Port | None = None
    """Port the server listens on, 1 to 65535; when absent, the one that the client spoke to."""
    weight: Annotated[int, Field(strict=True, ge=0, le=65535)] = 1
    """Its share of new flows, beside the other weights; 0 = none. Round-robin takes each in turn whatever it weighs."""


class Vip(Part):
    """A client-facing address and the pool of backends behind it."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["port"]}, {"required": ["ports"]}]})

    name: Name
    """Name of the VIP, unique within the pairing."""
    address: Address
    """IPv4 or IPv6 address the clients connect to."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """Transport protocol of the VIP."""
    port: Port | None = None
    """Port the clients connect to, 1 to 65535; this or ports."""
    ports: Ports | None = None
    """Range of ports the clients connect to, such as 8000-8100, instead of port."""
    choose: Literal["random", "round-robin", "weighted", "least-connections", "source-hash", "flow-hash", "maglev"] = "random"
    """How the minion picks a backend for a new flow (flows of the primary keep the backend it chose): by chance; in turn; in
    turn by weight; the one with the fewest flows for its weight; by a hash of the client's address, or of the whole 5-tuple;
    by Maglev's table, which hardly changes when a backend comes or goes."""
    seed: Annotated[int, Field(strict=True, ge=0, le=2**64 - 1)] | None = None
    """What the hashes begin with: minions with the same seed choose alike; random when absent."""
    hash: Literal["mimi", "nftables"] = "mimi"
    """Whose hash source-hash and flow-hash are. nftables: the primary's own, `jhash ip saddr mod N seed S` or `jhash ip saddr .
    ip daddr . th sport . th dport mod N seed S`, with seed S, N the sum of the weights and the backends in the order of its map;
    then new flows go where the primary would send them."""
    mode: Literal["dnat", "full-nat", "direct"] = "dnat"
    """What happens to packets: dnat = the destination becomes the backend, replies come back this way; full-nat = the source
    becomes an address of snat too; direct = packets go to the backend unchanged, replies pass by."""
    snat: tuple[Addresses, ...] = ()
    """full-nat: the addresses that packets leave for the backends with, on the servers' side."""
    backends: Annotated[tuple[Backend, ...], Field(min_length=1)]
    """The pool: the real servers behind the VIP, at least one."""

    @property
    def span(self) -> PortRange:
        """The ports clients connect to."""
        return self.ports or PortRange(self.port or 1, self.port or 65535)
