# SPDX-License-Identifier: Apache-2.0
"""C++ programs that test parts of the elements by themselves: built once a module, by the compiler that is there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKED = ("-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
THREADED = ("-fsanitize=thread", "-pthread")
_FLAGS = ("-std=c++11", "-g", "-Wall", "-Wextra", "-I.", "-Iruntime/include", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL")


def build(directory: Path, sources: Sequence[str], *flags: str) -> Path:
    """The program made of ``sources``, as ``elements/`` are compiled for other Clicks. Skips the test without a compiler."""
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    program = directory / "program"
    optimised = () if any(flag.startswith("-O") for flag in flags) else ("-O1",)
    command = [compiler, *_FLAGS, *optimised, *flags, *sources, "-o", str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


def build_threaded(directory: Path, sources: Sequence[str]) -> Path:
    """The same, watched by ThreadSanitizer: its library may be missing, or the kernel's memory layout may not suit it."""
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    source, empty = directory / "empty.cc", directory / "empty"
    source.write_text("int main() {}\n")
    built = subprocess.run([compiler, "-fsanitize=thread", source, "-o", empty], capture_output=True, check=False)
    if built.returncode != 0 or subprocess.run([empty], capture_output=True, check=False).returncode != 0:
        pytest.skip("g++ cannot build and run programs with -fsanitize=thread here")
    return build(directory, sources, *THREADED)
