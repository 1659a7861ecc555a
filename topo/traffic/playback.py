# SPDX-License-Identifier: Apache-2.0
"""A player's buffer over time. No clock of its own: every call says what time it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Playback:
    """Seconds of video that are there, and what of them has been shown. Times are of one clock, in seconds."""

    began: float
    """When the session began."""
    min_buffer_s: float
    """So much must be there before playing begins, and before it goes on after a stall."""
    buffer_s: float = 0.0
    played_s: float = 0.0
    startup_s: float = 0.0
    stalls: int = 0
    stalled_s: float = 0.0
    playing: bool = False
    _started: bool = False
    _at: float = 0.0
    """The moment ``buffer_s`` is true of; while nothing is shown, when that began."""

    def __post_init__(self) -> None:
        self._at = self.began

    def advance(self, now: float) -> None:
        """Show what could be shown until ``now``; a buffer that ran dry on the way is a stall since that moment."""
        if not self.playing:
            return
        shown = min(now - self._at, self.buffer_s)
        ran_dry = shown < now - self._at
        self.played_s += shown
        self.buffer_s -= shown
        self._at += shown
        if ran_dry:
            self.stalls += 1
            self.playing = False

    def arrive(self, now: float, seconds: float, last: bool) -> float:
        """``seconds`` of video came, the end of it if ``last``: how long nothing was shown before, if that ends now."""
        self.advance(now)
        self.buffer_s += seconds
        if self.playing or (self.buffer_s < self.min_buffer_s and not last):
            return 0.0
        gap = now - self._at
        if self._started:
            self.stalled_s += gap
        else:
            self.startup_s = gap
        self.playing = self._started = True
        self._at = now
        return gap

    def finish(self) -> None:
        """Show the rest."""
        self.played_s += self.buffer_s
        self.buffer_s = 0.0
