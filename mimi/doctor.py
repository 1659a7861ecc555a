# SPDX-License-Identifier: Apache-2.0
"""What the machine can do. Every check does the thing it reports on: opens the socket, runs the binary, binds the port.

:func:`examine_machine` looks at the machine alone, :func:`examine_pairing` at what one pairing needs of it. Nothing is
left behind: namespaces, sockets and servers made for a check are gone when it returns, also when it fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mimi.drivers.conntrack_source import ConntrackSource
from mimi.errors import MimiError
from mimi.offloads import read_offloads, senders_hint
from mimi.pairing import Pairing
from mimi.pairing.listen import Listen, parse_listen
from mimi.pairing.model import Driver, Interface, Minion
from mimi.run_directory import describe_process

TIMEOUT_S = 15.0
"""Longest any one program started by a check may take."""

_PACKET_SOCKET = """
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR: unfinished checksums and GSO pass
s.bind(("lo", 0))
"""


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check. ``failed`` and ``required`` together mean that MiMi cannot do its job here."""

    name: str
    state: Literal["ok", "failed", "note"]
    found: str
    fix: str = ""
    required: bool = True

    @property
    def fatal(self) -> bool:
        """Whether this outcome stops anything."""
        return self.required and self.state == "failed"


class _Failed(Exception):
    """A check did not pass: what was found and what to do."""

    def __init__(self, found: str, fix: str) -> None:
        super().__init__(found)
        self.found, self.fix = found, fix


def _check(name: str, attempt: Callable[[], str], *, required: bool = True) -> Check:
    """Run one attempt: it returns what it found, or raises _Failed."""
    try:
        return Check(name, "ok", attempt(), required=required)
    except _Failed as failure:
        return Check(name, "failed", failure.found, failure.fix, required)
    except MimiError as error:
        problem = error.problems[0]
        return Check(name, "failed", ", ".join(t for t in (problem.place, problem.message, problem.found) if t), problem.hint, required)
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name, "failed", str(error), "see the message", required)


def examine_machine(pairing: Pairing | None = None) -> Iterator[Check]:
    """What every use of MiMi needs, and what some uses need; a pairing decides which of the latter are required."""
    embedded = pairing is None or pairing.minion.engine == "embedded"
    yield _check("packet sockets", _packet_sockets)
    yield _check("network namespaces", _namespaces, required=pairing is None or pairing.minion.netns is not None)
    yield _check("mimi-click, the embedded engine", _embedded_engine, required=embedded)
    if pairing is not None and not embedded:
        yield _check(f"{pairing.minion.engine}, the installed engine", lambda: _installed_engine(pairing.minion))
    yield _check("redis-server, the private store", _private_redis, required=pairing is None or pairing.store.url is None)
    yield _check("os-ken, the OpenFlow controller", _os_ken, required=pairing is not None and pairing.fabric is not None)
    yield _check("Open vSwitch (demo and labs)", _open_vswitch, required=False)
    yield _check("ulogd and rsyslog (demo)", _log_daemons, required=False)
    yield _check("a C++ compiler (mimi build)", _compiler, required=_compiles(pairing))
    yield _log_all_namespaces()


def _examine_driver(driver: Driver) -> Iterator[Check]:
    for url in driver.listen:
        yield _check(f"driver's place {url}", lambda url=url: can_listen(url))  # type: ignore[misc]
    if driver.kind == "conntrack":
        yield _check("connection tracking of the primary", lambda: _connection_tracking(driver.netns))


