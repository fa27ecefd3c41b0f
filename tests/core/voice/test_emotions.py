"""The 48 names and their places."""

from __future__ import annotations

import pytest

from lib.core.voice.emotions import PLACES, Mood, highest, scores

NAMES = (
    "Admiration, Adoration, Aesthetic Appreciation, Amusement, Anger, Anxiety, Awe, Awkwardness, "
    "Boredom, Calmness, Concentration, Confusion, Contemplation, Contempt, Contentment, Craving, "
    "Desire, Determination, Disappointment, Disgust, Distress, Doubt, Ecstasy, Embarrassment, "
    "Empathic Pain, Entrancement, Envy, Excitement, Fear, Guilt, Horror, Interest, Joy, Love, "
    "Nostalgia, Pain, Pride, Realization, Relief, Romance, Sadness, Satisfaction, Shame, "
    "Surprise (negative), Surprise (positive), Sympathy, Tiredness, Triumph"
)


def test_they_are_those_that_clients_know() -> None:
    assert list(PLACES) == NAMES.split(", ") and len(PLACES) == 48
    assert len(set(PLACES.values())) == 48
    for place in PLACES.values():
        assert -1 <= place.valence <= 1 and 0 <= place.arousal <= 1


@pytest.mark.parametrize("name", PLACES)
def test_each_is_the_highest_at_its_own_place_and_no_estimate_is_certain(name: str) -> None:
    here = scores(PLACES[name])
    assert highest(here, 1) == [name] and here[name] == max(here.values()) < 0.9


def test_what_is_said_calmly_and_what_is_shouted_differ() -> None:
    assert "Calmness" in highest(scores(Mood(0.35, 0.12)))
    assert "Fear" in highest(scores(Mood(-0.7, 0.9)))
    assert "Excitement" in highest(scores(Mood(0.7, 0.9)))
    assert all(0 <= one <= 1 for one in scores(Mood(1, 1)).values())
