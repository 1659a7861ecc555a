# SPDX-License-Identifier: Apache-2.0
"""The binding table alone: insertions, lookups and expiries a second, the longest pause, and bytes per flow; the import text's speed.

    python -m bench.bindingtable [--flows 1000,100000,1000000,4000000] [--repeat 3]

Each of IPv4 and of IPv6, in turn; the rows `6 to 4` are IPv6's as multiples of IPv4's in the same run. Pauses are in
processor time of the thread. Keys are looked up in random order, from both directions. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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


ABOUT = {"family", "flows", "import_lines"}  # what a row is of; the rest was measured


def summary(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """Median, least and most of what the same row was in each run."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: [round(f(values), 4) for f in (statistics.median, min, max)] for name, values in columns.items()}


def six_to_four(run: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """One run's rows come in pairs: IPv6's as multiples of IPv4's."""
    pairs = zip(run[::2], run[1::2], strict=True)
    return [
        {name: value if name in ABOUT else six[name] / value for name, value in four.items() if name != "family"} for four, six in pairs
    ]


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
    rows = [summary(same) for same in zip(*runs, strict=True)]
    ratios = [summary(same) for same in zip(*map(six_to_four, runs), strict=True)]
    for row in rows:
        print(row, flush=True)
    for ratio in ratios:
        print("6 to 4:", ratio, flush=True)
    print(json.dumps({"bench": "bindingtable", "runs": o.repeat, "median_least_most": rows, "six_to_four": ratios}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
