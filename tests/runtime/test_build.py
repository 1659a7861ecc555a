# SPDX-License-Identifier: Apache-2.0
"""Packages of user elements: built, loaded by the program and in this process, refused with the compiler's words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from clickprogram import run_click

from mimi.build import build_package
from mimi.build.scan import requirements_met, scan_file
from mimi.errors import BuildError

HEADER = """// A test element: answers with its own name.
#ifndef TWICE_HH
#define TWICE_HH
#include <click/element.hh>
class Twice : public Element {
  public:
    const char *class_name() const override { return "Twice"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override;
};
#endif
"""
SOURCE = """#include <click/config.h>
#include "twice.hh"
Packet *Twice::simple_action(Packet *packet)
{
    output(0).push(packet->clone());
    return packet;
}
EXPORT_ELEMENT(Twice)
"""
CONFIG = "require(package twice); InfiniteSource(LIMIT 3, STOP true) -> Twice -> c :: Counter -> Discard"


def write(directory: Path, **files: str) -> Path:
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / name.replace("_", ".")).write_text(text)
    return directory


def test_built_package_is_loaded_by_the_program(tmp_path: Path) -> None:
    source = write(tmp_path / "src", twice_hh=HEADER, twice_cc=SOURCE)
    package = build_package(source, "twice", tmp_path / "out")
    assert package == tmp_path / "out" / "twice.uo"
    done = run_click("-C", str(tmp_path / "out"), "-e", CONFIG, "-h", "c.count")
    assert (done.returncode, done.stdout) == (0, "6\n"), done.stderr


def test_package_can_be_named_on_the_command_line(tmp_path: Path) -> None:
    source = write(tmp_path / "src", twice_hh=HEADER, twice_cc=SOURCE)
    package = build_package(source, "twice", tmp_path / "out")
    config = CONFIG.removeprefix("require(package twice); ")
    done = run_click("--package", str(package), "-e", config, "-h", "c.count")
    assert (done.returncode, done.stdout) == (0, "6\n"), done.stderr


def test_package_file_that_is_missing_or_none(tmp_path: Path) -> None:
    missing = run_click("--package", str(tmp_path / "none.uo"), "-e", "Idle")
    assert (missing.returncode, missing.stderr) == (1, f"While loading package 'none':\n  no file '{tmp_path}/none.uo'\n")
    (tmp_path / "text.uo").write_text("no shared object")
    wrong = run_click("--package", str(tmp_path / "text.uo"), "-e", "Idle")
    assert wrong.returncode == 1
    assert "was not built for this program" in wrong.stderr


def test_missing_package_says_what_it_looked_for() -> None:
    done = run_click("-e", CONFIG)
    assert done.returncode == 1
    assert "While loading package 'twice':" in done.stderr
    assert "can't find required package 'twice.uo'" in done.stderr


def test_package_is_loaded_in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mimi.click import Router

    write(tmp_path / "src", twice_hh=HEADER, twice_cc=SOURCE)
    build_package(tmp_path / "src", "twice", tmp_path / "out")
    monkeypatch.setenv("CLICKPATH", f"{tmp_path / 'out'}{os.pathsep}")
    with Router("require(package twice); in :: MemoryIn -> Twice -> out :: MemoryOut") as router:
        router.push("in", b"x")
        assert router.run() == 2


def test_compiler_errors_are_shown(tmp_path: Path) -> None:
    source = write(tmp_path / "src", twice_hh=HEADER, twice_cc=SOURCE.replace("packet->clone()", "packet->fly()"))
    with pytest.raises(BuildError, match="fly") as caught:
        build_package(source, "twice", tmp_path / "out")
    assert "twice.cc" in str(caught.value)
    assert not (tmp_path / "out" / "twice.uo").exists()


@pytest.mark.parametrize(("name", "words"), [("../x", "name"), ("", "name")])
def test_bad_names(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(BuildError, match=words):
        build_package(tmp_path, name, tmp_path)


def test_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no \.cc files"):
        build_package(write(tmp_path / "src"), "x", tmp_path)
    with pytest.raises(BuildError, match="no element is exported"):
        build_package(write(tmp_path / "src", a_cc="int nothing;\n"), "x", tmp_path)
    with pytest.raises(BuildError, match="no header"):
        build_package(write(tmp_path / "src", a_cc="EXPORT_ELEMENT(Ghost)\n"), "x", tmp_path)


def test_scanner_ignores_comments_and_reads_names(tmp_path: Path) -> None:
    write(tmp_path, twice_hh=HEADER.replace('"Twice"', '"Double"'), twice_cc="// EXPORT_ELEMENT(No)\n/* EXPORT_ELEMENT(No2) */\n" + SOURCE)
    found = scan_file(tmp_path / "twice.cc")
    assert [(element.cxx_class, element.name) for element in found] == [("Twice", "Double")]


@pytest.mark.parametrize(
    ("words", "met"),
    [
        (["userlevel"], True),
        (["linuxmodule"], False),
        (["!linuxmodule"], True),
        (["linuxmodule|userlevel"], True),
        (["dpdk"], False),
        (["Queue"], True),
    ],
)
def test_requirements(words: list[str], met: bool) -> None:
    assert requirements_met(words) is met
