# SPDX-License-Identifier: Apache-2.0
"""Compile a directory of elements into a package that an engine loads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from mimi.build.compiler import compile_problem
from mimi.build.headers import headers_digest
from mimi.build.scan import Exported, ScanError, buildable, c_sources, libraries, package_main, scan, sources, unexported
from mimi.build.toolchain import Toolchain, embedded
from mimi.errors import BuildError, MissingError, Problem

TIMEOUT_S: Final = 60.0
"""Longest that trying a finished package may take."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def build_package(
    directory: Path, name: str, output: Path, *, flags: Iterable[str] = (), toolchain: Toolchain | None = None
) -> Path:
    """Compile every ``.cc`` and ``.c`` file below ``directory`` into ``output/NAME.uo`` and return that path.

    The package is loaded by ``require(package NAME)`` when CLICKPATH has ``output``; ``toolchain`` says for which engine
    it is, the embedded one when absent. ``flags`` are added to the compiler's; ``CXX`` (for the embedded engine) and
    ``CXXFLAGS`` of the environment count. A toolchain's loader has loaded the package before it gets its name.

    Raises:
        BuildError: it cannot be built, with the compiler's words; what was there before stays.
        MissingError: there is no compiler.
    """
    if not _NAME.fullmatch(name):
        raise BuildError(Problem("a package's name is letters, digits, '_' and '-'", found=repr(name)))
    chain = (toolchain or embedded()).with_flags(tuple(flags))
    directory = directory.resolve()
    files = sources([directory])
    elements = _elements(directory, files, chain)
    with tempfile.TemporaryDirectory(prefix="mimi-package-") as scratch:
        generated = Path(scratch) / f"{name}_package.cc"
        headers = headers_digest(chain.includes[0]) if chain.engine == "embedded" else ""
        generated.write_text(package_main(elements, directory, name, headers), encoding="utf-8")
        objects = _compile([generated, *buildable(files, chain.features), *c_sources([directory])], directory, chain, Path(scratch))
        fresh = Path(scratch) / f"{name}.uo"
        problem = _run([*chain.cxx, *chain.ldflags, "-o", str(fresh), *map(str, objects), *libraries(files)], output / fresh.name)
        if problem:
            raise BuildError(problem)
        if chain.loader is not None:
            _try(chain.loader, fresh, name, directory)
        output.mkdir(parents=True, exist_ok=True)
        target = output / fresh.name
        _install(fresh, target)
    return target


def _elements(directory: Path, files: list[Path], chain: Toolchain) -> list[Exported]:
    """What the package will offer; BuildError when that is nothing, unclear or ambiguous."""
    if not files:
        raise BuildError(Problem("no .cc files", place=str(directory), expected="the sources of elements"))
    try:
        elements = scan(files, chain.features)
    except ScanError as error:
        raise BuildError(Problem("an exported class has no header", place=str(directory), found=str(error))) from error
    if not elements:
        found = ", ".join(unexported(files))
        hint = f"end its .cc file with EXPORT_ELEMENT({found.partition(',')[0] or 'Class'}); ELEMENT_REQUIRES may have excluded it"
        raise BuildError(Problem("no element is exported", place=str(directory), found=found, hint=hint))
    problems = []
    by_name: dict[str, Exported] = {}
    for element in elements:
        title = element.name or element.cxx_class
        first = by_name.setdefault(title, element)
        if first is not element:
            found = f"{first.source.relative_to(directory)} and {element.source.relative_to(directory)}"
            hint = "rename one: class_name(), or EXPORT_ELEMENT(Class-OtherName)"
            problems.append(Problem(f"two elements are called {title}", str(directory), found=found, hint=hint))
    if problems:
        raise BuildError(*problems)
    return elements


def _compile(units: list[Path], directory: Path, chain: Toolchain, scratch: Path) -> list[Path]:
    includes = [f"-I{path}" for path in chain.includes]
    if chain.mimi_headers is not None and (chain.mimi_headers / "mimi").is_dir():
        shutil.copytree(chain.mimi_headers / "mimi", scratch / "include" / "mimi")
        includes.append(f"-I{scratch / 'include'}")
    includes += [f"-I{directory}", f"-I{directory.parent}"]
    objects = [scratch / f"{index}.o" for index in range(len(units))]

    def compile_one(unit: Path, target: Path) -> Problem | None:
        head = (*chain.cc, *chain.ccflags) if unit.suffix == ".c" else (*chain.cxx, *chain.cxxflags)
        return _run([*head, *includes, "-c", "-o", str(target), str(unit)], unit)

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        problems = [problem for problem in pool.map(compile_one, units, objects) if problem]
    if problems:
        raise BuildError(*problems)
    return objects


def _run(command: list[str], about: Path) -> Problem | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError as error:
        hint = "install g++, or set CXX"
        raise MissingError(Problem("no C++ compiler", found=command[0], hint=hint)) from error
    return None if done.returncode == 0 else compile_problem(done.stderr, about)


def _try(loader: Path, package: Path, name: str, directory: Path) -> None:
    """Load the package once, in a process of its own: undefined symbols and failing initialisers show now."""
    text = f"require(package {name}); Idle -> Discard;"
    try:
        done = subprocess.run(
            [str(loader), "-q", "-C", f"{package.parent}:", "-e", text],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said, failed = (done.stderr or done.stdout).strip(), done.returncode != 0
        if failed and not said:
            said = f"{loader} ended with {done.returncode}"
    except subprocess.TimeoutExpired:
        said, failed = f"{loader} did not end within {TIMEOUT_S:.0f} s", True
    if failed:
        hint = "an undefined symbol is one that no source below the directory defines: add the file or ELEMENT_LIBS((-lNAME))"
        raise BuildError(Problem("the engine does not load the package", str(directory), found=said, hint=hint))


def _install(fresh: Path, target: Path) -> None:
    """A process may have the old file mapped: it keeps it, and the name gets the new one."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.write_bytes(fresh.read_bytes())
    beside.replace(target)
