"""When which value goes back, so that the faders of a tablet follow everybody's changes.

Everything at the start and again every ten seconds, for a tablet that was switched on later; a
change at once, but thirty times a second at most for each address, and the newest value always.
While somebody's finger is on a fader its own values do not come back to it: it would fight.
"""

from __future__ import annotations

from lib.config.params import Played
from lib.osc.addresses import ECHOED, echoes

APART_NS = 1_000_000_000 // 30
QUIET_NS = 100_000_000  # after its own latest message
REPEAT_NS = 10_000_000_000
# By address: all addresses that show the same control.
SAME = {one: group for group in ECHOED.values() for one in group}


class Echo:
    """Judges alone: the time is handed in, and packets are handed out."""

    def __init__(self) -> None:
        self._played: Played | None = None
        self._packets: dict[str, bytes] = {}
        self._waiting: set[str] = set()
        self._not_before_ns: dict[str, int] = {}
        self._repeat_ns = 0

    def heard(self, address: str, now_ns: int) -> None:
        """The tablet itself moved this; when it is done it is told what became of that."""
        for one in SAME.get(address, ()):
            self._not_before_ns[one] = now_ns + QUIET_NS
            self._waiting.add(one)

    def due(self, played: Played, now_ns: int) -> list[bytes]:
        """What is to be sent now."""
        if played is not self._played:
            self._played = played
            packets = echoes(played)
            changed = {one for one in packets if packets[one] != self._packets.get(one)}
            self._packets, self._waiting = packets, self._waiting | changed
        if now_ns >= self._repeat_ns:
            self._repeat_ns = now_ns + REPEAT_NS
            self._waiting = set(self._packets)
        ripe = [a for a in sorted(self._waiting) if now_ns >= self._not_before_ns.get(a, 0)]
        self._waiting.difference_update(ripe)
        self._not_before_ns |= dict.fromkeys(ripe, now_ns + APART_NS)
        return [self._packets[address] for address in ripe]
