# SPDX-License-Identifier: Apache-2.0
"""wrk, the HTTP generator of the paper: its command line and what it prints."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

_REQUESTS = re.compile(r"(\d+) requests in ")
_ERRORS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_STATUS = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True, slots=True)
class WrkResult:
    """Counts of one run. Each request has a connection of its own, so ``requests`` are completed connections."""

    requests: int = 0
    connect: int = 0
    read: int = 0
    write: int = 0
    timeout: int = 0
    status: int = 0

    @property
    def failed(self) -> int:
        """Connections that did not deliver: wrk's four socket errors and error statuses."""
        return self.connect + self.read + self.write + self.timeout + self.status

    def __add__(self, other: WrkResult) -> WrkResult:
        return WrkResult(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


def command(url: str, connections: int, seconds: float, timeout_s: int = 2) -> list[str]:
    """The command of wrk with two threads, as the paper ran it; ``Connection: close`` makes every request a new connection."""
    return ["wrk", "-t2", f"-c{connections}", f"-d{round(seconds)}s", f"--timeout={timeout_s}s", "-H", "Connection: close", url]


def parse(output: str) -> WrkResult:
    """Read wrk's summary. Raises ValueError when it is not one."""
    requests = _REQUESTS.search(output)
    if requests is None:
        raise ValueError(f"not a wrk summary: {output[-200:]!r}")
    errors, status = _ERRORS.search(output), _STATUS.search(output)
    connect, read, write, timeout = (int(text) for text in errors.groups()) if errors else (0, 0, 0, 0)
    return WrkResult(int(requests[1]), connect, read, write, timeout, status=int(status[1]) if status else 0)
