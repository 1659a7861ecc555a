# SPDX-License-Identifier: Apache-2.0
"""``mimi run fabric``: the OpenFlow controller as a process, steered by the store."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path

from mimi.errors import StoreError
from mimi.fabric.openflow import FabricApp, start_fabric
from mimi.failover import Target
from mimi.pairing import Pairing
from mimi.service import Service
from mimi.supervisor.steering import Steering

RETRY_EVERY_S = 0.5
LOG = logging.getLogger(__name__)


def run_fabric(pairing: Pairing, store_url: str, status_directory: Path | None) -> None:
    """Run the service; ends the process on SIGTERM, for os-ken's threads cannot be ended.

    What the switches hold stays: traffic goes on without us.

    Raises:
        DeployError: the address cannot be listened on.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("os_ken").setLevel(logging.WARNING)
    service = Service("fabric", status_directory)
    service.start()
    steering = Steering(pairing.name, store_url)
    follower = _Follower(steering, service)
    app = start_fabric(pairing, steer=follower.first() or "primary")
    follower.follow(app)
    service.ready()
    while not service.stopping:
        _write_status(service, app, follower)
        service.pause(0.5)
    _write_status(service, app, follower)
    sys.stderr.flush()
    os._exit(0)


class _Follower:
    """Carries orders from the store to the switches, in a thread of its own."""

    def __init__(self, steering: Steering, service: Service) -> None:
        self._steering, self._service = steering, service
        self.trouble = ""

    def first(self) -> Target | None:
        """The order that stands, so that the first installation is the right one already."""
        try:
            return self._steering.read()
        except StoreError as error:
            self._failed(error)
            return None

    def follow(self, app: FabricApp) -> None:
        threading.Thread(target=self._run, args=(app,), daemon=True, name="steering").start()

    def _run(self, app: FabricApp) -> None:
        while True:
            try:
                target = self._steering.wait()
                self.trouble = ""
                if target is not None:  # a store that was emptied orders nothing: traffic stays where it is
                    app.steer(target)
            except StoreError as error:
                self._failed(error)
                time.sleep(RETRY_EVERY_S)
            except Exception:
                LOG.exception("fabric: steering failed")
                time.sleep(RETRY_EVERY_S)

    def _failed(self, error: StoreError) -> None:
        self.trouble = error.problems[0].found
        self._service.once("store", self.trouble)


def _write_status(service: Service, app: FabricApp, follower: _Follower) -> None:
    status = app.status()
    if follower.trouble:
        status["problems"].append(f"store: {follower.trouble}")
    service.status(status.pop("state"), **status)
