# SPDX-License-Identifier: Apache-2.0
"""Errors say where, what was found, what was expected and what to do."""

from __future__ import annotations

import inspect

import pytest

import mimi.errors
from mimi.errors import MimiError, MissingError, PairingError, Problem

TREE = [c for _, c in inspect.getmembers(mimi.errors, inspect.isclass) if issubclass(c, Exception)]


def test_problem_prints_everything_it_knows() -> None:
    problem = Problem("wrong value", "a.yaml:3:7", "vips[0].port", found="0", expected="1 to 65535", hint="choose another")
    assert str(problem) == "a.yaml:3:7: vips[0].port: wrong value\n  expected: 1 to 65535\n  found: 0\n  hint: choose another"


def test_problem_without_place_is_its_message() -> None:
    assert str(Problem("no redis-server")) == "no redis-server"


def test_warning_says_that_it_is_one() -> None:
    assert str(Problem("odd", "a.yaml:1:1", "sync", severity="warning")) == "a.yaml:1:1: warning: sync: odd"


def test_error_keeps_every_problem() -> None:
    error = PairingError(Problem("one"), "two")
    assert error.problems == (Problem("one"), Problem("two"))
    assert str(error) == "one\ntwo"


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_every_error_is_in_the_tree_and_in_the_drawing(cls: type[Exception]) -> None:
    assert issubclass(cls, MimiError)
    assert cls.__doc__
    assert cls.__name__ in (mimi.errors.__doc__ or "")


@pytest.mark.parametrize(("cls", "code"), [(MimiError, 1), (PairingError, 2), (MissingError, 3)])
def test_exit_codes(cls: type[MimiError], code: int) -> None:
    assert cls.exit_code == code
