# SPDX-License-Identifier: Apache-2.0
"""The rival: a second Linux box in the minion's place, and conntrackd between the two. Only where the primary is one, too.

MiMi's fabric and liveness move the traffic, as they do for MiMi itself, so that both are judged by what they know and not by how they
are switched over; traffic returns as soon as the links are back, because both boxes replicate in both directions.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import yaml

from mimi.errors import PairingError, Problem
from mimi.experiment import lag
from mimi.experiment.coverage import Flow, Place, conntrack_flows
from mimi.experiment.deployment import wait_for_path
from mimi.experiment.model import Replication
from mimi.experiment.quantiles import Quantiles
from mimi.experiment.sizes import PrimaryName, RunName
from mimi.experiment.variants import replicates, variant
from mimi.topo.conntrackd import Cache, ConntrackdPair
from mimi.topo.fig2 import Fig2, own_addresses, services, wait_for

_SERVICES: Final = ("fabric", "liveness")
MACS: Final = ("02:00:00:00:01:fe", "02:00:00:00:02:fe")


class ConntrackdContender:
    """Two Linux boxes. Without replication the second one has the rules alone."""

    def __init__(self, cache: Cache, network: Fig2, primary: PrimaryName, run: RunName, configs: Path, directory: Path) -> None:
        if primary != "netfilter":
            raise PairingError(Problem("conntrackd needs a primary that runs it", found=primary, expected="netfilter"))
        self._network, self._run, self._directory = network, run, directory
        data = yaml.safe_load(variant((configs / "fig2-lb.yaml").read_text(), run))
        data["store"] = {"url": f"unix://{directory}/redis.sock"}
        data["failover"]["failback"] = "immediate"
        data["fabric"]["mirror"] = False
        self._file = directory / "pairing.yaml"
        self._file.write_text(yaml.safe_dump(data, sort_keys=False))
        self._cache, self._arrived, self._heard = cache, directory / "arrived.txt", directory / "entries.txt"
        self._pair = ConntrackdPair(network.host("primary"), network.host("minion"), services(), directory / "conntrackd", cache)
        self._stack = ExitStack()

    def begin(self) -> None:
        """Make the second box, start the daemons and the fabric."""
        stack, pair = self._stack, self._pair
        stack.callback(pair.stop)
        pair.start(own_addresses(), MACS, replicate=replicates(self._run))
        wait_for(lambda: pair.ready, "conntrackd to answer")
        if self._cache == "direct" and replicates(self._run):
            self._listen()
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

    def failed(self) -> None:
        """With an external cache: the second box takes over. Told at once, it need not find out that the first is dead."""
        self._pair.take_over("minion")

    def returning(self) -> None:
        """With an external cache: the first box waits, or it would judge packets before it knows what the second has made meanwhile."""
        self._pair.stand_by("primary")

    def returned(self) -> None:
        """With an external cache: the first box takes over, the second waits again."""
        self._pair.take_over("primary")
        self._pair.stand_by("minion")

    def settle(self) -> Replication:
        """From a flow's SYN at the primary to its entry in the second box's kernel; nobody tells when one is in the external cache."""
        lags = lag.lags_ms(lag.read_times(self._arrived), entry_times(self._heard))
        return Replication(lag_ms=Quantiles.of(lags), lag_samples=len(lags))

    def end(self) -> None:
        """Stop everything, and make the second box a bare host again."""
        self._stack.close()

    def _listen(self) -> None:
        """Let the second box's kernel tell when entries come. Those of its own, made during failures, never arrived at the primary."""
        command = ["conntrack", "-E", "-e", "NEW", "-p", "tcp", "-o", "timestamp"]
        with self._heard.open("wb") as file:
            process = self._network.host("minion").popen(command, stdout=file, stderr=subprocess.DEVNULL)
        self._stack.callback(_end, process)

    def _start(self, argv: list[str], environment: dict[str, str]) -> None:
        log = (self._directory / f"{Path(argv[0]).name if argv[0] == 'redis-server' else argv[-2]}.log").open("wb")
        self._stack.callback(log.close)
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self._stack.callback(_end, process)


_ENTRY: Final = re.compile(r"^\[(\d+)\.(\d+)\s*\].*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)", re.MULTILINE)


def entry_times(path: Path) -> dict[str, int]:
    """``conntrack -E -o timestamp``: when each flow, by its key's text, was heard of first; nanoseconds since the epoch."""
    times: dict[str, int] = {}
    if path.exists():
        for seconds, micros, source, target, sport, dport in _ENTRY.findall(path.read_text()):
            times.setdefault(f"tcp {source}:{sport} {target}:{dport}", int(seconds) * 10**9 + int(micros) * 1000)
    return times


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
