"""How something is said: level, pitch, rate and spectral tilt of a voice, and the arousal in them.

An estimate, and it is called one wherever it is shown: it hears that somebody is loud, high, fast
and bright, which an excited voice is, and knows nothing of why.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
HOP = 320  # samples: 20 ms, one of the lengths that the detector of voices takes
HOP_MS = 1000 * HOP // RATE_HZ
WINDOW = 2 * HOP  # three periods of a low voice
SPECTRUM = 2048
LOWEST_HZ, HIGHEST_HZ = 70, 450  # of a voice that speaks
VOICED = 0.45  # of the autocorrelation at lag 0: below it no pitch is heard
TILT_HZ = 1000
FLOOR_DB = -90.0
# A syllable is a rise of the level by so much after a fall by so much.
SYLLABLE_DB = 3.0
RATE_S = 3.0  # of speech, over which syllables are counted
SMOOTH = 0.35  # of a hop's level in the envelope: about 50 ms

Samples = NDArray[np.int16]


class HopFeatures(NamedTuple):
    """Of 20 ms."""

    level_db: float  # below full scale
    pitch_hz: float  # 0: none
    tilt_db: float  # of what is above 1 kHz, relative to what is below: -30 dull, 0 sharp
    rate: float  # syllables a second of the latest speech; 0: not enough of it yet


class ProsodyMeter:
    """Measures one voice, hop by hop, in about 0.1 ms each."""

    def __init__(self) -> None:
        self._samples = np.zeros(WINDOW, np.float32)
        self._taper = np.hanning(WINDOW).astype(np.float32)
        own = np.fft.irfft(np.abs(np.fft.rfft(self._taper, SPECTRUM)) ** 2)
        self._shortest, self._longest = RATE_HZ // HIGHEST_HZ, RATE_HZ // LOWEST_HZ
        # A window lets long lags look weaker than they are; its own autocorrelation says by how
        # much. A short lag is preferred a little, since each multiple of a period repeats, too.
        lags = np.arange(self._shortest, self._longest + 1)
        self._correction = own[0] / own[lags]
        self._preference = 1 - 0.02 * np.log2(lags / lags[0])
        self._split = TILT_HZ * SPECTRUM // RATE_HZ
        self._rate = SyllableRate()

    def push(self, hop: Samples) -> HopFeatures:
        self._samples[:HOP] = self._samples[HOP:]
        self._samples[HOP:] = hop * np.float32(1 / 32768)
        level_db = 10 * math.log10(float(np.mean(self._samples[HOP:] ** 2)) + 1e-9)
        power = np.abs(np.fft.rfft(self._samples * self._taper, SPECTRUM)) ** 2
        low, high = float(power[4 : self._split].sum()), float(power[self._split :].sum())
        tilt_db = 10 * math.log10((high + 1e-9) / (low + 1e-9))
        pitch_hz = self._pitch(power)
        return HopFeatures(level_db, pitch_hz, tilt_db, self._rate.push(level_db, pitch_hz > 0))

    def _pitch(self, power: NDArray[np.float32]) -> float:
        auto = np.fft.irfft(power)
        if auto[0] <= 1e-6:
            return 0.0
        strengths = auto[self._shortest : self._longest + 1] * self._correction / auto[0]
        best = int(np.argmax(strengths * self._preference))
        inside = 0 < best < len(strengths) - 1
        return RATE_HZ / (self._shortest + best) if inside and strengths[best] > VOICED else 0.0


class SyllableRate:
    """Counts the rises of the level in which a voice sounds."""

    def __init__(self) -> None:
        self._envelope = self._peak = self._dip = FLOOR_DB
        self._rising = False
        self._hops: deque[bool] = deque(maxlen=int(RATE_S * 1000) // HOP_MS)
        self._quiet = 0

    def push(self, level_db: float, is_voiced: bool) -> float:
        self._envelope += SMOOTH * (level_db - self._envelope)
        self._quiet = 0 if is_voiced else self._quiet + 1
        if self._quiet > 300 // HOP_MS:  # a pause is no slow speech
            return self.rate
        self._hops.append(self._is_syllable(is_voiced))
        return self.rate

    def _is_syllable(self, is_voiced: bool) -> bool:
        if self._rising:
            self._peak = max(self._peak, self._envelope)
            if self._envelope < self._peak - SYLLABLE_DB:
                self._rising, self._dip = False, self._envelope
            return False
        self._dip = min(self._dip, self._envelope)
        if is_voiced and self._envelope > self._dip + SYLLABLE_DB:
            self._rising, self._peak = True, self._envelope
            return True
        return False

    @property
    def rate(self) -> float:
        heard_s = len(self._hops) * HOP_MS / 1000
        return sum(self._hops) / heard_s if heard_s >= 0.5 else 0.0
