# SPDX-License-Identifier: Apache-2.0
"""The binding table against a naive one, in C++, where time can jump. See bindingtable_check.cc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.elements.compiled import CHECKED, build

SOURCES = ["tests/elements/bindingtable_check.cc", "elements/bindingtable.cc", "elements/flowbinding.cc", "elements/addresstext.cc"]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("bindingtable"), SOURCES, *CHECKED, "-pthread")


@pytest.mark.parametrize("family", ["4", "6"])
@pytest.mark.parametrize("seed", range(1, 9))
def test_agrees_with_the_naive_table(check: Path, seed: int, family: str) -> None:
    done = subprocess.run([check, str(seed), "40000", family], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
