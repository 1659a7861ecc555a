# SPDX-License-Identifier: Apache-2.0
"""``mimi validate``."""

from __future__ import annotations

import json

from command import CONFIGS, GOLDEN, run_mimi


def test_good_files() -> None:
    done = run_mimi("validate", CONFIGS / "minimal.yaml", CONFIGS / "fig2-lb.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{CONFIGS}/minimal.yaml: valid\n{CONFIGS}/fig2-lb.yaml: valid\n"


def test_a_bad_file_among_good_ones() -> None:
    bad = GOLDEN / "bad/several-at-once.yaml"
    done = run_mimi("validate", CONFIGS / "minimal.yaml", bad)
    assert done.returncode == 2
    said = (GOLDEN / "bad/several-at-once.err").read_text().replace("several-at-once.yaml", str(bad))
    assert done.stdout == f"{CONFIGS}/minimal.yaml: valid\n{said}{bad}: not valid, {said.count(str(bad))} errors\n"


def test_warnings_are_shown_and_allowed() -> None:
    file = GOLDEN / "warn/proxy.yaml"
    done = run_mimi("validate", file)
    assert done.returncode == 0
    assert "warning: semantics: established connections cannot survive" in done.stdout
    assert done.stdout.endswith(f"{file}: valid, 1 warning\n")


def test_json() -> None:
    files = [CONFIGS / "minimal.yaml", GOLDEN / "warn/proxy.yaml", GOLDEN / "bad/yes-as-boolean.yaml"]
    done = run_mimi("validate", "--json", *files)
    value = json.loads(done.stdout)
    assert done.returncode == 2
    assert (value["schema"], value["valid"]) == (1, False)
    assert [(f["file"], f["valid"], f["pairing"], len(f["problems"])) for f in value["files"]] == [
        (str(files[0]), True, "minimal", 0),
        (str(files[1]), True, "demo", 1),
        (str(files[2]), False, None, 1),
    ]
    assert value["files"][1]["problems"][0]["severity"] == "warning"


def test_a_file_that_is_not_there() -> None:
    done = run_mimi("validate", "/nonexistent/x.yaml")
    assert done.returncode == 2
    assert "/nonexistent/x.yaml: cannot read the pairing file" in done.stdout


def test_no_file_is_a_usage_error() -> None:
    assert run_mimi("validate").returncode == 2


def test_no_privilege_is_needed() -> None:
    """The module imports nothing that opens sockets or asks the kernel."""
    import subprocess
    import sys

    from command import ROOT

    code = "import sys; import mimi.cli.validate, mimi.pairing; print(*[m for m in sys.modules if m.split('.')[0] in ('redis', 'pyroute2', 'os_ken')])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == ""
