"""Keeps the screen from going back to an older frame, and from getting stuck.

The feed's index only grows while a primary runs. A lower index is an old frame, unless the primary
has restarted and counts from the beginning: then its capture time has moved on. After a restart
with a clock set back, every frame would look old, so frames are refused for `patience_ns` at most.
Time comes in as an argument, in nanoseconds.
"""

from __future__ import annotations

PATIENCE_NS = 1_000_000_000


class FeedOrder:
    """Decides which frame of a feed may follow the one that is shown."""

    def __init__(self, patience_ns: int = PATIENCE_NS) -> None:
        self._patience_ns = patience_ns
        self._index = -1
        self._timestamp = -1
        self._refused_ns: int | None = None  # since when nothing but old frames has come

    def accepts(self, index: int, timestamp: int, now_ns: int) -> bool:
        if index > self._index or timestamp > self._timestamp:
            return True
        if self._refused_ns is None:
            self._refused_ns = now_ns
        return now_ns - self._refused_ns >= self._patience_ns

    def shown(self, index: int, timestamp: int) -> None:
        """This frame is on the screen: the next ones are compared with it."""
        self._index, self._timestamp = index, timestamp
        self._refused_ns = None
