# SPDX-License-Identifier: Apache-2.0
"""What the minion says of flows that the kernel forwards, and how `mimi status` shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from mimi.click.control import ControlSocket, RefusedError, Reply
from mimi.errors import ControlError
from mimi.supervisor.status import PairingStatus, status_text
from mimi.sync.carried import read_carried

ACTIVE = "active yes\nentrance tcx\nflows 2\ncapacity 65536\npackets 7\nbytes 700\ntaken 2\nended 0\n"
OFF = "active no\nreason map of flows: not permitted\n"
NOBODY = PairingStatus(
    name="lb", state="in-sync", why="", source="", supervisor=1, lag_ms={}, flows=5, offload=None, deltas={}, generation="1", services=()
)


class Minion:
    """Answers one handler."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    def read_text(self, handler: str, argument: str = "") -> str:
        assert (handler, argument) == ("offload.status", "")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def told(answer: str | Exception) -> dict[str, Any]:
    return read_carried(cast("ControlSocket", Minion(answer)))


def line(answer: str | Exception) -> str:
    text = status_text(replace(NOBODY, offload=told(answer)))
    return next(line for line in text.splitlines() if line.startswith("  offload "))


def test_flows_in_the_kernel_are_shown() -> None:
    assert told(ACTIVE) == {"active": True, "flows": 2, "packets": 7, "bytes": 700, "reason": ""}
    assert line(ACTIVE) == "  offload     active, 2 flows in the kernel (each direction counted), 7 packets carried"


def test_the_reason_why_there_are_none_is_shown() -> None:
    assert told(OFF)["reason"] == "map of flows: not permitted"
    assert line(OFF) == "  offload     off: map of flows: not permitted"


def test_a_minion_without_the_element_says_so() -> None:
    refusal = RefusedError("minion.sock", "READ offload.status", Reply(511, "No element named 'offload'", b""))
    assert line(refusal) == "  offload     off: no FlowOffload in the minion's configuration"


def test_a_minion_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ControlError):
        told(ControlError("gone"))


def test_unknown_is_not_off() -> None:
    assert "  offload     -\n" in status_text(NOBODY)


def test_json_has_it_too() -> None:
    status = json.loads(json.dumps(replace(NOBODY, offload=told(ACTIVE)).to_json()))
    assert status["offload"]["flows"] == 2
