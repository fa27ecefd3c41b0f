"""Thirty times a second, on a schedule that does not drift."""

from __future__ import annotations

import time

from lib.stage import Stage

TICK_NS = 33_333_333


class Pace:
    """Of one stage, which calls `wait` at the end of each step."""

    def __init__(self, stage: Stage, tick_ns: int = TICK_NS) -> None:
        self._stage, self._tick_ns = stage, tick_ns
        self._next_ns = 0

    def wait(self) -> None:
        """Until the next moment of the schedule; one that was missed is left out."""
        now_ns = time.monotonic_ns()
        self._next_ns += self._tick_ns
        if not 0 <= self._next_ns - now_ns <= self._tick_ns:
            self._next_ns = now_ns + self._tick_ns
        self._stage.pause((self._next_ns - now_ns) / 1e9)
