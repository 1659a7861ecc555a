# SPDX-License-Identifier: Apache-2.0
"""How packages are compiled for one engine: compiler, flags, headers, and the program that will load them."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from mimi.errors import MissingError, Problem

Engine = Literal["embedded", "click", "fastclick"]

COMMON: Final = ("-g", "-fPIC", "-pthread", "-Wall", "-Wno-format", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL")
FEATURES: Final = frozenset({"userlevel", "int64", "batch", "multithread", "umultithread"})
"""What the embedded engine answers ``ELEMENT_REQUIRES`` with."""

_PACKAGE: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Everything a build needs to know of the engine it builds for.

    ``includes`` are directories of headers, ``mimi_headers`` the one whose ``mimi/`` alone is shown to the compiler (the
    ``click/`` beside it belongs to another engine), ``loader`` the program that tries the finished package.
    """

    engine: Engine
    cxx: tuple[str, ...]
    cc: tuple[str, ...]
    cxxflags: tuple[str, ...]
    ccflags: tuple[str, ...]
    ldflags: tuple[str, ...]
    includes: tuple[Path, ...]
    mimi_headers: Path | None
    features: frozenset[str]
    loader: Path | None

    def with_flags(self, flags: tuple[str, ...]) -> Toolchain:
        """The same with more flags for the compilers and the linker."""
        return replace(self, cxxflags=self.cxxflags + flags, ccflags=self.ccflags + flags, ldflags=self.ldflags + flags)


def include_directory() -> Path:
    """Where ``click/element.hh`` and its like are: in the package, or beside it in a checkout."""
    return _shipped("_include", "runtime/include", "click/element.hh", "the engine's headers are missing")


def elements_directory() -> Path:
    """Where the sources of MiMi's own elements are: in the package, or beside it in a checkout."""
    return _shipped("_elements", "elements", "minionlb.cc", "the sources of MiMi's elements are missing")


def _shipped(installed: str, checkout: str, witness: str, message: str) -> Path:
    for candidate in (_PACKAGE / installed, _PACKAGE.parent / checkout):
        if (candidate / witness).is_file():
            return candidate
    raise MissingError(Problem(message, place=str(_PACKAGE), hint="install the wheel again"))


def program(variable: str, default: str) -> tuple[str, ...]:
    """A compiler with its words, from the environment or the default."""
    return tuple(shlex.split(os.environ.get(variable) or default))


def flags_of(variable: str) -> tuple[str, ...]:
    """More flags, from the environment."""
    return tuple(shlex.split(os.environ.get(variable, "")))


def embedded(loader: Path | None = None) -> Toolchain:
    """The toolchain of the engine that comes with MiMi; ``loader`` is its program."""
    return Toolchain(
        engine="embedded",
        cxx=program("CXX", "g++"),
        cc=program("CC", "gcc"),
        cxxflags=("-std=c++20", "-O2", *COMMON, *flags_of("CXXFLAGS")),
        ccflags=("-O2", *COMMON, *flags_of("CFLAGS")),
        ldflags=("-shared", "-pthread", *flags_of("CXXFLAGS")),
        includes=(include_directory(),),
        mimi_headers=None,
        features=FEATURES,
        loader=loader,
    )
