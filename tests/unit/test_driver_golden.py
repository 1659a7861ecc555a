# SPDX-License-Identifier: Apache-2.0
"""Golden log lines: ``tests/golden/netfilter/NAME.log`` gives ``NAME.json``; a new case is a new pair of files.

``NAME.yaml`` may replace the vips of ``configs/fig2-lb.yaml``, or name another file there (``base``). ``MIMI_GOLDEN=write pytest …`` writes the answers anew;
``git diff`` shows what changed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from mimi import drivers
from mimi.pairing import Pairing
from mimi.store.codec import encode_delta

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests/golden/netfilter").glob("*.log"))
SEQ = 1795341601120331


def pairing_for(case: Path) -> Pairing:
    changes = yaml.safe_load(case.with_suffix(".yaml").read_text()) if case.with_suffix(".yaml").exists() else {}
    data = yaml.safe_load((ROOT / "configs" / f"{changes.pop('base', 'fig2-lb')}.yaml").read_text()) | changes
    return Pairing.model_validate(data)


def answer(driver: drivers.Driver, line: bytes) -> object:
    delta = driver.parse(line, SEQ)
    return delta if isinstance(delta, str) else json.loads(encode_delta(delta))


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_lines(case: Path) -> None:
    driver = drivers.make(pairing_for(case))
    lines = case.read_bytes().splitlines()
    found = [answer(driver, line) for line in lines]
    expected = case.with_suffix(".json")
    if os.environ.get("MIMI_GOLDEN") == "write":
        expected.write_text("[\n" + ",\n".join(json.dumps(value) for value in found) + "\n]\n")
    wanted = json.loads(expected.read_text())
    assert len(wanted) == len(lines)
    for line, value, right in zip(lines, found, wanted, strict=True):
        assert value == right, line
