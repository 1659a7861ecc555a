# SPDX-License-Identifier: Apache-2.0
"""Replication lag: from a SYN's arrival at the primary to its binding being usable in the minion.

    python -m bench.lag [--rates 100,1000,5000] [--seconds 4] [--repeat 3]

A real black box (netfilter, ulogd2, rsyslog) in a namespace, `mimi deploy` beside it, no switches: raw SYNs, each a new
connection, kernel time stamps at the box's interface, sync's trace at the other end. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mimi.experiment.lag import lags_ms, read_times
from mimi.experiment.quantiles import Quantiles
from mimi.run_directory import read_status, run_directory
from mimi.topo import isolation
from mimi.topo.fig2 import COLLECTOR, COLLECTOR_PORT, VIP, wait_for
from mimi.topo.primary import NetfilterPrimary, Service

_MAC = "02:00:00:00:01:fe"
_PORT = 8080
_NAME = "bench-lag"

_PAIRING = f"""
pairing: {_NAME}
type: load-balancer
vips:
  - name: web
    address: {VIP}
    port: {_PORT}
    backends: [{", ".join(f"{{name: v{i}, address: 10.2.0.{i}, port: {_PORT}}}" for i in range(1, 6))}]
minion:
  netns: minion
  interfaces:
    client: {{device: minion-eth0, mac: "{_MAC}", addresses: [10.1.0.254/16]}}
    server: {{device: minion-eth1, mac: "02:00:00:00:02:fe", addresses: [10.2.0.254/16]}}
driver:
  listen: ["udp://{COLLECTOR}:{COLLECTOR_PORT}"]
  allow: [192.0.2.2/32]
