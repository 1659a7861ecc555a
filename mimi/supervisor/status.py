# SPDX-License-Identifier: Apache-2.0
"""What a deployment does right now, as one value: text and JSON are made from it.

A service counts as running when its recorded process lives, whatever a status file says. The overall state is sync's
(``cold``, ``syncing``, ``in-sync``, ``stale``); ``down`` when no service runs, ``stale`` when sync's process is gone or
has not written for :data:`FRESH_S`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mimi.errors import DeployError, Problem
from mimi.plan import ORDER
from mimi.run_directory import (
    Deployment,
    Identity,
    RunDirectory,
    deployed_names,
    read_deployment,
    read_status,
    run_directory,
)

FRESH_S = 5.0
"""A status older than this tells nothing about now."""

SCHEMA = 1
COUNTERS = ("lag_ms", "flows", "deltas", "generation")


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service. ``state`` is its own word for what it does; ``detail`` everything else it reports."""

    name: str
    state: str
    pid: int | None
    uptime_s: float
    restarts: int
    last_end: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PairingStatus:
    """One deployment. ``state`` is ``down``, ``cold``, ``syncing``, ``in-sync`` or ``stale``."""

    name: str
    state: str
    why: str
    source: str
    supervisor: int | None
    lag_ms: Mapping[str, float | None]
    flows: int | None
    offload: Mapping[str, Any] | None
    """What the kernel forwards past the minion: ``active``, ``flows``, ``packets``, ``bytes``, ``reason``; None while that is not known."""
    deltas: Mapping[str, int]
    generation: str
    services: tuple[ServiceStatus, ...]

    @property
    def in_sync(self) -> bool:
        return self.state == "in-sync"

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self)}


def pairing_status(name: str) -> PairingStatus:
    """Look at one deployment.

    Raises:
        DeployError: there is none of that name.
    """
    directory = run_directory(name)
    deployment = read_deployment(directory) if directory.root.is_dir() else None
    if deployment is None:
        raise DeployError(
            Problem(
                f"{name} is not deployed",
                place=str(directory.root.parent),
                found=", ".join(deployed_names()) or "nothing deployed",
                expected="the name of a deployed pairing",
            )
        )
    services = _services(directory, deployment)
    alive = {service.name: service for service in services if service.pid is not None}
    sync = read_status(directory, "sync")
    driver = read_status(directory, "driver")
    state, why = _overall(services, alive, sync)
    supervisor = deployment.supervisor
    return PairingStatus(
        name=name,
        state=state,
        why=why,
        source=deployment.source,
        supervisor=supervisor.pid if supervisor is not None and supervisor.alive else None,
        lag_ms={"p50": _lag(sync, "p50"), "p99": _lag(sync, "p99")},
        flows=sync.get("flows"),
        offload=sync.get("offload") if "sync" in alive and "minion" in alive else None,
        deltas={
            "seen": int(driver.get("seen", 0)),
            "stored": int(driver.get("stored", 0)),
            "applied": int(sync.get("applied", 0)),
            "refused": _total(driver.get("refused")) + _total(sync.get("refused")),
        },
        generation=str(sync.get("generation", "")),
        services=services,
    )


def all_statuses() -> tuple[PairingStatus, ...]:
    """Every deployment that can be read, by name."""
    return tuple(pairing_status(name) for name in deployed_names() if read_deployment(run_directory(name)) is not None)


def _services(directory: RunDirectory, deployment: Deployment) -> tuple[ServiceStatus, ...]:
    watched: dict[str, dict[str, Any]] = read_status(directory, "supervisor").get("services", {})
    names = {*watched, *deployment.services}
    ordered = sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    return tuple(_service(directory, deployment, name, watched.get(name, {})) for name in ordered)


def _service(directory: RunDirectory, deployment: Deployment, name: str, watched: Mapping[str, Any]) -> ServiceStatus:
    record = deployment.services.get(name)
    identity: Identity | None = record.identity if record is not None and record.identity.alive else None
    own = read_status(directory, name)
    fresh = identity is not None and own.get("pid") == identity.pid and time.time() - own.get("time", 0) < FRESH_S
    if identity is None:
        state = "down"
    elif fresh:
        state = str(own.get("state", "running"))
    else:
        state = {"ready": "running"}.get(str(watched.get("state")), str(watched.get("state", "running")))
    return ServiceStatus(
        name=name,
        state=state,
        pid=identity.pid if identity is not None else None,
        uptime_s=round(identity.uptime_s(), 1) if identity is not None else 0.0,
        restarts=int(watched.get("restarts", record.restarts if record is not None else 0)),
        last_end=str(watched.get("last_end", "")),
        detail={k: v for k, v in own.items() if k not in ("service", "pid", "time", "state")} if fresh else {},
    )


