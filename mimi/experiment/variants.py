# SPDX-License-Identifier: Apache-2.0
"""The paper's four runs as pairings."""

from __future__ import annotations

import yaml

from mimi.experiment.sizes import RunName


def replicates(name: RunName) -> bool:
    """Whether state is replicated, and traffic cloned, in that run."""
    return name in ("copied", "failover")


def fails(name: RunName) -> bool:
    """Whether the primary's links are cut in that run."""
    return name in ("fail", "failover")


def variant(pairing_text: str, name: RunName) -> str:
    """The pairing of a run.

    Without replication the minion picks a backend for flows that it does not know, as the paper's did, and traffic returns as soon
    as the links are back. With it, a flow that is not known yet waits for its state (TCP sends again), and the minion drains.
    """
    data = yaml.safe_load(pairing_text)
    with_state = replicates(name)
    data["sync"] = {**data.get("sync", {}), "enabled": with_state}
    data["minion"]["unknown_flows"] = "drop" if with_state else "pick"
    data["failover"] = {**data.get("failover", {}), "failback": "drain" if with_state else "immediate"}
    data["fabric"]["mirror"] = with_state
    return yaml.safe_dump(data, sort_keys=False)
