# SPDX-License-Identifier: Apache-2.0
"""Which requirement of which RFC is shown by which test: ``@pytest.mark.rfc("4787", "REQ-1")`` on tests, requirements.toml beside.

``python -m tests.rfc.table`` runs the marked tests and prints the table; a requirement is *shown* when there is a test and all
of its tests pass, *reasoned* when there is none but a reason, *missing* otherwise. ``--page`` writes docs/rfc.md instead,
from the marks alone.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rfc.md"
TITLES = {
    "4787": "RFC 4787, unicast UDP",
    "5382": "RFC 5382, TCP",
    "5508": "RFC 5508, ICMP",
    "7857": "RFC 7857, updates to all three",
}
Name = tuple[str, str]
"""An RFC and a requirement in it."""


@dataclass(frozen=True)
class Requirement:
    rfc: str
    name: str
    level: str
    text: str
    reason: str = ""


def requirements(text: str | None = None) -> list[Requirement]:
    """All of them, in the RFCs' order."""
    source = (Path(__file__).parent / "requirements.toml").read_text() if text is None else text
    return [Requirement(**table) for table in tomllib.loads(source)["requirement"]]


def marks(source: str) -> Iterator[tuple[str, Name]]:
    """The marked tests of a module: (test, requirement) pairs."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.rfc":
                    rfc, *names = (ast.literal_eval(argument) for argument in decorator.args)
                    yield from ((node.name, (rfc, name)) for name in names)


def marked_tests(root: Path = ROOT / "tests") -> dict[Name, list[str]]:
    """Requirement -> the tests that show it, as ``folder/file.py::test``."""
    found: dict[Name, list[str]] = {}
    for path in sorted(root.rglob("test_*.py")):
        for test, name in marks(path.read_text()):
            found.setdefault(name, []).append(f"{path.relative_to(root)}::{test}")
    return found


def unknown(names: set[Name]) -> set[Name]:
    """What is marked but required nowhere: a slip of the pen."""
    return names - {(r.rfc, r.name) for r in requirements()}


def verdict(requirement: Requirement, tests: list[str], failed: set[str]) -> str:
    if tests:
        return "missing" if failed.intersection(tests) else "shown"
    return "reasoned" if requirement.reason else "missing"


def totals(verdicts: list[str]) -> str:
    return ", ".join(f"{verdicts.count(word)} {word}" for word in ("shown", "reasoned", "missing"))


def page() -> str:
    """docs/rfc.md."""
    tests, rows = marked_tests(), requirements()
    verdicts = [verdict(r, tests.get((r.rfc, r.name), []), set()) for r in rows]
    lines = [
        "# NAT44 and the RFCs",
        "",
        "Every numbered requirement that RFC 4787, 5382, 5508 and 7857 have for a NAT44, in our own words, and the test that shows that `MinionNAT` and",
        "the elements around it do so, or the reason why no test does. `make rfc` runs these tests and prints this table with what came of them.",
        "This page is generated from the marks on the tests: `python -m tests.rfc.table --page`. RFC 7857 has sections in place of numbers.",
        "",
        totals(verdicts) + ".",
    ]
    for rfc, title in TITLES.items():
        lines += ["", f"## {title}", "", "| | level | asks | shown by |", "|---|---|---|---|"]
        for r in rows:
            if r.rfc == rfc:
                shown = "<br>".join(f"`{test.partition('::')[2]}`" for test in tests.get((rfc, r.name), []))
                lines.append(f"| {r.name} | {r.level} | {r.text} | {shown or (r.reason and 'reason: ' + r.reason) or '**missing**'} |")
    return "\n".join(lines) + "\n"


@dataclass
class Recorder:
    """A pytest plugin: which marked tests failed, and which did not run."""

    failed: set[str] = field(default_factory=set)
    ran: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = report.nodeid.removeprefix("tests/").partition("[")[0]
        if report.when == "call" and report.passed:
            self.ran.add(test)
        if report.failed or report.skipped:
            self.failed.add(test)


def main(arguments: list[str]) -> int:
    if arguments == ["--page"]:
        PAGE.write_text(page())
        return 0
    tests = marked_tests()
    recorder = Recorder()
    files = sorted({f"tests/{test.partition('::')[0]}" for tests_of_one in tests.values() for test in tests_of_one})
    code = pytest.main(["-q", "-m", "rfc", "-p", "no:randomly", *files], plugins=[recorder]) if files else 0
    verdicts = []
    for r in requirements():
        named = tests.get((r.rfc, r.name), [])
        failed = recorder.failed | {test for test in named if test not in recorder.ran}
        verdicts.append(verdict(r, named, failed))
        how = "; ".join(named) if named else r.reason and f"reason: {r.reason}"
        print(f"{r.rfc} {r.name:8} {r.level:7} {verdicts[-1]:9} {r.text}\n{'':27} {how or 'no test'}")
    print(totals(verdicts))
    return int(bool(code) or "missing" in verdicts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
