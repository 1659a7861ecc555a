# SPDX-License-Identifier: Apache-2.0
"""gen (g0) - (d0) dut (d1) - (k0) sink: three namespaces, two veth pairs with their offloads on, and what stands in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from mimi.click import binary_path

VIP, PORT = "10.1.0.100", 8080
CLIENT = "10.1.0.1"
OUTSIDE = "10.2.0.254"  # the middle's address on the sink's side, and what a translator shows
BACKENDS = [f"10.2.0.{i}" for i in range(1, 6)]
GEN, D0, D1, SINK = "02:00:00:00:00:01", "02:00:00:00:00:d0", "02:00:00:00:00:d1", "02:00:00:00:00:02"
OFFLOADS = ("tx", "off", "tso", "off", "gso", "off", "gro", "off")

_BOXES = {
    "lb": "box :: MinionLB(VIP tcp {vip}:{port} random {backends}, VIP udp {vip}:{port} random {backends}, CAPACITY 1000000);",
    "nat": "box :: MinionNAT(POOL {outside}, INSIDE 10.1.0.0/16, CAPACITY 1000000);",
}
_MIMI = """
FromDevice(d0, SNIFFER false{receive}) -> c0 :: Classifier(12/0800, -) -> Strip(14) -> CheckIPHeader -> [0]box;
FromDevice(d1, SNIFFER false{receive}) -> c1 :: Classifier(12/0800, -) -> Strip(14) -> CheckIPHeader -> [1]box;
c0[1] -> Discard; c1[1] -> Discard;
box[0] -> EtherEncap(0x0800, {d1}, {sink}) -> ToDevice(d1{send});
box[1] -> EtherEncap(0x0800, {d0}, {gen}) -> ToDevice(d0{send});
"""
_OFFLOAD = """
FromDevice(d0, SNIFFER false) -> c0 :: Classifier(12/0800, -) -> Strip(14) -> CheckIPHeader -> DecIPTTL -> [0]box;
FromDevice(d1, SNIFFER false) -> c1 :: Classifier(12/0800, -) -> Strip(14) -> CheckIPHeader -> DecIPTTL -> [1]box;
c0[1] -> Discard; c1[1] -> Discard;
offload :: FlowOffload(box, d0, d1, {d0}, {d1}, FLOWS 300000);
box[0] -> EtherEncap(0x0800, {d1}, {sink}) -> [0]offload[0] -> ToDevice(d1);
box[1] -> EtherEncap(0x0800, {d0}, {gen}) -> [1]offload[1] -> ToDevice(d0);
"""
_UPSTREAM = """
choose :: RoundRobinIPMapper({patterns});
rw :: IPRewriter(choose, drop);
FromDevice(d0, PROMISC true, SNIFFER true, BURST 64) -> c0 :: Classifier(12/0800, -) -> Strip(14) -> CheckIPHeader(CHECKSUM false) -> [0]rw;
FromDevice(d1, PROMISC true, SNIFFER true, BURST 64) -> c1 :: Classifier(12/0800, -) -> Strip(14) -> CheckIPHeader(CHECKSUM false) -> [1]rw;
c0[1] -> Discard; c1[1] -> Discard;
rw[0] -> EtherEncap(0x0800, {d1}, {sink}) -> Queue(4096) -> ToDevice(d1, BURST 64);
rw[1] -> EtherEncap(0x0800, {d0}, {gen}) -> Queue(4096) -> ToDevice(d0, BURST 64);
"""


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=text, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def inside(role: str, *command: str, cpu: int | None = None) -> list[str]:
    pin = [] if cpu is None else ["taskset", "-c", str(cpu)]
    return ["ip", "netns", "exec", role, *pin, *command]


class Contender:
    """What rewrites the packets in the middle."""

    def __init__(self, name: str, program: str | None = None, config: str | None = None, upstream: bool = False, box: str = "lb") -> None:
        self.name, self.program, self.config, self.upstream, self.box = name, program, config, upstream, box

    @property
    def target(self) -> str:
        """Where the generator sends to."""
        return VIP if self.box == "lb" else BACKENDS[0]

    @classmethod
    def known(cls, box: str = "lb") -> list[Contender]:
        names = {
            "vip": VIP,
            "port": PORT,
            "backends": " ".join(f"{b}:{PORT}" for b in BACKENDS),
            "d0": D0,
            "d1": D1,
            "gen": GEN,
            "sink": SINK,
            "outside": OUTSIDE,
        }
        element = _BOXES[box].format(**names)
        patterns = ", ".join(f"- - {backend} - 0 1" for backend in BACKENDS)
        found = [cls("kernel", box=box)]
        for method in ("RING", "PACKET", "XDP"):
            text = element + _MIMI.format(receive=f", METHOD {method}", send="", **names)
            found.append(cls(f"mimi {method}", str(binary_path()), text, box=box))
        found.append(cls("mimi offload", str(binary_path()), element + _OFFLOAD.format(**names), box=box))
        if box != "lb":
            return found
        for name, variable in (("click", "CLICK"), ("fastclick", "FASTCLICK")):
            if program := os.environ.get(variable):
                found.append(cls(name, program, _UPSTREAM.format(patterns=patterns, **names), upstream=True))
        return found


class Bed:
    """The three namespaces around one contender; gone with the block."""

    def __init__(self, contender: Contender, cpu: int | None, offloads: bool = True, sink_drops: bool = True, threads: int = 1) -> None:
        self._contender, self._cpu, self._offloads, self._sink_drops, self._threads = contender, cpu, offloads, sink_drops, threads
        self.process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.directory = tempfile.TemporaryDirectory(prefix="mimi-bench-")

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _build(self) -> None:
        for role in ("gen", "dut", "sink"):
            run("ip", "netns", "add", role)
            run(*inside(role, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"))
            run(*inside(role, "ip", "link", "set", "lo", "up"))
        for role, device, mac, end, end_mac in (("gen", "g0", GEN, "d0", D0), ("sink", "k0", SINK, "d1", D1)):
            peer = ("peer", "name", end, "netns", "dut", "address", end_mac)
            run("ip", "link", "add", device, "netns", role, "address", mac, "type", "veth", *peer)
            run(*inside(role, "ip", "link", "set", device, "up"))
            run(*inside("dut", "ip", "link", "set", end, "up"))
            if not self._offloads:
                run(*inside(role, "ethtool", "-K", device, *OFFLOADS))
                run(*inside("dut", "ethtool", "-K", end, *OFFLOADS))
        run(*inside("gen", "ip", "address", "add", f"{CLIENT}/16", "dev", "g0"))
        # The system's own choice may pace (BBR): the path is to be measured, not the sender's estimate of it.
        run(*inside("gen", "sysctl", "-qw", "net.ipv4.tcp_congestion_control=reno"))
        run(*inside("gen", "ip", "neigh", "add", VIP, "lladdr", D0, "dev", "g0"))
        run(*inside("gen", "ip", "route", "add", "default", "via", VIP))
        for backend in BACKENDS:
            run(*inside("sink", "ip", "address", "add", f"{backend}/16", "dev", "k0"))
        run(*inside("sink", "ip", "route", "add", "default", "via", "10.2.0.254"))
        run(*inside("sink", "ip", "neigh", "add", "10.2.0.254", "lladdr", D1, "dev", "k0"))
        if self._sink_drops:
            self._drop("sink", "k0")
        self._start_kernel() if self._contender.program is None else self._start_program()

    @staticmethod
    def _drop(role: str, device: str) -> None:
        table = f"table netdev drop_{device} {{ chain in {{ type filter hook ingress device {device} priority 0; drop;\n}}\n}}\n"
        run(*inside(role, "nft", "-f", "-"), text=table)

    def _start_kernel(self) -> None:
        settings = [f"net.ipv4.conf.{name}.rp_filter=0" for name in ("all", "default", "d0", "d1")]
        run(*inside("dut", "sysctl", "-qw", "net.ipv4.ip_forward=1", *settings))
        run(*inside("dut", "ip", "address", "add", "10.1.0.254/16", "dev", "d0"))
        run(*inside("dut", "ip", "address", "add", "10.2.0.254/16", "dev", "d1"))
        run(*inside("dut", "ip", "address", "add", f"{VIP}/32", "dev", "d0"))
        run(*inside("dut", "ip", "neigh", "add", CLIENT, "lladdr", GEN, "dev", "d0"))
        for backend in BACKENDS:
            run(*inside("dut", "ip", "neigh", "add", backend, "lladdr", SINK, "dev", "d1"))
        if self._contender.box == "nat":
            rule = 'table ip nat { chain post { type nat hook postrouting priority 100; oifname "d1" masquerade; }\n}\n'
            run(*inside("dut", "nft", "-f", "-"), text=rule)
            return
        choices = ", ".join(f"{i} : {backend}" for i, backend in enumerate(BACKENDS))
        rules = "".join(f"ip daddr {VIP} {p} dport {PORT} dnat to numgen random mod 5 map {{ {choices} }}\n" for p in ("tcp", "udp"))
        run(*inside("dut", "nft", "-f", "-"), text=f"table ip lb {{ chain pre {{ type nat hook prerouting priority -100;\n{rules}}}\n}}\n")

    def _start_program(self) -> None:
        assert self._contender.program
        assert self._contender.config
        if self._contender.upstream:  # the others drop in the same place by SNIFFER false
            self._drop("dut", "d0")
            self._drop("dut", "d1")
        control = f"{self.directory.name}/control.sock"
        threads = ["-j", str(self._threads)] if self._threads > 1 else []
        command = inside("dut", self._contender.program, *threads, "-u", control, "-e", self._contender.config, cpu=self._cpu)
        self.process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        deadline = time.monotonic() + 20
        while not Path(control).exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                raise RuntimeError(f"{self._contender.name}: {self._log.read()[-500:]}")
            time.sleep(0.02)
        time.sleep(0.2)

    def _remove(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for role in ("gen", "dut", "sink"):
            subprocess.run(["ip", "netns", "delete", role], capture_output=True, check=False)
        self.directory.cleanup()
        self._log.close()

    @staticmethod
    def arrived(role: str = "sink", device: str = "k0") -> int:
        """Frames that a device has received."""
        return int(json.loads(run(*inside(role, "ip", "-j", "-s", "link", "show", "dev", device)))[0]["stats64"]["rx"]["packets"])


@contextlib.contextmanager
def processor_time(into: dict[str, float], watched: Sequence[tuple[str, int]] = ()) -> Iterator[None]:
    """Adds `cpu0`, `cpu1`...: busy share of each processor, and the processor seconds of each process watched."""
    before, start = _busy(), time.monotonic()
    spent = {name: _process_seconds(pid) for name, pid in watched}
    yield
    seconds = time.monotonic() - start
    for number, (old, new) in enumerate(zip(before, _busy(), strict=True)):
        into[f"cpu{number}"] = round(max(0.0, new - old) / seconds, 2)
    for name, pid in watched:
        into[f"{name}_cpu"] = round((_process_seconds(pid) - spent[name]) / seconds, 2)


def _busy() -> list[float]:
    """Seconds each processor has been busy since the machine started."""
    tick = os.sysconf("SC_CLK_TCK")
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines() if line.startswith("cpu") and line[3].isdigit()]
    return [sum(int(row[i]) for i in (1, 2, 3, 6, 7, 8)) / tick for row in rows]


def _process_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
