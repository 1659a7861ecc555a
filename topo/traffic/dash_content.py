# SPDX-License-Identifier: Apache-2.0
"""The video that the DASH workload streams: made here by ffmpeg, since the paper's film cannot come with the project.

The paper streams "Big Buck Bunny" at 8 Mbit/s in segments of one second, of 100 kB to 1.4 MB. A test picture under noise
that comes and goes has the same rate and like segments (0.4 to 1.5 MB), is the same video each time, and costs a tenth of its
length to make.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

MANIFEST: Final = "manifest.mpd"
_RATE: Final = 24
_SCENES: Final = "noise=alls=12:allf=t:enable='between(mod(t,11),2,6)',noise=alls=25:allf=t:enable='gt(mod(t,11),6)'"


def ffmpeg_command(seconds: int, manifest: Path, bitrate_kbit: int = 8000) -> list[str]:
    """The command that makes ``seconds`` of video and its manifest, beside which the segments are written."""
    peak, buffer = bitrate_kbit * 21 // 16, bitrate_kbit * 3 // 8
    return [
        *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={_RATE},{_SCENES}", "-t", str(seconds)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", f"{bitrate_kbit}k", "-maxrate", f"{peak}k", "-bufsize", f"{buffer}k"),
        # every segment begins with a picture of its own, and at no other place
        *("-g", str(_RATE), "-keyint_min", str(_RATE), "-sc_threshold", "0", "-bf", "0"),
        *("-f", "dash", "-seg_duration", "1", "-use_template", "1", "-use_timeline", "0", str(manifest)),
    ]


def make_content(directory: Path, seconds: int, bitrate_kbit: int = 8000) -> Path:
    """Make the video in ``directory`` unless one of this length and rate is there; the manifest's path.

    Raises:
        RuntimeError: ffmpeg is missing or failed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    manifest, made = directory / MANIFEST, directory / "made-as"
    wanted = f"{seconds} s, {bitrate_kbit} kbit/s\n"
    if manifest.exists() and made.exists() and made.read_text() == wanted:
        return manifest
    if shutil.which("ffmpeg") is None:
        raise RuntimeError("ffmpeg makes the video of the DASH workload and is not on PATH; apt-get install ffmpeg")
    made.unlink(missing_ok=True)
    for old in directory.glob("*.m4s"):
        old.unlink()
    done = subprocess.run(ffmpeg_command(seconds, manifest, bitrate_kbit), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ffmpeg failed: {done.stderr.strip()[-300:]}")
    made.write_text(wanted)
    return manifest
