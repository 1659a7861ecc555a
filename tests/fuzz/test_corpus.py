# SPDX-License-Identifier: Apache-2.0
"""What fuzzing has ever found, again: every input of the corpora through the fuzz targets, built by the ordinary compiler."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mimi.click import Router, library_path
from mimi.pairing.middlebox import MIDDLEBOXES, Middlebox

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from configurations import configurations, write_configurations  # noqa: E402 - beside this file
from run import PLAIN  # noqa: E402

pytestmark = pytest.mark.timeout(900)  # the first test builds the targets


@functools.cache
def build() -> Path:
    """Builds build/replay-NAME, or those of the sanitized build when that is what the tests run on."""
    place = library_path().parent
    folder = place if place.is_relative_to(ROOT / "build") else ROOT / "build"
    sanitize = folder.name.removeprefix("san-").replace("-", ",") if folder.name.startswith("san-") else ""
    command = ["make", "-f", "tests/fuzz/build.mk", "-j2", "replays", f"SANITIZE={sanitize}"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def replay(target: str, **environment: str) -> None:
    inputs = HERE / "corpus" / target
    command = [str(build() / f"replay-{target}"), str(inputs)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]
    assert done.stdout.decode() == f"{len(list(inputs.iterdir()))} inputs\n"


@pytest.mark.slow
@pytest.mark.parametrize("target", PLAIN)
def test_corpus_breaks_no_promise(target: str) -> None:
    replay(target)


@pytest.mark.slow
@pytest.mark.parametrize("name", configurations())
def test_packets_break_no_promise_of_the_configuration(name: str, tmp_path: Path) -> None:
    replay("packets", MIMI_FUZZ_CONFIGURATION=str(write_configurations(tmp_path)[name]))


def test_every_template_is_fuzzed() -> None:
    templates = {path.name.removesuffix(".click.j2") for path in (ROOT / "templates").glob("*.click.j2")}
    assert templates <= {name.removeprefix("template-") for name in configurations()}


def packets_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """What the target `packets` reads from an input: (device, frame); those with offloads are left out."""
    at = 0
    while at + 3 <= len(data):
        flags, length = data[at], int.from_bytes(data[at + 1 : at + 3], "little") % 4096
        at += 3 + (8 if flags & 4 else 0)
        if not flags & 4:
            yield flags & 3, data[at : at + length]
        at += length


@pytest.mark.parametrize("box", MIDDLEBOXES.values(), ids=lambda box: box.type)
def test_the_corpus_reaches_every_type_of_box(box: Middlebox) -> None:
    with Router(configurations()[f"template-{box.type}"], clock="virtual") as router:
        for file in sorted((HERE / "corpus" / "packets").iterdir()):
            for device, frame in packets_of(file.read_bytes()):
                router.push(f"in{device % 2}", frame)
                router.run()
        stats = dict(line.split() for line in router.read(f"{box.element}.stats").decode().splitlines())
    assert int(stats["new_flows"]) > 0
    assert int(stats["forward"]) > 0
    assert int(stats["reverse"]) > 0
    assert any(int(count) > 0 for name, count in stats.items() if name.startswith("drop_"))


def test_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in (HERE / "corpus").rglob("*") if path.is_file()) < 1_000_000
