# SPDX-License-Identifier: Apache-2.0
"""The reference page says what the model says."""

from __future__ import annotations

from pathlib import Path

from mimi.pairing.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "pairing.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == reference(), "stale: python -m mimi.pairing.reference > docs/pairing.md"


def test_every_part_has_a_section_and_every_key_a_meaning() -> None:
    text = reference()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {"## Pairing", "## Vip", "## Backend", "## Minion"} <= set(text.splitlines())
    assert len(rows) > 40
    assert [row for row in rows if not row.rsplit("|", 2)[1].strip() and "](#" not in row] == []
