"""Virtual time: what is to happen, in the order in which it happens."""

from __future__ import annotations

import heapq
from collections.abc import Callable

SECOND = 1_000_000_000
MS = 1_000_000


class Events:
    """What is due at the same moment happens in the order in which it was planned."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._planned: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when_ns: int, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._planned, (max(when_ns, self.now_ns), self._count, what))

    def run(self, until_ns: int) -> None:
        while self._planned and self._planned[0][0] <= until_ns:
            self.now_ns, _, what = heapq.heappop(self._planned)
            what()
        self.now_ns = until_ns
