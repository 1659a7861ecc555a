# SPDX-License-Identifier: Apache-2.0
"""The digest of the engine's headers: what a package was compiled against, and what the engine was.

Standard library only, as scan.py is: the runtime's makefile runs ``python3 mimi/build/headers.py runtime/include``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def headers_digest(include: Path) -> str:
    """Sixteen hexadecimal digits for the contents of ``include/click`` and ``include/clicknet``."""
    whole = hashlib.sha256()
    for room in ("click", "clicknet"):
        for path in sorted((include / room).rglob("*.h*")):
            whole.update(f"{path.relative_to(include).as_posix()}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


if __name__ == "__main__":
    print(headers_digest(Path(sys.argv[1])))
