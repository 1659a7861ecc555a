# SPDX-License-Identifier: Apache-2.0
"""``mimi build``: the command around ``mimi.build``, with a real compiler."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command import CONFIGS, run_mimi

from mimi.click import binary_path

HEADER = """#ifndef EXTRA_HH
#define EXTRA_HH
#include <click/element.hh>
class Extra : public Element { public:
  const char *class_name() const override { return "Extra"; }
  const char *port_count() const override { return PORTS_1_1; }
  Packet *simple_action(Packet *p) override { return p; }
};
#endif
"""
SOURCE = '#include <click/config.h>\n#include "extra.hh"\nCLICK_DECLS\nCLICK_ENDDECLS\nEXPORT_ELEMENT(Extra)\n'
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ on PATH; apt-get install g++")


@pytest.fixture
def elements(tmp_path: Path) -> Path:
    directory = tmp_path / "my elements"
    directory.mkdir()
    (directory / "extra.hh").write_text(HEADER)
    (directory / "extra.cc").write_text(SOURCE)
    return directory


def pairing(tmp_path: Path, packages: str) -> Path:
    file = tmp_path / "p.yaml"
    file.write_text((CONFIGS / "minimal.yaml").read_text().replace("minion:\n", f"minion:\n  packages: {packages}\n"))
    return file


@needs_compiler
def test_a_directory(elements: Path) -> None:
    done = run_mimi("build", elements)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{elements}/my_elements.uo: require(package my_elements)\n"
    assert (elements / "my_elements.uo").read_bytes()[:4] == b"\x7fELF"


@needs_compiler
def test_a_pairing_relative_to_its_file(elements: Path, tmp_path: Path) -> None:
    done = run_mimi("build", pairing(tmp_path, "[my elements]"), "--name", "mine", "--output", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    output = str(tmp_path / "out/mine.uo")
    package = {"name": "mine", "engine": "embedded", "sources": str(elements), "output": output}
    assert json.loads(done.stdout) == {"schema": 1, "program": str(binary_path()), "packages": [package]}


@needs_compiler
def test_the_compiler_s_words_are_passed_on(elements: Path) -> None:
    (elements / "extra.hh").write_text(HEADER.replace("return p;", "return nonsense;"))
    done = run_mimi("build", elements)
    assert done.returncode == 1
    assert "nonsense" in done.stderr
    assert not list(elements.glob("*.uo"))


def test_a_pairing_without_packages() -> None:
    done = run_mimi("build", CONFIGS / "minimal.yaml")
    assert (done.returncode, done.stdout) == (0, "no packages to build\n")


def test_a_package_that_is_not_there(tmp_path: Path) -> None:
    done = run_mimi("build", pairing(tmp_path, "[here, there]"))
    assert done.returncode == 1
    assert done.stderr.count("no such directory") == 2
    assert "minion.packages[1]" in done.stderr


def test_packages_of_an_engine_that_is_not_there(elements: Path, tmp_path: Path) -> None:
    done = run_mimi("build", pairing(tmp_path, f'["my elements"]\n  engine: click\n  prefix: {tmp_path}/nowhere'))
    assert done.returncode == 3
    assert "no such directory" in done.stderr


def test_one_name_for_two_packages(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert run_mimi("build", pairing(tmp_path, "[a, b]"), "--name", "x").returncode == 2


def test_an_empty_directory(tmp_path: Path) -> None:
    done = run_mimi("build", tmp_path)
    assert done.returncode == 1
    assert "no .cc files" in done.stderr
