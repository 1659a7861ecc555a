# SPDX-License-Identifier: Apache-2.0
"""The model of what a load balancer offers: VIPs and the backends behind them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mimi.pairing.parts import Address, Name, Part, Port


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
