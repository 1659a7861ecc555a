# SPDX-License-Identifier: Apache-2.0
"""A MinionFirewall in a router of its own, on a clock that only ``pass_time`` moves."""

from __future__ import annotations

from mimi.click import Router
from tests.elements.nat import Translator

INSIDE, OUTSIDE = 0, 1


class Wall(Translator):
    """The element under test. ``send`` returns what left: (port, bytes) pairs, port 0 to outside and 1 to inside."""

    def __init__(self, arguments: str) -> None:
        self.router = Router(
            f"""
            nat :: MinionFirewall({arguments});
            inside :: MemoryIn -> inside_version :: Classifier(0/60%f0, -);
            outside :: MemoryIn -> outside_version :: Classifier(0/60%f0, -);
            inside_version[0] -> MarkIPHeader -> [0]nat; inside_version[1] -> CheckIPHeader(CHECKSUM false) -> [0]nat;
            outside_version[0] -> MarkIPHeader -> [1]nat; outside_version[1] -> CheckIPHeader(CHECKSUM false) -> [1]nat;
            nat[0] -> out0 :: MemoryOut; nat[1] -> out1 :: MemoryOut; nat[2] -> out2 :: MemoryOut;
            """,
            clock="virtual",
        )
