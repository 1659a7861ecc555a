# SPDX-License-Identifier: Apache-2.0
"""A test run that is killed leaves nothing that the next one does not clear away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from deploylab import ROOT, no_minion, wait_for

from mimi.run_directory import Identity
from tests.leftovers import netns_name, sweep

pytestmark = [pytest.mark.root, pytest.mark.redis, pytest.mark.skipif(bool(no_minion()), reason=no_minion())]

DEPLOYS = """
import os, sys, tempfile
from pathlib import Path
from deploylab import Lab
from tests.leftovers import lab_prefix
lab = Lab(Path(tempfile.mkdtemp(prefix=lab_prefix())))
os.environ.update({name: lab.environment[name] for name in ("MIMI_RUN_DIR", "MIMI_STATE_DIR")})
lab.make_network()
lab.deploy()
print(lab.service("supervisor").pid, lab.netns, lab.link, lab.home, flush=True)
sys.stdin.read()
"""


def test_what_a_killed_run_deployed_is_ended_and_its_network_removed() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "integration")))}
    command = [sys.executable, "-c", DEPLOYS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as killed:
        assert killed.stdout is not None
        pid, netns, link, home = killed.stdout.readline().split()
        supervisor = Identity.of(int(pid))
        assert supervisor is not None and Path(f"/run/netns/{netns}").exists()
        assert sweep() == [], "its maker lives"
        killed.send_signal(signal.SIGKILL)
    assert supervisor.alive
    assert sweep() == [home, netns, link]
    wait_for(lambda: not supervisor.alive, "the supervisor is gone")
    assert not Path(f"/run/netns/{netns}").exists() and not Path(f"/sys/class/net/{link}").exists() and not Path(home).exists()


def test_what_a_living_run_uses_stays() -> None:
    name = netns_name()
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        assert name not in sweep() and Path(f"/run/netns/{name}").exists()
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)
