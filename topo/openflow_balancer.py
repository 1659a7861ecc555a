# SPDX-License-Identifier: Apache-2.0
"""The demo's other black box, of the paper too: an OpenFlow switch that an os-ken application makes a load balancer.

Reactive: the first packet of a flow goes to the application, which chooses a backend by a hash of the flow's five-tuple and
installs two exact-match rules, one for each direction, that rewrite addresses and end after an idle time. Later packets never
leave the switch. A packet in the middle of a flow that the switch has no rule for is dropped and counted: the box knows
nothing of it (that is what its death means to its clients).

    python -m mimi.topo.openflow_balancer SETUP.json

``Setup`` (in ``openflow_decisions``) says what SETUP.json holds. With ``publish`` the application tells each choice to MiMi
through ``mimi.publish``: the internal driver of the paper. Without it, nothing in here knows of MiMi.
"""

from __future__ import annotations

import os

os.environ.setdefault("OSKEN_HUB_TYPE", "native")

import json
import logging
import math
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from os_ken import cfg  # type: ignore[import-untyped]
from os_ken.base.app_manager import AppManager, OSKenApp  # type: ignore[import-untyped]
from os_ken.controller import ofp_event  # type: ignore[import-untyped]
from os_ken.controller.controller import datapath_connection_factory  # type: ignore[import-untyped]
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls  # type: ignore[import-untyped]
from os_ken.controller.ofp_handler import OFPHandler  # type: ignore[import-untyped]
from os_ken.lib import hub  # type: ignore[import-untyped]
from os_ken.ofproto import ofproto_v1_3 as ofp  # type: ignore[import-untyped]
from os_ken.ofproto import ofproto_v1_3_parser as parser

from mimi.publish import Publisher
from mimi.topo.openflow_decisions import Balancer, Packet, Setup, arp_reply, finish_checksum, read_packet

LOG = logging.getLogger(__name__)
FLOW_PRIORITY, MISS_PRIORITY = 100, 0


class Listener(OFPHandler):  # type: ignore[misc]  # os-ken has no types
    """os-ken's handshake, on the address of the set-up."""

    address = ("127.0.0.1", 6654)

    def start(self) -> Any:
        OSKenApp.start(self)
        self.server = hub.StreamServer(self.address, datapath_connection_factory)
        return hub.spawn(self.server.serve_forever)


