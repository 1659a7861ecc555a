# SPDX-License-Identifier: Apache-2.0
"""The forwarding chain in memory: 4 million UDP packets of a capture, checked, routed, and sent on, on one processor.

    [CLICK=PROGRAM] [FASTCLICK=PROGRAM] python -m bench.forwarding [--quick] [--repeat 3]

FromDump -> Strip(14) -> CheckIPHeader -> a route table -> DecIPTTL -> EtherEncap -> Counter -> Discard, four outputs, for mimi-click
and for the Click and FastClick that the environment names; and the same without a table. No privileges needed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

from bench._contest import Contender, compete, programs, ratio
from bench._trace import trace

_OUTPUTS = 4
# Of the four tables, Click's StaticIPLookup is a list: it gets the short table only.
TABLES = {"none": 0, "StaticIPLookup": 10, "RadixIPLookup": 10, "RadixIPLookup/1000": 1000, "DirectIPLookup/1000": 1000}


def routes(count: int) -> list[str]:
    """A default route and others of 12 to 24 bits for clients' network 10/8, all through gateways."""
    rng = random.Random(2)
    prefixes = {(0, 0)}
    while len(prefixes) < count:
        length = rng.randint(12, 24)
        address = 10 << 24 | rng.getrandbits(24)
        prefixes.add((address >> (32 - length) << (32 - length), length))
    return [
        f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.{a & 255}/{length} 192.168.{n % _OUTPUTS}.1 {n % _OUTPUTS}"
        for n, (a, length) in enumerate(sorted(prefixes))
    ]


def text_of(capture: Path, table: str) -> str:
    """The configuration."""
    chain = f"FromDump({capture}, STOP true) -> Strip(14) -> CheckIPHeader -> "
    encap = "DecIPTTL -> EtherEncap(0x800, 2:0:0:0:0:{0}, 2:0:0:0:1:{0}) -> "
    if table == "none":
        return f"{chain}{encap.format(0)}c :: Counter -> Discard"
    element = table.partition("/")[0]
    arms = [f"rt[{n}] -> {encap.format(n)} c;" for n in range(_OUTPUTS)]
    return f"rt :: {element}({', '.join(routes(TABLES[table]))}); c :: Counter -> Discard; {chain} rt; {' '.join(arms)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--packets", type=int, default=4_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="200 000 packets, once")
    parser.add_argument("--directory", type=Path, default=Path("build/traces"), help="where captures are kept")
    o = parser.parse_args()
    if o.quick:
        o.packets, o.repeat = 200_000, 1
    capture = trace(o.directory, o.packets, o.flows, towards_clients=True)
    found = programs()
    table: list[dict[str, object]] = []
    for name in TABLES:
        results = compete([Contender(rival, path, text_of(capture, name)) for rival, path in found.items()], o.packets, o.repeat)
        for rival, runs in results.items():
            row = {"table": name, "contender": rival, **runs.summary(o.packets)}
            if rival != "mimi":
                row["mimi_times_faster"] = ratio(results, rival, "mimi")
            table.append(row)
            print(row, flush=True)
    print(json.dumps({"bench": "forwarding", "packets": o.packets, "rows": table}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
