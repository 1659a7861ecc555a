# SPDX-License-Identifier: Apache-2.0
"""The binding table alone: insertions, lookups and expiries a second, the longest pause, and bytes per flow; the import text's speed.

    python -m bench.bindingtable [--flows 1000,100000,1000000,4000000] [--repeat 3]

Each of IPv4 and of IPv6, in turn; the rows `6 to 4` are IPv6's medians as multiples of IPv4's in the same runs. Pauses are in
processor time of the thread. Keys are looked up in random order, from both directions. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    "bench/bindingtable.cc",
    "elements/bindingtable.cc",
    "elements/flowbinding.cc",
    "elements/addresstext.cc",
    "elements/flowreader.cc",
]
FLAGS = ["-std=c++20", "-O2", "-pthread", "-I.", "-Iruntime/include", "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL"]


def ratio_of(four: dict[str, list[float]], six: dict[str, list[float]]) -> dict[str, float]:
    """What the run was about, and IPv6's medians as multiples of IPv4's."""
    about = {"family", "flows", "import_lines"}
    same = {name: values[0] for name, values in four.items() if name in about - {"family"}}
    return same | {name: round(six[name][0] / values[0], 3) for name, values in four.items() if name not in about and values[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", default="1000,100000,1000000,4000000")
    parser.add_argument("--repeat", type=int, default=3)
    o = parser.parse_args()
    runs: list[list[dict[str, float]]] = []
    with tempfile.TemporaryDirectory(prefix="mimi-bench-") as directory:
        program = f"{directory}/bindingtable"
        subprocess.run(["g++", *FLAGS, *SOURCES, "-o", program], cwd=ROOT, check=True)
        for _ in range(o.repeat):
            done = subprocess.run([program, *o.flows.split(",")], check=True, stdout=subprocess.PIPE, text=True)
            runs.append([json.loads(line) for line in done.stdout.splitlines()])
    if not all(row.pop("right") for run in runs for row in run):
        print("a table answered wrongly", file=sys.stderr)
        return 1
    rows = []
    for same in zip(*runs, strict=True):
        columns = {name: [row[name] for row in same] for name in same[0]}
        rows.append({name: [statistics.median(values), min(values), max(values)] for name, values in columns.items()})
        print(rows[-1], flush=True)
    ratios = [{"family": "6 to 4", **ratio_of(four, six)} for four, six in zip(rows[::2], rows[1::2], strict=True)]
    for ratio in ratios:
        print(ratio, flush=True)
    print(json.dumps({"bench": "bindingtable", "runs": o.repeat, "median_least_most": rows, "ratios": ratios}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
