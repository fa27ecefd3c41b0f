"""Learning: touch a control of the page, move a knob, and the row takes the knob's signal."""

from __future__ import annotations

import time
from collections.abc import Callable

from lib.signals.bus import Bus, Signal

WITHIN_NS = 20_000_000_000
MOVED = 0.1  # of the range: what moves less is noise
CALM_NS = 300_000_000  # at first, values come that were there before


class Learn:
    """Hears the bus only while somebody learns. Values come on any thread, one at a time each."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._until_ns = self._from_ns = 0
        self._first: dict[str, float] = {}
        self.found = ""
        self._unlisten: Callable[[], None] = lambda: None

    def arm(self, now_ns: int) -> None:
        """From now on the first knob that moves is the one that is meant."""
        self._first = {one.name: one.value for one in self._bus.signals()}
        self._from_ns, self._until_ns, self.found = now_ns, now_ns + WITHIN_NS, ""
        self._unlisten()
        self._unlisten = self._bus.listen(self._hear)

    def cancel(self) -> None:
        self._until_ns = 0
        self._unlisten()

    @property
    def listens(self) -> bool:
        return not self.found and time.monotonic_ns() < self._until_ns

    def _hear(self, signal: Signal) -> None:
        """Streams never rest, so only what holds its value can be touched."""
        if not self.listens or not signal.holds:
            return
        first = self._first.setdefault(signal.name, signal.value)
        if abs(signal.value - first) > MOVED:
            self.found = signal.name
