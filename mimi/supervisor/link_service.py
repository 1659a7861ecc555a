# SPDX-License-Identifier: Apache-2.0
"""``mimi run liveness``: watch the primary's links, decide, order.

Every netlink event about a watched link is one observation of it, and so is a look every :data:`LOOK_EVERY_S`: the
fall and rise counts count those. An order that the store does not take is repeated until it does; the newest wins.
Whatever else is found in the store was ordered by an operator, and stands.

With ``failback: drain`` the minion's gate is turned too. *Active* goes before every order to the minion, because the primary
may be dead; *drain* goes with its order. When traffic is the primary's again the gate is opened a little later, so that
packets on their way to the minion are still handed back.
"""

from __future__ import annotations

import select
import time
from pathlib import Path

from mimi.errors import StoreError
from mimi.failover import Drained, Event, FailoverState, LinkVerdict, OperatorOrder, Order, step
from mimi.liveness.counting import LinkHealth, observe
from mimi.liveness.netlink import LinkMonitor
from mimi.pairing import Pairing
from mimi.service import Service
from mimi.supervisor.gate import Gate
from mimi.supervisor.steering import Steering

LOOK_EVERY_S = 0.1
RETRY_EVERY_S = 0.5
OPEN_AFTER_S = 1.0
"""From the order to the primary until the gate is open again: the switches have long obeyed."""


class LinkService:
    """Liveness by links, for one pairing."""

    def __init__(self, pairing: Pairing, steering: Steering, service: Service, monitor: LinkMonitor, gate: Gate | None = None) -> None:
        assert pairing.liveness is not None
        self._liveness, self._failback = pairing.liveness, pairing.failover.failback
        self._steering, self._service, self._monitor, self._gate = steering, service, monitor, gate
        self._open_at = 0.0
        self._health = {link: LinkHealth() for link in pairing.liveness.links}
        self._state = FailoverState(since_s=time.time())
        self._pending: Order | None = None
        self._knows_store = False
        self._retry_at = 0.0
        self._orders = 0
        self._trouble = ""

    def run(self) -> None:
        """Until SIGTERM."""
        self._ask_store()
        self._look(self._liveness.links)
        self._write_status()
        self._service.ready()
        due = time.monotonic() + LOOK_EVERY_S
        while not self._service.stopping:
            waiting = [self._monitor.fileno(), self._service.wakeup]
            readable, _, _ = select.select(waiting, [], [], max(0.0, due - time.monotonic()))
            if self._monitor.fileno() in readable:
                changed = self._monitor.drain()
                self._look(tuple(self._health) if changed is None else tuple(changed & self._health.keys()))
            if time.monotonic() >= due:
                due = time.monotonic() + LOOK_EVERY_S
                self._look(tuple(self._health))
            if time.monotonic() >= self._retry_at and (self._pending is not None or not self._knows_store):
                self._ask_store()
                self._send()
            if self._service.due:
                self._ask_for_orders()
                self._tend_gate()
                self._write_status()

    def _look(self, links: tuple[str, ...]) -> None:
        for link in links:
            before = self._health[link]
            health = observe(before, self._monitor.look(link), self._liveness.fall, self._liveness.rise)
            self._health[link] = health
            if health.declared != before.declared:
                self._service.log.info("link", link=link, declared=health.declared)
                self._declared(link, up=health.declared == "up")

    def _declared(self, link: str, *, up: bool) -> None:
        self._learn(LinkVerdict(link, up))
        self._write_status()

    def _learn(self, event: Event) -> None:
        self._state, order = step(self._state, event, time.time(), self._failback)
        if order is None:
            return
        self._service.log.warning("failover", target=order.target, reason=order.reason)
        self._pending = order
        self._orders += 1
        self._turn_gate()
        self._send()

    def _turn_gate(self) -> None:
        """Bring the gate to what the state asks for."""
        if self._gate is None:
            return
        if self._state.active == "primary":
            self._open_at = time.monotonic() + OPEN_AFTER_S
        else:
            self._gate.turn("drain" if self._state.active == "drain" else "active")

    def _tend_gate(self) -> None:
        """Once a second: what could not be told before, whether the minion is drained, and whether its gate may open."""
        if self._gate is None:
            return
        if self._state.active == "primary" and self._gate.wanted == "drain" and time.monotonic() >= self._open_at:
            self._gate.turn("active")
        elif self._gate.wanted == "drain" or self._state.active != "primary":
            self._gate.assert_mode()
        if self._state.active == "drain" and self._gate.look():
            self._learn(Drained())

    def _ask_store(self) -> None:
        """Go on from the order that stands: a restart of this service must not move traffic."""
        if self._knows_store:
            return
        try:
            standing = self._steering.read()
        except StoreError as error:
            self._failed(error)
            return
        self._knows_store = True
        self._trouble = ""
        if standing is not None and self._pending is None and self._state.active != standing:
            self._state = FailoverState(standing, self._state.down, time.time(), "ordered before this service started")
            self._turn_gate()

    def _ask_for_orders(self) -> None:
        """An operator's order stands in the store; what a store has forgotten is said again."""
        if self._pending is not None or not self._knows_store:
            return
        try:
            standing = self._steering.read()
        except StoreError as error:
            self._failed(error)
            self._knows_store = False  # asked again at the pace of retries
            return
        if standing is None and self._state.active != "primary":
            self._pending = Order(self._state.active, f"the store has forgotten: {self._state.reason}")
            self._send()
        elif standing is not None and standing != self._state.active:
            self._state, _ = step(self._state, OperatorOrder(standing), time.time())
            self._service.log.info("ordered", target=standing)
            self._turn_gate()

    def _send(self) -> None:
        if self._pending is None:
            return
        try:
            self._steering.write(self._pending)
        except StoreError as error:
            self._failed(error)
            return
        self._pending = None
        self._trouble = ""

    def _failed(self, error: StoreError) -> None:
        self._retry_at = time.monotonic() + RETRY_EVERY_S
        self._trouble = error.problems[0].found
        self._service.once("store", self._trouble)

    def _write_status(self) -> None:
        links = {link: health.declared if health.seen != "missing" else "missing" for link, health in self._health.items()}
        problems = [f"there is no link {link!r}" for link, word in links.items() if word == "missing"]
        problems += [f"store: {self._trouble}"] if self._trouble else []
        gate = self._gate
        problems += [f"the minion's gate: {gate.trouble}"] if gate is not None and gate.trouble else []
        self._service.status(
            "error" if problems else "watching",
            active=self._state.active,
            since=round(self._state.since_s, 3),
            reason=self._state.reason,
            links=links,
            orders=self._orders,
            order_pending=self._pending is not None,
            failback=self._failback,
            own_flows=gate.own if gate is not None else None,
            problems=problems,
        )


def run_liveness(pairing: Pairing, store_url: str, status_directory: Path | None, control_socket: Path) -> None:
    """Run the service until SIGTERM. ``control_socket`` is the minion's, for draining."""
    service = Service("liveness", status_directory)
    service.start()
    steering = Steering(pairing.name, store_url)
    monitor = LinkMonitor()
    gate = Gate.at(str(control_socket)) if pairing.failover.failback == "drain" else None
    try:
        LinkService(pairing, steering, service, monitor, gate).run()
    finally:
        monitor.close()
        steering.close()
        if gate is not None:
            gate.close()
