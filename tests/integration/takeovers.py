# SPDX-License-Identifier: Apache-2.0
"""The types of middlebox that the takeover tests let die, by name; what this kernel cannot be is skipped."""

from __future__ import annotations

import pytest
from kernelbox import translates_prefixes

from bench._takeovercases import CASES

_ABLE = translates_prefixes()
NAMES = [pytest.param(name, marks=() if _ABLE or name != "nptv6" else pytest.mark.skip("this kernel has no SNPT")) for name in CASES]
STATEFUL = [name for name, case in CASES.items() if not case.stateless]
"""Those whose flows are lost without a minion that knows them."""
