"""Hears one client: when a turn begins and ends, and what the voice is like meanwhile.

Audio is kept for the turn that is being spoken, and only where a model is to recognise its words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import webrtcvad

from lib.core.voice.arousal import AUDIBLE_DB, ArousalMeter, Prosody
from lib.core.voice.prosody import HOP_MS, RATE_HZ, ProsodyMeter, Samples
from lib.core.voice.turns import LONGEST_MS, TurnDetector, TurnEvent
from lib.signals.voice.audio import AudioReader
from lib.signals.voice.messages import AudioForm, MessageError
from lib.signals.voice.webm import AudioFormatError

STRICT = 2  # of the detector's 0 to 3: music and chairs are seldom taken for a voice
VOICED_HOPS = 15  # 300 ms: the longest that a voice goes without a vowel
# A client sends as fast as it hears; one that sends faster is not listened to.
MOST_AHEAD_MS = 8000
BYTES_A_MS, MOST_BYTES = 400, 4_000_000  # 96 kHz, two channels, and a long first piece


class HeardTurn(NamedTuple):
    begin_ms: int
    end_ms: int
    prosody: Prosody | None
    arousal: float
    samples: Samples | None  # where its words are to be recognised


class HeardHop(NamedTuple):
    """The voice at this moment, and what begins or ends with it."""

    level: float
    arousal: float
    tilt_db: float
    in_turn: bool
    begun: bool = False
    ended: HeardTurn | None = None


class Hearing:
    def __init__(self, keeps_turns: bool) -> None:
        self._keeps = keeps_turns
        self._reader = AudioReader(None)
        self._detector = webrtcvad.Vad(STRICT)
        self._turns, self._meter, self._arousal = TurnDetector(), ProsodyMeter(), ArousalMeter()
        self._samples: list[Samples] = []
        self._voiced = 0  # hops until the latest pitch is too long ago
        self.heard_ms = 0
        self._begin_ms: int | None = None
        self._bytes = 0

    @property
    def in_turn(self) -> bool:
        return self._turns.in_turn

    @property
    def arousal(self) -> float:
        return self._arousal.now

    def set_form(self, form: AudioForm | None) -> None:
        self._reader = AudioReader(form)

    def push(self, data: bytes, clock_ms: int) -> Iterator[HeardHop]:
        """MessageError for what is no sound, and for more of it than time has passed."""
        if self._begin_ms is None:
            self._begin_ms = clock_ms
        passed_ms = clock_ms - self._begin_ms
        self._bytes += len(data)
        if self._bytes > MOST_BYTES + BYTES_A_MS * passed_ms:
            self._bytes -= len(data)
            raise MessageError("too_much_audio", "audio comes faster than anybody can speak")
        try:
            for hop in self._reader.hops(data):
                if self.heard_ms > passed_ms + MOST_AHEAD_MS:
                    raise MessageError(
                        "too_much_audio", "audio comes faster than anybody can speak"
                    )
                yield self._heard(hop)
        except AudioFormatError as error:
            self.set_form(None)
            raise MessageError("bad_audio", str(error)) from None

    def end(self) -> HeardTurn | None:
        """The microphone is off."""
        return self._ended() if self._turns.end() else None

    def _heard(self, hop: Samples) -> HeardHop:
        self.heard_ms += HOP_MS
        features = self._meter.push(hop)
        is_loud = features.level_db > AUDIBLE_DB
        self._voiced = VOICED_HOPS if features.pitch_hz else max(0, self._voiced - 1)
        # The detector takes a hiss for a voice: only what has a pitch now and then is one.
        is_voice = is_loud and self._detector.is_speech(hop.tobytes(), RATE_HZ) and self._voiced > 0
        event = self._turns.push(is_voice, self.heard_ms)
        arousal = self._arousal.push(features, self._turns.in_turn)
        if self._keeps and (self._turns.in_turn or is_voice):
            self._samples.append(hop.copy())
            del self._samples[: -LONGEST_MS // HOP_MS]
        return HeardHop(
            self._arousal.level, arousal, features.tilt_db, self._turns.in_turn,
            event is TurnEvent.BEGUN, self._ended() if event is TurnEvent.ENDED else None,
        )  # fmt: skip

    def _ended(self) -> HeardTurn:
        samples = np.concatenate(self._samples) if self._samples else None
        self._samples = []
        prosody = self._arousal.end_turn()
        arousal = prosody.arousal(self._arousal.own_hz) if prosody else self._arousal.now
        return HeardTurn(self._turns.begin_ms, self._turns.voice_ms, prosody, arousal, samples)


def prosody_of(samples: Samples) -> float:
    """Arousal of speech that is there as a whole, such as the assistant's own."""
    meter, arousal = ProsodyMeter(), ArousalMeter()
    hop = RATE_HZ * HOP_MS // 1000
    for start in range(0, len(samples) - hop, hop):
        arousal.push(meter.push(samples[start : start + hop]), in_turn=True)
    prosody = arousal.end_turn()
    return prosody.arousal(arousal.own_hz) if prosody else 0.0
