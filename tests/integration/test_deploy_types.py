# SPDX-License-Identifier: Apache-2.0
"""A translator and a firewall end to end: a Linux primary's flows reach the minion's table, and stay when its rules change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from deploylab import Lab, no_minion, wait_for
from typed_primaries import FIREWALL_RULES, NAT_RULES, World, live, pairing_of

from mimi.pairing import dump_pairing
from mimi.store.codec import decode_record

pytestmark = [
    pytest.mark.root,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(bool(no_minion()), reason=no_minion() or "-"),
]
KINDS = ("nat", "firewall")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def of_type(lab: Lab, kind: str, netns: str) -> None:
    """Make the lab's pairing one of a type, on the lab's interfaces and run directory."""
    document = yaml.safe_load(dump_pairing(pairing_of(kind, f"{{kind: conntrack, netns: {netns}}}")))
    document |= {"pairing": lab.name}
    document["minion"]["netns"] = lab.netns
    for number, side in enumerate(("inside", "outside")):
        document["minion"]["interfaces"][side]["device"] = f"minion-eth{number}"
    lab.document = document
    lab.write()


def in_minion(lab: Lab) -> set[tuple[object, ...]]:
    text = lab.mimi("state", "export", lab.name, "--from", "minion").stdout
    return live([decode_record(line) for line in text.splitlines()])


@pytest.mark.parametrize("kind", KINDS)
def test_a_primarys_flows_reach_the_minion_and_outlive_new_rules(kind: str, lab: Lab, stack: ExitStack) -> None:
    world = World(stack, NAT_RULES if kind == "nat" else FIREWALL_RULES, kind, seed=20240609)
    world.begin(40)
    of_type(lab, kind, world.box.netns)
    lab.deploy()
    wait_for(lambda: in_minion(lab) == world.truth(), "the minion to agree with conntrack -L")
    world.begin(20)
    wait_for(lambda: in_minion(lab) == world.truth(), "the later flows")
    lab.flows_become(60)
    status = json.loads(lab.mimi("status", lab.name, "--json").stdout)["pairings"][0]
    assert status["state"] == "in-sync"
    listed = lab.mimi("state", "list", lab.name).stdout.splitlines()
    assert len(listed) == 60
    assert any(" -> from 203.0.113.1:" in line for line in listed) == (kind == "nat")
    if kind == "nat":
        lab.document["nat"]["port_parity"] = False
    else:
        lab.document["firewall"]["rules"].insert(0, {"name": "none", "action": "deny", "protocol": "udp"})
    lab.write()
    assert "swap    minion" in lab.deploy().stdout
    wait_for(lambda: in_minion(lab) == world.truth(), "the flows after the swap")


@pytest.mark.parametrize("kind", KINDS)
def test_records_that_are_not_the_pairings_are_refused_by_an_import(kind: str, lab: Lab, stack: ExitStack, tmp_path: Path) -> None:
    world = World(stack, NAT_RULES if kind == "nat" else FIREWALL_RULES, kind, seed=20240610)
    of_type(lab, kind, world.box.netns)
    lab.deploy()
    forged = (
        '{"v":1,"proto":"tcp","orig":["172.16.0.1",5,"192.0.2.1",80],"xlat":["203.0.113.9",6,"192.0.2.1",80],'
        '"seq":1,"expires":9999999999,"source":"x","confidence":1.0}'
    )
    (tmp_path / "forged.jsonl").write_text(forged + "\n")
    done = lab.mimi("state", "import", lab.name, str(tmp_path / "forged.jsonl"), code=None)
    assert done.returncode != 0
    assert "not a flow record of this pairing" in done.stderr
    assert in_minion(lab) == set()
