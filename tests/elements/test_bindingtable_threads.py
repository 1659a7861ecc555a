# SPDX-License-Identifier: Apache-2.0
"""The binding table under ThreadSanitizer: readers, an importer and an expirer at once. See bindingtable_stress.cc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.elements.compiled import build_threaded

SOURCES = ["tests/elements/bindingtable_stress.cc", "elements/bindingtable.cc", "elements/flowbinding.cc", "elements/addresstext.cc"]


@pytest.fixture(scope="module")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_threaded(tmp_path_factory.mktemp("bindingtable"), SOURCES)


@pytest.mark.parametrize("family", ["4", "6"])
@pytest.mark.parametrize("readers", [1, 3])
def test_readers_importer_and_expirer_agree_without_a_data_race(stress: Path, readers: int, family: str) -> None:
    done = subprocess.run([stress, str(readers), "2000", family], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
