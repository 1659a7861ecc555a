# SPDX-License-Identifier: Apache-2.0
"""The reference page of elements says what the headers say."""

from __future__ import annotations

import re

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


def test_a_manual_page_is_a_block_too() -> None:
    header = "/*\n=c\nSieve(N)\n\n=s basics\nDrops every N-th packet\n\n=d\n=item N. Integer.\n=h count read-only\n*/\nclass Sieve {};\n"
    (block,) = blocks(header)
    assert (block.name, block.summary) == ("Sieve", "drops every N-th packet")
    assert block.text.splitlines() == ["Element Sieve(N)", "Summary Drops every N-th packet", "  N. Integer.", "Handler count read-only"]


def test_every_element_is_on_the_page() -> None:
    page = reference()
    headers = [header for room in ("elements", "runtime/elements") for header in (ROOT / room).rglob("*.hh")]
    sources = [source for room in ("elements", "runtime/elements") for source in (ROOT / room).rglob("*.cc")]
    exported = {name for source in sources for name in re.findall(r"^EXPORT_ELEMENT\((\w+)\)", source.read_text(), re.MULTILINE)}
    names = dict(
        pair
        for header in headers
        for pair in re.findall(
            r"class (\w+)[^;{]*\{(?:(?!\nclass ).)*?class_name\(\)[^{]*\{ return \"(\w+)\"", header.read_text(), re.DOTALL
        )
    )
    assert len(exported) > 100
    missing = sorted(cls for cls in exported if f"### {names.get(cls, cls)}\n" not in page)
    assert not missing
