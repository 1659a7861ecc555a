# SPDX-License-Identifier: Apache-2.0
"""A middlebox of each type dies in the middle of connections: with MiMi they live on, without it they do not.

Without MiMi the spare is the same Linux box, with the same rules, that does not take over strangers' connections
(``tcp_loose=0``): what survives there survives by luck.
"""

from __future__ import annotations

import pytest
from takeovers import NAMES, STATEFUL

from bench._takeoverbed import Bed
from bench._takeovercases import CASES
from tests.integration.deploylab import no_minion

pytestmark = [pytest.mark.root, pytest.mark.redis, pytest.mark.skipif(bool(no_minion()), reason=no_minion())]

TCP, UDP, PINGS = 60, 20, 10


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_survives_the_primary(name: str) -> None:
    with Bed(CASES[name], with_mimi=True) as bed:
        found = bed.measure(TCP, UDP, PINGS)
    assert {kind: (one["survived"], one["failures"]) for kind, one in found.items()} == {
        kind: (one["total"], {}) for kind, one in found.items()
    }
    assert (found["tcp"]["total"], found["udp"]["total"]) == (TCP, UDP)


@pytest.mark.parametrize("name", STATEFUL)
def test_without_a_minion_the_connections_are_lost(name: str) -> None:
    with Bed(CASES[name], with_mimi=False) as bed:
        found = bed.measure(TCP, UDP, PINGS, wait_s=5)
    assert (found["tcp"]["total"], found["tcp"]["survived"]) == (TCP, 0)
