# SPDX-License-Identifier: Apache-2.0
"""A Click router inside this process.

    with Router("in :: MemoryIn -> c :: Counter -> out :: MemoryOut") as router:
        router.push("in", b"hello")
        router.run()
        assert router.packets("out")[0].data == b"hello"
        assert router.read("c.count") == b"1"

Packets enter at ``MemoryIn`` elements and leave at ``MemoryOut`` elements. A router belongs to the thread that uses it.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

from mimi.click import library_path
from mimi.errors import ClickError, MissingError, Problem

_NS_PER_MS: Final = 1_000_000
_NO_LIMIT: Final = -1


@dataclass(frozen=True, slots=True)
class Offload:
    """A virtio-net view of a packet. ``csum_start`` and ``hdr_len`` count bytes from the packet's first."""

    flags: int = 0
    gso_type: int = 0
    gso_size: int = 0
    hdr_len: int = 0
    csum_start: int = 0
    csum_offset: int = 0


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that has reached a ``MemoryOut``: its bytes and annotations, and the input it came in by."""

    data: bytes
    timestamp_ns: int
    port: int
    paint: int
    dst_ip: str
    offload: Offload | None

    @property
    def timestamp(self) -> float:
        """Seconds since the Unix epoch."""
        return self.timestamp_ns / 1e9


class Router:
    """A running configuration; use it as a context manager, or call :meth:`close`.

    ``parameters`` (and keyword arguments) are the configuration's ``$NAME`` values. ``clock="virtual"`` stops the clock of
    the process's routers at a fixed time; :meth:`run` moves it from timer to timer. Raises :class:`mimi.errors.ClickError`
    with Click's own words when the configuration is wrong.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str = "config",
        clock: Literal["real", "virtual"] = "real",
        parameters: dict[str, object] | None = None,
        **more_parameters: object,
    ) -> None:
        self._engine = _load_engine()
        self._name = name
        ffi, lib = self._engine.ffi, self._engine.lib
        pairs = [f"{key}={value}".encode() for key, value in {**(parameters or {}), **more_parameters}.items()]
        kept = [ffi.new("char[]", pair) for pair in pairs]
        raw = text.encode()
        flags = lib.MIMI_CLICK_VIRTUAL_CLOCK if clock == "virtual" else 0
        error = ffi.new("char **")
        array = ffi.new("char *[]", [*kept, ffi.NULL])
        self._router: Any = lib.mimi_click_create(raw, len(raw), name.encode(), array, flags, error)
        if self._router == ffi.NULL:
            raise self._failure("the configuration cannot be run", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_router", None) is not None:
            self.close()

    def close(self) -> None:
        """Destroy the router. Doing it twice does nothing."""
        router, self._router = self._router, None
        if router is not None and router != self._engine.ffi.NULL:
            self._engine.lib.mimi_click_destroy(router)

    def push(self, element: str, data: bytes, port: int = 0, offload: Offload | None = None) -> None:
        """Hand ``data`` to the ``MemoryIn`` named ``element``; it moves when the router runs."""
        ffi = self._engine.ffi
        view: Any = ffi.NULL
        if offload is not None:
            view = ffi.new("mimi_click_offload *")
            for field in Offload.__slots__:
                setattr(view, field, getattr(offload, field))
        error = ffi.new("char **")
        if self._engine.lib.mimi_click_push(self._live(), element.encode(), port, data, len(data), view, error) < 0:
            raise self._failure(f"cannot push into {element}", error)

    def push_all(self, element: str, packets: Iterable[bytes], port: int = 0) -> None:
        """:meth:`push` for each of ``packets``."""
        for data in packets:
            self.push(element, data, port)

    def packets(self, element: str) -> list[Packet]:
        """What has reached the ``MemoryOut`` named ``element`` since the last call, oldest first."""
        ffi, lib = self._engine.ffi, self._engine.lib
        raw, error = ffi.new("mimi_click_packet *"), ffi.new("char **")
        found = []
        while (result := lib.mimi_click_take(self._live(), element.encode(), raw, error)) > 0:
            found.append(self._packet(raw))
        if result < 0:
            raise self._failure(f"cannot take packets from {element}", error)
        return found

    def read(self, handler: str, parameter: str | bytes = b"") -> bytes:
        """The value of the read handler ``element.handler`` (or of a global one)."""
        ffi, lib = self._engine.ffi, self._engine.lib
        raw = parameter.encode() if isinstance(parameter, str) else parameter
        value, length, error = ffi.new("char **"), ffi.new("size_t *"), ffi.new("char **")
        if lib.mimi_click_read(self._live(), handler.encode(), raw, len(raw), value, length, error) < 0:
            raise self._failure(f"cannot read {handler}", error)
        try:
            return bytes(ffi.buffer(value[0], length[0]))
        finally:
            lib.mimi_click_free(value[0])

    def write(self, handler: str, data: str | bytes = b"") -> None:
        """Call the write handler ``element.handler`` with ``data``."""
        raw = data.encode() if isinstance(data, str) else data
        error = self._engine.ffi.new("char **")
        if self._engine.lib.mimi_click_write(self._live(), handler.encode(), raw, len(raw), error) < 0:
            raise self._failure(f"cannot write {handler}", error)

    def run(self, packets: int | None = None, until_idle: bool | None = None, ms: float | None = None) -> int:
        """Run the driver; returns how many packets reached ``MemoryOut`` elements.

        It ends when ``packets`` have done so, when nothing is left to do, or when ``ms`` milliseconds of the router's clock
        have passed, whichever is first. ``until_idle`` defaults to True, unless ``ms`` is given: then the time is waited out.
        """
        idle = ms is None if until_idle is None else until_idle
        error = self._engine.ffi.new("char **")
        limit = _NO_LIMIT if packets is None else packets
        nanoseconds = _NO_LIMIT if ms is None else round(ms * _NS_PER_MS)
        count = int(self._engine.lib.mimi_click_run(self._live(), limit, idle, nanoseconds, error))
        if count < 0:
            raise self._failure("cannot run", error)
        return count

    @property
    def running(self) -> bool:
        """False once the configuration has stopped itself."""
        return bool(self._engine.lib.mimi_click_running(self._live()))

    def _live(self) -> Any:
        if self._router is None:
            raise ClickError(Problem("the router is closed", place=self._name))
        return self._router

    def _packet(self, raw: Any) -> Packet:
        view = raw.offload
        offload = Offload(*(getattr(view, field) for field in Offload.__slots__)) if raw.has_offload else None
        address = ".".join(str(byte) for byte in int(raw.dst_ip).to_bytes(4, "little"))
        return Packet(
            data=bytes(self._engine.ffi.buffer(raw.data, raw.length)),
            timestamp_ns=raw.sec * 1_000_000_000 + raw.nsec,
            port=raw.port,
            paint=raw.paint,
            dst_ip=address,
            offload=offload,
        )

    def _failure(self, message: str, error: Any) -> ClickError:
        ffi, lib = self._engine.ffi, self._engine.lib
        text = ffi.string(error[0]).decode("utf-8", "replace") if error[0] != ffi.NULL else "unknown error"
        lib.mimi_click_free(error[0])
        return ClickError(Problem(message, place=self._name, found=text))


def _load_engine() -> Any:
    try:
        if "MIMI_BIN_DIR" in os.environ:  # the binding takes a library of this name that is there already
            ctypes.CDLL(str(library_path()), mode=ctypes.RTLD_GLOBAL)
        from mimi.click import _capi
    except (ImportError, OSError) as error:
        hint = "run `make build` in the checkout, or install the wheel again"
        raise MissingError(Problem("the engine has not been built", found=str(error), hint=hint)) from error
    return _capi
