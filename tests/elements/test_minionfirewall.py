# SPDX-License-Identifier: Apache-2.0
"""MinionFirewall, behaviour by behaviour: rules, flows, windows, answers. TCP at length is in test_tcptrack.py."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest
from scapy.layers.inet import ICMP, IP, TCP

from mimi.errors import ClickError
from tests.elements.fw import (
    HOST,
    INSIDE,
    KEY,
    OUTSIDE,
    PUT,
    RULES,
    SERVER,
    TO_INSIDE,
    TO_OUTSIDE,
    Conversation,
    Firewall,
    fragments,
    icmp,
    raw,
    tcp,
    udp,
)

MAIL = ("10.0.0.25", 25)
STRANGER = ("192.0.2.66", 6000)


class Make(Protocol):
    def __call__(self, arguments: str = "", *, rules: tuple[str, ...] = RULES) -> Firewall: ...


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def maker(arguments: str = "", *, rules: tuple[str, ...] = RULES) -> Firewall:
            return stack.enter_context(Firewall(rules, arguments))

        yield maker


@pytest.fixture
def fw(make: Make) -> Firewall:
    return make()


@pytest.fixture
def talk(fw: Firewall) -> Conversation:
    return Conversation(fw).opens()


# -- rules decide over beginnings


def test_what_no_rule_allows_is_dropped_without_a_word(fw: Firewall) -> None:
    assert fw.send(OUTSIDE, tcp(STRANGER, HOST, "S"), udp(STRANGER, HOST)) == []
    assert fw.stats()["drop_denied"] == 2
    assert fw.count() == 0


def test_the_first_rule_that_matches_decides(make: Make) -> None:
    fw = make(rules=("deny from any any 10.9.0.0/16 any", "allow from inside any any any"))
    assert not fw.passes(INSIDE, tcp(("10.9.1.1", 1), SERVER, "S"))
    assert fw.passes(INSIDE, tcp(("10.8.1.1", 1), SERVER, "S"))


@pytest.mark.parametrize(("port", "allowed"), [(79, False), (80, True), (443, True), (8000, True), (8100, True), (8101, False)])
def test_ports_are_numbers_and_ranges(fw: Firewall, port: int, allowed: bool) -> None:
    assert fw.passes(INSIDE, tcp(HOST, ("198.51.100.9", port), "S")) == allowed


def test_a_rule_is_for_one_side(fw: Firewall) -> None:
    assert not fw.passes(OUTSIDE, tcp(HOST, SERVER, "S"))
    assert fw.passes(INSIDE, tcp(HOST, SERVER, "S"))


@pytest.mark.parametrize(("word", "passes"), [("deny", False), ("allow", True)])
def test_the_default_decides_where_no_rule_does(make: Make, word: str, passes: bool) -> None:
    assert make(f"DEFAULT {word}", rules=()).passes(OUTSIDE, tcp(STRANGER, HOST, "S")) == passes


def test_rules_are_shown_with_their_hits(fw: Firewall) -> None:
    fw.send(INSIDE, tcp(HOST, SERVER, "S"), tcp(("10.0.0.8", 1), SERVER, "S"))
    fw.send(OUTSIDE, tcp(STRANGER, HOST, "S"))
    lines = fw.read("rules").splitlines()
    assert lines[0] == "1 hits 2 allow from inside tcp 10.0.0.0/8 any:80,443,8000-8100"
    assert lines[2] == "3 hits 0 allow from inside icmp any any types echo-request"
    assert lines[-1] == "default hits 1 deny"


def test_protocols_without_ports_are_judged_packet_by_packet(make: Make) -> None:
    fw = make(rules=("allow from inside 47 any any",))
    out = raw(IP(src="10.0.0.7", dst="198.51.100.9", proto=47) / b"tunnel data")
    back = raw(IP(src="198.51.100.9", dst="10.0.0.7", proto=47) / b"tunnel data")
    assert fw.passes(INSIDE, out)
    assert not fw.passes(OUTSIDE, back)
    assert (fw.stats()["stateless"], fw.count()) == (1, 0)


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("permit from inside tcp any any", "rule 1, word 1 (ACTION): expected allow, deny or reject, found 'permit'"),
        ("allow of inside tcp any any", "word 2 (from): expected from, found 'of'"),
        ("allow from here tcp any any", "word 3 (SIDE): expected inside, outside or any, found 'here'"),
        ("allow from inside tpc any any", "word 4 (PROTO): expected any, tcp, udp, icmp, icmp6 or a number from 0 to 255, found 'tpc'"),
        ("allow from inside 256 any any", "word 4 (PROTO)"),
        ("allow from inside tcp 10.0.0 any", "word 5 (SOURCE): expected any, an address, a network or a range, found '10.0.0'"),
        ("allow from inside tcp 10.0.0.1/8 any", "word 5 (SOURCE): the address 10.0.0.1 has bits set behind its prefix of 8"),
        ("allow from inside tcp 10.0.0.0/33 any", "expected a prefix length from 0 to 32, found '33'"),
        ("allow from inside tcp 10.0.0.9-10.0.0.1 any", "the range 10.0.0.9-10.0.0.1 ends before it begins"),
        ("allow from inside tcp any any:80-", "word 6 (DESTINATION): expected ports as in 80,443,8000-8100, found '80-'"),
        ("allow from inside tcp any any:65536", "found '65536'"),
        ("allow from inside tcp any any:090", "found '090'"),
        ("allow from inside tcp any any:", "expected ADDRESS or ADDRESS:PORTS, found 'any:'"),
        ("allow from inside icmp any any:80", "ports need the protocol tcp or udp, found 'any:80'"),
        ("allow from inside tcp 10.0.0.1 2001:db8::1", "IPv4 and IPv6 do not meet"),
        ("allow from inside icmp6 10.0.0.1 any", "IPv4 and IPv6 do not meet"),
        ("allow from inside tcp any any types echo-request", "word 7 (types): types need the protocol icmp or icmp6, found 'tcp'"),
        ("allow from inside icmp any any type echo-request", "word 7 (types): expected types or the end, found 'type'"),
        ("allow from inside icmp any any types ping", "word 8 (TYPES): expected ICMP types as in echo-request,unreachable/4, found 'ping'"),
        ("allow from inside tcp any", "expected ACTION from SIDE PROTO SOURCE[:PORTS] DESTINATION[:PORTS] [types TYPES], found 5 words"),
    ],
)
def test_a_wrong_rule_is_told_by_number_and_word(fw: Firewall, rule: str, error: str) -> None:
    before = fw.read("rules")
    with pytest.raises(ClickError) as caught:
        fw.write("rules", rule)
    assert error in str(caught.value)
    with pytest.raises(ClickError, match="rule 2"):
        fw.write("rules", f"allow from any any any any\n{rule}\n")
    assert fw.read("rules") == before


@pytest.mark.parametrize(
    "arguments",
    ["DEFAULT maybe", "MID_FLOW sloppy", "UNKNOWN pick", "WINDOW perhaps", "CAPACITY 0", 'RULE "  "', 'RULE "allow everything"'],
)
def test_wrong_arguments_are_refused(arguments: str) -> None:
    with pytest.raises(ClickError), Firewall((), arguments):
        pass


# -- flows


def test_a_flow_that_began_goes_both_ways_unchanged(talk: Conversation) -> None:
    assert talk.says(0, "PA", b"question")
    assert talk.says(1, "PA", b"an answer")
    assert talk.firewall.state() == "established"
    assert talk.firewall.stats()["new_flows"] == 1


def test_a_group_of_packets_leaves_in_order(fw: Firewall) -> None:
    fw.write("import", PUT)
    packets = [tcp(HOST, SERVER, "A", bytes([n]), seq=n) for n in range(100)]
    assert fw.passes(INSIDE, *packets)


def test_udp_answers_come_back_and_others_do_not(fw: Firewall) -> None:
    resolver = ("198.51.100.53", 53)
    assert fw.passes(INSIDE, udp(HOST, resolver))
    assert fw.passes(OUTSIDE, udp(resolver, HOST))
    assert not fw.passes(OUTSIDE, udp(resolver, ("10.0.0.7", 40001)))
    assert not fw.passes(OUTSIDE, udp(("198.51.100.54", 53), HOST))
    fw.pass_time(302)
    assert not fw.passes(OUTSIDE, udp(resolver, HOST))


def test_pings_are_answered_by_who_was_asked_alone(fw: Firewall) -> None:
    assert fw.passes(INSIDE, icmp("10.0.0.7", "198.51.100.9", 8, id=77, seq=1))
    assert fw.passes(OUTSIDE, icmp("198.51.100.9", "10.0.0.7", 0, id=77, seq=1))
    assert not fw.passes(OUTSIDE, icmp("198.51.100.9", "10.0.0.7", 0, id=78, seq=1))
    assert not fw.passes(OUTSIDE, icmp("198.51.100.9", "10.0.0.7", 8, id=77, seq=1))


def test_a_query_of_another_type_is_judged_by_the_rules(fw: Firewall) -> None:
    assert fw.passes(INSIDE, icmp("10.0.0.7", "198.51.100.9", 8, id=77, seq=1))
    assert not fw.passes(INSIDE, icmp("10.0.0.7", "198.51.100.9", 13, id=77, data=bytes(12)))
    assert not fw.passes(OUTSIDE, icmp("198.51.100.9", "10.0.0.7", 14, id=77, data=bytes(12)))
    assert fw.passes(OUTSIDE, icmp("198.51.100.9", "10.0.0.7", 0, id=77, seq=1))


def test_imported_pings_and_requests_are_answered(fw: Firewall) -> None:
    fw.write(
        "import",
        "put 7 icmp 10.0.0.7:77 198.51.100.9:0 10.0.0.7:77 198.51.100.9:0 60\n"
        "put 7 udp 10.0.0.7:5000 192.0.2.53:5353 10.0.0.7:5000 192.0.2.53:5353 60\n",
    )
    assert fw.passes(OUTSIDE, icmp("198.51.100.9", "10.0.0.7", 0, id=77, seq=9))
    assert fw.passes(OUTSIDE, udp(("192.0.2.53", 5353), ("10.0.0.7", 5000)))


def test_a_flow_that_was_never_confirmed_is_forgotten_soon(fw: Firewall, make: Make) -> None:
    Conversation(fw).says(0, "S")
    fw.pass_time(242)
    assert fw.count() == 0
    Conversation(fw).opens()
    fw.pass_time(242)
    assert fw.count() == 1


def test_a_full_table_refuses_new_flows(make: Make) -> None:
    fw = make("CAPACITY 1")
    assert fw.passes(INSIDE, tcp(HOST, SERVER, "S"))
    assert not fw.passes(INSIDE, tcp(("10.0.0.8", 1), SERVER, "S"))
    assert fw.stats()["drop_refused"] == 1


# -- the middle of a flow


def test_the_middle_of_an_unknown_flow_waits_for_its_record(fw: Firewall) -> None:
    packet = tcp(HOST, SERVER, "PA", b"GET")
    assert not fw.passes(INSIDE, packet)
    assert fw.stats()["drop_unknown"] == 1
    fw.write("import", PUT)
    assert fw.passes(INSIDE, packet)


def test_reset_tells_the_sender(make: Make) -> None:
    fw = make("UNKNOWN reset")
    ((port, answer),) = fw.send(INSIDE, tcp(HOST, SERVER, "A", b"xy", seq=100, ack=999))
    assert port == TO_INSIDE
    assert struct.unpack_from("!HHIIBB", answer, 20) == (443, 40000, 999, 0, 0x50, 0x04)
    ((port, _),) = fw.send(OUTSIDE, tcp(STRANGER, HOST, "A"))
    assert port == TO_OUTSIDE
    assert fw.send(INSIDE, tcp(HOST, SERVER, "R")) == []


def test_loose_takes_up_what_the_rules_allow(make: Make) -> None:
    fw = make("MID_FLOW loose")
    talk = Conversation(fw)
    assert talk.says(0, "PA", b"GET")
    assert talk.says(1, "PA", b"200")
    assert talk.says(0)
    assert fw.state() == "established"
    assert not fw.passes(OUTSIDE, tcp(STRANGER, HOST, "A"))


@pytest.mark.parametrize("flags", ["SA", "FA", "R", "RA"])
def test_loose_takes_up_nothing_else(make: Make, flags: str) -> None:
    assert not make("MID_FLOW loose").passes(INSIDE, tcp(HOST, SERVER, flags))


@pytest.mark.parametrize("flags", ["", "F", "SF", "SR", "SFA", "RF", "FPU", "P", "U"])
def test_flags_that_nobody_sends_are_dropped(talk: Conversation, flags: str) -> None:
    assert not talk.forges(0, flags)
    assert talk.firewall.stats()["drop_flags"] == 1
    assert talk.firewall.state() == "established"


# -- windows


def test_data_beyond_the_window_is_dropped(talk: Conversation) -> None:
    assert not talk.forges(1, "A", b"x", seq=1001)
    assert talk.firewall.stats()["drop_window"] == 1
    assert talk.forges(1, "A", b"x", seq=1000)


def test_an_acknowledgement_of_what_was_never_sent_is_dropped(talk: Conversation) -> None:
    assert not talk.forges(1, "A", ack=1)
    assert talk.says(0, "A", b"x")
    assert talk.says(1)


def test_windows_are_scaled_as_both_have_agreed(fw: Firewall) -> None:
    talk = Conversation(fw, options=[("WScale", 4)]).opens()
    talk.window = [1000, 1000]
    assert talk.says(0)
    assert talk.forges(1, "A", b"x", seq=15_999)
    assert not talk.forges(1, "A", b"x", seq=16_001)


def test_windows_are_not_scaled_if_one_does_not_offer_to(fw: Firewall) -> None:
    talk = Conversation(fw)
    assert talk.says(0, "S", options=[("WScale", 4)])
    assert talk.says(1, "SA")
    assert talk.says(0)
    assert not talk.forges(1, "A", b"x", seq=1001)


def test_without_windows_anything_of_the_flow_goes(make: Make) -> None:
    talk = Conversation(make("WINDOW false")).opens()
    assert talk.forges(1, "A", b"x", seq=2_000_000, ack=1_000_000)


@pytest.mark.parametrize("news", ["import", "relearn", "silence"])
def test_a_flow_that_went_on_elsewhere_is_learned_again(talk: Conversation, news: str) -> None:
    fw = talk.firewall
    assert talk.says(0, "A", b"before")
    talk.next = [2_000_000_000, 1_000_000_000]
    assert not talk.forges(0, "A", b"after")
    if news == "import":
        fw.write("import", fw.read("export").replace("put ", "put 9"))  # newer
    elif news == "relearn":
        fw.write("relearn")
    else:
        fw.pass_time(30)
    assert talk.says(0, "A", b"after")
    assert talk.says(1, "A", b"and back")
    assert talk.says(0)


def test_an_idle_flow_keeps_its_windows_while_others_talk(talk: Conversation) -> None:
    other = Conversation(talk.firewall, ("10.0.0.8", 1)).opens()
    for _ in range(4):
        talk.firewall.pass_time(20)
        assert other.says(0, "A", b"x")
    assert not talk.forges(1, "A", b"x", seq=100_000)


@pytest.mark.parametrize("first", [0, 1])
def test_a_flow_that_is_taken_over_learns_its_windows_from_either_end(fw: Firewall, first: int) -> None:
    fw.write("import", PUT)
    talk = Conversation(fw)
    assert talk.says(first, "A", b"again")
    # The other end has had more than that through the primary, and says so.
    talk.next[first] += 3000
    assert talk.says(1 - first)
    assert talk.says(first, "A", b"new")
    # What does not fit may be a forgery, or what was learned may be one: the ends judge it.
    before = fw.stats()["aside"]
    assert talk.forges(first, "A", b"x", seq=2**30)
    assert talk.forges(1 - first, "FA", ack=2**30)
    assert fw.stats()["aside"] == before + 2
    assert fw.state() == "established"


def test_a_stranger_cannot_cut_a_flow_that_was_taken_over(fw: Firewall) -> None:
    fw.write("import", PUT)
    talk = Conversation(fw)
    for guess in range(0, 2**32, 2**26):
        for end in (0, 1):
            talk.forges(end, "A", b"x", seq=guess, ack=2**32 - guess, window=65535)
            talk.forges(end, "R", seq=guess + 1)
    assert talk.says(0, "A", b"question")
    assert talk.says(1, "A", b"answer")
    assert fw.stats()["drop_window"] == 0


def test_only_the_next_number_resets_a_flow(talk: Conversation) -> None:
    assert talk.forges(1, "R", seq=900)  # in the window: the receiver asks back
    assert not talk.forges(1, "R", seq=70_000)
    assert talk.firewall.state() == "established"
    assert talk.says(1, "R")
    assert talk.firewall.state() == "closed"


def test_a_refusal_must_acknowledge_the_syn(fw: Firewall) -> None:
    talk = Conversation(fw)
    assert talk.says(0, "S")
    assert not talk.forges(1, "RA", ack=5)
    assert not talk.forges(1, "R")
    assert fw.state() == "new"
    assert talk.says(1, "RA")
    assert fw.state() == "closed"


# -- beginnings and ends


def test_both_may_begin_at_the_same_time(fw: Firewall) -> None:
    talk = Conversation(fw)
    assert talk.says(0, "S")
    assert talk.says(1, "S")
    assert talk.forges(0, "SA", seq=-1)
    assert talk.forges(1, "SA", seq=-1)
    assert talk.says(0, "A", b"data")
    assert talk.says(1)
    assert fw.state() == "established"


def test_data_before_the_answer_is_dropped(fw: Firewall) -> None:
    talk = Conversation(fw)
    assert talk.says(0, "S")
    assert not talk.says(0, "A", b"data")


def test_data_in_the_syn_may_be_acknowledged_or_not(fw: Firewall) -> None:
    talk = Conversation(fw)
    assert talk.says(0, "S", b"early data")
    assert talk.forges(1, "SA", ack=-11)  # of another SYN: for the client to reset
    assert (fw.stats()["aside"], fw.stats()["reverse"]) == (1, 0)
    assert talk.forges(1, "SA", ack=-10)
    assert talk.forges(1, "SA")
    assert fw.stats()["reverse"] == 2


def test_a_flow_ends_when_both_have_said_so(talk: Conversation) -> None:
    fw = talk.firewall
    assert talk.says(0, "FA")
    assert fw.state() == "closing"
    fw.pass_time(7000)
    assert talk.says(1, "A", b"the rest")
    assert talk.says(1, "FA")
    assert talk.says(0)
    assert fw.state() == "closed"
    fw.pass_time(242)
    assert fw.count() == 0


def test_a_closed_flow_may_begin_again_if_the_rules_still_allow_it(talk: Conversation) -> None:
    fw = talk.firewall
    assert talk.says(1, "RA")
    assert Conversation(fw).says(0, "S")
    assert fw.state() == "new"
    assert Conversation(fw).forges(1, "SA", ack=1)
    talk = Conversation(fw)
    talk.next = [1001, 5_000_001]
    assert talk.says(1, "RA")
    fw.write("rules", "deny from any any any any")
    assert not Conversation(fw).says(0, "S")


def test_the_other_side_cannot_begin_on_a_closed_flow(talk: Conversation) -> None:
    fw = talk.firewall
    assert talk.says(1, "RA")
    assert not fw.passes(OUTSIDE, tcp(SERVER, HOST, "S"))
    assert not fw.passes(OUTSIDE, tcp(SERVER, HOST, "S"))
    assert fw.count() == 1


def test_nor_on_one_that_lives(talk: Conversation) -> None:
    assert not talk.firewall.passes(OUTSIDE, tcp(SERVER, HOST, "S"))
    assert talk.says(0, "A", b"goes on")


def test_a_host_that_forgot_its_connection_can_open_it_anew(talk: Conversation) -> None:
    """RFC 9293, figure 9: the other end's challenge is answered by a reset, and then the SYN is a beginning."""
    fw = talk.firewall
    syn = tcp(HOST, SERVER, "S", seq=777_000)
    assert fw.passes(INSIDE, syn)
    assert fw.state() == "established"
    assert talk.says(1)
    assert talk.says(0, "R")
    assert fw.state() == "closed"
    assert fw.passes(INSIDE, syn)
    assert fw.state() == "new"


