# SPDX-License-Identifier: Apache-2.0
"""The URLs of a pairing: where a driver or the fabric listens, where the store is."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from mimi.flow import family_of

_HOST = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$")
_MAX_UNIX_PATH = 107
"""Bytes of a unix socket's path (unix(7): sun_path holds 108 with its end)."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A listening place. ``host`` and ``port`` are empty and 0 for ``unix``, ``path`` is empty for the others.

    ``host`` is a name, an IPv4 address, or an IPv6 address without brackets.
    """

    scheme: Literal["udp", "tcp", "unix"]
    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def family(self) -> socket.AddressFamily:
        """Of the socket that listens there; names are IPv4's."""
        return socket.AF_UNIX if self.scheme == "unix" else family_of(self.host)


def parse_listen(url: str) -> Listen:
    """``udp://HOST:PORT``, ``tcp://HOST:PORT`` (an IPv6 address in brackets) or ``unix:///PATH``. Raises ValueError with what is wrong."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ValueError("there is no scheme")
    if scheme == "unix":
        return Listen("unix", path=_unix_path(rest))
    if scheme not in ("udp", "tcp"):
        raise ValueError(f'the scheme "{scheme}" is not known')
    host, _, port = rest.rpartition(":")
    if not host or rest.endswith("]"):
        raise ValueError("the port is missing" if port and (port == rest or rest.endswith("]")) else "host and port are missing")
    if host.startswith("["):
        host = _ip6(host)
    elif ":" in host:
        raise ValueError(f"an IPv6 address needs brackets: {scheme}://[ADDRESS]:PORT")
    elif not _HOST.match(host):
        raise ValueError(f'"{host}" is not a host')
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f'"{port}" is not a port from 1 to 65535')
    return Listen("udp" if scheme == "udp" else "tcp", host, int(port))


def _ip6(host: str) -> str:
    if "%" in host:
        raise ValueError("a zone (what begins with %) is one machine's own name: listen on a global address, or on [::]")
    try:
        address = IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or not host.endswith("]"):
        raise ValueError(f'"{host}" is not an IPv6 address in brackets')
    if address.is_link_local:
        raise ValueError("a link-local address means something on one link alone: listen on a global address, or on [::]")
    return str(address)


def _unix_path(path: str) -> str:
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("the path of a unix socket must be absolute and name a file: three slashes after unix:")
    if "\0" in path or len(path.encode()) > _MAX_UNIX_PATH:
        raise ValueError(f"the path of a unix socket is longer than {_MAX_UNIX_PATH} bytes")
    return path


def store_url_fault(url: str) -> tuple[str, str, str] | None:
    """What is wrong with a store URL: message, found, hint. The values never hold a secret."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if re.fullmatch(r"(redis|rediss|valkey|valkeys)\+(sentinel|cluster)", scheme):
        return f"{scheme}:// is not supported yet", f"{scheme}://…", "use one server: redis://, rediss:// or unix://"
    if scheme not in ("redis", "rediss", "unix"):
        return "the scheme of the store's URL is not known", f"{scheme}://…" if scheme else "no scheme", ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"not a URL: {error}", f"{scheme}://…", ""
    if parts.username or parts.password or {"password", "username"} & set(parse_qs(parts.query, keep_blank_values=True)):
        hint = "set MIMI_REDIS_PASSWORD (and MIMI_REDIS_USERNAME), or MIMI_REDIS_PASSWORD_FILE, in the environment of the services"
        return "a secret does not belong in a pairing file", "a user or password in the URL", hint
    if scheme == "unix":
        return _unix_store_fault(parts.path, parts.netloc)
    if not parts.hostname or port == 0:
        return "the host is missing" if not parts.hostname else "the port is wrong", url, ""
    if not re.fullmatch(r"/?|/[0-9]{1,6}", parts.path):
        return "the database is not a number", parts.path, f"for example {scheme}://{parts.netloc}/0"
    return None


def _unix_store_fault(path: str, netloc: str) -> tuple[str, str, str] | None:
    try:
        _unix_path(netloc + path)
    except ValueError as error:
        return str(error), f"unix://{netloc}{path}", "for example unix:///run/redis/redis.sock"
    return None
