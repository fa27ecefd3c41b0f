"""Sounds that are computed: what is measured in them is known."""

from __future__ import annotations

import numpy as np

from lib.core.voice.prosody import HOP, RATE_HZ, HopFeatures, ProsodyMeter, Samples


def vowel(
    pitch_hz: float, seconds: float = 1.0, loud: float = 0.2, dull: float = 1.0, rate_hz: int = 0
) -> Samples:
    """Harmonics that fall by the power `dull`."""
    rate_hz = rate_hz or RATE_HZ
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    most = int(min(rate_hz, RATE_HZ) / 2 / pitch_hz)
    total = sum(np.sin(2 * np.pi * pitch_hz * n * at) / n**dull for n in range(1, most))
    return (loud * 32767 * total / np.abs(total).max()).astype(np.int16)


def syllables(a_second: float, pitch_hz: float = 125, seconds: float = 3.0) -> Samples:
    """A vowel that is nearly stopped so many times a second."""
    sound = vowel(pitch_hz, seconds).astype(float)
    at = np.arange(len(sound)) / RATE_HZ
    return (sound * (0.1 + 0.9 * np.sin(np.pi * a_second * at) ** 2)).astype(np.int16)


def noise(seconds: float = 1.0, loud: float = 0.1) -> Samples:
    rng = np.random.default_rng(1)
    return (loud * 32767 * rng.standard_normal(int(seconds * RATE_HZ)) / 4).astype(np.int16)


def hops(sound: Samples) -> list[Samples]:
    return [sound[at : at + HOP] for at in range(0, len(sound) - HOP + 1, HOP)]


def measured(sound: Samples) -> list[HopFeatures]:
    meter = ProsodyMeter()
    return [meter.push(hop) for hop in hops(sound)]
