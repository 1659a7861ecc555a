# SPDX-License-Identifier: Apache-2.0
"""What a test needs is a marker; a machine that lacks it skips the test and says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

# No test asserts a time, and a busy machine is no error. CI looks at the same examples each time; people look further.
settings.register_profile("mimi", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mimi")


def _root() -> str:
    return "" if os.geteuid() == 0 else "needs root"


def _program(name: str, package: str) -> str:
    return "" if shutil.which(name) else f"no {name} on PATH; apt-get install {package}"


def _namespaces() -> str:
    if _root():
        return _root()
    done = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"cannot make namespaces: {done.stderr.strip()}"


def _upstream() -> str:
    if any(os.environ.get(name) for name in ("CLICK_SRC", "CLICK_PREFIX", "FASTCLICK_PREFIX")):
        return ""
    return "no upstream Click: set CLICK_SRC to a configured checkout, CLICK_PREFIX or FASTCLICK_PREFIX to an installed one"


NEEDS: dict[str, Callable[[], str]] = {
    "root": _namespaces,
    "redis": lambda: _program("redis-server", "redis-server"),
    "ovs": lambda: _program("ovs-vswitchd", "openvswitch-switch") or _program("mn", "mininet") or _namespaces(),
    "stock_click": _upstream,
}
"""Marker name -> probe; a probe answers why not, or nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, every test whose needs are not met."""
    reasons = {name: probe() for name, probe in NEEDS.items()}
    for item in items:
        for name, reason in reasons.items():
            if reason and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
