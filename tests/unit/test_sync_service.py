# SPDX-License-Identifier: Apache-2.0
"""What services share: status, readiness, the end, and who is scheduled first."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mimi.service import Service, Urgency


def test_status_is_replaced_as_a_whole(tmp_path: Path) -> None:
    service = Service("driver", tmp_path)
    assert service.due
    for number in range(3):
        service.status("running", seen=number)
    assert not service.due
    data = json.loads((tmp_path / "driver.json").read_text())
    assert data | {"time": 0} == {"service": "driver", "pid": os.getpid(), "time": 0, "state": "running", "seen": 2}
    assert abs(data["time"] - time.time()) < 60
    assert [path.name for path in tmp_path.iterdir()] == ["driver.json"]


def test_a_status_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    Service("driver", tmp_path / "gone").status("running")
    Service("driver", None).status("running")


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_readiness_is_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    name = str(tmp_path / "n") if kind == "path" else f"@mimi-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(name.replace("@", "\0"))
        supervisor.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        Service("driver", None).ready()
        assert supervisor.recv(100) == b"READY=1"
    Service("driver", None).ready()  # nobody listens any more
    monkeypatch.delenv("NOTIFY_SOCKET")
    Service("driver", None).ready()


def test_stopping_wakes_whoever_waits() -> None:
    service = Service("driver", None)
    service.stop()
    assert service.stopping
    assert select.select([service.wakeup], [], [], 5)[0]
    service.pause(1000)


def test_a_trouble_is_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    service = Service("driver", None)
    for text in ("a", "a", "b", "b"):
        service.once("store-lost", text)
    service.recovered("store-connected", address="x")
    service.recovered("store-connected", address="x")
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(e["event"], e.get("error")) for e in events] == [("store-lost", "a"), ("store-lost", "b"), ("store-connected", None)]
    assert {e["service"] for e in events} == {"driver"}


@pytest.mark.root
def test_who_works_hard_is_ordinary_and_who_waits_is_urgent() -> None:
    program = "import sys\nsys.stdin.read(1)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as child:
        try:
            urgency = Urgency(child.pid)
            if not urgency.urgent:
                pytest.skip("this machine lets nobody be urgent")
            assert os.sched_getscheduler(child.pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
            assert child.stdin
            child.stdin.write(b"go")
            child.stdin.flush()
            end = time.monotonic() + 20
            while urgency.urgent and time.monotonic() < end:
                select.select([], [], [], 0.2)
                urgency.review()
            assert os.sched_getscheduler(child.pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_OTHER
        finally:
            child.kill()
    urgency.review()  # it has ended: nothing happens
