# SPDX-License-Identifier: Apache-2.0
"""What a test needs is a marker; a machine that lacks it skips the test and says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.leftovers import sweep
from tests.rfc.table import unknown

# No test asserts a time, and a busy machine is no error. CI looks at the same examples each time; people look further.
settings.register_profile("mimi", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mimi")


# `make sanitize` preloads a sanitizer's run-time library for the engine in this process. Programs started from here bring
# their own, and look for leaks; this interpreter would find its own only.
SANITIZED = os.environ.get("MIMI_SANITIZE", "")
if SANITIZED:
    os.environ.pop("LD_PRELOAD", None)
    os.environ["ASAN_OPTIONS"] = "detect_leaks=1:abort_on_error=0:exitcode=99"

    if "thread" in SANITIZED:
        from mimi.click import router

        router._load_engine = lambda: pytest.skip("ThreadSanitizer watches whole programs only")


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


def pytest_sessionstart() -> None:
    """Clear away what a killed run has left."""
    sweep()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, every test whose needs are not met; refuse marks that name no requirement of an RFC."""
    named = {(mark.args[0], name) for item in items for mark in item.iter_markers("rfc") for name in mark.args[1:]}
    if named and (wrong := unknown(named)):
        raise pytest.UsageError(f"rfc marks that tests/rfc/requirements.toml does not know: {sorted(wrong)}")
    reasons = {name: probe() for name, probe in NEEDS.items()}
    for item in items:
        for name, reason in reasons.items():
            if reason and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
