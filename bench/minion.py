# SPDX-License-Identifier: Apache-2.0
"""The minion alone: memory idle and per binding, seconds to import bindings through its control socket.

    python -m bench.minion [--counts 100000,1000000] [--batch 10000]

Starts the real mimi-click with an empty balancer and writes `import` batches as sync does. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mimi.click import binary_path
from mimi.click.control import ControlSocket

_CONFIG = (
    "lb :: MinionLB(VIP tcp 10.1.0.100:8080 random 10.2.0.1:8080 10.2.0.2:8080, CAPACITY 8000000);"
    "Idle -> lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard;"
)


def import_lines(count: int) -> Iterator[str]:
    """``count`` distinct bindings as import text."""
    for index in range(count):
        client = f"10.{64 + index // 15_000_000}.{index // 60_000 // 250 % 250}.{index // 60_000 % 250}:{1024 + index % 60_000}"
        yield f"put {1_795_000_000_000_000 + index} tcp {client} 10.1.0.100:8080 {client} 10.2.0.{1 + index % 2}:8080 7440\n"


def resident_bytes(pid: int) -> int:
    """Resident memory of a process (RssAnon + RssFile + RssShmem)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmRSS for {pid}")


def measure(count: int, batch: int) -> dict[str, float]:
    """Import ``count`` bindings into a fresh minion."""
    lines = list(import_lines(count))
    batches = ["".join(lines[start : start + batch]).encode() for start in range(0, count, batch)]
    with tempfile.TemporaryDirectory(prefix="mimi-bench-") as directory:
        socket_path = f"{directory}/control.sock"
        process = subprocess.Popen([str(binary_path()), "-e", _CONFIG, "-u", socket_path])
        try:
            while not Path(socket_path).exists():
                if process.poll() is not None:
                    raise RuntimeError("mimi-click ended")
                time.sleep(0.01)
            with ControlSocket(socket_path) as client:
                client.read_text("lb.count")
                idle = resident_bytes(process.pid)
                start = time.monotonic()
                for data in batches:
                    client.write("lb.import", data)
                seconds = time.monotonic() - start
                held = int(client.read_text("lb.count"))
                full = resident_bytes(process.pid)
        finally:
            process.terminate()
            process.wait()
    return {"bindings": held, "seconds": round(seconds, 3), "bindings_per_s": round(held / seconds), "idle_mb": round(idle / 1e6, 1),
            "bytes_per_binding": round((full - idle) / held, 1)}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="100000,1000000")
    parser.add_argument("--batch", type=int, default=10_000)
    o = parser.parse_args()
    rows = [measure(int(count), o.batch) for count in o.counts.split(",")]
    for row in rows:
        print(row)
    print(json.dumps({"bench": "minion", "rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
