# SPDX-License-Identifier: Apache-2.0
"""The same configuration and the same packets in two programs: which byte differs first?

    python tests/differential/compare.py --click PATH [--rounds N] [--seed S] [NAME...]

A configuration reads `$IN` and writes `$OUT0`, `$OUT1`, ...; its first line says `// packets: ip`, `whole-ip` (nothing cut off) or `ethernet`.
Deliberate differences are told in lines of the configuration, with their reason:

    // ignores: $OUT0 1 4-5: these bytes of every packet
    // unordered: $OUT0: the order of the packets
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
sys.path.insert(0, str(HERE))

from packets import Record, make_packets, read_pcap, write_pcap  # noqa: E402 - beside this file

CONFIGURATIONS = sorted((HERE / "configurations").glob("*.click"))
DEADLINE_S = 60


@dataclass(frozen=True)
class Outcome:
    """What a program did: whether it took the configuration, and what it wrote, output by output.

    A program that crashed has done nothing that could be compared.
    """

    accepted: bool
    outputs: tuple[tuple[Record, ...], ...]
    messages: str
    crashed: bool = False


def tolerance(text: str, output: int) -> tuple[set[int], bool]:
    """The bytes of an output that may differ, and whether its order may."""
    ignored: set[int] = set()
    for match in re.finditer(rf"^// ignores: \$OUT{output} ([\d\- ]+):", text, re.MULTILINE):
        for word in match[1].split():
            first, _, last = word.partition("-")
            ignored.update(range(int(first), int(last or first) + 1))
    return ignored, bool(re.search(rf"^// unordered: \$OUT{output}:", text, re.MULTILINE))


def tolerated(text: str, output: int, records: list[Record]) -> tuple[Record, ...]:
    """The packets of an output without what may differ."""
    ignored, unordered = tolerance(text, output)
    if ignored:
        records = [Record(bytes(0 if i in ignored else byte for i, byte in enumerate(r.data)), r.length) for r in records]
    return tuple(sorted(records, key=lambda r: (r.data, r.length)) if unordered else records)


def packet_kind(text: str) -> str:
    """What the configuration's first line asks for."""
    match = re.match(r"// packets: (ip|whole-ip|ethernet)\n", text)
    if not match:
        raise ValueError("a configuration begins with `// packets: KIND`")
    return match[1]


def run(program: Path, text: str, packets: list[bytes]) -> Outcome:
    """Run the configuration over the packets, to its end, at a simulated time."""
    outputs = len(set(re.findall(r"\$OUT\d+", text)))
    with tempfile.TemporaryDirectory(prefix="mimi-differential-") as name:
        folder = Path(name)
        write_pcap(folder / "in.pcap", packets)
        (folder / "config.click").write_text(text, encoding="utf-8")
        files = [folder / f"out{i}.pcap" for i in range(outputs)]
        parameters = [f"IN={folder / 'in.pcap'}", *(f"OUT{i}={file}" for i, file in enumerate(files))]
        command = [str(program), "--simtime", str(folder / "config.click"), *parameters]
        environment = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(command, capture_output=True, check=False, timeout=DEADLINE_S, env=environment)
        written = tuple(tolerated(text, i, read_pcap(file)) if file.exists() else () for i, file in enumerate(files))
    return Outcome(done.returncode == 0, written, done.stderr.decode("utf-8", "replace"), crashed=done.returncode < 0)


def hexdump(data: bytes, mark: int = -1) -> str:
    """Sixteen bytes a line, the marked one in brackets; of a long packet the lines at its beginning and at the mark."""
    lines = []
    for start in range(0, len(data), 16):
        if start < 64 or abs(start - mark) < 32:
            cells = [f"[{byte:02x}]" if start + i == mark else f" {byte:02x} " for i, byte in enumerate(data[start : start + 16])]
            lines.append(f"    {start:4}: " + "".join(cells))
    return "\n".join(lines) or "    (no bytes)"


