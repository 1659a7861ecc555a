# SPDX-License-Identifier: Apache-2.0
"""Messages out of a TCP stream: RFC 6587's octet counting (``83 <14>1 …``) or one per line, by the first byte."""

from __future__ import annotations

from collections import Counter
from typing import Final

LINE_MAX: Final = 8192
"""Bytes of one message; RFC 5424 asks for 2048. Longer ones are counted and skipped."""

FRAME_MAX: Final = 1_000_000
"""A counted frame longer than this is no frame: the connection is closed."""


class Deframer:
    """One connection's framing. ``refused`` counts ``too-long`` and ``framing``."""

    def __init__(self, refused: Counter[str]) -> None:
        self.broken = False
        self._refused = refused
        self._buffer = b""
        self._counted: bool | None = None
        self._skip = 0
        self._skipping_line = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that ``data`` completes."""
        if self._skip:
            cut = min(self._skip, len(data))
            self._skip -= cut
            data = data[cut:]
        self._buffer += data
        if self._counted is None and self._buffer:
            self._counted = self._buffer[:1].isdigit()
        if self.broken or not self._buffer:
            return []
        return self._frames() if self._counted else self._lines()

    def end(self) -> list[bytes]:
        """What the end of the connection completes: a last line without its newline; half a frame is refused."""
        rest, self._buffer = self._buffer, b""
        if not rest or self._skipping_line or self.broken:
            return []
        if self._counted:
            self._refused["framing"] += 1
            return []
        return [rest]

    def _lines(self) -> list[bytes]:
        lines = self._buffer.split(b"\n")
        self._buffer = lines.pop()
        if self._skipping_line and lines:
            del lines[0]
            self._skipping_line = False
        if self._skipping_line:
            self._buffer = b""
        elif len(self._buffer) > LINE_MAX:
            self._refused["too-long"] += 1
            self._buffer, self._skipping_line = b"", True
        out = [line for line in lines if len(line) <= LINE_MAX]
        self._refused["too-long"] += len(lines) - len(out)
        return [line for line in out if line.strip(b"\r\0 ")]

    def _frames(self) -> list[bytes]:
        out: list[bytes] = []
        data, at = self._buffer, 0
        while at < len(data):
            space = data.find(b" ", at, at + 8)
            digits = data[at : space if space >= 0 else at + 8]
            if not digits.isdigit() or (space < 0 and len(digits) >= 8) or int(digits) > FRAME_MAX:
                if data[at : at + 1] in b"\r\n":  # some senders end a counted frame with a newline all the same
                    at += 1
                    continue
                self._refused["framing"] += 1
                self.broken = True
                break
            if space < 0:
                break
            length = int(digits)
            if length > LINE_MAX:
                self._refused["too-long"] += 1
                rest = len(data) - space - 1
                self._skip = max(0, length - rest)
                at = min(len(data), space + 1 + length)
                continue
            if space + 1 + length > len(data):
                break
            out.append(data[space + 1 : space + 1 + length])
            at = space + 1 + length
        self._buffer = b"" if self.broken else data[at:]
        return out
