# SPDX-License-Identifier: Apache-2.0
"""Where frames go, asked of a switch in software. Two switches, primary and minion between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimi.fabric.resolve import difference, resolve
from mimi.fabric.rules import ARP_REPLY, COPY_MAC, NEIGHBOUR_ADVERTISEMENT, Steer, cookie_of, fabric_rules, group_of
from mimi.pairing import Pairing, load_pairing
from tests.fabric.softswitch import SoftSwitch, each_once

BROADCAST = "ff:ff:ff:ff:ff:ff"
IP6_ALL = "33:33:00:00:00:01"
STRANGER = "02:aa:aa:aa:aa:aa"


@pytest.fixture
def pairing() -> Pairing:
    return load_pairing(Path(__file__).parents[2] / "configs" / "fig2-lb.yaml")


def switches(pairing: Pairing, steer: Steer = "primary") -> dict[str, SoftSwitch]:
    return {state.name: SoftSwitch.holding(state) for state in fabric_rules(pairing, steer).values()}


def box_mac(pairing: Pairing, side: str) -> str:
    return getattr(pairing.minion.interfaces, side).mac


SIDES = [("s1", "client"), ("s2", "server")]


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_host_reaches_primary(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing)[name]
    for host in range(1, 6):
        assert switch.out(f"{name}-eth{host}", box_mac(pairing, side)) == [f"{name}-eth6"]


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_both_boxes_reach_every_host(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing)[name]
    assert pairing.fabric is not None
    hosts = next(s for s in pairing.fabric.switches if s.name == name).hosts
    for box in (f"{name}-eth6", f"{name}-eth7"):
        for host in hosts:
            assert switch.out(box, host.mac) == [host.port]


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_dead_primary_port_sends_to_minion_and_back_up_returns(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing)[name]
    switch.down = {f"{name}-eth6"}
    assert switch.out(f"{name}-eth1", box_mac(pairing, side)) == [f"{name}-eth7"]
    switch.down = set()
    assert switch.out(f"{name}-eth1", box_mac(pairing, side)) == [f"{name}-eth6"]


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_both_dead_goes_nowhere(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing)[name]
    switch.down = {f"{name}-eth6", f"{name}-eth7"}
    assert switch.out(f"{name}-eth1", box_mac(pairing, side)) == []


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_steering_to_the_minion_ignores_a_live_primary(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing, "minion")[name]
    assert switch.out(f"{name}-eth1", box_mac(pairing, side)) == [f"{name}-eth7"]
    switch.down = {f"{name}-eth7"}
    assert switch.out(f"{name}-eth1", box_mac(pairing, side)) == [f"{name}-eth6"]


@pytest.mark.parametrize("many", [BROADCAST, IP6_ALL])
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_broadcast_reaches_each_other_host_and_the_active_box_once(pairing: Pairing, name: str, side: str, many: str) -> None:
    switch = switches(pairing)[name]
    hosts = {f"{name}-eth{n}" for n in range(1, 6)}
    for host in hosts:
        assert each_once(switch.out(host, many)) == hosts - {host} | {f"{name}-eth6"}
    switch.down = {f"{name}-eth6"}
    for host in hosts:
        assert each_once(switch.out(host, many)) == hosts - {host} | {f"{name}-eth7"}


@pytest.mark.parametrize("many", [BROADCAST, IP6_ALL])
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_broadcast_from_a_box_reaches_hosts_only(pairing: Pairing, name: str, side: str, many: str) -> None:
    switch = switches(pairing)[name]
    hosts = {f"{name}-eth{n}" for n in range(1, 6)}
    for box in (f"{name}-eth6", f"{name}-eth7"):
        assert each_once(switch.out(box, many)) == hosts


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_minion_hears_nothing_while_the_primary_is_up(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing)[name]
    everyone = [box_mac(pairing, side), BROADCAST, IP6_ALL, STRANGER, "01:80:c2:00:00:00"]
    everyone += [flow.match.eth_dst for flow in switch.flows.values() if flow.match.eth_dst]
    for port in [f"{name}-eth{n}" for n in range(1, 9)]:
        for mac in everyone:
            assert f"{name}-eth7" not in switch.out(port, mac), (port, mac)


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_boxes_never_reach_each_other_so_nothing_loops(pairing: Pairing, name: str, side: str) -> None:
    switch = switches(pairing)[name]
    boxes = {f"{name}-eth6", f"{name}-eth7"}
    for box in boxes:
        for mac in (BROADCAST, STRANGER):
            assert not boxes & set(switch.out(box, mac))
    assert switch.out(f"{name}-eth6", box_mac(pairing, side)) == []


@pytest.mark.parametrize("steer", ["primary", "minion", "drain"])
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_what_the_minion_hands_back_goes_to_the_primary_alone(pairing: Pairing, name: str, side: str, steer: Steer) -> None:
    assert switches(pairing, steer)[name].out(f"{name}-eth7", box_mac(pairing, side)) == [f"{name}-eth6"]


def test_while_the_minion_drains_it_is_in_the_path(pairing: Pairing) -> None:
    switch = switches(pairing, "drain")["s1"]
    assert switch.out("s1-eth1", box_mac(pairing, "client")) == ["s1-eth7"]
    assert switch.out("s1-eth7", "02:00:00:00:01:01") == switch.out("s1-eth6", "02:00:00:00:01:01") == ["s1-eth1"]


@pytest.mark.parametrize("mac", [STRANGER, "01:80:c2:00:00:00", "01:80:c2:00:00:0e"])
def test_unknown_and_bridge_frames_are_dropped(pairing: Pairing, mac: str) -> None:
    switch = switches(pairing)["s1"]
    assert all(switch.out(f"s1-eth{n}", mac) == [] for n in range(1, 9))


def test_frames_from_an_unlisted_port_are_dropped(pairing: Pairing) -> None:
    switch = switches(pairing)["s1"]
    assert switch.out("s1-eth99", box_mac(pairing, "client")) == []
    assert switch.out("s1-eth99", BROADCAST) == []


def test_a_packet_walks_there_and_back(pairing: Pairing) -> None:
    """Client 3 to server 4 through each box, and the answer back; also with one link of the primary dead."""
    client, server = "02:00:00:00:01:03", "02:00:00:00:02:04"
    for dead, steer, box in [(set(), "primary", 6), (set(), "minion", 7), ({"s1-eth6"}, "minion", 7)]:
        net = switches(pairing, steer)  # type: ignore[arg-type]
        net["s1"].down = set(dead)
        assert net["s1"].out("s1-eth3", box_mac(pairing, "client")) == [f"s1-eth{box}"]
        assert net["s2"].out(f"s2-eth{box}", server) == ["s2-eth4"]
        assert net["s2"].out("s2-eth4", box_mac(pairing, "server")) == [f"s2-eth{box}"]
        assert net["s1"].out(f"s1-eth{box}", client) == ["s1-eth3"]


def test_hosts_of_one_switch_talk_directly(pairing: Pairing) -> None:
    assert switches(pairing)["s1"].out("s1-eth1", "02:00:00:00:01:02") == ["s1-eth2"]
    assert switches(pairing)["s1"].out("s1-eth1", "02:00:00:00:01:01") == []


def test_two_hosts_behind_one_port(pairing: Pairing) -> None:
    assert pairing.fabric is not None
    data = pairing.model_dump(mode="json")
    data["fabric"]["switches"][0]["hosts"][1]["port"] = "s1-eth1"
    shared = Pairing.model_validate(data)
    switch = switches(shared)["s1"]
    assert each_once(switch.out("s1-eth3", BROADCAST)) == {"s1-eth1", "s1-eth4", "s1-eth5", "s1-eth6"}


def test_no_fabric_no_rules(pairing: Pairing) -> None:
    assert fabric_rules(pairing.model_copy(update={"fabric": None})) == {}


def test_marks_differ_between_pairings() -> None:
    assert cookie_of("a") != cookie_of("b")
    assert group_of("a") != group_of("b")


# Installing


def numbered(pairing: Pairing) -> dict[str, int]:
    return {f"s1-eth{n}": n for n in range(1, 8)}


def test_installing_twice_changes_nothing(pairing: Pairing) -> None:
    wanted = resolve(fabric_rules(pairing)[1], numbered(pairing))
    switch = SoftSwitch()
    first = difference(wanted, switch.flows.values(), None)
    switch.apply(first)
    second = difference(wanted, switch.flows.values(), switch.groups[wanted.group.id])
    assert second.empty
    assert not first.empty
    assert wanted.missing == ()


def test_stale_flows_go_and_wrong_ones_are_replaced(pairing: Pairing) -> None:
    wanted = resolve(fabric_rules(pairing)[1], numbered(pairing))
    switch = SoftSwitch()
    switch.apply(difference(wanted, (), None))
    smaller = pairing.model_dump(mode="json")
    smaller["fabric"]["switches"][0]["hosts"].pop(0)
    smaller["minion"]["interfaces"]["client"]["mac"] = "02:00:00:00:01:aa"
    new = resolve(fabric_rules(Pairing.model_validate(smaller))[1], numbered(pairing))
    changes = difference(new, switch.flows.values(), switch.groups[new.group.id])
    switch.apply(changes)
    assert set(switch.flows.values()) == set(new.flows)
    assert changes.add_group is None and changes.modify_group is None
    assert switch.out(2, "02:00:00:00:01:fe") == []
    assert switch.out(2, "02:00:00:00:01:aa") == [6]


def test_steering_is_one_message(pairing: Pairing) -> None:
    ports = numbered(pairing)
    before = resolve(fabric_rules(pairing)[1], ports)
    after = resolve(fabric_rules(pairing, "minion")[1], ports)
    changes = difference(after, before.flows, before.group)
    assert (changes.add, changes.remove, changes.add_group) == ((), (), None)
    assert changes.modify_group == after.group


def test_a_missing_port_is_named_and_the_rest_works(pairing: Pairing) -> None:
    ports = {name: number for name, number in numbered(pairing).items() if name not in ("s1-eth6", "s1-eth2")}
    wanted = resolve(fabric_rules(pairing)[1], ports)
    assert wanted.missing == ("s1-eth2", "s1-eth6")
    switch = SoftSwitch()
    switch.apply(difference(wanted, (), None))
    assert switch.out(1, "02:00:00:00:01:fe") == [7]
    assert each_once(switch.out(1, BROADCAST)) == {3, 4, 5, 7}


def mirrored(pairing: Pairing) -> Pairing:
    assert pairing.fabric is not None
    return pairing.model_copy(update={"fabric": pairing.fabric.model_copy(update={"mirror": True})})


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_a_mirror_copies_what_the_primary_gets_and_nothing_else(pairing: Pairing, name: str, side: str) -> None:
    switch, mac = switches(mirrored(pairing))[name], box_mac(pairing, side)
    assert (switch.out(f"{name}-eth1", mac), switch.copies(f"{name}-eth1", mac)) == ([f"{name}-eth6"], [f"{name}-eth7"])
    assert switch.copies(f"{name}-eth1", f"02:00:00:00:0{name[1]}:02") == [], "host to host"
    assert switch.copies(f"{name}-eth6", f"02:00:00:00:0{name[1]}:02") == [], "what the primary sends"
    assert switch.copies(f"{name}-eth7", mac) == [], "what a draining minion hands back"


@pytest.mark.parametrize("steer", ["minion", "drain"])
def test_a_mirror_does_not_copy_what_is_steered_to_the_minion(pairing: Pairing, steer: Steer) -> None:
    switch = switches(mirrored(pairing), steer)["s1"]
    assert (switch.out("s1-eth1", box_mac(pairing, "client")), switch.copies("s1-eth1", box_mac(pairing, "client"))) == (["s1-eth7"], [])


def test_steering_switches_the_mirror_too(pairing: Pairing) -> None:
    ports = {f"s1-eth{n}": n for n in range(1, 8)}
    before, after = (resolve(fabric_rules(mirrored(pairing), steer)[1], ports) for steer in ("primary", "minion"))
    changes = difference(after, before.flows, before.group)
    assert [(flow.match.eth_dst, flow.copy_to) for flow in changes.add] == [(box_mac(pairing, "client"), "")]
    assert changes.modify_group == after.group and changes.remove == ()


def test_a_mirror_without_the_minions_port_leaves_the_primary_its_traffic(pairing: Pairing) -> None:
    resolved = resolve(fabric_rules(mirrored(pairing))[1], {f"s1-eth{n}": n for n in range(1, 7)})
    assert [flow.copy_to for flow in resolved.flows if flow.group is not None] == ["", ""]
    assert resolved.missing == ("s1-eth7",)


def test_the_copys_address_is_no_ones(pairing: Pairing) -> None:
    assert pairing.fabric is not None
    taken = {host.mac for switch in pairing.fabric.switches for host in switch.hosts} | {box_mac(pairing, side) for _, side in SIDES}
    assert COPY_MAC not in taken and int(COPY_MAC[:2], 16) & 3 == 2, "locally administered, one station"


@pytest.mark.parametrize("steer", ["primary", "minion", "drain"])
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_both_boxes_hear_the_answers_to_their_questions_whoever_is_active(pairing: Pairing, name: str, side: str, steer: Steer) -> None:
    switch = switches(pairing, steer)[name]
    for answer in ({"arp_op": ARP_REPLY}, {"icmp6_type": NEIGHBOUR_ADVERTISEMENT}):
        assert each_once(switch.out(f"{name}-eth1", box_mac(pairing, side), **answer)) == {f"{name}-eth6", f"{name}-eth7"}
        assert switch.out(f"{name}-eth1", f"02:00:00:00:0{name[1]}:02", **answer) == [f"{name}-eth2"], "an answer between hosts"
    assert switch.out(f"{name}-eth6", BROADCAST, arp_op=1) == [f"{name}-eth{n}" for n in range(1, 6)]
