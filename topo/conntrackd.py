# SPDX-License-Identifier: Apache-2.0
"""What one would use today when both boxes are Linux and cooperate: conntrackd in FT-FW mode, at its best.

A second Linux box stands in the minion's place with the primary's addresses, MAC addresses and rules; the two replicate their
connection tracking over a link of their own, in both directions, reliably (sequence numbers, retransmission, a bulk
transfer when one starts). Two ways to have the state when the traffic comes:

    direct   no external cache: every entry goes straight into the other box's kernel. Nothing needs to be done at a failure
    commit   the usual set-up: entries wait in the external cache, and a box that takes over puts them into its kernel (``conntrackd -c``)
             before any traffic may enter it, as a box of a VRRP pair does before it takes the address; until then it drops what comes
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from mimi.topo.primary import Service, ruleset

Cache = Literal["direct", "commit"]
BoxName = Literal["primary", "minion"]

LINK: Final = "sync0"
_ADDRESSES: Final = {"primary": "198.18.0.1", "minion": "198.18.0.2"}
_PORT: Final = 3780
_LIBERAL: Final = "net.netfilter.nf_conntrack_tcp_be_liberal"
_WAITING: Final = "waiting"
"""The table of rules of a box that has not taken over: it drops everything that comes, before anything sees it.

