# SPDX-License-Identifier: Apache-2.0
"""``mimi schema``."""

from __future__ import annotations

from command import CONFIGS, run_mimi


def test_prints_the_committed_schema() -> None:
    done = run_mimi("schema")
    assert done.returncode == 0
    assert done.stdout == (CONFIGS / "pairing.schema.json").read_text()
    assert run_mimi("schema", "--json").stdout == done.stdout
