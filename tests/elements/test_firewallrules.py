# SPDX-License-Identifier: Apache-2.0
"""A firewall's rules: compiled against compared one by one, and text there and back. See firewallrules_check.cc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.elements.compiled import CHECKED, build

SOURCES = ["tests/elements/firewallrules_check.cc", "elements/rulematcher.cc", "elements/firewallrule.cc", "elements/firewallrule_text.cc"]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("firewallrules"), SOURCES, *CHECKED)


@pytest.mark.parametrize("rules", [0, 1, 2, 10, 63, 64, 65, 300, 4095, 4097, 9000])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_compiled_rules_find_the_first_match(check: Path, seed: int, rules: int) -> None:
    done = subprocess.run([check, str(seed), str(rules), "2000"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
