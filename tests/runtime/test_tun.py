# SPDX-License-Identifier: Apache-2.0
"""KernelTun and KernelTap: devices of a host whose other end is the router, each test in namespaces of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import wait_for
from netbed import CLIENT, SERVER, Bed, Middle

from mimi.click import binary_path
from mimi.click.router import Router
from mimi.errors import ClickError

pytestmark = pytest.mark.root

ECHO = "IPReassembler -> IPClassifier(icmp type echo) -> ICMPPingResponder -> IPFragmenter(1500)"
TUN = f"tun :: KernelTun(10.88.0.1/24, DEVNAME mimi0) -> {ECHO} -> tun"
TAP_ETHER = "02:00:00:00:00:aa"
TAP = f"""
tap :: KernelTap(10.88.0.1/24, DEVNAME mimi0, ETHER {TAP_ETHER}) -> c :: Classifier(12/0806 20/0001, 12/0800);
c[0] -> ARPResponder(0.0.0.0/0 02:00:00:00:00:bb) -> tap;
c[1] -> Strip(14) -> CheckIPHeader -> {ECHO} -> EtherEncap(0x0800, 02:00:00:00:00:bb, {TAP_ETHER}) -> tap;
"""


class Alone(Bed):
    """One namespace with nothing in it but loopback."""

    def __init__(self) -> None:
        super().__init__()
        self.names = {"middle": self.names["middle"]}

    def _build(self) -> None:
        self.add_namespaces()
        self.inside("middle", "ip", "link", "set", "lo", "up")


@pytest.fixture
def alone() -> Iterator[Alone]:
    with Alone() as made:
        yield made


@pytest.fixture
def bed() -> Iterator[Bed]:
    with Bed() as made:
        yield made


@pytest.mark.parametrize("text", [TUN, TAP, TUN.replace("-> tun", "-> Queue -> tun")], ids=["tun", "tap", "tun from a queue"])
def test_the_host_pings_an_address_that_the_router_answers_for(alone: Alone, tmp_path: Path, text: str) -> None:
    device = "tap" if "tap" in text else "tun"
    with Middle(alone, text, tmp_path) as middle:
        assert alone.ping("10.88.0.2", role="middle")
        assert alone.ping("10.88.0.2", size=4000, role="middle"), "fragments"
        seen = middle.numbers([f"{device}.packets", f"{device}.sent", f"{device}.drops"])
        assert middle.read(f"{device}.dev_name") == "mimi0"
        assert middle.sleeps()
    assert seen[f"{device}.sent"] >= 6
    assert seen[f"{device}.packets"] >= seen[f"{device}.sent"]
    assert seen[f"{device}.drops"] == 0
    assert "mimi0" not in alone.inside("middle", "ip", "link").stdout, "the device goes with the router"


def test_the_device_is_as_the_arguments_say(alone: Alone, tmp_path: Path) -> None:
    text = f"KernelTap(10.88.0.1/24, 10.88.0.254, ETHER {TAP_ETHER}, MTU 1400, DEV_NAME spare%d) -> Discard"
    with Middle(alone, text, tmp_path):
        link = alone.inside("middle", "ip", "address", "show", "spare0").stdout
        route = alone.inside("middle", "ip", "route").stdout
    assert f"link/ether {TAP_ETHER} " in link
    assert "mtu 1400 " in link
    assert "inet 10.88.0.1/24 " in link
    assert "UP" in link
    assert "default via 10.88.0.254 dev spare0" in route


def test_unfinished_checksums_and_segmentation_pass_into_the_host(bed: Bed, tmp_path: Path) -> None:
    """Host a talks TCP with the middle host itself, whose only way out is the TAP device."""
    text = """FromDevice(d0, PROMISC true, SNIFFER false) -> c :: Counter -> tap :: KernelTap(10.77.0.9/24) -> ToDevice(d0);"""
    with Middle(bed, text, tmp_path) as middle:
        server = bed.python("middle", SERVER, "10.77.0.9")
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            client = bed.python("a", CLIENT, "10.77.0.9", "5")
            sent, errors = client.communicate(timeout=60)
            assert client.returncode == 0, errors
            received, errors = server.communicate(timeout=60)
        finally:
            if server.poll() is None:
                server.kill()
                server.communicate()
        seen = middle.numbers(["c.gso_count", "tap.drops"])
    assert sent == received
    assert seen["c.gso_count"] > 0, "the transfer did not use segmentation offload"
    assert seen["tap.drops"] == 0


def test_what_the_device_does_not_carry_is_dropped_by_reason(alone: Alone, tmp_path: Path) -> None:
    text = """
    InfiniteSource(LIMIT 2, LENGTH 60) -> tun :: KernelTun(10.88.0.1/24, MTU 100) -> Discard;
    InfiniteSource(LIMIT 3, LENGTH 100) -> UDPIPEncap(10.88.0.2, 7, 10.88.0.1, 7) -> tun;
    InfiniteSource(LIMIT 4, LENGTH 40, STOP false) -> UDPIPEncap(10.88.0.2, 7, 10.88.0.1, 7) -> tun;
    InfiniteSource(LIMIT 1, LENGTH 10) -> tap :: KernelTap(10.89.0.1/24) -> Discard;
    """
    with Middle(alone, text, tmp_path) as middle:
        wait_for(lambda: middle.read("tun.sent") == "4" and middle.read("tap.drops") == "1", "the sources to end")
        details = dict(line.split() for line in middle.read("tun.drop_details").splitlines())
        assert {name: value for name, value in details.items() if value != "0"} == {"not-ip": "2", "too-long": "3"}
        assert "too-short 1\n" in middle.read("tap.drop_details")
    assert "dropped a packet: no IP header is marked" in middle.errors


def test_what_is_no_ip_packet_leaves_by_output_1(alone: Alone, tmp_path: Path) -> None:
    text = "tun :: KernelTun(10.88.0.1/24, DEVNAME mimi0) -> good :: Counter -> Discard; tun[1] -> bad :: Counter -> Discard"
    program = """
