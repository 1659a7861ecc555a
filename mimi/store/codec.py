# SPDX-License-Identifier: Apache-2.0
"""Flow records and deltas to JSON text and back: schema 1 of ``docs/architecture.md``.

Writing is a hand-built f-string with the keys in the documented order: it runs for every new flow of the primary.
Reading checks everything, because what is in Redis may have been written by anyone. :data:`PUT_PATTERN` is the same
shape as one regular expression, for readers that only need the fields of a well-formed text.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from socket import AF_INET, inet_pton
from typing import Any, Final, get_args

from mimi.flow import PROTOCOLS, Delete, Delta, FiveTuple, FlowRecord, Put, TcpState, is_canonical6

SEQ_MAX: Final = 2**64 - 1
EXPIRES_MAX: Final = 2**53
STATES: Final = frozenset(get_args(TcpState))
_RECORD_KEYS = frozenset(("v", "proto", "orig", "xlat", "seq", "expires", "state", "source", "confidence", "delta_fwd", "delta_rev"))

_ADDRESS = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_ADDRESS6 = "[0-9a-f:]{2,39}"
_END6 = re.compile(rf"\[({_ADDRESS6})\]:(\d{{1,20}})", re.ASCII)


def _record_text(proto: str, address: str) -> str:
    five = rf'\["({address})",(\d{{1,5}}),"({address})",(\d{{1,5}})\]'
    return (
        rf'\{{"v":1,"proto":"({proto})","orig":{five},"xlat":{five},"seq":(\d{{1,20}}),"expires":(\d{{1,16}})'
        r'(?:,"state":"(new|established|closing|closed)")?,"source":"[^"\\]*","confidence":[0-9.]+'
        r'(?:,"delta_fwd":(-?\d{1,10}))?(?:,"delta_rev":(-?\d{1,10}))?\}'
    )


RECORD_TEXT: Final = _record_text("tcp|udp|icmp", _ADDRESS)
"""Groups: 1 proto, 2-5 orig, 6-9 xlat, 10 seq, 11 expires, 12 state, 13 delta_fwd, 14 delta_rev."""

RECORD6_TEXT: Final = _record_text("tcp|udp|icmp6", _ADDRESS6)
"""The same of IPv6. Whether its four addresses are such, and canonical, remains to be asked."""

RECORD_PATTERN: Final = re.compile(RECORD_TEXT)
RECORD6_PATTERN: Final = re.compile(RECORD6_TEXT)
PUT_PATTERN: Final = re.compile(rf'\{{"op":"put","record":{RECORD_TEXT}\}}')
PUT6_PATTERN: Final = re.compile(rf'\{{"op":"put","record":{RECORD6_TEXT}\}}')
DELETE_PATTERN: Final = re.compile(
    rf'\{{"op":"del","key":"((?:tcp|udp|icmp) {_ADDRESS}:\d{{1,5}} {_ADDRESS}:\d{{1,5}})","seq":(\d{{1,20}})\}}'
)


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    return json.dumps(text)


def encode_record(record: FlowRecord) -> str:
    """One line of JSON, ASCII only."""
    o, x = record.orig, record.xlat
    text = (
        f'{{"v":1,"proto":"{o.proto}","orig":["{o.saddr}",{o.sport},"{o.daddr}",{o.dport}],'
        f'"xlat":["{x.saddr}",{x.sport},"{x.daddr}",{x.dport}],"seq":{record.seq},"expires":{record.expires},'
    )
    if record.state is not None:
        text += f'"state":"{record.state}",'
    text += f'"source":{_quoted(record.source)},"confidence":{record.confidence}'
    if record.delta_fwd:
        text += f',"delta_fwd":{record.delta_fwd}'
    if record.delta_rev:
        text += f',"delta_rev":{record.delta_rev}'
    return text + "}"


def encode_put(record_text: str) -> str:
    """The delta that carries an encoded record."""
    return f'{{"op":"put","record":{record_text}}}'


def encode_delete(key: str, seq: int) -> str:
    """The delta that forgets ``key``."""
    return f'{{"op":"del","key":"{key}","seq":{seq}}}'


def encode_delta(delta: Delta) -> str:
    """One line of JSON for the stream."""
    if type(delta) is Put:
        return encode_put(encode_record(delta.record))
    assert isinstance(delta, Delete)
    return encode_delete(delta.key, delta.seq)


def decode_record(text: str) -> FlowRecord:
    """The record in ``text``, every field checked.

    Raises:
        ValueError: says which field is wrong and what was found.
    """
    return record_from(_object(text))


def decode_delta(text: str) -> Delta:
    """The delta in ``text``, every field checked.

    Raises:
        ValueError: says which field is wrong and what was found.
    """
    data = _object(text)
    op = data.get("op")
    if op == "put":
        record = data.get("record")
        if not isinstance(record, dict):
            raise ValueError(f"record: expected an object, found {record!r}")
        return Put(record_from(record))
    if op == "del":
        key = data.get("key")
        return Delete(parse_key(key).key, _integer(data, "seq", 0, SEQ_MAX))
    raise ValueError(f"op: expected put or del, found {op!r}")


def parse_key(text: object) -> FiveTuple:
    """The five-tuple of a flow key text.

    Raises:
        ValueError: not a flow key.
    """
    parts = text.split(" ") if isinstance(text, str) else []
    if len(parts) == 3 and parts[0] in PROTOCOLS:
        source, _, sport = parts[1].partition(":")
        target, _, dport = parts[2].partition(":")
        if sport.isascii() and sport.isdigit() and dport.isascii() and dport.isdigit():
            proto = parts[0]
            ports = _ports(proto, int(sport), int(dport), "key")
            return FiveTuple(proto, _address(source, proto, "key"), ports[0], _address(target, proto, "key"), ports[1])
        ends = _END6.fullmatch(parts[1]), _END6.fullmatch(parts[2])
        if ends[0] is not None and ends[1] is not None:
            return _five6(parts[0], ends[0][1], int(ends[0][2]), ends[1][1], int(ends[1][2]), "key")
    raise ValueError(f"key: expected `PROTO ADDR:PORT ADDR:PORT` (IPv6: `[ADDR]:PORT`), found {text!r}")


def record_from(data: dict[str, Any]) -> FlowRecord:
    """The record in a decoded JSON object.

    Raises:
        ValueError: says which field is wrong and what was found.
    """
    unknown = data.keys() - _RECORD_KEYS
    if unknown:
        raise ValueError(f"{min(unknown)}: unknown field")
    if data.get("v") != 1 or isinstance(data["v"], bool):
        raise ValueError(f"v: expected 1, found {data.get('v')!r}")
    proto = data.get("proto")
    if proto not in PROTOCOLS:
        raise ValueError(f"proto: expected {', '.join(PROTOCOLS)}, found {proto!r}")
    state, source, confidence = data.get("state"), data.get("source", ""), data.get("confidence", 1.0)
    if state is not None and (not isinstance(state, str) or state not in STATES):
        raise ValueError(f"state: expected one of {', '.join(sorted(STATES))}, found {state!r}")
    if not isinstance(source, str):
        raise ValueError(f"source: expected text, found {source!r}")  # noqa: TRY004 - bad data, not a bad call
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise ValueError(f"confidence: expected 0 to 1, found {confidence!r}")
    orig, xlat = _tuple(data, "orig", proto), _tuple(data, "xlat", proto)
    if (":" in orig.saddr) != (":" in xlat.saddr):
        raise ValueError(f"xlat: expected addresses of orig's version of IP, {orig.saddr}, found {xlat.saddr}")
    return FlowRecord(
        orig=orig,
        xlat=xlat,
        seq=_integer(data, "seq", 0, SEQ_MAX),
        expires=_integer(data, "expires", 0, EXPIRES_MAX),
        state=state,  # type: ignore[arg-type]  # checked against STATES above
        source=source,
        confidence=float(confidence),
        delta_fwd=_integer(data, "delta_fwd", -(2**32), 2**32) if "delta_fwd" in data else 0,
        delta_rev=_integer(data, "delta_rev", -(2**32), 2**32) if "delta_rev" in data else 0,
    )


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"expected a JSON object, found {type(data).__name__}")  # noqa: TRY004 - bad data, not a bad call
    return data


def _tuple(data: dict[str, Any], name: str, proto: str) -> FiveTuple:
    value = data.get(name)
    if not isinstance(value, list) or len(value) != 4:
        raise ValueError(f"{name}: expected [address, port, address, port], found {value!r}")
    saddr, sport, daddr, dport = value
    if isinstance(saddr, str) and ":" in saddr:
        return _five6(proto, saddr, sport, daddr, dport, name)
    ports = _ports(proto, sport, dport, name)
    return FiveTuple(proto, _address(saddr, proto, name), ports[0], _address(daddr, proto, name), ports[1])


def _five6(proto: str, saddr: object, sport: object, daddr: object, dport: object, name: str) -> FiveTuple:
    ports = _ports(proto, sport, dport, name)
    return FiveTuple(proto, _address6(saddr, proto, name), ports[0], _address6(daddr, proto, name), ports[1])


def _address(value: object, proto: str, name: str) -> str:
    if isinstance(value, str) and proto != "icmp6":
        try:
            inet_pton(AF_INET, value)
            return value
        except (OSError, ValueError):
            pass
    wanted = "IPv6 addresses, as icmp6 is a protocol of IPv6" if proto == "icmp6" else "an IPv4 address (IPv6: both ends of a flow)"
    raise ValueError(f"{name}: expected {wanted}, found {value!r}")


def _address6(value: object, proto: str, name: str) -> str:
    if proto == "icmp":
        raise ValueError(f"{name}: expected an IPv4 address, as of an icmp flow (of IPv6 it is icmp6), found {value!r}")
    if isinstance(value, str) and is_canonical6(value):
        return value
    raise ValueError(
        f"{name}: expected an IPv6 address in its canonical form (RFC 5952, no dotted quad), as of an IPv6 flow, found {value!r}"
    )


def _ports(proto: str, sport: object, dport: object, name: str) -> tuple[int, int]:
    """Both ports; of a query flow the id (any 16 bits) and 0."""
    if proto in ("tcp", "udp"):
        return _port(sport, name), _port(dport, name)
    if not isinstance(sport, int) or isinstance(sport, bool) or not 0 <= sport <= 65535:
        raise ValueError(f"{name}: expected a query id from 0 to 65535, found {sport!r}")
    if dport != 0 or isinstance(dport, bool):
        raise ValueError(f"{name}: expected 0 in the place of the responder's port, found {dport!r}")
    return sport, 0


def _port(value: object, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return value
    raise ValueError(f"{name}: expected a port from 1 to 65535, found {value!r}")


def _integer(data: dict[str, Any], name: str, low: int, high: int) -> int:
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise ValueError(f"{name}: expected an integer from {low} to {high}, found {value!r}")
