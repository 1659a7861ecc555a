# SPDX-License-Identifier: Apache-2.0
"""What drivers make of real primaries of each type: the store holds what the kernel's own listing says.

The primaries are Linux routers with random flows through them: TCP, UDP and pings, from both sides. Conntrack is compared with
``conntrack -L``; the packet log comes from the rules of ``docs/nat.md`` and ``docs/firewall.md`` by way of ulogd.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conntrack_watch import Watch
from kernelbox import run
from state_world import until
from typed_primaries import FIREWALL_RULES, NAT_RULES, World, live, pairing_of

from mimi import drivers
from mimi.flow import Delete, FlowRecord, Put
from mimi.pairing import Pairing

pytestmark = pytest.mark.root

NAT_LOG = """
table ip mimi {
  chain forward {
    type filter hook forward priority 10
    ct state new log prefix "MIMI nat " group 5 queue-threshold 1
    tcp flags rst log prefix "MIMI nat " group 5 queue-threshold 1
  }
  chain translated {
    type filter hook postrouting priority 110
    oif o0 ct state new log prefix "MIMI nat " group 5 queue-threshold 1
  }
}
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.mark.parametrize("kind", ["nat", "firewall"])
def test_the_store_holds_what_conntrack_lists_whatever_comes_and_goes(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    world = World(stack, NAT_RULES if kind == "nat" else FIREWALL_RULES, kind, seed=20240607)
    world.begin(100)  # before anybody watches
    pairing = pairing_of(kind, f"{{kind: conntrack, netns: {world.box.netns}}}")
    watch = Watch(pairing, tmp_path, stack)
    watch.start()
    for _ in range(6):
        until(lambda: live(watch.records()) == world.truth(), "the store to agree with conntrack -L")
        assert len(live(watch.records())) == len(world.flows)
        world.begin(world.random.randint(20, 80))
        world.reset(world.random.randint(0, 20))
    until(lambda: live(watch.records()) == world.truth(), "the last ones")
    assert {record.orig.proto for record in watch.records()} == {"tcp", "udp", "icmp"}


class Log:
    """ulogd in the primary's namespace; what it writes goes to the driver."""

    def __init__(self, stack: ExitStack, netns: str, folder: Path, pairing: Pairing) -> None:
        plugins = next(iter(Path("/usr/lib").glob("*/ulogd")), Path("/usr/lib/ulogd"))
        self.file, self.driver = folder / "packets.log", drivers.make(pairing)
        inputs = ("inppkt_NFLOG", "raw2packet_BASE", "filter_IFINDEX", "filter_IP2STR", "filter_PRINTPKT", "output_LOGEMU")
        lines = ["[global]", f"logfile={folder / 'ulogd.log'}", *(f"plugin={plugins}/ulogd_{name}.so" for name in inputs)]
        lines.append("stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU")
        lines += ["[log1]", "group=5", "netlink_qthreshold=1", "[emu1]", f"file={self.file}", "sync=1"]
        (folder / "ulogd.conf").write_text("\n".join(lines) + "\n")
        process = subprocess.Popen(["ip", "netns", "exec", netns, "ulogd", "-c", str(folder / "ulogd.conf")], stderr=subprocess.DEVNULL)
        stack.callback(process.wait, 10)
        stack.callback(process.kill)
        bound = ("ip", "netns", "exec", netns, "cat", "/proc/net/netfilter/nfnetlink_log")
        until(lambda: run(*bound).split()[:1] == ["5"], "ulogd to take the group")
        self.records: dict[str, FlowRecord] = {}
        self.reasons: list[str] = []
        self._at, self._seq = 0, 1_795_341_601_000_000

    def read(self) -> dict[str, FlowRecord]:
        """Records of everything that was logged by now."""
        data = self.file.read_bytes()[self._at :] if self.file.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.splitlines():
            self._seq += 10
            delta = self.driver.parse(line, self._seq)
            if isinstance(delta, Put):
                self.records[delta.record.orig.key] = delta.record
            elif isinstance(delta, Delete):
                self.records.pop(delta.key, None)
            else:
                self.reasons.append(str(delta))
        return self.records


@pytest.mark.skipif(shutil.which("ulogd") is None, reason="no ulogd on PATH; apt-get install ulogd2")
@pytest.mark.parametrize("kind", ["nat", "firewall"])
def test_the_packet_log_tells_every_binding(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    world = World(stack, NAT_RULES + NAT_LOG if kind == "nat" else FIREWALL_RULES, kind, seed=20240608)
    log = Log(stack, world.box.netns, tmp_path, pairing_of(kind, '{listen: ["unix:///run/never-opened.sock"]}'))

    def agrees() -> bool:
        """Two packets may get one identification by accident: what they begin is left out, and counted."""
        told, true = live(list(log.read().values())), world.truth()
        return told <= true and len(true - told) <= 2 * log.reasons.count("ambiguous")

    for _ in range(3):
        world.begin(60)
        until(agrees, "the log to agree with conntrack -L")
        world.reset(10)
        until(agrees, "the ends")
    assert all(record.confidence == 1.0 for record in log.records.values())
    assert log.reasons.count("ambiguous") < 10
