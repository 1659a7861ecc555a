# SPDX-License-Identifier: Apache-2.0
"""What the benchmark reads from tables, sockets, processes and the probe."""

from __future__ import annotations

import os

import pytest

from mimi.experiment.coverage import conntrack_flows, coverage, exported_flows, live_sockets, openflow_flows
from mimi.experiment.load import traffic_of
from mimi.experiment.model import Coverage
from mimi.experiment.outage import Gap, Span, longest_in, quiet_gaps
from mimi.experiment.usage import UsageSampler, component_of
from mimi.topo.traffic.wrk import WrkResult

FLOW, BACKEND = ("10.1.0.1", 40112, "10.1.0.100", 8080), ("10.2.0.3", 8080)


def test_conntracks_listing_tells_the_backend_by_the_reply() -> None:
    listing = (
        "tcp      6 431999 ESTABLISHED src=10.1.0.1 dst=10.1.0.100 sport=40112 dport=8080 "
        "src=10.2.0.3 dst=10.1.0.1 sport=8080 dport=40112 [ASSURED] mark=0 use=1\n"
        "tcp      6 119 SYN_SENT src=10.1.0.2 dst=10.1.0.100 sport=40113 dport=9000 [UNREPLIED] "
        "src=10.2.0.5 dst=10.1.0.2 sport=9001 dport=40113 mark=0 use=1\n"
        "udp      17 29 src=10.1.0.1 dst=10.1.0.9 sport=1 dport=2 src=10.1.0.9 dst=10.1.0.1 sport=2 dport=1 mark=0 use=1\n"
    )
    assert conntrack_flows(listing) == {FLOW: BACKEND, ("10.1.0.2", 40113, "10.1.0.100", 9000): ("10.2.0.5", 9001)}


@pytest.mark.parametrize(
    "actions",
    [
        "set_field:02:00:00:00:02:fe->eth_src,set_field:02:00:00:00:02:03->eth_dst,set_field:10.2.0.3->ip_dst,set_field:8080->tcp_dst,dec_ttl,output:2",
        "mod_dl_src:02:00:00:00:02:fe,mod_nw_dst:10.2.0.3,mod_tp_dst:8080,dec_ttl,output:2",
        "set_field:10.2.0.3->ip_dst,output:2",
    ],
)
def test_openflow_rules_tell_the_backend_and_those_back_tell_none(actions: str) -> None:
    there = " cookie=0x0, duration=1.2s, table=0, n_packets=3, send_flow_rem priority=100,tcp,in_port=1,nw_src=10.1.0.1,nw_dst=10.1.0.100,tp_src=40112,tp_dst=8080"
    back = " cookie=0x0, table=0, priority=100,tcp,in_port=2,nw_src=10.2.0.3,nw_dst=10.1.0.1,tp_src=8080,tp_dst=40112 actions=set_field:10.1.0.100->ip_src,output:1"
    assert openflow_flows(f"{there} actions={actions}\n{back}\nNXST_FLOW reply\n") == {FLOW: BACKEND}


def test_an_export_tells_the_backend() -> None:
    text = "put 7 tcp 10.1.0.1:40112 10.1.0.100:8080 10.1.0.1:40112 10.2.0.3:8080 7440 state=established\nput 7 udp 1.1.1.1:1 2.2.2.2:2 1.1.1.1:1 2.2.2.2:2 9\n"
    assert exported_flows(text) == {FLOW: BACKEND}


def test_live_sockets_are_those_that_still_want_bytes() -> None:
    head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
    lines = [f"   {i}: 0100010A:{40112 + i:04X} 6400010A:1F90 {state} 0:0" for i, state in enumerate(["01", "06", "02", "08", "04"])]
    other = "   9: 0100010A:9C40 0900010A:1F90 01 0:0"
    found = live_sockets(head + "\n".join([*lines, other]), "10.1.0.100")
    assert found == {("10.1.0.1", 40112 + i, "10.1.0.100", 8080) for i in (0, 2, 3)}


