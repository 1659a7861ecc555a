# SPDX-License-Identifier: Apache-2.0
"""The error tree. Every error a user can meet is one of these.

::

    MimiError
    ├── PairingError     a pairing file is wrong; carries every Problem found, not only the first
    ├── RenderError      a template cannot be rendered
    ├── BuildError       a package of elements cannot be built
    ├── ClickError       the embedded engine refused a configuration, a packet or a handler call
    ├── ControlError     a ControlSocket refused, broke or could not be reached
    ├── StoreError       the store refused, broke or could not be reached
    ├── DeployError      a deployment cannot be made, found or removed
    └── MissingError     something the machine must have is not there (binary, interface, privilege)

An error says where, what was found, what was expected, and what to do: ``str(error)`` prints all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with its place.

    ``place`` is ``file:line:column`` (or a file, an address, a command), ``path`` the dotted name inside it
    (``vips[0].backends[2].port``), both may be empty. A ``warning`` is told and does not stop anything.
    """

    message: str
    place: str = ""
    path: str = ""
    found: str = ""
    expected: str = ""
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        mark = "warning" if self.severity == "warning" else ""
        text = ": ".join(part for part in (self.place, mark, self.path, self.message) if part)
        details = [("expected", self.expected), ("found", self.found), ("hint", self.hint)]
        return "\n".join([text, *(f"  {name}: {value}" for name, value in details if value)])


class MimiError(Exception):
    """Base of the tree; ``problems`` is never empty. ``exit_code`` is what the CLI ends with."""

    exit_code = 1

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class PairingError(MimiError):
    """A pairing file is wrong."""

    exit_code = 2


class RenderError(MimiError):
    """A template cannot be rendered."""


class BuildError(MimiError):
    """A package of elements cannot be built."""


class ClickError(MimiError):
    """The embedded engine refused something; the problem's ``found`` has Click's own words."""


class ControlError(MimiError):
    """A ControlSocket refused a command, broke off or could not be reached."""


class StoreError(MimiError):
    """The store refused, broke off or could not be reached."""


class DeployError(MimiError):
    """A deployment cannot be made, found or removed."""


class MissingError(MimiError):
    """Something the machine must have is not there: a binary, an interface, a privilege."""

    exit_code = 3
