# SPDX-License-Identifier: Apache-2.0
"""The DASH workload: its manifest, its buffer, and a whole session against a server that fails in the middle."""

from __future__ import annotations

import json
import shutil
import socket
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tcpserver import serving

from mimi.topo.traffic import dash_content, dash_manifest, dash_player
from mimi.topo.traffic.playback import Playback

MPD = b"""<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT0.3S" minBufferTime="PT0.1S"><Period>
<AdaptationSet><Representation id="0" bandwidth="1000"><SegmentTemplate timescale="10" duration="1" initialization="init$RepresentationID$"
 media="part$RepresentationID$-$Number%03d$" startNumber="5"/></Representation><Representation id="low" bandwidth="10"/></AdaptationSet></Period></MPD>"""


def test_a_manifest_names_its_segments() -> None:
    video = dash_manifest.parse(MPD)
    assert video == dash_manifest.Video("init0", ("part0-005", "part0-006", "part0-007"), 0.1, 0.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"<MPD", "not XML"),
        (b"<MPD/>", "no Representation"),
        (MPD.replace(b'duration="1"', b""), "SegmentTemplate lacks duration"),
        (MPD.replace(b"PT0.3S", b"soon"), "not a duration"),
    ],
)
def test_what_is_no_manifest_is_told(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        dash_manifest.parse(text)


def test_a_buffer_that_runs_dry_stalls_until_enough_is_there_again() -> None:
    playback = Playback(began=100.0, min_buffer_s=2.0)
    assert playback.arrive(100.5, 1.0, last=False) == 0.0
    assert playback.arrive(101.0, 1.0, last=False) == 1.0  # begins to play
    assert playback.arrive(104.0, 1.0, last=False) == 0.0  # dry since 103
    assert playback.arrive(104.5, 1.0, last=False) == 1.5
    playback.finish()
    assert (playback.startup_s, playback.stalls, playback.stalled_s, playback.played_s) == (1.0, 1, 1.5, 4.0)


def test_the_last_segment_plays_however_short_it_is() -> None:
    playback = Playback(began=0.0, min_buffer_s=5.0)
    assert playback.arrive(1.0, 1.0, last=True) == 1.0
    playback.finish()
    assert playback.played_s == 1.0


def server(content: dict[str, bytes], cut_after: int | None = None) -> AbstractContextManager[tuple[str, int]]:
    """Serves ``content`` over kept connections; the request after ``cut_after`` others finds its connection closed in mid-answer."""
    served = [0]

    def answer(peer: socket.socket) -> None:
        with peer.makefile("rb") as lines:
            while request := lines.readline():
                while lines.readline() not in (b"\r\n", b""):
                    pass
                body = content[request.split()[1].decode().rpartition("/")[2]]
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                served[0] += 1
                if cut_after is not None and served[0] == cut_after + 1:
                    peer.sendall(head + body[: len(body) // 2])
                    peer.shutdown(socket.SHUT_RDWR)
                    return
                peer.sendall(head + body)

    return serving(answer)


def files(directory: Path) -> dict[str, bytes]:
    content = {"manifest.mpd": MPD, "init0": b"i" * 100, **{f"part0-{n:03d}": bytes([n]) * 300_000 for n in (5, 6, 7)}}
    for name, data in content.items():
        (directory / name).write_bytes(data)
    return content


def play(address: tuple[str, int], directory: Path, **habits: float) -> list[dash_player.Session]:
    return dash_player.run(address, directory, "manifest.mpd", 3, 0.05, dash_player.Habits(**habits))  # type: ignore[arg-type]


def test_a_session_plays_to_the_end_on_one_connection(tmp_path: Path) -> None:
    with server(files(tmp_path)) as address:
        sessions = play(address, tmp_path)
    for session in sessions:
        assert (session.failed, session.segments, session.connections, session.stalls) == ("", 3, 1, 0)
        assert session.played_s == pytest.approx(0.3)
    assert dash_player.summary(sessions)["failed_connections"] == {}


def test_a_cut_connection_is_counted_and_the_segment_is_fetched_again(tmp_path: Path) -> None:
    with server(files(tmp_path), cut_after=7) as address:
        summary = dash_player.summary(play(address, tmp_path))
    assert summary["failed_connections"] == {"truncated": 1}
    assert (summary["segments"], summary["connections"], summary["failed_sessions"]) == (9, 4, {})


def test_wrong_bytes_fail_segments_and_then_the_session(tmp_path: Path) -> None:
    content = files(tmp_path)
    with server({**content, "part0-006": b"?" * 300_000, "part0-007": b"?"}) as address:
        sessions = play(address, tmp_path)
    assert [(s.failed, s.segments, s.failed_segments, dict(s.failures)) for s in sessions] == [("segments", 1, 2, {"wrong": 6})] * 3


def test_without_a_server_sessions_fail_and_say_so(tmp_path: Path) -> None:
    files(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    assert dash_player.summary(play(address, tmp_path))["failed_sessions"] == {"no manifest": 3}


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on PATH; apt-get install ffmpeg")
def test_the_made_video_is_what_its_manifest_says(tmp_path: Path) -> None:
    manifest = dash_content.make_content(tmp_path, seconds=3)
    video = dash_manifest.parse(manifest.read_bytes())
    assert (len(video.segments), video.segment_s) == (3, 1.0)
    sizes = [(tmp_path / name).stat().st_size for name in video.segments]
    assert all(size > 100_000 for size in sizes)
    before = manifest.stat().st_mtime_ns
    assert dash_content.make_content(tmp_path, seconds=3).stat().st_mtime_ns == before


def test_what_failed_can_be_written_down(tmp_path: Path) -> None:
    session = dash_player.Session(failures=Counter(reset=2), failure_times=[1.5, 2.5])
    written = json.loads(json.dumps(dash_player.summary([session])))
    assert written["failed_connections"] == written["each"][0]["failures"] == {"reset": 2}
