# SPDX-License-Identifier: Apache-2.0
"""The supervisor: one loop over the pidfds of one pairing's services.

Every service is in one of four states::

    waiting ──start──> starting ──ready──> ready
       ^                  │                  │
       └──── backoff <────┴──── it died ─────┘

Services start in :data:`mimi.plan.ORDER`: each waits until the one before it is ready (or has had
:data:`PATIENCE_S`, for they all tolerate each other's absence). A service that dies is started again, the first time
at once, then after growing pauses, without end; deaths are counted and shown. Services are not our children only:
after a kill -9 of the supervisor, the next one adopts what still runs, from ``deployment.json``.

What should run is ``desired.json``; SIGHUP makes the supervisor read it again and apply the difference. SIGTERM ends
the services in reverse order, then the supervisor.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Literal

from mimi.errors import DeployError, MimiError, Problem
from mimi.plan import ORDER, Desired, Plan, Service, make_plan
from mimi.run_directory import (
    Deployment,
    Identity,
    RunDirectory,
    ServiceRecord,
    argv_hash,
    lock_holder,
    marked_processes,
    read_deployment,
    read_json,
    read_status,
    try_lock,
    write_atomically,
    write_deployment,
)
from mimi.service import Urgency
from mimi.supervisor.process import (
    cap_log,
    clear_stale_socket,
    end_process,
    is_ready,
    launch,
    service_environment,
)

PATIENCE_S = 10.0
"""How long a service may keep those after it waiting."""

STEADY_S = 10.0
"""A service that ran this long starts its backoff anew."""

PROMPT_PROGRAMS = ("store", "minion")
"""Programs on the state path that cannot ask the scheduler themselves, as our own services do."""

POLL_S = 0.02
STATUS_EVERY_S = 0.5
LOG_CHECK_EVERY_S = 5.0

State = Literal["waiting", "starting", "ready", "backoff"]
HotSwap = Callable[[RunDirectory, str], None]


def backoff_s(deaths_in_a_row: int) -> float:
    """Pause before the next start: none after the first death, then 0.2 s doubling up to 5 s."""
    if deaths_in_a_row <= 1:
        return 0.0
    return min(5.0, 0.2 * 2.0 ** min(deaths_in_a_row - 2, 10))


@dataclass(slots=True)
class Managed:
    """A service under supervision."""

    service: Service
    state: State = "waiting"
    identity: Identity | None = None
    child: subprocess.Popen[bytes] | None = None
    descriptor: int = -1
    since: float = 0.0
    due: float = 0.0
    starts: int = 0
    restarts: int = 0
    deaths_in_a_row: int = 0
    last_end: str = ""
    urgency: Urgency | None = None


class Supervisor:
    """Runs the services of one deployment until SIGTERM. ``hot_swap`` hands a minion its new configuration."""

    def __init__(self, directory: RunDirectory, hot_swap: HotSwap | None = None) -> None:
        self._directory = directory
        self._hot_swap = hot_swap
        self._desired = Desired(directory.name, "", "", ())
        self._managed: dict[str, Managed] = {}
        self._selector = selectors.DefaultSelector()
        self._applied = ""
        self._failure: dict[str, str] = {}
        self._reload = self._end = self._changed = False
        self._status_due = self._log_due = 0.0

    def run(self) -> None:
        """Supervise until told to end.

        Raises:
            DeployError: another supervisor holds this deployment, or there is nothing to supervise.
        """
        os.umask(0o077)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # whoever started us may have blocked some; services inherit it
        lock = try_lock(self._directory.supervisor_lock)
        if lock is None:
            raise DeployError(
                Problem(
                    f"{self._directory.name} already has a supervisor",
                    place=str(self._directory.supervisor_lock),
                    found=f"held by {lock_holder(self._directory.supervisor_lock)}",
                )
            )
        with lock, self._notify_socket() as notify, self._signals() as wake:
            self._selector.register(notify, selectors.EVENT_READ, lambda: self._on_notify(notify))
            self._selector.register(wake, selectors.EVENT_READ, lambda: _drain(wake))
            self._adopt_and_apply()
            while not self._end:
                self._turn()
            self._end_all()

    # One turn of the loop

    def _turn(self) -> None:
        if self._reload:
            self._reload = False
            self._read_desired_again()
        now = time.monotonic()
        for managed in self._in_order():
            self._advance(managed, now)
        if self._changed or now >= self._status_due:
            self._save(now)
        for key, _ in self._selector.select(self._pause(now)):
            key.data()

    def _pause(self, now: float) -> float:
        if self._reload or self._end:
            return 0.0
        if any(m.state == "starting" for m in self._managed.values()):
            return POLL_S
        due = [m.due for m in self._managed.values() if m.state == "backoff"]
        return max(0.0, min([self._status_due, *due]) - now)

    def _advance(self, managed: Managed, now: float) -> None:
        if managed.state == "backoff" and now >= managed.due:
            managed.state = "waiting"
        if managed.state == "waiting" and self._may_start(managed, now):
            self._start(managed, now)
        if managed.state == "starting" and self._asks_ready(managed):
            self._mark_ready(managed)

    def _may_start(self, managed: Managed, now: float) -> bool:
        if managed.starts:
            return True  # only the first start waits for its predecessors
        for earlier in self._in_order():
            if earlier is managed:
                return True
            patient = earlier.starts == 0 or now - earlier.since < PATIENCE_S
            if earlier.state != "ready" and patient:
                return False
        return True

    def _asks_ready(self, managed: Managed) -> bool:
        if managed.service.ready == "notify":
            # Its READY=1 may have been sent to an earlier supervisor: its status tells the same.
            status = read_status(self._directory, managed.service.name)
            assert managed.identity is not None
            return status.get("pid") == managed.identity.pid and status.get("state", "starting") != "starting"
        return is_ready(managed.service)

    def _mark_ready(self, managed: Managed) -> None:
        managed.state = "ready"
        self._changed = True
        self._log(f"{managed.service.name} is ready")

    # Starting, adopting, ending

    def _start(self, managed: Managed, now: float) -> None:
        service, directory = managed.service, self._directory
        managed.starts += 1
        managed.since = now
        self._changed = True
        clear_stale_socket(service.socket)
        if service.make_directory:
            Path(service.make_directory).mkdir(mode=0o700, parents=True, exist_ok=True)
        environment = service_environment(directory, service.name, self._desired.token, notify=service.ready == "notify")
        try:
            managed.child = launch(service.argv, directory.log_file(service.name), environment)
        except OSError as error:
            self._died(managed, f"cannot be started: {error}")
            return
        identity = Identity.of(managed.child.pid)
        if identity is None:
            self._died(managed, f"ended at once with {_outcome(managed.child.wait())}")
            return
        self._log(f"{service.name} started (pid {identity.pid})")
        managed.state = "starting"
        self._watch(managed, identity)
        self._save(now)  # recorded before anything else happens, so that no kill -9 of ours loses it

    def _watch(self, managed: Managed, identity: Identity) -> None:
        managed.identity = identity
        try:
            managed.descriptor = os.pidfd_open(identity.pid)
        except ProcessLookupError:
            self._died(managed, "ended at once")
            return
        self._selector.register(managed.descriptor, selectors.EVENT_READ, lambda: self._on_exit(managed))
        if managed.service.name in PROMPT_PROGRAMS:
            managed.urgency = Urgency(identity.pid)

    def _forget_process(self, managed: Managed) -> None:
        if managed.descriptor >= 0:
            self._selector.unregister(managed.descriptor)
            os.close(managed.descriptor)
            managed.descriptor = -1
        if managed.child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                managed.child.wait(timeout=1.0)
        managed.child = managed.identity = managed.urgency = None

    def _on_exit(self, managed: Managed) -> None:
        if managed.descriptor < 0:
            return  # ended by us earlier in this turn
        how = "ended" if managed.child is None else f"ended with {_outcome(managed.child.wait())}"
        self._died(managed, how)

    def _died(self, managed: Managed, how: str) -> None:
        now = time.monotonic()
        steady = managed.state == "ready" and now - managed.since > STEADY_S
        managed.deaths_in_a_row = 1 if steady else managed.deaths_in_a_row + 1
        managed.restarts += 1
        pause_s = backoff_s(managed.deaths_in_a_row)
        managed.last_end = how
        self._forget_process(managed)
        managed.state, managed.due = "backoff", now + pause_s
        self._changed = True
        self._log(f"{managed.service.name} {how}; again in {pause_s:.1f} s (restart {managed.restarts})")

    def _end_service(self, managed: Managed) -> None:
        if managed.identity is not None:
            self._log(f"ending {managed.service.name} (pid {managed.identity.pid})")
            end_process(managed.identity)
        self._forget_process(managed)
        self._changed = True

    def _end_all(self) -> None:
        for managed in reversed(list(self._in_order())):
            self._end_service(managed)
            del self._managed[managed.service.name]
        self._save(time.monotonic())
        self._log("supervisor ended")

    # What should run

    def _adopt_and_apply(self) -> None:
        desired = self._load_desired()
        deployment = read_deployment(self._directory)
        records = dict(deployment.services) if deployment is not None else {}
        for record in records.values():
            service = desired.service(record.name)
            if record.identity.alive:
                adopted = service or Service(record.name, (), "alive", record.parts)
                self._adopt(adopted, record)
        self._sweep(desired.token)
        self._apply(desired, supervised=False)

    def _adopt(self, service: Service, record: ServiceRecord) -> None:
        managed = Managed(replace(service, parts=record.parts), "starting", restarts=record.restarts, since=time.monotonic(), starts=1)
        self._managed[service.name] = managed
        if record.ready:
            managed.state = "ready"
        self._watch(managed, record.identity)
        self._log(f"{service.name} adopted (pid {record.identity.pid})")

    def _sweep(self, token: str) -> None:
        """End what an earlier supervisor started but could not record before it was killed."""
        marked = {identity.pid: identity for identity in marked_processes(token)} if token else {}
        known = {m.identity.pid for m in self._managed.values() if m.identity is not None} | {os.getpid()}
        for pid, identity in marked.items():
            parent = _parent(pid)
            if pid not in known and parent not in marked and parent not in known:
                self._log(f"ending an unrecorded process of this deployment (pid {pid})")
                end_process(identity)

    def _load_desired(self) -> Desired:
        data = read_json(self._directory.desired_file)
        if data is None:
            raise DeployError(Problem("nothing to supervise", place=str(self._directory.desired_file)))
        return Desired.from_json(data)

    def _read_desired_again(self) -> None:
        try:
            self._apply(self._load_desired(), supervised=True)
        except (MimiError, KeyError, TypeError) as error:
            self._log(f"cannot apply {self._directory.desired_file}: {error}")

    def _apply(self, desired: Desired, *, supervised: bool) -> None:
        self._desired = desired
        self._failure = {}
        records = {record.name: record for record in self._records()}
        can_swap = self._hot_swap is not None and _offers_hotconfig(self._directory)
        plan = make_plan(desired.name, desired.services, records, supervised=supervised, can_swap=can_swap)
        self._log(str(plan))
        self._end_changed(plan)
        for service in desired.services:
            action = plan.action(service.name)
            if action == "swap":
                self._swap(service)
            elif service.name not in self._managed:
                self._managed[service.name] = Managed(service, due=0.0)
            else:
                managed = self._managed[service.name]
                managed.service = service
                if managed.state == "backoff":
                    managed.due, managed.deaths_in_a_row = 0.0, 0
        self._applied = desired.id
        self._changed = True

    def _end_changed(self, plan: Plan) -> None:
        for change in reversed(plan.changes):
            if change.action in ("stop", "restart") and change.service in self._managed:
                self._end_service(self._managed.pop(change.service))

    def _swap(self, service: Service) -> None:
        assert self._hot_swap is not None
        try:
            self._hot_swap(self._directory, self._desired.minion_text)
        except MimiError as error:
            # The old configuration goes on running: its record stays, so the next plan sees the difference.
            self._failure = {"service": service.name, "message": f"refused the new configuration: {error}"}
            self._log(self._failure["message"])
            return
        self._managed[service.name].service = service
        self._log("minion took the new configuration")

    # What runs, for others to read

    def _in_order(self) -> tuple[Managed, ...]:
        names = [*ORDER, *(name for name in self._managed if name not in ORDER)]
        return tuple(self._managed[name] for name in names if name in self._managed)

    def _records(self) -> list[ServiceRecord]:
        return [
            ServiceRecord(
                name=m.service.name,
                identity=m.identity,
                argv_hash=argv_hash(m.service.argv),
                parts=m.service.parts,
                ready=m.state == "ready",
                restarts=m.restarts,
            )
            for m in self._in_order()
            if m.identity is not None
        ]

    def _save(self, now: float) -> None:
        me = Identity.of(os.getpid())
        deployment = Deployment(
            name=self._directory.name,
            token=self._desired.token,
            uid=os.geteuid(),
            source=self._desired.source,
            applied=self._applied,
            supervisor=None if self._end else me,
            services={record.name: record for record in self._records()},
            stores_state=self._desired.stores_state,
        )
        try:
            self._directory.create()
            write_deployment(self._directory, deployment)
            write_atomically(self._directory.status_file("supervisor"), json.dumps(self._status()) + "\n")
        except (OSError, DeployError) as error:
            self._log(f"cannot write {self._directory.root}: {error}")
        self._changed = False
        if now >= self._status_due:
            for managed in self._managed.values():
                if managed.urgency is not None:
                    managed.urgency.review()
        self._status_due = now + STATUS_EVERY_S
        if now >= self._log_due:
            self._log_due = now + LOG_CHECK_EVERY_S
            for name in ("supervisor", *self._managed):
                cap_log(self._directory.log_file(name))

    def _status(self) -> dict[str, object]:
        return {
            "service": "supervisor",
            "pid": os.getpid(),
            "time": time.time(),
            "state": "ending" if self._end else "running",
            "applied": self._applied,
            "failure": self._failure,
            "services": {
                m.service.name: {
                    "state": m.state,
                    "pid": None if m.identity is None else m.identity.pid,
                    "restarts": m.restarts,
                    "deaths_in_a_row": m.deaths_in_a_row,
                    "last_end": m.last_end,
                }
                for m in self._in_order()
            },
        }

    def _log(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S")
        for line in text.splitlines():
            print(f"{stamp} {line}", file=sys.stderr, flush=True)

    # Signals and readiness messages

    @contextlib.contextmanager
    def _signals(self) -> Iterator[socket.socket]:
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(-1)
            reader.close()
            writer.close()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._reload = True
        else:
            self._end = True

    def _notify_socket(self) -> socket.socket:
        path = self._directory.notify_socket
        path.unlink(missing_ok=True)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        notify.setblocking(False)
        notify.bind(str(path))
        return notify

    def _on_notify(self, notify: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                data, ancillary, _flags, _address = notify.recvmsg(4096, socket.CMSG_SPACE(12))
                sender = next((struct.unpack("3i", c[2])[0] for c in ancillary if c[1] == socket.SCM_CREDENTIALS), 0)
                if b"READY=1" in data.split(b"\n"):
                    self._on_ready_message(sender)

    def _on_ready_message(self, sender: int) -> None:
        for managed in self._managed.values():
            if managed.identity is not None and managed.identity.pid == sender and managed.state == "starting":
                self._mark_ready(managed)


def _drain(wake: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        wake.recv(256)


def _outcome(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(text[text.rfind(")") + 2 :].split()[1])
    return 0


def _offers_hotconfig(directory: RunDirectory) -> bool:
    from mimi.supervisor.swap import offers_hotconfig

    return offers_hotconfig(directory)
