# SPDX-License-Identifier: Apache-2.0
"""Who survives the death of a middlebox, by type, with MiMi and without.

    python -m bench.takeover [--types lb,nat,firewall] [--tcp 500] [--udp 100] [--pings 50] [--repeat 3]

The primary is a Linux box with nftables rules; flows are open and busy when its links go down. Without MiMi the spare is the same box
without its state. A stream survives when what it sends after that comes back byte for byte; a datagram flow when it is answered by the
same server, which sees it come from the same end. Waits: how long a survivor waited for an answer at most, from just before the links
went down: the median survivor's, and the longest of all. Prints a line per run, and last one JSON object with medians and ranges over
the repetitions. Needs root, nft, redis-server.
"""

from __future__ import annotations

import argparse
import json
from statistics import median
from typing import Any

from bench._takeoverbed import Bed
from bench._takeovercases import CASES


def spread(values: list[float]) -> list[float] | None:
    return [round(median(values), 1), min(values), max(values)] if values else None


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each kind of flow: median and range of the survivors' share and of the waits."""
    found: dict[str, Any] = {}
    for kind in runs[0]:
        if not runs[0][kind]["total"]:
            continue
        shares = [100 * run[kind]["survived"] / run[kind]["total"] for run in runs]
        waits = [run[kind]["gap_ms"] for run in runs if run[kind]["gap_ms"]]
        found[kind] = {
            "flows": runs[0][kind]["total"],
            "survived_percent": spread([round(share, 1) for share in shares]),
            "median_wait_ms": spread([wait[0] for wait in waits]),
            "longest_wait_ms": spread([wait[1] for wait in waits]),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="who survives the death of a middlebox")
    parser.add_argument("--types", default=",".join(CASES))
    parser.add_argument("--tcp", type=int, default=500)
    parser.add_argument("--udp", type=int, default=100)
    parser.add_argument("--pings", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    report: dict[str, Any] = {}
    for name in options.types.split(","):
        runs: dict[str, list[dict[str, Any]]] = {"mimi": [], "none": []}
        for _ in range(options.repeat):
            for spare, found in runs.items():
                with Bed(CASES[name], with_mimi=spare == "mimi") as bed:
                    found.append(bed.measure(options.tcp, options.udp, options.pings))
                print(name, "with MiMi" if spare == "mimi" else "without", json.dumps(found[-1]), flush=True)
        report[name] = {spare: summary(found) for spare, found in runs.items()}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
