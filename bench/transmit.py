# SPDX-License-Identifier: Apache-2.0
"""60-byte frames out of a veth device by each of ToDevice's methods: how many for a second of processor time, and of wall-clock time.

    python -m bench.transmit [--frames 3000000] [--repeat 5]

The processor time is the program's, the kernel's work for it included. Needs root and iproute2; everything lives in namespaces of
its own that vanish with the program.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from mimi.click import binary_path
from topo.isolation import enter, is_isolated, run_isolated

METHODS = {"PACKET": "METHOD PACKET", "PACKET, QDISC_BYPASS": "METHOD PACKET, QDISC_BYPASS true", "XDP": "METHOD XDP"}
_FRAME = "\\<" + "020000000002" + "020000000001" + "88b5" + "00" * 46 + ">"


def sent(arguments: str, frames: int) -> tuple[float, float]:
    """Frames for a second of processor time, and a second."""
    text = (
        f"s :: InfiniteSource(DATA {_FRAME}, BURST 32, LIMIT {frames}, STOP true) -> out :: ToDevice(v0, {arguments});"
        "DriverManager(wait_stop, print out.count, stop)"
    )
    before, start = os.times(), time.monotonic()
    done = subprocess.run([str(binary_path()), "-e", text], capture_output=True, text=True, check=True)
    seconds, after = time.monotonic() - start, os.times()
    if int(done.stdout) != frames:
        raise RuntimeError(f"{done.stdout.strip()} frames sent instead of {frames}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return frames / used, frames / seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=3_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    o = parser.parse_args()
    if not is_isolated():
        return run_isolated([sys.executable, "-m", "bench.transmit", *sys.argv[1:]])
    enter()
    for command in ("link add v0 type veth peer name v1", "link set v0 up", "link set v1 up"):
        subprocess.run(["ip", *command.split()], check=True)
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS}
    for _ in range(o.repeat):
        for name, arguments in METHODS.items():
            figures[name].append(sent(arguments, o.frames))
    row = {}
    for name, runs in figures.items():
        for what, values in (("per_cpu_s", [run[0] for run in runs]), ("per_s", [run[1] for run in runs])):
            row[f"{name} {what}"] = [round(value / 1000) for value in (statistics.median(values), min(values), max(values))]
        print(f"{name:<22} thousand frames per processor second {row[name + ' per_cpu_s']}, per second {row[name + ' per_s']}", flush=True)
    print(json.dumps({"bench": "transmit", "frames": o.frames, "runs": o.repeat, "thousands_median_least_most": row}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
