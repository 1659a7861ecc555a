# SPDX-License-Identifier: Apache-2.0
"""Elements of others: sample packages run; what cannot be built or loaded is refused, with words that say what to do."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from clickprogram import run_click
from packagesamples import BATCHED, FAMILY, FASTPATH, SAMPLES, VANILLA, Sample, parse_answers

from mimi.build import build_package, embedded, include_directory
from mimi.click import Router, binary_path
from mimi.errors import BuildError, ClickError

MARKER = b"mimi:package:tag"
LAYOUT_AT, HEADERS_AT = 16, 20
ELEMENT = """#ifndef {guard}
#define {guard}
#include <click/element.hh>
class {name} : public Element {{ public:
    const char *class_name() const override {{ return "{name}"; }}
    const char *port_count() const override {{ return PORTS_1_1; }}
    Packet *simple_action(Packet *p) override;
}};
#endif
"""
BODY = '#include <click/config.h>\n#include "{file}.hh"\nPacket *{name}::simple_action(Packet *p) {{ {code} return p; }}\n'
MAIN = """#include <click/config.h>
#include <click/package.hh>
#include <click/glue.hh>
#include "plain.hh"
CLICK_USING_DECLS
static int type;
static Element *make(uintptr_t which) { return which == 7 ? new Plain : 0; }
extern "C" int init_module()
{
    click_provide("byhand");
    type = click_add_element_type("Plain", make, 7);
    CLICK_DMALLOC_REG("nXXX");
    return 0;
}
extern "C" void cleanup_module()
{
    click_chatter("byhand says goodbye");
    click_remove_element_type(type);
    click_unprovide("byhand");
}
"""


def element(directory: Path, name: str, code: str = "", *, export: bool = True) -> Path:
    """A source of one element, which does ``code`` with its packets."""
    directory.mkdir(exist_ok=True)
    file = name.lower()
    (directory / f"{file}.hh").write_text(ELEMENT.format(guard=f"{name.upper()}_HH", name=name))
    text = BODY.format(file=file, name=name, code=code) + (f"EXPORT_ELEMENT({name})\n" if export else "")
    (directory / f"{file}.cc").write_text(text)
    return directory


def pcap(frames: list[bytes]) -> bytes:
    """A capture file of these frames."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack("<IIII", at, 0, len(frame), len(frame)) + frame for at, frame in enumerate(frames))


def load(output: Path, *packages: str) -> str:
    """What the program says when it loads them; it must refuse."""
    text = "".join(f"require(package {name});" for name in packages)
    done = run_click("-C", f"{output}:", "-q", "-e", text + "Idle -> Discard;")
    assert done.returncode == 1, "it was loaded"
    return done.stderr


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.package)
def test_a_package_as_users_write_it_runs(sample: Sample, tmp_path: Path) -> None:
    build_package(sample.sources, sample.package, tmp_path, toolchain=embedded(binary_path()))
    handlers = [word for name in sample.answers for word in ("-h", name)]
    done = run_click("--simtime", "-C", f"{tmp_path}:", "-e", sample.configuration(), *handlers)
    assert done.returncode == 0, done.stderr
    assert parse_answers(done.stdout) == sample.answers


def test_batches_stay_batches_through_batched_elements(tmp_path: Path) -> None:
    build_package(BATCHED.sources, "batched", tmp_path)
    text = "require(package batched); InfiniteSource(LIMIT 8, BURST 4, STOP true) -> a :: Tally -> b :: Tally -> Discard;"
    done = run_click("-C", f"{tmp_path}:", "-e", text, "-h", "a.batches", "-h", "b.batches")
    assert parse_answers(done.stdout) == {"a.batches": "2", "b.batches": "2"}


def test_reverse_keeps_every_packet_of_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_package(BATCHED.sources, "batched", tmp_path)
    monkeypatch.setenv("CLICKPATH", f"{tmp_path}{os.pathsep}")
    with Router("require(package batched); in :: MemoryIn -> l :: LengthClass -> out :: MemoryOut; l[1] -> odd :: MemoryOut") as router:
        for packet in (b"aa", b"b", b"", b"cccc", b"ddd"):
            router.push("in", packet)
        router.run()
        assert [packet.data for packet in router.packets("out")] == [b"aa", b"cccc"]
        assert [packet.data for packet in router.packets("odd")] == [b"b", b"ddd"]


