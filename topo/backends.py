# SPDX-License-Identifier: Apache-2.0
"""The demo's real servers: lighttpd with the paper's object, and an echo server beside it, inside a Mininet host."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

OBJECT_BYTES = 617_000
"""Size of the paper's small web object."""

MEASURING = ("nice", "-n", "-15")
"""Before a command that an outage is measured with: it shall not wait for a processor that the load has."""

WEB_PORT, ECHO_PORT = 8080, 9000


def write_object(directory: Path) -> Path:
    """The object every backend serves, the same bytes each time."""
    path = directory / "object.bin"
    path.write_bytes(random.Random(617).randbytes(OBJECT_BYTES))
    return path


def lighttpd_conf(document_root: Path, pid_file: Path) -> str:
    """A lighttpd that serves files to thousands of short connections."""
    return f"""server.modules = ()
server.document-root = "{document_root}"
server.port = {WEB_PORT}
server.bind = "0.0.0.0"
server.max-connections = 8192
server.max-fds = 16384
server.listen-backlog = 8192
server.network-backend = "sendfile"
server.pid-file = "{pid_file}"
"""


class Backend:
    """lighttpd and the echo server in one host."""

    def __init__(self, host: Any, document_root: Path) -> None:
        self._host, self._root = host, document_root
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both; they are ready when their ports listen (``ready``)."""
        conf = self._root / f"{self._host.name}.lighttpd.conf"
        conf.write_text(lighttpd_conf(self._root, self._root / f"{self._host.name}.lighttpd.pid"))
        self._host.cmd("sysctl -qw net.core.somaxconn=8192 net.ipv4.tcp_max_syn_backlog=8192")
        self._processes = [
            self._host.popen(["sh", "-c", f"ulimit -n 16384; exec lighttpd -D -f {conf}"]),
            self._host.popen([*MEASURING, sys.executable, "-m", "mimi.topo.traffic.echo_server", str(ECHO_PORT)]),
        ]

    @property
    def ready(self) -> bool:
        """Whether both ports listen. Raises RuntimeError when a server has ended instead."""
        for process in self._processes:
            if process.poll() is not None:
                raise RuntimeError(f"a server in {self._host.name} ended: {process.communicate()[1].decode()[-300:]}")
        listening = str(self._host.cmd("ss -Hltn"))
        return all(f":{port} " in listening for port in (WEB_PORT, ECHO_PORT))

    def stop(self) -> None:
        """End both."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
                process.wait()
