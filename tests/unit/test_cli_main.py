# SPDX-License-Identifier: Apache-2.0
"""The command line as a whole: help, exit codes, errors in one form, completion, broken pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from command import CONFIGS, GOLDEN, ROOT, run_mimi
from typer.testing import CliRunner

from mimi import __version__
from mimi.cli import main
from mimi.errors import MimiError, MissingError, PairingError, Problem, StoreError

BAD = GOLDEN / "bad/port-in-quotes.yaml"


def test_version() -> None:
    done = run_mimi("--version")
    assert (done.returncode, done.stdout) == (0, f"mimi {__version__}\n")


def test_help_names_every_command_and_the_exit_codes() -> None:
    done = run_mimi("--help")
    assert done.returncode == 0
    missing = [name for name in main.COMMANDS if f"  {name} " not in done.stdout]
    assert missing == []
    for text in ("0 done", "1 the command failed", "2 the pairing", "3 the machine lacks", "130 interrupted"):
        assert text in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_has_help_and_takes_json(name: str) -> None:
    done = run_mimi(name, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: mimi" in done.stdout
    if name not in ("run", "state", "demo", "bench"):  # groups and services
        assert "--json" in done.stdout


def test_no_arguments_shows_help() -> None:
    done = run_mimi()
    assert done.returncode == 2
    assert "Usage: mimi" in done.stdout + done.stderr


def test_a_misspelt_command_gets_a_suggestion() -> None:
    done = run_mimi("valdate", "x")
    assert done.returncode == 2
    assert "Did you mean 'validate'" in done.stderr


def test_a_wrong_option_is_exit_code_2() -> None:
    assert run_mimi("validate", "--nonsense", CONFIGS / "minimal.yaml").returncode == 2


def test_only_the_asked_command_is_imported() -> None:
    code = "import sys; sys.argv = ['mimi', 'schema']; from mimi.cli.main import app; app(standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "mimi.cli.schema" in loaded
    assert not {"mimi.cli.deploy", "mimi.cli.demo", "os_ken", "redis", "jinja2", "rich"} & set(loaded)


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["render", "doctor", "build", "deploy"])
def test_a_wrong_pairing_is_said_in_words(command: str) -> None:
    done = run_mimi(command, BAD)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"{BAD}:6:11: vips[0].port: wrong type\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["render", "doctor", "build", "deploy"])
def test_a_wrong_pairing_is_said_in_json(command: str) -> None:
    done = run_mimi(command, BAD, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == [
        {
            "message": "wrong type",
            "place": f"{BAD}:6:11",
            "path": "vips[0].port",
            "found": 'the text "80"',
            "expected": "a whole number from 1 to 65535",
            "hint": "remove the quotes",
            "severity": "error",
        }
    ]
    assert done.stderr == ""


@pytest.fixture
def failing() -> typer.Typer:
    """The real group with one command that fails as told."""
    app = typer.Typer(cls=main.CommandGroup)
    app.callback()(lambda: None)
    errors: dict[str, MimiError] = {
        "pairing": PairingError("a"),
        "store": StoreError(Problem("b", "redis://h")),
        "missing": MissingError("c"),
        "any": MimiError("d"),
    }

    @app.command()
    def fail(kind: str, json: bool = typer.Option(False, "--json")) -> None:
        raise errors[kind]

    return app


@pytest.mark.parametrize(("kind", "code"), [("pairing", 2), ("store", 1), ("missing", 3), ("any", 1)])
def test_the_error_decides_the_exit_code(failing: typer.Typer, kind: str, code: int) -> None:
    plain, as_json = CliRunner().invoke(failing, ["fail", kind]), CliRunner().invoke(failing, ["fail", kind, "--json"])
    assert (plain.exit_code, as_json.exit_code) == (code, code)
    assert plain.stdout == ""
    assert json.loads(as_json.stdout)["error"][0]["message"] == plain.stderr.strip().rpartition(": ")[2]


def test_errors_are_coloured_on_a_terminal_and_nowhere_else() -> None:
    argv = [sys.executable, "-m", "mimi.cli.main", "render", str(BAD)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    env.pop("NO_COLOR", None)
    leader, follower = os.openpty()
    try:
        subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, stderr=follower, timeout=60, check=False)
        coloured = os.read(leader, 65536).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert "\x1b[" in coloured
    assert "wrong type" in coloured
    assert "\x1b[" not in run_mimi("render", BAD).stderr


def test_interruption_is_exit_code_130(tmp_path: Path) -> None:
    """Ctrl-C while the command waits (for a pairing file that is a pipe without a writer)."""
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    child = subprocess.Popen(
        [sys.executable, "-m", "mimi.cli.main", "validate", str(pipe)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        writer = os.open(pipe, os.O_WRONLY)  # returns when the command has opened its end
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
        os.close(writer)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "Traceback" not in errors


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m mimi.cli.main schema | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "{"
    assert done.stderr == ""


# --- completion -------------------------------------------------------------------------------------------------------


def complete(words: str, **environment: str) -> list[str]:
    """What bash would offer after ``words``."""
    done = run_mimi(_MIMI_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1), **environment)
    return done.stdout.split()


def test_commands_are_completed() -> None:
    assert complete("mimi va") == ["validate"]
    assert set(main.COMMANDS) <= set(complete("mimi "))


@pytest.mark.parametrize("command", ["status", "destroy", "state list"])
def test_names_of_deployments_are_completed(command: str, tmp_path: Path) -> None:
    for name in ("alpha", "beta", "beta2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "deployment.json").write_text("{}")
    assert complete(f"mimi {command} b", MIMI_RUN_DIR=str(tmp_path)) == ["beta", "beta2"]


def test_completion_without_a_run_directory_is_silent(tmp_path: Path) -> None:
    assert complete("mimi status ", MIMI_RUN_DIR=str(tmp_path / "none")) == []
