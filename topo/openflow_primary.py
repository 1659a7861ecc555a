# SPDX-License-Identifier: Apache-2.0
"""The OpenFlow load balancer in a Mininet network: a switch of its own in the primary's place, and its application's process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from mimi.topo.openflow_decisions import Service

LISTEN = "127.0.0.1:6654"
"""Where the application waits for its switch."""

MONITORS = "ptcp:6655:127.0.0.1"
"""Where the switch lets others look at its rules."""


class OpenFlowPrimary:
    """The black box. ``interfaces`` are its two ports, the clients' first, in the namespace that the switches are in."""

    def __init__(self, switch: str, interfaces: tuple[str, str], services: Sequence[Service], directory: Path) -> None:
        self._switch, self._interfaces, self._services, self._directory = switch, interfaces, tuple(services), directory
        self._application: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self, own_addresses: Sequence[str], macs: tuple[str, str], publish: str = "") -> None:
        """Start the application and point the switch at it; ``publish`` is where it tells of its choices, if anywhere."""
        self._directory.mkdir(parents=True, exist_ok=True)
        setup = {
            "listen": LISTEN,
            "client_port": self._port_number(self._interfaces[0]),
            "server_port": self._port_number(self._interfaces[1]),
            "client_mac": macs[0],
            "server_mac": macs[1],
            "own_addresses": list(own_addresses),
            "services": [{"address": s.address, "port": s.port, "backends": s.backends} for s in self._services],
            "publish": publish,
            "status": str(self._directory / "application.json"),
        }
        file = self._directory / "setup.json"
        file.write_text(json.dumps(setup, indent=1) + "\n")
        self._log = (self._directory / "application.log").open("wb")
        command = [sys.executable, "-m", "mimi.topo.openflow_balancer", str(file)]
        self._application = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        controllers = (
            *("--", "--id=@application", "create", "controller", f'target="tcp:{LISTEN}"', "max_backoff=1000"),
            *("--", "--id=@others", "create", "controller", f'target="{MONITORS}"'),
        )
        run("ovs-vsctl", *controllers, "--", "set", "bridge", self._switch, "controller=[@application,@others]")

    @property
    def ready(self) -> bool:
        """Whether the switch asks the application. Raises RuntimeError when that has ended instead."""
        if self._application is None or self._application.poll() is not None:
            raise RuntimeError(f"the OpenFlow balancer's application ended: {self._directory}/application.log")
        return "actions=CONTROLLER" in run("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", self._switch)

    @property
    def flows(self) -> int:
        """Rules for flows that the switch holds: two a flow."""
        return run("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", self._switch, "tcp").count("priority=100")

    def setting(self, _name: str) -> str:
        """It has no sysctls."""
        return ""

    def cut(self) -> None:
        """Take both data links down: what the other switches see is a dead carrier."""
        self._links("down")

    def reconnect(self) -> None:
        """Bring the links back. What the box knew it still knows."""
        self._links("up")

    def restore(self) -> None:
        """Bring the links back and forget every flow, as a rebooted box would."""
        self.reconnect()
        run("ovs-ofctl", "-O", "OpenFlow13", "del-flows", self._switch, "ip")

    def stop(self) -> None:
        """End the application."""
        if self._application is not None and self._application.poll() is None:
            self._application.terminate()
            self._application.wait()
        if self._log is not None:
            self._log.close()

    def _links(self, word: str) -> None:
        """Both at once: a box that dies does not take its time between them."""
        run("ip", "-batch", "-", text="".join(f"link set {name} {word}\n" for name in self._interfaces))

    def _port_number(self, interface: str) -> int:
        return int(run("ovs-vsctl", "get", "interface", interface, "ofport"))


def run(*argv: str, text: str = "") -> str:
    """A command's output; ``text`` is its input. Raises RuntimeError with what it said when it fails."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout
