"""Arousal grows with level, pitch and rate, and knows a high voice from an excited one."""

from __future__ import annotations

import numpy as np
import pytest

from lib.core.voice.arousal import ArousalMeter, Prosody
from lib.core.voice.prosody import HOP, HOP_MS, ProsodyMeter, Samples
from tests.core.voice.sounds import hops, syllables, vowel

PLAIN = Prosody(rate=4.2)


def followed(sound: Samples, meter: ArousalMeter | None = None) -> list[float]:
    meter, prosody = meter or ArousalMeter(), ProsodyMeter()
    return [meter.push(prosody.push(hop), in_turn=True) for hop in hops(sound)]


@pytest.mark.parametrize(
    "more",
    [
        Prosody(level_db=-15, rate=4.2),
        Prosody(pitch_hz=180, rate=4.2),
        Prosody(rate=6),
        Prosody(tilt_db=-2, rate=4.2),
    ],
)
def test_each_part_raises_it(more: Prosody) -> None:
    assert PLAIN.arousal() == pytest.approx(0.5)
    assert more.arousal() > 0.55


def test_silence_is_nothing_and_a_loud_voice_is_heard_within_a_tenth_of_a_second() -> None:
    meter = ArousalMeter()
    assert max(followed(np.zeros(HOP * 50, np.int16), meter)) == 0.0
    heard = followed(vowel(220, loud=0.5), meter)
    assert heard[100 // HOP_MS - 1] > 0.5 * max(heard)


def test_it_falls_within_two_seconds_of_the_end() -> None:
    meter, prosody = ArousalMeter(), ProsodyMeter()
    for hop in hops(vowel(220, loud=0.5)):
        meter.push(prosody.push(hop), in_turn=True)
    high = meter.now
    for hop in hops(np.zeros(HOP * 2000 // HOP_MS, np.int16)):
        meter.push(prosody.push(hop), in_turn=False)
    assert meter.now < 0.1 * high and meter.level < 0.1


def test_a_high_voice_is_not_an_excited_one_once_it_is_known() -> None:
    meter = ArousalMeter()
    followed(syllables(4, pitch_hz=230), meter)
    first = meter.end_turn()
    assert first
    at_first = first.arousal(meter.own_hz)
    for _ in range(10):
        followed(syllables(4, pitch_hz=230), meter)
    known = meter.end_turn()
    assert known and 170 < meter.own_hz < 230
    assert known.arousal(meter.own_hz) < at_first - 0.1


def test_a_turn_without_a_voice_has_no_prosody() -> None:
    meter = ArousalMeter()
    followed(np.zeros(HOP * 20, np.int16), meter)
    assert meter.end_turn() is None
