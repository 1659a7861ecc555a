# SPDX-License-Identifier: Apache-2.0
"""The configuration language: text in, flat configuration or exact error text out.

A case is ``tests/golden/language/NAME.click`` with ``NAME.flat`` (the flat configuration on standard output),
``NAME.err`` (what is said on standard error), or both; ``NAME.args`` holds command-line parameters, one a line. Without
a ``.flat`` file the configuration must be refused.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "language"
CLICK = Path(os.environ.get("MIMI_CLICK_BINARY", ROOT / "build" / "mimi-click"))
CASES = sorted(path.stem for path in GOLDEN.glob("*.click"))


def run(*arguments: str, cwd: Path = GOLDEN, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs mimi-click in a plain environment; messages use ASCII quotes."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "LANG": "C"}
    return subprocess.run(
        [str(CLICK), *arguments],
        cwd=cwd,
        env=environment,
        input=text if text is not None else "",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def read(name: str, suffix: str) -> str | None:
    """A file of the case, or None when it has none."""
    path = GOLDEN / f"{name}{suffix}"
    return path.read_text(encoding="utf-8") if path.exists() else None


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """The runtime must have been built."""
    if not CLICK.exists():
        pytest.skip(f"{CLICK} is missing: run make -f runtime/build.mk")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    """The configuration means what the files beside it say."""
    parameters = (read(name, ".args") or "").split()
    result = run("-q", "-o", "-", f"{name}.click", *parameters)
    expected_flat = read(name, ".flat")
    told = result.stderr.replace(str(CLICK.resolve().parent), "BESIDE-THE-PROGRAM")
    assert (read(name, ".err") or "").splitlines() == told.splitlines()
    if expected_flat is None:
        assert result.stdout == ""
        assert result.returncode == 1
    else:
        assert expected_flat.rstrip("\n") == result.stdout.rstrip("\n")
        assert result.returncode == 0


@pytest.mark.parametrize("name", [name for name in CASES if (GOLDEN / f"{name}.flat").exists()])
def test_flat_configuration_is_a_fixed_point(name: str) -> None:
    """The flat form of a flat configuration is itself."""
    flat = read(name, ".flat")
    assert flat is not None
    if not flat:
        pytest.skip("an empty configuration has no flat form")
    result = run("-q", "-o", "-", text=flat)
    assert result.stderr == ""
    assert flat == result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Idle -> Cuonter -> Discard", "undeclared element 'Cuonter' (did you mean 'Counter'?)"),
        ("c :: counter; Idle -> c -> Discard", "unknown element class 'counter' (did you mean 'Counter'?)"),
        ("elementclass Mine { input -> output } x :: Mien; Idle -> x -> Discard", "unknown element class 'Mien' (did you mean 'Mine'?)"),
        ("first :: Idle; frist -> Discard", "undeclared element 'frist' (did you mean 'first'?)"),
        ("Idle -> q :: Queue(CAPACTIY 7) -> Discard", "CAPACTIY: unknown argument (did you mean 'CAPACITY'?)"),
        ("Idle -> Nonsense -> Discard", "undeclared element 'Nonsense'\n"),
        ("Idle -> q :: Queue(NONSENSE 7) -> Discard", "NONSENSE: unknown argument\n"),
    ],
)
def test_a_misspelt_name_gets_a_hint_when_there_is_a_near_one(text: str, words: str) -> None:
    done = run("-q", "-e", text)
    assert done.returncode == 1
    assert words in done.stderr
