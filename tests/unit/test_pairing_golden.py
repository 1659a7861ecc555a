# SPDX-License-Identifier: Apache-2.0
"""Pairing files and exactly what is said about them. A new case is a new file in ``tests/golden/pairing``.

``bad/NAME.yaml`` and ``warn/NAME.yaml`` have the full text of their problems in ``NAME.err``, ``good/NAME.yaml`` its
model (defaults left out) in ``NAME.json``. ``MIMI_REFRESH_GOLDEN=1 pytest tests/unit/test_pairing_golden.py`` writes what is said
today; ``git diff`` shows the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command import GOLDEN

from mimi.errors import PairingError
from mimi.pairing import examine_text, parse_pairing


def cases(kind: str) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((GOLDEN / kind).glob("*.yaml"))]


def expect(path: Path, text: str) -> None:
    if os.environ.get("MIMI_REFRESH_GOLDEN") == "1":
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("path", cases("bad"))
def test_bad_file_is_refused_with_these_words(path: Path) -> None:
    examination = examine_text(path.read_bytes(), path.name)
    assert examination.pairing is None
    assert examination.errors
    expect(path.with_suffix(".err"), "".join(f"{p}\n" for p in examination.problems))


@pytest.mark.parametrize("path", cases("bad"))
def test_bad_file_raises_all_its_errors_at_once(path: Path) -> None:
    with pytest.raises(PairingError) as caught:
        parse_pairing(path.read_bytes(), path.name)
    assert caught.value.problems == examine_text(path.read_bytes(), path.name).errors


@pytest.mark.parametrize("path", cases("warn"))
def test_odd_file_is_taken_with_these_warnings(path: Path) -> None:
    examination = examine_text(path.read_bytes(), path.name)
    assert examination.pairing is not None
    assert examination.warnings
    expect(path.with_suffix(".err"), "".join(f"{p}\n" for p in examination.problems))


@pytest.mark.parametrize("path", cases("good"))
def test_good_file_means_this(path: Path) -> None:
    examination = examine_text(path.read_bytes(), path.name)
    assert examination.problems == ()
    assert examination.pairing is not None
    expect(path.with_suffix(".json"), json.dumps(examination.pairing.model_dump(mode="json", exclude_defaults=True), indent=2) + "\n")


@pytest.mark.parametrize("kind", ["bad", "warn"])
def test_every_expectation_has_its_input(kind: str) -> None:
    assert {p.stem for p in (GOLDEN / kind).glob("*.err")} == {p.stem for p in (GOLDEN / kind).glob("*.yaml")}


@pytest.mark.parametrize("path", cases("bad"))
def test_no_secret_is_ever_repeated(path: Path) -> None:
    assert "hunter2" not in path.with_suffix(".err").read_text()
