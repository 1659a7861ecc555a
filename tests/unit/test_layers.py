# SPDX-License-Identifier: Apache-2.0
"""Lower layers never import higher ones; the contract is in ``pyproject.toml``."""

from __future__ import annotations

import subprocess
import sys

from command import ROOT


def test_the_layers_hold() -> None:
    argv = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    done = subprocess.run(
        argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout
