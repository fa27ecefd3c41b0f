"""When this machine itself had no time: a thread that does nothing but sleep wakes up late, or no
processor is idle.

What is judged by the clock tells nothing of the show at such a moment.
"""

from __future__ import annotations

import os
import time
from collections import deque

from bench.background import Background
from bench.processes import idle_s

SLEEP_S, LATE_S = 0.01, 0.03
SPAN_S, LEAST_IDLE = 0.5, 0.15
BEFORE_S, AFTER_S = 0.5, 2.0  # what a stall may have to do with
KEPT = 10_000


class Stalls(Background):
    """Notices them from entering to leaving."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: deque[tuple[float, float]] = deque(maxlen=KEPT)  # from when to when

    def run(self) -> None:
        before_s = span_s = time.monotonic()
        idle_before_s = idle_s()
        while not self.quit.is_set():
            time.sleep(SLEEP_S)
            now_s = time.monotonic()
            self.slept(before_s, now_s)
            before_s = now_s
            if now_s - span_s >= SPAN_S:
                idle_now_s = idle_s()
                self.idled(span_s, now_s, idle_now_s - idle_before_s)
                span_s, idle_before_s = now_s, idle_now_s

    def slept(self, before_s: float, now_s: float) -> None:
        """The thread, from then to now."""
        if now_s - before_s > SLEEP_S + LATE_S:
            self._seen.append((before_s, now_s))

    def idled(self, before_s: float, now_s: float, idle_s: float) -> None:
        """So long the processors did, all together, between then and now."""
        if idle_s < LEAST_IDLE * (now_s - before_s) * (os.cpu_count() or 1):
            self._seen.append((before_s, now_s))

    def near(self, since_s: float, until_s: float) -> bool:
        """Whether one can have to do with what happened then."""
        return any(
            start_s - BEFORE_S <= until_s and since_s <= end_s + AFTER_S
            for start_s, end_s in tuple(self._seen)
        )
