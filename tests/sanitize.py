# SPDX-License-Identifier: Apache-2.0
"""Run the tests on an instrumented build: `python tests/sanitize.py address,undefined|thread [PYTEST ARGUMENT]...`.

`make -f runtime/build.mk SANITIZE=...` makes the build. With `address` the engine is also tested inside the tests' own
process, where the sanitizer's run-time library has to come first. ThreadSanitizer cannot join a process late: with `thread`
run the tests that start `mimi-click`, with and without several threads.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

THREADED = [
    "tests/runtime/test_main.py",
    "tests/runtime/test_control_socket.py",
    "tests/runtime/test_handlers.py",
    "tests/runtime/test_device.py",
    "tests/runtime/test_lifecycle.py",
    "tests/runtime/test_threads.py",
    "tests/runtime/test_threads_neighbours.py",
    "tests/runtime/test_threads_io.py",
    "tests/runtime/test_threads_scene.py",
    "tests/runtime/test_offload.py",
    "tests/runtime/test_offload_rendered.py",
    "tests/runtime/test_elements_rewriter_threads.py",
    "tests/runtime/test_elements_firewall_threads.py",
    "tests/runtime/test_elements_nat_threads.py",
    "tests/runtime/test_beside.py",
    "tests/runtime/test_batches.py",
    "tests/runtime/test_stallmeter.py",
    "tests/differential",
]
"""Tests that start the program; those of them that load the engine into the tests' process are skipped."""

UNWATCHED = ["tests/mininet", "tests/runtime/test_leaks.py"]
"""Mininet's hosts run for minutes and are no tests of the engine; valgrind cannot watch an instrumented program."""


def run_time_library(name: str) -> str:
    """The compiler's copy of a library."""
    done = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return str(Path(done.stdout.strip()).resolve())


def environment(sanitize: str) -> dict[str, str]:
    folder = ROOT / "build" / f"san-{sanitize.replace(',', '-')}"
    variables = {
        **os.environ,
        "MIMI_BIN_DIR": str(folder),
        "MIMI_SANITIZE": sanitize,
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "TSAN_OPTIONS": "halt_on_error=0:exitcode=99:second_deadlock_stack=1",
    }
    if "address" in sanitize:
        # The C++ library too: the sanitizer looks for its exceptions when it is loaded.
        variables["LD_PRELOAD"] = f"{run_time_library('libasan.so')} {run_time_library('libstdc++.so.6')}"
        variables["ASAN_OPTIONS"] = "detect_leaks=0"
        variables["PYTHONMALLOC"] = "malloc"
    return variables


def main() -> int:
    sanitize, *arguments = sys.argv[1:]
    chosen = [argument for argument in arguments if (ROOT / argument.split("::")[0]).exists()]
    options = [argument for argument in arguments if argument not in chosen]
    if not chosen:
        chosen = THREADED if sanitize == "thread" else ["tests", *(f"--ignore={path}" for path in UNWATCHED)]
        chosen = [path for path in chosen if path.startswith("-") or (ROOT / path).exists()]
    # ThreadSanitizer wants memory where randomisation may have put something else.
    steady = ["setarch", platform.machine(), "-R"] if sanitize == "thread" else []
    command = [*steady, sys.executable, "-m", "pytest", *options, *chosen]
    return subprocess.run(command, cwd=ROOT, env=environment(sanitize), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
