# SPDX-License-Identifier: Apache-2.0
"""A second, stupid load balancer: the oracle for MinionLB.

Plain dictionaries, linear searches, and every checksum computed anew from the RFC's own words. Given a packet it says
what may leave: one outcome, or one for each backend when the choice is free. The test tells it which one happened.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

TCP, UDP, ICMP = 6, 17, 1
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
PROTOCOLS = {TCP: "tcp", UDP: "udp"}

Endpoint = tuple[str, int]
Key = tuple[int, Endpoint, Endpoint]


def checksum(data: bytes) -> int:
    """RFC 1071: the one's complement of the one's complement sum of all 16-bit words, zero-padded."""
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def transport_checksum(ip: bytes) -> int:
    """The TCP or UDP checksum over pseudo-header, header with a zero checksum, and data (RFC 9293, RFC 768)."""
    header = (ip[0] & 15) * 4
    body = bytearray(ip[header : struct.unpack_from("!H", ip, 2)[0]])
    at = 16 if ip[9] == TCP else 6
    body[at : at + 2] = b"\0\0"
    value = checksum(ip[12:20] + struct.pack("!HH", ip[9], len(body)) + bytes(body))
    return 0xFFFF if ip[9] == UDP and value == 0 else value


def is_intact(ip: bytes) -> bool:
    """Whether every checksum of a TCP or UDP packet is right; a UDP checksum of 0 means there is none."""
    header = (ip[0] & 15) * 4
    at = header + (16 if ip[9] == TCP else 6)
    carried = struct.unpack_from("!H", ip, at)[0]
    return checksum(ip[:header]) == 0 and ((ip[9] == UDP and carried == 0) or carried == transport_checksum(ip))


@dataclass
class Binding:
    """What the balancer decided for one flow. ``deadline`` is the last second in which it lives."""

    proto: int
    orig: tuple[Endpoint, Endpoint]
    xlat: tuple[Endpoint, Endpoint]
    seq: int
    lifetime_s: int
    state: str = ""
    delta_fwd: int = 0
    delta_rev: int = 0
    fins: set[int] = field(default_factory=set)
    answered: bool = False
    deadline: int = 0

    @property
    def key(self) -> Key:
        return (self.proto, *self.orig)

    @property
    def reply(self) -> Key:
        return (self.proto, self.xlat[1], self.xlat[0])

    def key_text(self) -> str:
        return f"{PROTOCOLS[self.proto]} {endpoint_text(self.orig[0])} {endpoint_text(self.orig[1])}"

    def identity(self) -> str:
        return f"{self.key_text()} {endpoint_text(self.xlat[0])} {endpoint_text(self.xlat[1])}"

    def put_line(self) -> str:
        state = f" state={self.state}" if self.state else ""
        delta = f" delta={self.delta_fwd},{self.delta_rev}" if self.delta_fwd or self.delta_rev else ""
        return f"put {self.seq} {self.identity()} {self.lifetime_s}{state}{delta}"


def endpoint_text(endpoint: Endpoint) -> str:
    return f"{endpoint[0]}:{endpoint[1]}"


def fnv1a64(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


@dataclass(frozen=True)
class Outcome:
    """One thing that may happen: the packet leaves by ``port`` as ``data``, or nothing leaves (``port`` is None)."""

    port: int | None
    data: bytes = b""
    counter: str = ""
    then: Callable[[], None] = lambda: None
    chosen: Endpoint | None = None


@dataclass(frozen=True)
class Vip:
    proto: int
    service: Endpoint
    backends: tuple[Endpoint, ...]


class Model:
    """The balancer. Its clock has whole seconds and moves by ``pass_time``."""

    def __init__(self, vips: list[Vip], unknown: str = "drop", capacity: int = 1000000, epoch: int = 1000000000) -> None:
        established, transitory, self.udp = 7440, 240, 300
        self.capacity = capacity
        self.now = 0
        self.epoch = epoch
        self.vips = {(vip.proto, vip.service): vip for vip in vips}
        self.unknown = unknown
        self.lifetimes = {"established": established, "": established, "new": transitory, "closing": transitory, "closed": transitory}
        self.bindings: dict[Key, Binding] = {}
        self.counts: dict[str, int] = {}
        self.last_seq = 0

    # -- state

    def pass_time(self, seconds: int) -> None:
        self.now += seconds
        self.bindings = {key: b for key, b in self.bindings.items() if b.deadline >= self.now}

    def exported(self) -> set[str]:
        return {replace(b, lifetime_s=b.deadline - self.now).put_line() for b in self.bindings.values()}

    def lookup(self, key: Key, port: int) -> Binding | None:
        if port == 0:
            return self.bindings.get(key)
        return next((b for b in self.bindings.values() if b.reply == key), None)

    def put(self, new: Binding) -> str:
        """Newest wins, for the flow and for the tuple that its backend sees."""
        result, rival = self.judge(new)
        if rival:
            self.count("collisions")
            if result == "stale":
                self.bindings.pop(new.key, None)
            else:
                del self.bindings[rival.key]
        if result == "applied":
            new.deadline = self.now + new.lifetime_s
            self.bindings[new.key] = new
        return result

    def judge(self, new: Binding) -> tuple[str, Binding | None]:
        """What put() answers, and the other flow that claims the same reply key, if it comes to that."""
        old = self.bindings.get(new.key)
        if old and old.seq >= new.seq:
            return ("unchanged" if old.seq == new.seq else "stale"), None
        rival = self.lookup(new.reply, 1)
        if rival and rival.key != new.key:
            return ("stale" if rival.seq >= new.seq else "applied"), rival
        full = not old and len(self.bindings) >= self.capacity
        return ("refused" if full else "applied"), None

    def do_import(self, new: Binding) -> None:
        """An imported flow is taken to have seen what we did not see."""
        vip = self.vips.get((new.proto, new.orig[1]))
        known = vip is not None and new.xlat[1] in vip.backends
        adopted = replace(new, answered=True, fins={0} if new.state == "closing" else set())
        self.count(self.put(adopted) if known else "refused")

    def remove(self, key: Key, seq: int = 2**64 - 1) -> None:
        old = self.bindings.get(key)
        if old is None:
            self.count("unchanged")
        elif old.seq > seq:
            self.count("stale")
        else:
            del self.bindings[key]
            self.count("removed")

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def digest(self) -> str:
        total = sum(fnv1a64(b.identity().encode()) for b in self.bindings.values()) % 2**64
        return f"{len(self.bindings)} {total:016x}"

    # -- packets

    def expect(self, port: int, ip: bytes) -> list[Outcome]:
        """What may leave when the packet ``ip`` comes in by ``port``."""
        header = (ip[0] & 15) * 4
        proto = ip[9]
        source, destination = socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])
        if proto == ICMP:
            return [self._icmp(port, ip)]
        if proto not in PROTOCOLS:
            return [Outcome(2, ip, "passed")]
        if struct.unpack_from("!H", ip, 6)[0] & 0x1FFF:
            ours = destination in {a for _, (a, _) in self.vips} if port == 0 else source in {a for a, _ in self._backends()}
            return [Outcome(None, counter="drop_fragment") if ours else Outcome(2, ip, "passed")]
        sport, dport = struct.unpack_from("!HH", ip, header)
        key = (proto, (source, sport), (destination, dport))
        binding = self.lookup(key, port)
        flags = ip[header + 13] if proto == TCP else 0
        if port == 1:
            if binding:
                return [self._rewritten(port, ip, binding, flags)]
            ours = any(vip.proto == proto and key[1] in vip.backends for vip in self.vips.values())
            return [Outcome(None, counter="drop_backend_unknown") if ours else Outcome(2, ip, "passed")]
        beginning = proto == UDP or flags & (SYN | ACK | RST | FIN) == SYN
        over = proto == TCP and binding is not None and binding.state in ("closing", "closed")
        if binding and not (beginning and over):
            return [self._rewritten(port, ip, binding, flags)]
        vip = self.vips.get((proto, key[2]))
        if vip is None:
            return [Outcome(2, ip, "passed")]
        if beginning:
            return self._chosen(ip, key, vip, "new", flags)
        if flags & RST or self.unknown == "drop":
            return [Outcome(None, counter="drop_unknown")]
        if self.unknown == "pick":
            return self._chosen(ip, key, vip, "established", flags)
        return [Outcome(1, self._reset(ip), "resets")]

    def _backends(self) -> list[Endpoint]:
        return [backend for vip in self.vips.values() for backend in vip.backends]

    def _chosen(self, ip: bytes, key: Key, vip: Vip, state: str, flags: int) -> list[Outcome]:
        old = self.bindings.get(key)
        # Microseconds since the epoch, but newer than everything it has made and than what it replaces.
        seq = max((self.epoch + self.now) * 1000000, self.last_seq + 1, old.seq + 1 if old else 0)
        outcomes = []
        for backend in vip.backends:
            new = Binding(key[0], (key[1], key[2]), (key[1], backend), seq, 0, state if key[0] == TCP else "")
            left = self._rewritten(0, ip, new, flags)
            applied = self.judge(new)[0] == "applied"

            def commit(new: Binding = new, left: Outcome = left) -> None:
                self.last_seq = new.seq
                if self.put(new) == "applied":
                    self.count("new_flows" if state == "new" else "picked")
                    left.then()

            what = left if applied else Outcome(None, counter="drop_refused")
            outcomes.append(Outcome(what.port, what.data, what.counter, commit, backend))
        return outcomes

    def _rewritten(self, port: int, ip: bytes, b: Binding, flags: int) -> Outcome:
        to = b.xlat if port == 0 else (b.orig[1], b.orig[0])
        seq, ack = (b.delta_fwd, -b.delta_rev) if port == 0 else (b.delta_rev, -b.delta_fwd)
        return Outcome(port, rewritten(ip, to, seq, ack), ("forward", "reverse")[port], lambda: self._track(b, port, flags))

    def _track(self, b: Binding, port: int, flags: int) -> None:
        if b.proto == TCP:
            if flags & RST:
                b.state = "closed"
            elif flags & FIN:
                b.fins.add(port)
                if b.state != "closed":
                    b.state = "closed" if b.fins == {0, 1} else "closing"
            elif b.state == "":
                b.state = "new" if flags & SYN else "established"
                b.answered = b.answered or port == 1
            elif b.state == "new":
                if port == 1:
                    b.answered = True
                elif flags & ACK and not flags & SYN and b.answered:
                    b.state = "established"
        b.deadline = self.now + (self.udp if b.proto == UDP else self.lifetimes[b.state])

    def _reset(self, ip: bytes) -> bytes:
        """RFC 9293, 3.5.2: answer ACK with a reset at that number, everything else with a reset that acknowledges it."""
        header = (ip[0] & 15) * 4
        sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", ip, header)
        length = struct.unpack_from("!H", ip, 2)[0] - header - (offset >> 4) * 4 + bool(flags & SYN) + bool(flags & FIN)
        answer = (ack, 0, RST) if flags & ACK else (0, (seq + length) % 2**32, RST | ACK)
        tcp = struct.pack("!HHIIBBHHH", dport, sport, answer[0], answer[1], 5 << 4, answer[2], 0, 0, 0)
        reset = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0x4000, 64, TCP, 0) + ip[16:20] + ip[12:16] + tcp)
        return finished(reset)

    def _icmp(self, port: int, ip: bytes) -> Outcome:
        header = (ip[0] & 15) * 4
        icmp = ip[header:]
        if icmp[0] not in (3, 4, 11, 12) or len(icmp) < 36:
            return Outcome(2, ip, "passed")
        quoted = icmp[8:]
        quoted_header = (quoted[0] & 15) * 4
        proto = quoted[9]
        if proto not in PROTOCOLS or len(quoted) < quoted_header + 8 or struct.unpack_from("!H", quoted, 6)[0] & 0x1FFF:
            return Outcome(2, ip, "passed")
        ports = struct.unpack_from("!HH", quoted, quoted_header)
        source = (socket.inet_ntoa(quoted[12:16]), ports[0])
        destination = (socket.inet_ntoa(quoted[16:20]), ports[1])
        b = self.lookup((proto, destination, source), port)
        if b is None:
            vip_service = port == 0 and (proto, source) in self.vips
            backend_service = port == 1 and any(v.proto == proto and destination in v.backends for v in self.vips.values())
            return Outcome(None, counter="drop_icmp") if vip_service or backend_service else Outcome(2, ip, "passed")
        if checksum(icmp) != 0:
            return Outcome(None, counter="drop_malformed")
        to = b.xlat if port == 0 else (b.orig[1], b.orig[0])
        # The packet inside travelled the other way, and was shifted on its way out.
        shift = b.delta_rev if port == 0 else b.delta_fwd
        inner = restored(quoted, (to[1], to[0]), -shift if proto == TCP else 0)
        body = bytearray(icmp[:8] + inner)
        body[2:4] = b"\0\0"
        body[2:4] = struct.pack("!H", checksum(bytes(body)))
        out = bytearray(ip[:header] + bytes(body))
        if out[12:16] == quoted[16:20]:
            out[12:16] = socket.inet_aton(to[0][0])
        out[16:20] = socket.inet_aton(to[1][0])
        out[10:12] = b"\0\0"
        out[10:12] = struct.pack("!H", checksum(bytes(out[:header])))
        return Outcome(port, bytes(out), "icmp_errors")


def set_tuple(ip: bytearray, to: tuple[Endpoint, Endpoint]) -> int:
    header = (ip[0] & 15) * 4
    ip[12:20] = socket.inet_aton(to[0][0]) + socket.inet_aton(to[1][0])
    ip[header : header + 4] = struct.pack("!HH", to[0][1], to[1][1])
    return header


def finished(ip: bytearray) -> bytes:
    """The packet with its checksums computed anew; a UDP packet without one stays so."""
    header = (ip[0] & 15) * 4
    ip[10:12] = b"\0\0"
    ip[10:12] = struct.pack("!H", checksum(bytes(ip[:header])))
    at = header + (16 if ip[9] == TCP else 6)
    if ip[9] == TCP or ip[at : at + 2] != b"\0\0":
        ip[at : at + 2] = struct.pack("!H", transport_checksum(bytes(ip)))
    return bytes(ip)


def rewritten(ip: bytes, to: tuple[Endpoint, Endpoint], seq: int, ack: int) -> bytes:
    """The packet with other ends and shifted TCP numbers; ``ip`` must be intact."""
    out = bytearray(ip)
    at = set_tuple(out, to)
    if out[9] == TCP:
        shift(out, at + 4, seq)
        if out[at + 13] & ACK:
            shift(out, at + 8, ack)
        option, stop = at + 20, at + (out[at + 12] >> 4) * 4
        while option < stop and out[option] != 0:
            if out[option] == 1:
                option += 1
                continue
            length = out[option + 1] if option + 1 < stop else 0
            if length < 2 or option + length > stop:
                break
            if out[option] == 5:  # SACK (RFC 2018)
                for edge in range(option + 2, option + length - 3, 4):
                    shift(out, edge, ack)
            option += length
    return finished(out)


def restored(quoted: bytes, to: tuple[Endpoint, Endpoint], seq: int) -> bytes:
    """The packet inside an ICMP error with other ends. Cut short, so its checksum changes by what was replaced."""
    out = bytearray(quoted)
    at = set_tuple(out, to)
    if out[9] == TCP:
        shift(out, at + 4, seq)
    out[10:12] = b"\0\0"
    out[10:12] = struct.pack("!H", checksum(bytes(out[:at])))
    sum_at = at + (16 if out[9] == TCP else 6)
    if len(out) >= sum_at + 2 and (out[9] == TCP or out[sum_at : sum_at + 2] != b"\0\0"):
        covered = 8 if out[9] == TCP else 4
        before = quoted[12:20] + quoted[at : at + covered]
        after = bytes(out[12:20] + out[at : at + covered])
        old = struct.unpack_from("!H", quoted, sum_at)[0]
        # RFC 1624: HC' = ~(~HC + ~m + m'), with m and m' as sums.
        total = (old ^ 0xFFFF) + checksum(before) + (checksum(after) ^ 0xFFFF)
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        value = total ^ 0xFFFF
        out[sum_at : sum_at + 2] = struct.pack("!H", 0xFFFF if out[9] == UDP and value == 0 else value)
    return bytes(out)


def shift(data: bytearray, at: int, by: int) -> None:
    struct.pack_into("!I", data, at, (struct.unpack_from("!I", data, at)[0] + by) % 2**32)
