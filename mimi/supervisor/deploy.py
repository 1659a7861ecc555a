# SPDX-License-Identifier: Apache-2.0
"""Deploying: compare, check, write what should run, have the supervisor apply it, wait until it does."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mimi.build import PackageSet
from mimi.errors import DeployError, Problem
from mimi.pairing import Pairing
from mimi.plan import Desired, Plan, Programs, desired_services, make_plan
from mimi.run_directory import (
    Deployment,
    RunDirectory,
    deploy_lock,
    describe_process,
    read_deployment,
    read_json,
    read_status,
    run_directory,
    write_atomically,
    write_deployment,
)
from mimi.supervisor.destroy import destroy_locked
from mimi.supervisor.preflight import preflight, warnings
from mimi.supervisor.process import launch, log_tail, service_environment
from mimi.supervisor.swap import offers_hotconfig

POLL_S = 0.05
HOPELESS_DEATHS = 3
"""A service that dies this often in a row before it is ready fails the deploy."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to deploy.

    ``text`` is the pairing file as written, ``minion_text`` the rendered configuration, ``packages`` what the minion loads
    (None when its engine has everything).
    """

    pairing: Pairing
    text: str
    source: str
    minion_text: str
    programs: Programs = field(default_factory=Programs)
    version: str = ""
    packages: PackageSet | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request compared with what runs."""

    request: Request
    directory: RunDirectory
    plan: Plan
    desired: Desired
    before: Deployment | None
    packages: Path | None


Progress = Callable[[str], None]


def deploy(
    request: Request,
    *,
    timeout_s: float = 60.0,
    keep: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _line: None,
) -> Plan:
    """Make the pairing run; returns the plan that was applied (empty when there was nothing to do).

    A failed first deploy leaves nothing behind, a failed change leaves what ran before (unless ``keep``).

    Raises:
        MissingError, BuildError, DeployError: nothing was changed, or it was undone.
    """
    directory = run_directory(request.pairing.name)
    if dry_run and not directory.root.parent.is_dir():
        return _prepare(request, directory).plan
    with deploy_lock(directory):
        prepared = _prepare(request, directory)
        if not prepared.plan.empty:
            preflight(request.pairing, directory, prepared.plan, request.programs)
        if dry_run:
            return prepared.plan
        for warning in () if prepared.plan.empty else warnings(request.pairing, request.programs):
            progress(f"warning: {warning}")
        undo = _remember(prepared)
        try:
            supervisor = None
            _build_packages(prepared, progress)
            if prepared.plan.empty:
                _write_files(prepared)
            else:
                supervisor = _apply(prepared)
            _wait(prepared, supervisor, timeout_s, progress)
            _forget_old_packages(prepared)
        except BaseException:
            if not keep and not prepared.plan.empty:
                undo()
            raise
    return prepared.plan


def _prepare(request: Request, directory: RunDirectory) -> Prepared:
    before = read_deployment(directory)
    _refuse_foreign(directory, before)
    packages = None if request.packages is None else directory.packages_directory / request.packages.digest()
    services = desired_services(
        request.pairing, directory, request.minion_text, request.programs, version=request.version, packages=packages
    )
    desired = Desired(
        name=directory.name,
        token=before.token if before is not None else secrets.token_hex(16),
        source=request.source,
        services=services,
        minion_text=request.minion_text,
        stores_state=request.pairing.store.url is None or (before is not None and before.stores_state),
    )
    plan = make_plan(
        directory.name,
        services,
        before.services if before is not None else {},
        supervised=before is not None and before.supervisor is not None and before.supervisor.alive,
        can_swap=offers_hotconfig(directory),
    )
    return Prepared(request, directory, plan, desired, before, packages)


def _build_packages(prepared: Prepared, progress: Progress) -> None:
    """Build what is not there yet: the same sources for the same engine are built once."""
    if prepared.packages is not None and prepared.request.packages is not None:
        prepared.directory.create()
        prepared.request.packages.build(prepared.packages, progress)


def _forget_old_packages(prepared: Prepared) -> None:
    """Remove the sets that earlier deploys have built: nothing loads them any more."""
    place = prepared.directory.packages_directory
    for old in place.iterdir() if place.is_dir() else ():
        if old != prepared.packages:
            shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(directory: RunDirectory, before: Deployment | None) -> None:
    if before is not None and before.uid != os.geteuid():
        raise DeployError(
            Problem(
                f"{directory.name} is deployed by another user",
                place=str(directory.deployment_file),
                found=f"user id {before.uid}",
                expected=f"user id {os.geteuid()}",
                hint="deploy as that user, or have that user destroy it",
            )
        )
    for pid, elsewhere in _supervisors_elsewhere(directory):
        raise DeployError(
            Problem(
                f"{directory.name} is already deployed from another run directory",
                place=elsewhere,
                found=f"supervisor {describe_process(pid)}",
                hint=f"`MIMI_RUN_DIR={elsewhere} mimi destroy {directory.name}` ends it",
            )
        )


