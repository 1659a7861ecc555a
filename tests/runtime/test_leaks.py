# SPDX-License-Identifier: Apache-2.0
"""Nothing is left behind: valgrind watches whole runs, to their orderly end."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from clickprogram import Client, wait_for

from mimi.click import binary_path
from mimi.pairing import Pairing, load_pairing
from mimi.pairing.middlebox import MIDDLEBOXES
from mimi.render import render

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = {kind: load_pairing(ROOT / f"configs/dual-stack-{kind}.yaml") for kind in ("lb", "nat", "firewall")}
VALGRIND = ("valgrind", "-q", "--leak-check=full", "--error-exitcode=99", "--fair-sched=yes")
SOURCE = "i :: RatedSource(RATE 1000) -> c :: Counter -> q :: Queue(10) -> Unqueue -> d :: Discard"

CONFIGS = {
    "packets": "i :: InfiniteSource(LIMIT 2000, STOP true) -> c :: Counter -> Queue(10) -> Unqueue -> Discard",
    "script": "Script(set x $(add 1 2), print $x, write stop); Idle -> Discard; DriverManager(pause, print list, stop)",
    "compound": "elementclass X { $n | input -> Counter -> Null -> output } i :: InfiniteSource(LIMIT 3, STOP true) -> X(2) -> Discard",
    "refused": "i :: InfiniteSource(LIMIT x) -> Nonsense -> [7] Discard",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind on PATH; apt-get install valgrind"),
]


class Watched:
    """mimi-click under valgrind with a control socket; it must end cleanly when told to."""

    def __init__(self, text: str, folder: Path, *options: str) -> None:
        self.address = str(folder / "control.sock")
        self.log = folder / "stderr"
        command = [*VALGRIND, str(binary_path()), *options, "-u", self.address, "-e", text]
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        wait_for(self._answers, "the control socket")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket(socket.AF_UNIX) as probe:  # the name is there before anybody listens on it
            return probe.connect_ex(self.address) == 0

    def ask(self, client: Client, line: str) -> None:
        client.send(line.encode() + b"\n")
        assert client.read_line().startswith(b"2"), line

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert (self.process.wait(timeout=120), self.log.read_text()) == (0, "")


def watch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*VALGRIND, str(binary_path()), *arguments], capture_output=True, text=True, check=False, timeout=250)


@pytest.mark.parametrize("name", CONFIGS)
def test_no_leaks_and_no_bad_reads(name: str) -> None:
    done = watch("-e", CONFIGS[name], "-h", "list")
    assert done.returncode == (1 if name == "refused" else 0), done.stderr


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_rendered_template_leaves_nothing_behind(template: str) -> None:
    """With bindings in its table, and packets from a source in place of each device."""
    pairing = TEMPLATES[template]
    offload_free = pairing.model_copy(update={"minion": pairing.minion.model_copy(update={"offload": "off"})})
    text = re.sub(r"FromDevice\([^)]*\)", "RatedSource(RATE 100)", render(offload_free))
    text = re.sub(r"-> ToDevice\([^)]*\)", "-> Unqueue -> Discard", text)
    element = MIDDLEBOXES[pairing.type].element
    text += f"Script(write {element}.import put 1 {binding(pairing)} 100, wait 0.2s, print {element}.count, write stop);"
    done = watch("-e", text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def binding(pairing: Pairing) -> str:
    """Protocol, flow and translated flow of something that the pairing may hold."""
    peer = "198.51.100.9:4000"
    if pairing.nat is not None:
        host, outside = pairing.nat.inside[0][9], pairing.nat.pools[0].addresses.first
        return f"tcp {host}:4000 {peer} {outside}:5000 {peer}"
    if pairing.firewall is not None:
        return f"tcp 10.0.0.9:4000 {peer} 10.0.0.9:4000 {peer}"
    vip = pairing.vips[0]
    backend = vip.backends[0]
    return f"{vip.protocol} {peer} {vip.address}:{vip.port} {peer} {backend.address}:{backend.port}"


def test_a_control_socket_with_clients_leaves_nothing_behind(tmp_path: Path) -> None:
    watched = Watched(SOURCE, tmp_path)
    idle, busy, half = (Client(watched.address) for _ in range(3))
    watched.ask(busy, "WRITE c.reset")
    half.send(b"WRITEDATA c.reset 100\nonly a part")
    watched.end()
    for client in (idle, busy, half):
        client.close()


def test_a_hot_swap_leaves_nothing_behind(tmp_path: Path) -> None:
    watched = Watched(SOURCE, tmp_path, "-R")
    client = Client(watched.address)
    for text in (SOURCE.replace("10)", "20)"), SOURCE + "; Idle -> Discard", SOURCE):
        client.send(f"WRITEDATA hotconfig {len(text)}\n{text}".encode())
        assert client.read_line().startswith(b"2")
    client.send(b"WRITEDATA hotconfig 8\nNonsense")
    assert client.read_line().startswith(b"5")
    client.close()
    watched.end()


def test_threads_leave_nothing_behind(tmp_path: Path) -> None:
    text = "; ".join(f"i{n} :: RatedSource(RATE 1000) -> c{n} :: Counter -> q{n} :: Queue(10) -> Unqueue -> Discard" for n in range(3))
    watched = Watched(text, tmp_path, "-j", "3")
    client = Client(watched.address)
    for n in range(3):
        watched.ask(client, f"WRITE c{n}.reset")
    client.close()
    watched.end()
