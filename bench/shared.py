# SPDX-License-Identifier: Apache-2.0
"""Elements that threads share: packets of one thread, and of two, through the same ARPQuerier, and into the same Queue.

    [OTHER=PROGRAM] python -m bench.shared [--quick] [--repeat 5] [ARPQuerier | Queue]

OTHER names another mimi-click to run in turn with this one, say one built before a change. The figures are packets pushed in a
second of wall-clock time, start and end of the program included. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from mimi.click import binary_path

_PACKET = "\\<" + bytes.fromhex("4500002e000040004011000064400001" + "0a000001").hex() + "00" * 26 + ">"
_SINKS = {
    "ARPQuerier": "q :: ARPQuerier(10.0.0.254/24, 2:0:0:0:0:fe); q -> Discard; Idle -> [1]q; ",
    "Queue": "q :: Queue(4096) -> u :: Unqueue(BURST 32) -> Discard; ",
}
_PREPARE = {"ARPQuerier": "write q.insert 10.0.0.1 2:0:0:0:0:1, ", "Queue": ""}


def text_of(element: str, threads: int, packets: int) -> str:
    """Sources on as many threads; the one that is done last ends the program."""
    each = packets // threads
    text = _SINKS[element]
    for n in range(threads):
        text += f"s{n} :: InfiniteSource(DATA {_PACKET}, BURST 32, LIMIT {each}, ACTIVE false, STOP true)"
        text += " -> MarkIPHeader -> GetIPAddress(16) -> q; "
    placed = [f"s{n} {n}" for n in range(threads)] + (["u 0"] if element == "Queue" else [])
    starts = ", ".join(f"write s{n}.active true" for n in range(threads))
    return text + f"StaticThreadSched({', '.join(placed)}); DriverManager({_PREPARE[element]}{starts}, wait_stop {threads}, stop);"


def packets_per_s(program: Path, text: str, threads: int, packets: int) -> float:
    """One run."""
    start = time.monotonic()
    done = subprocess.run([str(program), "-j", str(threads), "-e", text], capture_output=True, text=True, check=False, timeout=90)
    seconds = time.monotonic() - start
    if done.returncode or re.search(r"error|unknown", done.stderr):
        raise RuntimeError(done.stderr)
    return packets / seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=16_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="200 000 packets, once")
    parser.add_argument("elements", nargs="*", help="default: all")
    o = parser.parse_args()
    if o.quick:
        o.packets, o.repeat = 200_000, 1
    programs = {"mimi": binary_path()}
    if other := os.environ.get("OTHER"):
        programs["other"] = Path(other)
    rows: list[dict[str, object]] = []
    for element in o.elements or list(_SINKS):
        for threads in (1, 2):
            text = text_of(element, threads, o.packets)
            runs: dict[str, list[float]] = {name: [] for name in programs}
            for _ in range(o.repeat):
                for name, program in programs.items():
                    runs[name].append(packets_per_s(program, text, threads, o.packets))
            for name, values in runs.items():
                row = {"element": element, "threads": threads, "program": name, "packets_per_s": round(statistics.median(values))}
                row["range"] = [round(min(values)), round(max(values))]
                if name == "other":
                    row["mimi_times_faster"] = round(statistics.median(runs["mimi"]) / statistics.median(values), 2)
                rows.append(row)
                print(row, flush=True)
    print(json.dumps({"bench": "shared", "packets": o.packets, "runs": o.repeat, "rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