def test_two_hosts_that_forgot_their_connection_can_open_it_anew(talk: Conversation) -> None:
    fw = talk.firewall
    again = Conversation(fw)
    again.next = [777_000, 888_000]
    assert again.says(0, "S")
    assert again.says(1, "SA")
    assert again.says(0)
    assert again.says(1, "A", b"hello again")
    assert not talk.forges(1, "A", b"of the old connection")


def test_a_forged_answer_does_not_renew_a_flow_that_lives(talk: Conversation) -> None:
    forged = Conversation(talk.firewall)
    forged.next = [777_000, 888_000]
    assert not forged.says(1, "SA")
    assert talk.says(1, "A", b"goes on")


# -- ICMP errors


def error_about(quoted: bytes, kind: int = 3, code: int = 1, source: str = "192.0.2.1") -> bytes:
    return icmp(source, IP(quoted).src, kind, code, quoted[:28])


def test_an_error_about_a_flow_goes_to_its_sender(talk: Conversation) -> None:
    sent = talk.packet(0, "A", b"x")
    assert talk.says(0, "A", b"x")
    assert talk.firewall.passes(OUTSIDE, error_about(sent, 3, 4))
    assert talk.firewall.stats()["icmp_errors"] == 1
    assert talk.firewall.state() == "established"


