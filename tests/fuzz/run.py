# SPDX-License-Identifier: Apache-2.0
"""Run every fuzz target for a while: `python tests/fuzz/run.py [--seconds S] [NAME...]`.

Prints a line per target. What is new stays in out/fuzz/NAME; the input of a crash is kept in out/fuzz/crashes, and the
exit status is 1. `--minimise` puts a small set of inputs with the same coverage in the place of the corpus.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from configurations import ROOT, write_configurations

HERE = Path(__file__).resolve().parent
OUT = ROOT / "out" / "fuzz"
PROGRAMS = ROOT / "build" / "fuzz"
PACKETS = "packets"
PLAIN = ("language", "control", "importtext", "expressions", "dumpfiles", "rewrites")
OPTIONS = ("-timeout=25", "-rss_limit_mb=2048", "-malloc_limit_mb=1024", "-print_final_stats=1", "-verbosity=1")


@dataclass(frozen=True)
class Target:
    """One thing to fuzz: a program, perhaps with a configuration."""

    name: str
    program: Path
    corpus: Path
    dictionary: Path
    environment: dict[str, str]

    def command(self, *more: str) -> list[str]:
        words = [f"-dict={self.dictionary}"] if self.dictionary.is_file() else []
        return [str(self.program), *OPTIONS, *words, *more]


def targets() -> list[Target]:
    """All of them; the target `packets` once for every configuration."""

    def make(name: str, program: str, environment: dict[str, str]) -> Target:
        return Target(name, PROGRAMS / f"fuzz-{program}", HERE / "corpus" / program, HERE / "dictionaries" / f"{program}.dict", environment)

    found = [make(name, name, {}) for name in PLAIN]
    for name, path in write_configurations(OUT / "configurations").items():
        found.append(make(f"{PACKETS}-{name}", PACKETS, {"MIMI_FUZZ_CONFIGURATION": str(path)}))
    return found


def fuzz(target: Target, seconds: int) -> bool:
    """Run one target; True when it survives."""
    new = OUT / target.name
    crashes = OUT / "crashes"
    new.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    before = set(crashes.iterdir())
    command = target.command(f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/{target.name}-", str(new), str(target.corpus))
    start = time.monotonic()
    done = subprocess.run(command, env={**os.environ, **target.environment}, capture_output=True, check=False)
    log = done.stderr.decode("utf-8", "replace")
    (OUT / f"{target.name}.log").write_text(log, encoding="utf-8")
    kept = sorted(set(crashes.iterdir()) - before)
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", log)
    coverage = [int(value) for value in re.findall(r" cov: (\d+) ", log)]
    gained = coverage[-1] - coverage[0] if coverage else 0
    print(
        f"{target.name:32} {int(runs[1]) if runs else 0:9} executions {time.monotonic() - start:6.1f} s"
        f"  coverage {coverage[-1] if coverage else 0:6} (+{gained})  crashes {len(kept)}",
        flush=True,
    )
    survived = done.returncode == 0 and not kept
    if not survived:
        print(f"  log {OUT / target.name}.log; " + ("inputs " + " ".join(map(str, kept)) if kept else f"exit status {done.returncode}"))
        print("\n".join("  | " + line for line in reason(log)))
    return survived


def reason(log: str) -> list[str]:
    """The lines of a log that say what happened."""
    marks = ("ERROR:", "runtime error:", "broken promise:", "SUMMARY:", "ALARM:", "    #")
    return [line[:200] for line in log.splitlines() if any(mark in line for mark in marks)][:25]


def minimise(target: Target) -> None:
    """Merge what was found into the corpus, then leave out what adds no coverage."""
    merged = OUT / "merged" / target.name
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    command = target.command("-merge=1", str(merged), str(target.corpus), str(OUT / target.name))
    subprocess.run(command, env={**os.environ, **target.environment}, capture_output=True, check=True)
    known = {path.read_bytes() for path in target.corpus.iterdir()}
    for path in sorted(merged.iterdir()):
        if path.read_bytes() not in known and path.stat().st_size <= 4096:
            shutil.copy(path, target.corpus / path.name[:12])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=30, help="for each target; default 30")
    parser.add_argument("--minimise", action="store_true", help="put new inputs into the corpus")
    parser.add_argument("names", nargs="*", help="targets; default all")
    arguments = parser.parse_args()
    chosen = [target for target in targets() if not arguments.names or any(target.name.startswith(name) for name in arguments.names)]
    if not chosen:
        parser.error("no such target: " + " ".join(arguments.names))
    survived = [fuzz(target, arguments.seconds) for target in chosen]
    if arguments.minimise:
        for target in chosen:
            minimise(target)
    print(f"{sum(survived)} of {len(chosen)} targets without a crash")
    return 0 if all(survived) else 1


if __name__ == "__main__":
    sys.exit(main())
