# SPDX-License-Identifier: Apache-2.0
"""``mimi render``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command import CONFIGS, run_mimi

FILE = CONFIGS / "minimal.yaml"


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    output = tmp_path / "minion.click"
    done = run_mimi("render", FILE, "--output", output)
    assert (done.returncode, done.stdout) == (0, f"{output}: written\n")
    return output


def test_prints_click_text(rendered: Path) -> None:
    done = run_mimi("render", FILE)
    assert done.returncode == 0
    assert "192.0.2.100" in done.stdout
    assert done.stdout.rstrip("\n") == rendered.read_text().rstrip("\n")


def test_rendering_again_changes_nothing(rendered: Path) -> None:
    before = rendered.stat()
    assert run_mimi("render", FILE, "-o", rendered).stdout == f"{rendered}: unchanged\n"
    after = rendered.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_check_of_a_fresh_file_is_0(rendered: Path) -> None:
    assert run_mimi("render", FILE, "--check", "--output", rendered).returncode == 0


def test_check_of_a_stale_file_shows_the_difference_and_writes_nothing(rendered: Path) -> None:
    stale = rendered.read_text().replace("192.0.2.100", "192.0.2.99")
    rendered.write_text(stale)
    done = run_mimi("render", FILE, "--check", "-o", rendered)
    assert done.returncode == 1
    assert done.stdout.startswith(f"--- {rendered}\n+++ {FILE} (rendered)\n")
    assert any(line.startswith("-") and "192.0.2.99" in line for line in done.stdout.splitlines())
    assert any(line.startswith("+") and "192.0.2.100" in line for line in done.stdout.splitlines())
    assert rendered.read_text() == stale


def test_check_of_a_file_that_is_not_there_is_1(tmp_path: Path) -> None:
    assert run_mimi("render", FILE, "--check", "-o", tmp_path / "none").returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_check_needs_a_file() -> None:
    done = run_mimi("render", FILE, "--check")
    assert done.returncode == 2
    assert "--output" in done.stderr


def test_json(rendered: Path) -> None:
    value = json.loads(run_mimi("render", FILE, "--json", "-o", rendered).stdout)
    assert (value["schema"], value["pairing"], value["changed"]) == (1, "minimal", False)
    assert value["text"] == rendered.read_text()


def test_the_mode_of_a_replaced_file_is_kept(rendered: Path) -> None:
    rendered.write_text("old")
    rendered.chmod(0o640)
    run_mimi("render", FILE, "-o", rendered)
    assert rendered.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_mode(rendered: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert rendered.stat().st_mode & 0o777 == 0o666 & ~umask


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    done = run_mimi("render", FILE, "-o", tmp_path / "none" / "minion.click")
    assert done.returncode == 1
    assert "cannot write the output file" in done.stderr
    (tmp_path / "dir").mkdir()
    assert run_mimi("render", FILE, "-o", tmp_path / "dir").returncode == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dir"]
