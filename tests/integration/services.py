# SPDX-License-Identifier: Apache-2.0
"""Small real processes in the place of services, for tests of what supervises them.

``services.py notify NAME DIARY``  announces READY=1, writes a status; ends on SIGTERM
``services.py silent NAME DIARY``  never announces anything
``services.py stubborn NAME DIARY`` as notify, ignores SIGTERM
``services.py dies NAME DIARY``    ends at once with exit code 7
``services.py control … -u SOCKET FILE``  a router's ControlSocket: greets; takes hotconfig as a router would
``services.py run SERVICE FILE``   what ``mimi run`` would: the supervisor for real, the rest as notify
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path


def note(diary: str, text: str) -> None:
    with Path(diary).open("a", encoding="utf-8") as stream:
        stream.write(text + "\n")


def notify_ready() -> None:
    with contextlib.suppress(KeyError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def write_status(name: str, state: str) -> None:
    directory = Path(os.environ["MIMI_RUN_DIR"]) / os.environ["MIMI_NAME"] / "status"
    beside = directory / f".{name}.{os.getpid()}"
    beside.write_text(json.dumps({"service": name, "pid": os.getpid(), "time": time.time(), "state": state}))
    beside.replace(directory / f"{name}.json")


def serve(kind: str, name: str, diary: str) -> None:
    note(diary, f"start {name}")
    if kind == "dies":
        print("about to end", flush=True)
        sys.exit(7)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    if kind != "silent":
        write_status(name, "in-sync" if name == "sync" else "running")
        notify_ready()
    while True:
        got = signal.sigtimedwait({signal.SIGTERM}, 0.5)
        if kind != "silent":
            write_status(name, "in-sync" if name == "sync" else "running")
        if got is not None and kind != "stubborn":
            break
    note(diary, f"end {name}")


def control(path: str, diary: str) -> None:
    """Greets everybody; hotconfig is accepted unless its text says ``refuse me``."""
    note(diary, "start minion")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    while True:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError), connection.makefile("rwb") as stream:
            stream.write(b"Click::ControlSocket/1.3\r\n")
            stream.flush()
            for line in iter(stream.readline, b""):
                words = line.split()
                if words[:1] == [b"WRITEDATA"]:
                    data = stream.read(int(words[2]))
                    refused = b"refuse me" in data
                    note(diary, "hotconfig refused" if refused else "hotconfig taken")
                    stream.write(b"520 no good\r\n" if refused else b"200 Write handler OK\r\n")
                else:
                    stream.write(b"200 OK\r\n")
                stream.flush()


def main() -> None:
    kind, arguments = sys.argv[1], sys.argv[2:]
    if kind == "run" and arguments[0] == "supervisor":
        from mimi.run_directory import run_directory
        from mimi.supervisor.loop import Supervisor
        from mimi.supervisor.swap import hot_swap

        Supervisor(run_directory(arguments[1]), hot_swap).run()
    elif kind == "run":
        wanted = os.environ.get(f"TEST_KIND_{arguments[0]}", "notify")
        serve(wanted, arguments[0], os.environ["TEST_DIARY"])
    elif "-u" in sys.argv:
        control(sys.argv[sys.argv.index("-u") + 1], os.environ["TEST_DIARY"])
    else:
        serve(kind, *arguments)


main()
