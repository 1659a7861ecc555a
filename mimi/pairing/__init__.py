# SPDX-License-Identifier: Apache-2.0
"""Pairing files: model, loading with places, JSON Schema."""

from mimi.pairing.load import load_pairing, parse_pairing
from mimi.pairing.model import Pairing

__all__ = ["Pairing", "load_pairing", "parse_pairing"]
