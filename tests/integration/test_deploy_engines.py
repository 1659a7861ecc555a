# SPDX-License-Identifier: Apache-2.0
"""Pairings whose minion loads packages: MiMi's elements in an installed Click or FastClick, and a user's in any engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from deploylab import Lab, no_minion, wait_for

from mimi.click.control import ControlSocket
from mimi.run_directory import run_directory

pytestmark = [
    pytest.mark.root,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(bool(no_minion()), reason=no_minion() or "-"),
]
HEADER = """#ifndef SAYSHELLO_HH
#define SAYSHELLO_HH
#include <click/element.hh>
CLICK_DECLS
class SaysHello : public Element { public:
    const char *class_name() const { return "SaysHello"; }
};
CLICK_ENDDECLS
#endif
"""
SOURCE = '#include <click/config.h>\n#include "sayshello.hh"\nCLICK_DECLS\nCLICK_ENDDECLS\nEXPORT_ELEMENT(SaysHello)\n'


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.stock_click) for name in ("click", "fastclick")])
def installed(request: pytest.FixtureRequest, lab: Lab) -> Lab:
    """A lab whose pairing names an installed engine."""
    variable = f"{request.param.upper()}_PREFIX"
    prefix = os.environ.get(variable)
    if not prefix:
        pytest.skip(f"no installed {request.param}: set {variable} to the prefix it was installed with")
    lab.document["minion"] |= {"engine": request.param, "prefix": prefix}
    lab.write()
    return lab


def wire(lab: Lab, port: int, backend: str) -> dict:
    argv = ["ip", "netns", "exec", lab.netns, sys.executable, str(Path(__file__).with_name("wire.py")), str(port), backend]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def user_package(lab: Lab) -> Path:
    directory = lab.home / "my-elements"
    directory.mkdir()
    (directory / "sayshello.hh").write_text(HEADER)
    (directory / "sayshello.cc").write_text(SOURCE)
    lab.document["minion"]["packages"] = ["my-elements"]
    lab.write()
    return directory


def packages(lab: Lab) -> list[str]:
    with ControlSocket(str(run_directory(lab.name).control_socket)) as control:
        return control.read_text("packages").split()


def test_replicated_connections_go_on_through_it(installed: Lab) -> None:
    done = installed.deploy()
    engine = installed.document["minion"]["engine"]
    assert f"building package mimi for the engine {engine}" in done.stderr
    assert "ethtool -K PEER tx off" in done.stderr
    assert str(Path(installed.document["minion"]["prefix"]) / "bin/click") in minion_command(installed)
    installed.log_line(40000)
    installed.flows_become(1)
    assert wire(installed, 40000, "10.2.0.3") == {
        "forward": {"src": "10.1.0.1:40000", "dst": "10.2.0.3:8080", "data": "question", "sound": True},
        "reverse": {"src": "10.1.0.100:8080", "dst": "10.1.0.1:40000", "data": "answer", "sound": True},
    }
    assert "nothing to do" in installed.deploy().stdout


def minion_command(lab: Lab) -> str:
    return Path(f"/proc/{lab.service('minion').pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_it_is_started_over_its_stale_socket_and_gets_its_state_back(installed: Lab) -> None:
    installed.deploy()
    installed.log_line(40000)
    installed.flows_become(1)
    killed = installed.kill("minion")
    wait_for(lambda: installed.service("minion") != killed, "the minion runs again")
    wait_for(lambda: installed.status()["state"] == "in-sync", "in-sync again")
    installed.flows_become(1)


def test_other_backends_are_swapped_in_and_its_flows_stay(installed: Lab) -> None:
    installed.deploy()
    installed.log_line(40000)
    installed.flows_become(1)
    before = installed.service("minion")
    installed.document["vips"][0]["backends"].pop()
    installed.write()
    assert "swap    minion" in installed.deploy().stdout
    assert installed.service("minion") == before
    wait_for(lambda: installed.status()["state"] == "in-sync", "in-sync again")
    installed.flows_become(1)
    assert wire(installed, 40000, "10.2.0.3")["forward"]["dst"] == "10.2.0.3:8080"


def test_doctor_tells_which_engine_it_found(installed: Lab) -> None:
    done = installed.mimi("doctor", str(installed.file), "--json", code=None)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    engine = installed.document["minion"]["engine"]
    assert checks[f"{engine}, the installed engine"]["state"] == "ok"
    assert checks["offloads of minion-eth0"]["state"] in ("ok", "failed")
    assert "ethtool" in checks["offloads of minion-eth0: senders"]["fix"]


def test_packages_of_the_user_are_loaded_by_an_installed_engine(installed: Lab) -> None:
    user_package(installed)
    installed.deploy()
    assert {"mimi", "my-elements"} <= set(packages(installed))


def test_packages_of_the_user_are_loaded_and_built_anew_when_they_change(lab: Lab) -> None:
    directory = user_package(lab)
    lab.deploy()
    assert "my-elements" in packages(lab)
    before = lab.service("minion")
    assert "nothing to do" in lab.deploy().stdout
    (directory / "sayshello.cc").write_text(f"// changed\n{SOURCE}")
    assert "restart minion     changed: command, packages" in lab.deploy("--dry-run").stdout
    assert lab.service("minion") == before
    lab.deploy()
    assert lab.service("minion") != before
    assert len(list(run_directory(lab.name).packages_directory.iterdir())) == 1


def test_a_package_that_does_not_compile_changes_nothing(lab: Lab) -> None:
    lab.deploy()
    before = lab.service("minion")
    directory = user_package(lab)
    (directory / "sayshello.cc").write_text(SOURCE + "nonsense\n")
    assert "sayshello.cc:6" in lab.deploy(code=1).stderr
    assert lab.service("minion") == before
    assert "my-elements" not in packages(lab)


def test_a_prefix_without_an_engine_deploys_nothing(lab: Lab) -> None:
    lab.document["minion"] |= {"engine": "click", "prefix": str(lab.home)}
    lab.write()
    assert "no Click there" in lab.deploy(code=3).stderr
