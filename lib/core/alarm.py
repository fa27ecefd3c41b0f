"""Conditions with hysteresis: one turns on when it has lasted, and off when it is really over.

Time comes in as an argument, in seconds.
"""

from __future__ import annotations

from collections import deque


class Alarm:
    """On after `wrong` was true for `after_s` without a break, off after it was false for
    `hold_s`."""

    def __init__(self, after_s: float = 0.0, hold_s: float = 0.0) -> None:
        self._after_s, self._hold_s = after_s, hold_s
        self.on = False
        self._since_s: float | None = None  # since when the condition differs from `on`

    def update(self, wrong: bool, now_s: float) -> bool:
        if wrong == self.on:
            self._since_s = None
            return self.on
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s >= (self._after_s if wrong else self._hold_s):
            self.on, self._since_s = wrong, None
        return self.on


class Share:
    """The share of recent events that went wrong, and whether it is too large."""

    def __init__(
        self, rise: float, fall: float, over_s: float, after_s: float = 0.0, hold_s: float = 0.0
    ) -> None:
        self._rise, self._fall, self._over_s = rise, fall, over_s
        self._alarm = Alarm(after_s, hold_s)
        self._counts: deque[tuple[float, int, int]] = deque()
        self.share = 0.0

    def update(self, wrong: int, total: int, now_s: float) -> bool:
        """Counts since the start, which only grow."""
        self._counts.append((now_s, wrong, total))
        while len(self._counts) > 1 and self._counts[1][0] <= now_s - self._over_s:
            self._counts.popleft()
        _, wrong_before, total_before = self._counts[0]
        fresh = total - total_before
        self.share = min(1.0, (wrong - wrong_before) / fresh) if fresh > 0 else 0.0
        limit = self._fall if self._alarm.on else self._rise
        return self._alarm.update(self.share >= limit, now_s)


class Recent:
    """How many events of each kind came within the last `over_s`."""

    def __init__(self, over_s: float) -> None:
        self._over_s = over_s
        self._last: dict[str, int] = {}
        self._fresh: deque[tuple[float, str, int]] = deque()

    def update(self, counts: dict[str, int], now_s: float) -> dict[str, int]:
        """Counts since the start, which only grow."""
        for kind, count in counts.items():
            more = count - self._last.get(kind, 0)
            if more > 0:
                self._fresh.append((now_s, kind, more))
        self._last = dict(counts)
        while self._fresh and self._fresh[0][0] <= now_s - self._over_s:
            self._fresh.popleft()
        found: dict[str, int] = {}
        for _, kind, more in self._fresh:
            found[kind] = found.get(kind, 0) + more
        return found
