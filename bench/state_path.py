# SPDX-License-Identifier: Apache-2.0
"""Measure the state path: a log datagram to the minion's acknowledgement, through the real services and real Redis.

    python -m bench.state_path [--minion PATH] [--rates 100,1000,5000] [--seconds 3]

Prints one JSON object. Lag is from the moment before ``sendto`` to the acknowledgement of the import that carried the
flow (``mimi run sync --trace``), ``from_driver_`` from the moment the driver had read the message, which leaves out
what happens to this script on a busy machine; flows that never arrived are counted as ``lost``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from mimi.click import binary_path
from mimi.click.control import ControlSocket
from mimi.errors import MimiError
from mimi.flow import FiveTuple, FlowRecord, Put
from mimi.service import Urgency
from mimi.store import RedisStore

REPOSITORY = Path(__file__).resolve().parents[1]

NAME = "bench"
VIP = "10.1.0.100"
LINE = (
    "<4>Nov 22 10:00:01 lb1 MIMI be=10.2.0.{backend}:8080 IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 "
    "SRC={source} DST=10.1.0.100 LEN=60 TOS=00 PREC=0x00 TTL=63 ID=4711 DF PROTO=TCP SPT={port} DPT=8080 "
    "SEQ=1 ACK=0 WINDOW=64240 SYN URGP=0 MARK=0"
)


def flow(number: int) -> tuple[str, int]:
    """Address and port of the number-th client."""
    return f"10.1.{1 + number // 50_000 // 200}.{1 + number // 50_000 % 200}", 1024 + number % 50_000


def datagram(number: int) -> bytes:
    """What the primary logs about the number-th flow."""
    source, port = flow(number)
    return LINE.format(backend=1 + number % 5, source=source, port=port).encode()


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for a condition, with a deadline."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"gave up waiting for {what}")
        time.sleep(0.005)


@contextmanager
def process(*argv: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child that ends with the block."""
    child = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}, stdout=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(10)


def percentiles(values: list[float], prefix: str) -> dict[str, float]:
    """Microseconds, by name."""
    ordered = sorted(values)
    shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}
    return {f"{prefix}{name}_us": round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) for name, share in shares.items()}


