# SPDX-License-Identifier: Apache-2.0
"""What a box publishes arrives in order, and a driver that is away costs the box nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mimi.publish import Publisher

CLIENT, VIP, BACKEND = ("10.1.0.1", 40112), ("10.1.0.100", 8080), ("10.2.0.3", 8080)


def driver(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.settimeout(20)
    sock.bind(str(path))
    return sock


def test_a_binding_is_one_line(tmp_path: Path) -> None:
    with driver(tmp_path / "sock") as sock:
        publisher = Publisher(f"unix://{tmp_path}/sock")
        publisher.bind("tcp", CLIENT, VIP, to=BACKEND, lifetime_s=60)
        publisher.bind("udp", CLIENT, VIP, to=BACKEND, source=("10.2.0.254", 1024), lifetime_s=30)
        publisher.bind("tcp", CLIENT, VIP, to=BACKEND, lifetime_s=60, state="established")
        publisher.unbind("tcp", CLIENT, VIP)
        lines = [sock.recv(1000).decode() for _ in range(4)]
        publisher.close()
    assert lines == [
        "put tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.3:8080 60",
        "put udp 10.1.0.1:40112 10.1.0.100:8080 10.2.0.254:1024 10.2.0.3:8080 30",
        "put tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.3:8080 60 state=established",
        "del tcp 10.1.0.1:40112 10.1.0.100:8080",
    ]
    assert (publisher.sent, publisher.dropped) == (4, 0)


def test_lines_wait_for_a_driver_that_comes_later_and_keep_their_order(tmp_path: Path) -> None:
    publisher = Publisher(f"unix://{tmp_path}/sock")
    for port in range(1, 50):
        publisher.unbind("tcp", ("10.1.0.1", port), VIP)
    assert publisher.waiting == 49
    with driver(tmp_path / "sock") as sock:
        lines = [sock.recv(1000).decode() for _ in range(49)]
        publisher.close()
    assert [int(line.split()[2].partition(":")[2]) for line in lines] == list(range(1, 50))


def test_what_is_too_much_to_keep_is_counted_and_the_newest_stay(tmp_path: Path) -> None:
    publisher = Publisher(f"unix://{tmp_path}/sock", buffer_max=3)
    for port in range(1, 11):
        publisher.unbind("tcp", ("10.1.0.1", port), VIP)
    with driver(tmp_path / "sock") as sock:
        arrived = [int(sock.recv(1000).decode().split()[2].partition(":")[2]) for _ in range(3)]
        publisher.close()
    assert (publisher.dropped, arrived[1:]) == (7, [9, 10])  # the first may be one that was being sent


def test_a_slow_driver_delays_lines_but_loses_none(tmp_path: Path) -> None:
    count = 5000  # many more than a socket holds
    with driver(tmp_path / "sock") as sock:
        publisher = Publisher(f"unix://{tmp_path}/sock")
        for number in range(count):
            publisher.unbind("tcp", ("10.1.0.1", number + 1), VIP)
        assert publisher.waiting > 0
        lines = [sock.recv(1000) for _ in range(count)]
        publisher.close()
    assert len(set(lines)) == count
    assert publisher.sent == count


def test_a_listing_is_framed_and_a_broken_one_is_called_off(tmp_path: Path) -> None:
    with driver(tmp_path / "sock") as sock:
        publisher = Publisher(f"unix://{tmp_path}/sock")
        with publisher.listing():
            publisher.bind("tcp", CLIENT, VIP, to=BACKEND, lifetime_s=60)
        with pytest.raises(KeyError), publisher.listing():
            raise KeyError("the box's own table")
        assert [sock.recv(1000).split()[0] for _ in range(5)] == [b"begin", b"put", b"end", b"begin", b"abort"]
        publisher.close()


@pytest.mark.parametrize("address", ["", "unix://relative", "tcp://127.0.0.1:1", "udp://127.0.0.1"])
def test_an_address_of_no_kind_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected unix:///PATH or udp://HOST:PORT"):
        Publisher(address)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("2001:db8::1", "[2001:db8::1]"),
        ("2001:0DB8:0:0::0001", "[2001:db8::1]"),
        ("::192.0.2.1", "[::c000:201]"),
        ("::ffff:10.1.0.1", "10.1.0.1"),
        ("::FFFF:a01:1", "10.1.0.1"),
    ],
)
def test_an_ipv6_end_is_canonical_and_a_mapped_one_is_ipv4(tmp_path: Path, address: str, text: str) -> None:
    with driver(tmp_path / "sock") as sock:
        publisher = Publisher(f"unix://{tmp_path}/sock")
        publisher.unbind("tcp", (address, 40112), (address, 443))
        assert sock.recv(1000).decode() == f"del tcp {text}:40112 {text}:443"
        publisher.close()
