# SPDX-License-Identifier: Apache-2.0
"""Records and deltas of the store as lines of an import handler (``docs/architecture.md``, import text).

A well-formed text is turned around by one regular expression. A text that does not match it takes the strict decoder:
other order of keys and optional spaces are fine, everything else is malformed and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mimi.flow import FiveTuple, FlowRecord, Put, is_canonical6
from mimi.store import Entries, Page
from mimi.store.codec import (
    DELETE_PATTERN,
    PUT6_PATTERN,
    PUT_PATTERN,
    RECORD6_PATTERN,
    RECORD_PATTERN,
    STATES,
    decode_delta,
    decode_record,
    parse_key,
)


@dataclass(slots=True)
class Batch:
    """Lines to import, with the flow key and sequence number of each."""

    lines: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    expired: Page = field(default_factory=list)

    def add(self, line: str, key: str, seq: int) -> None:
        """One more line."""
        self.lines.append(line)
        self.keys.append(key)
        self.seqs.append(seq)


def batch_of_entries(entries: Entries, now_s: int) -> Batch:
    """Import lines of stream entries; an expired put is left out."""
    batch = Batch()
    put, delete = PUT_PATTERN.fullmatch, DELETE_PATTERN.fullmatch
    for position, text in entries:
        match = put(text)
        if match is not None:
            _add_fields(batch, match.groups(), now_s)
            continue
        match = delete(text)
        if match is not None:
            batch.add(f"del {match[2]} {match[1]}\n", match[1], int(match[2]))
            continue
        match = PUT6_PATTERN.fullmatch(text)
        if match is not None and _add_fields6(batch, match, now_s):
            continue
        try:
            delta = decode_delta(text)
        except ValueError as error:
            batch.malformed.append(f"{position}: {error}")
            continue
        if isinstance(delta, Put):
            _add_record(batch, delta.record, now_s)
        else:
            batch.add(f"del {delta.seq} {delta.key}\n", delta.key, delta.seq)
    return batch


def batch_of_page(page: Page, now_s: int) -> Batch:
    """Import lines of a snapshot's page; expired records go into ``expired``."""
    batch = Batch()
    whole = RECORD_PATTERN.fullmatch
    for key, text in page:
        match = whole(text)
        before = len(batch.lines)
        if match is not None:
            _add_fields(batch, match.groups(), now_s)
        elif (match := RECORD6_PATTERN.fullmatch(text)) is None or not _add_fields6(batch, match, now_s):
            try:
                _add_record(batch, decode_record(text), now_s)
            except ValueError as error:
                batch.malformed.append(f"{key}: {error}")
                continue
        if len(batch.lines) == before:
            batch.expired.append((key, text))
        elif batch.keys[-1] != key:
            batch.lines.pop(), batch.keys.pop(), batch.seqs.pop()
            batch.malformed.append(f"{key}: the record is of another flow")
    return batch


def _add_fields(batch: Batch, fields: tuple[str | Any, ...], now_s: int) -> None:
    """A record by the groups of its pattern; IPv6 addresses have their brackets."""
    proto, sa, sp, da, dp, xsa, xsp, xda, xdp, seq, expires, state, forward, reverse = fields
    lifetime_s = int(expires) - now_s
    if lifetime_s <= 0:
        return
    key = f"{proto} {sa}:{sp} {da}:{dp}"
    line = f"put {seq} {key} {xsa}:{xsp} {xda}:{xdp} {lifetime_s}"
    if state is not None:
        line += f" state={state}"
    if forward is not None or reverse is not None:
        line += f" delta={forward or 0},{reverse or 0}"
    batch.add(line + "\n", key, int(seq))


def _add_fields6(batch: Batch, match: re.Match[str], now_s: int) -> bool:
    """The same of IPv6; False when an address is none, or not canonical: the strict decoder has the words for that."""
    proto, sa, sp, da, dp, xsa, xsp, xda, xdp, *rest = match.groups()
    if not (is_canonical6(sa) and is_canonical6(da) and is_canonical6(xsa) and is_canonical6(xda)):
        return False
    _add_fields(batch, (proto, f"[{sa}]", sp, f"[{da}]", dp, f"[{xsa}]", xsp, f"[{xda}]", xdp, *rest), now_s)
    return True


def _add_record(batch: Batch, record: FlowRecord, now_s: int) -> None:
    if record.expires > now_s:
        batch.add(import_line(record, now_s), record.orig.key, record.seq)


def import_line(record: FlowRecord, now_s: int) -> str:
    """The ``put`` line of a record."""
    x = record.xlat
    line = f"put {record.seq} {record.orig.key} {x.source} {x.target} {record.expires - now_s}"
    if record.state is not None:
        line += f" state={record.state}"
    if record.delta_fwd or record.delta_rev:
        line += f" delta={record.delta_fwd},{record.delta_rev}"
    return line + "\n"


def records_of_export(text: str, now_s: int, source: str = "minion") -> Iterable[FlowRecord]:
    """The records in what an ``export`` handler gives.

    Raises:
        ValueError: a line is not a ``put`` line; says which.
    """
    for number, line in enumerate(text.splitlines(), 1):
        try:
            yield _record_of_line(line.split(" "), now_s, source)
        except (ValueError, IndexError) as error:
            raise ValueError(f"line {number}: {error or 'too short'}: {line[:120]!r}") from None


def _record_of_line(words: list[str], now_s: int, source: str) -> FlowRecord:
    if words[0] != "put":
        raise ValueError("expected put")
    _, seq, proto, saddr, daddr, xsaddr, xdaddr, lifetime_s = words[:8]
    options = dict(word.split("=", 1) for word in words[8:])
    state = options.get("state")
    if state is not None and state not in STATES:
        raise ValueError(f"unknown state {state}")
    forward, _, reverse = options.get("delta", "0,0").partition(",")
    orig, xlat = _tuple(proto, saddr, daddr), _tuple(proto, xsaddr, xdaddr)
    if (":" in orig.saddr) != (":" in xlat.saddr):
        raise ValueError("two versions of IP")
    return FlowRecord(
        orig=orig,
        xlat=xlat,
        seq=int(seq),
        expires=now_s + int(lifetime_s),
        state=state,  # type: ignore[arg-type]  # checked against STATES above
        source=source,
        delta_fwd=int(forward),
        delta_rev=int(reverse),
    )


def _tuple(proto: str, source: str, target: str) -> FiveTuple:
    return parse_key(f"{proto} {source} {target}")
