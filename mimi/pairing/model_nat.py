# SPDX-License-Identifier: Apache-2.0
"""The model of a network address translator (NAT44, and NPTv6 beside it or alone)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from mimi.pairing.parts import Addresses4, AddressPorts, Network4, Network6, Part, PortRange, Ports, Switchable

Behaviour = Literal["endpoint-independent", "address-dependent", "address-and-port-dependent"]
"""The three behaviours of RFC 4787, for mapping and for filtering."""


class Pool(Part):
    """Outside addresses and ports that flows from the inside leave with."""

    addresses: Addresses4
    """IPv4 addresses: one, a range (203.0.113.1-203.0.113.4) or a network (all of it is used)."""
    ports: Annotated[Ports, Field(json_schema_extra={"default": "1024-65535"})] = PortRange(1024, 65535)
    """Ports (and ICMP query ids) that new flows get, such as 1024-65535."""


class Static(Part):
    """A fixed translation: a forwarded port, a range of ports, or one address for another (basic NAT)."""

    protocol: Literal["tcp", "udp", "any"] = "any"
    """tcp or udp, with ports on both ends; any = whole addresses, without ports."""
    outside: AddressPorts
    """What the outside speaks to: ADDRESS, ADDRESS:PORT or ADDRESS:PORT-PORT."""
    inside: AddressPorts
    """The host behind it, in the same form; as many ports as outside."""


class Prefixes(Part):
    """Two IPv6 prefixes that are exchanged for each other, without state and without changing a checksum (RFC 6296).

    Routers outside must send packets for the outside prefix to the primary; it is not asked for on the link.
    """

    inside: Network6
    """What hosts inside have, such as fd01:203:405::/48; at most 64 bits."""
    outside: Network6
    """What the world sees in its place, such as 2001:db8:1::/48; at most 64 bits."""


class Nat(Part):
    """How the translator translates: IPv4 with state (pools, static), IPv6 without (nptv6), or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["inside"]}, {"required": ["nptv6"]}]})

    pools: tuple[Pool, ...] = ()
    """Outside addresses that flows from the inside leave with; none when all hosts have static translations."""
    inside: Annotated[tuple[Network4, ...], Field(min_length=1)] = ()
    """Networks whose hosts are translated, at least one unless there is nptv6 alone. Packets from other sources pass as they are."""
    mapping: Behaviour = "endpoint-independent"
    """When a new flow of an inside address and port keeps the outside port of an earlier one (RFC 4787): always;
    when it goes to the same address; when it goes to the same address and port."""
    filtering: Behaviour = "address-and-port-dependent"
    """Who may send to a mapped outside port (RFC 4787): anybody; addresses it has spoken to; addresses and ports it has
    spoken to. The default is what Linux does: the minion lets in no more than such a primary."""
    pooling: Literal["paired", "arbitrary"] = "paired"
    """Whether all flows of an inside host leave with the same outside address (paired), or with any."""
    port_preservation: Switchable = True
    """Whether the outside port is the inside port when it is free."""
    port_parity: Switchable = True
    """Whether even ports get even ones, and odd ports odd ones (RFC 4787)."""
    hairpinning: Switchable = True
    """Whether inside hosts reach each other by their outside addresses."""
    static: tuple[Static, ...] = ()
    """Fixed translations: forwarded ports and one-to-one addresses."""
    nptv6: Prefixes | None = None
    """The IPv6 prefixes that are exchanged; IPv6 packets that have neither pass as they are. Absent: the box has no IPv6."""

    @property
    def keeps_state(self) -> bool:
        """Whether a flow's translation must be remembered: prefixes alone are exchanged without memory."""
        return bool(self.pools or self.static)
