"""Waits between attempts, each longer than the last."""

from __future__ import annotations


class GrowingWait:
    """Doubles from `first_s` up to `most_s`; `reset` after a success."""

    def __init__(self, first_s: float = 0.5, most_s: float = 2.0) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._next_s = first_s

    def next_s(self) -> float:
        wait_s, self._next_s = self._next_s, min(self._most_s, self._next_s * 2)
        return wait_s

    def reset(self) -> None:
        self._next_s = self._first_s
