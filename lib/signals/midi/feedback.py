"""Motor faders and pad lights follow the show without fighting the hand. No I/O, no clock.

A hand that moves a control has it until the control has been still for `HAND_NS`; what the show
wants meanwhile is sent once the hand is gone. A motor that drives reports its own way: what comes
from a control within `ECHO_NS` of sending, on the way or near its end, is no hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lib.config.params import Played
from lib.core.mapping import CURVES, Row

HAND_NS = 500_000_000
ECHO_NS = 400_000_000
EVERY_NS = 33_000_000  # of one control: a slow MIDI line takes 1000 messages a second
NEAR = 2 / 127  # a motor may stop a little beside its goal


@dataclass
class ControlFeedback:
    """What one control shows."""

    shown: float | None = None  # the position that was sent, or that the hand left
    _from: float = 0.0
    _wanted: float | None = None
    _hand_ns: int | None = None
    _sent_ns: int | None = None

    def moved(self, position: float, now_ns: int) -> bool:
        """The control reports a position; True if that is a hand, False for a motor's own way."""
        if self._is_echo(position, now_ns):
            return False
        self._hand_ns, self.shown = now_ns, position
        # What the show wanted before the hand came is over.
        self._wanted = None
        return True

    def want(self, position: float) -> None:
        """The show stands here."""
        self._wanted = min(1.0, max(0.0, position))

    def due(self, now_ns: int) -> float | None:
        """The position to send now, if any; it counts as sent."""
        if self._wanted is None or self.held(now_ns):
            return None
        if self.shown is not None and abs(self._wanted - self.shown) < 1 / 16383:
            return None
        if self._sent_ns is not None and now_ns - self._sent_ns < EVERY_NS:
            return None
        self._from = self._wanted if self.shown is None else self.shown
        self.shown, self._sent_ns = self._wanted, now_ns
        return self.shown

    def held(self, now_ns: int) -> bool:
        """Whether a hand is on the control."""
        return self._hand_ns is not None and now_ns - self._hand_ns < HAND_NS

    def lost(self) -> None:
        """The controller is gone: one that comes back is told all anew."""
        self.shown = self._hand_ns = self._sent_ns = None

    def _is_echo(self, position: float, now_ns: int) -> bool:
        if self._sent_ns is None or self.shown is None or now_ns - self._sent_ns > ECHO_NS:
            return False
        low, high = min(self._from, self.shown), max(self._from, self.shown)
        return low - NEAR <= position <= high + NEAR


def shown_position(row: Row, played: Played, hands: Mapping[str, float]) -> float | None:
    """Where a motor fader waits: the position from which its row would play what is played now.
    None while the row is moved by the fader itself, and where a row says no place."""
    if row.mode != "absolute" or row.to == "seeds" or row.low == row.high:
        return None
    silent = played.black or played.freeze or not played.signals
    if row.armed and not silent and not hands.get(row.to):
        return None
    value = float(getattr(played, row.to))
    share = min(1.0, max(0.0, (value - row.low) / (row.high - row.low)))
    low, high = 0.0, 1.0
    for _ in range(16):  # curves only rise; half a step of 14 bits is near enough
        middle = (low + high) / 2
        low, high = (middle, high) if CURVES[row.curve](middle) < share else (low, middle)
    return round((low + high) / 2, 4)
