# SPDX-License-Identifier: Apache-2.0
"""A configuration replaced while it runs: the firewall keeps its flows, counts them anew, and follows the new rules."""

from __future__ import annotations

from pathlib import Path

from mimi.click.control import ControlSocket
from tests.runtime.clickprogram import Program, wait_for

WEB = "put 7 tcp 10.0.0.7:40000 198.51.100.9:443 10.0.0.7:40000 198.51.100.9:443 7440 state=established"
DNS = "put 9 udp 10.0.0.7:40000 198.51.100.53:53 10.0.0.7:40000 198.51.100.53:53 300"
WEB6 = "put 8 tcp [2001:db8:a::7]:40000 [2001:db8:99::9]:443 [2001:db8:a::7]:40000 [2001:db8:99::9]:443 7440 state=established"
RULE = "allow from inside tcp any any:443"


def firewall(arguments: str) -> str:
    return f"fw :: MinionFirewall({arguments}); Idle -> [0]fw; Idle -> [1]fw; fw[0] -> Discard; fw[1] -> Discard"


def test_a_swap_keeps_flows_and_takes_the_new_rules(tmp_path: Path) -> None:
    with Program(firewall(f'RULE "{RULE}"'), tmp_path, "-R") as program, ControlSocket(program.address) as control:
        control.write("fw.import", f"{WEB}\n{WEB6}\n{DNS}\n")
        after = firewall(f'RULE "{RULE}", RULE "deny from any any any any", DEFAULT reject, PER_SOURCE 5, HALF_OPEN 5')
        control.write("hotconfig", after)
        wait_for(lambda: control.read_text("config") == after, "the new configuration runs")
        words = [line.split()[:7] for line in control.read_text("fw.export").splitlines()]
        assert sorted(words) == sorted(line.split()[:7] for line in (WEB, WEB6, DNS))
        assert control.read_text("fw.rules").splitlines()[1:] == ["2 hits 0 deny from any any any any", "default hits 0 reject"]
        assert control.read_text("fw.sources") == "10.0.0.7 2\n2001:db8:a::/64 1\n"
        assert "applied 3\n" in control.read_text("fw.stats")
        control.write("fw.clear")
        assert control.read_text("fw.sources") == ""
