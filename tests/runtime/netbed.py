# SPDX-License-Identifier: Apache-2.0
"""Two hosts with a router program between them, each in a network namespace of its own; all of it goes with the block.

a (10.77.0.1) a0 ---- d0  middle  d1 ---- b0 (10.77.0.2) b
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from clickprogram import DEADLINE_S, Client, wait_for

from mimi.click import binary_path

ADDRESSES = {"a": "10.77.0.1", "b": "10.77.0.2"}


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done


class Bed:
    """The three namespaces and their links. Offloads stay as the kernel sets them: on."""

    def __init__(self) -> None:
        self.names = {role: f"mimi-t{os.getpid()}-{role}" for role in ("a", "middle", "b")}
        self._made: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def add_namespaces(self) -> None:
        for name in self.names.values():
            run("ip", "netns", "add", name)
            self._made.append(name)
            run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")

    def _build(self) -> None:
        self.add_namespaces()
        for role, device in (("a", "d0"), ("b", "d1")):
            run(
                "ip",
                "link",
                "add",
                f"{role}0",
                "netns",
                self.names[role],
                "type",
                "veth",
                "peer",
                "name",
                device,
                "netns",
                self.names["middle"],
            )
            self.inside("middle", "ip", "link", "set", device, "up")
            self.inside(role, "ip", "link", "set", f"{role}0", "up")
            self.inside(role, "ip", "address", "add", f"{ADDRESSES[role]}/24", "dev", f"{role}0")

    def _remove(self) -> None:
        while self._made:
            run("ip", "netns", "delete", self._made.pop(), check=False)

    def command(self, role: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.names[role], *command]

    def inside(self, role: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(*self.command(role, *command), check=check)

    def python(self, role: str, program: str, *arguments: str) -> subprocess.Popen[str]:
        """A Python program in a namespace; its output is read by the caller."""
        command = self.command(role, sys.executable, "-c", program, *arguments)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ping(self, address: str = ADDRESSES["b"], size: int = 56, count: int = 3, role: str = "a") -> bool:
        command = ("ping", "-q", "-c", str(count), "-i", "0.05", "-W", "2", "-s", str(size), address)
        return self.inside(role, *command, check=False).returncode == 0


class Middle:
    """mimi-click in the middle namespace, with its control socket."""

    def __init__(
        self, bed: Bed, text: str, directory: Path, threads: int = 1, options: Sequence[str] = (), prefix: Sequence[str] = ()
    ) -> None:
        self.address = str(directory / "middle.sock")
        self._errors = (directory / "middle.stderr").open("w+")
        command = bed.command("middle", *prefix, str(binary_path()), *options, "-j", str(threads), "-u", self.address, "-e", text)
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors)

    def __enter__(self) -> Self:
        wait_for(self._answers, "control socket of mimi-click")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(timeout=DEADLINE_S)
        self._errors.seek(0)
        self.errors = self._errors.read()
        self._errors.close()

    def kill(self) -> None:
        """Without a chance to tidy up."""
        self._process.kill()
        self._process.wait(timeout=DEADLINE_S)

    def sleeps(self) -> bool:
        """Whether every thread comes to rest in the kernel, and stays there for a while."""
        tasks = Path(f"/proc/{self._process.pid}/task")

        def state() -> list[tuple[str, str, str]]:
            fields = [(task / "stat").read_text().rpartition(")")[2].split() for task in sorted(tasks.iterdir())]
            return [(field[0], field[11], field[12]) for field in fields]

        seen: list[list[tuple[str, str, str]]] = []

        def rests() -> bool:
            seen.append(state())
            return len(seen) > 20 and all(now == seen[-1] and all(f[0] == "S" for f in now) for now in seen[-20:])

        wait_for(rests, "every thread to sleep")
        return True

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            self._errors.seek(0)
            raise AssertionError(f"mimi-click ended: {self._errors.read()}")
        try:
            Client(self.address).close()
        except OSError:
            return False
        return True

    def read(self, handler: str) -> str:
        client = Client(self.address)
        try:
            client.send(f"READ {handler}\n".encode())
            status = client.read_line()
            assert status.startswith(b"200"), status
            length = int(client.read_line().split()[1])
            return client.read(length).decode()
        finally:
            client.close()

    def write(self, handler: str, value: str) -> None:
        answer = self._written(handler, value)
        assert answer.startswith("200"), answer

    def refused(self, handler: str, value: str) -> str:
        """The reasons why a value is not taken."""
        answer = self._written(handler, value)
        assert answer.startswith("520"), answer
        return answer

    def _written(self, handler: str, value: str) -> str:
        client = Client(self.address)
        try:
            client.send(f"WRITEDATA {handler} {len(value.encode())}\n{value}".encode())
            lines = [client.read_line().decode()]
            while lines[-1][3:4] == "-":
                lines.append(client.read_line().decode())
        finally:
            client.close()
        return "".join(lines)

    def numbers(self, handlers: Sequence[str]) -> dict[str, int]:
        return {handler: int(self.read(handler)) for handler in handlers}


SERVER = """
import hashlib, socket, sys
listener = socket.create_server((sys.argv[1], 5001))
print("ready", flush=True)
connection, _ = listener.accept()
digest, total = hashlib.sha256(), 0
while chunk := connection.recv(1 << 20):
    digest.update(chunk)
    total += len(chunk)
print(total, digest.hexdigest(), flush=True)
"""
CLIENT = """
import hashlib, random, socket, sys
connection = socket.create_connection((sys.argv[1], 5001), timeout=20)
data = random.Random(7).randbytes(1 << 20)
digest, total = hashlib.sha256(), 0
for _ in range(int(sys.argv[2])):
    connection.sendall(data)
    digest.update(data)
    total += len(data)
connection.shutdown(socket.SHUT_WR)
connection.settimeout(30)
connection.recv(1)
print(total, digest.hexdigest(), flush=True)
"""


def transfer(bed: Bed, megabytes: int, sender: str = "a", to: str = "") -> tuple[str, str]:
    """What the sender says it sent, and what the receiver says it got: size and SHA-256."""
    receiver = "b" if sender == "a" else "a"
    server = bed.python(receiver, SERVER, ADDRESSES[receiver])
    client = None
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        client = bed.python(sender, CLIENT, to or ADDRESSES[receiver], str(megabytes))
        sent, errors = client.communicate(timeout=60)
        assert client.returncode == 0, errors
        received, errors = server.communicate(timeout=60)
        assert server.returncode == 0, errors
        return sent, received
    finally:
        for process in (server, client):
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()
