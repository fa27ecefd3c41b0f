"""How fast one client's operations are read: what is too much is read later, never dropped."""

from __future__ import annotations


class OpAllowance:
    """A token bucket that may be overdrawn. Time comes in as an argument, in seconds."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left, self._then_s = at_once, 0.0

    def spend(self, cost: float, now_s: float) -> float:
        """Take so much; the seconds to wait before anything else is read."""
        left = min(self._at_once, self._left + (now_s - self._then_s) * self._a_second)
        self._left, self._then_s = left - cost, now_s
        return max(0.0, -self._left / self._a_second)
