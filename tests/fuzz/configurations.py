# SPDX-License-Identifier: Apache-2.0
"""Configurations for the fuzz target `packets`: every template, rendered, and tests/fuzz/configs, with memory for devices."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from mimi.pairing import load_pairing  # noqa: E402 - a script of a checkout
from mimi.pairing.middlebox import Middlebox  # noqa: E402
from mimi.render import render  # noqa: E402

HERE = Path(__file__).resolve().parent

PAIRINGS = ("dns-and-web", "nat-conntrack", "firewall-conntrack")
"""One of each type; the corpus speaks to their addresses."""

LEFT = ("forward", "reverse", "icmp_errors", "passed", "resets", "followed")
DROPPED = ("drop_unknown", "drop_fragment", "drop_malformed", "drop_refused", "drop_icmp", "drop_unrouted")
OWN = {
    "load-balancer": ((), ("drop_backend_unknown", "drop_no_backend")),
    "nat": ((), ("drop_unsolicited", "drop_hairpin", "drop_no_port")),
    "firewall": (
        ("stateless", "aside", "rejections"),
        ("drop_denied", "drop_window", "drop_flags", "drop_source", "drop_half_open", "drop_unanswered"),
    ),
}
"""What the statistics of each type of element add: packets that left, packets dropped."""


def accounts(box: Middlebox) -> str:
    """What must hold: every packet into the box is out, or dropped and counted."""
    own_left, own_dropped = OWN[box.type]
    left = " + ".join(f"{box.element}.stats/{name}" for name in (*LEFT, *own_left))
    dropped = " + ".join(f"{box.element}.stats/{name}" for name in (*DROPPED, *own_dropped))
    entered = f"into_{box.element}0.count + into_{box.element}1.count"
    outputs = ("backends", "clients") if box.type == "load-balancer" else ("outside", "inside")
    gone = f"to_{outputs[0]}.count + to_{outputs[1]}.count + to_others.count"
    return f"// account: ipv4-out\n// account: {entered} = {left} + {dropped}\n// account: {gone} = {left}\n"


def in_memory(text: str) -> str:
    """The configuration with `inN :: MemoryIn` and `outN :: MemoryOut` where it had devices, numbered as they appear."""
    inputs, outputs = iter(range(100)), iter(range(100))
    text = re.sub(r"FromDevice\([^)]*\)", lambda _: f"in{next(inputs)} :: MemoryIn", text)
    text = re.sub(
        r"Queue\([^)]*\) -> (\w+ :: Counter) -> ToDevice\([^)]*\)", lambda m: f"Null -> {m[1]} -> out{next(outputs)} :: MemoryOut", text
    )
    return re.sub(r"-> \[(\d)\](lb|nat|fw);", r"-> into_\2\1 :: Counter -> [\1]\2;", text)


def configurations() -> dict[str, str]:
    """Name to text. Templates stand under the names of their pairings, one pairing each."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("configs/*.click"))}
    for name in PAIRINGS:
        pairing = load_pairing(ROOT / "configs" / f"{name}.yaml")
        texts[f"template-{pairing.type}"] = accounts(pairing.middlebox) + in_memory(render(pairing))
    return texts


def write_configurations(folder: Path) -> dict[str, Path]:
    """Write them as files; name to path."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, text in configurations().items():
        paths[name] = folder / f"{name}.click"
        paths[name].write_text(text, encoding="utf-8")
    return paths
