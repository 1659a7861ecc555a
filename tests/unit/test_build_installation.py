# SPDX-License-Identifier: Apache-2.0
"""Finding and judging an installed Click or FastClick, on stand-ins for one: no Click is needed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from command import run_mimi
from fakeclick import CONFIG_H, fake_installation

from mimi.build import embedded, find_installation, include_directory
from mimi.build.package import build_package
from mimi.errors import BuildError, MissingError

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ on PATH; apt-get install g++")


def refusal(engine: str, prefix: Path | None) -> str:
    with pytest.raises(MissingError) as caught:
        find_installation(engine, prefix)
    assert caught.value.problems[0].hint or caught.value.problems[0].expected
    return str(caught.value)


def test_compiler_flags_and_headers_are_the_installation_s_own(tmp_path: Path) -> None:
    prefix = fake_installation(tmp_path / "opt")
    (prefix / "src").mkdir()
    chain = find_installation("click", prefix).toolchain()
    assert (chain.cxx, chain.cc) == (("g++",), ("gcc",))
    assert chain.cxxflags[:3] == ("-O3", "-std=gnu++11", "-DFROM_CPPFLAGS")
    assert {"-fPIC", "-DCLICK_USERLEVEL", "-DHAVE_CONFIG_H"} <= set(chain.cxxflags)
    assert "-std=gnu++11" not in chain.ccflags
    assert chain.ldflags[:4] == ("-O3", "-std=gnu++11", "-shared", "-pthread")
    assert chain.includes == (prefix / "include", prefix / "src")
    assert chain.loader == prefix / "bin/click"


def test_the_embedded_engine_s_headers_are_not_among_them(tmp_path: Path) -> None:
    chain = find_installation("click", fake_installation(tmp_path)).toolchain()
    assert include_directory() not in chain.includes
    assert chain.mimi_headers == include_directory()


def test_features_follow_the_configured_headers(tmp_path: Path) -> None:
    plain = find_installation("click", fake_installation(tmp_path / "click"))
    batched = find_installation("fastclick", fake_installation(tmp_path / "fastclick", fastclick=True))
    assert plain.features == {"userlevel", "int64"}
    assert batched.features == {"userlevel", "int64", "batch"}


def test_without_a_prefix_it_is_the_click_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = fake_installation(tmp_path / "opt")
    monkeypatch.setenv("PATH", f"{prefix / 'bin'}:{os.environ['PATH']}")
    assert find_installation("click").prefix == prefix
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no `click` on PATH" in refusal("click", None)


def test_a_prefix_without_click(tmp_path: Path) -> None:
    assert "no such directory" in refusal("click", tmp_path / "nowhere")
    words = refusal("fastclick", tmp_path)
    assert "no FastClick there" in words
    assert "bin/click" in words
    prefix = fake_installation(tmp_path / "opt")
    (prefix / "share/click/pkg-config.mk").unlink()
    assert "no share/click/pkg-config.mk" in refusal("click", prefix)


def test_a_source_tree_is_no_prefix(tmp_path: Path) -> None:
    (tmp_path / "userlevel").mkdir()
    (tmp_path / "userlevel/click.cc").touch()
    assert "make install" in refusal("click", tmp_path)


@pytest.mark.parametrize(("said", "there"), [("click", "FastClick"), ("fastclick", "Click")])
def test_the_other_engine(tmp_path: Path, said: str, there: str) -> None:
    prefix = fake_installation(tmp_path, fastclick=there == "FastClick")
    words = refusal(said, prefix)
    assert f"found: {there}" in words
    assert f"say engine {there.lower()}" in words


def test_without_dynamic_linking_no_package_can_be_loaded(tmp_path: Path) -> None:
    prefix = fake_installation(tmp_path, config=CONFIG_H.replace("#define HAVE_DYNAMIC_LINKING 1", "/* #undef HAVE_DYNAMIC_LINKING */"))
    assert "--disable-dynamic-linking" in refusal("click", prefix)


def test_other_software_called_click(tmp_path: Path) -> None:
    prefix = fake_installation(tmp_path, program="#!/bin/sh\necho 'click, version 8.5.1'\n")
    words = refusal("click", prefix)
    assert "no Click" in words
    assert "click, version 8.5.1" in words


def test_a_program_that_dies_says_so(tmp_path: Path) -> None:
    assert "exit code" in refusal("click", fake_installation(tmp_path, program="#!/bin/sh\nkill -SEGV $$\n"))


def test_program_and_headers_of_two_versions(tmp_path: Path) -> None:
    words = refusal("click", fake_installation(tmp_path, config=CONFIG_H.replace("2.1", "1.9")))
    assert "program 2.1, headers 1.9" in words


def test_headers_that_do_not_compile(tmp_path: Path) -> None:
    assert "click/config.h" in refusal("click", fake_installation(tmp_path, config="#error broken\n"))


def test_a_package_its_program_does_not_load_is_not_left_behind(tmp_path: Path) -> None:
    loader = tmp_path / "refuses"
    loader.write_text("#!/bin/sh\necho 'undefined symbol: nothing' >&2; exit 1\n")
    loader.chmod(0o755)
    source = tmp_path / "mine"
    source.mkdir()
    element = 'class A : public Element { public: const char *class_name() const override { return "A"; } };\n'
    (source / "a.hh").write_text("#include <click/element.hh>\n" + element)
    (source / "a.cc").write_text('#include <click/config.h>\n#include "a.hh"\nEXPORT_ELEMENT(A)\n')
    with pytest.raises(BuildError, match="undefined symbol: nothing"):
        build_package(source, "mine", tmp_path / "out", toolchain=embedded(loader))
    assert not (tmp_path / "out").exists()


def test_the_command_reports_a_missing_engine_as_missing(tmp_path: Path) -> None:
    done = run_mimi("build", "--engine", "click", "--prefix", tmp_path)
    assert done.returncode == 3
    assert "no Click there" in done.stderr


def test_the_command_refuses_a_prefix_of_the_embedded_engine(tmp_path: Path) -> None:
    done = run_mimi("build", tmp_path, "--prefix", tmp_path)
    assert done.returncode == 2
    assert "--prefix" in done.stderr