def test_an_error_about_nothing_is_dropped(talk: Conversation) -> None:
    fw = talk.firewall
    assert not fw.passes(OUTSIDE, error_about(tcp(("10.0.0.7", 1), SERVER)))
    assert not fw.passes(OUTSIDE, error_about(udp(("10.0.0.7", 1), SERVER)))
    assert not fw.passes(OUTSIDE, error_about(raw(IP(src="10.0.0.7", dst="198.51.100.9", proto=47) / bytes(20))))
    assert fw.stats()["drop_icmp"] == 3


def test_an_error_about_a_number_that_was_never_sent_is_dropped(talk: Conversation) -> None:
    assert not talk.firewall.passes(OUTSIDE, error_about(talk.packet(0, seq=1)))
    assert not talk.firewall.passes(OUTSIDE, error_about(talk.packet(0, seq=-100_000)))


def test_an_error_about_a_ping_is_related(fw: Firewall) -> None:
    ping = icmp("10.0.0.7", "198.51.100.9", 8, id=77, seq=1)
    assert fw.passes(INSIDE, ping)
    assert fw.passes(OUTSIDE, error_about(ping, 11, 0))
    assert not fw.passes(OUTSIDE, error_about(icmp("10.0.0.7", "198.51.100.9", 8, id=78, seq=1), 11, 0))


