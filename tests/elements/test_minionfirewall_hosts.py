# SPDX-License-Identifier: Apache-2.0
"""MinionFirewall between two hosts that follow RFC 9293: whatever they send, however it is delayed, lost or repeated, passes.

And what a stranger sends who sees nothing of the connection does not.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.elements.firewall import Wall
from tests.elements.lb import tcp
from tests.elements.model_hosts import Host, Segment
from tests.elements.model_packets import TCP, Ends
from tests.elements.model_table import Binding

ENDS: dict[int, Ends] = {4: (("10.0.0.1", 2000), ("192.0.2.1", 443)), 6: (("2001:db8:1::1", 2000), ("2001:db8:f::1", 443))}
"""By version of IP."""
RULES = "RULE allow from inside tcp any any"
scales = st.sampled_from([None, 0, 3, 7, 14])
versions = pytest.mark.parametrize("version", ENDS)
numbers = st.one_of(st.sampled_from([0, 2**31 - 5, 2**32 - 1, 2**32 - 3000]), st.integers(0, 2**32 - 1))


def imported(ends: Ends) -> str:
    return Binding(TCP, ends, ends, 1, 7440, "established").put_line() + "\n"


class Network:
    """Both hosts, their segments under way, and how many firewalls have seen them."""

    def __init__(self, seed: int, scales: tuple[int | None, int | None], iss: tuple[int, int], version: int) -> None:
        self.ends = ENDS[version]
        self.random = random.Random(seed)
        self.hosts = tuple(Host(self.random, scale, start) for scale, start in zip(scales, iss, strict=True))
        self.way: list[list[Segment]] = [[], []]
        self.wall: Wall | None = None
        self.passed = 0

    def sends(self, who: int, segment: Segment | None) -> None:
        """A segment leaves a host; the firewall is beside it, so it sees everything, in the order in which it was sent or another."""
        if segment is None:
            return
        copies = self.random.choice([1, 1, 1, 1, 2])
        for _ in range(copies):
            place = self.random.choice([len(self.way[who])] * 4 + [self.random.randint(0, len(self.way[who]))])
            self.way[who].insert(place, segment)

    def delivers(self, who: int, lossy: bool) -> None:
        """The oldest segment of a host passes the firewall and, unless it is lost behind it, arrives."""
        if not self.way[who]:
            return
        segment = self.way[who].pop(0)
        if lossy and self.random.random() < 0.1:
            return  # before the firewall
        ends = self.ends if who == 0 else (self.ends[1], self.ends[0])
        packet = segment.packet(ends)
        if self.wall:
            left = self.wall.send(who, packet)
            assert left == [(who, packet)], f"{segment} of host {who}, {self.hosts}: {self.wall.stats()}"
            self.passed += 1
        if not lossy or self.random.random() > 0.1:
            self.sends(1 - who, self.hosts[1 - who].receive(segment))

    def opens(self) -> None:
        self.sends(0, self.hosts[0].syn())
        for _ in range(200):
            if self.hosts[0].open and self.hosts[1].open:
                return
            self.delivers(0, lossy=False)
            if self.hosts[1].rcv is not None and not self.hosts[1].sent:
                self.sends(1, self.hosts[1].syn())
            self.delivers(1, lossy=False)
        raise AssertionError("the hosts do not come together")

    def talks(self, steps: int, lossy: bool = True) -> None:
        for _ in range(steps):
            who = self.random.randint(0, 1)
            host = self.hosts[who]
            what = self.random.randint(0, 9)
            if what < 3:
                self.sends(who, host.data(self.random.choice([1, 100, 1400])))
            elif what == 3:
                self.sends(who, host.again())
            elif what == 4:
                self.sends(who, self.random.choice([host.acknowledge, host.keep_alive])())
            else:
                self.delivers(who, lossy)

    def closes(self) -> None:
        for who in (0, 1):
            self.sends(who, self.hosts[who].close())
            self.talks(30)


@versions
@given(seed=st.integers(0, 2**32), scales=st.tuples(scales, scales), iss=st.tuples(numbers, numbers))
@settings(max_examples=30)
def test_whole_connections_pass(version: int, seed: int, scales: tuple[int | None, int | None], iss: tuple[int, int]) -> None:
    network = Network(seed, scales, iss, version)
    with Wall(RULES) as network.wall:
        network.opens()
        network.talks(150)
        network.closes()
        assert network.passed > 20


@versions
@given(seed=st.integers(0, 2**32), scales=st.tuples(scales, scales), iss=st.tuples(numbers, numbers))
@settings(max_examples=30)
def test_a_connection_that_is_taken_over_goes_on(
    version: int, seed: int, scales: tuple[int | None, int | None], iss: tuple[int, int]
) -> None:
    """The primary has seen its beginning; the minion knows of it by a record, and sees what comes after, wherever that is."""
    network = Network(seed, scales, iss, version)
    network.opens()
    network.talks(100)
    with Wall(RULES) as network.wall:
        network.wall.write("import", imported(network.ends))
        network.talks(150)
        network.closes()
        assert network.passed > 20


@versions
@pytest.mark.parametrize(("taken_over", "most"), [(False, 3), (True, 1000)], ids=["seen", "taken over"])
def test_a_stranger_who_guesses_does_no_harm(taken_over: bool, most: int, version: int) -> None:
    """Numbers at random. Of a connection whose SYNs the firewall saw, 60 000 of 2^32 are in the window: next to none gets in.

    One that was taken over is not held to numbers that are only guessed at: they get in, and the hosts judge them. None may cut the
    connection for those whose it is.
    """
    network = Network(7, (0, 0), (1000, 5000), version)
    ends = network.ends
    with Wall(RULES) as wall:
        network.wall = None if taken_over else wall
        network.opens()
        if taken_over:
            wall.write("import", imported(ends))
            network.wall = wall
        network.talks(100, lossy=False)
        guess = random.Random(9)
        for side, way in ((1, (ends[1], ends[0])), (0, ends)):
            packets = [tcp(*way, "PA", b"evil", seq=guess.getrandbits(32), ack=guess.getrandbits(32)) for _ in range(1000)]
            assert len(wall.send(side, *packets)) <= most
        wall.send(1, *[tcp(ends[1], ends[0], "R", seq=guess.getrandbits(32)) for _ in range(1000)])
        assert "state=established" in wall.read("lookup", Binding(TCP, ends, ends, 1, 1).key_text())
        network.talks(100, lossy=False)
