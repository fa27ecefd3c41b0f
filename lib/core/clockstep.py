"""Detects that the wall clock was set: otherwise it advances as the steady clock does."""

from __future__ import annotations

LEAST_S = 2.0  # time synchronisation moves the clock by less


class ClockStep:
    """Asked a few times a second."""

    def __init__(self) -> None:
        self._apart_s: float | None = None

    def step_s(self, steady_s: float, unix_s: float) -> float:
        """By how much the wall clock was set since the last call, back if negative; 0 if not."""
        apart_s = unix_s - steady_s
        before_s, self._apart_s = self._apart_s, apart_s
        step_s = 0.0 if before_s is None else apart_s - before_s
        return step_s if abs(step_s) >= LEAST_S else 0.0
