# SPDX-License-Identifier: Apache-2.0
"""The packages of elements a pairing's minion loads, and their names."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Final

from mimi.errors import BuildError, Problem
from mimi.pairing.model import Minion, Pairing

MIMI_PACKAGE: Final = "mimi"
"""The package of MiMi's own elements; the embedded engine has it built in."""


def package_name(directory: str) -> str:
    """The last component of a directory's path as the name of a package; empty when it has none (``.``, ``..``, ``/``)."""
    last = PurePath(directory).name
    if last in ("", ".."):
        return ""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", last)
    return name if re.match(r"[A-Za-z_]", name) else f"p{name}"


def package_names(minion: Minion) -> tuple[str, ...]:
    """What the minion's configuration requires, in order: MiMi's own package first."""
    return (MIMI_PACKAGE, *(package_name(directory) for directory in minion.packages))


def package_directories(pairing: Pairing, base: Path) -> tuple[tuple[str, Path], ...]:
    """Name and place of every package of the user; relative ones are relative to ``base``, the pairing file's directory.

    Raises:
        BuildError: some are not there.
    """
    found = [(package_name(package), base / package) for package in pairing.minion.packages]
    hint = "paths are relative to the pairing file"
    missing = [
        Problem("no such directory", pairing.name, f"minion.packages[{i}]", found=str(directory), hint=hint)
        for i, (_, directory) in enumerate(found)
        if not directory.is_dir()
    ]
    if missing:
        raise BuildError(*missing)
    return tuple(found)
