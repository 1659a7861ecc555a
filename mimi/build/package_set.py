# SPDX-License-Identifier: Apache-2.0
"""Several packages for one engine, with a digest of everything they are made of: equal digests need no new build."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mimi.build.package import build_package
from mimi.build.toolchain import Toolchain

_PRODUCTS: Final = frozenset({".uo", ".o", ".so", ".pyc"})


@dataclass(frozen=True, slots=True)
class PackageSet:
    """What to build: ``sources`` are names and directories, ``toolchain`` is that of the engine."""

    toolchain: Toolchain
    sources: tuple[tuple[str, Path], ...]

    def digest(self) -> str:
        """Short hash of sources, headers, flags and the engine's program."""
        chain = self.toolchain
        whole = hashlib.sha256()
        facts: list[object] = [chain.engine, chain.cxx, chain.cc, chain.cxxflags, chain.ccflags, chain.ldflags, chain.includes]
        if chain.loader is not None:
            program = chain.loader.stat()
            facts += [chain.loader, program.st_size, program.st_mtime_ns]
        whole.update(repr(facts).encode())
        headers = chain.mimi_headers / "mimi" if chain.mimi_headers is not None else chain.includes[0]
        for title, directory in (*self.sources, ("headers", headers)):
            whole.update(f"\0{title}\0".encode())
            for path in _files(directory):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                whole.update(f"{path.relative_to(directory)}\0{content}\0".encode())
        return whole.hexdigest()[:16]

    def build(self, output: Path, progress: Callable[[str], None] = lambda _line: None) -> tuple[Path, ...]:
        """Build those that ``output`` does not hold yet; raises BuildError. For directories named by a digest."""
        targets = []
        for title, directory in self.sources:
            target = output / f"{title}.uo"
            if not target.is_file():
                progress(f"building package {title} for the engine {self.toolchain.engine}")
                build_package(directory, title, output, toolchain=self.toolchain)
            targets.append(target)
        return tuple(targets)


def _files(directory: Path) -> Iterator[Path]:
    yield from sorted(path for path in directory.rglob("*") if path.is_file() and path.suffix not in _PRODUCTS)
