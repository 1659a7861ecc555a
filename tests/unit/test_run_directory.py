# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mimi.errors import DeployError
from mimi.run_directory import (
    TOKEN_VARIABLE,
    Deployment,
    Identity,
    ServiceRecord,
    deploy_lock,
    deployed_names,
    marked_processes,
    read_deployment,
    read_status,
    run_directory,
    start_ticks,
    try_lock,
    write_atomically,
    write_deployment,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMI_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("MIMI_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits to be ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, TOKEN_VARIABLE: "token-of-this-test"},
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    if process.stdin is not None:
        process.stdin.close()


def test_identity_follows_one_process_until_it_ends(child: subprocess.Popen[bytes]) -> None:
    identity = Identity.of(child.pid)
    assert identity is not None and identity.alive
    assert identity.signal(signal.SIGTERM)
    child.wait()
    assert not identity.alive
    assert not identity.signal(signal.SIGTERM)


def test_a_zombie_is_dead(child: subprocess.Popen[bytes]) -> None:
    identity = Identity.of(child.pid)
    assert identity is not None
    descriptor = os.pidfd_open(child.pid)
    child.kill()
    os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOWAIT)  # ended, not reaped
    os.close(descriptor)
    assert Path(f"/proc/{child.pid}").exists()
    assert not identity.alive


def test_another_start_time_or_boot_is_another_process(child: subprocess.Popen[bytes]) -> None:
    identity = Identity.of(child.pid)
    assert identity is not None
    for other in (Identity(child.pid, identity.start + 1, identity.boot), Identity(child.pid, identity.start, "x")):
        assert not other.alive
        assert not other.signal(signal.SIGKILL)
    assert child.poll() is None


def test_start_time_survives_an_odd_process_name() -> None:
    comm = Path("/proc/self/comm")
    before, name = start_ticks(os.getpid()), comm.read_text(encoding="utf-8")
    try:
        comm.write_text("a) R 1 (b", encoding="ascii")
        assert start_ticks(os.getpid()) == before
    finally:
        comm.write_text(name, encoding="utf-8")


def test_uptime_counts_from_the_start(child: subprocess.Popen[bytes]) -> None:
    identity = Identity.of(child.pid)
    assert identity is not None
    assert 0 <= identity.uptime_s() < 600


def test_marked_processes_are_found_by_token(child: subprocess.Popen[bytes]) -> None:
    assert [found.pid for found in marked_processes("token-of-this-test")] == [child.pid]
    assert marked_processes("token-of-this-tes") == ()


def test_deployment_survives_its_file(home: Path) -> None:
    directory = run_directory("lb")
    directory.create()
    me = Identity.of(os.getpid())
    assert me is not None
    record = ServiceRecord("store", me, "abc", {"command": "1"}, ready=True, restarts=2)
    deployment = Deployment("lb", "t", 0, "/x.yaml", "id", me, {"store": record}, stores_state=True)
    write_deployment(directory, deployment)
    assert read_deployment(directory) == deployment
    assert deployed_names() == ("lb",)
    assert directory.deployment_file.stat().st_mode & 0o077 == 0


def test_no_record_is_none_and_a_damaged_one_is_an_error(home: Path) -> None:
    directory = run_directory("lb")
    directory.create()
    assert read_deployment(directory) is None
    for text in ("{", "[]", '{"schema": 1}', '{"schema": 99}'):
        directory.deployment_file.write_text(text, encoding="utf-8")
        with pytest.raises(DeployError):
            read_deployment(directory)


def test_a_status_that_is_no_json_reads_as_empty(home: Path) -> None:
    directory = run_directory("lb")
    directory.create()
    directory.status_file("sync").write_text("{", encoding="utf-8")
    assert read_status(directory, "sync") == {}


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 33, "lb\n"])
def test_names_cannot_leave_the_root(home: Path, name: str) -> None:
    with pytest.raises(DeployError):
        run_directory(name)


def test_a_path_too_long_for_sockets_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMI_RUN_DIR", str(tmp_path / ("x" * 120)))
    with pytest.raises(DeployError, match="too long"):
        run_directory("lb").create()
    assert not (tmp_path / ("x" * 120)).exists()


def test_one_deploy_at_a_time(home: Path) -> None:
    directory = run_directory("lb")
    script = "import sys; from mimi.run_directory import *\nwith deploy_lock(run_directory('lb')): print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        other.stdout.readline()
        with pytest.raises(DeployError, match=rf"pid {other.pid}"), deploy_lock(directory):
            pass
        other.stdin.close()
        other.wait()
    with deploy_lock(directory):
        pass


def test_a_removed_lock_file_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = try_lock(path)
    assert first is not None
    assert try_lock(path) is None
    path.unlink()
    second = try_lock(path)
    assert second is not None
    first.close()
    assert try_lock(path) is None
    second.close()


def test_writing_leaves_nothing_beside(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.json", "1")
    write_atomically(tmp_path / "a.json", "2")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "2"
