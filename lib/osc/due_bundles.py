"""Bundles that wait until they are due, a bounded number, of which each sender has a share.

UDP's senders are only addresses that somebody wrote into a packet, so this keeps a careless or a
simple flood from others, and not one that writes many addresses.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from lib.osc.packet import Bundle

MOST = 256


class DueBundle(NamedTuple):
    """What waits, for whom, and in which order it came."""

    due_ns: int
    number: int
    bundle: Bundle
    who: str


class DueBundles:
    """In the order in which they are due; used by one thread, which hands in the time."""

    def __init__(self) -> None:
        self._waiting: list[DueBundle] = []
        self._held: Counter[str] = Counter()
        self._number = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next_ns(self) -> int | None:
        """When the first of them is due."""
        return min(self._waiting).due_ns if self._waiting else None

    def put(self, due_ns: int, bundle: Bundle, who: str) -> str | None:
        """Have a bundle wait. Where that is one too many, drop the last one of the sender that has
        most of them waiting, and return that sender."""
        self._number += 1
        self._waiting.append(DueBundle(due_ns, self._number, bundle, who))
        self._held[who] += 1
        if len(self._waiting) <= MOST:
            return None
        most = max(self._held.values())
        dropped = max(one for one in self._waiting if self._held[one.who] == most)
        self._remove(dropped)
        return dropped.who

    def take(self, now_ns: int) -> DueBundle | None:
        """One that is due, the earliest first."""
        first = min(self._waiting, default=None)
        if first is None or first.due_ns > now_ns:
            return None
        self._remove(first)
        return first

    def _remove(self, one: DueBundle) -> None:
        self._waiting.remove(one)
        self._held[one.who] -= 1
        if not self._held[one.who]:
            del self._held[one.who]
