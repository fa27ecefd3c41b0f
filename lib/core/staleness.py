"""Tells which frames a worker need not make any more, under a primary that deals them out blindly.

Such a primary sends more than the worker can make, and the rest waits. Ages are differences of the
frames' own timestamps: the worker's clock says nothing of them.
"""

from __future__ import annotations

from collections import deque

STALE_S = 0.5
# The newest is the newest of the last so many: after a clock of the primary was put back, all
# frames would be too old for ever.
LAST = 8


class Staleness:
    """Told of every job that arrives, in their order."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=LAST)

    def arrived(self, timestamp: float) -> None:
        self._last.append(timestamp)

    def is_stale(self, timestamp: float) -> bool:
        return bool(self._last) and max(self._last) - timestamp > STALE_S
