# SPDX-License-Identifier: Apache-2.0
"""The run directory of a deployment: where its files are, what was started, and whether it still runs.

A process is never known by its pid alone: :class:`Identity` is pid *and* kernel start time *and* boot, so a reused pid
is somebody else. Files are replaced whole (write beside, rename), so a reader never sees half of one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from mimi.errors import DeployError, Problem

SCHEMA = 1
"""Version of ``deployment.json`` and ``desired.json``."""

SOCKET_PATH_LIMIT = 107
"""Bytes of a unix socket's path that Linux accepts."""

TOKEN_VARIABLE = "MIMI_DEPLOYMENT"  # noqa: S105 - the name of a variable, not a secret
"""Environment variable that marks every process of a deployment; children inherit it."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


def run_root() -> Path:
    """Directory of all run directories: ``MIMI_RUN_DIR`` or ``/run/mimi``."""
    return Path(os.environ.get("MIMI_RUN_DIR") or "/run/mimi")


def state_root() -> Path:
    """Directory of private Redis data: ``MIMI_STATE_DIR`` or ``/var/lib/mimi``."""
    return Path(os.environ.get("MIMI_STATE_DIR") or "/var/lib/mimi")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The paths of one deployment. Making the value touches nothing on disk."""

    name: str
    root: Path
    state: Path

    @property
    def pairing_file(self) -> Path:
        return self.root / "pairing.yaml"

    @property
    def minion_file(self) -> Path:
        return self.root / "minion.click"

    @property
    def packages_directory(self) -> Path:
        """Packages of the minion, each set in a directory named by its digest."""
        return self.root / "packages"

    @property
    def control_socket(self) -> Path:
        return self.root / "control.sock"

    @property
    def store_socket(self) -> Path:
        return self.root / "store.sock"

    @property
    def notify_socket(self) -> Path:
        return self.root / "notify.sock"

    @property
    def deployment_file(self) -> Path:
        return self.root / "deployment.json"

    @property
    def desired_file(self) -> Path:
        return self.root / "desired.json"

    @property
    def status_directory(self) -> Path:
        return self.root / "status"

    @property
    def log_directory(self) -> Path:
        return self.root / "log"

    @property
    def supervisor_lock(self) -> Path:
        return self.root / "supervisor.lock"

    @property
    def deploy_lock(self) -> Path:
        """Lies beside the run directory: it must outlive its removal."""
        return self.root.parent / f".{self.name}.lock"

    def status_file(self, service: str) -> Path:
        return self.status_directory / f"{service}.json"

    def log_file(self, service: str) -> Path:
        return self.log_directory / f"{service}.log"

    def create(self) -> None:
        """Make the directories, readable by their owner only.

        Raises:
            DeployError: the place cannot be written, or a socket path in it would be too long.
        """
        longest = max((str(self.control_socket), str(self.notify_socket)), key=len)
        if len(os.fsencode(longest)) > SOCKET_PATH_LIMIT:
            raise DeployError(
                Problem(
                    "the run directory's path is too long for unix sockets",
                    place=longest,
                    found=f"{len(os.fsencode(longest))} bytes",
                    expected=f"at most {SOCKET_PATH_LIMIT} bytes",
                    hint="set MIMI_RUN_DIR to a shorter path",
                )
            )
        try:
            for directory in (self.root, self.status_directory, self.log_directory):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DeployError(
                Problem(
                    "cannot make the run directory",
                    place=str(self.root),
                    found=error.strerror or str(error),
                    hint="run as root, or set MIMI_RUN_DIR to a directory you can write",
                )
            ) from error


def run_directory(name: str) -> RunDirectory:
    """The run directory of the pairing ``name``.

    Raises:
        DeployError: ``name`` cannot be a pairing's name (so no path outside the root can be made with it).
    """
    if not _NAME.fullmatch(name):
        raise DeployError(
            Problem(
                "not a pairing's name",
                found=repr(name),
                expected="a lower-case letter, then up to 31 letters, digits or '-'",
            )
        )
    return RunDirectory(name=name, root=run_root() / name, state=state_root() / name)


def deployed_names() -> tuple[str, ...]:
    """Names that have a run directory, sorted."""
    try:
        entries = [entry for entry in run_root().iterdir() if _NAME.fullmatch(entry.name)]
    except OSError:
        return ()
    return tuple(sorted(entry.name for entry in entries if entry.is_dir()))


# Processes


def boot_id() -> str:
    """Changes with every boot of the machine: start times count from boot."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def start_ticks(pid: int) -> int | None:
    """Kernel start time of ``pid`` in clock ticks since boot; None when there is no such live process.

    A zombie counts as dead: it holds nothing and only waits for its parent.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command name may hold spaces and parentheses: count fields after the last one.
    fields = text[text.rfind(")") + 2 :].split()
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return None
    return int(fields[19])


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, for as long as it lives, and no other one."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Identity of the live process ``pid``; None when it is gone."""
        start = start_ticks(pid)
        return None if start is None else cls(pid=pid, start=start, boot=boot_id())

    @property
    def alive(self) -> bool:
        return self.boot == boot_id() and start_ticks(self.pid) == self.start

    def uptime_s(self) -> float:
        """Seconds since the process started; 0 when that cannot be known."""
        with contextlib.suppress(OSError, ValueError):
            up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
            return max(0.0, up - self.start / os.sysconf("SC_CLK_TCK"))
        return 0.0

    def signal(self, number: int) -> bool:
        """Send a signal to exactly this process; False when it is gone. Safe against pid reuse (pidfd)."""
        import signal

        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            if not self.alive:  # checked with the pidfd held: the pid cannot be reused between check and signal
                return False
            signal.pidfd_send_signal(descriptor, number)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True


