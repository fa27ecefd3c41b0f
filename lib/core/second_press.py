"""Whether a request was made twice on purpose, and not by one press that bounced.

A button may send its value several times, and a fader sends it sixty times a second: what comes
within a moment of the last message belongs to the same press.
"""

from __future__ import annotations

from collections.abc import Hashable

NOT_BEFORE_NS = 300_000_000
WITHIN_NS = 10_000_000_000
MOST_HANDS = 256  # that are remembered; UDP's senders may be thousands


class SecondPress:
    """Remembers who asked, and when. Time comes in as an argument."""

    def __init__(self) -> None:
        self._asked_ns: dict[Hashable, int] = {}

    def confirms(self, hand: Hashable, now_ns: int) -> bool:
        """Whether this request is the second one of this hand; else it counts as the first."""
        asked_ns = self._asked_ns.pop(hand, None)
        if asked_ns is not None and NOT_BEFORE_NS <= now_ns - asked_ns <= WITHIN_NS:
            return True
        self._asked_ns[hand] = now_ns
        while len(self._asked_ns) > MOST_HANDS:
            del self._asked_ns[next(iter(self._asked_ns))]
        return False