@pytest.mark.parametrize("end", [0, 1, 3])
def test_a_batch_ends_where_its_element_says(end: int, tmp_path: Path) -> None:
    """A packet that stops the loop is the last that passes, wherever in the batch it is; the rest of the batch is dropped."""
    build_package(FASTPATH.sources, "fastpath", tmp_path)
    frames = [b"E" if at == end else b"-" for at in range(4)]
    (tmp_path / "in.pcap").write_bytes(pcap(frames))
    text = f"require(package fastpath); FromDump({tmp_path}/in.pcap, STOP true, BURST 4) -> u :: UntilEnd(69) -> c :: Counter -> Discard;"
    done = run_click("-C", f"{tmp_path}:", "-e", text, "-h", "c.count", "-h", "u.state")
    assert done.returncode == 0, done.stderr
    assert parse_answers(done.stdout)["c.count"] == str(end + 1), done.stdout


def test_errors_of_a_package_s_element_have_its_name(tmp_path: Path) -> None:
    build_package(VANILLA.sources, "vanilla", tmp_path)
    done = run_click("-C", f"{tmp_path}:", "-e", "require(package vanilla); Idle -> e :: EveryNth(0) -> Discard; e[1] -> Discard")
    assert done.returncode == 1
    assert "config:1: While configuring 'e :: EveryNth':" in done.stderr
    assert "N must be positive" in done.stderr


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    shutil.copytree(FAMILY.sources, tmp_path / "family")
    folder = tmp_path / "family/folder.cc"
    folder.write_text(folder.read_text().replace("-lm", "-lno_such_library"))
    with pytest.raises(BuildError, match="no_such_library"):
        build_package(tmp_path / "family", "family", tmp_path)


# --- what is not built ---------------------------------------------------------------------------------------------------


def test_a_compiler_error_has_its_place_and_a_hint(tmp_path: Path) -> None:
    source = element(tmp_path / "src", "Plain", "int x = ;")
    with pytest.raises(BuildError) as caught:
        build_package(source, "plain", tmp_path / "out")
    assert [problem.place for problem in caught.value.problems] == [f"{source}/plain.cc:3:51"]
    (source / "plain.cc").write_text("#include <click/nowhere.hh>\n")
    (source / "more.cc").write_text("EXPORT_ELEMENT(Plain)\n")
    with pytest.raises(BuildError, match=r"docs/engines\.md"):
        build_package(source, "plain", tmp_path / "out")


def test_a_forgotten_export_is_named(tmp_path: Path) -> None:
    source = element(tmp_path / "src", "Plain", export=False)
    with pytest.raises(BuildError, match=r"found: Plain\n.*EXPORT_ELEMENT\(Plain\)"):
        build_package(source, "plain", tmp_path / "out")


def test_two_elements_of_one_name_are_refused(tmp_path: Path) -> None:
    source = element(tmp_path / "src", "Plain")
    element(source, "Other")
    (source / "other.hh").write_text((source / "other.hh").read_text().replace('"Other"', '"Plain"'))
    with pytest.raises(BuildError, match=r"two elements are called Plain\n  found: other.cc and plain.cc"):
        build_package(source, "plain", tmp_path / "out")


def test_an_undefined_function_is_found_when_building(tmp_path: Path) -> None:
    source = element(tmp_path / "src", "Plain", "extern void nowhere(); nowhere();")
    with pytest.raises(BuildError, match=r"undefined symbol: .*nowhere"):
        build_package(source, "plain", tmp_path / "out", toolchain=embedded(binary_path()))
    assert not (tmp_path / "out").exists()


# --- what is not loaded --------------------------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The file of a package with one element, ``Plain``."""
    return build_package(element(tmp_path / "src", "Plain"), "plain", tmp_path / "out")


@pytest.mark.parametrize("at", [LAYOUT_AT, HEADERS_AT], ids=["layout", "headers"])
def test_a_package_for_another_build_is_refused(plain: Path, at: int) -> None:
    image = bytearray(plain.read_bytes())
    image[image.index(MARKER) + at] ^= 1
    plain.write_bytes(image)
    words = load(plain.parent, "plain")
    assert "While loading package 'plain':" in words
    assert "was built for another build of this program" in words
    assert "mimi build" in words


def test_a_package_for_another_engine_is_refused(plain: Path) -> None:
    plain.write_bytes(plain.read_bytes().replace(MARKER, b"another:engine:x"))
    assert "was not built for this program" in load(plain.parent, "plain")


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain.uo").write_text("nothing")
    assert "was not built for this program" in load(tmp_path, "plain")
    (tmp_path / "plain.uo").write_bytes(MARKER)
    assert "was not built for this program" in load(tmp_path, "plain")


