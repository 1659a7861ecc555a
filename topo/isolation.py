# SPDX-License-Identifier: Apache-2.0
"""A world of its own for a topology: network, mount and process namespaces that vanish with their first process.

Everything a topology makes (interfaces, named namespaces, switches, daemons, run directories) lives inside, so nothing
collides with the machine's own network and nothing is left behind, even when the whole thing is killed with SIGKILL:
the kernel ends every process of a PID namespace whose first process dies, and removes the other two with it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mimi.errors import MissingError, Problem

_MARK = "MIMI_ISOLATED"
_OUTER_NET = "MIMI_OUTER_NET_FD"
_CLONE_NEWNET = 0x40000000
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC = 4096, 16384
_PRIVATE_DIRECTORIES = ("/run/netns", "/run/mimi", "/var/lib/mimi")


def is_isolated() -> bool:
    """Whether this process already lives in a world of its own."""
    return os.environ.get(_MARK) == "1"


def run_isolated(argv: Sequence[str], announce: Callable[[int], None] | None = None) -> int:
    """Run ``argv`` in new network, mount and PID namespaces; return its exit code.

    The command must call :func:`enter` first. ``announce`` is told the PID of the first process inside, which another
    terminal can name to ``nsenter --target PID --all``. Raises MissingError when not root or without util-linux's ``unshare``.
    """
    if os.geteuid() != 0:
        raise MissingError(Problem("namespaces need root", expected="uid 0", found=f"uid {os.geteuid()}", hint="run it with sudo"))
    for tool in ("unshare", "setpriv"):
        if shutil.which(tool) is None:
            raise MissingError(Problem(f"no {tool} on PATH", hint="apt-get install util-linux"))
    outer = os.open("/proc/self/ns/net", os.O_RDONLY)
    environment = {**os.environ, _MARK: "1", _OUTER_NET: str(outer)}
    namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"]
    command = ["setpriv", "--pdeathsig=KILL", *namespaces, *argv]  # dies with us, and takes the inside along
    child = subprocess.Popen(command, env=environment, pass_fds=(outer,))
    try:
        if announce is not None:
            announce(_first_inside(child))
        return child.wait()
    except KeyboardInterrupt:
        return child.wait()  # the terminal sent the signal to the whole group: let the inside tidy up
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        os.close(outer)


def _first_inside(unshare: subprocess.Popen[bytes]) -> int:
    """The PID, as the outside sees it, of the process that ``unshare --fork`` started."""
    while unshare.poll() is None:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(rest[1]) == unshare.pid:
                return int(pid)
        time.sleep(0.01)
    return unshare.pid


def enter() -> None:
    """Finish the world from inside: our root is its root, private run directories, loopback up."""
    _become_root_of_mounts()
    for directory in _PRIVATE_DIRECTORIES:
        Path(directory).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", directory], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _become_root_of_mounts() -> None:
    """Inside a chroot, make its directory the root of this mount namespace.

    Whoever joins a mount namespace, as Mininet does for every command in a host, lands in the namespace's own root, not
    in a chroot. So the chroot is mounted over it. Outside a chroot nothing changes.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    directory = Path.cwd()
    root, own = os.open("/", os.O_RDONLY | os.O_DIRECTORY), os.open("/proc/self/ns/mnt", os.O_RDONLY)
    before = os.stat("/")
    if libc.setns(own, _CLONE_NEWNS) == 0 and not os.path.samestat(before, os.stat("/")):
        os.fchdir(root)
        if libc.mount(b".", b"/", None, _MS_BIND | _MS_REC, None) != 0 or libc.setns(own, _CLONE_NEWNS) != 0:
            raise MissingError(Problem("cannot leave the chroot", found=os.strerror(ctypes.get_errno())))
    os.close(root)
    os.close(own)
    os.chdir(directory)


@contextmanager
def outer_sysctl(name: str, value: str) -> Iterator[None]:
    """Hold a machine-wide setting that cannot be changed from a network namespace; put the old value back after.

    Kernel limits such as ``net.core.rmem_default`` apply when a socket is made, so the setting is held only while the
    sockets that need it are being opened.
    """
    path = "/proc/sys/" + name.replace(".", "/")
    old = Path(path).read_text().strip()
    _write_outside(path, value)
    try:
        yield
    finally:
        _write_outside(path, old)


def _write_outside(path: str, value: str) -> None:
    """Write ``value`` to ``path`` from a child that has gone back to the outer network namespace."""
    descriptor = os.environ.get(_OUTER_NET)
    if descriptor is None:
        Path(path).write_text(value)
        return
    pid = os.fork()
    if pid == 0:
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(int(descriptor), _CLONE_NEWNET) != 0:
                os._exit(1)
            Path(path).write_text(value)
            os._exit(0)
        except OSError:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise MissingError(Problem(f"cannot write {path}", expected=value, hint="run as root of the machine, not of a container"))
