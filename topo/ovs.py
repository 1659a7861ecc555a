# SPDX-License-Identifier: Apache-2.0
"""A private Open vSwitch: own database, own daemon, userspace datapath with segmentation offload.

The machine's own Open vSwitch, if it has one, is neither used nor touched: everything below lives in ``directory``,
which the tools find through ``OVS_RUNDIR``.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Self

_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


class PrivateOvs:
    """ovsdb-server and ovs-vswitchd of our own, for as long as the context lasts."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._environment = {key: str(directory) for key in ("OVS_RUNDIR", "OVS_DBDIR", "OVS_LOGDIR", "OVS_SYSCONFDIR")}
        self._pid_files = (directory / "vswitchd.pid", directory / "ovsdb.pid")

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        os.environ.update(self._environment)
        database, socket = self._directory / "conf.db", self._directory / "db.sock"
        vswitchd_pid, ovsdb_pid = self._pid_files
        self._run("ovsdb-tool", "create", str(database), _SCHEMA)
        daemon = ["--detach", "--no-chdir", "-vconsole:off"]
        self._run(
            "ovsdb-server",
            str(database),
            f"--remote=punix:{socket}",
            f"--pidfile={ovsdb_pid}",
            f"--log-file={self._directory}/ovsdb.log",
            *daemon,
        )
        self._run("ovs-vsctl", "--no-wait", "init")
        self._run("ovs-vsctl", "--no-wait", "set", "Open_vSwitch", ".", "other_config:userspace-tso-enable=true")
        # A switch does not wait for its hosts to leave it a processor.
        self._run(
            "nice",
            "-n",
            "-15",
            "ovs-vswitchd",
            f"unix:{socket}",
            f"--pidfile={vswitchd_pid}",
            f"--log-file={self._directory}/vswitchd.log",
            *daemon,
        )
        return self

    def __exit__(self, *_: object) -> None:
        for pid_file in self._pid_files:
            try:
                os.kill(int(pid_file.read_text()), 15)
            except (OSError, ValueError):
                continue
        for name in self._environment:
            os.environ.pop(name, None)

    @staticmethod
    def _run(*argv: str) -> None:
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
