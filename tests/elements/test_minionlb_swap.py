# SPDX-License-Identifier: Apache-2.0
"""A configuration replaced while it runs: the balancer keeps its bindings, but not those of a VIP that is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mimi.click.control import ControlSocket
from tests.elements.lb import backend_named, six
from tests.elements.model_packets import endpoint_text
from tests.runtime.clickprogram import Program, wait_for

WEB = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.2:8080 7440"
DNS = "put 9 udp 10.1.0.1:40112 10.1.0.101:53 10.1.0.1:40112 10.2.0.2:53 300"


def balancer(*vips: str) -> str:
    return f"lb :: MinionLB({', '.join(f'VIP {vip}' for vip in vips)}); Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard"


def as_ip6(text: str) -> str:
    """The same with IPv6 addresses."""
    return " ".join(endpoint_text(six(backend_named(word))) if word.count(".") == 3 else word for word in text.split(" "))


def as_it_is(text: str) -> str:
    return text


@pytest.mark.parametrize("written", [as_it_is, as_ip6])
@pytest.mark.parametrize(
    ("vips", "kept"),
    [
        (["udp 10.1.0.101:53 random 10.2.0.2:53", "tcp 10.1.0.100:8080 random 10.2.0.2:8080"], [WEB, DNS]),
        (["tcp 10.1.0.100:8080 random 10.2.0.9:8080", "udp 10.1.0.101:53 random 10.2.0.2:53"], [WEB, DNS]),
        (["tcp 10.1.0.100:8080 random 10.2.0.2:8080"], [WEB]),
    ],
    ids=["same VIPs in another order", "the backend has left its pool", "a VIP has gone"],
)
def test_a_swap_keeps_bindings(tmp_path: Path, vips: list[str], kept: list[str], written: Callable[[str], str]) -> None:
    had = ["tcp 10.1.0.100:8080 random 10.2.0.1:8080 10.2.0.2:8080", "udp 10.1.0.101:53 random 10.2.0.2:53"]
    before, vips, kept = balancer(*map(written, had)), [*map(written, vips)], [*map(written, kept)]
    with Program(before, tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", f"{written(WEB)}\n{written(DNS)}\n")
        control.write("hotconfig", balancer(*vips))
        wait_for(lambda: control.read_text("lb.vips").count("state active") == len(vips), "the new configuration runs")
        words = [line.split()[:7] for line in control.read_text("lb.export").splitlines()]
        assert sorted(words) == sorted(line.split()[:7] for line in kept)
        assert int(control.read_text("lb.count")) == len(kept)
        assert "applied 2\n" in control.read_text("lb.stats")


def states(control: ControlSocket) -> list[str]:
    """What ``vips`` says of backends: name, weight, state and bindings."""
    lines = [line.split() for line in control.read_text("lb.vips").splitlines() if line.startswith("backend")]
    return [" ".join([words[1], words[9], words[11], words[13]]) for words in lines]


def swap(control: ControlSocket, configuration: str) -> None:
    control.write("hotconfig", configuration)
    wait_for(lambda: control.read_text("config") == configuration, "the new configuration runs")


def test_a_swap_keeps_what_was_changed_while_running(tmp_path: Path) -> None:
    pool = "tcp 10.1.0.100:8080 maglev 10.2.0.1:8080 10.2.0.2:8080 weight 3 10.2.0.3:8080 10.2.0.4:8080"
    name = "tcp 10.1.0.100:8080"
    with Program(balancer(pool), tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", f"{WEB}\n")
        control.write("lb.backend_drain", f"{name} 10.2.0.1:8080")
        control.write("lb.backend_weight", f"{name} 10.2.0.2:8080 7")
        control.write("lb.backend_down", f"{name} 10.2.0.3:8080")
        control.write("lb.backend_remove", f"{name} 10.2.0.4:8080")
        control.write("lb.backend_add", f"{name} 10.2.0.5:8080 9")
        before = [
            "10.2.0.1:8080 1 draining 0",
            "10.2.0.2:8080 7 active 1",
            "10.2.0.3:8080 1 down 0",
            "10.2.0.4:8080 1 removed 0",
            "10.2.0.5:8080 9 active 0",
        ]
        assert states(control) == before
        swap(control, balancer(pool) + "; Idle -> Discard")
        assert states(control) == before


@pytest.mark.parametrize("written", [as_it_is, as_ip6])
def test_flows_of_a_vip_that_has_gone_are_nobodys(tmp_path: Path, written: Callable[[str], str]) -> None:
    web, dns = written("tcp 10.1.0.100:8080 least-connections 10.2.0.2:8080 10.2.0.1:8080"), written("udp 10.1.0.101:53 random 10.2.0.2:53")
    with Program(balancer(dns, web), tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", written(DNS))
        swap(control, balancer(web))
        assert [line.split()[-1] for line in states(control)] == ["0", "0"]


def test_what_the_new_configuration_says_anew_counts(tmp_path: Path) -> None:
    name = "tcp 10.1.0.100:8080"
    with (
        Program(balancer(f"{name} random 10.2.0.1:8080 10.2.0.2:8080"), tmp_path, "-R") as program,
        ControlSocket(program.address) as control,
    ):
        control.write("lb.import", f"{WEB}\n")
        control.write("lb.backend_weight", f"{name} 10.2.0.1:8080 7")
        control.write("lb.backend_remove", f"{name} 10.2.0.1:8080")
        swap(control, balancer(f"{name} random 10.2.0.1:8080 weight 2 10.2.0.3:8080"))
        assert states(control) == ["10.2.0.1:8080 2 active 0", "10.2.0.3:8080 1 active 0", "10.2.0.2:8080 1 removed 1"]
        control.write("lb.remove", "tcp 10.1.0.1:40112 10.1.0.100:8080")
        assert states(control) == ["10.2.0.1:8080 2 active 0", "10.2.0.3:8080 1 active 0"]


def test_a_swap_keeps_each_version_beside_the_other(tmp_path: Path) -> None:
    web, dns = "tcp 10.1.0.100:8080 random 10.2.0.2:8080", "udp 10.1.0.101:53 random 10.2.0.2:53"
    with Program(balancer(web, as_ip6(web), as_ip6(dns)), tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", "\n".join([WEB, as_ip6(WEB), as_ip6(DNS)]))
        control.write("lb.backend_add", as_ip6("tcp 10.1.0.100:8080 10.2.0.3:8080"))
        before = states(control)
        swap(control, balancer(as_ip6(dns), web, as_ip6(web)))
        assert sorted(states(control)) == sorted(before)
        assert int(control.read_text("lb.count")) == 3
        swap(control, balancer(web))
        assert int(control.read_text("lb.count")) == 1


def test_a_direct_flow_stays_direct_after_a_swap(tmp_path: Path) -> None:
    vip = "udp 10.1.0.101:53 source-hash MODE direct 10.2.0.1 10.2.0.2"
    text = f"""
        src :: InfiniteSource(LIMIT 1, ACTIVE false) -> UDPIPEncap(10.1.0.1, 40112, 10.1.0.101, 53) -> lb :: MinionLB(VIP {vip});
        lb[0] -> to :: IPClassifier(dst host 10.1.0.101, -) -> unchanged :: Counter -> Discard;
        to[1] -> changed :: Counter -> Discard;
        Idle -> [1]lb; lb[1] -> Discard;"""
    with Program(text, tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", f"{DNS}\n")
        swap(control, text + "Idle -> Discard;")
        control.write("src.active", "true")
        wait_for(lambda: control.read_text("unchanged.count") == "1", "the packet leaves as it came")
        assert control.read_text("changed.count") == "0"
        assert states(control) == ["10.2.0.1 1 active 0", "10.2.0.2 1 active 1"]
        assert "backend 10.2.0.2 chosen 0 forward 1 reverse 0" in control.read_text("lb.vips")


def test_least_connections_goes_on_with_the_flows_that_there_are(tmp_path: Path) -> None:
    vip = "udp 10.1.0.101:53 least-connections 10.2.0.1:53 10.2.0.2:53"
    text = f"""
        src :: InfiniteSource(LIMIT 1, ACTIVE false) -> UDPIPEncap(10.1.0.9, 1, 10.1.0.101, 53) -> lb :: MinionLB(VIP {vip});
        lb[0] -> sent :: Counter -> Discard; Idle -> [1]lb; lb[1] -> Discard;"""
    records = [DNS.replace("40112", str(port)).replace("10.2.0.2", "10.2.0.1") for port in (40112, 40113)] + [DNS.replace("40112", "40114")]
    with Program(text, tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("lb.import", "\n".join(records))
        swap(control, text + "Idle -> Discard;")
        assert states(control) == ["10.2.0.1:53 1 active 2", "10.2.0.2:53 1 active 1"]
        control.write("src.active", "true")
        wait_for(lambda: control.read_text("sent.count") == "1", "the packet leaves")
        assert states(control) == ["10.2.0.1:53 1 active 2", "10.2.0.2:53 1 active 2"]
