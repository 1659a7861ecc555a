# SPDX-License-Identifier: Apache-2.0
"""The traffic that crosses a topology.

Each module is also a program (``python -m mimi.topo.traffic.NAME``) that a topology starts inside one of its hosts and
that prints one JSON object when it is done.
"""
