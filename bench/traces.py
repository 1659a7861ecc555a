# SPDX-License-Identifier: Apache-2.0
"""NAT in memory: 4 million UDP packets of a capture over more and more flows, on one processor.

    [CLICK=PROGRAM] [FASTCLICK=PROGRAM] python -m bench.traces [--quick] [--flows 1000,1000000] [--repeat 3]

FromDump -> Strip(14) -> CheckIPHeader(CHECKSUM false) -> NAT -> Counter -> Discard, for mimi-click and for the Click and
FastClick that the environment names. Bytes per flow: peak memory against the same run without NAT. New flows a second: over a
capture of which every packet begins one, against the same run without NAT. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from bench._contest import Contender, Runs, compete, programs, ratio
from bench._trace import trace

NATS = {
    "no NAT": "",
    "IPRewriter": "nat :: IPRewriter(pattern - - 5.6.7.8 80 0 1); nat[1] -> Discard; ",
    "MinionNAT": "nat :: MinionNAT(POOL 5.6.7.0/24, INSIDE 10.0.0.0/8, CAPACITY 8000000); Idle -> [1]nat; nat[1] -> Discard; ",
    "MinionLB": "nat :: MinionLB(VIP udp 1.2.3.4:53 random 5.6.7.8:80, CAPACITY 8000000); Idle -> [1]nat; nat[1] -> Discard; ",
}


def contenders(capture: Path) -> list[Contender]:
    """Every program with every NAT it may have."""
    found = []
    for name, program in programs().items():
        for nat, declaration in NATS.items():
            if nat.startswith("Minion") and name != "mimi":
                continue
            chain = f"FromDump({capture}, STOP true) -> Strip(14) -> CheckIPHeader(CHECKSUM false) -> "
            chain += f"{'nat -> ' if nat != 'no NAT' else ''}c :: Counter -> Discard"
            found.append(Contender(f"{name}, {nat}", program, declaration + chain))
    return found


def rows(results: dict[str, Runs], packets: int, flows: int) -> list[dict[str, object]]:
    """One row a contender, with what a flow costs it in memory."""
    made = []
    for name, runs in results.items():
        row: dict[str, object] = {"flows": flows, "contender": name, **runs.summary(packets)}
        plain = results[f"{name.split(',')[0]}, no NAT"]
        if runs is not plain and not runs.problem and not plain.problem:
            row["bytes_per_flow"] = round((runs.peak_bytes - plain.peak_bytes) / flows, 1)
        made.append(row)
    return made


def beginnings(results: dict[str, Runs], flows: int) -> list[dict[str, object]]:
    """How fast each NAT makes flows, when every packet begins one."""
    made: list[dict[str, object]] = []
    for name, runs in results.items():
        plain = results[f"{name.split(',')[0]}, no NAT"]
        if runs is plain or runs.problem or plain.problem:
            continue
        rates = sorted(flows / max(seconds - statistics.median(plain.user), 1e-3) for seconds in runs.user)
        rate = {"new_flows_per_s": round(statistics.median(rates)), "range_per_s": [round(rates[0]), round(rates[-1])]}
        made.append({"new_flows": flows, "contender": name, **rate})
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", default="1000,100000,1000000,4000000")
    parser.add_argument("--packets", type=int, default=4_000_000)
    parser.add_argument("--beginnings", type=int, default=1_000_000, help="flows of the capture in which every packet begins one")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="200 000 packets over 1000 and 100 000 flows, once")
    parser.add_argument("--directory", type=Path, default=Path("build/traces"), help="where captures are kept")
    o = parser.parse_args()
    if o.quick:
        o.flows, o.packets, o.repeat, o.beginnings = "1000,100000", 200_000, 1, 100_000
    table: list[dict[str, object]] = []
    ratios: list[dict[str, object]] = []
    for flows in map(int, o.flows.split(",")):
        results = compete(contenders(trace(o.directory, o.packets, flows)), o.packets, o.repeat)
        table += rows(results, o.packets, flows)
        for nat in NATS:
            for rival in ("click", "fastclick"):
                theirs = f"{rival}, {'no NAT' if nat == 'no NAT' else 'IPRewriter'}"
                if (times := ratio(results, theirs, f"mimi, {nat}")) is not None:
                    ratios.append({"flows": flows, "mimi": nat, "rival": theirs, "times_faster": times})
        for row in [*table[-len(results) :], *(r for r in ratios if r["flows"] == flows)]:
            print(row, flush=True)
    made = beginnings(compete(contenders(trace(o.directory, o.beginnings, o.beginnings)), o.beginnings, o.repeat), o.beginnings)
    for row in made:
        print(row, flush=True)
    print(json.dumps({"bench": "traces", "packets": o.packets, "rows": table, "ratios": ratios, "beginnings": made}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
