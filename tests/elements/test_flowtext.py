# SPDX-License-Identifier: Apache-2.0
"""The text of flows of both families against Python's `ipaddress`. See flowtext_check.cc."""

from __future__ import annotations

import ipaddress
import itertools
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.elements.compiled import CHECKED, build

PARTS = ["addresstext", "flowbinding", "flowreader"]
SOURCES = ["tests/elements/flowtext_check.cc", *(f"elements/{part}.cc" for part in PARTS)]
FNV_START, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("flowtext"), SOURCES, *CHECKED)


def ask(check: Path, mode: str, lines: Iterable[str]) -> list[str]:
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run([check, mode], input=text.encode(), capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


def groups_of(address: ipaddress.IPv6Address) -> list[str]:
    return [f"{int(group, 16):x}" for group in address.exploded.split(":")]


def zero_runs(groups: list[str]) -> list[tuple[int, int]]:
    """Place and length of each run of zero groups."""
    runs = [(group == "0", [i for i, _ in members]) for group, members in itertools.groupby(enumerate(groups), key=lambda item: item[1])]
    return [(members[0], len(members)) for zero, members in runs if zero]


def without(groups: list[str], place: int, length: int) -> str:
    return ":".join(groups[:place]) + "::" + ":".join(groups[place + length :])


def canonical(address: ipaddress.IPv6Address) -> str:
    """RFC 5952 sections 4.1 to 4.3, in hexadecimal groups."""
    groups = groups_of(address)
    runs = [run for run in zero_runs(groups) if run[1] > 1]
    if not runs:
        return ":".join(groups)
    return without(groups, *max(runs, key=lambda run: (run[1], -run[0])))


def some_address(dice: random.Random) -> ipaddress.IPv6Address:
    """With more zeros, short groups and known prefixes than chance would have."""
    groups = [dice.choice([0, 0, 0, 1, dice.randrange(16), dice.randrange(256), dice.randrange(65536)]) for _ in range(8)]
    if dice.random() < 0.1:
        groups[:6] = [0, 0, 0, 0, 0, dice.choice([0, 0xFFFF])]
    return ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))


def other_spelling(dice: random.Random, address: ipaddress.IPv6Address) -> str:
    """The address in a way that may or may not be canonical."""
    groups = [group if dice.random() < 0.9 else group.zfill(dice.randint(1, 4)) for group in groups_of(address)]
    pieces = ":".join(groups)
    runs = [run for run in zero_runs(groups_of(address)) if run[1] >= 1]
    if runs and dice.random() < 0.8:
        place, length = dice.choice(runs)
        pieces = without(groups, place, dice.randint(1, length))
    if dice.random() < 0.15:
        head, last = canonical(address).rsplit(":", 1)
        before, _, next_to_last = head.rpartition(":")
        if next_to_last and last:
            quad = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            pieces = f"{before}:{quad}"
    return pieces.upper() if dice.random() < 0.1 else pieces


def means(text: str) -> ipaddress.IPv6Address | None:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return None if "%" in text else address


def endpoint(dice: random.Random) -> str:
    return f"[{canonical(some_address(dice))}]:{dice.choice([0, 1, 80, 65535, dice.randrange(65536)])}"


def endpoint4(dice: random.Random) -> str:
    return f"{ipaddress.IPv4Address(dice.getrandbits(32))}:{dice.randrange(65536)}"


def tuple_of(dice: random.Random, proto: str) -> str:
    one = endpoint if proto.endswith("6") else endpoint4
    if proto.startswith("icmp"):
        return f"{one(dice)} {one(dice).rsplit(':', 1)[0]}:0"
    return f"{one(dice)} {one(dice)}"


def some_line(dice: random.Random) -> tuple[str, str]:
    """A line and its family."""
    proto = dice.choice(["tcp", "udp", "icmp", "tcp6", "udp6", "icmp6"])
    word = proto if proto == "icmp6" else proto.rstrip("6")
    family = "6" if proto.endswith("6") else "4"
    sequence = dice.choice([0, 17, 2**64 - 1, dice.getrandbits(64)])
    if dice.random() < 0.3:
        return f"del {sequence} {word} {tuple_of(dice, proto)}", family
    options = dice.choice(["", " state=new", " state=established", " state=closed"]) + dice.choice(["", " delta=-2147483648,2147483647"])
    lifetime = dice.choice([0, 2147483647, dice.randrange(10000)])
    return f"put {sequence} {word} {tuple_of(dice, proto)} {tuple_of(dice, proto)} {lifetime}{options}", family


