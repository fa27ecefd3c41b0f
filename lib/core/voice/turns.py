"""Says when a person's turn begins and ends, from hops in which there is a voice and hops without.

A turn begins at once, since an interruption must; a cough of one hop begins none. It ends after a
pause that is longer than those between sentences.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

BEGIN_HOPS, OF_HOPS = 4, 6  # of 20 ms
PAUSE_MS = 700
LONGEST_MS = 60_000


class TurnEvent(Enum):
    BEGUN = "begun"
    ENDED = "ended"


class TurnDetector:
    def __init__(self, pause_ms: int = PAUSE_MS) -> None:
        self._pause_ms = pause_ms
        self._latest: deque[bool] = deque(maxlen=OF_HOPS)
        self.in_turn = False
        self.begin_ms = self.voice_ms = 0  # of the turn: its begin, and when it was last heard

    def push(self, is_voice: bool, now_ms: int) -> TurnEvent | None:
        """`now_ms` counts audio and not the clock: a client that stutters ends no turn."""
        self._latest.append(is_voice)
        if is_voice:
            self.voice_ms = now_ms
        if not self.in_turn:
            if sum(self._latest) < BEGIN_HOPS:
                return None
            self.in_turn, self.begin_ms = True, max(0, now_ms - 20 * len(self._latest))
            return TurnEvent.BEGUN
        is_over = now_ms - self.voice_ms >= self._pause_ms
        return self.end() if is_over or now_ms - self.begin_ms >= LONGEST_MS else None

    def end(self) -> TurnEvent | None:
        """The microphone is off: what was said until now was the turn."""
        if not self.in_turn:
            return None
        self.in_turn = False
        self._latest.clear()
        return TurnEvent.ENDED
