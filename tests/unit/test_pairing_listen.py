# SPDX-License-Identifier: Apache-2.0
"""Listening places and store URLs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimi.pairing.listen import Listen, parse_listen, store_url_fault


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("udp://192.0.2.1:5514", Listen("udp", "192.0.2.1", 5514)),
        ("tcp://collector.example.net:514", Listen("tcp", "collector.example.net", 514)),
        ("udp://0.0.0.0:1", Listen("udp", "0.0.0.0", 1)),
        ("tcp://[2001:DB8::1]:514", Listen("tcp", "2001:db8::1", 514)),
        ("udp://[::]:5514", Listen("udp", "::", 5514)),
        ("unix:///run/log.sock", Listen("unix", path="/run/log.sock")),
    ],
)
def test_good_places(url: str, expected: Listen) -> None:
    assert parse_listen(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "udp",
        "udp://",
        "udp://:514",
        "udp://h",
        "udp://h:",
        "udp://h:0",
        "udp://h:65536",
        "udp://h:5 14",
        "udp://h:٣",
        "udp://a b:1",
        "udp://h:1/x",
        "UDP://h:1",
        "http://h:1",
        "unix://",
        "unix://run/x",
        "unix:///run/",
        "unix:///" + "x" * 107,
        "unix:///a\x00b",
        "tcp://::1:1",
        "tcp://[::1]",
        "tcp://[::1:1",
        "tcp://[fe80::1%eth0]:1",
        "tcp://[192.0.2.1]:1",
        "tcp://user@h:1",
    ],
)
def test_bad_places(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_listen(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://h:6379",
        "redis://h:6379/0",
        "rediss://10.0.0.1:6380/15",
        "redis://[::1]:6379/1",
        "unix:///run/redis.sock",
        "redis://h/",
    ],
)
def test_good_store_urls(url: str) -> None:
    assert store_url_fault(url) is None


@given(st.text(max_size=40))
def test_any_store_url_is_answered(text: str) -> None:
    fault = store_url_fault(f"redis://{text}")
    assert fault is None or fault[0]


@given(st.text(max_size=40))
def test_any_place_is_answered(text: str) -> None:
    try:
        place = parse_listen(f"udp://{text}")
    except ValueError:
        return
    assert place.host
    assert 1 <= place.port <= 65535


@given(secret=st.text("abcdefghijkl", min_size=8, max_size=20))
@pytest.mark.parametrize(
    "form",
    [
        "redis://:{}@h:6379/0",
        "rediss://u:{}@h",
        "redis://h?password={}",
        "redis+sentinel://:{}@h/x",
        "http://u:{}@h",
        "redis://u:{}@h:port",
    ],
)
def test_a_secret_is_refused_and_not_repeated(form: str, secret: str) -> None:
    fault = store_url_fault(form.format(secret))
    assert fault is not None
    assert secret not in " ".join(fault)
