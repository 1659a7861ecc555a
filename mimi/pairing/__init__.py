# SPDX-License-Identifier: Apache-2.0
"""Pairing files: model, loading with places, checks of meaning, JSON Schema."""

from mimi.pairing.check import check
from mimi.pairing.load import Examination, dump_pairing, examine, examine_text, load_pairing, parse_pairing
from mimi.pairing.model import Pairing

__all__ = ["Examination", "Pairing", "check", "dump_pairing", "examine", "examine_text", "load_pairing", "parse_pairing"]