# -- answers


def test_a_rejected_connection_is_reset(fw: Firewall) -> None:
    ((port, answer),) = fw.send(OUTSIDE, tcp(STRANGER, ("10.0.0.25", 113), "S", seq=9))
    got = IP(answer)
    assert port == TO_OUTSIDE
    assert (got.src, got.dst, got[TCP].sport, got[TCP].dport) == ("10.0.0.25", "192.0.2.66", 113, 6000)
    assert (str(got[TCP].flags), got[TCP].ack) == ("RA", 10)


def test_other_rejected_packets_are_answered_by_an_error(fw: Firewall) -> None:
    packet = udp(STRANGER, ("10.0.0.25", 9), b"x" * 1000)
    ((port, answer),) = fw.send(OUTSIDE, packet)
    got = IP(answer)
    assert port == TO_OUTSIDE
    assert (got.src, got.dst, got[ICMP].type, got[ICMP].code) == ("10.0.0.25", "192.0.2.66", 3, 13)
    assert answer[28:] == packet[: 576 - 28]
    checked = IP(answer)
    del checked.chksum, checked[ICMP].chksum
    assert raw(checked) == answer
    assert fw.stats()["rejections"] == 1


@pytest.mark.parametrize(
    "packet",
    [
        udp(("0.0.0.0", 1), ("10.0.0.25", 9)),
        udp(("224.0.0.1", 1), ("10.0.0.25", 9)),
        udp(STRANGER, ("224.0.0.251", 5353)),
        udp(STRANGER, ("255.255.255.255", 67)),
        tcp(STRANGER, ("10.0.0.7", 22), "R"),
        icmp("192.0.2.66", "10.0.0.7", 5, 1, bytes(28)),
        icmp("192.0.2.66", "10.0.0.7", 200, 1, bytes(28)),
        icmp("192.0.2.66", "10.0.0.7", 3, 1, bytes(28)),
    ],
    ids=["nobody", "from many", "to many", "to all", "reset", "redirect", "unknown ICMP", "error"],
)
def test_some_packets_are_never_answered(make: Make, packet: bytes) -> None:
    assert make("DEFAULT reject", rules=()).send(OUTSIDE, packet) == []


