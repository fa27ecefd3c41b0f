"""Keeps the queue before a display empty.

A display takes a frame at each refresh. Frames given faster than that wait in a queue of the
driver, two or three deep, and once it is full it stays full: every frame is then late by the whole
queue. So they are given a hair slower than the display takes them, and a frame that is too early
waits outside, where a newer one takes its place. Times are nanoseconds and come in as arguments.
"""

from __future__ import annotations

EARLY = 0.5  # refreshes: how much too early a frame may come, for a network is never quite even


class Refresh:
    """When the next frame may be given to the display."""

    def __init__(self, interval_ns: int) -> None:
        """`interval_ns`: the shortest time between two frames, in the long run."""
        self._interval_ns = interval_ns
        self._early_ns = int(EARLY * interval_ns)
        self._empty_ns = 0  # when the display will have taken all that it was given

    def due_ns(self, now_ns: int) -> int:
        """When a frame that is here now may be given: at once, or later."""
        return max(now_ns, self._empty_ns - self._early_ns)

    def given(self, now_ns: int) -> None:
        self._empty_ns = max(self._empty_ns, now_ns) + self._interval_ns
