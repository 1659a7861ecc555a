# SPDX-License-Identifier: Apache-2.0
"""``mimi run health``: probe the backends that the minion has, and tell it which of them are down.

Each round asks the running minion for its backends, probes them, and writes what differs. So backends that an operator adds
are probed as well, and a minion that has been started anew learns of the dead again within a round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from mimi.click.control import ControlSocket
from mimi.errors import ControlError
from mimi.flow import endpoint_text
from mimi.liveness.backends import Backend, Target, differences, parse_vips, silent_vips, taken_over
from mimi.liveness.connect import answering
from mimi.liveness.counting import LinkHealth, observe
from mimi.pairing import Pairing
from mimi.pairing.model import Health
from mimi.service import Service

Probe = Callable[[Iterable[Target], float, int], frozenset[Target]]


class HealthService:
    """Health of the backends of one pairing."""

    def __init__(self, health: Health, element: str, control: ControlSocket, service: Service, probe: Probe = answering) -> None:
        self._settings, self._element = health, element
        self._control, self._service, self._probe = control, service, probe
        self._health: dict[Target, LinkHealth] = {}
        self._backends: tuple[Backend, ...] = ()
        self._rounds = self._downs = self._ups = 0
        self._trouble = ""

    def run(self) -> None:
        """Until SIGTERM."""
        interval = self._settings.interval_ms / 1000
        self._write_status()
        self._service.ready()
        while not self._service.stopping:
            end = time.monotonic() + interval
            self.round(interval)
            self._write_status()
            self._service.pause(max(0.0, end - time.monotonic()))

    def round(self, timeout_s: float) -> None:
        """Ask, probe, tell. A minion that cannot be reached is asked again in the next round."""
        try:
            if not self._control.alive():
                self._control.connect()
            self._backends = parse_vips(self._control.read_text(f"{self._element}.vips"))
            self._observe(timeout_s)
            if not self._service.stopping:
                self._tell()
        except ControlError as error:
            self._trouble = error.problems[0].found or error.problems[0].message
            self._service.once("minion", self._trouble)
            return
        self._rounds += 1
        self._trouble = ""
        self._service.recovered("minion")

    def _observe(self, timeout_s: float) -> None:
        before = taken_over(self._backends, self._health)
        answers = self._probe(before, timeout_s, self._service.wakeup)
        if self._service.stopping:
            return
        fall, rise = self._settings.fall, self._settings.rise
        self._health = {t: observe(health, "up" if t in answers else "down", fall, rise) for t, health in before.items()}

    def _tell(self) -> None:
        down, up = differences(self._backends, self._health)
        for word, lines in (("down", down), ("up", up)):
            if lines:
                self._control.write(f"{self._element}.backend_{word}", "\n".join(lines))
                self._service.log.warning("backends", state=word, backends=lines)
        self._downs += len(down)
        self._ups += len(up)

    def _write_status(self) -> None:
        silent = sorted(silent_vips(self._backends, self._health))
        problems = [f"no backend of {vip} answers: all stay in use" for vip in silent]
        problems += [f"minion: {self._trouble}"] if self._trouble else []
        down = sorted(endpoint_text(*target) for target, health in self._health.items() if health.declared == "down")
        self._service.status(
            "error" if problems else "watching",
            probed=len(self._health),
            down=down,
            rounds=self._rounds,
            taken_down=self._downs,
            brought_up=self._ups,
            problems=problems,
        )


def run_health(pairing: Pairing, control_address: str, status_directory: Path | None) -> None:
    """Run the service until SIGTERM."""
    assert pairing.health is not None
    service = Service("health", status_directory)
    service.start()
    control = ControlSocket(control_address)
    try:
        HealthService(pairing.health, pairing.middlebox.element, control, service).run()
    finally:
        control.close()
