"""Level, pitch, tilt and rate of sounds in which they are known."""

from __future__ import annotations

import numpy as np
import pytest

from lib.core.voice.prosody import HOP, ProsodyMeter
from tests.core.voice.sounds import measured, noise, syllables, vowel


@pytest.mark.parametrize("pitch_hz", [80, 100, 125, 180, 220, 300, 400])
def test_the_pitch_of_a_vowel_is_heard_and_no_octave_of_it(pitch_hz: float) -> None:
    heard = [one.pitch_hz for one in measured(vowel(pitch_hz))[2:]]
    assert all(abs(one / pitch_hz - 1) < 0.03 for one in heard), heard[:5]


def test_noise_and_silence_have_no_pitch() -> None:
    heard = measured(noise())
    assert sum(one.pitch_hz > 0 for one in heard) <= len(heard) // 20
    quiet = measured(np.zeros(HOP * 20, np.int16))
    assert {one.pitch_hz for one in quiet} == {0.0} and quiet[-1].level_db <= -89


def test_twice_as_loud_is_6_db_more_and_a_sharper_sound_tilts_up() -> None:
    soft, loud = measured(vowel(120, loud=0.1))[-1], measured(vowel(120, loud=0.2))[-1]
    assert loud.level_db - soft.level_db == pytest.approx(6.02, abs=0.1)
    dull, sharp = measured(vowel(120, dull=2))[-1], measured(vowel(120, dull=0.5))[-1]
    assert sharp.tilt_db > dull.tilt_db + 10


@pytest.mark.parametrize("a_second", [2, 4, 6])
def test_syllables_are_counted(a_second: float) -> None:
    assert measured(syllables(a_second))[-1].rate == pytest.approx(a_second, abs=0.7)


def test_a_pause_is_no_slow_speech() -> None:
    speech, pause = syllables(5), np.zeros(HOP * 150, np.int16)
    heard = measured(np.concatenate([speech, pause]))
    assert heard[-1].rate == pytest.approx(heard[len(speech) // HOP].rate, abs=0.8)


def test_any_samples_give_numbers() -> None:
    rng = np.random.default_rng(7)
    meter = ProsodyMeter()
    extremes = [np.full(HOP, -32768), np.full(HOP, 32767), np.zeros(HOP), np.eye(1, HOP)[0] * 32767]
    for sound in (*extremes, *rng.integers(-32768, 32768, (50, HOP))):
        assert all(np.isfinite(meter.push(np.asarray(sound).astype(np.int16))))
