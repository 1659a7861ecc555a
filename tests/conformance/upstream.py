# SPDX-License-Identifier: Apache-2.0
"""What is read from a checkout of upstream Click: its tests, its element sources, its elements for tests."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
INCLUDE: Final = ROOT / "runtime" / "include"
sys.path.insert(0, str(ROOT))  # the scan of exported elements is the package's own

from mimi.build.scan import ScanError, package_main, scan_file  # noqa: E402

FLAGS: Final = ("-std=c++20", "-w", "-fPIC", "-pthread", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL")
ELEMENT_DIRECTORIES: Final = ("analysis", "app", "aqm", "ethernet", "icmp", "ip", "standard", "tcpudp", "threads")
JOBS: Final = 2


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of one source: the object file, or the compiler's words."""

    source: Path
    target: Path | None
    words: str = ""


def checkout(argument: str) -> Path | None:
    """The checkout that ``CLICK_SRC`` names, or None with a line that says what is missing."""
    if not argument:
        print("skipped: no upstream Click. Set CLICK_SRC to a checkout of it, outside this repository.")
        return None
    path = Path(argument).expanduser().resolve()
    if not (path / "elements").is_dir() or not (path / "test" / "clicktest").is_file():
        print(f"skipped: {path} is no checkout of Click: it has no elements/ or no test/clicktest.")
        return None
    return path


def tests(click_source: Path) -> dict[str, Path]:
    """Every test of the suite by its name, ``directory/name``."""
    suite = click_source / "test"
    found = sorted(suite.rglob("*.clicktest"))
    return {path.relative_to(suite).with_suffix("").as_posix(): path for path in found}


def element_sources(click_source: Path) -> dict[str, Path]:
    """The element sources that are counted, by ``directory/file.cc``."""
    elements = click_source / "elements"
    found = [path for directory in ELEMENT_DIRECTORIES for path in sorted((elements / directory).glob("*.cc"))]
    return {path.relative_to(elements).as_posix(): path for path in found}


def compiler(click_source: Path, *, our_elements: bool) -> list[str]:
    """The compiler with our headers; of the checkout only what elements include from each other is seen.

    What will run here must go with the classes of our elements, where there are such; what is only compiled is checked with its own.
    """
    ours = [f"-I{ROOT / 'runtime'}"] if our_elements else []
    includes = [f"-I{INCLUDE}", *ours, f"-I{click_source}"]
    return [*shlex.split(os.environ.get("CXX", "g++")), *FLAGS, *includes]


def run_compiler(command: list[str], source: Path, target: Path | None) -> Compiled:
    """One run of the compiler."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return Compiled(source, target if done.returncode == 0 else None, "" if done.returncode == 0 else done.stderr)


def headers_digest() -> bytes:
    """Changes whenever one of our headers does."""
    digest = hashlib.sha256()
    for header in sorted([*INCLUDE.rglob("*.h"), *INCLUDE.rglob("*.hh"), *(ROOT / "runtime" / "elements").rglob("*.hh")]):
        digest.update(header.read_bytes())
    return digest.digest()


def build_test_elements(click_source: Path, output: Path, known: set[str]) -> tuple[list[Path], list[Compiled]]:
    """Compile the checkout's ``elements/test`` against our headers into a package; elements that we have already are left out.

    Returns the package (no file when nothing compiled) and what did not compile.
    """
    output.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for source in sorted((click_source / "elements" / "test").glob("*.cc")):
        try:
            exported = scan_file(source)
        except ScanError:
            continue
        if exported and not any(element.name in known for element in exported):
            wanted[source] = exported
    headers = headers_digest()

    def compile_one(source: Path) -> Compiled:
        command = [*compiler(click_source, our_elements=True), "-O0", "-g", "-c", str(source)]
        stamp = hashlib.sha256(headers + source.read_bytes() + source.with_suffix(".hh").read_bytes() + repr(command).encode()).hexdigest()
        target = output / f"{source.stem}-{stamp[:16]}.o"
        if target.is_file():
            return Compiled(source, target)
        for stale in output.glob(f"{source.stem}-*.o"):
            stale.unlink()
        return run_compiler([*command, "-o", str(target)], source, target)

    with ThreadPoolExecutor(JOBS) as pool:
        results = list(pool.map(compile_one, wanted))
    failed = [result for result in results if result.target is None]
    objects = [result.target for result in results if result.target is not None]
    if not objects:
        return [], failed
    elements = [element for result in results if result.target is not None for element in wanted[result.source]]
    main = output / "main.cc"
    main.write_text(package_main(elements, click_source, "upstreamtests"), encoding="utf-8")
    package = output / "upstreamtests.uo"
    command = [*compiler(click_source, our_elements=True), "-O0", "-shared", "-o", str(package), str(main), *map(str, objects)]
    linked = run_compiler(command, main, package)
    return ([package] if linked.target else []), failed if linked.target else [*failed, linked]
