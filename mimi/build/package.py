# SPDX-License-Identifier: Apache-2.0
"""Compile a directory of elements into a package that the embedded engine loads."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from mimi.build.scan import ScanError, package_main, scan, sources
from mimi.errors import BuildError, MissingError, Problem

FLAGS: Final = ("-std=c++20", "-O2", "-g", "-fPIC", "-pthread", "-Wall", "-Wno-format", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PACKAGE: Final = Path(__file__).resolve().parent.parent


def include_directory() -> Path:
    """Where ``click/element.hh`` and its like are: in the package, or beside it in a checkout."""
    for candidate in (_PACKAGE / "_include", _PACKAGE.parent / "runtime" / "include"):
        if (candidate / "click" / "element.hh").is_file():
            return candidate
    raise MissingError(Problem("the engine's headers are missing", place=str(_PACKAGE), hint="install the wheel again"))


def build_package(directory: Path, name: str, output: Path, *, flags: Iterable[str] = ()) -> Path:
    """Compile every ``.cc`` file below ``directory`` into ``output/NAME.uo`` and return that path.

    The package is loaded by ``require(package NAME)`` when CLICKPATH has ``output``. ``flags`` are added to the compiler's;
    ``CXX`` and ``CXXFLAGS`` of the environment count. Raises :class:`mimi.errors.BuildError` with the compiler's words.
    """
    if not _NAME.fullmatch(name):
        raise BuildError(Problem("a package's name is letters, digits, '_' and '-'", found=repr(name)))
    directory = directory.resolve()
    files = sources([directory])
    if not files:
        raise BuildError(Problem("no .cc files", place=str(directory), expected="the sources of elements"))
    try:
        elements = scan(files)
    except ScanError as error:
        raise BuildError(Problem("an exported class has no header", place=str(directory), found=str(error))) from error
    if not elements:
        hint = "every element's .cc file ends with EXPORT_ELEMENT(Class)"
        raise BuildError(Problem("no element is exported", place=str(directory), hint=hint))

    compiler = shlex.split(os.environ.get("CXX", "g++"))
    extra = [*shlex.split(os.environ.get("CXXFLAGS", "")), *flags]
    includes = [f"-I{include_directory()}", f"-I{directory}", f"-I{directory.parent}"]
    with tempfile.TemporaryDirectory(prefix="mimi-package-") as scratch:
        generated = Path(scratch) / f"{name}_package.cc"
        generated.write_text(package_main(elements, directory, name), encoding="utf-8")
        units = [*files, generated]
        objects = [Path(scratch) / f"{index}.o" for index in range(len(units))]

        def compile_one(unit: Path, target: Path) -> Problem | None:
            return _run([*compiler, *FLAGS, *includes, *extra, "-c", "-o", str(target), str(unit)], unit)

        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            problems = [problem for problem in pool.map(compile_one, units, objects) if problem]
        if problems:
            raise BuildError(*problems)
        output.mkdir(parents=True, exist_ok=True)
        target = output / f"{name}.uo"
        fresh = Path(scratch) / target.name
        problem = _run([*compiler, "-shared", "-pthread", *extra, "-o", str(fresh), *map(str, objects)], target)
        if problem:
            raise BuildError(problem)
        _install(fresh, target)
    return target


def _run(command: list[str], about: Path) -> Problem | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError as error:
        hint = "install g++, or set CXX"
        raise MissingError(Problem("no C++ compiler", found=command[0], hint=hint)) from error
    if done.returncode == 0:
        return None
    return Problem("the compiler refused it", place=str(about), found=done.stderr.strip())


def _install(fresh: Path, target: Path) -> None:
    """A process may have the old file mapped: it keeps it, and the name gets the new one."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.write_bytes(fresh.read_bytes())
    beside.replace(target)