@pytest.mark.parametrize("seed", range(3))
def test_random_lines_of_both_families_are_written_as_they_were_read(check: Path, seed: int) -> None:
    dice = random.Random(seed)
    lines = [some_line(dice) for _ in range(3000)]
    expected = [f"{family} {line}" for line, family in lines]
    assert ask(check, "update", (line for line, _ in lines)) == expected
    assert ask(check, "document", (line for line, _ in lines)) == expected
    for family in "46":
        mine = [line for line, other in lines if other == family]
        assert ask(check, f"update{family}", mine) == [f"{family} {line}" for line in mine]


@pytest.mark.parametrize("seed", range(3))
def test_random_keys_of_both_families_are_written_as_they_were_read(check: Path, seed: int) -> None:
    dice = random.Random(seed)
    keys = [(f"{proto if proto == 'icmp6' else proto.rstrip('6')} {tuple_of(dice, proto)}", "6" if "6" in proto else "4")
            for proto in dice.choices(["tcp", "udp", "icmp", "tcp6", "udp6", "icmp6"], k=1000)]  # fmt: skip
    assert ask(check, "key", (key for key, _ in keys)) == [f"{family} {key}" for key, family in keys]
    for family in "46":
        mine = [key for key, other in keys if other == family]
        assert ask(check, f"key{family}", mine) == [f"{family} {key}" for key in mine]


@pytest.mark.parametrize("seed", range(3))
def test_an_address_is_read_only_as_it_is_written_and_who_writes_it_otherwise_is_told_how(check: Path, seed: int) -> None:
    dice = random.Random(seed)
    spellings = [other_spelling(dice, some_address(dice)) for _ in range(6000)]
    addresses = [means(text) for text in spellings]
    answers = ask(check, "key", (f"tcp [{text}]:80 [::1]:80" for text in spellings))
    refused = 0
    for text, address, answer in zip(spellings, addresses, answers, strict=True):
        if address is None:
            assert answer.startswith("! line 1: expected [ADDRESS]:PORT, found "), text
        elif text == canonical(address):
            assert answer == f"6 tcp [{text}]:80 [::1]:80"
        else:
            refused += 1
            hint = f"! line 1: expected '[{canonical(address)}]:80', as that address is written, found '"
            assert answer == hint + f"[{text}]:80"[:48] + "'"
    assert 1000 < refused < 5500


@pytest.mark.parametrize("seed", range(3))
def test_of_random_characters_only_canonical_addresses_are_read(check: Path, seed: int) -> None:
    dice = random.Random(seed)
    texts = ["".join(dice.choices("01af:::::.AF%", k=dice.randint(0, 14))) for _ in range(20000)]
    texts += ["::", "::1", "1::", "1::8", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "0::", "::0"]
    read = 0
    for text, answer in zip(texts, ask(check, "endpoint6", (f"[{text}]:65535" for text in texts)), strict=True):
        address = means(text)
        right = address is not None and canonical(address) == text
        read += right
        assert answer == (f"{text} 65535" if right else "no"), text
    assert read > 50


@pytest.mark.parametrize("seed", range(3))
def test_text_cut_anywhere_or_with_a_character_changed_is_read_as_itself_or_not_at_all(check: Path, seed: int) -> None:
    dice = random.Random(seed)
    damaged = []
    for _ in range(4000):
        line = some_line(dice)[0]
        at = dice.randrange(1, len(line))
        damaged.append(line[:at] if dice.random() < 0.5 else line[:at] + dice.choice("0:[]. f\t\x00\xffx") + line[at + 1 :])
    for line, answer in zip(damaged, ask(check, "update", damaged), strict=True):
        assert answer.startswith("! line 1: expected ") or answer[2:] == line


