# SPDX-License-Identifier: Apache-2.0
"""The two loops that move state: the collector (log to store) and the follower (store to minion)."""

from mimi.sync.collect import Collector
from mimi.sync.follow import Follower

__all__ = ["Collector", "Follower"]
