# SPDX-License-Identifier: Apache-2.0
"""TCP as a firewall sees it: two hosts, a network that loses and reorders, and forgeries. See tcptrack_check.cc."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ["tests/elements/tcptrack_check.cc", "elements/tcptrack.cc"]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    program = tmp_path_factory.mktemp("tcptrack") / "check"
    flags = ["-std=c++11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    include = ["-I.", "-Iruntime/include", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL"]
    done = subprocess.run([compiler, *flags, *include, *SOURCES, "-o", str(program)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


@pytest.mark.parametrize("seed", range(1, 13))
def test_what_hosts_send_goes_through_and_forgeries_do_not(check: Path, seed: int) -> None:
    done = subprocess.run([check, str(seed), "2000"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
