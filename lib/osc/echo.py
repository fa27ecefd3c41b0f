"""Decides which values go back when, so that a tablet's faders follow everybody's changes.

All values go back at the start and again every ten seconds, for a tablet that is switched on later.
A change goes back at once, but at most thirty times a second for each address; the newest value
always does. A fader gets no values back while a finger is on it: it would fight the finger.
"""

from __future__ import annotations

from collections.abc import Mapping

from lib.config.params import Played
from lib.osc.addresses import ECHOED, echoes

APART_NS = 1_000_000_000 // 30
QUIET_NS = 100_000_000  # after its own latest message
REPEAT_NS = 10_000_000_000
# By address: all addresses that show the same control.
SAME = {one: group for group in ECHOED.values() for one in group}


class Echo:
    """Pure: takes the time, returns packets, sends nothing itself."""

    def __init__(self) -> None:
        self._played: Played | None = None
        self._reports: Mapping[str, bytes] = {}
        self._packets: dict[str, bytes] = {}
        self._waiting: set[str] = set()
        self._not_before_ns: dict[str, int] = {}
        self._repeat_ns = 0

    def heard(self, address: str, now_ns: int) -> None:
        """Note that the tablet itself moved this; at rest it gets the value that came of it."""
        for one in SAME.get(address, ()):
            self._not_before_ns[one] = now_ns + QUIET_NS
            self._waiting.add(one)

    def due(self, played: Played, now_ns: int, reports: Mapping[str, bytes] = {}) -> list[bytes]:
        """The packets to send now. `reports`: others by address, another object when one of them
        changes."""
        if played is not self._played or reports is not self._reports:
            self._played, self._reports = played, reports
            packets = {**echoes(played), **reports}
            changed = {one for one in packets if packets[one] != self._packets.get(one)}
            self._packets, self._waiting = packets, self._waiting | changed
        if now_ns >= self._repeat_ns:
            self._repeat_ns = now_ns + REPEAT_NS
            self._waiting = set(self._packets)
        ripe = [a for a in sorted(self._waiting) if now_ns >= self._not_before_ns.get(a, 0)]
        self._waiting.difference_update(ripe)
        self._not_before_ns |= dict.fromkeys(ripe, now_ns + APART_NS)
        return [self._packets[address] for address in ripe]