def test_a_class_that_the_engine_has_already_is_refused(tmp_path: Path) -> None:
    """The dynamic linker would run the engine's code on the package's objects."""
    build_package(element(tmp_path / "src", "Counter"), "mine", tmp_path)
    words = load(tmp_path, "mine")
    assert "class 'Counter' is defined in" in words
    assert "mimi-click" in words


def test_a_class_that_two_packages_have_is_refused(plain: Path, tmp_path: Path) -> None:
    build_package(element(tmp_path / "other", "Plain", "p->pull(1);"), "other", plain.parent)
    words = load(plain.parent, "plain", "other")
    assert "While loading package 'other':" in words
    assert "class 'Plain' is defined in" in words
    assert "plain.uo" in words


# --- by hand, and away again -----------------------------------------------------------------------------------------------


def by_hand(source: Path, main: Path, target: Path) -> None:
    """Compile a package without our generator, as other build tools do."""
    flags = ["-std=c++20", "-fPIC", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL", f"-I{include_directory()}", f"-I{source}"]
    target.parent.mkdir(exist_ok=True)
    command = ["g++", "-shared", *flags, "-o", str(target), str(main), *map(str, source.glob("*.cc"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_with_an_initialiser_of_its_own_loads_and_is_cleaned_up(tmp_path: Path) -> None:
    source = element(tmp_path / "src", "Plain")
    (tmp_path / "main.cc").write_text(MAIN)
    by_hand(source, tmp_path / "main.cc", tmp_path / "out/byhand.uo")
    text = "require(package byhand); InfiniteSource(LIMIT 2, STOP true) -> Plain -> c :: Counter -> Discard;"
    done = run_click("-C", f"{tmp_path}/out:", "-e", text, "-h", "c.count")
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert done.stderr.splitlines() == ["byhand says goodbye"]


@pytest.mark.stock_click
def test_a_package_whose_main_click_buildtool_made_loads(tmp_path: Path) -> None:
    tool = Path(os.environ.get("CLICK_PREFIX", "")) / "bin/click-buildtool"
    if not os.environ.get("CLICK_PREFIX"):
        pytest.skip("no installed click: set CLICK_PREFIX to the prefix it was installed with")
    source = element(tmp_path / "src", "Plain")
    (source / "plain.hh").write_text((source / "plain.hh").read_text().replace(" override", ""))
    found = subprocess.run([tool, "findelem", "-r", "userlevel", "-P"], input=".\n", cwd=source, capture_output=True, text=True, check=True)
    made = subprocess.run([tool, "elem2package", "plain"], input=found.stdout, cwd=source, capture_output=True, text=True, check=True)
    (tmp_path / "main.cc").write_text(made.stdout)
    by_hand(source, tmp_path / "main.cc", tmp_path / "out/plain.uo")
    done = run_click("-C", f"{tmp_path}/out:", "-e", "require(package plain); Idle -> Plain -> Discard; Script(stop)")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_goes_with_the_last_router_and_comes_back_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "require(package plain); in :: MemoryIn -> Plain -> out :: MemoryOut"
    monkeypatch.setenv("CLICKPATH", f"{tmp_path / 'out'}{os.pathsep}")

    def answer(code: str) -> bytes:
        build_package(element(tmp_path / "src", "Plain", code), "plain", tmp_path / "out")
        with Router(text) as router:
            router.push("in", b"abc")
            router.run()
            return router.packets("out")[0].data

    assert answer("p->pull(1);") == b"bc"
    with pytest.raises(ClickError, match="Plain"):
        Router("Idle -> Plain -> Discard")
    assert answer("p->pull(2);") == b"c"


def test_a_package_stays_while_any_router_lives(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICKPATH", f"{plain.parent}{os.pathsep}")
    with Router("require(package plain); in :: MemoryIn -> Plain -> out :: MemoryOut") as first:
        with Router("require(package plain); Idle -> Plain -> Discard"):
            pass
        first.push("in", b"abc")
        first.run()
        assert first.packets("out")[0].data == b"abc"


def test_a_missing_package_tells_where_it_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    done = run_click("-C", f"{tmp_path}/a:", "-q", "-e", "require(package nowhere); Idle -> Discard")
    assert done.returncode == 1
    assert "can't find required package 'nowhere.uo'" in done.stderr
    assert f"searched: {tmp_path}/a, {binary_path().parent.resolve()}" in done.stderr
    assert f"CLICKPATH is '{tmp_path}/a:'" in done.stderr
