# SPDX-License-Identifier: Apache-2.0
"""What shell completion offers beyond commands and options: the names of deployed pairings."""

from __future__ import annotations

from mimi.run_directory import deployed_names


def deployed(incomplete: str) -> list[str]:
    """Names of deployments that start with ``incomplete``; for ``typer.Argument(autocompletion=deployed)``."""
    return [name for name in deployed_names() if name.startswith(incomplete)]
