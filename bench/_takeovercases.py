# SPDX-License-Identifier: Apache-2.0
"""The middleboxes that are made to die: each type's rules, who has which address, and the pairing that MiMi needs for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

PORT = 8080
DATA_PORTS = (8081, 8089)
"""What a server may open besides, and the firewall lets through: FTP's data connections."""
MACS = {"eth0": "02:00:00:00:01:fe", "eth1": "02:00:00:00:02:fe"}
DROP_STRAYS = "chain input { type filter hook input priority 0; ct state invalid drop; }"


@dataclass(frozen=True)
class Case:
    """A type of middlebox: its rules, who has which address, and the pairing that MiMi needs for it."""

    name: str
    table: str
    """The element's name in the minion's graph."""
    rules: str
    target: str
    clients: tuple[str, ...]
    gateways: tuple[str, str]
    servers: tuple[str, ...]
    pairing: dict[str, Any]
    own: tuple[str, ...] = ()
    """More addresses of the box on its left side."""
    pings: bool = True
    server_routes: tuple[str, ...] = field(default=())
    """Networks that servers reach through the box."""
    commands: tuple[str, ...] = ()
    """What makes the box besides its rules."""
    stateless: bool = False
    """Whether there is nothing to remember: any box with the same rules carries on."""

    @property
    def version(self) -> int:
        """Of IP."""
        return 6 if ":" in self.target else 4


