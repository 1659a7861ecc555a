# SPDX-License-Identifier: Apache-2.0
"""Backends that change under the hands of packets, watched by ThreadSanitizer. See backendpool_stress.cc."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.elements.test_bindingtable_threads import FLAGS, ROOT, has_thread_sanitizer

PARTS = ["backendpool", "chooser", "chooserhash", "chooserleast", "chooserturns", "flowbinding", "maglevtable", "vipspec"]
SOURCES = ["tests/elements/backendpool_stress.cc", *(f"elements/{part}.cc" for part in PARTS)]


@pytest.fixture(scope="module")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    directory = tmp_path_factory.mktemp("backendpool")
    if not has_thread_sanitizer(compiler, directory):
        pytest.skip("g++ cannot build and run programs with -fsanitize=thread here")
    program = directory / "stress"
    include = ["-I.", "-Iruntime/include", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL"]
    done = subprocess.run([compiler, *FLAGS, *include, *SOURCES, "-o", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


def test_backends_change_without_a_data_race(stress: Path) -> None:
    done = subprocess.run([stress, "2", "40"], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
