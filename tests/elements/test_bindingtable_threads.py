# SPDX-License-Identifier: Apache-2.0
"""The binding table under ThreadSanitizer: readers, an importer and an expirer at once. See bindingtable_stress.cc."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ["tests/elements/bindingtable_stress.cc", "elements/bindingtable.cc", "elements/flowbinding.cc"]
FLAGS = ["-std=c++11", "-O1", "-g", "-Wall", "-Wextra", "-fsanitize=thread", "-pthread"]


def has_thread_sanitizer(compiler: str, directory: Path) -> bool:
    """Builds and runs the smallest program: the library may be missing, or the kernel's memory layout may not suit it."""
    source = directory / "empty.cc"
    source.write_text("int main() {}\n")
    built = subprocess.run([compiler, "-fsanitize=thread", source, "-o", directory / "empty"], capture_output=True, check=False)
    return built.returncode == 0 and subprocess.run([directory / "empty"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    directory = tmp_path_factory.mktemp("bindingtable")
    if not has_thread_sanitizer(compiler, directory):
        pytest.skip("g++ cannot build and run programs with -fsanitize=thread here")
    program = directory / "stress"
    include = ["-I.", "-Iruntime/include", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL"]
    done = subprocess.run([compiler, *FLAGS, *include, *SOURCES, "-o", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


@pytest.mark.parametrize("readers", [1, 3])
def test_readers_importer_and_expirer_agree_without_a_data_race(stress: Path, readers: int) -> None:
    done = subprocess.run([stress, str(readers), "2000"], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
