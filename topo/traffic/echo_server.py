# SPDX-License-Identifier: Apache-2.0
"""A TCP echo server for any number of connections: ``python -m mimi.topo.traffic.echo_server PORT``."""

from __future__ import annotations

import selectors
import socket
import sys


def serve(port: int) -> None:
    """Send every byte of every connection back, until killed."""
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("0.0.0.0", port), backlog=4096)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, connection)
            elif not _echo(key.data):
                selector.unregister(key.data)
                key.data.close()


def _echo(connection: socket.socket) -> bool:
    """Echo what is there; whether the connection goes on."""
    try:
        data = connection.recv(65536)
        connection.sendall(data)
    except OSError:
        return False
    return bool(data)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
