# SPDX-License-Identifier: Apache-2.0
"""The backends of a running load balancer, as its handler ``vips`` lists them, and what health makes of their states. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mimi.flow import split_endpoint
from mimi.liveness.counting import LinkHealth

Target = tuple[str, int]
"""Address and port to connect to."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One backend behind one VIP. ``vip`` and ``name`` are the element's words for them."""

    vip: str
    name: str
    state: str

    @property
    def target(self) -> Target | None:
        """Where it takes connections; None: it is not of TCP. One that keeps the clients' ports is asked at the VIP's first."""
        protocol, service = self.vip.split()
        if protocol != "tcp":
            return None
        address, port = split_endpoint(self.name)
        return address, int(port or service.rpartition(":")[2].partition("-")[0])


def parse_vips(text: str) -> tuple[Backend, ...]:
    """What ``vips`` says."""
    return tuple(_backends(text))


def _backends(text: str) -> Iterator[Backend]:
    vip = ""
    for words in map(str.split, text.splitlines()):
        match words:
            case ["vip", protocol, service, *_]:
                vip = f"{protocol} {service}"
            case ["backend", name, *more] if "state" in more:
                yield Backend(vip, name, more[more.index("state") + 1])


def targets(backends: Iterable[Backend]) -> frozenset[Target]:
    """Whom to ask. Backends of several VIPs are asked once."""
    return frozenset(b.target for b in backends if b.target is not None and b.state != "removed")


def taken_over(backends: Iterable[Backend], health: Mapping[Target, LinkHealth]) -> dict[Target, LinkHealth]:
    """The health of everybody who is to be asked. Who was not asked before is what the element has been told."""
    backends = tuple(backends)
    down = {b.target for b in backends if b.state == "down"}
    first = {target: LinkHealth("down", "down") if target in down else LinkHealth("up", "up") for target in targets(backends)}
    return {target: health.get(target, new) for target, new in first.items()}


def silent_vips(backends: Iterable[Backend], health: Mapping[Target, LinkHealth]) -> frozenset[str]:
    """VIPs none of whose backends answers, draining ones left aside."""
    asked: dict[str, list[bool]] = {}
    for b in backends:
        if b.target is not None and b.state in ("active", "down"):
            asked.setdefault(b.vip, []).append(_is_down(b, health))
    return frozenset(vip for vip, downs in asked.items() if all(downs))


def differences(backends: Iterable[Backend], health: Mapping[Target, LinkHealth]) -> tuple[list[str], list[str]]:
    """The lines for ``backend_down`` and ``backend_up`` that make states what health says; none for draining and removed backends."""
    backends = tuple(backends)
    silent = silent_vips(backends, health)
    lines: dict[str, list[str]] = {"down": [], "active": []}
    for b in backends:
        if b.target not in health:
            continue
        wanted = "down" if _is_down(b, health) and b.vip not in silent else "active"
        if b.state in ("active", "down") and b.state != wanted:
            lines[wanted].append(f"{b.vip} {b.name}")
    return lines["down"], lines["active"]


def _is_down(backend: Backend, health: Mapping[Target, LinkHealth]) -> bool:
    verdict = health.get(backend.target) if backend.target is not None else None
    return verdict is not None and verdict.declared == "down"
