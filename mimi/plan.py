# SPDX-License-Identifier: Apache-2.0
"""Desired against running: what a deploy would change, as a value. No I/O.

A service's *parts* are the named hashes of everything it was started from (``vips``, ``command``, …). A service is
kept when all of them are equal; when not, the names of those that differ are the reason the user reads. A minion
whose configuration differs only in :data:`SWAPPABLE` parts can take the new one while it runs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from mimi.pairing import Pairing
from mimi.run_directory import RunDirectory, ServiceRecord

ORDER = ("store", "minion", "fabric", "liveness", "health", "sync", "driver")
"""Services in the order they start; they end in the reverse order."""

SWAPPABLE = frozenset({"vips", "configuration"})
"""Parts of a minion that a hot swap can replace."""

Action = Literal["start", "restart", "swap", "keep", "stop", "adopt"]
Readiness = Literal["notify", "redis", "control", "alive"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service as it should run.

    ``ready`` says how it announces itself: ``notify`` (``READY=1`` on ``NOTIFY_SOCKET``), ``redis`` (PING on
    ``socket``), ``control`` (a ControlSocket's greeting on ``socket``) or ``alive`` (it runs).
    """

    name: str
    argv: tuple[str, ...]
    ready: Readiness
    parts: Mapping[str, str]
    socket: str = ""
    make_directory: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Service:
        return cls(**{**data, "argv": tuple(data["argv"])})


@dataclass(frozen=True, slots=True)
class Desired:
    """What should run: ``desired.json``, written by deploy, read by the supervisor."""

    name: str
    token: str
    source: str
    services: tuple[Service, ...]
    minion_text: str = ""
    stores_state: bool = False
    schema: int = 1

    @property
    def id(self) -> str:
        """Hash of all of it: equal ids need no change."""
        return fingerprint([service.to_json() for service in self.services])

    def service(self, name: str) -> Service | None:
        return next((service for service in self.services if service.name == name), None)

    def to_json(self) -> dict[str, Any]:
        services = [service.to_json() for service in self.services]
        return {**asdict(self), "services": services}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Desired:
        return cls(**{**data, "services": tuple(Service.from_json(service) for service in data["services"])})


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that services are made of; tests put others in their place."""

    mimi: tuple[str, ...] = field(default_factory=lambda: (sys.executable, "-m", "mimi.cli.main"))
    redis: str = field(default_factory=lambda: shutil.which("redis-server") or "redis-server")
    minion: str = "mimi-click"
    nsenter: str = field(default_factory=lambda: shutil.which("nsenter") or "nsenter")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan."""

    service: str
    action: Action
    reason: str

    def __str__(self) -> str:
        return f"{self.action:<8}{self.service:<11}{self.reason}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in start order, the supervisor first."""

    name: str
    changes: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """True when applying it changes nothing."""
        return all(change.action == "keep" for change in self.changes)

    def action(self, service: str) -> Action | None:
        return next((change.action for change in self.changes if change.service == service), None)

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "pairing": self.name, "empty": self.empty, "changes": [asdict(c) for c in self.changes]}

    def __str__(self) -> str:
        if self.empty:
            return f"{self.name}: nothing to do"
        return "\n".join([f"{self.name}:", *(f"  {change}" for change in self.changes)])


