# SPDX-License-Identifier: Apache-2.0
"""Random arguments of IPClassifier, IPFilter and Classifier, in the language that all Clicks share."""

from __future__ import annotations

from random import Random

from packets import ADDRESSES, PORTS

NETS = ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/255.255.0.255", "192.168.0.0/16", "0.0.0.0/0", "224.0.0.0/4"]
DIRECTIONS = ["", "src ", "dst ", "src or dst ", "src and dst "]
PROTOCOLS = ["tcp", "udp", "icmp"]
ICMP_TYPES = ["echo", "echo-reply", "unreachable", "timeexceeded", "0", "3", "8", "11", "13"]
RELATIONS = ["", "= ", "== ", "!= ", "> ", "< ", ">= ", "<= "]
FLAGS = ["syn", "fin", "rst", "ack", "psh", "urg"]


def number(random: Random, most: int) -> str:
    value = random.choice([0, 1, most, random.randint(0, most), random.randint(0, most)])
    return random.choice([str(value), hex(value)])


def primitive(random: Random) -> str:
    """One test, without those whose meaning differs between Clicks: docs/testing.md tells which."""
    direction, relation = random.choice(DIRECTIONS), random.choice(RELATIONS)
    # Of two ports, "less" means both here and one there, or the other way round: upstream turns it into "not greater".
    port_relation = relation if relation[:1] != "<" or direction in {"src ", "dst "} else "= "
    return random.choice(
        [
            lambda: f"{direction}host {random.choice(ADDRESSES)}",
            lambda: f"{direction}{random.choice(ADDRESSES)}",
            lambda: f"{direction}net {random.choice(NETS)}",
            lambda: f"{direction}{random.choice(['tcp ', 'udp '])}port {port_relation}{random.choice(PORTS)}",
            lambda: f"{direction}port {port_relation}{random.choice(PORTS)}",
            lambda: f"{direction}{random.choice(['tcp', 'udp'])} port {random.choice(['www', 'domain', 'ssh'])}",
            lambda: random.choice(PROTOCOLS),
            lambda: f"ip proto {random.choice([*PROTOCOLS, '4', '50', number(random, 255)])}",
            lambda: f"icmp type {random.choice(ICMP_TYPES)}",
            lambda: f"icmp type {relation}{number(random, 255)}",
            lambda: f"icmp type {random.choice(ICMP_TYPES)} code {relation}{number(random, 15)}",
            lambda: f"ip vers {relation}{random.choice(['4', '5', '0'])}",
            lambda: f"ip hl {relation}{random.choice(['5', '6', '7', '15'])}",
            lambda: f"ip ttl {relation}{number(random, 255)}",
            lambda: f"ip tos {relation}{number(random, 255)}",
            lambda: f"ip dscp {relation}{number(random, 63)}",
            lambda: "ip ect",
            lambda: "ip ce",
            lambda: f"ip id {relation}{number(random, 65535)}",
            lambda: f"ip len {relation}{number(random, 1500)}",
            lambda: random.choice(["ip frag", "ip unfrag"]),
            lambda: f"tcp opt {random.choice(FLAGS)}",
            lambda: random.choice(FLAGS[:4]) if random.randrange(2) else f"tcp opt {random.choice(FLAGS)}",
            lambda: f"tcp win {relation}{number(random, 65535)}",
            lambda: f"tcp win {relation}512",
            lambda: f"ip[{random.randrange(20)}] {relation or '= '}{number(random, 255)}",
            lambda: f"ip[{random.randrange(0, 19)}:2] & {hex(random.getrandbits(16))} {random.choice(['=', '!='])} {random.getrandbits(8)}",
            lambda: f"transp[{random.randrange(8)}] {relation or '= '}{number(random, 255)}",
            lambda: f"transp[{random.choice([0, 4, 8])}:4] {random.choice(['=', '>'])} {random.getrandbits(31)}",
            lambda: random.choice(["true", "false"]),
        ]
    )()


def expression(random: Random, depth: int = 0) -> str:
    """A test, or some of them combined."""
    kind = random.randrange(8) if depth < 3 else 0
    if kind < 3:
        return primitive(random)
    a, b = expression(random, depth + 1), expression(random, depth + 1)
    if kind == 3:
        return f"{random.choice(['not ', '! ', '!'])}({a})"
    if kind == 4:
        return f"({a} {random.choice(['and', '&&'])} {b})"
    if kind == 5:
        return f"({a} {random.choice(['or', '||'])} {b})"
    if kind == 6:
        return f"({a}) {random.choice(['and', 'or', '&&', '||'])} ({b})"
    return f"(({a}) ? ({b}) : ({expression(random, depth + 1)}))"


def pattern(random: Random) -> str:
    """A clause of a Classifier pattern."""
    offset, size = random.choice([0, 6, 12, 12, 14, 20, 23, 26, 30, 34, random.randrange(60)]), random.randint(1, 4)
    known = {12: "0800", 20: "0001", 23: "06", 14: "45", 26: "0a000001", 0: "020000000001"}
    digits = known.get(offset, random.randbytes(size).hex()) if random.randrange(4) else random.randbytes(size).hex()
    if random.randrange(4) == 0:
        at = random.randrange(len(digits))
        digits = digits[:at] + "?" + digits[at + 1 :]
    mask = "%" + random.randbytes(len(digits) // 2).hex() if random.randrange(4) == 0 else ""
    return f"{random.choice(['', '', '', '!'])}{offset}/{digits}{mask}"


def make_configuration(seed: int) -> str:
    """A configuration with one random classifier."""
    random = Random(seed)
    kind = random.choice(["IPClassifier", "IPClassifier", "IPFilter", "Classifier"])
    count = random.randint(1, 4)
    if kind == "Classifier":
        arguments = [" ".join(pattern(random) for _ in range(random.randint(1, 4))) for _ in range(count)] + ["-"]
    elif kind == "IPClassifier":
        arguments = [expression(random) for _ in range(count)] + ["-"]
    else:
        arguments = [f"{i} {expression(random)}" for i in range(count)] + [f"{count} all"]
    packets, front = ("ethernet", "") if kind == "Classifier" else ("whole-ip", "CheckIPHeader(VERBOSE false, CHECKSUM true) -> ")
    lines = [f"// packets: {packets}", f"FromDump($IN, STOP true) -> {front}c :: {kind}({', '.join(arguments)});"]
    lines += [f"c[{i}] -> ToDump($OUT{i}, SNAPLEN 0);" for i in range(len(arguments))]
    return "\n".join(lines) + "\n"
