# SPDX-License-Identifier: Apache-2.0
"""The state path as processes: redis-server, a minion, ``mimi run driver``, ``mimi run sync``; each can be killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mimi.click.control import ControlSocket
from mimi.errors import MimiError
from mimi.store import RedisStore
from mimi.store.codec import decode_record

ROOT = Path(__file__).parents[2]
NAME = "world"
MIMI = (sys.executable, "-m", "mimi.cli.main")
RUNTIME = ROOT / "build" / "mimi-click"


def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Wait for a condition, with a deadline; a process that cannot be asked yet counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except MimiError:
            pass
        assert time.monotonic() < end, f"gave up waiting for {what}"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """Everything one pairing needs, in ``root``."""

    def __init__(self, root: Path, *, minion: str = "twin", store_url: str | None = None) -> None:
        self.root, self.directory = root, root / NAME
        self.directory.mkdir()
        self.port = free_port()
        self.file = root / "pairing.yaml"
        self.write_pairing(store_url)
        self.store_socket = self.directory / "store.sock"
        self.control_socket = self.directory / "control.sock"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "MIMI_RUN_DIR": str(root)}
        self.environment.pop("NOTIFY_SOCKET", None)
        self._minion = minion
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def write_pairing(self, store_url: str | None = None, *, extra: str = "") -> None:
        text = (ROOT / "configs/fig2-lb.yaml").read_text()
        text = text.replace("pairing: fig2-lb", f"pairing: {NAME}", 1).replace("192.0.2.2/32", "127.0.0.1/32")
        text = text.replace("udp://192.0.2.1:5514", f"udp://127.0.0.1:{self.port}")
        if store_url:
            text = text.replace("store: {}", f"store: {{url: '{store_url}'}}")
        self.file.write_text(text + extra)
        (self.directory / "pairing.yaml").write_text(self.file.read_text())

    def argv(self, name: str) -> Sequence[str]:
        if name == "redis":
            aof = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")
            return ("redis-server", "--port", "0", "--unixsocket", str(self.store_socket), "--dir", str(self.root), *aof)
        if name == "minion" and self._minion == "twin":
            return (sys.executable, str(ROOT / "tests/integration/minion_twin.py"), str(self.control_socket))
        if name == "minion":
            return (str(RUNTIME), "-u", str(self.control_socket), str(self.router()))
        return (*MIMI, "run", name, str(self.file))

    def router(self) -> Path:
        backends = " ".join(f"10.2.0.{n}:8080" for n in range(1, 6))
        balancer = f"lb :: MinionLB(VIP tcp 10.1.0.100:8080 random {backends});"
        file = self.root / "minion.click"
        file.write_text(f"{balancer}\nIdle -> lb -> Discard;\nIdle -> [1] lb [1] -> Discard;\n")
        return file

    def start(self, *names: str, **environment: str) -> None:
        for name in names:
            log = (self.root / f"{name}.log").open("ab")
            if name == "minion":
                self.control_socket.unlink(missing_ok=True)
            with log:
                self.processes[name] = subprocess.Popen(self.argv(name), env={**self.environment, **environment}, stdout=log, stderr=log)
            if name == "redis":
                until(lambda: self.store().generation() is not None, "Redis")
            elif name == "minion":
                until(lambda: self.flows() >= 0, "the minion")

    def start_all(self) -> None:
        self.start("redis", "minion", "sync", "driver")
        until(lambda: self.status("sync").get("state") == "in-sync", "sync")
        until(lambda: self.status("driver").get("state") == "running", "the driver")

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait(10)

    def stop(self, name: str) -> int:
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(10)

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        self.sender.close()

    def store(self) -> RedisStore:
        store = RedisStore(NAME, f"unix://{self.store_socket}")
        store.connect()
        return store

    def status(self, service: str) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads((self.directory / "status" / f"{service}.json").read_text())
        except (OSError, ValueError):
            return {}
        alive = self.processes.get(service)
        return data if alive is not None and data["pid"] == alive.pid else {}

    def flows(self) -> int:
        with ControlSocket(str(self.control_socket)) as control:
            return int(control.read("lb.count"))

    def mimi(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*MIMI, *words], env=self.environment, capture_output=True, text=True, timeout=60, input=text, check=False)

    # What each of them holds: flow key -> backend

    def in_store(self) -> dict[str, str]:
        records = [decode_record(text) for page in self.store().snapshot() for _, text in page]
        return {record.orig.key: f"{record.xlat.daddr}:{record.xlat.dport}" for record in records}

    def in_minion(self) -> dict[str, str]:
        with ControlSocket(str(self.control_socket)) as control:
            rows = [line.split(" ") for line in control.read_text("lb.export").splitlines()]
        return {" ".join(row[2:5]): row[6] for row in rows}

    # The primary's log

    def say(self, datagram: bytes) -> None:
        self.sender.sendto(datagram, ("127.0.0.1", self.port))

    def say_flow(self, number: int, backend: int, flags: str = "SYN") -> str:
        """Log a packet of a flow; returns its key."""
        source, port = f"10.1.{1 + number // 50_000}.1", 1024 + number % 50_000
        fields = f"SRC={source} DST=10.1.0.100 LEN=60 PROTO=TCP SPT={port} DPT=8080 WINDOW=64240 RES=0x00 {flags} URGP=0"
        self.say(f"<4>Nov 22 10:00:01 lb1 kernel: [ 1.2] MIMI be=10.2.0.{backend}:8080 IN=eth0 OUT= {fields}".encode())
        return f"tcp {source}:{port} 10.1.0.100:8080"