def test_coverage_counts_what_lives_what_is_known_and_what_is_right() -> None:
    flows = [("10.1.0.1", port, "10.1.0.100", 8080) for port in range(4)]
    primary = dict.fromkeys(flows, BACKEND)
    standby = {flows[0]: BACKEND, flows[1]: ("10.2.0.1", 8080), flows[3]: BACKEND}
    assert coverage(primary, {*flows[:3], FLOW}, standby) == Coverage(live=3, present=2, correct=1)


def test_an_outage_is_the_longest_silence_that_meets_the_failure() -> None:
    gaps = [Gap(0.5, 30.0), Gap(0.99, 15.0), Gap(1.4, 3.0), Gap(3.1, 90.0)]
    assert longest_in(gaps, Span(1.0, 2.0)) == 15.0
    assert longest_in(gaps, Span(2.0, 3.0)) == 2.0, "shorter than what the probe notes"
    assert longest_in([Gap(0.9, 5000.0)], Span(1.0, 2.0)) == 5000.0, "silent to the end"


def test_quiet_gaps_are_those_that_no_failure_explains() -> None:
    assert quiet_gaps([Gap(0.5, 3.0), Gap(1.0, 20.0), Gap(4.0, 7.0), Gap(9.0, 4.0)], [Span(1.0, 2.0)]) == [3.0, 4.0]


@pytest.mark.parametrize(
    ("command_line", "component"),
    [
        ("python -m mimi.cli.main run driver pairing.yaml", "driver"),
        ("/x/mimi-click -u control.sock", "minion"),
        ("python -m mimi.topo.traffic.probe 10.1.0.100 9000", "measurement"),
        ("python -m mimi.topo.traffic.streams 10.1.0.100 9000", "clients"),
        ("python -m mimi.topo.traffic.echo_server 9000", "servers"),
        ("python -m mimi.experiment.run {}", "measurement"),
        ("bash --norc", "other"),
    ],
)
def test_every_process_is_somebodys(command_line: str, component: str) -> None:
    assert component_of(command_line) == component


def test_usage_counts_from_its_start() -> None:
    sampler = UsageSampler()
    sampler.start()
    used = sampler.stop()
    assert os.getpid() and used
    assert all(usage.cpu_s >= 0 and usage.memory_mb >= 0 for usage in used.values())
    assert 0 <= sampler.busy_share() <= 1


def test_traffic_adds_up_over_clients_and_generators() -> None:
    stream = {"total": 20, "survived": 19, "failures": {"closed": 1}, "bytes": 64}
    outcomes = {"complete": 8, "reset": 2, "timeout": 0}
    said = {
        "streams": [stream, stream],
        "probe": [{"reconnects": 1}],
        "wrk": [WrkResult(requests=100, read=3, timeout=2), WrkResult(requests=50)],
        "requests": [{"outcomes": outcomes, "bytes": 1000, "failures": [(2.0, "reset"), (1.0, "reset")]}],
    }
    traffic = traffic_of(said)
    assert (traffic.streams, traffic.streams_survived, traffic.failed) == (40, 38, 2 + 5 + 2)
    assert traffic.begun == 40 + 153 + 10
    assert traffic.failures["wrk"]["read"] == 3 and traffic.failures["requests"] == {"reset": 2, "timeout": 0}


def test_dash_counts_failed_connections_and_keeps_sessions_apart() -> None:
    player = {
        "sessions": 4, "segments": 30, "failed_segments": 1, "stalls": 1, "stalled_s": 0.5, "connections": 6,
        "failed_sessions": {"stalled": 1}, "failed_connections": {"reset": 2},
    }  # fmt: skip
    traffic = traffic_of(
        {
            "streams": [{"total": 0, "survived": 0, "failures": {}, "bytes": 0}],
            "probe": [{"reconnects": 0}],
            "dash_player": [player, player],
        }
    )
    assert traffic.failed == 4 and traffic.begun == 12
    assert traffic.details["failed_sessions"] == {"stalled": 2} and traffic.details["stalled_s"] == 1.0
