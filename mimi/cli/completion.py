# SPDX-License-Identifier: Apache-2.0
"""What shell completion offers beyond options: the names of deployed pairings."""

from __future__ import annotations

import os
from pathlib import Path


def deployed_names(incomplete: str = "") -> list[str]:
    """Names of the deployments in the run directory that start with ``incomplete``; for ``autocompletion=``."""
    root = Path(os.environ.get("MIMI_RUN_DIR") or "/run/mimi")
    try:
        return sorted(entry.name for entry in root.iterdir() if entry.name.startswith(incomplete) and (entry / "deployment.json").exists())
    except OSError:
        return []
