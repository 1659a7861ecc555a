# SPDX-License-Identifier: Apache-2.0
"""A rendered minion between two kernels, one of its links narrow: senders learn it, whatever their offloads make of their segments.

Host ``a`` is on the first side, ``b`` on the second. Their own links carry 1500 bytes, so TCP begins with segments that are too long
for the narrow one, many of them in one frame; no device on the way would tell them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from netbed import Bed, Middle, run

from mimi.pairing import parse_pairing
from mimi.render import render

pytestmark = pytest.mark.root

PORT, NARROW, SIZE, DEADLINE_S = 5001, 1300, 2_000_000, 30
NETWORKS = {4: ("10.77.1.{}", "10.77.2.{}"), 6: ("2001:db8:77:1::{}", "2001:db8:77:2::{}")}
BITS = {4: 24, 6: 64}
PROGRAM = f"""
import hashlib, random, socket, sys
what, host, way = sys.argv[1:]
if what == "server":
    listener = socket.create_server((host, {PORT}), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    print("ready", flush=True)
    peer, _ = listener.accept()
else:
    peer = socket.create_connection((host, {PORT}), timeout={DEADLINE_S})
peer.settimeout({DEADLINE_S})
data = random.Random(1).randbytes({SIZE})
if (what == "client") == (way == "up"):
    peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
    assert peer.recv(1) == b"!"
else:
    got = b"".join(iter(lambda: peer.recv(1 << 20), b""))
    assert got == data, (len(got), len(data))
    peer.sendall(b"!")
print("done", flush=True)
"""


class RouterBed(Bed):
    """Two hosts of both versions of IP in networks of their own; the way from one to the other is through the middle."""

    def _build(self) -> None:
        self.add_namespaces()
        for number, role in enumerate(("a", "b")):
            end, device = f"{role}0", f"d{number}"
            command = ("link", "add", end, "netns", self.names[role], "type", "veth", "peer", "name", device, "netns", self.names["middle"])
            run("ip", *command)
            self.inside("middle", "ip", "link", "set", device, "up")
            every = [f"net.ipv6.conf.{which}.{key}=0" for which in ("all", "default", end) for key in ("disable_ipv6", "accept_dad")]
            self.inside(role, "sysctl", "-qw", *every)
            self.inside(role, "ip", "link", "set", end, "up")
            for version, networks in NETWORKS.items():
                near, far = networks[number], networks[1 - number]
                self.inside(role, "ip", f"-{version}", "address", "add", f"{near.format(2)}/{BITS[version]}", "dev", end)
                self.inside(role, "ip", f"-{version}", "route", "add", f"{far.format(0)}/{BITS[version]}", "via", near.format(1))


def pairing(kind: str, version: int, narrow: int, offload: str) -> str:
    near, far = NETWORKS[version]
    mtus = ["", ""]
    mtus[narrow] = f", mtu: {NARROW}"
    sides = [
        f'{{device: d{n}, mac: "02:00:00:00:0{n}:fe", addresses: ["{address.format(1)}/{BITS[version]}"]{mtu}}}'
        for n, (address, mtu) in enumerate(zip((near, far), mtus, strict=True))
    ]
    names = ("client", "server") if kind == "load-balancer" else ("inside", "outside")
    service = {
        "load-balancer": f'vips: [{{name: v, address: "{near.format(100)}", port: {PORT}, '
        f'backends: [{{name: b, address: "{far.format(2)}", port: {PORT}}}]}}]',
        "nat": f"nat: {{pools: [{{addresses: {far.format(1)}}}], inside: [{near.format(0)}/24]}}",
        "firewall": "firewall: {default: deny, rules: [{name: out, action: allow, from: inside, protocol: tcp}]}",
    }[kind]
    return f"""
pairing: narrow
type: {kind}
{service}
minion: {{offload: {offload}, interfaces: {{{names[0]}: {sides[0]}, {names[1]}: {sides[1]}}}}}
driver: {{kind: conntrack}}
"""


@pytest.fixture
def bed() -> Iterator[RouterBed]:
    with RouterBed() as made:
        yield made


CASES = [
    ("load-balancer", 4, "auto"),
    ("load-balancer", 4, "off"),
    ("load-balancer", 6, "off"),
    ("nat", 4, "auto"),
    ("nat", 4, "off"),
    ("firewall", 4, "off"),
    ("firewall", 6, "off"),
]
"""The kernel carries flows of IPv4 of the first two types."""


@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize(("kind", "version", "offload"), CASES, ids=str)
def test_tcp_learns_of_the_narrow_link(kind: str, version: int, offload: str, way: str, bed: RouterBed, tmp_path: Path) -> None:
    near, far = NETWORKS[version]
    server = far.format(2)
    target = near.format(100) if kind == "load-balancer" else server
    sender, receiver, narrow = ("a", target, 1) if way == "up" else ("b", far.format(1) if kind == "nat" else near.format(2), 0)
    with Middle(bed, render(parse_pairing(pairing(kind, version, narrow, offload))), tmp_path) as middle:
        listens = bed.python("b", PROGRAM, "server", server, way)
        assert listens.stdout is not None and listens.stdout.readline() == "ready\n"
        client = bed.python("a", PROGRAM, "client", target, way)
        for program in (client, listens):
            out, errors = program.communicate(timeout=2 * DEADLINE_S)
            assert (out, errors) == ("done\n", "")
        side = (("client", "server") if kind == "load-balancer" else ("inside", "outside"))[narrow]
        assert int(middle.read(f"{side}_too_long{'6' if version == 6 else ''}.count")) > 0
        route = bed.inside(sender, "ip", f"-{version}", "route", "get", receiver).stdout
        assert re.search(rf"mtu {NARROW}\b", route), route
