# SPDX-License-Identifier: Apache-2.0
"""YAML text to a Pairing, every problem at once, each with file:line:column.

Three steps: text to a tree with places (``yamltree``), tree to the model (``shape``), and what the parts must be to each
other (``check``). The third step runs even when the second found something, on the sections that are well formed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import ValidationError

from mimi.errors import PairingError, Problem
from mimi.pairing.check import check_sections
from mimi.pairing.model import Pairing
from mimi.pairing.sections import Sections
from mimi.pairing.shape import shape_problems, sound_sections
from mimi.pairing.yamltree import Place, Tree, read_tree


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found out about a pairing file. ``pairing`` is None when there is an error."""

    file: str
    pairing: Pairing | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that make the file unusable."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that the file works in spite of."""
        return tuple(p for p in self.problems if p.severity == "warning")


def examine_text(text: str | bytes, file: str = "<text>") -> Examination:
    """Find every problem of a pairing's text, sorted by place. Never raises for bad input."""
    tree = read_tree(text.encode() if isinstance(text, str) else text)
    if tree.problems and tree.value is None:
        return Examination(file, None, _located(file, tree.problems))
    if not isinstance(tree.value, dict):
        problem = Problem(
            "not a pairing", expected="a mapping (key: value lines)", found=_kind(tree.value), hint="start from configs/minimal.yaml"
        )
        return Examination(file, None, _located(file, [*tree.problems, (tree.place(""), problem)]))
    pairing, sections, found = _model(tree, tree.value)
    found += [(tree.place(problem.path), problem) for problem in check_sections(sections)]
    broken = any(problem.severity == "error" for _, problem in found)
    return Examination(file, None if broken else pairing, _located(file, found))


def _model(tree: Tree, value: dict[str, object]) -> tuple[Pairing | None, Sections, list[tuple[Place, Problem]]]:
    """The pairing, or its sound sections, and the problems so far. What the tree found fault with is not blamed twice."""
    try:
        pairing = Pairing.model_validate(value)
    except ValidationError as error:
        blamed = {problem.path for _, problem in tree.problems}
        new = [(place, problem) for place, problem in shape_problems(error, tree) if problem.path not in blamed]
        return None, sound_sections(value), [*tree.problems, *new]
    return pairing, Sections.of(pairing), list(tree.problems)


def _located(file: str, found: list[tuple[Place, Problem]]) -> tuple[Problem, ...]:
    ordered = sorted(found, key=lambda item: (item[0], item[1].path))
    return tuple(replace(problem, place=f"{file}:{line}:{column}") for (line, column), problem in ordered)


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else "a single value"


def examine(path: str | Path) -> Examination:
    """Like :func:`examine_text`, for a file; a file that cannot be read is a problem too."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        hint = "check the name" if isinstance(error, FileNotFoundError) else "name a file" if isinstance(error, IsADirectoryError) else ""
        return Examination(str(path), None, (Problem(f"cannot read the pairing file: {error.strerror}", place=str(path), hint=hint),))
    except ValueError as error:
        return Examination(str(path), None, (Problem(f"cannot read the pairing file: {error}", place=repr(str(path))),))
    return examine_text(data, str(path))


def parse_pairing(text: str | bytes, file: str = "<text>") -> Pairing:
    """The pairing in ``text``; ``file`` is what places are called. Raises PairingError with every error found."""
    return _pairing(examine_text(text, file))


def load_pairing(path: str | Path) -> Pairing:
    """The pairing in a file. Raises PairingError with every error found."""
    return _pairing(examine(path))


def _pairing(examination: Examination) -> Pairing:
    if examination.pairing is None:
        raise PairingError(*examination.errors)
    return examination.pairing


def dump_pairing(pairing: Pairing) -> str:
    """A pairing as YAML text that loads to an equal pairing; keys in the model's order, defaults left out."""
    value = pairing.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(value, sort_keys=False, width=120)  # ASCII: some line ends of Unicode would be folded
