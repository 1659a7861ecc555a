# SPDX-License-Identifier: Apache-2.0
"""The report as one page that needs nothing else: its pictures are inside."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

from mimi.experiment.markdown import Table, circumstances, limits, tables, verdict

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px; }
th, td { border: 1px solid #ccc; padding: .25rem .5rem; text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
th { background: #f2f2f2; } img { max-width: 100%; } .verdict { background: #f6f6ee; padding: .5rem 1rem; white-space: pre-line; }
"""


def page(report: dict[str, Any], pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """The whole page."""
    parts = ["<h1>Failover benchmark</h1>", f'<p class="verdict">{escape(verdict(report))}</p>', f"<p>{escape(circumstances(report))}</p>"]
    parts += [f"<p>{escape(text)}</p>" for text in limits(report)]
    parts += [_table(table) for table in tables(report)]
    for title, png in pictures.values():
        data = base64.b64encode(png).decode("ascii")
        parts.append(f'<h2>{escape(title)}</h2>\n<img alt="{escape(title)}" src="data:image/png;base64,{data}">')
    head = f'<meta charset="utf-8">\n<title>Failover benchmark</title>\n<style>{_STYLE}</style>'
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _table(table: Table) -> str:
    head, *body = table.cells
    rows = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    rows += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in body]
    lines = "\n".join(rows)
    return f"<h2>{escape(table.title)}</h2>\n<p>{escape(table.about.replace('*', ''))}</p>\n<table>\n{lines}\n</table>"
