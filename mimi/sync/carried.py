# SPDX-License-Identifier: Apache-2.0
"""What the minion says of the flows that the kernel forwards for it (element ``FlowOffload``), for ``mimi status``."""

from __future__ import annotations

from typing import Any, Final

from mimi.click.control import ControlSocket, RefusedError

HANDLER: Final = "offload.status"


def read_carried(control: ControlSocket) -> dict[str, Any]:
    """Whether the kernel carries flows, how many and how much; or ``reason``, why it does not.

    A flow counts once for each direction.
    Raises ControlError when the minion does not answer; one without the element is no error.
    """
    try:
        text = control.read_text(HANDLER)
    except RefusedError:
        return {"active": False, "flows": 0, "packets": 0, "bytes": 0, "reason": "no FlowOffload in the minion's configuration"}
    said = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    counts = {name: int(said.get(name, "0")) for name in ("flows", "packets", "bytes")}
    return {"active": said.get("active") == "yes", **counts, "reason": said.get("reason", "")}
