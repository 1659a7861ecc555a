# SPDX-License-Identifier: Apache-2.0
"""MiMi's elements, and a user's, as packages of an installed Click and FastClick, run by its own program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mimi.build import Installation, build_package, elements_directory, find_installation
from mimi.errors import BuildError

sys.path.insert(0, str(Path(__file__).parents[1] / "runtime"))
from packagesamples import BATCHED, FASTPATH, SAMPLES, Sample, parse_answers

pytestmark = pytest.mark.stock_click

LB = """require(package mimi);
lb :: MinionLB(VIP udp 10.0.0.100:53 round-robin 10.1.0.1:5300 10.1.0.2:5300, UNKNOWN drop);
InfiniteSource(DATA \\<6666>, LIMIT 4, STOP true) -> UDPIPEncap(10.0.0.7, 1234, 10.0.0.100, 53) -> lb;
Idle -> [1]lb;
lb[0] -> CheckIPHeader -> backends :: Counter -> IPPrint(b) -> Discard;
lb[1] -> clients :: Counter -> Discard;
lb[2] -> others :: Counter -> Discard;
"""
FW = """require(package mimi);
fw :: MinionFirewall(RULE "allow from inside udp any any:53", RULE "deny from any any any any");
InfiniteSource(DATA \\<6666>, LIMIT 4, STOP true) -> UDPIPEncap(10.0.0.7, 1234, 10.0.0.100, 53) -> fw;
Idle -> [1]fw;
fw[0] -> CheckIPHeader -> out :: Counter -> Discard;
fw[1] -> Discard;
"""
HEADER = """#ifndef DOUBLE_HH
#define DOUBLE_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
typedef BatchElement DoubleBase;
#else
# include <click/element.hh>
typedef Element DoubleBase;
#endif
CLICK_DECLS
class Double : public DoubleBase { public:
    const char *class_name() const { return "Double"; }
    const char *port_count() const { return "1/2"; }
    void push(int, Packet *p) {
        if (Packet *copy = p->clone())
            output(1).push(copy);
        output(0).push(p);
    }
#if HAVE_BATCH
    void push_batch(int, PacketBatch *batch) {
        FOR_EACH_PACKET_SAFE(batch, p)
            push(0, p);
    }
#endif
};
CLICK_ENDDECLS
#endif
"""
SOURCE = '#include <click/config.h>\n#include "double.hh"\nCLICK_DECLS\nCLICK_ENDDECLS\nEXPORT_ELEMENT(Double)\n'


@pytest.fixture(params=["click", "fastclick"])
def installation(request: pytest.FixtureRequest) -> Installation:
    variable = f"{request.param.upper()}_PREFIX"
    prefix = os.environ.get(variable)
    if not prefix:
        pytest.skip(f"no installed {request.param}: set {variable} to the prefix it was installed with")
    return find_installation(request.param, Path(prefix))


def run(installation: Installation, packages: Path, text: str, *handlers: str, simtime: bool = False) -> tuple[str, str]:
    arguments = [word for handler in handlers for word in ("-h", handler)]
    command = [str(installation.program), "-C", f"{packages}:", *(["--simtime"] if simtime else []), "-e", text, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_the_load_balancer_rewrites_packets(installation: Installation, tmp_path: Path) -> None:
    build_package(elements_directory(), "mimi", tmp_path, toolchain=installation.toolchain())
    out, err = run(installation, tmp_path, LB, "backends.count", "clients.count", "others.count", "lb.count")
    assert [line for line in out.splitlines() if line and not line.endswith(":")] == ["4", "0", "0", "1"]
    assert err.count("10.0.0.7.1234 > 10.1.0.1.5300") == 4


def test_imported_bindings_decide(installation: Installation, tmp_path: Path) -> None:
    build_package(elements_directory(), "mimi", tmp_path, toolchain=installation.toolchain())
    line = "put 1 udp 10.0.0.7:1234 10.0.0.100:53 10.0.0.7:1234 10.1.0.2:5300 300"
    script = f"DriverManager(write lb.import {line}, pause);"
    out, err = run(installation, tmp_path, LB + script, "backends.count")
    assert out == "4\n", err
    assert err.count("10.0.0.7.1234 > 10.1.0.2.5300") == 4


def test_the_firewall_judges_packets(installation: Installation, tmp_path: Path) -> None:
    build_package(elements_directory(), "mimi", tmp_path, toolchain=installation.toolchain())
    out, err = run(installation, tmp_path, FW, "out.count", "fw.count", "fw.rules")
    assert [line for line in out.splitlines() if line and not line.endswith(":")][:2] == ["4", "1"], err
    assert "1 hits 1 allow from inside udp any any:53" in out


def test_an_element_of_the_user_that_batches_where_it_can(installation: Installation, tmp_path: Path) -> None:
    source = tmp_path / "double"
    source.mkdir()
    (source / "double.hh").write_text(HEADER)
    (source / "double.cc").write_text(SOURCE)
    build_package(source, "double", tmp_path / "out", toolchain=installation.toolchain())
    text = "require(package double); InfiniteSource(LIMIT 3, STOP true) -> d :: Double -> a :: Counter -> Discard; d[1] -> b :: Counter -> Discard;"
    out, _ = run(installation, tmp_path / "out", text, "a.count", "b.count")
    assert out == "a.count:\n3\n\nb.count:\n3\n\n"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.package)
def test_the_sample_packages_say_the_same_there(installation: Installation, tmp_path: Path, sample: Sample) -> None:
    if sample in (BATCHED, FASTPATH) and "batch" not in installation.features:
        pytest.skip("Click has no batches")
    build_package(sample.sources, sample.package, tmp_path, toolchain=installation.toolchain())
    out, _ = run(installation, tmp_path, sample.configuration(), *sample.answers, simtime=True)
    assert parse_answers(out) == sample.answers


def test_the_headers_of_the_embedded_engine_are_hidden(installation: Installation, tmp_path: Path) -> None:
    """Its config.h would define MIMI_RUNTIME."""
    source = tmp_path / "double"
    source.mkdir()
    (source / "double.hh").write_text(HEADER)
    (source / "double.cc").write_text(SOURCE + "#ifdef MIMI_RUNTIME\n# error mixed\n#endif\n")
    build_package(source, "double", tmp_path / "out", toolchain=installation.toolchain())


def test_a_missing_symbol_is_found_when_building(installation: Installation, tmp_path: Path) -> None:
    source = tmp_path / "double"
    source.mkdir()
    (source / "double.hh").write_text(HEADER)
    (source / "double.cc").write_text(SOURCE + "int nowhere();\nint use() { return nowhere(); }\n")
    with pytest.raises(BuildError, match="nowhere"):
        build_package(source, "double", tmp_path / "out", toolchain=installation.toolchain())
    assert not (tmp_path / "out").exists()
