# SPDX-License-Identifier: Apache-2.0
"""Who stands in when the primary dies: the seam between the experiment and what it compares.

The network, the traffic, the cuts and the counting are the same for every contender. One is made for each run, with the network as it
stands and the run's directory for its files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from mimi.experiment import lag
from mimi.experiment.conntrackd import ConntrackdContender
from mimi.experiment.coverage import Flow, Place, exported_flows
from mimi.experiment.deployment import Deployment, wait_for_path
from mimi.experiment.model import Replication
from mimi.experiment.quantiles import Quantiles
from mimi.experiment.sizes import ContenderName, PrimaryName, RunName
from mimi.experiment.variants import replicates, variant
from mimi.topo.fig2 import Fig2

PAIRINGS: Final[dict[PrimaryName, str]] = {"netfilter": "fig2-lb.yaml", "openflow": "fig2-openflow.yaml"}
PUBLISHED: Final = "unix:///run/mimi/fig2-openflow/published.sock"
"""Where the OpenFlow box tells of its choices: its pairing's driver listens there."""


class Contender(Protocol):
    """What stands beside the primary, and the hand on the switches that comes with it."""

    def begin(self) -> None:
        """Start; return when the service answers through the primary."""

    def failed(self) -> None:
        """The primary's links have just been cut: what must be done by somebody who knows it at once, if anything."""

    def returning(self) -> None:
        """They are about to be back."""

    def returned(self) -> None:
        """They are back."""

    def table(self) -> Mapping[Flow, Place]:
        """What the standby knows now."""

    def settle(self) -> Replication:
        """Wait until what was seen has arrived; how replication went. ``arrived`` of the run's directory has the SYN tap's times."""

    def end(self) -> None:
        """Stop, and keep the logs in the run's directory."""


class MimiContender:
    """MiMi: a pairing of ``configs/`` in the variant of the run."""

    def __init__(self, network: Fig2, primary: PrimaryName, run: RunName, configs: Path, directory: Path) -> None:
        self._network, self._replicates = network, replicates(run)
        self._arrived = directory / "arrived.txt"
        text = (configs / PAIRINGS[primary]).read_text()
        self._deployment = Deployment(network, variant(text, run), directory)

    def begin(self) -> None:
        """Deploy."""
        self._deployment.deploy()
        wait_for_path(self._network)

    def failed(self) -> None:
        """Nothing: the switch has turned the traffic already."""

    def returning(self) -> None:
        """Nothing."""

    def returned(self) -> None:
        """Nothing: the minion drains by itself."""

    def table(self) -> Mapping[Flow, Place]:
        """The minion's bindings."""
        return exported_flows(self._deployment.read_minion("export"))

    def settle(self) -> Replication:
        """What driver and sync counted, and the lag from the SYN at the primary to the binding in the minion."""
        if not self._replicates:
            return Replication()
        self._deployment.wait_until_applied()
        driver, sync = self._deployment.status("driver"), self._deployment.status("sync")
        lags = lag.lags_ms(lag.read_times(self._arrived), lag.read_times(self._deployment.trace))
        return Replication(
            seen=driver.get("seen", 0),
            stored=driver.get("stored", 0),
            applied=sync.get("applied", 0),
            refused=sum(driver.get("refused", {}).values()) + sync.get("refused", 0),
            lag_ms=Quantiles.of(lags),
            lag_samples=len(lags),
        )

    def end(self) -> None:
        """Destroy the deployment."""
        self._deployment.destroy()


Maker = Callable[[Fig2, PrimaryName, RunName, Path, Path], Contender]
MAKERS: Final[dict[ContenderName, Maker]] = {
    "mimi": MimiContender,
    "conntrackd": partial(ConntrackdContender, "direct"),
    "conntrackd-commit": partial(ConntrackdContender, "commit"),
}
"""By the name that ``--contenders`` takes."""
