# SPDX-License-Identifier: Apache-2.0
"""The reference page of elements, made from their headers: ``python -m mimi.build.reference > docs/elements.md``.

A header's documentation block runs from its ``// =Element`` line through ``// =Source``, or is a comment in the form of Click's
manual pages (``=c`` synopsis, ``=s`` summary, ``=d`` description, ``=item`` keywords, ``=h`` handlers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = {
    "elements": "MiMi's own",
    "runtime/elements/io": "Devices and files",
    "runtime/elements/offload": "Flows that the kernel forwards",
    "runtime/elements/ethernet": "Ethernet and ARP",
    "runtime/elements/ip": "IP, TCP, UDP and ICMP",
    "runtime/elements/ip6": "IPv6, ICMPv6 and neighbour discovery",
    "runtime/elements/rewriter": "Network address translation",
    "runtime/elements/standard": "Queues, schedulers, sources, sinks",
    "runtime/elements/analysis": "Traces and measurement",
    "runtime/elements/control": "Control",
    "runtime/elements/threads": "Threads",
}

_INTRODUCTION = """# Elements

What a configuration for `mimi-click` can use. Made from the headers by `python -m mimi.build.reference`.
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One element's documentation block, without the comment marks."""

    name: str
    summary: str
    text: str


def blocks(header: str) -> list[Block]:
    """Every documentation block of a header's text."""
    found: list[Block] = []
    lines: list[str] = []
    for line in [*header.splitlines(), ""]:
        if line.startswith("// =Element "):
            lines = [line]
        elif lines and line.startswith("//") and line.rstrip() != "//":
            lines.append(line)
        elif lines:
            found.append(_block([text.removeprefix("//").removeprefix(" ") for text in lines]))
            lines = []
    return found + [_manual_page(comment) for comment in re.findall(r"^/\*\n(=c\n.*?)\*/", header, re.DOTALL | re.MULTILINE)]


def _manual_page(comment: str) -> Block:
    parts = re.split(r"^=(c|s|d|a)\b", comment, flags=re.MULTILINE)
    sections = {key: text.strip() for key, text in zip(parts[1::2], parts[2::2], strict=True)}
    synopsis = sections["c"]
    summary = " ".join(sections.get("s", "").splitlines()[1:])
    body = re.sub(r"^=item ", "  ", sections.get("d", ""), flags=re.MULTILINE)
    body = re.sub(r"^=h ", "Handler ", body, flags=re.MULTILINE)
    text = "\n".join(row for row in [*(f"Element {use}" for use in synopsis.splitlines()), f"Summary {summary}", *body.splitlines()] if row)
    return Block(synopsis.split("(")[0].strip(), summary[:1].lower() + summary[1:], text)


def _block(lines: list[str]) -> Block:
    name = lines[0].removeprefix("=Element ").split("(")[0].strip()
    summary = next((line.removeprefix("=Summary ") for line in lines if line.startswith("=Summary ")), "")
    return Block(name, summary.strip(), "\n".join(line.removeprefix("=") for line in lines))


def reference(root: Path = ROOT) -> str:
    """The page as Markdown."""
    page = [_INTRODUCTION]
    for room, title in ROOMS.items():
        found = sorted((b for header in (root / room).glob("*.hh") for b in blocks(header.read_text())), key=lambda b: b.name.lower())
        if not found:
            continue
        page += [f"## {title}", "", "| element | |", "|---|---|"]
        page += [f"| [{b.name}](#{b.name.lower()}) | {b.summary} |" for b in found]
        for b in found:
            page += ["", f"### {b.name}", "", "```text", b.text, "```"]
        page.append("")
    return "\n".join(page).rstrip() + "\n"


if __name__ == "__main__":
    print(reference(), end="")
