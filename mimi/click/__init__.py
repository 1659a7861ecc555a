# SPDX-License-Identifier: Apache-2.0
"""The embedded Click engine: routers in this process, the ``mimi-click`` program, and control sockets.

Importing this package is cheap: the engine itself is loaded when :class:`Router` is first used.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimi.errors import MissingError, Problem

if TYPE_CHECKING:
    from mimi.click.router import Offload, Packet, Router

__all__ = ["Offload", "Packet", "Router", "binary_path", "library_path"]

_PACKAGE = Path(__file__).resolve().parent.parent


def binary_path() -> Path:
    """The ``mimi-click`` program: the one in the package, else the one built in the checkout.

    ``MIMI_BIN_DIR`` names another directory to take it, and the library, from: an instrumented build, say.
    """
    return _built("mimi-click")


def library_path() -> Path:
    """``libmimiclick.so``, found like :func:`binary_path`."""
    return _built("libmimiclick.so")


def _built(name: str) -> Path:
    chosen = os.environ.get("MIMI_BIN_DIR")
    candidates = [Path(chosen).resolve() / name] if chosen else [_PACKAGE / "_bin" / name, _PACKAGE.parent / "build" / name]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if chosen:
        raise MissingError(Problem(f"no {name} there", place=chosen, hint="MIMI_BIN_DIR names the directory of a build"))
    raise MissingError(Problem(f"{name} has not been built", place=str(_PACKAGE), hint="run `make build` in the checkout"))


def __getattr__(name: str) -> Any:
    if name in {"Router", "Packet", "Offload"}:
        from mimi.click import router

        return getattr(router, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
