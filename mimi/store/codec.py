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

from mimi.flow import PROTOCOLS, QUERIES, Delete, Delta, FiveTuple, FlowRecord, Put, TcpState, is_canonical6

SEQ_MAX: Final = 2**64 - 1
EXPIRES_MAX: Final = 2**53
STATES: Final = frozenset(get_args(TcpState))
_RECORD_KEYS = frozenset(("v", "proto", "orig", "xlat", "seq", "expires", "state", "source", "confidence", "delta_fwd", "delta_rev"))

_ADDRESS = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_ADDRESS6 = "[0-9a-f:]{2,39}"


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
        source, sport = _end(parts[1])
        target, dport = _end(parts[2])
        if sport.isascii() and sport.isdigit() and dport.isascii() and dport.isdigit():
            return _five(parts[0], source, int(sport), target, int(dport), "key")
    raise ValueError(f"key: expected `PROTO ADDR:PORT ADDR:PORT` (IPv6: `[ADDR]:PORT`), found {text!r}")


def _end(text: str) -> tuple[str, str]:
    """Address and port of an end. Brackets are IPv6's and only IPv6's: what has them wrongly loses its port here."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]:")
        return (address, port) if ":" in address else (address, "")
    address, _, port = text.partition(":")
    return address, port


def one_family(orig: FiveTuple, xlat: FiveTuple) -> None:
    """Refuse a flow that changes its version of IP.

    Raises:
        ValueError: it does.
    """
    if (":" in orig.saddr) != (":" in xlat.saddr):
        raise ValueError(f"xlat: expected addresses of orig's version of IP, {orig.saddr}, found {xlat.saddr}")


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
    one_family(orig, xlat)
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
    return _five(proto, saddr, sport, daddr, dport, name)


def _five(proto: str, saddr: object, sport: object, daddr: object, dport: object, name: str) -> FiveTuple:
    ports = _ports(proto, sport, dport, name)
    source, target = _address(saddr, name), _address(daddr, name)
    if (":" in source) != (":" in target):
        raise ValueError(f"{name}: expected two addresses of one version of IP, found {source} and {target}")
    if proto == ("icmp" if ":" in source else "icmp6"):
        raise ValueError(f"{name}: expected {'icmp6' if proto == 'icmp' else 'icmp'} for queries of {source}, found {proto}")
    return FiveTuple(proto, source, ports[0], target, ports[1])


def _address(value: object, name: str) -> str:
    if isinstance(value, str):
        if ":" in value:
            if is_canonical6(value):
                return value
            raise ValueError(f"{name}: expected an IPv6 address in its canonical form (RFC 5952, no dotted quad), found {value!r}")
        try:
            inet_pton(AF_INET, value)
            return value
        except (OSError, ValueError):
            pass
    raise ValueError(f"{name}: expected an IPv4 or IPv6 address, found {value!r}")


def _ports(proto: str, sport: object, dport: object, name: str) -> tuple[int, int]:
    """Both ports; of a query flow the id (any 16 bits) and 0."""
    if proto not in QUERIES:
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
