# SPDX-License-Identifier: Apache-2.0
"""Destroying: end what was recorded and verified, remove what was made, nothing else. Twice does no harm."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass

from mimi.errors import DeployError, Problem
from mimi.plan import ORDER
from mimi.run_directory import (
    Deployment,
    Identity,
    RunDirectory,
    ServiceRecord,
    deploy_lock,
    deployed_names,
    marked_processes,
    read_deployment,
    read_json,
    run_directory,
)
from mimi.supervisor.process import end_process

SUPERVISOR_GRACE_S = 40.0
"""The supervisor ends six services, each with its own grace, before it ends."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What a destroy removed."""

    name: str
    ended: tuple[str, ...]
    state_removed: bool


def destroy(name: str, *, keep_state: bool = False) -> Destroyed:
    """Remove a deployment.

    Raises:
        DeployError: there is none of that name, it belongs to another user, or a process would not end.
    """
    directory = run_directory(name)
    if not directory.root.is_dir():
        names = deployed_names()
        raise DeployError(
            Problem(
                f"{name} is not deployed",
                place=str(directory.root.parent),
                found=", ".join(names) or "nothing deployed",
                expected="the name of a deployed pairing",
            )
        )
    with deploy_lock(directory):
        result = destroy_locked(directory, keep_state=keep_state)
        directory.deploy_lock.unlink(missing_ok=True)
    return result


def destroy_locked(directory: RunDirectory, *, keep_state: bool) -> Destroyed:
    """:func:`destroy` for a caller that holds the deploy lock."""
    deployment = _read_whatever_is_there(directory)
    ended: list[str] = []
    if deployment is not None:
        if os.geteuid() not in (0, deployment.uid):
            raise DeployError(
                Problem(
                    f"{directory.name} belongs to another user",
                    found=f"user id {deployment.uid}",
                    hint="destroy it as that user or as root",
                )
            )
        ended = _end_processes(directory, deployment)
    removes_state = not keep_state and deployment is not None and deployment.stores_state and directory.state.is_dir()
    if removes_state:
        shutil.rmtree(directory.state)
    if directory.root.is_dir():
        shutil.rmtree(directory.root)
    return Destroyed(directory.name, tuple(ended), removes_state)


def _read_whatever_is_there(directory: RunDirectory) -> Deployment | None:
    """The record; when it is damaged, as much as the token in ``desired.json`` still tells."""
    try:
        return read_deployment(directory)
    except DeployError:
        with contextlib.suppress(DeployError, KeyError):
            desired = read_json(directory.desired_file) or {}
            return Deployment(
                name=directory.name,
                token=desired["token"],
                uid=directory.root.stat().st_uid,
                source=desired.get("source", ""),
                stores_state=desired.get("stores_state", False),
            )
    return None


def _end_processes(directory: RunDirectory, deployment: Deployment) -> list[str]:
    alive = [record.name for record in deployment.services.values() if record.identity.alive]
    ended = sorted(alive, key=_latest_first)
    if deployment.supervisor is not None and deployment.supervisor.alive:
        _end("supervisor", deployment.supervisor, SUPERVISOR_GRACE_S)
        ended.insert(0, "supervisor")
    # The supervisor ends its services; what is left was orphaned, or started after the record we read.
    records = {**deployment.services, **_records_now(directory)}
    for name in sorted(records, key=_latest_first):
        if records[name].identity.alive:
            _end(name, records[name].identity)
    for identity in marked_processes(deployment.token) if deployment.token else ():
        _end(f"process {identity.pid}", identity)
        ended.append(f"process {identity.pid}")
    return ended


def _latest_first(service: str) -> int:
    return -ORDER.index(service) if service in ORDER else 1


def _records_now(directory: RunDirectory) -> dict[str, ServiceRecord]:
    with contextlib.suppress(DeployError):
        now = read_deployment(directory)
        return dict(now.services) if now is not None else {}
    return {}


def _end(name: str, identity: Identity, grace_s: float = 5.0) -> None:
    if not end_process(identity, grace_s):
        raise DeployError(
            Problem(
                f"{name} does not end",
                found=f"pid {identity.pid} survives SIGKILL",
                hint="it is probably stuck in the kernel; look at /proc/PID/stack",
            )
        )
