# SPDX-License-Identifier: Apache-2.0
"""The part of an MPD (ISO/IEC 23009-1) that a player of one static video needs: which segments there are, and their length."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_NS: Final = {"mpd": "urn:mpeg:dash:schema:mpd:2011"}
_DURATION: Final = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")
_NUMBER: Final = re.compile(r"\$Number(?:%0(\d+)d)?\$")


@dataclass(frozen=True, slots=True)
class Video:
    """Names of the initialisation segment and of the media segments in order, each ``segment_s`` seconds of video."""

    initialization: str
    segments: tuple[str, ...]
    segment_s: float
    min_buffer_s: float


def parse(text: bytes) -> Video:
    """The video of a manifest with one period, by the representation of the highest rate.

    Raises:
        ValueError: it is not such a manifest.
    """
    try:
        mpd = ET.fromstring(text)
    except ET.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    representations = mpd.findall(".//mpd:Representation", _NS)
    if not representations:
        raise ValueError("the manifest has no Representation")
    best = max(representations, key=lambda r: int(r.get("bandwidth", "0")))
    template = best.find("mpd:SegmentTemplate", _NS)
    if template is None:
        raise ValueError("expected a SegmentTemplate in the Representation")
    segment_s = int(_attribute(template, "duration")) / int(template.get("timescale", "1"))
    count = math.ceil(_seconds(_attribute(mpd, "mediaPresentationDuration")) / segment_s - 1e-9)
    first = int(template.get("startNumber", "1"))
    media = _attribute(template, "media").replace("$RepresentationID$", best.get("id", ""))
    names = tuple(_numbered(media, first + index) for index in range(count))
    initialization = _attribute(template, "initialization").replace("$RepresentationID$", best.get("id", ""))
    return Video(initialization, names, segment_s, _seconds(mpd.get("minBufferTime", "PT2S")))


def _numbered(media: str, number: int) -> str:
    return _NUMBER.sub(lambda match: str(number).zfill(int(match[1] or 1)), media)


def _attribute(element: ET.Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise ValueError(f"{element.tag.rpartition('}')[2]} lacks {name}")
    return value


def _seconds(text: str) -> float:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r}")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