class Bench:
    """Redis, minion, driver and sync of one pairing in a temporary run directory."""

    def __init__(self, stack: ExitStack, minion: str) -> None:
        self.root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mimi-bench")))
        self.directory = self.root / NAME
        self.directory.mkdir()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.target = probe.getsockname()
        self.trace = self.root / "trace"
        self.file = self.directory / "pairing.yaml"
        self.file.write_text(self.pairing())
        self.store_socket = str(self.directory / "store.sock")
        redis = ("redis-server", "--port", "0", "--unixsocket", self.store_socket, "--dir", str(self.root))
        redis_server = stack.enter_context(process(*redis, "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""))
        self.store = RedisStore(NAME, f"unix://{self.store_socket}")
        until(self.connects, "Redis")
        self.control_socket = str(self.directory / "control.sock")
        self.minion = stack.enter_context(self.start_minion(minion))
        until(lambda: Path(self.control_socket).exists(), "the minion")
        self.control = ControlSocket(self.control_socket)
        until(self.controls, "the minion's control socket")
        mimi = (sys.executable, "-m", "mimi.cli.main", "run")
        stack.enter_context(process(*mimi, "driver", str(self.file), MIMI_RUN_DIR=str(self.root)))
        stack.enter_context(process(*mimi, "sync", str(self.file), "--trace", str(self.trace), MIMI_RUN_DIR=str(self.root)))
        threading.Thread(target=self.prefer, args=(redis_server, self.minion), daemon=True).start()
        until(lambda: self.status("sync").get("state") == "in-sync", "sync")
        until(lambda: self.status("driver").get("state") == "running", "driver")
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent = 0

    def prefer(self, *children: subprocess.Popen[bytes]) -> None:
        """What a deployment does for its store and its minion."""
        urgencies = [Urgency(child.pid) for child in children]
        while all(child.poll() is None for child in children):
            time.sleep(1)
            for urgency in urgencies:
                urgency.review()

    def pairing(self) -> str:
        text = (REPOSITORY / "configs" / "fig2-lb.yaml").read_text()
        text = text.replace("pairing: fig2-lb", f"pairing: {NAME}", 1).replace("192.0.2.2/32", "127.0.0.1/32")
        return text.replace("udp://192.0.2.1:5514", f"udp://127.0.0.1:{self.target[1]}")

    def start_minion(self, minion: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        backends = " ".join(f"10.2.0.{n}:8080" for n in range(1, 6))
        file = self.root / "minion.click"
        file.write_text(f"lb :: MinionLB(VIP tcp {VIP}:8080 random {backends});\nIdle -> lb -> Discard;\nIdle -> [1] lb [1] -> Discard;\n")
        return process(minion, "-u", self.control_socket, str(file))

    def connects(self) -> bool:
        try:
            self.store.connect()
        except MimiError:
            return False
        return True

    def controls(self) -> bool:
        try:
            self.control.connect()
        except MimiError:
            return False
        return True

    def status(self, service: str) -> dict:  # type: ignore[type-arg]
        try:
            return json.loads((self.directory / "status" / f"{service}.json").read_text())
        except (OSError, ValueError):
            return {}

    def count(self) -> int:
        return int(self.control.read("lb.count"))

    def lag(self, rate: int, seconds: float) -> dict[str, float]:
        """Lag at a steady rate of new flows."""
        self.trace.write_bytes(b"") if self.trace.exists() else None
        wanted = int(rate * seconds)
        lines = [datagram(self.sent + n) for n in range(wanted)]
        stamps: dict[str, int] = {}
        keys = ["tcp {}:{} 10.1.0.100:8080".format(*flow(self.sent + n)) for n in range(wanted)]
        self.sent += wanted
        gap_ns = 1_000_000_000 // rate
        start = time.monotonic_ns()
        for number, (line, key) in enumerate(zip(lines, keys, strict=True)):
            rest = start + number * gap_ns - time.monotonic_ns()
            if rest > 0:
                time.sleep(rest / 1e9)
            stamps[key] = time.time_ns()
            self.sender.sendto(line, self.target)
        until(lambda: self.count() >= self.sent, "the last flow", 20)
        until(lambda: self.trace.read_bytes().count(b"\n") >= wanted, "the trace", 5)
        lags, learned = [], []
        for row in self.trace.read_text().splitlines():
            key, seq, acknowledged = row.split("\t")
            if key in stamps:
                lags.append((int(acknowledged) - stamps.pop(key)) / 1000)
                learned.append(int(acknowledged) / 1000 - int(seq))
        figures = {"rate": rate, "flows": wanted, "lost": len(stamps)}
        return figures | percentiles(lags, "") | percentiles(learned, "from_driver_")

    def sustained(self, deltas: int) -> dict[str, float]:
        """As many deltas as fit: sends with a window, so that the kernel's buffer never overflows."""
        lines = [datagram(self.sent + n) for n in range(deltas)]
        base = self.count()
        start = time.monotonic()
        for number, line in enumerate(lines):
            self.sender.sendto(line, self.target)
            if number % 2000 == 1999:
                while number - (self.count() - base) > 20_000:
                    time.sleep(0.002)
        self.sent += deltas
        until(lambda: self.count() >= self.sent, "the last delta", 60)
        seconds = time.monotonic() - start
        return {"deltas": deltas, "seconds": round(seconds, 3), "per_second": round(deltas / seconds), "lost": self.sent - self.count()}

    def load(self, bindings: int) -> dict[str, float]:
        """Seconds from a restart of sync (with an empty minion) to a full table."""
        now = int(time.time())
        newest = time.time_ns() // 1000
        puts = []
        for number in range(bindings):
            source, port = flow(number)
            orig = FiveTuple("tcp", source, port, VIP, 8080)
            xlat = FiveTuple("tcp", source, port, "10.2.0.3", 8080)
            puts.append(Put(FlowRecord(orig, xlat, newest + number, now + 7440, "established", "bench")))
        for start in range(0, bindings, 1000):
            self.store.apply(puts[start : start + 1000])
        until(lambda: self.store.watermark() == self.store.tip(), "the bindings", 60)
        loads = self.status("sync")["minion"]["loads"]
        self.control.write("lb.clear", b"")
        until(lambda: self.count() == 0 or self.count() < bindings, "an empty table")
        start = 0.0
        while self.count() == 0:
            start = time.monotonic()
        until(lambda: self.count() >= bindings, "the snapshot", 60)
        seconds = time.monotonic() - start
        until(lambda: self.status("sync")["minion"]["loads"] > loads, "sync's status")
        return {"bindings": bindings, "seconds": round(seconds, 3)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minion", type=Path, help="path of mimi-click; the one that was built otherwise")
    parser.add_argument("--rates", default="100,1000,5000")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--deltas", type=int, default=100_000)
    parser.add_argument("--load", type=int, default=100_000)
    options = parser.parse_args()
    if not shutil.which("redis-server"):
        raise SystemExit("no redis-server on PATH")
    with ExitStack() as stack:
        bench = Bench(stack, str(options.minion or binary_path()))
        bench.lag(500, 1.0)  # warm up
        figures = {
            "bench": "state_path",
            "lag": [bench.lag(int(rate), options.seconds) for rate in options.rates.split(",")],
            "sustained": bench.sustained(options.deltas) if options.deltas else None,
            "load": bench.load(options.load) if options.load else None,
            "driver": bench.status("driver"),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
