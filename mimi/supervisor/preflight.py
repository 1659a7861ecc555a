# SPDX-License-Identifier: Apache-2.0
"""What the machine must have before a deploy changes anything. Every check does the thing it checks.

Nothing here starts, writes or keeps anything; all problems are reported together.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mimi.doctor import port_holders, try_place
from mimi.errors import DeployError, MissingError, Problem
from mimi.offloads import read_offloads, senders_hint
from mimi.pairing import Pairing
from mimi.pairing.listen import parse_listen
from mimi.plan import Plan, Programs
from mimi.run_directory import RunDirectory, describe_process

STORE_TIMEOUT_S = 2.0


def preflight(pairing: Pairing, directory: RunDirectory, plan: Plan, programs: Programs) -> None:
    """Check what the services to be started need.

    Raises:
        MissingError: something is not there (binary, interface, namespace, privilege).
        DeployError: something is in the way (a port, an unreachable store).
    """
    new = {change.service for change in plan.changes if change.action in ("start", "restart")}
    missing: list[Problem] = []
    blocked: list[Problem] = []
    if "minion" in new:
        missing += [*_privilege(), *_binaries(pairing, programs), *_interfaces(pairing, programs)]
    if "store" in new:
        missing += _binary(programs.redis, "redis-server", "install redis-server, or set store.url")
    if pairing.store.url is not None and new - {"supervisor"}:
        blocked += _store(pairing.store.url)
    if "driver" in new:
        blocked += _listens(pairing, directory, plan)
    if "fabric" in new and pairing.fabric is not None:
        if importlib.util.find_spec("os_ken") is None:
            missing.append(Problem("os-ken is not installed", path="fabric", hint="pip install 'mimi-minions[fabric]'"))
        restarted = plan.action("fabric") == "restart"
        blocked += _listen(pairing.fabric.listen, "fabric.listen", directory, ours=restarted)
    if missing:
        raise MissingError(*missing, *blocked)
    if blocked:
        raise DeployError(*blocked)


def warnings(pairing: Pairing, programs: Programs) -> tuple[str, ...]:
    """What is odd but no reason to refuse: a link to watch may appear later, an offload may be turned off later."""
    links = pairing.liveness.links if pairing.liveness is not None else ()
    absent = (
        f"liveness: there is no link {link!r} here yet; watching for it"
        for link in links
        if link not in {name for _, name in socket.if_nameindex()}
    )
    return (*absent, *_offloads(pairing, programs))


def _offloads(pairing: Pairing, programs: Programs) -> Iterator[str]:
    """Offloads that only the embedded engine forwards through."""
    minion = pairing.minion
    if minion.engine == "embedded":
        return
    enter = [] if minion.netns is None else [programs.nsenter, f"--net=/run/netns/{minion.netns}", "--"]
    scope = f"ip netns exec {minion.netns} " if minion.netns else ""
    for _, interface in minion.interfaces.sides:
        found = read_offloads(interface.device, enter)
        if found is not None and found.merging:
            yield f"{interface.device}: merged segments do not pass the engine {minion.engine}: {scope}{found.command}"
        if found is not None and found.virtual:
            yield f"{interface.device} is virtual: {senders_hint(interface.device)}"


def _privilege() -> Iterator[Problem]:
    if os.geteuid() != 0:
        yield Problem(
            "the minion needs raw packet sockets",
            found=f"user id {os.geteuid()}",
            expected="root (CAP_NET_RAW and CAP_NET_ADMIN)",
            hint="run the deploy with sudo",
        )


def _binary(program: str, name: str, hint: str) -> Iterator[Problem]:
    if shutil.which(program) is None:
        yield Problem(f"{name} is not there", place=program, expected="an executable file", hint=hint)


def _binaries(pairing: Pairing, programs: Programs) -> Iterator[Problem]:
    yield from _binary(programs.minion, "the minion's router", _engine_hint(pairing))
    if pairing.minion.netns is not None:
        yield from _binary(programs.nsenter, "nsenter", "install util-linux")


def _engine_hint(pairing: Pairing) -> str:
    return "run `make build`" if pairing.minion.engine == "embedded" else "minion.prefix says where the engine is installed"


def _interfaces(pairing: Pairing, programs: Programs) -> Iterator[Problem]:
    netns = pairing.minion.netns
    if netns is not None and not Path(f"/run/netns/{netns}").exists():
        yield Problem(
            f"there is no network namespace {netns!r}",
            place=f"/run/netns/{netns}",
            path="minion.netns",
            hint=f"make it with `ip netns add {netns}`; `ip netns list` shows those that exist",
        )
        return
    present = _devices(netns, programs)
    where = "on this machine" if netns is None else f"in the namespace {netns!r}"
    for side, interface in pairing.minion.interfaces.sides:
        device = interface.device
        if device not in present:
            yield Problem(
                f"there is no interface {device!r} {where}",
                path=f"minion.interfaces.{side}.device",
                found=", ".join(sorted(present)) or "no interfaces",
                hint="`ip link` (with `ip -n NETNS` for a namespace) shows what exists",
            )


def _devices(netns: str | None, programs: Programs) -> set[str]:
    enter = [] if netns is None else [programs.nsenter, f"--net=/run/netns/{netns}", "--"]
    command = [*enter, "cat", "/proc/self/net/dev"]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return set()
    return {line.split(":")[0].strip() for line in text.splitlines() if ":" in line}


def _store(url: str) -> Iterator[Problem]:
    import redis

    try:
        with contextlib.closing(
            redis.Redis.from_url(url, socket_timeout=STORE_TIMEOUT_S, socket_connect_timeout=STORE_TIMEOUT_S)
        ) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        yield Problem(
            "the store does not answer",
            place=_without_password(url),
            path="store.url",
            found=str(error),
            hint="start it, correct store.url, or leave store.url out for a private one",
        )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", ":…@")


# Ports


def _listens(pairing: Pairing, directory: RunDirectory, plan: Plan) -> Iterator[Problem]:
    restarted = plan.action("driver") == "restart"
    for index, address in enumerate(pairing.driver.listen if pairing.driver is not None else ()):
        yield from _listen(address, f"driver.listen[{index}]", directory, ours=restarted)


def _listen(address: str, path: str, directory: RunDirectory, *, ours: bool) -> Iterator[Problem]:
    """Bind it for a moment. ``ours``: our own running service may hold it, and will let go."""
    place = parse_listen(address)
    if place.scheme == "unix":
        return
    try:
        try_place(place)
    except OSError as error:
        holders = port_holders(place.scheme, place.port)
        if ours and any(_belongs_to(pid, directory) for pid in holders):
            return
        in_use = f"held by {', '.join(describe_process(pid) for pid in holders)}" if holders else error.strerror
        hint = "end that process, or choose another port" if holders else "use an address of this machine"
        yield Problem("cannot listen there", place=address, path=path, found=in_use or str(error), hint=hint)


def _belongs_to(pid: int, directory: RunDirectory) -> bool:
    with contextlib.suppress(OSError):
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return f"MIMI_NAME={directory.name}".encode() in environment and f"MIMI_RUN_DIR={directory.root.parent}".encode() in environment
    return False
