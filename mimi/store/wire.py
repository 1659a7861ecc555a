# SPDX-License-Identifier: Apache-2.0
"""One connection to Redis at the level of packed commands.

redis-py makes the connection (URL, TLS, authentication, database); after that its command layer costs more time per
reply than Redis itself, so bytes go straight to the socket and hiredis reads the replies.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hiredis
import redis.connection
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from mimi.errors import Problem, StoreError

CONNECT_TIMEOUT_S = 2.0
REPLY_TIMEOUT_S = 2.0
"""Longer than any ``block_ms``; a Redis that is silent for so long is as good as dead."""

ReplyError = hiredis.ReplyError


class Wire:
    """A connection that sends RESP text and receives replies. Not thread-safe."""

    def __init__(self, url: str) -> None:
        self.address = _without_secret(url)
        self._url = url
        self._connection: Any = None
        self._socket: Any = None
        self._reader: Any = None

    def connect(self) -> None:
        """Connect (again).

        Raises:
            StoreError: Redis cannot be reached or lets us not in; says the address and what to do.
        """
        self.close()
        arguments = _arguments(self._url)
        factory = arguments.pop("connection_class", redis.connection.Connection)
        if factory is not redis.connection.UnixDomainSocketConnection:
            arguments.setdefault("socket_connect_timeout", CONNECT_TIMEOUT_S)
        try:
            connection = factory(socket_timeout=REPLY_TIMEOUT_S, protocol=2, retry=Retry(NoBackoff(), 0), **arguments)
            connection.connect()
        except (RedisError, OSError, TypeError, ValueError) as error:
            raise StoreError(
                Problem(
                    "cannot reach the store",
                    place=self.address,
                    found=str(error) or type(error).__name__,
                    hint=_hint(error),
                )
            ) from error
        self._connection = connection
        self._socket = connection._sock  # noqa: SLF001 - redis-py offers no public way to its socket
        self._reader = hiredis.Reader(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """Let go of the connection. Never raises."""
        connection, self._connection, self._socket = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(RedisError, OSError):
                connection.disconnect()

    def send(self, data: bytes) -> None:
        """Send packed commands.

        Raises:
            StoreError: not connected, or the connection broke; it is closed.
        """
        if self._socket is None:
            raise StoreError(Problem("not connected", place=self.address))
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._broken(error) from error

    def receive(self) -> Any:
        """The next reply, decoded as text; an error reply is returned as :data:`ReplyError`, not raised.

        Raises:
            StoreError: the connection broke or was silent for :data:`REPLY_TIMEOUT_S`; it is closed.
        """
        reader, sock = self._reader, self._socket
        try:
            reply = reader.gets()
            while reply is False:
                if sock is None:
                    raise StoreError(Problem("not connected", place=self.address))
                data = sock.recv(262_144)
                if not data:
                    raise ConnectionResetError("the store closed the connection")
                reader.feed(data)
                reply = reader.gets()
        except (OSError, hiredis.HiredisError) as error:
            raise self._broken(error) from error
        return reply

    def call(self, *words: str | int) -> Any:
        """One command and its reply.

        Raises:
            StoreError: as above, or Redis answered with an error.
        """
        self.send(pack(words))
        return self.checked(self.receive())

    def checked(self, reply: Any) -> Any:
        """The reply, unless it is an error.

        Raises:
            StoreError: it is. The connection stays usable.
        """
        if isinstance(reply, ReplyError):
            raise StoreError(Problem("the store refused a command", place=self.address, found=str(reply), hint=_hint(reply)))
        return reply

    def _broken(self, error: Exception) -> StoreError:
        self.close()
        text = str(error) or type(error).__name__
        return StoreError(Problem("lost the store", place=self.address, found=text, hint=_hint(error)))


def bulk(text: str) -> str:
    """One word of a command. The length counts bytes, so text that is not ASCII must take the slow way."""
    return f"${len(text) if text.isascii() else len(text.encode())}\r\n{text}\r\n"


def pack(words: Iterable[str | int]) -> bytes:
    """One command as RESP."""
    parts = [bulk(str(word)) for word in words]
    return f"*{len(parts)}\r\n{''.join(parts)}".encode()


def _arguments(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.password:
        raise StoreError(
            Problem(
                "a password does not belong into the URL",
                place=_without_secret(url),
                hint="set MIMI_REDIS_PASSWORD, or MIMI_REDIS_PASSWORD_FILE to a file that holds it",
            )
        )
    try:
        arguments: dict[str, Any] = dict(redis.connection.parse_url(url))  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise StoreError(
            Problem(
                "not a store URL",
                place=_without_secret(url),
                found=str(error),
                expected="redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH",
            )
        ) from error
    password = _password()
    if password:
        arguments["password"] = password
    username = os.environ.get("MIMI_REDIS_USERNAME")
    if username:
        arguments["username"] = username
    return arguments


def _password() -> str:
    file = os.environ.get("MIMI_REDIS_PASSWORD_FILE")
    if not file:
        return os.environ.get("MIMI_REDIS_PASSWORD", "")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            Problem("cannot read the store's password", place=file, found=str(error), hint="MIMI_REDIS_PASSWORD_FILE")
        ) from error


def _without_secret(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _hint(error: Exception) -> str:
    text = str(error)
    if isinstance(error, AuthenticationError) or text.startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
        return "set MIMI_REDIS_PASSWORD or MIMI_REDIS_PASSWORD_FILE, and allow the user these keys"
    if text.startswith("OOM"):
        return "Redis is at its maxmemory: raise it, or lower store.max_deltas"
    if text.startswith("WRONGTYPE"):
        return "another program uses the keys mimi:{NAME}:*"
    if text.startswith(("LOADING", "READONLY", "MASTERDOWN")):
        return "Redis is not ready for writing yet"
    return "is redis-server running and is store.url right?"
