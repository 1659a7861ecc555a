# SPDX-License-Identifier: Apache-2.0
"""A running mimi-click and a byte-exact client of its control socket, for tests."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from mimi.click import binary_path

DEADLINE_S = 20.0
GREETING = b"Click::ControlSocket/1.3\r\n"


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Poll until ``condition()``; the test fails after the deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {DEADLINE_S} s: {what}")
        select.select([], [], [], 0.005)


def run_click(*arguments: str, text: str | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the program to its end; ``text`` is its standard input."""
    command = [str(binary_path()), *arguments]
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, check=False, input=text or "", capture_output=True, text=True, timeout=timeout, env=environment)


class Client:
    """One connection; what is read is compared byte by byte."""

    def __init__(self, address: str | tuple[str, int], greet: bool = True) -> None:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(address)
        if greet:
            assert self.read(len(GREETING)) == GREETING

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, length: int) -> bytes:
        data = b""
        while len(data) < length and (more := self.socket.recv(min(1 << 20, length - len(data)))):
            data += more
        return data

    def read_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n") and (byte := self.socket.recv(1)):
            line += byte
        return line

    def ask(self, command: bytes, reply: bytes) -> None:
        """Send, and expect exactly ``reply``."""
        self.send(command)
        assert self.read(len(reply)) == reply

    def rest(self) -> bytes:
        """Everything up to the server's close."""
        data = b""
        while more := self.socket.recv(1 << 20):
            data += more
        return data

    def close(self) -> None:
        self.socket.close()


class Program:
    """mimi-click with a control socket on a UNIX file; ends with the ``with`` block."""

    def __init__(self, text: str, directory: Path, *arguments: str, socket_file: str = "control.sock") -> None:
        self.address = str(directory / socket_file)
        self.stderr = directory / f"{socket_file}.stderr"
        command = [str(binary_path()), "-u", self.address, "-e", text, *arguments]
        with self.stderr.open("wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)

    def __enter__(self) -> Self:
        wait_for(self._answers, f"control socket; stderr: {self.stderr.read_text()}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"mimi-click ended with {self.process.returncode}: {self.stderr.read_text()}")
        try:
            Client(self.address).close()
        except OSError:
            return False
        return True

    def client(self) -> Client:
        return Client(self.address)

    def stop(self) -> int:
        """End it with SIGTERM, unless it has ended; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.process.stdout:
                self.process.stdout.close()
