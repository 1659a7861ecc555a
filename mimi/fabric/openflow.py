# SPDX-License-Identifier: Apache-2.0
"""The OpenFlow 1.3 controller: keeps the switches of one fabric in the state that :mod:`mimi.fabric.rules` wants.

For every switch that connects::

    ports known -> ask for its groups and flows -> difference -> send it -> barrier -> installed

and again whenever a port appears or vanishes and every :data:`REPAIR_EVERY_S`. A switch that already holds the right
state gets no message that changes anything, so this process may die and return at any time. Failing over needs no
controller at all: the switch's own fast-failover group does it. Only steering (both sides to the minion although one
link of the primary is still up) is sent from here.

os-ken runs with native threads; its choice is made from the environment when it is imported, so here, once. In that
mode its event loop takes *any* exception as the order to end, silently: every handler here is guarded.
"""

from __future__ import annotations

import os

os.environ["OSKEN_HUB_TYPE"] = "native"

import functools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from os_ken import cfg  # type: ignore[import-untyped]
from os_ken.base.app_manager import AppManager, OSKenApp  # type: ignore[import-untyped]
from os_ken.controller import ofp_event  # type: ignore[import-untyped]
from os_ken.controller.controller import datapath_connection_factory  # type: ignore[import-untyped]
from os_ken.controller.handler import DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls  # type: ignore[import-untyped]
from os_ken.controller.ofp_handler import OFPHandler  # type: ignore[import-untyped]
from os_ken.lib import hub  # type: ignore[import-untyped]
from os_ken.ofproto import ofproto_v1_3, ofproto_v1_3_parser  # type: ignore[import-untyped]

from mimi.errors import DeployError, Problem
from mimi.fabric.messages import flow_from, group_from, is_down, messages_of, port_name
from mimi.fabric.resolve import Resolved, difference, resolve
from mimi.fabric.rules import Flow, Group, Steer, SwitchState, fabric_rules
from mimi.pairing.model import Pairing

REPAIR_EVERY_S = 15.0
ECHO_EVERY_S = 5.0
UNANSWERED_ECHOS = 2
ANSWER_S = 10.0
"""A switch that has not answered for this long is asked anew."""

LOG = logging.getLogger(__name__)
_ofp = ofproto_v1_3
_parser = ofproto_v1_3_parser
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


@dataclass(slots=True)
class _Connection:
    """One connected switch of ours. Held flows and group are what the switch said last."""

    datapath: Any
    resolved: Resolved | None = None
    asked_flows: list[Flow] = field(default_factory=list)
    asked_group: Group | None = None
    awaiting: set[int] = field(default_factory=set)
    asked_at: float = 0.0
    barrier: int = -1
    again: bool = False
    installed: bool = False
    installs: int = 0
    changed: int = 0
    errors: int = 0


def _guarded(handler: _Handler) -> _Handler:
    """Log what goes wrong instead of letting os-ken's event loop end by it."""

    @functools.wraps(handler)
    def run(self: Any, event: Any) -> None:
        try:
            with self.lock:
                handler(self, event)
        except Exception:
            LOG.exception("fabric: %s failed", handler.__name__)

    return run  # type: ignore[return-value]


class _Listener(OFPHandler):  # type: ignore[misc]  # os-ken has no types
    """os-ken's handshake on a socket that is bound before any thread starts, so that a failure is seen."""

    address: tuple[str, int] = ("127.0.0.1", 6653)

    def start(self) -> Any:
        OSKenApp.start(self)
        self.server = hub.StreamServer(self.address, datapath_connection_factory)
        return hub.spawn(self.server.serve_forever)


