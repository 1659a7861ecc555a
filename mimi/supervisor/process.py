# SPDX-License-Identifier: Apache-2.0
"""Starting one service, asking whether it is ready, ending it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mimi.plan import Service
from mimi.run_directory import TOKEN_VARIABLE, Identity, RunDirectory

LOG_LIMIT = 4 * 1024 * 1024
"""Bytes of a service's log before it is moved to ``SERVICE.log.1``."""

TERM_GRACE_S = 5.0
KILL_GRACE_S = 2.0
PROBE_TIMEOUT_S = 0.2


def service_environment(directory: RunDirectory, service: str, token: str, *, notify: bool) -> dict[str, str]:
    """The environment of a service: ours, plus where it belongs."""
    environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    environment |= {
        "MIMI_RUN_DIR": str(directory.root.parent),
        "MIMI_STATE_DIR": str(directory.state.parent),
        "MIMI_NAME": directory.name,
        "MIMI_SERVICE": service,
        TOKEN_VARIABLE: token,
        "PYTHONUNBUFFERED": "1",
    }
    if notify:
        environment["NOTIFY_SOCKET"] = str(directory.notify_socket)
    return environment


def launch(argv: tuple[str, ...], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, output to ``log``.

    Raises:
        OSError: the program cannot be started.
    """
    with log.open("ab") as stream:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
        )


def clear_stale_socket(path: str) -> None:
    """Remove a unix socket that nobody listens on: a router refuses to bind over it."""
    if path and Path(path).is_socket() and not _connects(path):
        Path(path).unlink(missing_ok=True)


def is_ready(service: Service) -> bool:
    """Ask the service itself. Only for services that can be asked (``redis``, ``control``, ``alive``)."""
    if service.ready == "redis":
        return _exchange(service.socket, b"PING\r\n").startswith(b"+PONG")
    if service.ready == "control":
        return _exchange(service.socket, b"").startswith(b"Click::ControlSocket/")
    return service.ready == "alive"


def _exchange(path: str, request: bytes) -> bytes:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PROBE_TIMEOUT_S)
        connection.connect(path)
        connection.sendall(request)
        return connection.recv(256)
    return b""


def _connects(path: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PROBE_TIMEOUT_S)
        connection.connect(path)
        return True
    return False


def end_process(identity: Identity, grace_s: float = TERM_GRACE_S) -> bool:
    """TERM, then KILL after ``grace_s``; returns when it is gone. False when even KILL did not help."""
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILL_GRACE_S)):
        identity.signal(number)
        if wait_gone(identity, patience_s):
            return True
    return False


def wait_gone(identity: Identity, patience_s: float) -> bool:
    """Wait until the process has ended; True when it has."""
    if not identity.alive:
        return True
    try:
        descriptor = os.pidfd_open(identity.pid)
    except OSError:
        return True
    try:
        if identity.alive:
            select.select([descriptor], [], [], patience_s)
    finally:
        os.close(descriptor)
    return not identity.alive


def cap_log(path: Path, limit: int = LOG_LIMIT) -> None:
    """Move a log that has grown beyond ``limit`` aside. Writers append, so they go on in the emptied file."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > limit:
            path.with_name(path.name + ".1").write_bytes(path.read_bytes())
            os.truncate(path, 0)


def log_tail(path: Path, lines: int = 12) -> list[str]:
    """The last lines of a log, for messages."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 16_384))
            return stream.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []
