# SPDX-License-Identifier: Apache-2.0
"""Pairing files: model, loading with places, checks of meaning, JSON Schema."""

from mimi.pairing.check import check
from mimi.pairing.load import Examination, dump_pairing, examine, examine_text, load_pairing, parse_pairing
from mimi.pairing.model import Pairing
from mimi.pairing.packages import MIMI_PACKAGE, package_directories, package_name, package_names

__all__ = [
    "MIMI_PACKAGE",
    "Examination",
    "Pairing",
    "check",
    "dump_pairing",
    "examine",
    "examine_text",
    "load_pairing",
    "package_directories",
    "package_name",
    "package_names",
    "parse_pairing",
]