def examine_pairing(pairing: Pairing) -> Iterator[Check]:
    """What this pairing needs of this machine: namespace, interfaces, ports, store."""
    netns, sides = pairing.minion.netns, pairing.minion.interfaces.sides
    where = f" in namespace {netns}" if netns else ""
    if netns is not None:
        yield _check(f"namespace {netns}", lambda: _namespace_exists(netns))
    for side, interface in sides:
        yield _check(f"{side} interface {interface.device}{where}", lambda device=interface.device: _interface(device, netns))  # type: ignore[misc]
        yield from _mtu(side, interface, netns)
    if pairing.minion.engine != "embedded":
        for _, interface in sides:
            yield from _offloads(interface.device, netns)
    if pairing.driver is not None:
        yield from _examine_driver(pairing.driver)
    if pairing.fabric is not None:
        listen = pairing.fabric.listen
        yield _check(f"fabric's place {listen}", lambda: can_listen(listen))
    for link in pairing.liveness.links if pairing.liveness is not None else ():
        yield _check(f"watched link {link}", lambda link=link: _interface(link, None), required=False)  # type: ignore[misc]
    if pairing.store.url is not None:
        url = pairing.store.url
        yield _check(f"store {url}", lambda: _store(url))


def _run(argv: Sequence[str], fix: str) -> str:
    """The output of a program that must succeed, both streams, stripped."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, stdin=subprocess.DEVNULL, check=False
        )
    except FileNotFoundError:
        raise _Failed(f"{argv[0]} is not installed", fix) from None
    except subprocess.TimeoutExpired:
        raise _Failed(f"{argv[0]} did not end within {TIMEOUT_S:.0f} s", fix) from None
    output = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        last = output.splitlines()[-1] if output else "no message"
        raise _Failed(f"{argv[0]} ended with {done.returncode}: {last}", fix)
    return output


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else "no output"


# --- the machine -----------------------------------------------------------------------------------------------------


def _packet_sockets() -> str:
    fix = "run as root, or give CAP_NET_RAW and CAP_NET_ADMIN (CAP_SYS_ADMIN for namespaces)"
    if os.geteuid() != 0:
        _run([sys.executable, "-c", _PACKET_SOCKET], fix)
        return "opened one with a virtio header"
    _run(["unshare", "--net", sys.executable, "-c", _PACKET_SOCKET], fix)
    return "opened one with a virtio header, in a fresh namespace"


def _namespaces() -> str:
    name, fix = f"mimi-doctor-{os.getpid()}", "run as root; apt-get install iproute2"
    _run(["ip", "netns", "add", name], fix)
    try:
        _run(["ip", "-n", name, "link", "set", "lo", "up"], fix)
    finally:
        _run(["ip", "netns", "delete", name], fix)
    return "made one and removed it"


def _embedded_engine() -> str:
    from mimi.click import binary_path

    binary = str(binary_path())
    return f"{_first_line(_run([binary, '--version'], 'make build (or reinstall the package)'))} ({binary})"


def _installed_engine(minion: Minion) -> str:
    from mimi.build import find_installation

    assert minion.engine != "embedded"
    found = find_installation(minion.engine, None if minion.prefix is None else Path(minion.prefix))
    batches = ", with batches" if "batch" in found.features else ""
    return f"version {found.version}{batches} ({found.program})"


def _compiles(pairing: Pairing | None) -> bool:
    """Whether a deploy of this pairing builds packages."""
    return pairing is not None and (pairing.minion.engine != "embedded" or bool(pairing.minion.packages))


def _private_redis() -> str:
    fix = "apt-get install redis-server (Valkey's valkey-server linked as redis-server will do)"
    if shutil.which("redis-server") is None:
        raise _Failed("redis-server is not installed", fix)
    with tempfile.TemporaryDirectory(prefix="mimi-doctor-") as directory:
        path = f"{directory}/redis.sock"
        argv = ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", directory]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as server:
            try:
                return _ping(server, path, fix)
            finally:
                server.terminate()
                try:
                    server.wait(timeout=5)
                except subprocess.TimeoutExpired:
                    server.kill()


def _ping(server: subprocess.Popen[bytes], path: str, fix: str) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            try:
                client.connect(path)
            except OSError:
                time.sleep(0.01)  # it has announced nothing yet: ask again until the deadline
                continue
            client.sendall(b"PING\r\nINFO server\r\n")
            answer = client.recv(65536)
            version = re.search(rb"redis_version:(\S+)", answer)
            if answer.startswith(b"+PONG"):
                return f"started one, it answered PING{f' (version {version[1].decode()})' if version else ''}"
            raise _Failed(f"it answered {answer[:40]!r} to PING", fix)
    raise _Failed("redis-server did not come up", fix)


def _os_ken() -> str:
    fix = "pip install 'mimi-minions[fabric]'"
    # In a process of its own: os-ken chooses its threading when it is imported.
    return _run([sys.executable, "-c", "import os_ken, os_ken.base.app_manager; print('imported', os_ken.__version__)"], fix)


def _open_vswitch() -> str:
    return _first_line(_run(["ovs-vswitchd", "--version"], "apt-get install openvswitch-switch"))


def _log_daemons() -> str:
    logger = _first_line(_run(["ulogd", "--version"], "apt-get install ulogd2"))
    relay = _first_line(_run(["rsyslogd", "-v"], "apt-get install rsyslog"))
    # The lines go on: "ulogd Version 2.0.8", "rsyslogd  8.2302.0 (aka 2023.02) compiled with:".
    return ", ".join(f"{name} {_version(line)}" for name, line in (("ulogd", logger), ("rsyslogd", relay)))


def _version(line: str) -> str:
    """The first word of a line that begins with a digit, without punctuation; "of unknown version" without one."""
    words = (word.strip(".,:()") for word in line.split())
    return next((word for word in words if word[:1].isdigit()), "of unknown version")


def _compiler() -> str:
    fix = "apt-get install g++ make"
    with tempfile.TemporaryDirectory(prefix="mimi-doctor-") as directory:
        source = Path(directory, "try.cc")
        source.write_text("#include <string>\n#include <version>\nint main() { return std::string{}.starts_with('x'); }\n")
        _run([os.environ.get("CXX", "g++"), "-std=c++20", "-o", f"{directory}/try", str(source)], fix)
    return "compiled a C++20 program"


def _log_all_namespaces() -> Check:
    """Only labs with a netfilter primary in a namespace that uses LOG (not NFLOG) need it, so it is never a failure."""
    name, path = "kernel log of namespaces (labs with LOG rules)", Path("/proc/sys/net/netfilter/nf_log_all_netns")
    try:
        value = path.read_text().strip()
    except OSError:
        return Check(name, "note", "net.netfilter.nf_log_all_netns is not visible here", required=False)
    if value == "1":
        return Check(name, "ok", "net.netfilter.nf_log_all_netns = 1", required=False)
    return Check(
        name,
        "note",
        f"net.netfilter.nf_log_all_netns = {value}",
        "sysctl -w net.netfilter.nf_log_all_netns=1 if LOG rules run in a namespace",
        False,
    )


# --- one pairing -----------------------------------------------------------------------------------------------------


def _namespace_exists(netns: str) -> str:
    _run(["ip", "netns", "exec", netns, "true"], f"ip netns add {netns} (as root)")
    return "entered it"


def _interface(device: str, netns: str | None) -> str:
    scope = ["-n", netns] if netns else []
    fix = f"ip {' '.join([*scope, 'link'])} shows what exists; correct the pairing or make the interface"
    try:
        output = _run(["ip", *scope, "-json", "link", "show", "dev", device], fix)
    except _Failed:
        raise _Failed("it does not exist" if netns is None else "it does not exist there", fix) from None
    link = json.loads(output)[0]
    if "UP" not in link.get("flags", ()):
        raise _Failed("it is down", f"ip {' '.join([*scope, 'link set', device, 'up'])}")
    return f"up, {link.get('address', 'no MAC')}"


def _mtu(side: str, interface: Interface, netns: str | None) -> Iterator[Check]:
    """Packets up to the pairing's MTU are handed to the device: a smaller one drops them and tells nobody."""
    scope = ["-n", netns] if netns else []
    try:
        link = json.loads(_run(["ip", *scope, "-json", "link", "show", "dev", interface.device], ""))[0]
    except _Failed:
        return  # another check says so
    if link["mtu"] < interface.mtu:
        found = f"{link['mtu']}, but the pairing says {interface.mtu}: longer packets are lost"
        widen = " ".join(["ip", *scope, "link set", interface.device, "mtu", str(interface.mtu)])
        fix = f"write mtu: {link['mtu']} at minion.interfaces.{side}, or {widen}"
        yield Check(f"MTU of {interface.device}", "failed", found, fix, required=False)


