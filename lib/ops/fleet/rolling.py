"""Decides which machines may restart next, so that pictures are always made somewhere. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib.ops.fleet.machines import Machine

SHARE = 3  # one in three working machines is restarted at a time
MOST_FAILURES = 2


class RollingUpdate:
    """Waves of machines: first those that make no pictures, then a few at a time of those that do.

    A machine with several workers restarts one after the other and works on meanwhile, so it may
    be the last one. After two failures the rest is left as it is: it would fail everywhere.
    """

    def __init__(
        self, machines: Sequence[Machine], working: Mapping[Machine, int], alone_too: bool = False
    ) -> None:
        self._working = {one for one in machines if working.get(one, 0)}
        self._several = {one for one in machines if working.get(one, 0) > 1}
        self._pending = list(machines)
        self._alone_too = alone_too
        self._failures = 0

    def wave(self) -> list[Machine]:
        """The next machines; none when all are done, or when going on would end the pictures."""
        if self._failures >= MOST_FAILURES:
            return []
        down = [one for one in self._pending if one not in self._working]
        if down:
            return self._take(down)
        may = max(1, len(self._working) // SHARE)
        if len(self._working) == 1 and self._pending:
            last = self._pending[0]
            may = 1 if self._alone_too or last in self._several else 0
        return self._take(self._pending[:may])

    def ended(self, machine: Machine, works: bool, failed: bool) -> None:
        """`failed`: the machine answered with a failure. One that is off or slow is no sign that
        the others would fail."""
        self._failures += failed
        if works:
            self._working.add(machine)
        else:
            self._working.discard(machine)

    def left(self) -> list[tuple[Machine, str]]:
        """The machines that were left as they are, and why."""
        why = "not restarted: no other worker makes pictures now (--force restarts it anyway)"
        if self._failures >= MOST_FAILURES:
            why = f"not restarted: {self._failures} machines before it failed"
        return [(one, why) for one in self._pending]

    def _take(self, wave: list[Machine]) -> list[Machine]:
        self._pending = [one for one in self._pending if one not in wave]
        return wave