def fingerprint(value: object) -> str:
    """Short hash of anything JSON can hold; equal values have equal hashes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def desired_services(
    pairing: Pairing,
    directory: RunDirectory,
    minion_text: str,
    programs: Programs,
    version: str = "",
    packages: Path | None = None,
) -> tuple[Service, ...]:
    """The services a pairing needs, in start order. ``packages`` holds the minion's packages and is named by their digest."""
    services = [_minion(pairing, directory, minion_text, programs, packages)]
    if pairing.store.url is None:
        services.insert(0, _store(directory, programs))
    wanted: dict[str, tuple[str, ...]] = {}
    if pairing.fabric is not None:
        wanted["fabric"] = ("fabric", "store", "minion.interfaces")
    if pairing.liveness is not None:
        wanted["liveness"] = ("liveness", "failover", "store")
    if pairing.health is not None:
        wanted["health"] = ("health", "minion.netns")
    if pairing.sync.enabled:
        wanted["sync"] = ("sync", "store")
    if pairing.driver is not None:
        wanted["driver"] = ("driver", "vips", "store", "type", "semantics", "minion.timeouts", "minion.max_flows")
    document = pairing.model_dump(mode="json")
    for name, paths in wanted.items():
        parts = {path: fingerprint(_at(document, path)) for path in paths}
        argv = (*programs.mimi, "run", name, str(directory.pairing_file))
        if name == "health":  # its probes go where the minion's packets go
            argv = (*_enter(pairing, programs), *argv)
        parts |= {"command": fingerprint(argv), "version of mimi": version}
        services.append(Service(name=name, argv=argv, ready="notify", parts=parts))
    return tuple(services)


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _store(directory: RunDirectory, programs: Programs) -> Service:
    argv = (
        *(programs.redis, "--port", "0", "--unixsocket", str(directory.store_socket), "--unixsocketperm", "700"),
        *("--dir", str(directory.state), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        # Its title would overwrite its environment, and with it our mark.
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--set-proc-title", "no"),
    )
    return Service(
        name="store",
        argv=argv,
        ready="redis",
        parts={"command": fingerprint(argv)},
        socket=str(directory.store_socket),
        make_directory=str(directory.state),
    )


def _enter(pairing: Pairing, programs: Programs) -> tuple[str, ...]:
    """What runs a program in the minion's network namespace."""
    netns = pairing.minion.netns
    return () if netns is None else (programs.nsenter, f"--net=/run/netns/{netns}", "--")


def _minion(pairing: Pairing, directory: RunDirectory, text: str, programs: Programs, packages: Path | None) -> Service:
    # The colon keeps the engine's own directories: a path without an empty component hides them.
    load = () if packages is None else ("-C", f"{packages}:")
    argv = (*_enter(pairing, programs), programs.minion, "-R", *load, "-u", str(directory.control_socket), str(directory.minion_file))
    document = pairing.model_dump(mode="json")
    parts = {f"minion.{key}": fingerprint(value) for key, value in document["minion"].items() if key != "netns"}
    parts |= {"vips": fingerprint(document["vips"]), "configuration": fingerprint(text), "command": fingerprint(argv)}
    if packages is not None:
        parts["packages"] = packages.name
    return Service("minion", argv, "control", parts, socket=str(directory.control_socket))


def make_plan(
    name: str,
    desired: Sequence[Service],
    running: Mapping[str, ServiceRecord],
    *,
    supervised: bool,
    can_swap: bool = False,
) -> Plan:
    """Compare. ``running`` holds records; whether their processes live is asked of each record's identity.

    ``can_swap`` says that the running minion takes a new configuration while it runs.
    """
    supervisor = Change("supervisor", "keep", "runs") if supervised else Change("supervisor", "start", "not running")
    changes = [_change(service, running.get(service.name), supervised, can_swap) for service in desired]
    wanted = {service.name for service in desired}
    changes += [
        Change(record.name, "stop", "no longer in the pairing")
        for record in running.values()
        if record.name not in wanted and record.identity.alive
    ]
    changes.sort(key=lambda change: _position(change.service))
    return Plan(name, (supervisor, *changes))


def _position(service: str) -> tuple[int, str]:
    return (ORDER.index(service) if service in ORDER else len(ORDER), service)


def _change(service: Service, record: ServiceRecord | None, supervised: bool, can_swap: bool) -> Change:
    if record is None:
        return Change(service.name, "start", "not running")
    if not record.identity.alive:
        return Change(service.name, "start", f"died (pid {record.identity.pid} is gone)")
    different = sorted(part for part in {*service.parts, *record.parts} if service.parts.get(part) != record.parts.get(part))
    if different:
        reason = f"changed: {', '.join(different)}"
        if service.name == "minion" and set(different) <= SWAPPABLE:
            if can_swap:
                return Change(service.name, "swap", f"{reason}; hot swap, keeps running")
            reason += "; the running minion has no hotconfig"
        return Change(service.name, "restart", reason)
    if not supervised:
        return Change(service.name, "adopt", f"runs without a supervisor (pid {record.identity.pid})")
    return Change(service.name, "keep", "unchanged")
