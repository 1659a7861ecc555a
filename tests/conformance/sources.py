# SPDX-License-Identifier: Apache-2.0
"""Count the element sources of a Click checkout that compile unmodified against our public headers.

``make sources CLICK_SRC=DIR``; the committed list says which must.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from suite import OUTPUT, read_list
from upstream import ELEMENT_DIRECTORIES, JOBS, Compiled, checkout, compiler, element_sources, headers_digest, run_compiler

COMPILES: Final = Path(__file__).with_name("compiles.txt")


def check(source: Path, click_source: Path, headers: bytes) -> Compiled:
    """One source through the compiler's front end; a success is remembered until a header changes."""
    command = [*compiler(click_source, our_elements=False), "-fsyntax-only", str(source)]
    stamp = OUTPUT / "sources" / hashlib.sha256(headers + source.read_bytes() + repr(command).encode()).hexdigest()
    if stamp.is_file():
        return Compiled(source, source)
    result = run_compiler(command, source, source)
    if result.target:
        stamp.touch()
    return result


def main() -> int:
    """0 when every source on the list compiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--click-src", default=os.environ.get("CLICK_SRC", ""), help="the checkout (CLICK_SRC)")
    parser.add_argument("--refresh", action="store_true", help="write the list of what must compile anew")
    parser.add_argument("--jobs", type=int, default=JOBS)
    options = parser.parse_args()
    click_source = checkout(options.click_src)
    if click_source is None:
        return 0
    (OUTPUT / "sources").mkdir(parents=True, exist_ok=True)
    words = OUTPUT / "refused"
    shutil.rmtree(words, ignore_errors=True)
    words.mkdir()
    found = element_sources(click_source)
    headers = headers_digest()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = dict(zip(found, pool.map(lambda path: check(path, click_source, headers), found.values()), strict=True))
    for name, result in results.items():
        if not result.target:
            (words / f"{name.replace('/', '.')}.err").write_text(result.words, encoding="utf-8")
            first = next((line for line in result.words.splitlines() if "error:" in line), "?")
            print(f"{name}: {first.split('error:', 1)[-1].strip()}")
    return report({name for name, result in results.items() if result.target}, list(found), refresh=options.refresh)


def report(compiled: set[str], names: list[str], *, refresh: bool) -> int:
    """Print the table; 1 when a source that must compile does not."""
    if refresh:
        head = "# Upstream element sources that must compile unmodified; `make sources-refresh` writes this file.\n"
        COMPILES.write_text(head + "".join(f"{name}\n" for name in sorted(compiled)), encoding="utf-8")
    total = Counter(name.split("/")[0] for name in names)
    good = Counter(name.split("/")[0] for name in compiled)
    print()
    for directory in ELEMENT_DIRECTORIES:
        print(f"{directory:<10} {good[directory]:>4} of {total[directory]}")
    lost = sorted(read_list(COMPILES) - compiled)
    for name in lost:
        print(f"must compile and does not: {name}")
    print(f"{len(compiled)} of {len(names)} element sources compile")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