def _offloads(device: str, netns: str | None) -> Iterator[Check]:
    """An installed engine forwards bare frames: what the kernel has merged, or left unfinished, does not pass."""
    name = f"offloads of {device}"
    found = read_offloads(device, ["ip", "netns", "exec", netns] if netns else [])
    if found is None:
        yield Check(name, "note", "cannot be asked", f"ethtool -K {device} gro off lro off", required=False)
        return
    scope = f"ip netns exec {netns} " if netns else ""
    if found.merging:
        yield Check(name, "failed", f"{' and '.join(found.merging)} on: merged segments do not pass this engine", scope + found.command)
    else:
        yield Check(name, "ok", "nothing merges segments")
    if found.virtual:
        yield Check(f"{name}: senders", "note", "a virtual interface: its peer's offloads count", senders_hint(device), required=False)


def _connection_tracking(netns: str | None) -> str:
    ConntrackSource(netns).close()
    enter = ["ip", "netns", "exec", netns] if netns is not None else []
    value = _run([*enter, "sysctl", "-n", "net.netfilter.nf_conntrack_events"], "apt-get install procps iproute2")
    if value != "1":
        fix = "on the primary: sysctl -w net.netfilter.nf_conntrack_events=1"
        raise _Failed(f"events are {value}: connections older than the driver never tell of their end", fix)
    return "events from the first packet on"


