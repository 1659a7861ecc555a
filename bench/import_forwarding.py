# SPDX-License-Identifier: Apache-2.0
"""A million bindings imported into a balancer that forwards all the while: how fast, and for how long packets stand still.

    python -m bench.import_forwarding [--bindings 1000000] [--batches 10000,1000000] [--arrange own,shared,rr,batch] [--rate 0] [--repeat 3]

64 sources push UDP packets of as many flows through MinionLB and a StallMeter as fast as they can. Meanwhile the bindings
arrive at the control socket, in batches of so many lines, sent ahead, by a process on another processor. Stalls are the
pauses between two batches of packets at the meter, in time and in processor time of the router's thread: what others on the
machine take away is not in the latter. The same without an import, for as long, is what machine and scheduler do by
themselves. With `--rate` the packets come at that rate, and the router has time to spare.

Three threads are busy: the router's, its helper and the sender. Arrangements: `own` gives the router's thread a processor that
the other two do not use, `shared` leaves all to the scheduler, `rr` makes the router's thread real-time (SCHED_RR, as the
supervisor does for a minion that is little busy; needs the privilege), `batch` makes the helper SCHED_BATCH.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mimi.click import binary_path
from mimi.click.control import ControlSocket

FLOWS = 64
PROCESSORS = os.sched_getaffinity(0)


def frame(flow: int) -> str:
    """An IP packet of a flow to the VIP, as Click writes bytes."""
    packet = bytes.fromhex("4500002e000040004011000064400001") + bytes([10, 1, 0, 100])
    packet = packet[:12] + bytes([10, 9, 0, flow]) + packet[16:] + (1000 + flow).to_bytes(2) + (53).to_bytes(2) + bytes([0, 26, 0, 0])
    return "\\<" + (packet + bytes(46 - len(packet))).hex() + ">"


def configuration(capacity: int, rate: int) -> str:
    kind, speed = ("RatedSource", f"RATE {rate // FLOWS}") if rate else ("InfiniteSource", "BURST 32")
    sources = "".join(f"{kind}(DATA {frame(flow)}, {speed}) -> in; " for flow in range(FLOWS))
    return (
        f"lb :: MinionLB(VIP udp 10.1.0.100:53 random 10.2.0.1:53, VIP tcp 10.1.0.100:80 random 10.2.0.1:80, CAPACITY {capacity});"
        f"in :: CheckIPHeader(CHECKSUM false) -> lb; {sources} Idle -> [1]lb; lb[1] -> Discard;"
        "lb -> meter :: StallMeter(WORK true) -> c :: Counter -> Discard;"
    )


def import_lines(count: int) -> Iterator[str]:
    for index in range(count):
        client = f"10.{64 + index // 15_000_000}.{index // 60_000 // 250 % 250}.{index // 60_000 % 250}:{1024 + index % 60_000}"
        yield f"put {1_795_000_000_000_000 + index} tcp {client} 10.1.0.100:80 {client} 10.2.0.1:80 7440\n"


def arrange(pid: int, arrangement: str) -> None:
    """Where and how the scheduler runs the router's thread, its helper and us, who send."""
    helpers = [thread for thread in map(int, os.listdir(f"/proc/{pid}/task")) if thread != pid]
    if arrangement == "own":
        own, *others = sorted(PROCESSORS)[::-1]
        os.sched_setaffinity(pid, [own])
        for thread in (*helpers, 0):
            os.sched_setaffinity(thread, others or [own])
    elif arrangement == "rr":
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))
    elif arrangement == "batch":
        for thread in helpers:
            os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))


@contextmanager
def router(capacity: int, rate: int, arrangement: str) -> Iterator[ControlSocket]:
    """A router that forwards, and a connection to it."""
    with tempfile.TemporaryDirectory(prefix="mimi-bench-") as directory:
        path = f"{directory}/control.sock"
        os.sched_setaffinity(0, PROCESSORS)
        process = subprocess.Popen([str(binary_path()), "-e", configuration(capacity, rate), "-u", path])
        try:
            while not Path(path).exists():
                if process.poll() is not None:
                    raise RuntimeError("mimi-click ended")
                time.sleep(0.01)
            with ControlSocket(path, timeout_s=60) as client:
                client.read_text("lb.count")  # from here on there is a helper thread
                arrange(process.pid, arrangement)
                yield client
        finally:
            process.terminate()
            process.wait()


def measured(client: ControlSocket, seconds: float) -> dict[str, float]:
    """What the meter saw since its reset."""
    forwarded = int(client.read_text("c.count"))
    return {
        "longest_stall_ms": int(client.read_text("meter.longest_us")) / 1000,
        "longest_work_ms": int(client.read_text("meter.longest_work_us")) / 1000,
        "stalls_over_1_ms": int(client.read_text("meter.stalls")),
        "forwarded_per_s": round(forwarded / seconds),
    }


def begin(client: ControlSocket) -> float:
    client.write("c.reset", b"")
    client.write("meter.reset", b"")
    return time.monotonic()


def run(batches: list[bytes], count: int, rate: int, arrangement: str) -> dict[str, dict[str, float]]:
    """One router: forwarding alone, then while it imports."""
    with router(count + 1000, rate, arrangement) as client:
        start = begin(client)
        replies = client.write_many(("lb.import", batch) for batch in batches)
        seconds = time.monotonic() - start
        during = {"bindings_per_s": round(count / seconds), **measured(client, seconds)}
        if refused := [reply.text for reply in replies if not reply.ok]:
            raise RuntimeError(refused[0])
        held = int(client.read_text("lb.count"))
        if held != count + FLOWS:
            raise RuntimeError(f"{held} bindings instead of {count + FLOWS}")
        start = begin(client)
        time.sleep(max(seconds, 0.5))
        alone = measured(client, time.monotonic() - start)
    return {"importing": during, "alone": alone}


def summary(runs: list[dict[str, float]]) -> dict[str, list[float]]:
    """Median, least and most of each figure."""
    return {name: [statistics.median(values), min(values), max(values)] for name in runs[0] for values in [[run[name] for run in runs]]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bindings", type=int, default=1_000_000)
    parser.add_argument("--batches", default="10000,1000000", help="lines a batch")
    parser.add_argument("--rate", type=int, default=0, help="packets a second, 0 for as many as one processor can")
    parser.add_argument("--arrange", default="own,shared,rr,batch", help="of the processors, see above")
    parser.add_argument("--repeat", type=int, default=3)
    o = parser.parse_args()
    lines = list(import_lines(o.bindings))
    rows = []
    for size in map(int, o.batches.split(",")):
        batches = ["".join(lines[at : at + size]).encode() for at in range(0, len(lines), size)]
        runs: dict[str, list[dict[str, dict[str, float]]]] = {name: [] for name in o.arrange.split(",")}
        for _ in range(o.repeat):
            for name, done in runs.items():
                done.append(run(batches, o.bindings, o.rate, name))
        for name, done in runs.items():
            phases = {phase: summary([each[phase] for each in done]) for phase in ("importing", "alone")}
            rows.append({"lines_a_batch": size, "arranged": name, **phases})
            print(rows[-1], flush=True)
    print(json.dumps({"bench": "import_forwarding", "bindings": o.bindings, "rate": o.rate, "runs": o.repeat, "median_least_most": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