As if the box had no address yet: later in the path, packets without an entry would be answered by the box itself, with resets.
"""


def configuration(directory: Path, own: str, peer: str, cache: Cache) -> str:
    """conntrackd.conf(5) of one box: all TCP and UDP entries, buffers for hundreds of thousands of them."""
    external = "DisableExternalCache yes" if cache == "direct" else ""
    return f"""Sync {{
  Mode FTFW {{
    {external}
    ResendQueueSize 524288
    CommitTimeout 1800
    StartupResync yes
  }}
  UDP {{
    IPv4_address {own}
    IPv4_Destination_Address {peer}
    Port {_PORT}
    Interface {LINK}
    SndSocketBuffer 16777216
    RcvSocketBuffer 16777216
    Checksum on
  }}
}}
General {{
  Systemd no
  HashSize 65536
  HashLimit 4194304
  LogFile {directory}/conntrackd.log
  LockFile {directory}/conntrackd.lock
  UNIX {{ Path {directory}/conntrackd.ctl }}
  NetlinkBufferSize 8388608
  NetlinkBufferSizeMaxGrowth 67108864
  NetlinkOverrunResync 5
  EventIterationLimit 200
  Filter From Kernelspace {{
    Protocol Accept {{ TCP UDP }}
    Address Ignore {{
      IPv4_address 127.0.0.1
      IPv4_address {own}
      IPv4_address {peer}
    }}
  }}
}}
"""


class ConntrackdPair:
    """conntrackd in the primary and in a second box that is made of the minion's host (Mininet hosts: ``cmd``, ``popen``, ``pid``)."""

    def __init__(self, primary: Any, standby: Any, services: Sequence[Service], directory: Path, cache: Cache = "direct") -> None:
        self._hosts: dict[BoxName, Any] = {"primary": primary, "minion": standby}
        self._services, self._directory, self._cache = tuple(services), directory, cache
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._own_macs: list[str] = []

    def start(self, addresses: Sequence[Sequence[str]], macs: Sequence[str], *, replicate: bool = True) -> None:
        """Give the standby the primary's addresses and MACs (one of each per side), its rules, and start both daemons if asked to.

        Both boxes stop judging TCP windows: what passed through the other box is not in their entries, and without that every
        connection that comes back after a failure is reset.
        """
        if shutil.which("conntrackd") is None:
            raise RuntimeError("no conntrackd on PATH; apt-get install conntrackd")
        self._link()
        for host in self._hosts.values():
            host.cmd(f"sysctl -qw {_LIBERAL}=1")
        self._make_standby(addresses, macs)
        for name, host in self._hosts.items() if replicate else ():
            directory = self._directory / name
            directory.mkdir(parents=True, exist_ok=True)
            other: BoxName = "minion" if name == "primary" else "primary"
            conf = directory / "conntrackd.conf"
            conf.write_text(configuration(directory, _ADDRESSES[name], _ADDRESSES[other], self._cache))
            log = (directory / "output.log").open("wb")
            self._daemons.append(host.popen(["conntrackd", "-C", str(conf)], stdout=log, stderr=log))
        if replicate and self._cache == "commit":
            self._keep_out("minion")

    @property
    def ready(self) -> bool:
        """Whether both answer. Raises RuntimeError when one has ended instead."""
        for daemon in self._daemons:
            if daemon.poll() is not None:
                raise RuntimeError(f"conntrackd ended with code {daemon.returncode}: {self._directory}/*/output.log")
        return not self._daemons or all("cache internal" in self._ask(name, "-s") for name in self._hosts)

    def take_over(self, name: BoxName) -> None:
        """Let the traffic go through this box from now on (``commit`` only).

        Its external cache becomes its kernel's table, then it lets packets in; then its caches are made anew and sent to the other.
        conntrackd's own fail-over script does the same.
        """
        if self._cache == "commit" and self._daemons:
            self._ask(name, "-c")
            self._let_in(name)
            for question in ("-f", "-R", "-B"):
                self._ask(name, question)

    def stand_by(self, name: BoxName) -> None:
        """Let no traffic through this box, and ask the other for all it knows (``commit`` only)."""
        if self._cache == "commit" and self._daemons:
            self._keep_out(name)
            self._ask(name, "-n")

    def stop(self) -> None:
        """End both daemons, and make the standby a bare host again."""
        for daemon in self._daemons:
            if daemon.poll() is None:
                daemon.terminate()
                daemon.wait()
        self._daemons.clear()
        standby = self._hosts["minion"]
        standby.cmd(f"nft flush ruleset; conntrack -F; ip link delete {LINK}; sysctl -qw net.ipv4.ip_forward=0")
        for side, mac in enumerate(self._own_macs):
            device = f"minion-eth{side}"
            standby.cmd(f"ip addr flush dev {device}; ip link set {device} down; ip link set {device} address {mac} arp off up")
        for name, host in self._hosts.items():
            self._let_in(name)
            host.cmd(f"sysctl -qw {_LIBERAL}=0")

    def _keep_out(self, name: BoxName) -> None:
        chain = f'{{ type filter hook prerouting priority -300; iifname != {{ "lo", "{LINK}" }} drop; }}'
        if complaint := str(self._hosts[name].cmd(f"nft 'table ip {_WAITING} {{ chain entry {chain}; }}'")).strip():
            raise RuntimeError(f"the {name} does not wait: {complaint}")

    def _let_in(self, name: BoxName) -> None:
        self._hosts[name].cmd(f"nft delete table ip {_WAITING} 2>/dev/null")

    def _ask(self, name: BoxName, question: str) -> str:
        conf = self._directory / name / "conntrackd.conf"
        return str(self._hosts[name].cmd(f"conntrackd -C {conf} {question} 2>/dev/null"))

    def _link(self) -> None:
        primary, standby = self._hosts["primary"], self._hosts["minion"]
        command = ["ip", "link", "add", LINK, "netns", str(primary.pid), "type", "veth", "peer", "name", LINK, "netns", str(standby.pid)]
        subprocess.run(command, check=True)
        for name, host in self._hosts.items():
            host.cmd(f"ip addr add {_ADDRESSES[name]}/30 dev {LINK}; ip link set {LINK} up")

    def _make_standby(self, addresses: Sequence[Sequence[str]], macs: Sequence[str]) -> None:
        standby = self._hosts["minion"]
        self._own_macs = [str(standby.cmd(f"cat /sys/class/net/minion-eth{side}/address")).strip() for side in range(len(macs))]
        for side, (own, mac) in enumerate(zip(addresses, macs, strict=True)):
            device = f"minion-eth{side}"
            standby.cmd(f"ip link set {device} down; ip link set {device} address {mac} arp on up")
            for address in own:
                standby.cmd(f"ip addr add {address} dev {device}")
        rules = self._directory / "standby.nft"
        rules.parent.mkdir(parents=True, exist_ok=True)
        rules.write_text(ruleset(self._services))
        standby.cmd("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0")
        done = standby.popen(["nft", "-f", str(rules)])
        _, error = done.communicate()
        if done.returncode != 0:
            raise RuntimeError(f"nft -f {rules}: {error.decode().strip()}")
