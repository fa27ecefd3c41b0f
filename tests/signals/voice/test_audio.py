"""linear16 of any rate becomes hops of 16 kHz without a seam."""

from __future__ import annotations

import numpy as np
import pytest

from lib.core.voice.prosody import HOP, RATE_HZ
from lib.signals.voice.audio import AudioReader
from lib.signals.voice.messages import AudioForm
from tests.core.voice.sounds import measured, vowel


def read(form: AudioForm, data: bytes, piece: int) -> np.ndarray:
    reader = AudioReader(form)
    hops = [hop for at in range(0, len(data), piece) for hop in reader.hops(data[at : at + piece])]
    return np.concatenate(hops)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_vowel_of_any_rate_keeps_its_pitch_level_and_length(rate_hz: int) -> None:
    data = vowel(180, rate_hz=rate_hz).tobytes()
    form = AudioForm(sample_rate=rate_hz)
    whole, parts = read(form, data, len(data)), read(form, data, 999)
    assert np.array_equal(whole, parts)
    assert len(whole) == pytest.approx(RATE_HZ, abs=2 * HOP)
    last = measured(whole)[-1]
    assert last.pitch_hz == pytest.approx(180, rel=0.03)
    assert last.level_db == pytest.approx(measured(vowel(180))[-1].level_db, abs=1.5)


def test_what_16_khz_cannot_hold_does_not_fold_into_the_voice() -> None:
    at = np.arange(48_000) / 48_000
    high = (0.5 * 32767 * np.sin(2 * np.pi * 12_000 * at)).astype(np.int16)
    heard = read(AudioForm(sample_rate=48_000), high.tobytes(), 4800)
    assert measured(heard)[-1].level_db < -45


def test_two_channels_become_one() -> None:
    left = vowel(180)
    both = np.stack([left, np.zeros_like(left)], axis=1)
    heard = read(AudioForm(sample_rate=RATE_HZ, channels=2), both.tobytes(), 333)
    assert np.abs(heard - left[: len(heard)] / 2).max() <= 1
