# SPDX-License-Identifier: Apache-2.0
"""The reference page of elements says what the headers say."""

from __future__ import annotations

from mimi.build.reference import ROOT, blocks, reference

HEADER = """// =Element Sieve(N [, KEYWORDS])
// =Summary drops every N-th packet
// =Source none
//
// More for readers of the code.
class Sieve {};
"""


def test_a_block_ends_before_the_prose() -> None:
    (block,) = blocks(HEADER)
    assert (block.name, block.summary) == ("Sieve", "drops every N-th packet")
    assert block.text.splitlines() == ["Element Sieve(N [, KEYWORDS])", "Summary drops every N-th packet", "Source none"]


def test_the_page_is_fresh() -> None:
    assert (ROOT / "docs" / "elements.md").read_text() == reference(), "stale: python -m mimi.build.reference > docs/elements.md"


def test_the_balancer_documents_its_handlers() -> None:
    (block,) = blocks((ROOT / "elements" / "minionlb.hh").read_text())
    assert all(f"{handler} " in block.text for handler in ("import", "export", "remove", "clear", "count", "digest", "lookup", "stats"))
