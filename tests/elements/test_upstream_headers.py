# SPDX-License-Identifier: Apache-2.0
"""MiMi's elements are plain Click elements: they compile, as C++11, against the headers of an upstream Click."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ELEMENTS = Path(__file__).parents[2] / "elements"
SOURCES = sorted(ELEMENTS.glob("*.cc"))


@pytest.mark.stock_click
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_compiles_against_upstream_headers(source: Path, tmp_path: Path) -> None:
    click = os.environ.get("CLICK_SRC", "")
    if not click:
        pytest.skip("no upstream Click: set CLICK_SRC to a configured checkout")
    include = Path(click) / "include"
    if not (include / "click" / "config.h").exists():
        pytest.skip(f"{click} is not configured: run ./configure --disable-linuxmodule there")
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    # Of our headers only those that depend on nothing of Click, as `mimi build --engine` shows them to a package.
    shutil.copytree(ELEMENTS.parent / "runtime/include/mimi", tmp_path / "mimi")
    command = [
        compiler,
        "-std=c++11",
        "-fsyntax-only",
        "-Wall",
        "-Wextra",
        "-isystem",
        str(include),
        f"-I{tmp_path}",
        "-DHAVE_CONFIG_H",
        "-DCLICK_USERLEVEL",
    ]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
