"""Releases finished frames to the feed in order and in time, and accounts for all the others.

It keeps the playout and the ledger of drops in step, for the real stream and for the simulated one
alike. Times are nanoseconds of one monotonic clock and come in as arguments.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from lib.core.drop_ledger import DropLedger
from lib.core.playout import Playout, PlayoutState, Shown

T = TypeVar("T")


class Release(Generic[T]):
    """Belongs to one thread; others may read the counts of `drops`."""

    def __init__(self, playout: Playout[T]) -> None:
        self._playout = playout
        self.drops = DropLedger()

    @property
    def state(self) -> PlayoutState:
        return self._playout.state

    def allow_for(self, service_ns: float) -> None:
        """Let the delay grow enough for the slowest useful worker, which takes this long."""
        self._playout.allow_for(service_ns)

    def came(self, number: int, tau_ns: int, tau_before_ns: int, item: T, now_ns: int) -> bool:
        """A finished frame came; False when it can no longer be shown."""
        kept = self._playout.push(number, tau_ns, tau_before_ns, item, now_ns)
        if not kept:
            self.drops.late(number)
        return kept

    def lost(self, number: int, now_ns: int) -> None:
        """This frame was given up: frames after it do not wait for it."""
        self._playout.lose(number)
        self.drops.give_up(number, self._playout.last_number, now_ns)

    def drop_stale(self, now_ns: int, rested_ns: int) -> int:
        """Drop the frames that grew stale while the process or the machine stood still; return how
        many. The caller may have rested for `rested_ns` on purpose."""
        stale = self._playout.drop_stale(now_ns, rested_ns)
        for number in stale:
            self.drops.late(number)
        return len(stale)

    def due(self, now_ns: int) -> list[Shown[T]]:
        """Every frame whose time has come, in order."""
        due = self._playout.pop(now_ns)
        for shown in due:
            self.drops.shown(shown.number)
        self.drops.settle(self._playout.last_number, now_ns)
        return due

    def next_ns(self) -> int | None:
        """When the next frame of those that are here is due; None without any."""
        return self._playout.next_ns()
