# SPDX-License-Identifier: Apache-2.0
"""A pairing deployed into the network for the length of one run, by the same command that users give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from mimi.errors import DeployError, Problem
from mimi.pairing.middlebox import MIDDLEBOXES
from mimi.run_directory import read_status, run_directory
from mimi.topo.backends import WEB_PORT
from mimi.topo.fig2 import VIP, Fig2, wait_for

URL = f"http://{VIP}:{WEB_PORT}/object.bin"


class Deployment:
    """The pairing of ``text``; its files and the services' logs go to ``directory``."""

    def __init__(self, network: Fig2, text: str, directory: Path) -> None:
        data = yaml.safe_load(text)
        self.name = str(data["pairing"])
        self._element = MIDDLEBOXES[data["type"]].element
        self._network, self._directory = network, directory
        self.trace = directory / "applied.txt"
        """When each binding became usable in the minion."""
        directory.mkdir(parents=True, exist_ok=True)
        self._file = directory / "pairing.yaml"
        self._file.write_text(text)

    def deploy(self) -> None:
        """Start it. Raises DeployError with what the command said."""
        mimi("deploy", str(self._file), environment={"MIMI_SYNC_TRACE": str(self.trace)})

    def wait_until_applied(self) -> None:
        """Until the services' status files, written once a second, speak of everything that was stored."""

        def settled() -> bool:
            driver, sync = self.status("driver"), self.status("sync")
            return driver.get("buffered") == 0 and sync.get("applied", 0) + sync.get("refused", 0) >= driver.get("stored", 0)

        wait_for(settled, "the last deltas to be applied", 5)

    def status(self, service: str) -> dict[str, Any]:
        """What a service says of itself."""
        return read_status(run_directory(self.name), service)

    def read_minion(self, handler: str) -> str:
        """A handler of the minion's table."""
        from mimi.click.control import ControlSocket

        with ControlSocket(str(run_directory(self.name).control_socket)) as client:
            return client.read_text(f"{self._element}.{handler}")

    def destroy(self) -> None:
        """Keep the logs, end everything."""
        self._keep_logs()
        mimi("destroy", self.name)

    def _keep_logs(self) -> None:
        """Keep the services' logs, status and rendered configuration beside the report."""
        run_files = run_directory(self.name)
        for source in (run_files.log_directory, run_files.status_directory):
            if source.is_dir():
                for file in source.iterdir():
                    (self._directory / f"{source.name}-{file.name}").write_bytes(file.read_bytes())
        if run_files.minion_file.exists():
            (self._directory / "minion.click").write_bytes(run_files.minion_file.read_bytes())


def wait_for_path(network: Fig2) -> None:
    """Until the service answers through the switches and the primary."""
    client = network.host("c1")
    wait_for(lambda: client.cmd(f"curl -so /dev/null -m 2 -w '%{{http_code}}' {URL}").strip() == "200", f"{URL} to answer")


def mimi(*arguments: str, environment: dict[str, str] | None = None) -> None:
    """Give a command of ``mimi``."""
    command = [sys.executable, "-m", "mimi.cli.main", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False)
    if done.returncode != 0:
        raise DeployError(Problem(f"mimi {' '.join(arguments)} failed", found=(done.stderr or done.stdout).strip()))
