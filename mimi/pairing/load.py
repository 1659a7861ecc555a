# SPDX-License-Identifier: Apache-2.0
"""YAML text to a Pairing, every problem with file:line:column."""

from __future__ import annotations

from pathlib import Path

import yaml

from mimi.pairing.model import Pairing


def parse_pairing(text: str, file: str = "<text>") -> Pairing:
    return Pairing.model_validate(yaml.safe_load(text))


def load_pairing(path: str | Path) -> Pairing:
    return parse_pairing(Path(path).read_text(), str(path))
