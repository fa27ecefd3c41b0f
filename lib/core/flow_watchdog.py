"""Whether what comes in goes out again: the difference between a still wall and a stuck one.

No camera, no worker and a model that loads are no reason to start anything again: nothing comes in,
so nothing is meant to go out. Nor is what came in last a reason: it may have been dropped for good,
or be counted a moment after it went out. Only what comes in again later shows that it goes on.
Time comes in as an argument, in seconds.
"""

from __future__ import annotations


class FlowWatchdog:
    """Counts only grow; how far apart they are does not matter, only who moves."""

    def __init__(self, patience_s: float) -> None:
        self._half_s = patience_s / 2
        self._came = self._went = 0
        self._first_s: float | None = None  # something has come in and nothing gone out
        self._again_s: float | None = None  # and again, a while later

    def flows(self, came: int, went: int, now_s: float, delay_s: float = 0.0) -> bool:
        """`delay_s` is how long it is kept on purpose."""
        if went != self._went:
            self._first_s = self._again_s = None
        elif came != self._came:
            if self._first_s is None:
                self._first_s = now_s
            elif self._again_s is None and now_s - self._first_s >= self._half_s:
                self._again_s = now_s
        self._came, self._went = came, went
        return self._again_s is None or now_s - self._again_s <= self._half_s + delay_s
