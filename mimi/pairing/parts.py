# SPDX-License-Identifier: Apache-2.0
"""What pairing files are made of: names, addresses, ports, ranges, and the base of every part.

Strictness is set field by field: YAML already knows numbers from text, so a number is never made from text, and an
address never from a number. A range of addresses is one address, ``FIRST-LAST`` or a network; a port range one number or
``FIRST-LAST``. Types with a 4 are IPv4's alone, those with a 6 IPv6's, the others of either version of IP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema
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

_QUAD: Final = r"[0-9]{1,3}(\.[0-9]{1,3}){3}"
_PORTS: Final = r"[0-9]{1,5}(-[0-9]{1,5})?"


IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
IPInterface = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses of one version from ``first`` to ``last``, both included."""

    first: IPAddress
    last: IPAddress

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1

    def __contains__(self, address: IPAddress) -> bool:
        return address.version == self.first.version and int(self.first) <= int(address) <= int(self.last)

    def overlaps(self, other: AddressRange) -> bool:
        """Whether some address is in both."""
        same = self.first.version == other.first.version
        return same and int(self.first) <= int(other.last) and int(other.first) <= int(self.last)


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from ``first`` to ``last``, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def overlaps(self, other: PortRange) -> bool:
        """Whether some port is in both."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, and perhaps ports: ``203.0.113.1``, ``203.0.113.1:80``, ``203.0.113.1:8000-8099``."""

    address: IPv4Address
    ports: PortRange | None = None

    def __str__(self) -> str:
        return str(self.address) if self.ports is None else f"{self.address}:{self.ports}"


def _reads(kind: str, *types: type) -> Any:
    """What reads text as the first of some types that takes it. A number is refused: it would silently become an address."""

    def read(value: object) -> Any:
        if isinstance(value, types):
            return value
        for made in types if isinstance(value, str) and "%" not in value else ():
            try:
                return made(value)
            except ValueError:
                continue
        raise PydanticCustomError(kind, "not an address")

    return read


def _read_interface_address(value: object) -> IPInterface:
    if isinstance(value, str) and "/" not in value:
        raise PydanticCustomError("prefix_length_missing", "an interface address needs its prefix length")
    found: IPInterface = _reads("ip_interface", IPv4Interface, IPv6Interface)(value)
    return found


def _reads_addresses(kind: str, address: Any, network: Any) -> Any:
    def read(value: object) -> AddressRange:
        if isinstance(value, AddressRange):
            return value
        try:
            if not isinstance(value, str):
                raise ValueError("not text")  # noqa: TRY004 - caught below
            if "/" in value:
                whole = network(value)
                return AddressRange(whole[0], whole[-1])
            first, dash, last = value.partition("-")
            found = AddressRange(address(first.strip()), address((last if dash else first).strip()))
            if found.first.version != found.last.version:
                raise ValueError("of two versions")
        except (ValueError, PydanticCustomError) as error:
            raise PydanticCustomError(kind, "not a range of addresses") from error
        if int(found.last) < int(found.first):
            raise PydanticCustomError("address_range_backwards", "the range ends before it begins")
        return found

    return read


_read_address = _reads("ip_address", IPv4Address, IPv6Address)
_read_network = _reads("ip_network", IPv4Network, IPv6Network)
_read_network4 = _reads("ip_v4_network", IPv4Network)


def _read_prefix6(value: object) -> IPv6Network:
    """A network, with its length: an address alone is no prefix."""
    if isinstance(value, str) and "/" not in value:
        raise PydanticCustomError("prefix_length_missing6", "a prefix needs its length")
    found: IPv6Network = _reads("ip_v6_network", IPv6Network)(value)
    return found


_read_addresses = _reads_addresses("address_range_any", _read_address, _read_network)
_read_addresses4 = _reads_addresses("address_range", IPv4Address, IPv4Network)


def _read_ports(value: object) -> PortRange:
    if isinstance(value, PortRange):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        found = PortRange(value, value)
    elif isinstance(value, str) and (match := re.fullmatch(r"([0-9]{1,5}) ?- ?([0-9]{1,5})", value)):
        found = PortRange(int(match[1]), int(match[2]))
    else:
        raise PydanticCustomError("port_range", "not a port or a range of ports")
    if not (1 <= found.first <= 65535 and 1 <= found.last <= 65535):
        raise PydanticCustomError("port_range", "not a port or a range of ports")
    if found.last < found.first:
        raise PydanticCustomError("port_range_backwards", "the range ends before it begins")
    return found


