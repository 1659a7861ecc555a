# SPDX-License-Identifier: Apache-2.0
"""What every service is: a process with a status file, a readiness announcement, a log, and a clean end on SIGTERM."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import structlog

STATUS_PERIOD_S = 1.0
"""A status older than a few of these belongs to a service that hangs."""


class Service:
    """One running service.

    ``stopping`` becomes true on SIGTERM or SIGINT; ``wakeup`` is a descriptor that is readable from then on, for poll
    loops; :meth:`pause` returns early. Status goes to ``directory/SERVICE.json`` (``directory`` may be None: nowhere).
    """

    def __init__(self, name: str, directory: Path | None) -> None:
        self.name = name
        self.stopping = False
        self.log = _logger(name)
        self._file = None if directory is None else directory / f"{name}.json"
        self._due = 0.0
        self._last: tuple[str, str] | None = None
        self._urgency: Urgency | None = None
        self._wakeup, self._signalled = socket.socketpair()
        self.wakeup = self._wakeup.fileno()

    def start(self) -> None:
        """Take over the signals (main thread only) and make the status directory."""
        self._signalled.setblocking(False)
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        if self._file is not None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def ready(self) -> None:
        """Announce that the service does its work."""
        self.notify("READY=1")

    def notify(self, text: str) -> None:
        """Tell the supervisor (systemd's protocol) something. Without ``NOTIFY_SOCKET``: nothing happens."""
        address = os.environ.get("NOTIFY_SOCKET")
        if not address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(text.encode(), "\0" + address[1:] if address.startswith("@") else address)

    @property
    def due(self) -> bool:
        """Whether the status is to be written again."""
        return time.monotonic() >= self._due

    def status(self, state: str, **counters: Any) -> None:
        """Replace the status file. A disk that is full must not stop a service: a failure is logged, not raised."""
        self._due = time.monotonic() + STATUS_PERIOD_S
        if self._urgency is not None:
            self._urgency.review()
        if self._file is None:
            return
        values = {"service": self.name, "pid": os.getpid(), "time": round(time.time(), 3), "state": state, **counters}
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            beside.write_text(json.dumps(values) + "\n", encoding="utf-8")
            beside.replace(self._file)
        except OSError as error:
            self.once("status-not-written", str(error))

    def once(self, event: str, text: str, **values: Any) -> None:
        """Log a trouble, but not again while it stays the same."""
        if self._last != (event, text):
            self._last = (event, text)
            self.log.warning(event, error=text, **values)

    def recovered(self, event: str, **values: Any) -> None:
        """Log that the last trouble is over, if there was one."""
        if self._last is not None:
            self._last = None
            self.log.info(event, **values)

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the service is to stop."""
        if not self.stopping:
            select.select([self._wakeup], [], [], seconds)

    def be_prompt(self) -> None:
        """For the services of the state path, whose every pause is replication lag. Call it when everything is made.

        The collector of garbage gets less to do: what start-up made is frozen, and it runs only when a loop asks for it
        (their hot paths make no cycles). The scheduler is asked to run us as soon as we wake, see :class:`Urgency`.
        """
        gc.collect()
        gc.freeze()
        gc.disable()
        self._urgency = Urgency()

    def stop(self) -> None:
        """What SIGTERM does: ask the service to end."""
        self.stopping = True
        with contextlib.suppress(BlockingIOError):
            self._signalled.send(b"s")

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True


class Urgency:
    """Real-time scheduling of a process (0: this one) for as long as it needs little of it.

    A service of the state path works for microseconds and waits for the next delta. On a busy machine each waking
    costs up to a time slice (milliseconds) in the ordinary class, and nothing in the real-time class. But a flood of
    log lines must not take the processor from everybody else: whoever used more than :data:`SHARE_MAX` of one processor
    since the last :meth:`review` is ordinary again until it calms down. What it starts is ordinary (a Redis that
    rewrites its log). Without the privilege, and for a process that has ended, nothing happens.
    """

    SHARE_MAX = 0.5

    def __init__(self, pid: int = 0) -> None:
        self._pid = pid
        self._clock = (~pid << 3) | 2 if pid else time.CLOCK_PROCESS_CPUTIME_ID  # the former as clock_getcpuclockid(3)
        self._used, self._at = 0.0, 0.0
        self.urgent = False
        self.review()

    def review(self) -> None:
        """Decide anew; call it about once a second."""
        try:
            used, at = time.clock_gettime(self._clock), time.monotonic()
        except OSError:
            return
        share = (used - self._used) / max(at - self._at, 1e-3) if self._at else 0.0
        self._used, self._at = used, at
        self._set(share <= self.SHARE_MAX)

    def _set(self, urgent: bool) -> None:
        if urgent == self.urgent:
            return
        policy, priority = (os.SCHED_RR, 1) if urgent else (os.SCHED_OTHER, 0)
        with contextlib.suppress(OSError):
            os.sched_setscheduler(self._pid, policy | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
            self.urgent = urgent


def _logger(name: str) -> Any:
    """JSON lines on stderr; the supervisor keeps them in ``log/SERVICE.log``."""
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        service=name,
    )
