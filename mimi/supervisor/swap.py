# SPDX-License-Identifier: Apache-2.0
"""Handing a running minion a new configuration through its ``hotconfig`` handler."""

from __future__ import annotations

from mimi.click.control import ControlSocket
from mimi.errors import ControlError
from mimi.run_directory import RunDirectory

HANDLER = "hotconfig"


def offers_hotconfig(directory: RunDirectory) -> bool:
    """Does the running minion take a new configuration? False too when none answers."""
    try:
        with ControlSocket(str(directory.control_socket), timeout_s=1.0) as control:
            return control.check_write(HANDLER)
    except ControlError:
        return False


def hot_swap(directory: RunDirectory, configuration: str) -> None:
    """Replace the minion's configuration while it runs; the old one stays when the new one is refused.

    Raises:
        ControlError: refused (with the router's messages), or the minion cannot be reached.
    """
    with ControlSocket(str(directory.control_socket)) as control:
        control.write(HANDLER, configuration)
