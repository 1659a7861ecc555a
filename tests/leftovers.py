# SPDX-License-Identifier: Apache-2.0
"""What a test run leaves when it is killed, and how the next one clears it away.

Namespaces that `ip netns` knows, links in the namespace that the tests run in, and directories of deployments (whose services
are detached, and outlive a kill): each name has the process id of its maker. :func:`sweep` ends whatever belongs to none that lives.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_NETNS = re.compile(r"mimit-(\d+)-")
_LINK = re.compile(r"mt(\d+)-[0-9a-f]{4}$")
_LAB = re.compile(r"mimi-lab-(\d+)-")


def netns_name(role: str = "") -> str:
    """A name for a namespace."""
    return f"mimit-{os.getpid()}-{role or secrets.token_hex(2)}"


def link_name() -> str:
    """A name for one end of a veth pair; the other end is the same with an ``f``. At most 14 bytes."""
    return f"mt{os.getpid()}-{secrets.token_hex(2)}"


def is_link_name(name: str) -> bool:
    """Whether a link is a test's, perhaps of one that runs beside this one."""
    return any(_LINK.match(end) for end in (name, name.removesuffix("f")))


def lab_prefix() -> str:
    """What the name of a deployment's temporary directory begins with."""
    return f"mimi-lab-{os.getpid()}-"


def sweep() -> list[str]:
    """Remove what killed test runs have left; what it was. Without root there can be nothing."""
    if os.geteuid() != 0:
        return []
    found = []
    for directory in _of_dead(_LAB, Path(tempfile.gettempdir())):
        for run in (directory / "run").glob("*"):
            environment = {**os.environ, "MIMI_RUN_DIR": str(directory / "run"), "MIMI_STATE_DIR": str(directory / "state")}
            command = [sys.executable, "-m", "mimi.cli.main", "destroy", run.name]
            subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60)
        shutil.rmtree(directory, ignore_errors=True)
        found.append(str(directory))
    for netns in _of_dead(_NETNS, Path("/run/netns")):
        subprocess.run(["ip", "netns", "delete", netns.name], check=False, capture_output=True)
        found.append(netns.name)
    for link in _of_dead(_LINK, Path("/sys/class/net")):
        subprocess.run(["ip", "link", "delete", link.name], check=False, capture_output=True)
        found.append(link.name)
    return found


def _of_dead(pattern: re.Pattern[str], directory: Path) -> list[Path]:
    """The entries of a directory that are named after a process that does not live."""
    entries = directory.iterdir() if directory.is_dir() else ()
    named = ((entry, match) for entry in entries if (match := pattern.match(entry.name)))
    return [entry for entry, match in named if not Path(f"/proc/{match.group(1)}").exists()]