def first_difference(ours: Outcome, theirs: Outcome, names: tuple[str, str] = ("here", "there")) -> str:
    """What differs first, in words and bytes; empty when nothing does."""
    if ours.crashed:
        return f"{names[0]} crashed:\n{ours.messages[-2000:]}"
    if theirs.crashed:
        return ""
    if ours.accepted != theirs.accepted:
        one, other = names if ours.accepted else names[::-1]
        words = theirs.messages if ours.accepted else ours.messages
        return f"{one} takes the configuration, {other} does not:\n{words}"
    for number, (left, right) in enumerate(zip(ours.outputs, theirs.outputs, strict=True)):
        for index, (a, b) in enumerate(zip(left, right, strict=False)):
            if a == b:
                continue
            at = next((i for i, (x, y) in enumerate(zip(a.data, b.data, strict=False)) if x != y), min(len(a.data), len(b.data)))
            return (
                f"output {number}, packet {index}, byte {at} (lengths {a.length} and {b.length}; {len(left)} and {len(right)} packets)\n"
                f"  {names[0]}:\n{hexdump(a.data, at)}\n  {names[1]}:\n{hexdump(b.data, at)}"
            )
        if len(left) != len(right):
            longer, name = (left, names[0]) if len(left) > len(right) else (right, names[1])
            extra = longer[min(len(left), len(right))]
            counts = "; ".join(
                f"{word} {' '.join(str(len(o)) for o in side.outputs)}" for word, side in zip(names, (ours, theirs), strict=True)
            )
            return f"output {number}, packets of each output: {counts}; the first more, {name}:\n{hexdump(extra.data)}"
    return ""


def compare(ours: Path, theirs: Path, text: str, packets: list[bytes]) -> str:
    """The first difference, with the packet that makes it when one alone does; empty when there is none."""
    difference = first_difference(run(ours, text, packets), run(theirs, text, packets))
    if not difference or len(packets) == 1:
        return difference
    guilty = culprit(ours, theirs, text, packets)
    if guilty is None:
        return difference
    alone = first_difference(run(ours, text, [guilty]), run(theirs, text, [guilty]))
    return f"{alone}\n  this packet alone went in:\n{hexdump(guilty)}"


def culprit(ours: Path, theirs: Path, text: str, packets: list[bytes]) -> bytes | None:
    """A packet that alone makes a difference, found by halving; None when it takes several."""
    while len(packets) > 1:
        half = len(packets) // 2
        for part in (packets[:half], packets[half:]):
            if first_difference(run(ours, text, part), run(theirs, text, part)):
                packets = part
                break
        else:
            return None
    return packets[0]


def main() -> int:
    from mimi.click import binary_path

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--click", type=Path, required=True, help="the other program")
    parser.add_argument("--rounds", type=int, default=10, help="seeds for each configuration")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--packets", type=int, default=500, help="for each round")
    parser.add_argument("--expressions", action="store_true", help="random expressions instead of the configurations")
    parser.add_argument("names", nargs="*", help="configurations; default all")
    arguments = parser.parse_args()
    different = 0
    for name, text, seed in rounds(arguments):
        difference = compare(binary_path(), arguments.click, text, make_packets(packet_kind(text), seed, arguments.packets))
        if difference:
            different += 1
            print(f"{name}, seed {seed}: {difference}\n", flush=True)
            if arguments.expressions:
                print("\n".join("  > " + line for line in text.splitlines()), flush=True)
    print(f"{different} rounds with a difference")
    return 1 if different else 0


def rounds(arguments: argparse.Namespace) -> list[tuple[str, str, int]]:
    """Name, configuration and seed of each comparison to make."""
    seeds = range(arguments.seed, arguments.seed + arguments.rounds)
    if arguments.expressions:
        from expressions import make_configuration

        return [("expressions", make_configuration(seed), seed) for seed in seeds]
    chosen = [path for path in CONFIGURATIONS if not arguments.names or path.stem in arguments.names]
    return [(path.stem, path.read_text(encoding="utf-8"), seed) for path in chosen for seed in seeds]


if __name__ == "__main__":
    sys.exit(main())