# -- limits


def test_a_source_may_have_so_many_flows(make: Make) -> None:
    fw = make("PER_SOURCE 2")
    for port in (1, 2):
        assert fw.passes(INSIDE, tcp(("10.0.0.7", port), SERVER, "S"))
    assert not fw.passes(INSIDE, tcp(("10.0.0.7", 3), SERVER, "S"))
    assert fw.passes(INSIDE, tcp(("10.0.0.8", 3), SERVER, "S"))
    assert fw.stats()["drop_source"] == 1
    assert fw.read("sources") == "10.0.0.7 2\n10.0.0.8 1\n"
    fw.write("remove", "tcp 10.0.0.7:1 198.51.100.9:443")
    assert fw.passes(INSIDE, tcp(("10.0.0.7", 3), SERVER, "S"))
    fw.pass_time(242)
    assert fw.read("sources") == ""


def test_a_source_at_its_limit_may_use_a_port_again(make: Make) -> None:
    fw = make("PER_SOURCE 1")
    talk = Conversation(fw).opens()
    assert talk.says(1, "RA")
    assert Conversation(fw).says(0, "S")
    assert fw.read("sources") == "10.0.0.7 1\n"


def test_a_flood_of_syns_pushes_out_its_own_oldest(make: Make) -> None:
    fw = make("HALF_OPEN 10")
    talk = Conversation(fw).opens()
    for port in range(1, 101):
        assert fw.passes(INSIDE, tcp(("10.0.0.99", port), SERVER, "S"))
    assert (fw.count(), fw.stats()["recycled"]) == (11, 90)
    assert talk.says(0, "A", b"still here")
    late = Conversation(fw, ("10.0.0.8", 1)).opens()
    assert late.says(0, "A", b"and so am I")
    assert fw.read("lookup", "tcp 10.0.0.99:91 198.51.100.9:443") == ""
    assert fw.read("lookup", "tcp 10.0.0.99:92 198.51.100.9:443") != ""


