# SPDX-License-Identifier: Apache-2.0
"""Packets a second and Gbit/s through a balancer or translator between two veth pairs, offloads on; the kernel's own NAT is the measure.

    python -m bench.veth [--flows 1,10000,100000] [--seconds 1.5] [--repeat 3] [--only kernel,'mimi RING'] [--box lb|nat] [--threads 1]

Contenders, one after another in each repetition: nft DNAT in the kernel (for a translator: masquerade),
mimi-click with each METHOD and with its flows carried by the kernel (FlowOffload), and for a balancer the upstream programs that
CLICK and FASTCLICK name (those with the offloads off for TCP too: they carry nothing otherwise). The generator runs on
processor 0, the program in the middle on processor 1; the kernel's NAT runs where the generator's frames are. Needs root, two processors,
iproute2, nftables, ethtool and g++. Everything lives in namespaces of its own that vanish with the program, even when it is killed.
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
from pathlib import Path
from typing import Any

from bench.vethbed import D0, GEN, PORT, Bed, Contender, inside, processor_time
from topo.isolation import enter, is_isolated, run_isolated

RECEIVER = """
import socket, sys
listener = socket.create_server(("0.0.0.0", int(sys.argv[1])), backlog=16)
print("ready", flush=True)
connection, _ = listener.accept()
room, total = bytearray(1 << 20), 0
while n := connection.recv_into(room):
    total += n
print(total, flush=True)
"""
SENDER = """
import socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
data, until, start = bytes(1 << 20), time.monotonic() + float(sys.argv[3]), time.monotonic()
while time.monotonic() < until:
    connection.sendall(data)
connection.shutdown(socket.SHUT_WR)
connection.recv(1)
print(time.monotonic() - start, flush=True)
"""


def generator() -> str:
    """The compiled frame generator."""
    program = str(Path(tempfile.mkdtemp(prefix="mimi-framegen-")) / "framegen")
    subprocess.run(["g++", "-std=c++20", "-O2", "-o", program, str(Path(__file__).parent / "framegen.cc")], check=True)
    return program


def packets(contender: Contender, program: str, flows: int, seconds: float, threads: int) -> dict[str, float]:
    """Small frames at full rate: thousands that arrive a second, and the share that does not."""
    cpu = 1 if threads == 1 else None
    figures: dict[str, float] = {}
    with Bed(contender, cpu, threads=threads) as bed:
        base = inside("gen", program, "g0", GEN, D0, "10.1.1.1", contender.target, str(PORT), str(flows), cpu=0)
        # Before the clock starts each flow begins, and is taken over by the kernel where that is what is measured.
        warm = max(1000, flows, min(64 * flows, 640_000))
        subprocess.run([*base, "20", str(warm)], check=True, capture_output=True, timeout=60)
        time.sleep(0.3)
        before = bed.arrived()
        with processor_time(figures, [("program", bed.process.pid)] if bed.process else []):
            done = subprocess.run([*base, str(seconds)], check=True, capture_output=True, timeout=60)
        told = json.loads(done.stdout)
        time.sleep(0.3)
        got = bed.arrived() - before
    figures |= {"kpps": round(got / told["seconds"] / 1000, 1), "offered_kpps": round(told["sent"] / told["seconds"] / 1000, 1)}
    figures["lost_percent"] = round(max(0.0, 100 * (1 - got / told["sent"])), 1)
    return figures


def bulk(contender: Contender, seconds: float, threads: int, offloads: bool) -> dict[str, float]:
    """One TCP connection: Gbit/s that the receiver's program gets."""
    cpu = 1 if threads == 1 else None
    figures: dict[str, float] = {}
    with Bed(contender, cpu, offloads=offloads, sink_drops=False, threads=threads) as bed:
        receiver = subprocess.Popen(inside("sink", sys.executable, "-c", RECEIVER, str(PORT)), stdout=subprocess.PIPE, text=True)
        try:
            assert receiver.stdout is not None
            receiver.stdout.readline()
            with processor_time(figures, [("program", bed.process.pid)] if bed.process else []):
                sender = inside("gen", sys.executable, "-c", SENDER, contender.target, str(PORT), str(seconds))
                try:
                    done = subprocess.run(sender, capture_output=True, text=True, check=False, timeout=seconds + 15)
                    took = float(done.stdout) if done.returncode == 0 else 0.0
                except subprocess.TimeoutExpired:
                    took = 0.0
            total = int(receiver.communicate(timeout=10)[0]) if took else 0
        finally:
            receiver.kill()
            receiver.communicate()
    figures["gbit_s"] = round(total * 8 / took / 1e9, 2) if took else 0.0
    return figures


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):g} [{min(values):g}-{max(values):g}]"


def report(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Medians over the repetitions, and ratios to the kernel's."""
    result = []
    for test in dict.fromkeys(row["test"] for row in rows):
        key = "gbit_s" if test.startswith("tcp") else "kpps"
        base = [row[key] for row in rows if row["test"] == test and row["contender"] == "kernel"]
        print(f"\n{test}: {key}, ratio to the kernel's, busy share of the processors, of the program")
        for name in dict.fromkeys(row["contender"] for row in rows if row["test"] == test):
            own = [row for row in rows if row["test"] == test and row["contender"] == name]
            line: dict[str, Any] = {"test": test, "contender": name, "runs": len(own)}
            for figure in [k for k in own[0] if k not in ("test", "contender")]:
                line[figure] = statistics.median(row[figure] for row in own)
            line["ratio"] = round(line[key] / statistics.median(base), 2) if base and statistics.median(base) else None
            result.append(line)
            busy = " ".join(f"{line[k]:g}" for k in sorted(line) if k.startswith("cpu"))
            lost = f", lost {line['lost_percent']:g} %" if "lost_percent" in line else ""
            extra = f" program {line['program_cpu']:g}" if "program_cpu" in line else ""
            print(f"  {name:14} {spread([row[key] for row in own]):28} {line['ratio']}  cpu {busy}{extra}{lost}", flush=True)
    return result


def measure(o: argparse.Namespace) -> int:
    enter()
    contenders = [c for c in Contender.known(o.box) if not o.only or c.name in o.only.split(",")]
    program = generator()
    rows: list[dict[str, Any]] = []
    for _ in range(o.repeat):
        for flows in [int(n) for n in o.flows.split(",") if n]:
            for contender in contenders:
                figures = packets(contender, program, flows, o.seconds, o.threads)
                rows += [{"test": f"{flows} flows", "contender": contender.name, **figures}]
        for contender in contenders if o.tcp else []:
            for offloads in (True, False) if contender.upstream else (True,):
                test = "tcp" if offloads else "tcp, offloads off"
                rows.append({"test": test, "contender": contender.name, **bulk(contender, o.seconds, o.threads, offloads)})
    print(json.dumps({"bench": "veth", "box": o.box, "threads": o.threads, "rows": report(rows)}))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", default="1,10000,100000")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--box", choices=["lb", "nat"], default="lb")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tcp", action=argparse.BooleanOptionalAction, default=True)
    o = parser.parse_args()
    if is_isolated():
        return measure(o)
    if os.geteuid() != 0 or (os.cpu_count() or 1) < 2:
        print("veth: needs root and two processors", file=sys.stderr)
        return 2
    return run_isolated([sys.executable, "-m", "bench.veth", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
