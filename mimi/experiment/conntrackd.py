# SPDX-License-Identifier: Apache-2.0
"""The rival: a second Linux box in the minion's place, and conntrackd between the two. Only where the primary is one, too.

MiMi's fabric and liveness move the traffic, as they do for MiMi itself, so that both are judged by what they know and not by how they
are switched over; traffic returns as soon as the links are back, because both boxes replicate in both directions.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import yaml

from mimi.errors import PairingError, Problem
from mimi.experiment.coverage import Flow, Place, conntrack_flows
from mimi.experiment.deployment import wait_for_path
from mimi.experiment.model import Replication
from mimi.experiment.sizes import PrimaryName, RunName
from mimi.experiment.variants import replicates, variant
from mimi.topo.conntrackd import ConntrackdPair
from mimi.topo.fig2 import Fig2, own_addresses, services, wait_for

_SERVICES: Final = ("fabric", "liveness")
MACS: Final = ("02:00:00:00:01:fe", "02:00:00:00:02:fe")


class ConntrackdContender:
    """Two Linux boxes. Without replication the second one has the rules alone."""

    def __init__(self, network: Fig2, primary: PrimaryName, run: RunName, configs: Path, directory: Path) -> None:
        if primary != "netfilter":
            raise PairingError(Problem("conntrackd needs a primary that runs it", found=primary, expected="netfilter"))
        self._network, self._run, self._directory = network, run, directory
        data = yaml.safe_load(variant((configs / "fig2-lb.yaml").read_text(), run))
        data["store"] = {"url": f"unix://{directory}/redis.sock"}
        data["failover"]["failback"] = "immediate"
        data["fabric"]["mirror"] = False
        self._file = directory / "pairing.yaml"
        self._file.write_text(yaml.safe_dump(data, sort_keys=False))
        self._pair = ConntrackdPair(network.host("primary"), network.host("minion"), services(), directory / "conntrackd")
        self._stack = ExitStack()

    def begin(self) -> None:
        """Make the second box, start the daemons and the fabric."""
        stack, pair = self._stack, self._pair
        stack.callback(pair.stop)
        pair.start(own_addresses(), MACS, replicate=replicates(self._run))
        wait_for(lambda: pair.ready, "conntrackd to answer")
        environment = {**os.environ, "MIMI_RUN_DIR": str(self._directory / "run")}
        self._start(["redis-server", "--port", "0", "--unixsocket", f"{self._directory}/redis.sock", "--save", ""], environment)
        wait_for((self._directory / "redis.sock").exists, "the store of the fabric's orders")
        for service in _SERVICES:
            self._start([sys.executable, "-m", "mimi.cli.main", "run", service, str(self._file)], environment)
        wait_for_path(self._network)

    def table(self) -> Mapping[Flow, Place]:
        """What the second box's kernel knows."""
        listing: str = self._network.host("minion").cmd("conntrack -L -p tcp 2>/dev/null")
        return conntrack_flows(listing.replace("\r", ""))

    def settle(self) -> Replication:
        """Conntrackd tells of no times: how far it lags behind is not measured here."""
        return Replication()

    def end(self) -> None:
        """Stop everything, and make the second box a bare host again."""
        self._stack.close()

    def _start(self, argv: list[str], environment: dict[str, str]) -> None:
        log = (self._directory / f"{Path(argv[0]).name if argv[0] == 'redis-server' else argv[-2]}.log").open("wb")
        self._stack.callback(log.close)
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self._stack.callback(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
