"""Computes when each frame of an even rate is due.

Frame n is due at start + n / rate, in whole nanoseconds from exact fractions: no rounding error
accumulates, so an hour at 29.97 ends where it should. Time comes in as an argument.
"""

from __future__ import annotations

from fractions import Fraction

SECOND_NS = 1_000_000_000


class Pacer:
    """Starts at frame 0, due at `start_ns`."""

    def __init__(self, rate: Fraction, start_ns: int) -> None:
        if rate <= 0:
            raise ValueError(f"a rate must be above 0, not {rate}")
        # Frames in nanoseconds: number * _numerator / _denominator.
        self._numerator = SECOND_NS * rate.denominator
        self._denominator = rate.numerator
        self._start_ns = start_ns
        self.number = 0

    @property
    def due_ns(self) -> int:
        return self._due_ns(self.number)

    def advance(self, now_ns: int) -> int:
        """Move on to the next frame; return by how many.

        A frame that is late by less than an interval is still shown. If more were missed, they are
        skipped, never played in a burst: the latest that is due comes next.
        """
        steps = 1
        if now_ns >= self._due_ns(self.number + 2):
            latest = (now_ns - self._start_ns) * self._denominator // self._numerator
            steps = max(1, latest - self.number)
        self.number += steps
        return steps

    def _due_ns(self, number: int) -> int:
        return self._start_ns + number * self._numerator // self._denominator