def test_a_confirmed_flow_makes_room_for_another(make: Make) -> None:
    fw = make("HALF_OPEN 1")
    for port in range(1, 50):
        Conversation(fw, ("10.0.0.7", port)).opens()
    assert (fw.count(), fw.stats()["recycled"]) == (49, 0)


# -- fragments


def test_later_fragments_follow_the_first(fw: Firewall) -> None:
    pieces = fragments(udp(HOST, ("198.51.100.53", 53), bytes(3000)), 1000)
    assert fw.passes(INSIDE, *pieces)
    assert fw.stats()["followed"] == len(pieces) - 1


def test_later_fragments_wait_for_the_first(fw: Firewall) -> None:
    first, *others = fragments(udp(HOST, ("198.51.100.53", 53), bytes(3000)), 1000)
    assert fw.send(INSIDE, *others) == []
    assert sorted(fw.send(INSIDE, first)) == sorted((TO_OUTSIDE, piece) for piece in (first, *others))


def test_fragments_of_what_is_denied_or_unknown_are_dropped(fw: Firewall) -> None:
    assert fw.send(OUTSIDE, *fragments(udp(STRANGER, HOST, bytes(3000)), 1000)) == []
    assert fw.send(INSIDE, fragments(udp(HOST, ("198.51.100.53", 53), bytes(3000)), 1000)[1]) == []
    fw.pass_time(32)
    assert fw.stats()["drop_fragment"] >= 3


