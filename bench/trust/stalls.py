"""When this machine itself stood still: a thread that does nothing but sleep, and wakes up late.

What is judged by the clock tells nothing of the show at such a moment.
"""

from __future__ import annotations

import threading
import time
from collections import deque

SLEEP_S = 0.01
LATE_S = 0.03
BEFORE_S, AFTER_S = 0.5, 2.0  # what a stall may have to do with
KEPT = 10_000


class Stalls:
    """A thread of its own."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=KEPT)  # from when to when
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stalls", daemon=True)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._quit.set()
        self._thread.join()

    def _run(self) -> None:
        before_s = time.monotonic()
        while not self._quit.is_set():
            time.sleep(SLEEP_S)
            now_s = time.monotonic()
            self.note(before_s, now_s)
            before_s = now_s

    def note(self, before_s: float, now_s: float) -> None:
        """It slept from then to now."""
        if now_s - before_s > SLEEP_S + LATE_S:
            self._seen.append((before_s, now_s))

    def longest(self, since_s: float, until_s: float) -> float:
        """Seconds, of those that can have to do with what happened then; 0: there was none."""
        near = (
            end_s - start_s
            for start_s, end_s in tuple(self._seen)
            if start_s - BEFORE_S <= until_s and since_s <= end_s + AFTER_S
        )
        return max(near, default=0.0)
