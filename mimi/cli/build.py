# SPDX-License-Identifier: Apache-2.0
"""``mimi build``: compile elements into packages for an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mimi.build.toolchain import Engine, Toolchain
from mimi.cli.output import JsonFlag, emit
from mimi.pairing import MIMI_PACKAGE, Pairing, package_name


@dataclass(frozen=True, slots=True)
class Package:
    """One package that was built; ``require(package NAME)`` loads it when CLICKPATH has the output's directory."""

    name: str
    engine: str
    sources: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Built:
    """What ``mimi build --json`` prints. ``program`` is the engine that loads them: it has loaded each once."""

    schema: int
    program: Path
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be built, for which engine."""

    engine: Engine
    prefix: Path | None
    sources: tuple[tuple[str, Path], ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(build)


def build(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE|DIR]",
            help="Directory of elements (default: this one; MiMi's own for another engine), or a pairing file.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the package, default: the directory's.", show_default=False)] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where NAME.uo goes, default: beside the sources.", show_default=False),
    ] = None,
    engine: Annotated[
        Engine | None,
        typer.Option("--engine", help="Engine the package is for, default: embedded, or the pairing's.", show_default=False),
    ] = None,
    prefix: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where Click or FastClick is installed, default: that of `click` on PATH.", show_default=False),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Compile elements into packages: your own, or MiMi's for an installed Click or FastClick.

    A package is NAME.uo; a configuration loads it with require(package NAME) when CLICKPATH has its directory.
    """
    from mimi.build import build_package

    job = _job(path, engine, prefix, name)
    if name is not None and len(job.sources) != 1:
        raise typer.BadParameter(f"one name for {len(job.sources)} packages", param_hint="--name")
    chain = make_toolchain(job.engine, job.prefix)
    packages = []
    for title, directory in job.sources:
        beside = Path() if title == MIMI_PACKAGE else directory
        target = build_package(directory, title, output or beside, toolchain=chain)
        packages.append(Package(title, job.engine, directory, target))
    built = Built(1, chain.loader or Path(), tuple(packages))
    emit(built, json, lambda: "\n".join(f"{p.output}: require(package {p.name})" for p in packages) or "no packages to build")


def _job(path: Path | None, engine: Engine | None, prefix: Path | None, name: str | None) -> Job:
    from mimi.build import elements_directory

    if path is not None and not path.is_dir():
        return _of_pairing(path, engine, prefix, name)
    wanted = engine or "embedded"
    if wanted == "embedded" and prefix is not None:
        raise typer.BadParameter("only --engine click and --engine fastclick have one", param_hint="--prefix")
    if path is None and wanted != "embedded":
        return Job(wanted, prefix, ((name or MIMI_PACKAGE, elements_directory()),))
    directory = path or Path()
    title = name or package_name(str(directory.resolve()))
    return Job(wanted, prefix, ((title, directory),))


def _of_pairing(file: Path, engine: Engine | None, prefix: Path | None, name: str | None) -> Job:
    """The packages a pairing needs, for its engine or for another one."""
    from mimi.pairing import load_pairing

    pairing = load_pairing(file)
    minion = pairing.minion
    if engine is not None and engine != minion.engine:
        minion = minion.model_copy(update={"engine": engine, "prefix": None})
    sources = package_sources(pairing.model_copy(update={"minion": minion}), file.parent)
    home = None if minion.prefix is None else Path(minion.prefix)
    return Job(minion.engine, prefix or home, tuple((name or title, directory) for title, directory in sources))


def package_sources(pairing: Pairing, base: Path) -> tuple[tuple[str, Path], ...]:
    """Name and directory of everything the pairing's minion must load; relative ones are relative to ``base``."""
    from mimi.build import elements_directory
    from mimi.pairing import package_directories

    own = () if pairing.minion.engine == "embedded" else ((MIMI_PACKAGE, elements_directory()),)
    return (*own, *package_directories(pairing, base))


def make_toolchain(engine: Engine, prefix: Path | None) -> Toolchain:
    """The toolchain of an engine; MissingError when it is not there."""
    from mimi.build import embedded, find_installation
    from mimi.click import binary_path

    return embedded(binary_path()) if engine == "embedded" else find_installation(engine, prefix).toolchain()