def marked_processes(token: str) -> tuple[Identity, ...]:
    """Live processes whose environment carries this deployment's token: what we started, recorded or not."""
    wanted = f"{TOKEN_VARIABLE}={token}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                identity = Identity.of(int(entry.name))
                if identity is not None:
                    found.append(identity)
    return tuple(found)


def argv_hash(argv: Sequence[str]) -> str:
    """Short hash of a command line."""
    return hashlib.sha256("\0".join(argv).encode()).hexdigest()[:16]


# What was made


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service as it was started."""

    name: str
    identity: Identity
    argv_hash: str
    parts: Mapping[str, str]
    ready: bool = False
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """``deployment.json``: written by the supervisor (and by deploy before there is one)."""

    name: str
    token: str
    uid: int
    source: str
    applied: str = ""
    supervisor: Identity | None = None
    services: Mapping[str, ServiceRecord] = field(default_factory=dict)
    stores_state: bool = False
    schema: int = SCHEMA

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "name": self.name,
            "token": self.token,
            "uid": self.uid,
            "source": self.source,
            "applied": self.applied,
            "stores_state": self.stores_state,
            "supervisor": None if self.supervisor is None else asdict(self.supervisor),
            "services": {name: asdict(record) for name, record in self.services.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Deployment:
        supervisor = data.get("supervisor")
        return cls(
            name=data["name"],
            token=data["token"],
            uid=data["uid"],
            source=data["source"],
            applied=data.get("applied", ""),
            stores_state=data.get("stores_state", False),
            supervisor=Identity(**supervisor) if supervisor else None,
            services={
                name: ServiceRecord(**{**record, "identity": Identity(**record["identity"])})
                for name, record in data.get("services", {}).items()
            },
            schema=data["schema"],
        )


def read_deployment(directory: RunDirectory) -> Deployment | None:
    """What was made, or None when nothing was.

    Raises:
        DeployError: the record is there but cannot be read or understood.
    """
    data = read_json(directory.deployment_file)
    if data is None:
        return None
    try:
        if data["schema"] != SCHEMA:
            raise DeployError(
                Problem(
                    "made by another version of MiMi",
                    place=str(directory.deployment_file),
                    found=f"schema {data['schema']}",
                    expected=f"schema {SCHEMA}",
                    hint="destroy it with the version that made it",
                )
            )
        return Deployment.from_json(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise DeployError(
            Problem(
                "the record of the deployment is damaged",
                place=str(directory.deployment_file),
                found=f"{type(error).__name__}: {error}",
                hint=f"`mimi destroy {directory.name}` removes what it can find",
            )
        ) from error


def write_deployment(directory: RunDirectory, deployment: Deployment) -> None:
    """Record what was made."""
    write_atomically(directory.deployment_file, json.dumps(deployment.to_json(), indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in ``path``; None when there is no file.

    Raises:
        DeployError: the file is there but holds no JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DeployError(Problem("cannot read", place=str(path), found=str(error))) from error
    if not isinstance(value, dict):
        raise DeployError(Problem("not a JSON object", place=str(path), found=type(value).__name__))
    return value


def read_status(directory: RunDirectory, service: str) -> dict[str, Any]:
    """A service's last status; empty when it has written none (or is writing nonsense)."""
    try:
        return read_json(directory.status_file(service)) or {}
    except DeployError:
        return {}


def write_atomically(path: Path, text: str) -> None:
    """Replace ``path`` as a whole; mode 0600."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    beside.replace(path)


# Locks


def try_lock(path: Path) -> IO[str] | None:
    """Take the lock file (and write our pid into it), or None when another process holds it."""
    for _ in range(10):
        stream = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(stream.fileno()).st_ino == path.stat().st_ino:
                stream.truncate(0)
                stream.write(f"{os.getpid()}\n")
                stream.flush()
                return stream
        except BlockingIOError:
            stream.close()
            return None
        except FileNotFoundError:
            pass
        stream.close()  # locked a file that its last holder has removed: try the new one
    return None


def lock_holder(path: Path) -> str:
    """Text for messages: who holds the lock."""
    with contextlib.suppress(OSError):
        pid = path.read_text(encoding="ascii").strip()
        if pid.isdigit():
            return describe_process(int(pid))
    return "an unknown process"


def describe_process(pid: int) -> str:
    """``redis-server (pid 4711)``."""
    with contextlib.suppress(OSError):
        return f"{Path(f'/proc/{pid}/comm').read_text(encoding='utf-8').strip()} (pid {pid})"
    return f"pid {pid}"


@contextlib.contextmanager
def deploy_lock(directory: RunDirectory) -> Iterator[None]:
    """Hold the right to change this deployment; one deploy or destroy of a name at a time.

    Raises:
        DeployError: another process holds it, or the run directory cannot be written.
    """
    try:
        directory.deploy_lock.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        stream = try_lock(directory.deploy_lock)
    except OSError as error:
        raise DeployError(
            Problem(
                "cannot lock the deployment",
                place=str(directory.deploy_lock),
                found=error.strerror or str(error),
                hint="run as the user that deployed it, or set MIMI_RUN_DIR to a directory you can write",
            )
        ) from error
    if stream is None:
        raise DeployError(
            Problem(
                f"another deploy or destroy of {directory.name} is under way",
                place=str(directory.deploy_lock),
                found=f"held by {lock_holder(directory.deploy_lock)}",
                hint="wait for it to end",
            )
        )
    try:
        yield
    finally:
        stream.close()
