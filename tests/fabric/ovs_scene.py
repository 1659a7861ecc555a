# SPDX-License-Identifier: Apache-2.0
"""Two real switches under our controller, in a world of their own; run by test_fabric_ovs.py, once per scene.

    h1 h2 … h5 = s1 = primary/minion = s2 = h1 … h5        every port is a veth; its other end ("far") is read and written raw

``ovs_scene.py SCENE`` ends with exit code 0 when the scene went as written.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from mimi.click import binary_path
from mimi.click.control import ControlSocket
from mimi.errors import ControlError
from mimi.fabric.rules import COPY_MAC, cookie_of, fabric_rules
from mimi.failover import Order
from mimi.pairing import load_pairing
from mimi.run_directory import run_directory
from mimi.supervisor.steering import Steering
from mimi.topo.isolation import enter
from mimi.topo.ovs import PrivateOvs

ROOT = Path(__file__).parents[2]
DEADLINE_S = 20.0
BOX = {"s1": "02:00:00:00:01:fe", "s2": "02:00:00:00:02:fe"}
BROADCAST = "ff:ff:ff:ff:ff:ff"
PORTS = [f"{switch}-eth{number}" for switch in ("s1", "s2") for number in range(1, 8)]
PRIMARY, MINION = 6, 7


def run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30).stdout


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.02)


class World:
    """Bridges, ports, a store, and the services of one pairing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        os.environ["MIMI_RUN_DIR"] = str(home / "run")
        document = yaml.safe_load((ROOT / "configs" / "fig2-lb.yaml").read_text())
        self.store = f"unix://{home}/redis.sock"
        document["store"] = {"url": self.store}
        document["liveness"] = {"links": ["s1-eth6", "s2-eth6"]}
        self.file = home / "pairing.yaml"
        self.file.write_text(yaml.safe_dump(document))
        pairing = load_pairing(self.file)
        self.name = pairing.name
        self.expected_flows = len(fabric_rules(pairing)[1].flows)
        self.sockets: dict[str, socket.socket] = {}
        self.destinations: dict[str, str] = {}
        self.processes: list[subprocess.Popen[bytes]] = []

    def build(self) -> None:
        argv = ["redis-server", "--port", "0", "--unixsocket", f"{self.home}/redis.sock", "--save", ""]
        self.processes.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=self.home))
        wait_for((self.home / "redis.sock").exists, "redis listens")
        for number, switch in enumerate(("s1", "s2"), 1):
            self.add_bridge(switch, number)
        for port in PORTS:
            self.add_port(port)

    @staticmethod
    def add_bridge(name: str, datapath_id: int) -> None:
        other = f"other-config:datapath-id={datapath_id:016x}"
        made = ["--", "set", "bridge", name, "datapath_type=netdev", "protocols=OpenFlow13", "fail_mode=secure", other]
        run("ovs-vsctl", "add-br", name, *made, "--", "set-controller", name, "tcp:127.0.0.1:6653")

    def add_port(self, port: str) -> None:
        run("ip", "link", "add", port, "type", "veth", "peer", "name", f"{port}f")
        for end in (port, f"{port}f"):
            Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6").write_text("1")
            run("ip", "link", "set", end, "up")
        far = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
        far.bind((f"{port}f", 0x88B5))
        self.sockets[port] = far
        run("ovs-vsctl", "add-port", port.split("-", maxsplit=1)[0], port)

    def remove_port(self, port: str) -> None:
        run("ovs-vsctl", "del-port", port)
        self.sockets.pop(port).close()
        run("ip", "link", "del", port)

    def start(self, service: str) -> subprocess.Popen[bytes]:
        log = (self.home / f"{service}.log").open("ab")
        argv = [sys.executable, "-m", "mimi.cli.main", "run", service, str(self.file)]
        process = subprocess.Popen(argv, cwd=ROOT, stdout=log, stderr=log)
        self.processes.append(process)
        wait_for(lambda: self.status(service).get("pid") == process.pid, f"{service} runs")
        return process

    def change(self, part: str, **values: object) -> None:
        """Change a part of the pairing file, for services that start from now on."""
        document = yaml.safe_load(self.file.read_text())
        document[part] = {**document.get(part, {}), **values}
        self.file.write_text(yaml.safe_dump(document))

    def start_minion(self, text: str) -> ControlSocket:
        """A router of this configuration where the pairing's minion would be, and a connection to it."""
        address = run_directory(self.name).control_socket
        address.parent.mkdir(parents=True, exist_ok=True)
        self.processes.append(subprocess.Popen([binary_path(), "-u", str(address), "-e", text]))
        control = ControlSocket(str(address))

        def answers() -> bool:
            with contextlib.suppress(ControlError):
                control.connect()
            return control.connected

        wait_for(answers, "the minion answers")
        return control

    def start_fabric(self) -> subprocess.Popen[bytes]:
        process = self.start("fabric")
        wait_for(lambda: self.status("fabric").get("state") == "installed", "both switches are installed")
        return process

    def status(self, service: str) -> dict:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.home / "run" / self.name / "status" / f"{service}.json").read_text())
        return {}

    def switch(self, name: str) -> dict:
        return self.status("fabric")["switches"][name]

    def reached(self, port: str, eth_dst: str) -> set[str]:
        """Send one frame into ``port`` and say which ports it came out of."""
        for sock in self.sockets.values():
            sock.setblocking(False)
            with contextlib.suppress(OSError):  # nothing more to read, or its link is down
                while True:
                    sock.recv(2048)
        mark = os.urandom(16)
        frame = bytes.fromhex(eth_dst.replace(":", "")) + bytes.fromhex("020000000909") + b"\x88\xb5" + mark
        self.sockets[port].send(frame.ljust(60, b"\0"))
        out: set[str] = set()
        self.destinations.clear()
        quiet_at = time.monotonic() + 0.15  # a switch in software takes well under a millisecond
        while time.monotonic() < quiet_at:
            for name, sock in self.sockets.items():
                with contextlib.suppress(OSError):
                    data, address = sock.recvfrom(2048)
                    if mark in data and address[2] != socket.PACKET_OUTGOING:
                        out.add(name)
                        self.destinations[name] = data[:6].hex(":")
            time.sleep(0.005)
        return out

    def destination(self, port: str) -> str:
        """Whom the frame was addressed to that came out of ``port`` last."""
        return self.destinations[port]

    def until_reached(self, port: str, eth_dst: str, wanted: set[str]) -> None:
        wait_for(lambda: self.reached(port, eth_dst) == wanted, f"{port} to {eth_dst} reaches {wanted}")

    def flows(self, switch: str) -> list[str]:
        lines = run("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", switch).splitlines()
        return [line.strip() for line in lines if "cookie=" in line]

    def end(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


# The scenes


def scene_installs(world: World) -> None:
    """The rules stand, carry traffic as the software switch says, and fail over without us."""
    world.start_fabric()
    for switch, mac in BOX.items():
        assert len(world.flows(switch)) == world.expected_flows
        assert all(f"cookie={cookie_of(world.name):#x}" in line for line in world.flows(switch))
        primary, minion = f"{switch}-eth{PRIMARY}", f"{switch}-eth{MINION}"
        hosts = {f"{switch}-eth{number}" for number in range(1, 6)}
        first = f"{switch}-eth1"
        assert world.reached(first, mac) == {primary}
        assert world.reached(first, BROADCAST) == hosts - {first} | {primary}
        assert world.reached(primary, BROADCAST) == hosts
        assert world.reached(primary, mac) == set()
        assert world.reached(minion, mac[:-2] + "01") == {first}
        assert world.reached(first, "02:aa:aa:aa:aa:aa") == set()
        assert world.switch(switch)["live"] == "primary"
    run("ip", "link", "set", "s1-eth6f", "down")
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth7"})
    assert world.reached("s2-eth1", BOX["s2"]) == {"s2-eth6"}
    wait_for(lambda: world.switch("s1")["live"] == "minion", "status tells the live bucket")
    assert world.switch("s2")["live"] == "primary"


def scene_steers(world: World) -> None:
    """An order in the store moves both switches at once, and back."""
    world.start_fabric()
    steering = Steering(world.name, world.store)
    steering.write(Order("minion", "this test"))
    for switch, mac in BOX.items():
        world.until_reached(f"{switch}-eth2", mac, {f"{switch}-eth7"})
    wait_for(lambda: world.switch("s2")["live"] == "minion", "status tells where it steers")
    steering.write(Order("primary", "this test"))
    for switch, mac in BOX.items():
        world.until_reached(f"{switch}-eth2", mac, {f"{switch}-eth6"})
    wait_for(lambda: world.status("fabric")["steers"] == 2, "both orders are counted")


def scene_one_link_moves_both_sides(world: World) -> None:
    """Liveness sees one link of the primary die: the switch that still has its link must not use it."""
    world.start_fabric()
    liveness = world.start("liveness")
    wait_for(lambda: set(world.status("liveness")["links"].values()) == {"up"}, "both links are seen up")
    run("ip", "link", "set", "s1-eth6f", "down")
    world.until_reached("s2-eth1", BOX["s2"], {"s2-eth7"})
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth7"})
    wait_for(lambda: world.status("liveness")["links"] == {"s1-eth6": "down", "s2-eth6": "up"}, "the verdicts are shown")
    run("ip", "link", "set", "s1-eth6f", "up")
    wait_for(lambda: world.status("liveness")["links"]["s1-eth6"] == "up", "the link is back")
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth7"}, "failback is manual"
    liveness.send_signal(signal.SIGTERM)
    assert liveness.wait(timeout=10) == 0
    world.start("liveness")
    assert world.status("liveness")["active"] == "minion", "a restart goes on from the order that stands"
    assert world.status("liveness")["orders"] == 0
    Steering(world.name, world.store).write(Order("primary", "the operator says so"))
    wait_for(lambda: world.status("liveness")["active"] == "primary", "an operator's order stands")
    for switch, mac in BOX.items():
        world.until_reached(f"{switch}-eth1", mac, {f"{switch}-eth6"})


def scene_drains(world: World) -> None:
    """All links are back: the minion stays in the path until its own flow has ended, and hands back to the primary."""
    world.change("failover", failback="drain")
    minion = world.start_minion(
        "lb :: MinionLB(VIP udp 10.1.0.100:53 random 10.2.0.1:53, UDP 3600); gate :: MinionGate(lb); one :: InfiniteSource(LIMIT 1, ACTIVE false);"
        "one -> UDPIPEncap(10.1.0.1, 4000, 10.1.0.100, 53) -> CheckIPHeader -> [0]gate; Idle -> [1]gate;"
        "gate[0] -> [0]lb; gate[1] -> [1]lb; lb[0], lb[1], gate[2], gate[3] => Discard, Discard, Discard, Discard"
    )
    world.start_fabric()
    world.start("liveness")
    wait_for(lambda: set(world.status("liveness")["links"].values()) == {"up"}, "both links are seen up")
    run("ip", "link", "set", "s1-eth6f", "down")
    world.until_reached("s2-eth1", BOX["s2"], {"s2-eth7"})
    minion.write("one.active", "true")
    wait_for(lambda: minion.read_text("gate.own") == "1", "a flow goes through the minion")
    run("ip", "link", "set", "s1-eth6f", "up")
    wait_for(lambda: minion.read_text("gate.mode") == "drain", "the minion drains")
    wait_for(lambda: (world.status("liveness")["active"], world.status("liveness")["own_flows"]) == ("drain", 1), "its flow is counted")
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth7"}
    assert world.reached("s1-eth7", BOX["s1"]) == {"s1-eth6"}, "what is handed back goes to the primary"
    run("ip", "link", "set", "s2-eth6f", "down")
    wait_for(lambda: minion.read_text("gate.mode") == "active", "the primary fails again: everything is the minion's")
    run("ip", "link", "set", "s2-eth6f", "up")
    wait_for(lambda: minion.read_text("gate.mode") == "drain", "the minion drains again")
    minion.write("lb.clear", "")
    for switch, mac in BOX.items():
        world.until_reached(f"{switch}-eth1", mac, {f"{switch}-eth6"})
    wait_for(lambda: minion.read_text("gate.mode") == "active", "the gate is open for the next failure")
    assert world.status("liveness")["active"] == "primary"


def scene_mirrors(world: World) -> None:
    """The minion gets a copy that is addressed to nobody while the primary carries traffic; a controller that returns changes nothing."""
    world.change("fabric", mirror=True)
    fabric = world.start_fabric()
    for switch, mac in BOX.items():
        first, primary, minion = (f"{switch}-eth{number}" for number in (1, PRIMARY, MINION))
        assert world.reached(first, mac) == {primary, minion}
        assert world.destination(primary) == mac and world.destination(minion) == COPY_MAC
        assert world.reached(minion, mac) == {primary}
    run("ip", "link", "set", "s1-eth6f", "down")
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth7"})
    run("ip", "link", "set", "s1-eth6f", "up")
    Steering(world.name, world.store).write(Order("minion", "this test"))
    for switch, mac in BOX.items():
        minion = f"{switch}-eth{MINION}"
        wait_for(
            lambda s=switch, m=minion, a=mac: world.reached(f"{s}-eth1", a) == {m} and world.destination(m) == a, "only the frame itself"
        )
    fabric.kill()
    fabric.wait()
    world.start_fabric()
    assert [world.switch(name)["messages"] for name in BOX] == [0, 0]


def scene_restart_interrupts_nothing(world: World) -> None:
    """The controller dies and returns: no message changes anything, traffic flows all the time."""
    fabric = world.start_fabric()
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth6"}
    fabric.kill()
    fabric.wait()
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth6"}
    run("ip", "link", "set", "s1-eth6f", "down")
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth7"})
    world.start_fabric()
    assert [world.switch(name)["messages"] for name in BOX] == [0, 0]
    fabric = world.processes[-1]
    fabric.send_signal(signal.SIGTERM)
    assert fabric.wait(timeout=10) == 0
    assert len(world.flows("s1")) == world.expected_flows


def scene_repairs(world: World) -> None:
    """Stale entries of ours go, wrong ones are replaced, those of others stay."""
    fabric = world.start_fabric()
    fabric.kill()
    fabric.wait()
    ours = f"cookie={cookie_of(world.name):#x}"
    for flow in (f"{ours},table=1,priority=150,dl_dst=02:de:ad:00:00:01,actions=output:1", "cookie=0x7,table=5,priority=1,actions=drop"):
        run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", "s1", flow)
    run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", "s1", f"{ours},table=1,priority=200,dl_dst={BOX['s1']},actions=drop")
    world.start_fabric()
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth6"}
    lines = world.flows("s1")
    assert not any("02:de:ad" in line for line in lines)
    assert sum("cookie=0x7," in line for line in lines) == 1
    assert world.switch("s1")["messages"] == 2
    assert world.switch("s2")["messages"] == 0


def scene_port_returns(world: World) -> None:
    """A port that is not there is named; when it appears, under whatever number, it is used."""
    world.remove_port("s1-eth6")
    world.start("fabric")
    wait_for(lambda: world.status("fabric").get("problems") == ["s1: no port 's1-eth6'"], "the missing port is named")
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth7"}
    world.add_port("s1-eth6")
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth6"})
    wait_for(lambda: world.status("fabric")["state"] == "installed", "all is well again")
    world.remove_port("s1-eth6")
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth7"})
    world.add_port("s1-eth6")
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth6"})


def scene_stranger(world: World) -> None:
    """A switch that is not in the pairing is refused and counted, and gets no rules."""
    world.add_bridge("s3", 99)
    world.start_fabric()
    wait_for(lambda: world.status("fabric")["refused_datapaths"] >= 1, "the stranger is refused")
    assert world.flows("s3") == []
    assert "unknown datapath 99" in world.status("fabric")["problems"][0]


def scene_store_dies(world: World) -> None:
    """Without a store the rules stay; when it is back, so is steering."""
    world.start_fabric()
    world.processes[0].kill()
    world.processes[0].wait()
    wait_for(lambda: any("store" in text for text in world.status("fabric")["problems"]), "the trouble is shown")
    assert world.reached("s1-eth1", BOX["s1"]) == {"s1-eth6"}
    argv = ["redis-server", "--port", "0", "--unixsocket", f"{world.home}/redis.sock", "--save", ""]
    world.processes.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=world.home))
    wait_for(lambda: not world.status("fabric")["problems"], "the store is back")
    Steering(world.name, world.store).write(Order("minion", "this test"))
    world.until_reached("s1-eth1", BOX["s1"], {"s1-eth7"})


SCENES = {name.removeprefix("scene_"): value for name, value in list(globals().items()) if name.startswith("scene_")}


@contextlib.contextmanager
def world_of_its_own() -> Iterator[World]:
    enter()
    with tempfile.TemporaryDirectory(prefix="mimi-ovs-") as name, PrivateOvs(Path(name) / "ovs"):
        world = World(Path(name))
        try:
            world.build()
            yield world
        except BaseException:
            for log in Path(name).glob("*.log"):
                print(f"--- {log.name}\n{log.read_text()[-4000:]}", file=sys.stderr)
            print(json.dumps(world.status("fabric"), indent=1), file=sys.stderr)
            raise
        finally:
            world.end()


if __name__ == "__main__":
    with world_of_its_own() as made:
        SCENES[sys.argv[1]](made)