def _overall(
    services: tuple[ServiceStatus, ...],
    alive: Mapping[str, ServiceStatus],
    sync: Mapping[str, Any],
) -> tuple[str, str]:
    if not alive:
        return "down", "nothing runs"
    if all(service.name != "sync" for service in services):
        return "cold", "sync is not enabled"
    if "sync" not in alive:
        return "stale", "sync does not run"
    if "minion" not in alive:
        return "stale", "the minion does not run"
    if sync.get("pid") != alive["sync"].pid:
        return "cold", "sync has just started"
    age_s = time.time() - float(sync.get("time", 0))
    if age_s > FRESH_S:
        return "stale", f"sync has not reported for {age_s:.0f} s"
    return str(sync.get("state", "cold")), str(sync.get("why", ""))


def _total(counter: object) -> int:
    """A counter, or the sum of counters by reason."""
    if isinstance(counter, Mapping):
        return sum(int(value) for value in counter.values())
    return int(counter) if isinstance(counter, int) else 0


def _lag(sync: Mapping[str, Any], quantile: str) -> float | None:
    lag = sync.get("lag_ms")
    value = lag.get(quantile) if isinstance(lag, Mapping) else sync.get(f"lag_{quantile}_ms")
    return None if value is None else float(value)


# As text


def status_text(status: PairingStatus) -> str:
    """A few lines per pairing, for people."""
    head = f"{status.name}: {status.state}" + (f" ({status.why})" if status.why and not status.in_sync else "")
    lag = ", ".join(f"{q} {'-' if v is None else f'{v:.2f} ms'}" for q, v in status.lag_ms.items())
    flows = "-" if status.flows is None else str(status.flows)
    deltas = ", ".join(f"{count} {word}" for word, count in status.deltas.items())
    lines = [
        head,
        f"  lag         {lag}",
        f"  flows       {flows} in the minion",
        f"  offload     {_offload_text(status.offload)}",
        f"  deltas      {deltas}",
        f"  generation  {status.generation or '-'}",
    ]
    lines += [line for service in status.services for line in _extra_lines(service)]
    supervisor = "not running" if status.supervisor is None else f"pid {status.supervisor}"
    lines.append(f"  supervisor  {supervisor}")
    lines.append(f"  {'service':<11} {'state':<20} {'pid':>8} {'uptime':>9} {'restarts':>8}")
    lines += [f"  {_service_line(service)}".rstrip() for service in status.services]
    return "\n".join(lines)


def _offload_text(offload: Mapping[str, Any] | None) -> str:
    if offload is None:
        return "-"
    if not offload["active"]:
        return f"off: {offload['reason'] or 'no reason given'}"
    return f"active, {offload['flows']} flows in the kernel (each direction counted), {offload['packets']} packets carried"


def _service_line(service: ServiceStatus) -> str:
    pid = "-" if service.pid is None else str(service.pid)
    uptime = "-" if service.pid is None else _duration(service.uptime_s)
    end = f"   last: {service.last_end}" if service.last_end else ""
    return f"{service.name:<11} {service.state:<20} {pid:>8} {uptime:>9} {service.restarts:>8}{end}"


_PATHS = {"primary": "primary active", "minion": "minion active", "drain": "minion drains"}


def _extra_lines(service: ServiceStatus) -> list[str]:
    lines = []
    if service.name == "fabric" and service.detail:
        live = ", ".join(
            f"{name} {facts.get('live') or 'no bucket live'}"
            for name, facts in sorted(service.detail.get("switches", {}).items())
            if facts.get("connected")
        )
        count = f"{service.detail.get('connected', 0)} of {service.detail.get('expected', 0)} switches"
        lines.append(f"  fabric      {count}" + (f": {live}" if live else ""))
    if service.name == "liveness" and service.detail:
        links = ", ".join(f"{link} {word}" for link, word in sorted(service.detail.get("links", {}).items()))
        own = service.detail.get("own_flows")
        kept = f" ({own} flows of its own)" if own is not None else ""
        lines.append(f"  liveness    {_PATHS.get(service.detail.get('active', ''), '?')}{kept}; {links}")
    if service.name == "health" and service.detail:
        down = ", ".join(service.detail.get("down", [])) or "none"
        lines.append(f"  health      {service.detail.get('probed', 0)} backends probed; down: {down}")
    lines += [f"  problem     {problem}" for problem in service.detail.get("problems", [])]
    return lines


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d}"
    return f"{whole // 3600} h {whole % 3600 // 60:02d}"
