# SPDX-License-Identifier: Apache-2.0
"""Rules about what goes with a pairing's type: its section and the names of its sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mimi.errors import Problem
from mimi.pairing.middlebox import MIDDLEBOXES, SECTIONS
from mimi.pairing.model import Interfaces, Pairing
from mimi.pairing.sections import Sections, listed


def _section(s: Sections) -> Iterator[Problem]:
    box = s.middlebox
    if box is None or s.keys is None:
        return
    if box.section not in s.keys:
        meaning = Pairing.model_fields[box.section].description or ""
        yield Problem(f'the key "{box.section}" is missing', path=box.section, expected=meaning)
    for section in SECTIONS:
        if section != box.section and section in s.keys:
            yield _foreign(section, section, box.type, lambda other, key=section: other.section == key)


def _sides(s: Sections) -> Iterator[Problem]:
    box = s.middlebox
    if box is None or s.sides is None:
        return
    for side in box.sides:
        if side not in s.sides:
            meaning = Interfaces.model_fields[side].description or ""
            yield Problem(f'the key "{side}" is missing', path=f"minion.interfaces.{side}", expected=meaning)
    known = {side for other in MIDDLEBOXES.values() for side in other.sides}
    for side in sorted(s.sides & (known - set(box.sides))):
        yield _foreign(side, f"minion.interfaces.{side}", box.type, lambda other, key=side: key in other.sides)


def _foreign(key: str, path: str, type_: str, has: Callable[..., bool]) -> Problem:
    owners = listed(f"type: {other.type}" for other in MIDDLEBOXES.values() if has(other))
    return Problem(f'the key "{key}" is not one of type: {type_}', path=path, hint=f"it belongs to {owners}")


RULES: tuple[Callable[[Sections], Iterator[Problem]], ...] = (_section, _sides)
"""What this module contributes to ``check``."""
