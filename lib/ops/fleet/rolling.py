"""Who may be restarted next, so that a picture is made somewhere all the time. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib.ops.fleet.machines import Machine

SHARE = 3  # of three that work, one is restarted at a time, of six two
MOST_FAILURES = 2


class RollingUpdate:
    """Waves of machines: first those where nothing is lost, then few enough of those that work.

    A machine whose workers are restarted one after the other works on meanwhile: it may be the
    last one. What fails twice would fail everywhere: the rest is left as it is.
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
        """Who is next; nobody is when it is done, or when going on would end the picture."""
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
        """`failed`: it answered that it can not; who is off or slow says nothing of the others."""
        self._failures += failed
        if works:
            self._working.add(machine)
        else:
            self._working.discard(machine)

    def left(self) -> list[tuple[Machine, str]]:
        """Who was not touched, and why."""
        why = "left as it is: nothing else makes pictures now (--force restarts it all the same)"
        if self._failures >= MOST_FAILURES:
            why = f"left as it is: {self._failures} machines before it failed"
        return [(one, why) for one in self._pending]

    def _take(self, wave: list[Machine]) -> list[Machine]:
        self._pending = [one for one in self._pending if one not in wave]
        return wave