def test_a_fragment_cannot_overwrite_the_header_that_was_judged(talk: Conversation) -> None:
    first, *_ = fragments(talk.packet(0, "A", bytes(64)), 24)
    assert talk.firewall.passes(INSIDE, first)
    over = IP(first)
    over.frag = 1
    del over.chksum, over.len
    assert talk.firewall.send(INSIDE, raw(over)) == []


def test_a_segment_in_fragments_may_be_acknowledged_whole(talk: Conversation) -> None:
    data = bytes(800)
    for piece in fragments(talk.packet(0, "A", data), 200):
        assert talk.firewall.passes(INSIDE, piece)
    talk.next[0] += len(data)
    assert talk.says(1)


# -- rules while packets flow


def test_rules_are_replaced_and_flows_stay(talk: Conversation) -> None:
    fw = talk.firewall
    fw.write("rules", "deny from any tcp any any\nallow from inside udp any any:53\n")
    assert talk.says(0, "A", b"goes on")
    assert not fw.passes(INSIDE, tcp(("10.0.0.8", 1), SERVER, "S"))
    fw.write("flush_denied")
    assert not talk.says(0, "A", b"no more")
    assert fw.stats()["flushed"] == 1


def test_rules_that_stay_keep_their_hits(fw: Firewall) -> None:
    fw.send(INSIDE, tcp(HOST, SERVER, "S"))
    fw.write("rules", "\n".join(("deny from outside any any any", *RULES)))
    assert "2 hits 1 allow from inside tcp" in fw.read("rules")


