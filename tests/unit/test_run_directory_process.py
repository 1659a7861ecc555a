# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mimi.run_directory import Identity
from mimi.supervisor.loop import backoff_s
from mimi.supervisor.process import cap_log, clear_stale_socket, end_process, log_tail


def test_a_big_log_moves_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        cap_log(log, limit=100)
        assert log.stat().st_size == 100
        writer.write(b"y")
        cap_log(log, limit=100)
        writer.write(b"z")
    assert log.read_bytes() == b"z"
    assert (tmp_path / "a.log.1").read_bytes() == b"x" * 100 + b"y"


def test_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert log_tail(log) == []
    log.write_text("".join(f"{n}\n" for n in range(10_000)))
    assert log_tail(log, lines=2) == ["9998", "9999"]


def test_first_restart_is_at_once_then_pauses_grow_to_five_seconds() -> None:
    pauses = [backoff_s(deaths) for deaths in range(1, 12)]
    assert pauses[:4] == [0.0, 0.2, 0.4, 0.8]
    assert pauses == sorted(pauses)
    assert pauses[-1] == backoff_s(10_000) == 5.0


@pytest.mark.parametrize("handler", ["SIG_DFL", "SIG_IGN"])
def test_ending_takes_a_kill_when_it_must(handler: str) -> None:
    script = f"import signal; signal.signal(signal.SIGTERM, signal.{handler}); print(1, flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        identity = Identity.of(process.pid)
        assert identity is not None
        assert end_process(identity, grace_s=0.2)
        assert not identity.alive
        assert process.wait() == (-9 if handler == "SIG_IGN" else -15)


def test_only_a_socket_nobody_listens_on_is_removed() -> None:
    import socket

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "s"
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        clear_stale_socket(str(path))
        assert path.exists()
        server.close()
        clear_stale_socket(str(path))
        assert not path.exists()
        path.write_text("a file")
        clear_stale_socket(str(path))
        assert path.exists()
