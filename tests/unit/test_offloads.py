# SPDX-License-Identifier: Apache-2.0
"""Offloads are asked of the kernel, and an installed engine's checks and warnings name the command that turns them off."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from mimi.offloads import Offloads, read_offloads
from tests.leftovers import netns_name


@pytest.fixture
def enter() -> Iterator[list[str]]:
    """A namespace with a veth pair whose end `e0` merges segments; what enters it."""
    name = netns_name()
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "add", "e0", "type", "veth", "peer", "name", "e1"], check=True)
        yield ["ip", "netns", "exec", name]
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def test_the_command_names_what_is_on() -> None:
    assert Offloads("eth1", ("gro", "lro"), virtual=False).command == "ethtool -K eth1 gro off lro off"


def test_an_interface_that_is_not_there_has_none() -> None:
    assert read_offloads("mimi-no-such") is None
    assert read_offloads("lo", ["mimi-no-such-program"]) is None


@pytest.mark.root
def test_a_veth_is_virtual_and_its_merging_is_seen(enter: list[str]) -> None:
    assert read_offloads("e0", enter) == Offloads("e0", merging=(), virtual=True)
    set_gro = "import array, fcntl, socket, struct\ns = socket.socket()\nd = array.array('B', struct.pack('II', 0x2c, 1))\n"
    set_gro += "fcntl.ioctl(s, 0x8946, struct.pack('16sP', b'e0', d.buffer_info()[0]) + bytes(16))\n"
    subprocess.run([*enter, "python3", "-c", set_gro], check=True)
    assert read_offloads("e0", enter) == Offloads("e0", merging=("gro",), virtual=True)
