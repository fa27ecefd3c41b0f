"""Voices are told apart by arousal, and turns are found in them."""

from __future__ import annotations

import numpy as np
import pytest

from lib.core.voice.prosody import RATE_HZ, Samples
from lib.signals.voice.hearing import HeardHop, HeardTurn, Hearing, prosody_of
from lib.signals.voice.messages import AudioForm, MessageError
from tests.signals.voice.conftest import Voices

LINEAR = AudioForm(sample_rate=RATE_HZ)
PAUSE = np.zeros(RATE_HZ, np.int16)


def heard(*sounds: Samples, keeps: bool = False, piece: int = 640) -> list[HeardHop]:
    hearing = Hearing(keeps_turns=keeps)
    hearing.set_form(LINEAR)
    data = np.concatenate(sounds).tobytes()
    found: list[HeardHop] = []
    for at in range(0, len(data), piece):
        found += hearing.push(data[at : at + piece], clock_ms=at // 32)
    return found


def turns(hops: list[HeardHop]) -> list[HeardTurn]:
    return [hop.ended for hop in hops if hop.ended]


@pytest.mark.parametrize("speaker", ["en", "en+f3"])
@pytest.mark.parametrize("level", [0, 100], ids=["as loud as they are", "equally loud"])
def test_calm_plain_and_excited_are_told_apart_in_any_order(
    voices: Voices, speaker: str, level: int
) -> None:
    for order in (("calm", "plain", "excited"), ("excited", "plain", "calm")):
        sounds = [part for one in order for part in (voices(one, speaker, level), PAUSE)]
        found = turns(heard(*sounds))
        assert len(found) == 3
        by_manner = dict(zip(order, (turn.arousal for turn in found), strict=True))
        assert by_manner["plain"] - by_manner["calm"] > 0.1, by_manner
        assert by_manner["excited"] - by_manner["plain"] > 0.1, by_manner


def test_a_turn_is_where_the_voice_is(voices: Voices) -> None:
    voice = voices("plain")
    hops = heard(PAUSE, voice, PAUSE)
    (turn,) = turns(hops)
    assert 900 <= turn.begin_ms <= 1200
    assert abs(turn.end_ms - (1000 + len(voice) / 16)) < 400
    assert turn.samples is None  # nobody is to recognise its words, so none of it is kept
    begun = next(at for at, hop in enumerate(hops) if hop.begun) * 20
    assert begun <= 1000 + 200


def test_its_samples_are_kept_for_who_recognises_words_and_only_until_then(voices: Voices) -> None:
    voice = voices("plain")
    first, second = turns(heard(voice, PAUSE, voice, PAUSE, keeps=True))
    for turn in (first, second):
        assert turn.samples is not None
        assert abs(len(turn.samples) - len(voice)) < RATE_HZ


def test_pieces_of_any_length_are_heard_alike(voices: Voices) -> None:
    voice = voices("plain")
    whole, small = heard(voice, PAUSE, piece=32_000), heard(voice, PAUSE, piece=222)
    assert turns(whole) == turns(small)


def test_noise_is_no_turn() -> None:
    rng = np.random.default_rng(3)
    hum = (600 * np.sin(np.arange(RATE_HZ * 3) * 2 * np.pi * 50 / RATE_HZ)).astype(np.int16)
    hiss = (200 * rng.standard_normal(RATE_HZ * 3)).astype(np.int16)
    assert not turns(heard(hum, PAUSE, hiss, PAUSE))


def test_faster_than_anybody_can_speak_is_refused_and_the_rest_is_heard(voices: Voices) -> None:
    hearing = Hearing(keeps_turns=False)
    hearing.set_form(LINEAR)
    with pytest.raises(MessageError, match="faster than anybody can speak"):
        for _ in range(20):
            list(hearing.push(PAUSE.tobytes(), clock_ms=1000))
    assert list(hearing.push(voices("plain").tobytes(), clock_ms=60_000))


def test_the_assistants_own_voice_is_measured_alike(voices: Voices) -> None:
    calm, plain, excited = (prosody_of(voices(one)) for one in ("calm", "plain", "excited"))
    assert calm < plain < excited
