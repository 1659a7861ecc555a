# SPDX-License-Identifier: Apache-2.0
"""A minion for protocol tests: a ControlSocket server and a binding table, written from the documents alone.

It is the second implementation: where it and the real element disagree, one of them, or the document, is wrong.
Run as a program (``python minion_twin.py SOCKET [CAPACITY]``) so that a test can kill it.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
from pathlib import Path

PUT = re.compile(
    r"put (\d{1,20}) ((?:tcp|udp) [\d.]+:\d+ [\d.]+:\d+) ([\d.]+:\d+ [\d.]+:\d+) (\d+)"
    r"(?: state=(new|established|closing|closed))?(?: delta=(-?\d+),(-?\d+))?$"
)
DELETE = re.compile(r"del (\d{1,20}) ((?:tcp|udp) [\d.]+:\d+ [\d.]+:\d+)$")


class Table:
    """Bindings by flow key; the newest sequence number wins."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[int, str, float, str]] = {}
        self.applied = self.stale = 0

    def load(self, text: str) -> None:
        """Apply lines; ValueError (and nothing applied) when one is wrong."""
        parsed = []
        for number, line in enumerate(text.splitlines(), 1):
            match = PUT.match(line) or DELETE.match(line)
            if not match or any(int(part) > 255 for part in re.findall(r"(\d+)(?=\.|:)", line.split(" ", 2)[2])):
                raise ValueError(f"line {number}: expected put or del, found {line!r}")
            parsed.append((line[:3], match))
        now = time.time()
        for op, match in parsed:
            seq, key = int(match[1]), match[2]
            old = self.rows.get(key)
            if old is not None and (old[0] > seq if op == "del" else old[0] >= seq):
                self.stale += 1
            elif op == "put":
                tail = f" state={match[5]}" if match[5] else ""
                tail += f" delta={match[6]},{match[7]}" if match[6] else ""
                self.rows[key] = (seq, match[3], now + int(match[4]), tail)
                self.applied += 1
            elif self.rows.pop(key, None):
                self.applied += 1

    def export(self) -> str:
        now = time.time()
        rows = sorted(self.rows.items())
        return "".join(f"put {s} {k} {x} {max(1, round(e - now))}{t}\n" for k, (s, x, e, t) in rows)


class Minion:
    """Answers ``lb.import export count clear stats``, like ControlSocket 1.3."""

    def __init__(self, listener: socket.socket) -> None:
        self.table = Table()
        self._listener = listener

    def serve(self) -> None:
        """Answer everybody, one thread each, for ever."""
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        try:
            connection.sendall(b"Click::ControlSocket/1.3\r\n")
            while line := stream.readline():
                words = line.decode().strip().split(" ", 2)
                if words != [""]:
                    connection.sendall(self._answer(words, stream))
        except OSError:
            pass
        finally:
            connection.close()

    def _answer(self, words: list[str], stream) -> bytes:  # type: ignore[no-untyped-def]
        command, handler = words[0].upper(), words[1] if len(words) > 1 else ""
        if command in ("READ", "GET"):
            return self._read(handler)
        if command == "WRITEDATA":
            return self._write(handler, stream.read(int(words[2])).decode())
        if command == "WRITE":
            return self._write(handler, words[2] if len(words) > 2 else "")
        if command in ("CHECKREAD", "CHECKWRITE"):
            known = handler in ("lb.import", "lb.clear") if command == "CHECKWRITE" else handler in ("lb.export", "lb.count")
            if not known:
                return f"511 No handler named '{handler}'\r\n".encode()
            return f"200 {command[5:].capitalize()} handler '{handler}' OK\r\n".encode()
        return f"501 Command '{command}' unimplemented\r\n".encode()

    def _read(self, handler: str) -> bytes:
        values = {"lb.count": lambda: f"{len(self.table.rows)}\n", "lb.export": self.table.export}
        values["lb.stats"] = lambda: f"applied {self.table.applied}\nstale {self.table.stale}\n"
        if handler not in values:
            return f"511 No handler named '{handler}'\r\n".encode()
        data = values[handler]().encode()
        return b"200 Read handler '%b' OK\r\nDATA %d\r\n%b" % (handler.encode(), len(data), data)

    def _write(self, handler: str, data: str) -> bytes:
        if handler == "lb.clear":
            self.table.rows.clear()
        elif handler != "lb.import":
            return f"511 No handler named '{handler}'\r\n".encode()
        else:
            try:
                self.table.load(data)
            except ValueError as error:
                return f"520-Write handler '{handler}' error:\r\n520 {error}\r\n".encode()
        return f"200 Write handler '{handler}' OK\r\n".encode()


def listen(path: str) -> socket.socket:
    """A unix socket to serve on; replaces a dead one."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    Path(path).unlink(missing_ok=True)
    listener.bind(path)
    listener.listen()
    return listener


if __name__ == "__main__":
    Minion(listen(sys.argv[1])).serve()
