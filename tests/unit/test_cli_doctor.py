# SPDX-License-Identifier: Apache-2.0
"""``mimi doctor``: its checks do what they report on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import CONFIGS, run_mimi

from mimi import doctor
from mimi.doctor import Check, can_listen, examine_machine, examine_pairing, port_holders
from mimi.pairing import Pairing, load_pairing, parse_pairing


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def pairing(**changes: str) -> Pairing:
    text = (CONFIGS / "minimal.yaml").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return parse_pairing(text)


def test_json_agrees_with_the_exit_code() -> None:
    done = run_mimi("doctor", "--json")
    report = json.loads(done.stdout)
    fatal = [c for c in report["checks"] if c["required"] and c["state"] == "failed"]
    assert report["schema"] == 1
    assert report["ready"] == (not fatal)
    assert done.returncode == (3 if fatal else 0)
    assert all(c["fix"] for c in report["checks"] if c["state"] == "failed")


def test_text_has_a_line_for_each_check_and_a_fix_for_each_failure() -> None:
    done = run_mimi("doctor", CONFIGS / "minimal.yaml")
    assert done.returncode == 3  # nobody has that eth1 with that address
    assert "client interface eth1" in done.stdout
    assert done.stdout.count("fix: ") >= done.stdout.count(" failed  ")
    assert "not ready:" in done.stdout


def test_a_missing_program_is_named_with_its_fix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    checks = by_name(examine_machine())
    for name, word in (
        ("redis-server, the private store", "redis-server"),
        ("Open vSwitch (demo and labs)", "openvswitch"),
        ("a C++ compiler (mimi build)", "g++"),
    ):
        assert checks[name].state == "failed"
        assert word in checks[name].fix
    assert checks["redis-server, the private store"].fatal
    assert not checks["Open vSwitch (demo and labs)"].fatal


def test_a_program_that_lies_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A redis-server that starts and dies, and a `click` that is the command-line library."""
    for name, line in (("redis-server", "exit 1"), ("click", "echo 'click, version 8.5.1'")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    checks = by_name(examine_machine(pairing(**{"minion:\n": "minion:\n  engine: click\n"})))
    assert checks["redis-server, the private store"].found == "redis-server did not come up"
    assert "no Click that runs here, click, version 8.5.1" in checks["click, the installed engine"].found


def test_the_log_daemons_are_told_by_name_and_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = {"ulogd": "ulogd Version 2.0.8", "rsyslogd": "rsyslogd  8.2302.0 (aka 2023.02) compiled with:\n\tPLATFORM: x"}
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{text}'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert by_name(examine_machine())["ulogd and rsyslog (demo)"].found == "ulogd 2.0.8, rsyslogd 8.2302.0"


@pytest.mark.redis
def test_redis_is_started_and_asked() -> None:
    check = by_name(examine_machine())["redis-server, the private store"]
    assert check.state == "ok"
    assert "answered PING" in check.found


@pytest.mark.root
def test_root_checks_pass_and_leave_nothing() -> None:
    before = set(Path("/run/netns").glob("mimi-doctor-*"))
    checks = by_name(examine_machine())
    assert checks["packet sockets"].state == "ok", checks["packet sockets"].found
    assert checks["network namespaces"].state == "ok", checks["network namespaces"].found
    assert set(Path("/run/netns").glob("mimi-doctor-*")) == before


def test_a_pairing_decides_what_is_required() -> None:
    assert not by_name(examine_machine(load_pairing(CONFIGS / "minimal.yaml")))["os-ken, the OpenFlow controller"].required
    checks = by_name(examine_machine(load_pairing(CONFIGS / "fig2-lb.yaml")))
    assert checks["os-ken, the OpenFlow controller"].required
    remote = by_name(examine_machine(load_pairing(CONFIGS / "remote-redis.yaml")))
    assert not remote["redis-server, the private store"].required


def test_a_held_port_names_its_holder() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert os.getpid() in port_holders("tcp", port)
        text = pairing(**{"udp://203.0.113.5:514": f"tcp://127.0.0.1:{port}"})
        check = by_name(examine_pairing(text))[f"driver's place tcp://127.0.0.1:{port}"]
    assert check.fatal
    assert f"(pid {os.getpid()})" in check.found
    assert can_listen(f"tcp://127.0.0.1:{port}") == "free"


def test_a_held_udp_port_names_its_holder() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        assert os.getpid() in port_holders("udp", holder.getsockname()[1])


def test_a_port_that_our_own_deployment_holds_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    child = subprocess.Popen(
        ["python3", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "MIMI_DEPLOYMENT": "x"}, text=True
    )
    with child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        assert can_listen(f"tcp://127.0.0.1:{port}").startswith("held by a deployment: ")
        child.communicate("")


def test_an_address_of_another_machine() -> None:
    check = by_name(examine_pairing(pairing()))["driver's place udp://203.0.113.5:514"]
    assert check.fatal
    assert "address of this machine" in check.fix


def test_unix_places(tmp_path: Path) -> None:
    def look(path: object) -> Check:
        return by_name(examine_pairing(pairing(**{"udp://203.0.113.5:514": f"unix://{path}"})))[f"driver's place unix://{path}"]

    assert look(tmp_path / "new.sock").state == "ok"
    assert "mkdir -p" in look(tmp_path / "none/new.sock").fix
    (tmp_path / "file").write_text("")
    assert "not a socket" in look(tmp_path / "file").found
    assert not (tmp_path / "new.sock").exists()


def test_a_device_whose_mtu_is_smaller_than_the_pairings_is_told() -> None:
    pairing = load_pairing(CONFIGS / "minimal.yaml")
    client = pairing.minion.interfaces.client
    assert client is not None
    for mtu, told in ((65535, False), (65536, True)):
        lo = client.model_copy(update={"device": "lo", "mtu": mtu + 1 if told else mtu})
        interfaces = pairing.minion.interfaces.model_copy(update={"client": lo})
        found = by_name(
            examine_pairing(pairing.model_copy(update={"minion": pairing.minion.model_copy(update={"interfaces": interfaces})}))
        )
        assert ("MTU of lo" in found) == told
    assert (found["MTU of lo"].state, found["MTU of lo"].fatal) == ("failed", False)
    assert "mtu: 65536 at minion.interfaces.client" in found["MTU of lo"].fix


def test_interfaces_are_looked_for() -> None:
    checks = by_name(examine_pairing(pairing(eth1="lo", eth2="no-such-dev")))
    assert checks["client interface lo"].state == "ok"
    assert checks["server interface no-such-dev"].fatal


def test_a_missing_namespace_is_named() -> None:
    checks = by_name(examine_pairing(pairing(**{"minion:\n": "minion:\n  netns: mimi-no-such\n"})))
    assert checks["namespace mimi-no-such"].fatal
    assert "ip netns add mimi-no-such" in checks["namespace mimi-no-such"].fix


def test_a_store_that_does_not_answer(tmp_path: Path) -> None:
    text = (CONFIGS / "minimal.yaml").read_text() + f"store: {{url: 'unix://{tmp_path}/none.sock'}}\n"
    check = by_name(examine_pairing(parse_pairing(text)))[f"store unix://{tmp_path}/none.sock"]
    assert check.fatal
    assert check.fix


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ovs-vswitchd").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "ovs-vswitchd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(doctor, "TIMEOUT_S", 0.2)
    check = doctor._check("x", doctor._open_vswitch)
    assert "did not end" in check.found
