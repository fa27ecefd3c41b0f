"""Arousal of a voice from its prosody: a weighted sum, squeezed between 0 and 1.

The middle is a plain speaking voice at a usual distance from the microphone. Pitch is judged
against the speaker's own, which takes some seconds to be known: a high voice is not an excited one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

from lib.core.voice.prosody import HOP_MS, HopFeatures

# Of espeak-ng's plain voice, and near those of people who read aloud.
USUAL_DB, USUAL_HZ, USUAL_RATE, USUAL_TILT_DB = -23.0, 125.0, 4.2, -9.0
BY_DB, BY_SEMITONE, BY_RATE, BY_TILT_DB = 0.15, 0.14, 0.4, 0.04
KNOWN_MS = 20_000  # of voiced speech, until a speaker's own pitch counts as known
AUDIBLE_DB = -50.0  # quieter is the room
RISE, FALL = 0.35, 0.03  # of the way to the new value in one hop: 50 ms up, 0.7 s down


@dataclass(frozen=True, slots=True)
class Prosody:
    """Of a turn, or of a moment."""

    level_db: float = USUAL_DB
    pitch_hz: float = USUAL_HZ
    tilt_db: float = USUAL_TILT_DB
    rate: float = 0.0

    def arousal(self, own_hz: float = USUAL_HZ) -> float:
        rate = self.rate or USUAL_RATE
        total = (
            BY_DB * (self.level_db - USUAL_DB)
            + BY_SEMITONE * semitones(self.pitch_hz, own_hz)
            + BY_RATE * (rate - USUAL_RATE)
            + BY_TILT_DB * (self.tilt_db - USUAL_TILT_DB)
        )
        return 1 / (1 + math.exp(-total))


def semitones(hz: float, above_hz: float) -> float:
    return 12 * math.log2(hz / above_hz)


class ArousalMeter:
    """Follows one speaker: arousal now, at each hop, and that of a whole turn at its end."""

    def __init__(self) -> None:
        self.now = self.level = 0.0
        self._own, self._heard_ms = 0.0, 0  # semitones above the usual, over so much voiced speech
        self._turn: list[HopFeatures] = []

    @property
    def own_hz(self) -> float:
        return USUAL_HZ * float(2 ** (self._own / 12))

    def push(self, hop: HopFeatures, in_turn: bool) -> float:
        """Arousal now; nothing at all is heard as 0."""
        self.level += _step(self.level, _loudness(hop.level_db))
        goal = 0.0
        if hop.pitch_hz and hop.level_db > AUDIBLE_DB:
            if in_turn:
                self._turn.append(hop)
                self._learn(hop.pitch_hz)
            goal = Prosody(*hop).arousal(self.own_hz)
        elif in_turn:
            goal = self.now  # between two vowels nothing has calmed down
        self.now += _step(self.now, goal)
        return self.now

    def end_turn(self) -> Prosody | None:
        """The prosody of the turn that ends; None if no voice was heard in it."""
        hops, self._turn = self._turn, []
        if not hops:
            return None
        rates = [hop.rate for hop in hops if hop.rate] or [0.0]
        return Prosody(
            median(hop.level_db for hop in hops),
            median(hop.pitch_hz for hop in hops),
            median(hop.tilt_db for hop in hops),
            median(rates),
        )

    def _learn(self, pitch_hz: float) -> None:
        """A running mean that begins at the usual pitch as if that had been heard for a while."""
        self._heard_ms = min(self._heard_ms + HOP_MS, KNOWN_MS)
        part = HOP_MS / (KNOWN_MS / 2 + self._heard_ms)
        self._own += part * (semitones(pitch_hz, USUAL_HZ) - self._own)


def _loudness(level_db: float) -> float:
    return min(1.0, max(0.0, (level_db - AUDIBLE_DB) / (-10 - AUDIBLE_DB)))


def _step(now: float, goal: float) -> float:
    return (RISE if goal > now else FALL) * (goal - now)
