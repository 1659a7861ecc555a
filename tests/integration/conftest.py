# SPDX-License-Identifier: Apache-2.0
"""A place to deploy in, gone after the test together with everything that ran in it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploylab import Lab

from mimi.run_directory import marked_processes, run_directory
from tests.leftovers import lab_prefix


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix=lab_prefix()) as name:
        lab = Lab(Path(name))
        for variable in ("MIMI_RUN_DIR", "MIMI_STATE_DIR"):
            monkeypatch.setenv(variable, lab.environment[variable])
        try:
            lab.make_network()
            yield lab
        finally:
            directory = run_directory(lab.name)
            if directory.root.exists():
                token = json.loads(directory.desired_file.read_text())["token"]
                lab.mimi("destroy", lab.name)
                assert marked_processes(token) == ()
            lab.remove_network()