def _read_endpoint(value: object) -> Endpoint:
    if isinstance(value, Endpoint):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("endpoint", "not an address with ports")
    address, colon, ports = value.partition(":")
    try:
        where = IPv4Address(address)
        span = _read_ports(int(ports) if ports.isdecimal() and ports.isascii() else ports) if colon else None
    except (ValueError, PydanticCustomError) as error:
        raise PydanticCustomError("endpoint", "not an address with ports") from error
    return Endpoint(where, span)


def _read_prefix(value: object) -> IPNetwork | Literal["any"]:
    """A network, an address (of one host), or the word ``any``."""
    if value == "any":
        return "any"
    found: IPNetwork = _reads("ip_prefix", IPv4Network, IPv6Network)(value)
    return found


def _text(kind: str, pattern: str, read: Any) -> tuple[Any, ...]:
    schema = {"type": "string", "format": kind, "pattern": pattern}
    return (PlainValidator(read), PlainSerializer(str, return_type=str), WithJsonSchema(schema))


def word_or_number(words: tuple[str, ...]) -> tuple[Any, ...]:
    """What reads, writes and describes one of some words, or a number of one byte."""

    def read(value: object) -> str | int:
        if isinstance(value, str) and value in words:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
            return value
        raise PydanticCustomError("word_or_number", "not a known word or number", {"expected": ", ".join(words)})

    schema: dict[str, Any] = {"anyOf": [{"enum": list(words)}, {"type": "integer", "minimum": 0, "maximum": 255}]}
    return (PlainValidator(read), WithJsonSchema(schema))


def _ports_of(span: PortRange) -> int | str:
    return span.first if span.first == span.last else str(span)


_PORTS_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, {"type": "string", "format": "ports", "pattern": f"^{_PORTS}$"}]
}
_EITHER: Final = rf"({_QUAD}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)"
_PREFIX_PATTERN: Final = rf"^(any|{_EITHER}(/[0-9]{{1,3}})?)$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Mac = Annotated[str, Field(pattern=MAC_PATTERN)]
Seconds = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
Device = Annotated[str, Field(pattern=DEVICE_PATTERN)]
Netns = Annotated[str, Field(pattern=NETNS_PATTERN)]
Address = Annotated[IPAddress, *_text("address", rf"^{_EITHER}$", _read_address)]
Network = Annotated[IPNetwork, *_text("network", rf"^{_EITHER}(/[0-9]{{1,3}})?$", _read_network)]
Network4 = Annotated[IPv4Network, *_text("ipv4network", rf"^{_QUAD}(/[0-9]{{1,2}})?$", _read_network4)]
Network6 = Annotated[IPv6Network, *_text("ipv6network", r"^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*/[0-9]{1,3}$", _read_prefix6)]
InterfaceAddress = Annotated[IPInterface, *_text("interface address", rf"^{_EITHER}/[0-9]{{1,3}}$", _read_interface_address)]
Addresses = Annotated[AddressRange, *_text("addresses", rf"^{_EITHER}( ?- ?{_EITHER}|/[0-9]{{1,3}})?$", _read_addresses)]
Addresses4 = Annotated[AddressRange, *_text("addresses", rf"^{_QUAD}( ?- ?{_QUAD}|/[0-9]{{1,2}})?$", _read_addresses4)]
Ports = Annotated[PortRange, PlainValidator(_read_ports), PlainSerializer(_ports_of, return_type=int | str), WithJsonSchema(_PORTS_SCHEMA)]
AddressPorts = Annotated[Endpoint, *_text("address with ports", rf"^{_QUAD}(:{_PORTS})?$", _read_endpoint)]
Prefix = Annotated[IPNetwork | Literal["any"], *_text("prefix", _PREFIX_PATTERN, _read_prefix)]
Switchable = Annotated[bool, Field(strict=True)]


class Part(BaseModel):
    """Base of every part of a pairing: immutable, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, serialize_by_alias=True, arbitrary_types_allowed=True
    )
