# SPDX-License-Identifier: Apache-2.0
"""The controller against two real Open vSwitch bridges (userspace datapath), one namespace world per scene."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fabric.ovs_scene import SCENES

pytestmark = [pytest.mark.root, pytest.mark.ovs, pytest.mark.redis, pytest.mark.slow]


@pytest.mark.parametrize("scene", SCENES)
def test_scene(scene: str) -> None:
    world = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    argv = [*world, sys.executable, "-m", "tests.fabric.ovs_scene", scene]
    done = subprocess.run(argv, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
