# SPDX-License-Identifier: Apache-2.0
"""The firewall in memory, beside the load balancer: packets of flows that have begun, and packets that no rule allows, on one processor.

    python -m bench.firewall [--quick] [--flows 1000,1000000] [--repeat 3]

FromDump -> Strip(14) -> CheckIPHeader(CHECKSUM false) -> box -> Discard over captures of 4 million packets. Nanoseconds a packet: the
median user time less that of the same run without a box. Packets of IPv6 (udp6) go through NPTv6 besides. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from bench._contest import Contender, Runs, compete
from bench._trace import trace
from mimi.click import binary_path

LAST = "allow from inside any any 1.2.3.4"
LAST6 = "allow from inside any any 2001:db8:0:2::102:304"
CHECK = {4: "CheckIPHeader(CHECKSUM false)", 6: "CheckIP6Header"}


def version(kind: str) -> int:
    """Of IP."""
    return 6 if kind.endswith("6") else 4


def rules(count: int, last: str = LAST) -> str:
    """So many rules as a configuration has them; only the last one matches what the captures carry."""
    others = []
    for n in range(count - 1):
        action, proto = (("deny", "tcp"), ("allow", "udp"))[n % 2]
        block, host = n // 250, n % 250
        if last == LAST6:
            others.append(f"{action} from inside {proto} 2001:db8:{10 + n % 3}:{n:x}::/64 [2001:db8:f::{host:x}]:{1000 + n}")
            continue
        others.append(f"{action} from inside {proto} {10 + n % 3}.{block}.{host}.0/24 192.0.{host}.{block}:{1000 + n}")
    return ", ".join(f'RULE "{rule}"' for rule in [*others, last])


def boxes(kind: str) -> dict[str, str]:
    """Declarations of the boxes to compare over a capture of this kind."""
    idle = "Idle -> [1]box; box[1] -> Discard; "
    if kind == "denied":
        last = "allow from outside any any any"
        return {f"{n} rules": f"box :: MinionFirewall({rules(n, last)}); {idle}" for n in (10, 100, 1000)}
    capacity = "CAPACITY 8000000"
    if version(kind) == 6:
        vip = "VIP udp [2001:db8:0:2::102:304]:53 random [2001:db8:5::1]:80"
        walls = {f"MinionFirewall, {n} rules": f"MinionFirewall({rules(n, LAST6)}, {capacity})" for n in (10, 1000)}
        prefixes = {"NPTv6": "NPTv6(2001:db8:0:1::/64, 2001:db8:9:1::/64)"}
        texts = {"MinionLB": f"MinionLB({vip}, {capacity})", **walls, **prefixes}
        return {name: f"box :: {text}; {idle}" for name, text in texts.items()}
    balancer = f"MinionLB(VIP {kind} 1.2.3.4:53 random 5.6.7.8:80, UNKNOWN pick, {capacity})"
    firewalls = {
        "MinionFirewall, 10 rules": f"MinionFirewall({rules(10)}, MID_FLOW loose, {capacity})",
        "MinionFirewall, 1000 rules": f"MinionFirewall({rules(1000)}, MID_FLOW loose, {capacity})",
    }
    if kind == "tcp":
        firewalls["MinionFirewall, no windows"] = f"MinionFirewall({rules(10)}, MID_FLOW loose, WINDOW false, {capacity})"
    return {name: f"box :: {text}; {idle}" for name, text in {"MinionLB": balancer, **firewalls}.items()}


def contenders(capture: Path, kind: str) -> Iterator[Contender]:
    """The packets are counted before the box: of those that are denied none is left behind it."""
    chain = f"FromDump({capture}, STOP true) -> Strip(14) -> {CHECK[version(kind)]} -> c :: Counter -> "
    yield Contender("no box", binary_path(), chain + "Discard")
    for name, declaration in boxes(kind).items():
        yield Contender(name, binary_path(), declaration + chain + "box -> Discard")


def rows(kind: str, flows: int, packets: int, results: dict[str, Runs]) -> Iterator[dict[str, object]]:
    """A row for each box; times: how many times the balancer's cost it is."""
    if problems := {name: runs.problem for name, runs in results.items() if runs.problem}:
        raise RuntimeError(str(problems))
    plain = statistics.median(results["no box"].user)
    cost = {name: (statistics.median(runs.user) - plain) / packets * 1e9 for name, runs in results.items()}
    for name, runs in results.items():
        if name == "no box":
            continue
        row: dict[str, object] = {"packets": kind, "flows": flows, "box": name, "ns_a_packet": round(cost[name], 1)}
        row["range"] = [round((user - plain) / packets * 1e9, 1) for user in (min(runs.user), max(runs.user))]
        if "MinionLB" in cost and name != "MinionLB":
            row["times_balancer"] = round(cost[name] / cost["MinionLB"], 2)
        if kind != "denied" and name != "NPTv6":
            row["bytes_per_flow"] = round((runs.peak_bytes - results["no box"].peak_bytes) / flows, 1)
        yield row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", default="1000,1000000")
    parser.add_argument("--packets", type=int, default=4_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--kinds", default="udp,tcp,denied,udp6")
    parser.add_argument("--quick", action="store_true", help="200 000 packets over 1000 flows, once")
    parser.add_argument("--directory", type=Path, default=Path("build/traces"), help="where captures are kept")
    o = parser.parse_args()
    if o.quick:
        o.flows, o.packets, o.repeat = "1000", 200_000, 1
    table: list[dict[str, object]] = []
    for kind in o.kinds.split(","):
        for flows in map(int, o.flows.split(",")):
            capture = trace(o.directory, o.packets, flows, tcp=kind == "tcp", ip6=version(kind) == 6)
            results = compete(list(contenders(capture, kind)), o.packets, o.repeat)
            for row in rows(kind, flows, o.packets, results):
                table.append(row)
                print(row, flush=True)
    print(json.dumps({"bench": "firewall", "packets": o.packets, "repeat": o.repeat, "rows": table}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
