# SPDX-License-Identifier: Apache-2.0
"""Configurations for the fuzz target `packets`: every template, rendered, and tests/fuzz/configs, with memory for devices."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from mimi.pairing import load_pairing  # noqa: E402 - a script of a checkout
from mimi.render import render  # noqa: E402

HERE = Path(__file__).resolve().parent

BALANCER = """\
// account: ipv4-out
// account: into_lb0.count + into_lb1.count = lb.stats/forward + lb.stats/reverse + lb.stats/icmp_errors + lb.stats/passed \
+ lb.stats/resets + lb.stats/drop_unknown + lb.stats/drop_backend_unknown + lb.stats/drop_fragment + lb.stats/drop_malformed \
+ lb.stats/drop_refused + lb.stats/drop_icmp + lb.stats/drop_unrouted
// account: to_backends.count + to_clients.count + to_others.count = lb.stats/forward + lb.stats/reverse + lb.stats/icmp_errors \
+ lb.stats/passed + lb.stats/resets
"""
"""Every packet into the balancer is out, or dropped and counted."""

ACCOUNTS = {"load-balancer": BALANCER}
"""What must hold, by pairing type."""


def in_memory(text: str) -> str:
    """The configuration with `inN :: MemoryIn` and `outN :: MemoryOut` where it had devices, numbered as they appear."""
    inputs, outputs = iter(range(100)), iter(range(100))
    text = re.sub(r"FromDevice\([^)]*\)", lambda _: f"in{next(inputs)} :: MemoryIn", text)
    text = re.sub(
        r"Queue\([^)]*\) -> (\w+ :: Counter) -> ToDevice\([^)]*\)", lambda m: f"Null -> {m[1]} -> out{next(outputs)} :: MemoryOut", text
    )
    return re.sub(r"-> \[(\d)\]lb;", r"-> into_lb\1 :: Counter -> [\1]lb;", text)


def configurations() -> dict[str, str]:
    """Name to text. Templates stand under the names of their pairings, one pairing each."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("configs/*.click"))}
    for path in sorted((ROOT / "configs").glob("*.yaml")):
        pairing = load_pairing(path)
        name = f"template-{pairing.type}"
        if name not in texts:
            texts[name] = ACCOUNTS.get(pairing.type, "") + in_memory(render(pairing))
    return texts


def write_configurations(folder: Path) -> dict[str, Path]:
    """Write them as files; name to path."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, text in configurations().items():
        paths[name] = folder / f"{name}.click"
        paths[name].write_text(text, encoding="utf-8")
    return paths
