# SPDX-License-Identifier: Apache-2.0
"""What a driver says about a *listing*: the primary's whole table, told between the changes to it."""

from __future__ import annotations

from enum import Enum


class Listing(Enum):
    """A listing's course. Between ``begun`` and ``complete`` every flow that the primary has is told once more."""

    begun = "begun"
    complete = "complete"
    broken = "broken"
    """It ended early: nothing can be said about flows that were not told; another one follows."""
