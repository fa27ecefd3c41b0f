"""Keeps the queue before a display empty.

A display takes a frame at each refresh. Frames that come faster wait in a queue of the driver, two
or three deep, and once it is full it stays full: every frame is then late by the whole queue. So
frames are presented slightly slower than the display takes them, and one that is too early waits
before the queue, where a newer one replaces it. Times are nanoseconds and come in as arguments.
"""

from __future__ import annotations

EARLY = 0.5  # refreshes by which a frame may be early, since a network has jitter


class Refresh:
    """When the next frame may be given to the display."""

    def __init__(self, interval_ns: int) -> None:
        """`interval_ns`: the shortest time between two frames, in the long run."""
        self._interval_ns = interval_ns
        self._early_ns = int(EARLY * interval_ns)
        self._empty_ns = 0  # when the display will have taken every frame presented so far

    def due_ns(self, now_ns: int) -> int:
        """When a frame that is here now may be presented: at once, or later."""
        return max(now_ns, self._empty_ns - self._early_ns)

    def given(self, now_ns: int) -> None:
        self._empty_ns = max(self._empty_ns, now_ns) + self._interval_ns
