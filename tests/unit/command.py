# SPDX-License-Identifier: Apache-2.0
"""Runs the command ``mimi`` as a user does: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
GOLDEN = ROOT / "tests/golden/pairing"


def run_mimi(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished process; its output is text."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **environment}
    argv = [sys.executable, "-m", "mimi.cli.main", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, env=env, timeout=120, stdin=subprocess.DEVNULL, check=False)