def test_flush_asks_for_the_side_of_the_initiator(make: Make) -> None:
    fw = make(rules=("allow from any any any any",))
    Conversation(fw).opens()
    Conversation(fw, STRANGER, MAIL, OUTSIDE).opens()
    fw.write("import", "put 7 udp 10.0.0.7:5 192.0.2.53:53 10.0.0.7:5 192.0.2.53:53 60")  # nobody knows from where
    fw.write("rules", "allow from outside any any any")
    fw.write("flush_denied")
    assert fw.read("lookup", KEY) == ""
    assert fw.count() == 2


# -- import and export


def test_what_is_exported_can_be_imported(talk: Conversation, make: Make) -> None:
    fw = talk.firewall
    fw.passes(INSIDE, icmp("10.0.0.7", "198.51.100.9", 8, id=77, seq=1), udp(HOST, ("198.51.100.53", 53)))
    other = make()
    other.write("import", fw.read("export"))
    assert other.read("digest") == fw.read("digest")
    assert sorted(other.read("export").splitlines()) == sorted(fw.read("export").splitlines())
    talk.firewall = other
    assert talk.says(1, "A", b"through the other")


def test_a_binding_that_translates_is_refused(fw: Firewall) -> None:
    fw.write("import", "put 7 tcp 10.0.0.7:40000 198.51.100.9:443 203.0.113.1:40000 198.51.100.9:443 7440")
    assert (fw.count(), fw.stats()["refused"]) == (0, 1)


def test_sequence_numbers_that_the_primary_shifted_are_shifted(fw: Firewall) -> None:
    fw.write("import", PUT + " delta=100,-50")
    ((_, out),) = fw.send(INSIDE, tcp(HOST, SERVER, "A", b"x", seq=1000, ack=2000))
    assert (IP(out)[TCP].seq, IP(out)[TCP].ack) == (1100, 2050)
    ((_, back),) = fw.send(OUTSIDE, tcp(SERVER, HOST, "A", b"y", seq=2050, ack=1101))
    assert (IP(back)[TCP].seq, IP(back)[TCP].ack) == (2000, 1001)


def test_the_destination_annotation_leads_on(talk: Conversation) -> None:
    ((_, packet),) = talk.firewall.send_and_look(INSIDE, talk.packet(0))
    assert packet.dst_ip == SERVER[0]
