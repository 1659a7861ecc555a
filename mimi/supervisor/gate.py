# SPDX-License-Identifier: Apache-2.0
"""The minion's gate (element ``MinionGate``), over its control socket: whether the minion drains, and how far it is.

Only whoever fails back by draining turns it. A minion that does not answer stays as it is, and is told again: a gate that is
wrongly active keeps flows that could have been the primary's, which harms nobody; a gate that wrongly drains sends packets to a
dead primary. So *active* is told at once and repeated until it is done.
"""

from __future__ import annotations

from typing import Final, Literal

from mimi.click.control import ControlSocket
from mimi.errors import ControlError

Mode = Literal["active", "drain"]

ELEMENT: Final = "gate"
TIMEOUT_S: Final = 1.0


class Gate:
    """The gate of the minion behind ``control``. No method raises."""

    def __init__(self, control: ControlSocket) -> None:
        self._control = control
        self._told: Mode | None = None
        self.wanted: Mode = "active"
        self.own: int | None = None
        """Flows that keep a draining minion in the path; None when that is not known."""
        self.trouble = ""

    @classmethod
    def at(cls, address: str) -> Gate:
        """The gate of the minion whose control socket is at ``address``."""
        return cls(ControlSocket(address, timeout_s=TIMEOUT_S))

    def turn(self, mode: Mode) -> bool:
        """Want this mode from now on; whether the minion has it already."""
        self.wanted, self.own = mode, None
        return self.assert_mode()

    def assert_mode(self) -> bool:
        """Tell the minion what is wanted, unless it has heard that on this connection; whether it has it."""
        if self._control.connected and not self._control.alive():
            self._control.close()  # it was started anew, and is active
        if not self._control.connected:
            self._told = None
        if self._told == self.wanted:
            return True
        try:
            if not self._control.connected:
                self._control.connect()
            self._control.write(f"{ELEMENT}.mode", self.wanted)
        except ControlError as error:
            self._failed(error)
            return False
        self._told, self.trouble = self.wanted, ""
        return True

    def look(self) -> bool:
        """Ask a draining minion for its own flows; whether there are none left."""
        if self.wanted != "drain" or not self.assert_mode():
            return False
        try:
            self.own = int(self._control.read_text(f"{ELEMENT}.own"))
        except (ControlError, ValueError) as error:
            self._failed(error)
            return False
        return self.own == 0

    def close(self) -> None:
        """Hang up."""
        self._control.close()

    def _failed(self, error: Exception) -> None:
        self.trouble = error.problems[0].found if isinstance(error, ControlError) else str(error)
        self.own, self._told = None, None
        self._control.close()