def test_the_identity_hash_is_that_of_the_text(check: Path) -> None:
    dice = random.Random(1)
    lines = [line for line, _ in (some_line(dice) for _ in range(500)) if line.startswith("put")]
    expected = []
    for line in lines:
        value = FNV_START
        for byte in " ".join(line.split(" ")[2:7]).encode():
            value = (value ^ byte) * FNV_PRIME % 2**64
        expected.append(f"{value:016x}")
    assert ask(check, "digest", lines) == expected


FOUR, SIX = "10.1.0.1:1234", "[2001:db8::1]:1234"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"put 1 tcp {FOUR} {SIX} {FOUR} {FOUR} 9", f"an IPv4 endpoint, as before in this line, found '{SIX}'"),
        (f"put 1 tcp {SIX} {FOUR} {SIX} {SIX} 9", f"an IPv6 endpoint, as before in this line, found '{FOUR}'"),
        (f"put 1 tcp {FOUR} {FOUR} {SIX} {SIX} 9", f"an IPv4 endpoint, as before in this line, found '{SIX}'"),
        (f"put 1 udp {SIX} {SIX} {FOUR} {FOUR} 9", f"an IPv6 endpoint, as before in this line, found '{FOUR}'"),
        (f"put 1 udp {SIX} {SIX} {SIX} {FOUR} 9", f"an IPv6 endpoint, as before in this line, found '{FOUR}'"),
        (f"del 1 tcp {SIX} {FOUR}", f"an IPv6 endpoint, as before in this line, found '{FOUR}'"),
    ],
)
def test_a_line_with_addresses_of_both_families_is_refused(check: Path, line: str, expected: str) -> None:
    assert ask(check, "document", [f"del 1 tcp {FOUR} {FOUR}", line])[1:] == [f"! line 2: expected {expected}"]


@pytest.mark.parametrize(
    ("mode", "line", "expected"),
    [
        ("key", f"icmp {SIX} [2001:db8::2]:0", f"ADDRESS:PORT, found '{SIX}'"),
        ("key", "icmp6 10.1.0.1:77 10.2.0.1:0", "[ADDRESS]:PORT, found '10.1.0.1:77'"),
        ("key", f"icmp6 {SIX} [2001:db8::2]:1", f"[ADDRESS]:IDENTIFIER [ADDRESS]:0 of a query, found '{SIX}'"),
        ("key4", f"tcp {SIX} {SIX}", f"ADDRESS:PORT, found '{SIX}'"),
        ("key6", f"tcp {FOUR} {FOUR}", f"[ADDRESS]:PORT, found '{FOUR}'"),
        ("key4", f"icmp6 {SIX} [2001:db8::2]:0", "tcp, udp or icmp, found 'icmp6'"),
        ("key6", "icmp 10.1.0.1:77 10.2.0.1:0", "tcp, udp or icmp6, found 'icmp'"),
        ("key", "gre 10.1.0.1:0 10.2.0.1:0", "tcp, udp, icmp or icmp6, found 'gre'"),
        ("key", "tcp [::1]:080 [::1]:80", "[ADDRESS]:PORT, found '[::1]:080'"),
        ("key", "tcp [::1] [::1]:80", "[ADDRESS]:PORT, found '[::1]'"),
        ("key", "tcp [fe80::1%1]:80 [::1]:80", "[ADDRESS]:PORT, found '[fe80::1%1]:80'"),
        ("key", "tcp ::1:80 [::1]:80", "ADDRESS:PORT, found '::1:80'"),
        ("key", "tcp [::ffff:192.0.2.1]:80 [::1]:80", "'[::ffff:c000:201]:80', as that address is written, found '[::ffff:192.0.2.1]:80'"),
        ("key", "tcp [2001:DB8::1]:80 [::1]:80", "'[2001:db8::1]:80', as that address is written, found '[2001:DB8::1]:80'"),
        ("key", "tcp [::1]:80 [::1]:80 ", "end of line, found ' '"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_was_expected_and_what_was_found(check: Path, mode: str, line: str, expected: str) -> None:
    assert ask(check, mode, [line]) == [f"! line 1: expected {expected}"]