"""


class Namespace:
    """A named network namespace with the two calls of a Mininet host that a primary needs."""

    def __init__(self, name: str) -> None:
        self.name = name
        _ip("netns", "add", name)
        _ip("-n", name, "link", "set", "lo", "up")

    def popen(self, argv: list[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a program inside."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(["ip", "netns", "exec", self.name, *argv], **pipes)

    def cmd(self, line: str) -> str:
        """Run a shell line inside; its output."""
        return subprocess.run(["ip", "netns", "exec", self.name, "sh", "-c", line], capture_output=True, text=True, check=False).stdout


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def build(directory: Path) -> tuple[Namespace, NetfilterPrimary]:
    """Build client -- primary -- (servers that never answer), a management link, a minion with two idle interfaces."""
    client, box = Namespace("client"), Namespace("primary")
    Namespace("minion")
    for name, peer, host in (("client-eth0", "primary-eth0", client), ("servers", "primary-eth1", client), ("mgmt", "mgmt0", None)):
        _ip("link", "add", name, *(["netns", host.name] if host else []), "type", "veth", "peer", "name", peer, "netns", "primary")
        _ip(*(["-n", host.name] if host else []), "link", "set", name, "up")
    for device in ("minion-eth0", "minion-eth1"):
        _ip("-n", "minion", "link", "add", device, "type", "veth", "peer", "name", f"{device}p")
        _ip("-n", "minion", "link", "set", device, "up")
        _ip("-n", "minion", "link", "set", f"{device}p", "up")
    _ip("addr", "add", f"{COLLECTOR}/30", "dev", "mgmt")
    box.cmd(f"ip link set primary-eth0 address {_MAC}; ip link set primary-eth0 up; ip link set primary-eth1 up; ip link set mgmt0 up")
    for address, device in (
        ("10.1.0.254/16", "primary-eth0"),
        (f"{VIP}/32", "primary-eth0"),
        ("10.2.0.254/16", "primary-eth1"),
        ("192.0.2.2/30", "mgmt0"),
    ):
        box.cmd(f"ip addr add {address} dev {device}")
    for i in range(1, 6):
        box.cmd(f"ip neigh replace 10.2.0.{i} lladdr 02:00:00:00:02:0{i} dev primary-eth1 nud permanent")
    service = Service(VIP, _PORT, tuple((f"10.2.0.{i}", _PORT) for i in range(1, 6)))
    primary = NetfilterPrimary(box, [service], directory / "primary", ("primary-eth0", "primary-eth1"))
    primary.start(COLLECTOR, COLLECTOR_PORT)
    wait_for((directory / "primary" / "ulogd.pid").exists, "ulogd to start")
    return client, primary


def measure(directory: Path, client: Namespace, rate: int, seconds: float, network: str) -> dict[str, Any]:
    """One series at one rate, on a running deployment."""
    tap_file, trace = directory / f"arrived-{network}.txt", directory / "applied.txt"
    tap = subprocess.Popen(
        ["ip", "netns", "exec", "primary", sys.executable, "-m", "mimi.topo.traffic.syntap", "primary-eth0", str(tap_file)]
    )
    wait_for(tap_file.exists, "the tap to start")
    count = int(rate * seconds)
    before = int(read_status(run_directory(_NAME), "driver").get("seen", 0))
    sender = client.popen(
        [
            sys.executable,
            "-m",
            "mimi.topo.traffic.syns",
            "client-eth0",
            _MAC,
            VIP,
            str(_PORT),
            "--rate",
            str(rate),
            "--count",
            str(count),
            "--network",
            network,
        ]
    )
    sent = json.loads(sender.communicate()[0])
    try:
        wait_for(
            lambda: int(read_status(run_directory(_NAME), "sync").get("applied", 0)) >= before + count, "every binding to be applied", 10
        )
    except RuntimeError as error:
        print(f"# {error}", file=sys.stderr)
    tap.terminate()
    tap.wait()
    started, usable = read_times(tap_file), read_times(trace)
    values = lags_ms(started, usable)
    quantiles = Quantiles.of(values)
    return {"rate": rate, "reached": sent["rate"], "sent": count, "usable": len(values), "lost": len(started) - len(values),
            "p50_ms": quantiles.p50, "p99_ms": quantiles.p99, "max_ms": quantiles.max}  # fmt: skip


def inside(rates: list[int], seconds: float, repeat: int) -> list[dict[str, Any]]:
    """All series, after :func:`mimi.topo.isolation.enter`."""
    isolation.enter()
    results = []
    with tempfile.TemporaryDirectory(prefix="mimi-bench-") as temporary:
        directory = Path(temporary)
        os.chmod(directory, 0o755)
        client, _ = build(directory)
        pairing = directory / "pairing.yaml"
        pairing.write_text(_PAIRING)
        environment = {**os.environ, "MIMI_SYNC_TRACE": str(directory / "applied.txt")}
        subprocess.run([sys.executable, "-m", "mimi.cli.main", "deploy", str(pairing)], check=True, env=environment, stdout=sys.stderr)
        network = 16
        for rate in rates:
            for _ in range(repeat):
                results.append(measure(directory, client, rate, seconds, f"10.1.{network}.0"))
                print(json.dumps(results[-1]), flush=True)
                network += 1
        subprocess.run([sys.executable, "-m", "mimi.cli.main", "destroy", _NAME], check=True, stdout=sys.stderr)
    return results


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Median and range over the repetitions of each rate."""
    rows = {}
    for rate in sorted({row["rate"] for row in results}):
        rows[str(rate)] = {}
        for key in ("reached", "lost", "p50_ms", "p99_ms", "max_ms"):
            values = [row[key] for row in results if row["rate"] == rate and row[key] is not None]
            rows[str(rate)][key] = [statistics.median(values), min(values), max(values)] if values else None
    return {"bench": "lag", "median_min_max": rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="100,1000,5000")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--repeat", type=int, default=3)
    o = parser.parse_args()
    if not isolation.is_isolated():
        return isolation.run_isolated([sys.executable, "-m", "bench.lag", *sys.argv[1:]])
    print(json.dumps(summary(inside([int(r) for r in o.rates.split(",")], o.seconds, o.repeat))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
