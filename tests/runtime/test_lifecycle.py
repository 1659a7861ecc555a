# SPDX-License-Identifier: Apache-2.0
"""What elements live through, in order: configured, initialized, swapped, cleaned up. See lifecycle_check.cc."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from clickprogram import run_click

from mimi.click import library_path

ROOT = Path(__file__).resolve().parents[2]
FAILED = "Router could not be initialized!"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checking program, linked with the runtime's library."""
    compiler = shutil.which("g++") or pytest.skip("no g++ on PATH; apt-get install g++")
    binary = tmp_path_factory.mktemp("lifecycle") / "check"
    library = library_path()
    command = [
        compiler,
        "-std=c++20",
        "-Wall",
        "-Wextra",
        "-Wno-format",
        "-DHAVE_CONFIG_H",
        "-DCLICK_USERLEVEL",
        *([f"-fsanitize={sanitize}"] if (sanitize := os.environ.get("MIMI_SANITIZE")) else []),
        "-I.",
        "-Iruntime/include",
        "tests/runtime/lifecycle_check.cc",
        str(library),
        f"-Wl,-rpath,{library.parent}",
        "-o",
        str(binary),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return binary


def told(program: Path, what: str) -> list[str]:
    """The lines the program prints; every element it made is deleted in the end."""
    done = subprocess.run([str(program), what], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_phases_order_and_reverse_cleanup(program: Path) -> None:
    """Earlier phases come first, equal ones in order of appearance; cleanup goes backwards."""
    assert told(program, "a :: Diary; b :: Diary; early :: Diary") == [
        "early configure", "a configure", "b configure",
        "early initialize", "a initialize", "b initialize",
        "initialize succeeded", "own handler there", "name handler there",
        "b cleanup 5", "a cleanup 5", "early cleanup 5",
        "elements left 0",
    ]  # fmt: skip


def test_every_element_is_configured_after_a_failure(program: Path) -> None:
    """All mistakes of a configuration show in one run; nothing is initialized then."""
    assert told(program, "a :: Diary(configure);\nb :: Diary;\nc :: Diary(configure)") == [
        "a configure", "check:1: While configuring 'a :: Diary':", "  as asked",
        "b configure",
        "c configure", "check:3: While configuring 'c :: Diary':", "  as asked",
        "c cleanup 1", "b cleanup 2", "a cleanup 1",
        FAILED, "initialize failed", "own handler gone", "name handler there", "elements left 0",
    ]  # fmt: skip


def test_initialize_stops_at_the_first_failure(program: Path) -> None:
    """Each element is told how far it got; only the handlers every element has are left."""
    assert told(program, "a :: Diary; b :: Diary(initialize); c :: Diary") == [
        "a configure", "b configure", "c configure",
        "a initialize", "b initialize", "check:1: While initializing 'b :: Diary':", "  unspecified error",
        "c cleanup 2", "b cleanup 3", "a cleanup 4",
        FAILED, "initialize failed", "own handler gone", "name handler there", "elements left 0",
    ]  # fmt: skip


def test_hot_swap_moves_state_by_name(program: Path) -> None:
    """take_state() is called where the old router has an element of that name, after the old one has stopped."""
    lines = told(program, "hot-swap")
    assert [line for line in lines if "take_state" in line] == ["a take_state"]
    assert lines[lines.index("a take_state") + 1] == "old runs 0, new runs 1"
    assert "generation of a 2" in lines
    assert "generation of new 1" in lines
    assert lines[-1] == "elements left 0"


def test_live_reconfiguration_keeps_the_text_written(program: Path) -> None:
    """A refused configuration leaves the old text; an accepted one is read back as written."""
    lines = told(program, "reconfigure")
    assert "refused 1, config first" in lines
    assert "config 'second '" in lines


def test_visits_follow_the_flow_code_nearest_first(program: Path) -> None:
    """`#/#` passes packets from port n to port n alone; each port is visited once."""
    lines = [line for line in told(program, "visit") if " at " in line or line == "and back"]
    assert lines == [
        "d input 1 at 1", "u input 0 at 2", "v input 1 at 3", "s input 1 at 4",
        "and back",
        "t output 0 at 1", "d output 0 at 2", "s output 0 at 3", "v output 0 at 4",
    ]  # fmt: skip


def test_routers_side_by_side_share_nothing(program: Path) -> None:
    """A router's own handlers are its own, and the end of one is not the end of the other."""
    lines = told(program, "side-by-side")
    assert "1 0" in lines
    assert "b runs 1" in lines
    assert lines[-1] == "elements left 0"


def test_the_last_instruction_of_a_driver_may_install_the_successor(tmp_path: Path) -> None:
    successor = tmp_path / "next.click"
    successor.write_text('DriverManager(print "installed")')
    done = run_click("-R", "-e", f'Idle -> Discard; DriverManager(print "first", write hotconfig $(cat {successor}))')
    assert done.stdout.splitlines() == ["first", "installed"], done.stderr
