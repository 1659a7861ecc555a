# SPDX-License-Identifier: Apache-2.0
"""Nothing is left behind: valgrind watches whole runs."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from mimi.click import binary_path

CONFIGS = {
    "packets": "i :: InfiniteSource(LIMIT 2000, STOP true) -> c :: Counter -> Queue(10) -> Unqueue -> Discard",
    "script": "Script(set x $(add 1 2), print $x, write stop); Idle -> Discard; DriverManager(pause, print list, stop)",
    "compound": "elementclass X { $n | input -> Counter -> Null -> output } i :: InfiniteSource(LIMIT 3, STOP true) -> X(2) -> Discard",
    "refused": "i :: InfiniteSource(LIMIT x) -> Nonsense -> [7] Discard",
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind on PATH")
@pytest.mark.parametrize("name", CONFIGS)
def test_no_leaks_and_no_bad_reads(name: str) -> None:
    watched = ["valgrind", "-q", "--leak-check=full", "--error-exitcode=99", str(binary_path()), "-e", CONFIGS[name], "-h", "list"]
    done = subprocess.run(watched, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == (1 if name == "refused" else 0), done.stderr
