# SPDX-License-Identifier: Apache-2.0
"""Printing: one value, as text for people or as JSON for programs; one printer for errors."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from mimi.errors import MimiError, Problem

JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]
"""The ``--json`` option, the same on every command: ``def command(..., json: JsonFlag = False)``."""

_AS_TEXT = (Path, IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network)


def to_json(value: Any) -> Any:
    """A value as what JSON knows. Dataclasses and pydantic models become objects, sequences and sets become lists.

    Raises TypeError for what has no JSON form.
    """
    if value is None or (isinstance(value, (str, int, float, bool)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return to_json(value.value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((to_json(item) for item in value), key=str)
    if isinstance(value, _AS_TEXT):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def emit(value: Any, as_json: bool, text: str | Callable[[], Any] | Any = "") -> None:
    """Print ``value`` as JSON, or ``text`` for people.

    ``text`` is a string, something rich can draw (a Table), or a function that makes either: it is called only when
    text is wanted. Without text the JSON is printed either way.
    """
    if as_json or (isinstance(text, str) and not text):
        print(json.dumps(to_json(value), indent=2, ensure_ascii=False))
        return
    drawn = text() if callable(text) else text
    if isinstance(drawn, str):
        if drawn:
            print(drawn.rstrip("\n"))
        return
    from rich.console import Console

    Console(highlight=False, soft_wrap=not sys.stdout.isatty()).print(drawn)


def problem_json(problem: Problem) -> dict[str, str]:
    """A problem as JSON: every key is there, empty ones too."""
    return {field.name: str(getattr(problem, field.name)) for field in dataclasses.fields(problem)}


def print_error(error: MimiError, as_json: bool) -> None:
    """Print an expected error: ``{"error": [...]}`` on standard output as JSON, else text on standard error."""
    if as_json:
        print(json.dumps({"error": [problem_json(problem) for problem in error.problems]}, indent=2, ensure_ascii=False))
        return
    print_problems(error.problems, sys.stderr)


def print_problems(problems: tuple[Problem, ...], stream: IO[str] | None = None) -> None:
    """Print problems for people: with colours on a terminal, plain text otherwise."""
    stream = stream or sys.stdout
    if not stream.isatty():
        for problem in problems:
            print(problem, file=stream)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for problem in problems:
        head, *details = str(problem).split("\n")
        text = Text(head)
        text.highlight_words([problem.message], "bold yellow" if problem.severity == "warning" else "bold red")
        console.print(text)
        for line in details:
            name, _, rest = line.partition(": ")
            console.print(Text.assemble((f"{name}: ", "dim"), (rest, "green" if name.strip() == "hint" else "")))
