# SPDX-License-Identifier: Apache-2.0
"""DASH clients: each plays one video in real time over a connection that it keeps, as long as the connection lives.

A session fetches the manifest, then segment after segment, at most ``max_buffer`` seconds ahead of what it shows. It starts to
play when the manifest's ``minBufferTime`` is there; when the buffer runs dry it *stalls* until that much is there again.

    connection fails   the request on it was reset, cut short, refused, or silent for ``timeout`` seconds: counted by class;
                       the segment is asked for again on a new connection, ``attempts`` times in all
    segment fails      after that many attempts: skipped, as players do
    session fails      when ``give_up`` segments in a row failed, or a stall lasted ``patience`` seconds: people close the window

Every byte is compared with the file that is served.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mimi.topo.traffic.dash_manifest import Video, parse
from mimi.topo.traffic.playback import Playback

_READ = 1 << 18


@dataclass(frozen=True, slots=True)
class Habits:
    """How a player behaves. Times in seconds."""

    max_buffer: float = 10.0
    timeout: float = 5.0
    attempts: int = 3
    give_up: int = 2
    patience: float = 15.0


@dataclass(slots=True)
class Session:
    """What became of one session. ``failed`` is empty, or why it ended early; ``failures`` are of connections, by class."""

    failed: str = ""
    played_s: float = 0.0
    startup_s: float = 0.0
    segments: int = 0
    failed_segments: int = 0
    connections: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    failure_times: list[float] = field(default_factory=list)
    stalls: int = 0
    stalled_s: float = 0.0
    bytes: int = 0

    def take(self, playback: Playback) -> None:
        """What the buffer went through."""
        self.played_s, self.startup_s = round(playback.played_s, 3), round(playback.startup_s, 3)
        self.stalls, self.stalled_s = playback.stalls, round(playback.stalled_s, 3)


class ConnectionFailed(Exception):
    """The connection failed; the text is the class."""


class Player:
    """One client. ``content`` are the files as they are served, by name; ``clock`` counts from the experiment's beginning."""

    def __init__(self, address: tuple[str, int], folder: str, content: dict[str, bytes], habits: Habits, began: float) -> None:
        self._address, self._folder, self._content, self._habits, self._began = address, folder, content, habits, began
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.session = Session()

    async def play(self, manifest: str) -> Session:
        """Play to the end, or until the session fails."""
        began = time.monotonic()
        try:
            text = await self._fetch(manifest)
            video = parse(text) if text is not None else None
            if video is None or await self._fetch(video.initialization) is None:
                self.session.failed = "no manifest"
            else:
                await self._watch(video, began)
        finally:
            self._close()
        return self.session

    async def _watch(self, video: Video, began: float) -> None:
        habits, playback, in_a_row = self._habits, Playback(began, video.min_buffer_s), 0
        for number, name in enumerate(video.segments, 1):
            last = number == len(video.segments)
            came = await self._fetch(name) is not None
            gap = playback.arrive(time.monotonic(), video.segment_s if came else 0.0, last)
            in_a_row = 0 if came else in_a_row + 1
            self.session.segments += came
            self.session.failed_segments += not came
            if in_a_row >= habits.give_up or gap > habits.patience:
                self.session.failed = "stalled" if gap > habits.patience else "segments"
                break
            if playback.playing and not last:
                await asyncio.sleep(max(0.0, playback.buffer_s + video.segment_s - habits.max_buffer))
        else:
            playback.finish()
        self.session.take(playback)

    async def _fetch(self, name: str) -> bytes | None:
        """The file, or None after as many attempts as the player makes."""
        for _ in range(self._habits.attempts):
            try:
                return await self._attempt(name)
            except ConnectionFailed as error:
                self.session.failures[str(error)] += 1
                self.session.failure_times.append(round(time.monotonic() - self._began, 3))
                self._close()
        return None

    async def _attempt(self, name: str) -> bytes:
        try:
            reader, writer = await self._connection()
            writer.write(f"GET {self._folder}/{name} HTTP/1.1\r\nHost: {self._address[0]}\r\n\r\n".encode("ascii"))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), self._habits.timeout)
            body = await self._body(reader, _length(head))
        except TimeoutError as error:
            raise ConnectionFailed("timeout") from error
        except ConnectionRefusedError as error:
            raise ConnectionFailed("refused") from error
        except ConnectionResetError as error:
            raise ConnectionFailed("reset") from error
        except (asyncio.IncompleteReadError, BrokenPipeError) as error:
            raise ConnectionFailed("truncated") from error
        except OSError as error:
            raise ConnectionFailed("refused") from error
        if body != self._content[name]:
            raise ConnectionFailed("wrong")
        self.session.bytes += len(body)
        return body

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self.session.connections += 1
            self._streams = await asyncio.wait_for(asyncio.open_connection(*self._address, limit=_READ), self._habits.timeout)
        return self._streams

    async def _body(self, reader: asyncio.StreamReader, length: int) -> bytes:
        parts, missing = [], length
        while missing:
            part = await asyncio.wait_for(reader.read(min(missing, _READ)), self._habits.timeout)
            if not part:
                raise asyncio.IncompleteReadError(b"", missing)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    if b" 200 " not in lines[0] + b" ":
        raise ConnectionFailed("wrong")
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise ConnectionFailed("wrong")


def run(address: tuple[str, int], directory: Path, manifest: str, count: int, spread: float, habits: Habits) -> list[Session]:
    """``count`` sessions of what ``directory`` holds and serves, which begin spread evenly over ``spread`` seconds."""
    content = {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}

    async def play_all() -> list[Session]:
        began = time.monotonic()

        async def one(index: int) -> Session:
            await asyncio.sleep(spread * index / count)
            return await Player(address, f"/{directory.name}", content, habits, began).play(manifest)

        return list(await asyncio.gather(*(one(index) for index in range(count))))

    return asyncio.run(play_all())


def summary(sessions: list[Session]) -> dict[str, object]:
    """All sessions as one value, and each by itself."""
    failures: Counter[str] = Counter()
    for session in sessions:
        failures.update(session.failures)
    return {
        "sessions": len(sessions),
        "failed_sessions": dict(Counter(session.failed for session in sessions if session.failed)),
        "connections": sum(session.connections for session in sessions),
        "failed_connections": dict(failures),
        "segments": sum(session.segments for session in sessions),
        "failed_segments": sum(session.failed_segments for session in sessions),
        "stalls": sum(session.stalls for session in sessions),
        "stalled_s": round(sum(session.stalled_s for session in sessions), 3),
        "bytes": sum(session.bytes for session in sessions),
        "each": [asdict(session) | {"failures": dict(session.failures)} for session in sessions],
    }


def main() -> None:
    usual = Habits()
    parser = argparse.ArgumentParser(description="DASH clients that play in real time")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--content", type=Path, required=True, help="the directory that is served under its own name")
    parser.add_argument("--manifest", default="manifest.mpd")
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--spread", type=float, default=2.0, help="seconds over which the sessions begin")
    parser.add_argument("--max-buffer", type=float, default=usual.max_buffer)
    parser.add_argument("--timeout", type=float, default=usual.timeout)
    o = parser.parse_args()
    habits = Habits(max_buffer=o.max_buffer, timeout=o.timeout)
    print(json.dumps(summary(run((o.address, o.port), o.content, o.manifest, o.sessions, o.spread, habits))))


if __name__ == "__main__":
    main()
