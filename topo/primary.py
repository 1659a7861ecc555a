# SPDX-License-Identifier: Apache-2.0
"""The demo's black box: a Linux namespace that balances load with netfilter rules and nothing of ours inside.

Each new connection goes to a backend drawn at random (``numgen random``), by a chain of its own whose log prefix names
the backend. The log leaves as syslog, the way a real box sends it: NFLOG -> ulogd2 -> ``/dev/log`` -> rsyslog -> UDP.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NFLOG_GROUP = 5


@dataclass(frozen=True, slots=True)
class Service:
    """One thing the box balances: a TCP VIP and its backends."""

    vip: str
    port: int
    backends: tuple[tuple[str, int], ...]


def ruleset(services: Sequence[Service], prefix: str = "MIMI be=") -> str:
    """The nftables rules of the box. NFLOG hands each packet over at once (queue-threshold 1)."""
    chains, rules = [], []
    for service in services:
        choices = []
        for index, (address, port) in enumerate(service.backends):
            chain = f"port{service.port}_backend{index}"
            chains += [
                f"  chain {chain} {{",
                f'    log prefix "{prefix}{address}:{port} " group {NFLOG_GROUP} queue-threshold 1',
                f"    meta l4proto tcp dnat to {address}:{port}",
                "  }",
            ]
            choices.append(f"{index} : goto {chain}")
        rules.append(
            f"    ip daddr {service.vip} tcp dport {service.port} numgen random mod {len(choices)} vmap {{ {', '.join(choices)} }}"
        )
    lines = ["table ip balancer {", *chains, "  chain prerouting {", "    type nat hook prerouting priority dstnat", *rules, "  }", "}"]
    return "\n".join(lines) + "\n"


def ulogd_conf(directory: Path) -> str:
    """ulogd2: NFLOG to the box's own syslog socket, one line a packet."""
    return f"""[global]
logfile="{directory}/ulogd.log"
loglevel=5
stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,sys1:SYSLOG
[log1]
group={NFLOG_GROUP}
netlink_socket_buffer_size=16777216
netlink_socket_buffer_maxsize=67108864
netlink_qthreshold=1
netlink_qtimeout=1
[sys1]
facility=LOG_LOCAL2
"""


def rsyslog_conf(directory: Path, collector: str, port: int) -> str:
    """rsyslog: the box's syslog socket to the collector over UDP, without a queue in between."""
    return f"""global(workDirectory="{directory}")
main_queue(queue.type="Direct")
module(load="imuxsock" SysSock.RateLimit.Interval="0" SysSock.UsePIDFromSystem="off")
action(type="omfwd" target="{collector}" port="{port}" protocol="udp" template="RSYSLOG_TraditionalForwardFormat")
"""


_START_LOGGING = """
set -e
d=$1
mount -t tmpfs tmpfs "$d/dev"
for n in null zero full random urandom tty; do : >"$d/dev/$n"; mount --bind "/dev/$n" "$d/dev/$n"; done
mount --rbind "$d/dev" /dev
rsyslogd -n -f "$d/rsyslog.conf" -i "$d/rsyslog.pid" </dev/null >"$d/rsyslog.out" 2>&1 &
n=0; until [ -S /dev/log ]; do n=$((n+1)); [ $n -lt 200 ] || exit 1; sleep 0.05; done
exec ulogd -c "$d/ulogd.conf" -p "$d/ulogd.pid" </dev/null >"$d/ulogd.out" 2>&1
"""


class NetfilterPrimary:
    """The black box, inside a Mininet host (anything with ``popen`` and ``cmd``)."""

    def __init__(self, host, services: Sequence[Service], directory: Path, interfaces: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
        self._host, self._services, self._directory, self._interfaces = host, tuple(services), directory, interfaces
        self._logging: subprocess.Popen[bytes] | None = None

    def start(self, collector: str, port: int) -> None:
        """Load the rules, switch forwarding on, start the log daemons (a ``/dev`` of their own gives them ``/dev/log``)."""
        (self._directory / "dev").mkdir(parents=True, exist_ok=True)
        (self._directory / "balancer.nft").write_text(ruleset(self._services))
        (self._directory / "ulogd.conf").write_text(ulogd_conf(self._directory))
        (self._directory / "rsyslog.conf").write_text(rsyslog_conf(self._directory, collector, port))
        self._sysctl(
            "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", "net.unix.max_dgram_qlen=4096"
        )
        self._check("nft", "-f", str(self._directory / "balancer.nft"))
        self._logging = self._host.popen(["unshare", "--mount", "sh", "-c", _START_LOGGING, "start-logging", str(self._directory)])

    def setting(self, name: str) -> str:
        """A sysctl as the box has it, e.g. ``net.netfilter.nf_conntrack_tcp_loose``."""
        return str(self._host.cmd(f"sysctl -n {name}")).strip()

    def cut(self) -> None:
        """Take every data link of the box down: what the switches see is a dead carrier."""
        self._links("down")

    def reconnect(self) -> None:
        """Bring the links back. What the box knew it still knows."""
        self._links("up")

    def restore(self) -> None:
        """Bring the links back and forget every connection, as a rebooted box would."""
        self.reconnect()
        self._check("conntrack", "-F")

    def stop(self) -> None:
        """End the log daemons."""
        with suppress(OSError, ValueError):
            os.kill(int((self._directory / "rsyslog.pid").read_text()), 15)
        if self._logging is not None and self._logging.poll() is None:
            self._logging.terminate()
            self._logging.wait()

    def _links(self, word: str) -> None:
        """All links at once: a box that dies does not take its time between them."""
        batch = "".join(f"link set {name} {word}\n" for name in self._interfaces)
        self._check("ip", "-batch", "-", text=batch)

    def _sysctl(self, *settings: str) -> None:
        self._check("sysctl", "-qw", *settings)

    def _check(self, *argv: str, text: str = "") -> None:
        process = self._host.popen(list(argv), stdin=subprocess.PIPE)
        _, error = process.communicate(text.encode())
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: {error.decode().strip()}")
