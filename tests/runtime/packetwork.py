# SPDX-License-Identifier: Apache-2.0
"""Packets into a chain of elements and out of it, for tests of the element library."""

from __future__ import annotations

from collections.abc import Sequence

from mimi.click.router import Offload, Packet, Router


def through(
    element: str, packets: Sequence[bytes], *, outputs: int = 1, before: str = "Null", offload: Offload | None = None
) -> list[list[Packet]]:
    """What leaves each output of ``element`` when ``packets`` are pushed into its input 0.

    ``element`` may be a chain; ``before`` is one in front, say one that marks the IP header. The virtual clock serves timers
    without waiting.
    """
    *chain, element = element.split(" -> ")
    before = " -> ".join([before, *chain])
    text = f"in :: MemoryIn -> {before} -> e :: {element}; " + "; ".join(f"e[{i}] -> out{i} :: MemoryOut" for i in range(outputs))
    with Router(text, clock="virtual") as router:
        for data in packets:
            router.push("in", data, offload=offload)
        router.run()
        return [router.packets(f"out{i}") for i in range(outputs)]


def data_of(packets: Sequence[Packet]) -> list[bytes]:
    """The bytes alone."""
    return [packet.data for packet in packets]
