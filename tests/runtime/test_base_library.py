# SPDX-License-Identifier: Apache-2.0
"""The base library of the runtime (strings, containers, packets, arguments), tested in C++ under sanitizers."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = [ROOT / "runtime/elements/ip/prefixtable.cc"]  # of elements; they stand alone
SOURCES = sorted(ROOT.glob("tests/runtime/base/*.cc"))
NAMES = sorted(
    line.split("(", 1)[1].split(")", 1)[0]
    for source in SOURCES
    for line in source.read_text(encoding="utf-8").splitlines()
    if line.startswith("TEST(")
)
BUILD = "build/san-address-undefined"

pytestmark = pytest.mark.timeout(1500)  # the first test builds the library under sanitizers


@functools.cache
def program() -> Path:
    """Builds the test program: the base library with the tests' own idea of elements."""
    library = [source for source in sorted(ROOT.glob("runtime/base/*.cc")) if source.name != "context.cc"]
    objects = [f"{BUILD}/obj/{source.relative_to(ROOT).with_suffix('.o')}" for source in library + PARTS + SOURCES]
    sanitize = "address,undefined"
    made = subprocess.run(
        ["make", "-f", "runtime/build.mk", "-j2", f"SANITIZE={sanitize}", *objects],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    binary = ROOT / BUILD / "base-tests"
    command = ["g++", f"-fsanitize={sanitize}", "-pthread", "-o", str(binary), *objects]
    linked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert linked.returncode == 0, linked.stdout + linked.stderr
    return binary


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_base(name: str) -> None:
    """One test of the C++ program; it prints what failed, and the sanitizers what they found."""
    done = subprocess.run([str(program()), name], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