def sides(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    ends = zip(MACS.items(), case.gateways, strict=True)
    left, right = ({"device": device, "mac": mac, "addresses": [own]} for (device, mac), own in ends)
    return left, right


def balancing(vip: str, backends: str) -> dict[str, Any]:
    """The pairing of a balancer: one VIP of each protocol, and three backends whose addresses begin so."""
    names = {n: f"{backends}{n}" for n in (1, 2, 3)}
    servers = [{"name": f"v{n}", "address": address, "port": PORT} for n, address in names.items()]
    vips = [{"name": protocol, "address": vip, "protocol": protocol, "port": PORT, "backends": servers} for protocol in ("tcp", "udp")]
    return {"type": "load-balancer", "vips": vips}


def balancer_rules(ip: str, vip: str, backends: str) -> str:
    """Of nftables, for ``ip`` or ``ip6``: one VIP, and three backends whose addresses begin so."""
    places = ", ".join(f"{n} : {backends}{n + 1}" for n in range(3))
    return f"""table {ip} box {{
  chain prerouting {{
    type nat hook prerouting priority dstnat
    {ip} daddr {vip} meta l4proto {{ tcp, udp }} th dport {PORT} dnat to numgen random mod 3 map {{ {places} }}
  }}
  {DROP_STRAYS}
}}"""


def firewall_rules(ip: str, icmp: str, more: str) -> str:
    """Of nftables: what begins inside and goes to the servers, and what belongs to it."""
    return f"""table {ip} box {{
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname eth0 tcp dport {{ {PORT}, {DATA_PORTS[0]}-{DATA_PORTS[1]} }} accept
    iifname eth0 udp dport {PORT} accept
    iifname eth0 {icmp} type echo-request accept
  }}
  {more}
}}"""


def protecting(icmp: str) -> dict[str, Any]:
    """The pairing of a firewall with the same rules."""
    served = (("tcp", [PORT, f"{DATA_PORTS[0]}-{DATA_PORTS[1]}"]), ("udp", [PORT]))
    rules = [{"name": name, "action": "allow", "from": "inside", "protocol": name, "destination_ports": ports} for name, ports in served]
    rules.append({"name": "ping", "action": "allow", "from": "inside", "protocol": icmp, "icmp_types": ["echo-request"]})
    return {"type": "firewall", "firewall": {"default": "deny", "rules": rules}}


BALANCER = Case(
    name="load balancer",
    table="lb",
    rules=balancer_rules("ip", "10.1.0.100", "10.2.0."),
    target="10.1.0.100",
    clients=("10.1.0.1/16",),
    gateways=("10.1.0.254/16", "10.2.0.254/16"),
    servers=("10.2.0.1/16", "10.2.0.2/16", "10.2.0.3/16"),
    own=("10.1.0.100/32",),
    server_routes=("10.1.0.0/16",),
    pings=False,  # a load balancer answers pings to its address itself
    pairing=balancing("10.1.0.100", "10.2.0."),
)
# Ports are drawn at random: a box without the table cannot guess which it was.
TRANSLATOR = Case(
    name="NAT",
    table="nat",
    rules=f"""table ip box {{
  chain postrouting {{
    type nat hook postrouting priority srcnat
    oifname eth1 ip saddr 10.0.0.0/16 masquerade fully-random
  }}
  {DROP_STRAYS}
}}""",
    target="203.0.113.100",
    clients=("10.0.0.2/16",),
    gateways=("10.0.0.1/16", "203.0.113.1/24"),
    servers=("203.0.113.100/24",),
    pairing={"type": "nat", "nat": {"pools": [{"addresses": "203.0.113.1", "ports": "1-65535"}], "inside": ["10.0.0.0/16"]}},
)
FIREWALL = Case(
    name="firewall",
    table="fw",
    rules=firewall_rules("ip", "icmp", DROP_STRAYS),
    target="203.0.113.100",
    clients=("10.0.0.2/16",),
    gateways=("10.0.0.1/16", "203.0.113.1/24"),
    servers=("203.0.113.100/24",),
    server_routes=("10.0.0.0/16",),
    pairing=protecting("icmp"),
)
BALANCER6 = replace(
    BALANCER,
    name="load balancer, IPv6",
    rules=balancer_rules("ip6", "2001:db8:1::100", "2001:db8:2::"),
    target="2001:db8:1::100",
    clients=("2001:db8:1::1/64",),
    gateways=("2001:db8:1::fe/64", "2001:db8:2::fe/64"),
    servers=("2001:db8:2::1/64", "2001:db8:2::2/64", "2001:db8:2::3/64"),
    own=("2001:db8:1::100/128",),
    server_routes=("2001:db8:1::/64",),
    pairing=balancing("2001:db8:1::100", "2001:db8:2::"),
)
FIREWALL6 = replace(
    FIREWALL,
    name="firewall, IPv6",
    rules=firewall_rules("ip6", "icmpv6", ""),
    target="2001:db8:ffff::100",
    clients=("2001:db8:10::2/64",),
    gateways=("2001:db8:10::1/64", "2001:db8:ffff::1/64"),
    servers=("2001:db8:ffff::100/64",),
    server_routes=("2001:db8:10::/64",),
    pairing=protecting("icmp6"),
)
_SITE, _WORLD = "fd01:203:405::/48", "2001:db8:1::/48"
PREFIXES = Case(
    name="NPTv6",
    table="nat",
    rules="",
    commands=(
        "ip6tables -t raw -A PREROUTING -j NOTRACK",
        f"ip6tables -t mangle -A POSTROUTING -o eth1 -s {_SITE} -j SNPT --src-pfx {_SITE} --dst-pfx {_WORLD}",
        f"ip6tables -t mangle -A PREROUTING -i eth1 -d {_WORLD} -j DNPT --src-pfx {_WORLD} --dst-pfx {_SITE}",
    ),
    target="2001:db8:ffff::100",
    clients=("fd01:203:405:1::2/64",),
    gateways=("fd01:203:405:1::1/64", "2001:db8:ffff::1/64"),
    servers=("2001:db8:ffff::100/64",),
    server_routes=(_WORLD,),
    pairing={"type": "nat", "nat": {"nptv6": {"inside": _SITE, "outside": _WORLD}}},
    stateless=True,
)
CASES = {"lb": BALANCER, "nat": TRANSLATOR, "firewall": FIREWALL, "lb6": BALANCER6, "firewall6": FIREWALL6, "nptv6": PREFIXES}
