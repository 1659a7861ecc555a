# SPDX-License-Identifier: Apache-2.0
"""Backends that change under the hands of packets, watched by ThreadSanitizer. See backendpool_stress.cc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.elements.compiled import build_threaded

PARTS = ["addresstext", "backendpool", "chooser", "chooserhash", "chooserleast", "chooserturns", "flowbinding", "maglevtable", "vipspec"]
SOURCES = ["tests/elements/backendpool_stress.cc", *(f"elements/{part}.cc" for part in PARTS)]


@pytest.fixture(scope="module")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_threaded(tmp_path_factory.mktemp("backendpool"), SOURCES)


def test_backends_change_without_a_data_race(stress: Path) -> None:
    done = subprocess.run([stress, "2", "40"], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