import socket
out = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
out.sendto(b"no IP header", ("mimi0", 0x0800))
out.sendto(b"\\x45" + bytes(30), ("mimi0", 0x88B5))
"""
    with Middle(alone, text, tmp_path) as middle:
        sender = alone.python("middle", program)
        assert sender.wait(timeout=30) == 0
        wait_for(lambda: middle.read("bad.count") == "2", "two packets on output 1")
        assert middle.read("tun.drop_details").startswith("not-ip 2\n")


def test_a_name_that_is_taken_is_refused_with_a_reason(alone: Alone, tmp_path: Path) -> None:
    with Middle(alone, TUN, tmp_path):
        done = alone.inside("middle", str(binary_path()), "-q", "-e", TUN, check=False)
    assert done.returncode == 1
    assert "mimi0: /dev/net/tun: Device or resource busy (a device of that name exists" in done.stderr


@pytest.mark.parametrize(
    "text", [TUN, TAP, TUN.replace(", DEVNAME mimi0", ""), TUN.replace("mimi0", "mimi%d")], ids=["tun", "tap", "unnamed", "numbered"]
)
def test_a_hot_swap_keeps_the_device(alone: Alone, tmp_path: Path, text: str) -> None:
    device = "tap" if "tap" in text else "tun"
    with Middle(alone, text, tmp_path, options=["-R"]) as middle:
        name = middle.read(f"{device}.dev_name")
        link = alone.inside("middle", "ip", "-o", "link", "show", name).stdout
        for change in ("BURST 7", "BURST 8"):
            middle.write("hotconfig", text.replace("10.88.0.1/24", f"10.88.0.1/24, {change}"))
            wait_for(lambda change=change: change in middle.read(f"{device}.config"), "the new router")  # type: ignore[misc]
            assert middle.read(f"{device}.dev_name") == name
            assert alone.inside("middle", "ip", "-o", "link", "show", name).stdout == link, "another device"
            assert alone.ping("10.88.0.2", role="middle")
        assert middle.read(f"{device}.packets") != "0"
    assert name not in alone.inside("middle", "ip", "link").stdout


@pytest.mark.parametrize(
    "other",
    [TUN.replace("10.88.0.1/24", "10.88.0.3/24"), TUN.replace("mimi0", "mimi0, MTU 1400"), TUN.replace("mimi0", "mimi0, TAP true")],
    ids=["address", "MTU", "kind"],
)
def test_a_hot_swap_to_other_settings_of_the_device_is_refused_and_the_old_router_goes_on(alone: Alone, tmp_path: Path, other: str) -> None:
    with Middle(alone, TUN, tmp_path, options=["-R"]) as middle:
        answer = middle.refused("hotconfig", other)
        assert "mimi0: " in answer
        assert "the router that runs has it with other settings" in answer
        assert alone.ping("10.88.0.2", role="middle")


def test_a_device_that_somebody_removes_does_not_keep_the_router_busy(alone: Alone, tmp_path: Path) -> None:
    with Middle(alone, TUN, tmp_path) as middle:
        alone.inside("middle", "ip", "link", "delete", "mimi0")
        assert middle.sleeps()
    assert "mimi0: File descriptor in bad state" in middle.errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("10.0.0.1/8, 11.0.0.1", "GATEWAY: expected an address of 10.0.0.1/8, found 11.0.0.1"),
        ("10.0.0.1/8, MTU 20", "MTU: expected 68 to 65535, found 20"),
        ("10.0.0.1/8, BURST 0", "BURST: expected 1 to 1024, found 0"),
        ("10.0.0.1/8, HEADROOM 9000", "HEADROOM: expected 0 to 8192, found 9000"),
        ("10.0.0.1/8, DEVNAME a_name_far_too_long", "DEVNAME: expected at most 15 characters, found 'a_name_far_too_long'"),
    ],
)
def test_arguments_out_of_range_are_refused_before_anything_is_made(arguments: str, words: str) -> None:
    with pytest.raises(ClickError, match="While configuring") as caught:
        Router(f"KernelTun({arguments}) -> Discard")
    assert words in str(caught.value)
