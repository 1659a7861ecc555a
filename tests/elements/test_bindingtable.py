# SPDX-License-Identifier: Apache-2.0
"""The binding table against a naive one, in C++, where time can jump. See bindingtable_check.cc."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ["tests/elements/bindingtable_check.cc", "elements/bindingtable.cc", "elements/flowbinding.cc"]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    program = tmp_path_factory.mktemp("bindingtable") / "check"
    flags = ["-std=c++11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    include = ["-I.", "-Iruntime/include", "-pthread", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL"]
    done = subprocess.run([compiler, *flags, *include, *SOURCES, "-o", str(program)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


@pytest.mark.parametrize("seed", range(1, 9))
def test_agrees_with_the_naive_table(check: Path, seed: int) -> None:
    done = subprocess.run([check, str(seed), "40000"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