class FabricApp(OSKenApp):  # type: ignore[misc]
    """The application. ``steer`` and ``status`` may be called from any thread."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]  # noqa: RUF012 - os-ken's own way to say it

    def __init__(self, pairing: Pairing, steer: Steer) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self._pairing = pairing
        self._steer: Steer = steer
        self._wanted: dict[int, SwitchState] = fabric_rules(pairing, steer)
        self._connections: dict[int, _Connection] = {}
        self._refused: dict[int, int] = {}
        self._steers = 0

    # Orders and questions from outside

    def steer(self, target: Steer) -> None:
        """Put the target's bucket first on every switch; nothing is sent when it already is."""
        with self.lock:
            if target == self._steer:
                return
            self._steer = target
            self._steers += 1
            self._wanted = fabric_rules(self._pairing, target)
            for datapath_id, connection in self._connections.items():
                self._send_steer(datapath_id, connection)
        LOG.info("fabric: steering to the %s", target)

    def repair(self) -> None:
        """Ask every switch what it holds and send the difference."""
        with self.lock:
            for datapath_id in list(self._connections):
                self._ask(datapath_id)

    def status(self) -> dict[str, Any]:
        """Counters and what every switch does now."""
        with self.lock:
            switches = {state.name: self._switch_status(state) for state in self._wanted.values()}
            problems = [f"{n}: no port {p!r}" for n, s in switches.items() for p in s["missing_ports"]]
            problems += [f"unknown datapath {i} refused {n} times" for i, n in self._refused.items()]
            installed = [s["installed"] for s in switches.values()]
            return {
                "state": "installed" if all(installed) else "waiting for switches",
                "steer": self._steer,
                "steers": self._steers,
                "expected": len(switches),
                "connected": len(self._connections),
                "installed": sum(installed),
                "refused_datapaths": sum(self._refused.values()),
                "switches": switches,
                "problems": problems,
            }

    def _switch_status(self, state: SwitchState) -> dict[str, Any]:
        connection = self._connections.get(state.datapath_id)
        if connection is None:
            return {"connected": False, "installed": False, "live": None, "missing_ports": []}
        ports = connection.datapath.ports
        up = {port_name(port): not is_down(port) for port in ports.values()}
        live = next((str(b.port) for b in state.group.buckets if up.get(str(b.port))), None)
        switch = next(s for s in self._pairing.fabric.switches if s.datapath_id == state.datapath_id)  # type: ignore[union-attr]
        words = {switch.primary_port: "primary", switch.minion_port: "minion"}
        return {
            "connected": True,
            "installed": connection.installed,
            "live": words.get(live or ""),
            "missing_ports": list(connection.resolved.missing) if connection.resolved is not None else [],
            "installs": connection.installs,
            "messages": connection.changed,
            "errors": connection.errors,
        }

    # What switches say

    @set_ev_cls(ofp_event.EventOFPStateChange, [MAIN_DISPATCHER, DEAD_DISPATCHER])  # type: ignore[untyped-decorator]
    @_guarded
    def on_state(self, event: Any) -> None:
        datapath = event.datapath
        if event.state == MAIN_DISPATCHER:
            self._connected(datapath)
        elif datapath.id is not None:
            connection = self._connections.get(datapath.id)
            if connection is not None and connection.datapath is datapath:  # an older connection may end late
                del self._connections[datapath.id]
                LOG.warning("fabric: switch %s has gone", self._wanted[datapath.id].name)

    def _connected(self, datapath: Any) -> None:
        if datapath.id not in self._wanted:
            self._refused[datapath.id] = self._refused.get(datapath.id, 0) + 1
            if self._refused[datapath.id] == 1:
                LOG.error("fabric: datapath %d is not in the pairing: refused", datapath.id)
            datapath.close()
            return
        LOG.info("fabric: switch %s connected from %s", self._wanted[datapath.id].name, datapath.address)
        self._connections[datapath.id] = _Connection(datapath)
        self._ask(datapath.id)

    @set_ev_cls(ofp_event.EventOFPPortStateChange, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    @_guarded
    def on_port(self, event: Any) -> None:
        datapath = event.datapath
        if event.reason != _ofp.OFPPR_MODIFY and self._is_current(datapath):
            self._ask(datapath.id)

    @set_ev_cls(ofp_event.EventOFPGroupDescStatsReply, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    @_guarded
    def on_groups(self, event: Any) -> None:
        connection = self._awaiting(event.msg)
        if connection is None:
            return
        wanted = self._wanted[event.msg.datapath.id].group.id
        for entry in event.msg.body:
            if entry.group_id == wanted:
                connection.asked_group = group_from(entry)
        self._answered(event.msg, connection)

    @set_ev_cls(ofp_event.EventOFPFlowStatsReply, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    @_guarded
    def on_flows(self, event: Any) -> None:
        connection = self._awaiting(event.msg)
        if connection is None:
            return
        connection.asked_flows += [flow_from(entry) for entry in event.msg.body]
        self._answered(event.msg, connection)

    @set_ev_cls(ofp_event.EventOFPBarrierReply, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    @_guarded
    def on_barrier(self, event: Any) -> None:
        datapath = event.msg.datapath
        if self._is_current(datapath) and self._connections[datapath.id].barrier == event.msg.xid:
            connection = self._connections[datapath.id]
            connection.installed = connection.resolved is not None and not connection.resolved.missing

    @set_ev_cls(ofp_event.EventOFPErrorMsg, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    @_guarded
    def on_error(self, event: Any) -> None:
        message = event.msg
        LOG.error("fabric: a switch refused a message: type %d code %d", message.type, message.code)
        if self._is_current(message.datapath):
            self._connections[message.datapath.id].errors += 1

    def _is_current(self, datapath: Any) -> bool:
        connection = self._connections.get(datapath.id)
        return connection is not None and connection.datapath is datapath

    def _awaiting(self, message: Any) -> _Connection | None:
        connection = self._connections.get(message.datapath.id)
        return connection if connection is not None and message.xid in connection.awaiting else None

    # Bringing a switch to the wanted state

    def _ask(self, datapath_id: int) -> None:
        connection, state = self._connections[datapath_id], self._wanted[datapath_id]
        if connection.awaiting and time.monotonic() - connection.asked_at < ANSWER_S:
            connection.again = True  # what is being answered may already be old
            return
        datapath = connection.datapath
        connection.asked_flows, connection.asked_group, connection.again = [], None, False
        connection.awaiting, connection.asked_at = set(), time.monotonic()
        flows = _parser.OFPFlowStatsRequest(
            datapath,
            table_id=_ofp.OFPTT_ALL,
            out_port=_ofp.OFPP_ANY,
            out_group=_ofp.OFPG_ANY,
            cookie=state.cookie,
            cookie_mask=0xFFFF_FFFF_FFFF_FFFF,
        )
        for request in (_parser.OFPGroupDescStatsRequest(datapath, 0), flows):
            connection.awaiting.add(datapath.set_xid(request))
            datapath.send_msg(request)

    def _answered(self, message: Any, connection: _Connection) -> None:
        if message.flags & _ofp.OFPMPF_REPLY_MORE:
            return
        connection.awaiting.discard(message.xid)
        if connection.awaiting:
            return
        datapath_id = message.datapath.id
        if connection.again:
            self._ask(datapath_id)
            return
        self._install(datapath_id, connection)

    def _install(self, datapath_id: int, connection: _Connection) -> None:
        state, datapath = self._wanted[datapath_id], connection.datapath
        ports = {port_name(port): number for number, port in datapath.ports.items()}
        connection.resolved = resolve(state, ports)
        changes = difference(connection.resolved, connection.asked_flows, connection.asked_group)
        messages = messages_of(datapath, changes, state.cookie)
        if messages:
            LOG.info("fabric: %s: %d changes", state.name, len(messages))
            connection.installs += 1
            connection.changed += len(messages)
        self._send(connection, messages)

    def _send_steer(self, datapath_id: int, connection: _Connection) -> None:
        if connection.resolved is None:
            return  # its first installation is under way and reads the new order
        datapath = connection.datapath
        ports = {port_name(port): number for number, port in datapath.ports.items()}
        before, connection.resolved = connection.resolved, resolve(self._wanted[datapath_id], ports)
        connection.again = bool(connection.awaiting)
        changes = difference(connection.resolved, before.flows, before.group)
        messages = messages_of(datapath, changes, self._wanted[datapath_id].cookie)
        connection.changed += len(messages)
        self._send(connection, messages)

    def _send(self, connection: _Connection, messages: list[Any]) -> None:
        datapath = connection.datapath
        for message in messages:
            datapath.send_msg(message)
        barrier = _parser.OFPBarrierRequest(datapath)
        connection.barrier = datapath.set_xid(barrier)
        datapath.send_msg(barrier)


def start_fabric(pairing: Pairing, steer: Steer = "primary") -> FabricApp:
    """Listen for switches and return the running application.

    os-ken's threads cannot be ended: the process that calls this ends with ``os._exit``.

    Raises:
        DeployError: the address cannot be listened on.
    """
    assert pairing.fabric is not None
    parts = urlsplit(pairing.fabric.listen)
    _Listener.address = (parts.hostname or "0.0.0.0", parts.port or 6653)  # noqa: S104 - what an empty host means
    cfg.CONF.set_override("echo_request_interval", ECHO_EVERY_S)
    cfg.CONF.set_override("maximum_unreplied_echo_requests", UNANSWERED_ECHOS)
    manager = AppManager.get_instance()
    listener = manager.instantiate(_Listener)
    app: FabricApp = manager.instantiate(FabricApp, pairing, steer)
    app.start()
    try:
        listener.start()
    except OSError as error:
        raise DeployError(
            Problem("cannot listen for switches", place=pairing.fabric.listen, path="fabric.listen", found=str(error))
        ) from error
    threading.Thread(target=_repair_loop, args=(app,), daemon=True).start()
    return app


def _repair_loop(app: FabricApp) -> None:
    while True:
        time.sleep(REPAIR_EVERY_S)
        try:
            app.repair()
        except Exception:
            LOG.exception("fabric: repair failed")
