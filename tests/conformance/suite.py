# SPDX-License-Identifier: Apache-2.0
"""Run the test suite of a Click checkout against mimi-click and compare with the list of tests that must pass.

``make conformance CLICK_SRC=DIR``; docs/conformance.md explains the figures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Lock
from typing import Final

from categories import ORDER, category, missing_tools
from toolbox import Toolbox, element_classes, make_toolbox
from upstream import JOBS, ROOT, build_test_elements, checkout, tests

MUST_PASS: Final = Path(__file__).with_name("must-pass.txt")
OUTPUT: Final = ROOT / "build" / "conformance"
TIMEOUT_S: Final = 45
_MULTICAST: Final = Lock()
# Measures real time: it must pass on an idle machine, and cannot be asked to on any other.
FRAGILE: Final = frozenset({"userlevel/timewarp-01"})
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test said."""

    name: str
    verdict: str
    words: str
    seconds: float


def run_test(name: str, test: Path, toolbox: Toolbox) -> Outcome:
    """One file through the checkout's own runner, in a directory of its own."""
    missing = missing_tools(test.read_text(encoding="utf-8", errors="replace"), toolbox.tools)
    if missing:
        return Outcome(name, SKIPPED, f"needs {', '.join(missing)}", 0)
    scratch = OUTPUT / "scratch" / name.replace("/", ".")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    environment = {"PATH": f"{toolbox.directory}:{os.environ['PATH']}", "HOME": str(scratch), "TMPDIR": str(scratch), "LC_ALL": "C"}
    # Tests of multicast share one group: run beside another one, each would hear the other's packets.
    with _MULTICAST if category(name) == "sockets" else nullcontext():
        return _run(name, test, environment, scratch)


def _run(name: str, test: Path, environment: dict[str, str], scratch: Path) -> Outcome:
    command = ["perl", "-w", str(OUTPUT / "clicktest"), "-V", "-t", str(TIMEOUT_S), str(test)]
    start = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=TIMEOUT_S + 15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
    words = said.decode("utf-8", "replace")
    shutil.rmtree(scratch, ignore_errors=True)
    return Outcome(name, _verdict(words, process.returncode), words, time.monotonic() - start)


def _verdict(words: str, status: int) -> str:
    if "0 failures" in words and "1 skipped" in words and "0 successes" in words:
        return SKIPPED
    return PASSED if status == 0 and "0 failures, 0 skipped" in words else FAILED


def keep_output(outcomes: Iterable[Outcome]) -> None:
    """The words of every test that did not pass, one file each."""
    for outcome in outcomes:
        path = OUTPUT / outcome.verdict / f"{outcome.name.replace('/', '.')}.txt"
        if outcome.verdict != PASSED:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(outcome.words, encoding="utf-8")


def print_table(outcomes: Iterable[Outcome]) -> None:
    """Passed, failed and skipped per category."""
    counts = Counter((category(outcome.name), outcome.verdict) for outcome in outcomes)
    print(f"\n{'category':<26} {'passed':>7} {'failed':>7} {'skipped':>8}")
    for title in ORDER:
        row = [counts[title, verdict] for verdict in (PASSED, FAILED, SKIPPED)]
        if any(row):
            print(f"{title:<26} {row[0]:>7} {row[1]:>7} {row[2]:>8}")


def read_list(path: Path) -> set[str]:
    """The names in a list file; ``#`` starts a comment."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name for line in lines if (name := line.split("#", 1)[0].strip())}


def copy_runner(click_source: Path) -> None:
    """The checkout's runner, with bash for /bin/sh where there is one: some tests write bytes as only bash's printf does."""
    text = (click_source / "test" / "clicktest").read_text(encoding="utf-8", errors="surrogateescape")
    shell = shutil.which("bash") or "/bin/sh"
    (OUTPUT / "clicktest").write_text(
        text.replace('my($SHELL) = "/bin/sh"', f'my($SHELL) = "{shell}"'), encoding="utf-8", errors="surrogateescape"
    )


def prepare(click_source: Path, click: Path) -> Toolbox:
    """Compile the checkout's test elements against our headers and set up the programs its tests call."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    copy_runner(click_source)
    packages, failed = build_test_elements(click_source, OUTPUT / "elements", set(element_classes(click, [])))
    for result in failed:
        path = OUTPUT / "elements" / f"{result.source.stem}.err"
        path.write_text(result.words, encoding="utf-8")
        print(f"does not compile: elements/test/{result.source.name} (see {path.relative_to(ROOT)})")
    return make_toolbox(OUTPUT / "bin", click, packages, click_source / "test" / "clicktest")


def main() -> int:
    """0 when every test on the list passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--click-src", default=os.environ.get("CLICK_SRC", ""), help="the checkout (CLICK_SRC)")
    parser.add_argument("--click", type=Path, default=ROOT / "build" / "mimi-click", help="the program that is tested")
    parser.add_argument("--refresh", action="store_true", help="write the list of what must pass anew")
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("patterns", nargs="*", help="only tests with such names: 'standard/Script*'")
    options = parser.parse_args()
    click_source = checkout(options.click_src)
    if click_source is None:
        return 0
    if not shutil.which("perl"):
        print("skipped: the suite's runner needs perl.")
        return 0
    for verdict in (FAILED, SKIPPED):
        shutil.rmtree(OUTPUT / verdict, ignore_errors=True)
    toolbox = prepare(click_source, options.click.resolve())
    found = tests(click_source)
    chosen = {name: path for name, path in found.items() if not options.patterns or any(fnmatchcase(name, one) for one in options.patterns)}
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(lambda item: run_test(item[0], item[1], toolbox), chosen.items()))
    # Some tests measure time: one that failed beside another has a second chance alone.
    for at, outcome in enumerate(outcomes):
        if outcome.verdict == FAILED and outcome.name in read_list(MUST_PASS):
            outcomes[at] = run_test(outcome.name, chosen[outcome.name], click_source, toolbox)
            print(f"tried again, alone: {outcome.name}: {outcomes[at].verdict}")
    return report(outcomes, set(chosen), refresh=options.refresh and not options.patterns)


def report(outcomes: list[Outcome], chosen: set[str], *, refresh: bool) -> int:
    """Print what happened; 1 when a test that must pass did not."""
    keep_output(outcomes)
    verdicts = {outcome.name: outcome.verdict for outcome in outcomes}
    for outcome in outcomes:
        if outcome.verdict != PASSED:
            reason = outcome.words if outcome.verdict == SKIPPED and "\n" not in outcome.words else ""
            print(f"{outcome.verdict:<8} {outcome.name} {reason}".rstrip())
    print_table(outcomes)
    passed = {name for name, verdict in verdicts.items() if verdict == PASSED}
    if refresh:
        head = "# Tests of the upstream suite that must pass; `make conformance-refresh` writes this file.\n"
        MUST_PASS.write_text(head + "".join(f"{name}\n" for name in sorted(passed - FRAGILE)), encoding="utf-8")
    must = read_list(MUST_PASS)
    lost = sorted((must & chosen) - passed)
    gained = sorted(passed - must - FRAGILE)
    print()
    for name in lost:
        print(f"must pass and does not: {name}")
    if gained:
        print(f"passes and is not on the list yet: {', '.join(gained)}")
    counts = Counter(verdicts.values())
    print(f"{counts[PASSED]} passed, {counts[FAILED]} failed, {counts[SKIPPED]} skipped")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