def can_listen(url: str) -> str:
    """Bind the place for a moment. A deployment of MiMi that holds it already is fine, and is named."""
    try:
        place = parse_listen(url)
    except ValueError as error:
        raise _Failed(str(error), "mimi validate FILE") from None
    if place.scheme == "unix":
        return _can_bind_unix(place.path)
    try:
        try_place(place)
    except OSError as error:
        return _held(place.scheme, place.port, error)
    return "free"


def try_place(place: Listen) -> None:
    """Listen at an address and port for a moment.

    Raises:
        OSError: that cannot be done.
    """
    kind = socket.SOCK_DGRAM if place.scheme == "udp" else socket.SOCK_STREAM
    with socket.socket(place.family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((place.host, place.port))
        if kind == socket.SOCK_STREAM:
            probe.listen(1)


def _can_bind_unix(path: str) -> str:
    parent = Path(path).parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise _Failed(f"no directory {parent} that can be written", f"mkdir -p {parent}")
    if Path(path).exists() and not Path(path).is_socket():
        raise _Failed(f"{path} is there and is not a socket", "choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        if Path(path).exists():
            with contextlib.suppress(OSError):
                probe.connect(path)
                return "a process listens there"
        return "free"


def _held(scheme: str, port: int, error: OSError) -> str:
    holders = port_holders(scheme, port)
    if any(_is_ours(pid) for pid in holders):
        return f"held by a deployment: {describe_process(holders[0])}"
    if holders:
        raise _Failed(
            f"held by {', '.join(describe_process(pid) for pid in holders)}", "end that process, or choose another port in the pairing"
        )
    raise _Failed(error.strerror or str(error), "use an address of this machine (ip addr shows them), and root for ports below 1024")


def _is_ours(pid: int) -> bool:
    try:
        return b"MIMI_DEPLOYMENT=" in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def port_holders(scheme: str, port: int) -> tuple[int, ...]:
    """Processes with a listening TCP or a bound UDP socket on ``port`` in this network namespace (that we may look at)."""
    wanted = set()
    for table in (scheme, f"{scheme}6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port and (scheme == "udp" or fields[3] == "0A"):
                    wanted.add(f"socket:[{fields[9]}]")
    if not wanted:
        return ()
    return tuple(sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and wanted & _sockets(entry)))


def _sockets(process: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(descriptor.readlink()))
    return found


def _store(url: str) -> str:
    from mimi.store.wire import Wire  # the services' own client: same password, same TLS

    wire = Wire(url)
    try:
        wire.connect()
        wire.call("PING")
    finally:
        wire.close()
    return "answered PING"