def _supervisors_elsewhere(directory: RunDirectory) -> list[tuple[int, str]]:
    """Supervisors of this name, in this network namespace, under another run directory."""
    found = []
    here = Path("/proc/self/ns/net").readlink()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            items = (entry / "environ").read_text(encoding="utf-8", errors="replace").split("\0")
            environment = dict(item.split("=", 1) for item in items if "=" in item)
            named = environment.get("MIMI_NAME") == directory.name and environment.get("MIMI_SERVICE") == "supervisor"
            elsewhere = environment.get("MIMI_RUN_DIR", "")
            if named and elsewhere != str(directory.root.parent) and (entry / "ns/net").readlink() == here:
                found.append((int(entry.name), elsewhere))
    return found


def _remember(prepared: Prepared) -> Callable[[], None]:
    """How to go back to what was there before."""
    directory = prepared.directory
    files = (directory.pairing_file, directory.minion_file, directory.desired_file)
    kept = {path: path.read_text(encoding="utf-8") for path in files if path.exists()}
    had_state = directory.state.exists()

    def undo() -> None:
        if prepared.before is None or directory.desired_file not in kept:
            destroy_locked(directory, keep_state=had_state)
            return
        for path, text in kept.items():
            write_atomically(path, text)
        _tell_supervisor(prepared)

    return undo


def _write_files(prepared: Prepared) -> None:
    directory, request = prepared.directory, prepared.request
    directory.create()
    texts = {
        directory.pairing_file: request.text,
        directory.minion_file: request.minion_text,
        directory.desired_file: json.dumps(prepared.desired.to_json(), indent=1) + "\n",
    }
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)


def _apply(prepared: Prepared) -> subprocess.Popen[bytes] | None:
    directory, before = prepared.directory, prepared.before
    _write_files(prepared)
    if before is None:
        first = Deployment(
            name=directory.name,
            token=prepared.desired.token,
            uid=os.geteuid(),
            source=prepared.request.source,
            stores_state=prepared.desired.stores_state,
        )
        write_deployment(directory, first)
    return _tell_supervisor(prepared)


def _tell_supervisor(prepared: Prepared) -> subprocess.Popen[bytes] | None:
    """Have ``desired.json`` applied: by the running supervisor, or by a new one, which is returned."""
    directory = prepared.directory
    now = read_deployment(directory)
    if now is not None and now.supervisor is not None and now.supervisor.signal(signal.SIGHUP):
        return None
    argv = (*prepared.request.programs.mimi, "run", "supervisor", directory.name)
    environment = service_environment(directory, "supervisor", prepared.desired.token, notify=False)
    directory.status_file("supervisor").unlink(missing_ok=True)
    return launch(argv, directory.log_file("supervisor"), environment)


# Waiting


def _wait(prepared: Prepared, supervisor: subprocess.Popen[bytes] | None, timeout_s: float, progress: Progress) -> None:
    deadline = time.monotonic() + timeout_s
    told: dict[str, str] = {}
    progress = (lambda _line: None) if prepared.plan.empty else progress
    while True:
        if supervisor is not None and supervisor.poll() is not None:
            raise _failed(prepared, "supervisor", f"ended with exit code {supervisor.returncode}")
        waiting_for = _unready(prepared, told, progress)
        if waiting_for is None:
            return
        if time.monotonic() >= deadline:
            raise _failed(prepared, waiting_for, f"not ready after {timeout_s:g} s")
        time.sleep(POLL_S)


def _unready(prepared: Prepared, told: dict[str, str], progress: Progress) -> str | None:
    """The first service that is not ready, None when all are. Tells what changed since the last call."""
    directory = prepared.directory
    status = read_status(directory, "supervisor")
    services: dict[str, dict[str, Any]] = status.get("services", {})
    if status.get("applied") != prepared.desired.id:
        return "supervisor"
    if status.get("failure"):
        raise _failed(prepared, status["failure"]["service"], status["failure"]["message"])
    for service in prepared.desired.services:
        facts = services.get(service.name, {})
        state = facts.get("state", "waiting")
        if told.get(service.name) != state:
            told[service.name] = state
            if state in ("ready", "backoff"):
                progress(f"{service.name}: {state if state == 'ready' else facts.get('last_end', state)}")
        if facts.get("deaths_in_a_row", 0) >= HOPELESS_DEATHS:
            raise _failed(prepared, service.name, f"keeps ending: {facts.get('last_end', '')}")
    for service in prepared.desired.services:
        if services.get(service.name, {}).get("state") != "ready":
            return service.name
    return _sync_unready(prepared, told, progress)


def _sync_unready(prepared: Prepared, told: dict[str, str], progress: Progress) -> str | None:
    if prepared.desired.service("sync") is None:
        return None
    state = str(read_status(prepared.directory, "sync").get("state", "cold"))
    if told.get("sync state") != state:
        told["sync state"] = state
        progress(f"minion's state: {state}")
    return None if state == "in-sync" else "sync"


def _failed(prepared: Prepared, service: str, found: str) -> DeployError:
    tail = log_tail(prepared.directory.log_file(service))
    said = "\n".join(["", *(f"    {line}" for line in tail)]) if tail else " nothing"
    return DeployError(
        Problem(
            f"{prepared.directory.name}: {service} failed",
            place=str(prepared.request.source),
            found=found,
            hint="deploy with --keep to look at what is left; its last words:" + said,
        )
    )


def desired_of(directory: RunDirectory) -> Desired | None:
    """What the last deploy wanted; None when there was none or it cannot be read."""
    try:
        data = read_json(directory.desired_file)
        return None if data is None else Desired.from_json(data)
    except (DeployError, KeyError, TypeError):
        return None
