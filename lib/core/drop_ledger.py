"""What became of the frames that were not shown: each has one reason, and keeps it.

A frame that was given up may still come back, in time, from the worker that was believed lost. So
it counts as lost only when it can no longer be shown. Times come in as arguments.
"""

from __future__ import annotations

from collections import Counter

from lib.core.counters import Drop

# No part of the stream recognises a result that comes later than this.
FORGET_NS = 11_000_000_000


class DropLedger:
    """Frame numbers only grow, and each is shown at most once. One thread writes, others may
    read."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._given_up: dict[int, int] = {}  # since when; it may still come
        self._lost: dict[int, int] = {}  # counted as lost, but its picture may still come

    def give_up(self, number: int, last_shown: int, now_ns: int) -> None:
        if number <= last_shown:
            self._lose(number, now_ns)
        else:
            self._given_up[number] = now_ns

    def late(self, number: int) -> None:
        """Its picture came and cannot be shown; late, unless it was given up or lost before."""
        if number not in self._given_up and number not in self._lost:
            self.counts[Drop.LATE] += 1

    def shown(self, number: int) -> None:
        self._given_up.pop(number, None)

    def settle(self, last_shown: int, now_ns: int) -> None:
        """Count as lost what was given up and has been overtaken. Costs nothing while nothing is
        given up."""
        if self._given_up:
            for number, since_ns in list(self._given_up.items()):
                if number <= last_shown or now_ns - since_ns > FORGET_NS:
                    del self._given_up[number]
                    self._lose(number, now_ns)
        if self._lost:
            oldest = next(iter(self._lost))
            if now_ns - self._lost[oldest] > FORGET_NS:
                del self._lost[oldest]

    def _lose(self, number: int, now_ns: int) -> None:
        self.counts[Drop.LOST] += 1
        self._lost[number] = now_ns
