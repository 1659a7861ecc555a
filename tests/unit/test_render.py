# SPDX-License-Identifier: Apache-2.0
"""A pairing file in, Click text out. Golden files: tests/golden/render; MIMI_REFRESH_GOLDEN=1 writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mimi.errors import RenderError
from mimi.pairing import load_pairing, parse_pairing
from mimi.render import render

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
GOLDEN = ROOT / "tests" / "golden" / "render"
FIG2 = (ROOT / "configs" / "fig2-lb.yaml").read_text()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_renders_what_the_golden_file_says(config: Path) -> None:
    text = render(load_pairing(config))
    golden = GOLDEN / f"{config.stem}.click"
    if os.environ.get("MIMI_REFRESH_GOLDEN"):
        golden.write_text(text)
    assert golden.read_text() == text


def test_every_golden_file_has_its_pairing() -> None:
    assert {path.stem for path in CONFIGS} == {path.stem for path in GOLDEN.glob("*.click")}


@pytest.mark.parametrize("engine", ["click", "fastclick"])
def test_every_engine_gets_the_same_configuration_but_for_the_offload(engine: str) -> None:
    others = render(parse_pairing(FIG2.replace("engine: embedded", f"engine: {engine}")))
    off = render(parse_pairing(FIG2.replace("engine: embedded", "engine: embedded\n  offload: 'off'")))
    assert others == off
    assert "FlowOffload" not in off


def test_the_kernel_forwards_between_the_sides_unless_told_not_to() -> None:
    text = render(parse_pairing(FIG2))
    assert "offload :: FlowOffload(lb, " in text
    assert "client_arp -> [1]offload[1] -> client_out;" in text
    assert "server_arp -> [0]offload[0] -> server_out;" in text


@pytest.mark.parametrize("config", ["nat-log", "nat-conntrack"])
def test_a_translators_flows_are_forwarded_by_the_kernel_too(config: str) -> None:
    text = render(load_pairing(ROOT / "configs" / f"{config}.yaml"))
    assert "offload :: FlowOffload(nat, " in text
    assert "inside_arp -> [1]offload[1] -> inside_out;" in text
    assert "outside_arp -> [0]offload[0] -> outside_out;" in text


def test_a_firewalls_flows_are_its_own_to_look_at() -> None:
    assert "FlowOffload" not in render(load_pairing(ROOT / "configs" / "firewall-log.yaml"))


def test_packages_are_required_before_anything_uses_them() -> None:
    text = render(parse_pairing(FIG2.replace("engine: embedded", "packages: [../lib/my elements, other]")))
    required = ["require(package mimi);", "require(package my_elements);", "require(package other);"]
    statements = [line for line in text.splitlines() if line and not line.startswith("//")]
    assert statements[:3] == required


def test_is_byte_stable() -> None:
    assert render(parse_pairing(FIG2)) == render(parse_pairing(FIG2))


def test_server_side_answers_for_a_vip_in_its_own_network() -> None:
    text = render(parse_pairing(FIG2.replace("address: 10.1.0.100", "address: 10.2.0.100")))
    assert "ARPResponder(10.2.0.254 10.2.0.100 02:00:00:00:02:fe)" in text
    assert "ARPResponder(10.1.0.254 10.2.0.100 02:00:00:00:01:fe)" in text


def test_route_leaves_on_the_side_of_its_next_hop() -> None:
    text = render(parse_pairing(with_routes("[{prefix: 0.0.0.0/0, via: 10.1.0.1}, {prefix: 172.16.0.0/12, via: 10.2.0.9}]")))
    assert "    0.0.0.0/0 10.1.0.1 0,\n    172.16.0.0/12 10.2.0.9 1);" in text


def test_default_route_replaces_the_counted_end() -> None:
    assert "0.0.0.0/0 2" in render(parse_pairing(FIG2))
    assert "0.0.0.0/0 2" not in render(parse_pairing(with_routes("[{prefix: 0.0.0.0/0, via: 10.1.0.1}]")))


def test_missing_name_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "load-balancer.click.j2").write_text("// first line\n{{ pairing.name }}\n{{ no_such_name }}\n")
    with pytest.raises(RenderError) as caught:
        render(parse_pairing(FIG2), tmp_path)
    problem = caught.value.problems[0]
    assert problem.place == f"{tmp_path}/load-balancer.click.j2:3"
    assert problem.message == "'no_such_name' is undefined"
    assert "vips" in problem.hint


def test_missing_attribute_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "load-balancer.click.j2").write_text("{{ minion.no_such_key }}\n")
    with pytest.raises(RenderError, match=r"load-balancer\.click\.j2:1: .*no_such_key"):
        render(parse_pairing(FIG2), tmp_path)


def test_broken_template_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "load-balancer.click.j2").write_text("fine\n{% for x %}\n")
    with pytest.raises(RenderError, match=r"load-balancer\.click\.j2:2: "):
        render(parse_pairing(FIG2), tmp_path)


def test_missing_template_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"load-balancer\.click\.j2: type: no such template"):
        render(parse_pairing(FIG2), tmp_path)


def with_routes(routes: str) -> str:
    return FIG2.replace("  unknown_flows: drop\n", f"  unknown_flows: drop\n  routes: {routes}\n")
