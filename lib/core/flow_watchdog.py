"""Judges whether what comes in goes out again, which tells a stuck stream from an idle one.

A missing camera, a missing worker or a model that loads is no reason for a restart: nothing comes
in, so nothing is meant to go out. A single arrival is no reason either: it may have been dropped on
purpose, or be counted a moment after it went out. Only further arrivals, a while later, show that
input goes on while output does not. Time comes in as an argument, in seconds.
"""

from __future__ import annotations


class FlowWatchdog:
    """Counts only grow; their difference does not matter, only which of them moves."""

    def __init__(self, patience_s: float) -> None:
        self._half_s = patience_s / 2
        self._came = self._went = 0
        self._first_s: float | None = None  # something has come in and nothing gone out
        self._again_s: float | None = None  # and again, a while later

    def flows(self, came: int, went: int, now_s: float, delay_s: float = 0.0) -> bool:
        """Whether output follows input; `delay_s` is how long items are held on purpose."""
        if went != self._went:
            self._first_s = self._again_s = None
        elif came != self._came:
            if self._first_s is None:
                self._first_s = now_s
            elif self._again_s is None and now_s - self._first_s >= self._half_s:
                self._again_s = now_s
        self._came, self._went = came, went
        return self._again_s is None or now_s - self._again_s <= self._half_s + delay_s
