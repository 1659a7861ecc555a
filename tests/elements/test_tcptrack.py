# SPDX-License-Identifier: Apache-2.0
"""TCP as a firewall sees it: two hosts, a network that loses and reorders, and forgeries. See tcptrack_check.cc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.elements.compiled import CHECKED, build

SOURCES = ["tests/elements/tcptrack_check.cc", "elements/tcptrack.cc"]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("tcptrack"), SOURCES, *CHECKED)


@pytest.mark.parametrize("seed", range(1, 13))
def test_what_hosts_send_goes_through_and_forgeries_do_not(check: Path, seed: int) -> None:
    done = subprocess.run([check, str(seed), "2000"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
