# SPDX-License-Identifier: Apache-2.0
"""The reference page of pairing files, made from the JSON Schema: ``python -m mimi.pairing.reference > docs/pairing.md``."""

from __future__ import annotations

import json
from typing import Any

from mimi.pairing.schema import schema_text

_INTRODUCTION = """# Pairing files

One YAML file describes one primary, its minion, driver, store and fabric. `configs/` has commented ones to start from.
Unknown and duplicate keys are errors. `mimi validate FILE` checks a file; `mimi schema` prints the JSON Schema that editors
use. This page is made from that schema by `python -m mimi.pairing.reference`.
"""


def _kind(node: dict[str, Any]) -> str:
    """The type of a key as a reader wants it."""
    if "allOf" in node or "$ref" in node:
        return f"[{_target(node)}](#{_target(node).lower()})"
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "anyOf" in node:
        return " or ".join(_kind(option) for option in node["anyOf"] if option.get("type") != "null")
    if node.get("type") == "array":
        return f"list of {_kind(node['items'])}" if "items" in node else "list"
    limits = [f"{sign} {node[key]}" for key, sign in (("minimum", ">="), ("maximum", "<=")) if key in node]
    return " ".join([node.get("format") or node.get("type", ""), *limits])


def _target(node: dict[str, Any]) -> str:
    reference = node["allOf"][0]["$ref"] if "allOf" in node else node["$ref"]
    return str(reference).rpartition("/")[2]


def _section(title: str, node: dict[str, Any]) -> list[str]:
    lines = [f"## {title}", "", node.get("description", ""), "", "| key | type | default | meaning |", "|---|---|---|---|"]
    required = set(node.get("required", ()))
    for key, value in node.get("properties", {}).items():
        default = "required" if key in required else f"`{json.dumps(value['default'])}`" if "default" in value else ""
        lines.append(f"| `{key}` | {_kind(value)} | {default} | {value.get('description', '')} |")
    return [*lines, ""]


def reference() -> str:
    """The page as Markdown."""
    schema = json.loads(schema_text())
    lines = [_INTRODUCTION, *_section("Pairing", schema)]
    for name, node in sorted(schema.get("definitions", {}).items()):
        lines += _section(name, node)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(reference(), end="")
