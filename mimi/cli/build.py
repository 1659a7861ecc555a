# SPDX-License-Identifier: Apache-2.0
"""``mimi build``: compile your own elements into packages for the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mimi.cli.output import JsonFlag, emit
from mimi.errors import BuildError, Problem


@dataclass(frozen=True, slots=True)
class Package:
    """One package that was built; ``require(package NAME)`` loads it when CLICKPATH has the output's directory."""

    name: str
    sources: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Built:
    """What ``mimi build --json`` prints."""

    schema: int
    packages: tuple[Package, ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(build)


def build(
    path: Annotated[
        Path, typer.Argument(metavar="[FILE|DIR]", help="Directory of elements, or a pairing file with minion.packages.")
    ] = Path(),
    name: Annotated[str | None, typer.Option("--name", help="Name of the package, default: the directory's.", show_default=False)] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where NAME.uo goes, default: beside the sources.", show_default=False),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Compile your own elements into packages for the embedded engine."""
    from mimi.build import build_package

    if path.is_dir():
        sources = [path]
    else:
        sources = list(_of_pairing(path))
        if name is not None and len(sources) != 1:
            raise typer.BadParameter(f"one name for {len(sources)} packages", param_hint="--name")
    packages = []
    for directory in sources:
        title = name or package_name(directory)
        packages.append(Package(title, directory, build_package(directory, title, output or directory)))
    emit(
        Built(1, tuple(packages)),
        json,
        lambda: "\n".join(f"{p.output}: require(package {p.name})" for p in packages) or "no packages to build",
    )


def package_name(directory: Path) -> str:
    """The directory's name as the name of a package."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", directory.resolve().name)
    return name if re.match(r"[A-Za-z_]", name) else f"p{name}"


def _of_pairing(file: Path) -> Iterator[Path]:
    """The package directories of a pairing; raises BuildError for those that are not there."""
    from mimi.pairing import load_pairing

    pairing = load_pairing(file)
    directories = [file.parent / package for package in pairing.minion.packages]
    missing = [
        Problem(
            "no such directory", str(file), f"minion.packages[{i}]", found=str(directory), hint="paths are relative to the pairing file"
        )
        for i, directory in enumerate(directories)
        if not directory.is_dir()
    ]
    if missing:
        raise BuildError(*missing)
    if directories and pairing.minion.engine != "embedded":
        found, hint = pairing.minion.engine, f"build them with the click-buildtool of your {pairing.minion.engine}"
        raise BuildError(Problem("packages are built for the embedded engine", str(file), "minion.engine", found, "embedded", hint))
    yield from directories
