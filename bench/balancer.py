# SPDX-License-Identifier: Apache-2.0
"""The load balancer in memory, on one processor: established flows in each mode, new flows by each way to choose.

    python -m bench.balancer [--quick] [--repeat 3] [--rival PROGRAM]

FromDump -> Strip(14) -> CheckIPHeader(CHECKSUM false) -> MinionLB -> Counter -> Discard, UDP packets of 60 bytes; with IPv6,
CheckIP6Header and 80 bytes. `established`: 4 million packets of 1000 and of a million flows; `new`: a million packets, each of a
flow of its own, to 100 backends. Nanoseconds are
what a packet costs beyond the same run without a balancer. --rival: another mimi-click, to compare what both can do. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from bench._contest import Contender, Runs, compete, ratio
from bench._trace import trace
from mimi.click import binary_path

CHOICES = ("random", "round-robin", "weighted", "least-connections", "source-hash", "flow-hash", "maglev")
MODES6 = {"dnat": "", "full-nat": " MODE full-nat SNAT 2001:db8:3::-2001:db8:3::7f", "direct": " MODE direct"}
CHECKS = {4: "CheckIPHeader(CHECKSUM false)", 6: "CheckIP6Header"}
MODES = {"dnat": "", "full-nat": " MODE full-nat SNAT 10.200.0.0-10.200.0.127", "direct": " MODE direct"}


def balancer(choose: str, mode: str, backends: int, version: int = 4) -> str:
    if version == 6:
        ends = "2001:db8:4::{}" if mode == "direct" else "[2001:db8:4::{}]:80"
        names = " ".join(ends.format(f"{number + 1:x}") for number in range(backends))
        vip = f"VIP udp [2001:db8:0:2::102:304]:53 {choose}{MODES6[mode]} {names}"
        return f"lb :: MinionLB({vip}, CAPACITY 8000000); Idle -> [1]lb; lb[1] -> Discard; "
    names = " ".join(f"5.6.{number // 200}.{1 + number % 200}{'' if mode == 'direct' else ':80'}" for number in range(backends))
    vip = f"VIP udp 1.2.3.4:53 {choose}{MODES[mode]} {names}"
    return f"lb :: MinionLB({vip}, CAPACITY 8000000); Idle -> [1]lb; lb[1] -> Discard; "


def contenders(capture: Path, kinds: dict[str, str], rival: Path | None, version: int = 4) -> list[Contender]:
    """No balancer at all, then each of ``kinds`` (name and declaration), for us and the rival."""
    chain = f"FromDump({capture}, STOP true) -> Strip(14) -> {CHECKS[version]} -> "
    found = [Contender("nothing", binary_path(), f"{chain}c :: Counter -> Discard")]
    for name, declaration in kinds.items():
        text = f"{declaration}{chain}lb -> c :: Counter -> Discard"
        found.append(Contender(name, binary_path(), text))
        if rival:
            found.append(Contender(f"rival, {name}", rival, text))
    return found


def rows(results: dict[str, Runs], packets: int, **about: object) -> list[dict[str, object]]:
    """One row a contender; ``ns`` is the balancer's part of a packet."""
    plain = statistics.median(results["nothing"].user)
    made = []
    for name, runs in results.items():
        row: dict[str, object] = {**about, "contender": name, **runs.summary(packets)}
        if not runs.problem:
            row["ns"] = round((statistics.median(runs.user) - plain) / packets * 1e9, 1)
            row["times_rival"] = ratio(results, f"rival, {name}", name)
        made.append(row)
    return made


def measure(o: argparse.Namespace, version: int) -> list[dict[str, object]]:
    """The rows of one version of IP. The rival may not know IPv6."""
    table, rival = [], o.rival if version == 4 else None
    for flows in map(int, o.flows.split(",")):
        kinds = {mode: balancer("random", mode, 4, version) for mode in MODES}
        capture = trace(o.directory, o.packets, flows, ip6=version == 6)
        results = compete(contenders(capture, kinds, rival, version), o.packets, o.repeat)
        table += rows(results, o.packets, part="established", version=version, flows=flows)
    kinds = {choose: balancer(choose, "dnat", 100, version) for choose in o.choices.split(",")}
    kinds["full-nat"] = balancer("random", "full-nat", 100, version)
    results = compete(contenders(trace(o.directory, o.new, o.new, ip6=version == 6), kinds, rival, version), o.new, o.repeat)
    return table + rows(results, o.new, part="new", version=version, flows=o.new)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=4_000_000)
    parser.add_argument("--flows", default="1000,1000000")
    parser.add_argument("--new", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--rival", type=Path)
    parser.add_argument("--versions", default="4,6", help="of IP")
    parser.add_argument("--choices", default=",".join(CHOICES))
    parser.add_argument("--quick", action="store_true", help="200 000 packets over 1000 flows, 20 000 new flows, once")
    parser.add_argument("--directory", type=Path, default=Path("build/traces"), help="where captures are kept")
    o = parser.parse_args()
    if o.quick:
        o.packets, o.flows, o.new, o.repeat = 200_000, "1000", 20_000, 1
    table = [row for version in map(int, o.versions.split(",")) for row in measure(o, version)]
    for row in table:
        print(row, flush=True)
    print(json.dumps({"bench": "balancer", "packets": o.packets, "new": o.new, "rows": table}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
