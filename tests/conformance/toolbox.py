# SPDX-License-Identifier: Apache-2.0
"""A directory for PATH in which upstream's programs are ours: what its tests call is answered by mimi-click."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What upstream's build knows besides element classes, as far as this engine has it.
PROVISIONS: Final = ("userlevel", "int64", "umultithread")


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The directory, and the names of upstream's companion programs in it."""

    directory: Path
    tools: frozenset[str]


def element_classes(click: Path, packages: list[Path]) -> list[str]:
    """Every element class of the engine with the packages loaded."""
    command = [str(click), *(f"--package={package}" for package in packages), "-q", "-e", "Idle", "-h", "classes"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def make_toolbox(directory: Path, click: Path, packages: list[Path], runner: Path) -> Toolbox:
    """Write the programs; ``runner`` is the checkout's own test runner, which some of its tests test."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        old.unlink()
    program = " ".join([shlex.quote(str(click)), *(f"--package={shlex.quote(str(package))}" for package in packages)])
    _script(directory / "click", f'exec {program} "$@"')
    _script(directory / "click-flatten", _FLATTEN.format(click=shlex.quote(str(click))))
    provided = directory / "provided.txt"
    provided.write_text("\n".join([*PROVISIONS, *element_classes(click, packages)]) + "\n", encoding="utf-8")
    _script(directory / "click-buildtool", _BUILDTOOL.format(provided=shlex.quote(str(provided))))
    _script(directory / "clicktest", f'exec perl -w {shlex.quote(str(runner))} "$@"')
    if not shutil.which("nc"):
        (directory / "nc").write_text(_NC, encoding="utf-8")
        (directory / "nc").chmod(0o755)
    return Toolbox(directory, frozenset({"click-flatten", "click-buildtool"}))


# What the tests use of netcat, for machines without it.
_NC: Final = """#!/usr/bin/env python3
import socket, sys, threading

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))


def receive():
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


receiver = threading.Thread(target=receive)
receiver.start()
while data := sys.stdin.buffer.read1(65536):
    connection.sendall(data)
connection.shutdown(socket.SHUT_WR)
receiver.join()
"""
_FLATTEN: Final = """exec {click} --flatten "$@\""""
_BUILDTOOL: Final = """[ "$1" = provides ] || {{ echo "click-buildtool: only 'provides' is here" >&2; exit 2; }}
shift
for word in "$@"; do
    grep -Fqx -e "$word" {provided} || exit 1
done"""


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