class Application(OSKenApp):  # type: ignore[misc]
    """The application: one switch, whose two ports are the box's two sides."""

    OFP_VERSIONS = [ofp.OFP_VERSION]  # noqa: RUF012 - os-ken's own way to say it

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup, self.balancer = setup, Balancer(setup)
        self.publisher = Publisher(setup.publish) if setup.publish else None
        self.counts: Counter[str] = Counter()
        self.cut_at = -math.inf
        """The last moment that a data link was known to be down, on the monotonic clock."""

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)  # type: ignore[untyped-decorator]
    def on_switch(self, event: Any) -> None:
        datapath = event.msg.datapath
        to_us = [parser.OFPActionOutput(ofp.OFPP_CONTROLLER, ofp.OFPCML_NO_BUFFER)]
        self._install(datapath, MISS_PRIORITY, parser.OFPMatch(), to_us, 0)
        LOG.info("switch %d connected", datapath.id)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def on_packet(self, event: Any) -> None:
        try:
            self._packet(event.msg.datapath, event.msg.match["in_port"], event.msg)
        except Exception:  # os-ken's event loop ends by any
            LOG.exception("packet-in failed")

    @set_ev_cls(ofp_event.EventOFPPortStateChange, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def on_port(self, event: Any) -> None:
        self._note_links(event.datapath)

    @set_ev_cls(ofp_event.EventOFPFlowRemoved, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def on_removed(self, event: Any) -> None:
        """A rule was idle for long: the flow has ended, unless the box was cut off meanwhile and others carried the flow."""
        match = event.msg.match
        if match.get("in_port") != self.setup.client_port or "tcp_src" not in match or self.publisher is None:
            return
        self._note_links(event.msg.datapath)
        if time.monotonic() - self.cut_at > 2 * self.setup.idle_s:
            self.publisher.unbind("tcp", (match["ipv4_src"], match["tcp_src"]), (match["ipv4_dst"], match["tcp_dst"]))
            self.counts["ended"] += 1

    def _note_links(self, datapath: Any) -> None:
        ports = (datapath.ports.get(number) for number in (self.setup.client_port, self.setup.server_port))
        if any(port is None or port.state & ofp.OFPPS_LINK_DOWN for port in ports):
            self.cut_at = time.monotonic()

    def _packet(self, datapath: Any, in_port: int, message: Any) -> None:
        packet = read_packet(message.data)
        own_mac = self.setup.client_mac if in_port == self.setup.client_port else self.setup.server_mac
        if packet.kind == "arp-request" and packet.daddr in self.setup.own_addresses:
            self.counts["arp"] += 1
            self._send(datapath, arp_reply(packet, own_mac), [parser.OFPActionOutput(in_port)])
            return
        backend = self.balancer.choose(packet) if packet.kind == "tcp" and in_port == self.setup.client_port else None
        if backend is None:
            self.counts["not-ours"] += 1
        elif not self.balancer.begins(packet):
            self.counts["unknown-flow"] += 1
        else:
            self._begin(datapath, packet, backend, message)

    def _begin(self, datapath: Any, packet: Packet, backend: tuple[str, str, int], message: Any) -> None:
        address, mac, port = backend
        setup, client = self.setup, (packet.saddr, packet.sport)
        if self.publisher is not None:  # before the packet goes on: the minion shall not know less than the backend
            self.publisher.bind("tcp", client, (packet.daddr, packet.dport), to=(address, port), lifetime_s=setup.lifetime_s)
        there = self._rewrite(setup.server_mac, mac, {"ipv4_dst": address, "tcp_dst": port}, setup.server_port)
        back = self._rewrite(setup.client_mac, packet.eth_src, {"ipv4_src": packet.daddr, "tcp_src": packet.dport}, setup.client_port)
        self._install(datapath, FLOW_PRIORITY, self._match(setup.server_port, (address, port), client), back, setup.idle_s)
        forward = self._match(setup.client_port, client, (packet.daddr, packet.dport))
        self._install(datapath, FLOW_PRIORITY, forward, there, setup.idle_s)
        self._send(datapath, finish_checksum(message.data), there, message)
        self.counts["flows"] += 1

    @staticmethod
    def _match(in_port: int, source: tuple[str, int], target: tuple[str, int]) -> Any:
        return parser.OFPMatch(
            in_port=in_port, eth_type=0x0800, ip_proto=6,
            ipv4_src=source[0], tcp_src=source[1], ipv4_dst=target[0], tcp_dst=target[1],
        )  # fmt: skip

    @staticmethod
    def _rewrite(eth_src: str, eth_dst: str, fields: dict[str, Any], port: int) -> list[Any]:
        changes = {"eth_src": eth_src, "eth_dst": eth_dst, **fields}
        sets = [parser.OFPActionSetField(**{name: value}) for name, value in changes.items()]
        return [*sets, parser.OFPActionDecNwTtl(), parser.OFPActionOutput(port)]

    @staticmethod
    def _install(datapath: Any, priority: int, match: Any, actions: list[Any], idle_s: int) -> None:
        instructions = [parser.OFPInstructionActions(ofp.OFPIT_APPLY_ACTIONS, actions)]
        flags = ofp.OFPFF_SEND_FLOW_REM if idle_s else 0
        datapath.send_msg(
            parser.OFPFlowMod(
                datapath, priority=priority, match=match, instructions=instructions, idle_timeout=idle_s, flags=flags
            )
        )  # fmt: skip

    @staticmethod
    def _send(datapath: Any, data: bytes, actions: list[Any], message: Any = None) -> None:
        buffer = ofp.OFP_NO_BUFFER if message is None else message.buffer_id
        in_port = ofp.OFPP_CONTROLLER if message is None else message.match["in_port"]
        data = data if buffer == ofp.OFP_NO_BUFFER else b""
        datapath.send_msg(parser.OFPPacketOut(datapath=datapath, buffer_id=buffer, in_port=in_port, actions=actions, data=data))


def run(setup: Setup) -> None:
    """Be the application until SIGTERM."""
    host, _, port = setup.listen.rpartition(":")
    Listener.address = (host, int(port))
    cfg.CONF.set_override("echo_request_interval", 5.0)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    manager = AppManager.get_instance()
    listener = manager.instantiate(Listener)
    application = manager.instantiate(Application, setup)
    application.start()
    listener.start()
    while not ended.wait(1.0):
        pass
    if setup.status:
        Path(setup.status).write_text(json.dumps(dict(application.counts)))
    os._exit(0)  # os-ken's threads cannot be ended


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("os_ken").setLevel(logging.WARNING)
    run(Setup.read(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
