# SPDX-License-Identifier: Apache-2.0
"""The documents tell the truth: their links lead somewhere, and every command they show exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mimi.cli.main import COMMANDS

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])

_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"^(?:    |`)?(?:mininet> sh )?mimi ([a-z]+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in _LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shown_commands_exist(page: Path) -> None:
    assert set(_COMMAND.findall(page.read_text())) <= set(COMMANDS)
