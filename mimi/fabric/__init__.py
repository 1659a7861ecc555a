# SPDX-License-Identifier: Apache-2.0
"""The switches that steer traffic, and our hand on them. Importing this package imports no OpenFlow library."""

from mimi.fabric.rules import SwitchState, fabric_rules

__all__ = ["SwitchState", "fabric_rules"]
