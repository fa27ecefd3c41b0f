"""The 48 emotions that clients know by name, each at a fixed place between two axes.

A score says how near the estimate is to that place and nothing else: voice and words together give
two numbers, valence and arousal, so two emotions at like places always score alike. What lies far
from all of them scores low everywhere.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Mood(NamedTuple):
    """An estimate, or the place of an emotion."""

    valence: float  # -1 unpleasant to 1 pleasant
    arousal: float  # 0 at rest to 1 most excited


# Near means within this distance; valence is twice as long an axis and counts half as much.
NEAR = 0.16
SURE = 0.85  # the score right at the place: an estimate is never certain

PLACES = {
    "Admiration": Mood(0.60, 0.55),
    "Adoration": Mood(0.78, 0.60),
    "Aesthetic Appreciation": Mood(0.62, 0.38),
    "Amusement": Mood(0.66, 0.68),
    "Anger": Mood(-0.72, 0.86),
    "Anxiety": Mood(-0.56, 0.72),
    "Awe": Mood(0.40, 0.64),
    "Awkwardness": Mood(-0.30, 0.50),
    "Boredom": Mood(-0.34, 0.14),
    "Calmness": Mood(0.36, 0.10),
    "Concentration": Mood(0.08, 0.44),
    "Confusion": Mood(-0.22, 0.54),
    "Contemplation": Mood(0.10, 0.24),
    "Contempt": Mood(-0.62, 0.50),
    "Contentment": Mood(0.64, 0.22),
    "Craving": Mood(0.14, 0.66),
    "Desire": Mood(0.42, 0.74),
    "Determination": Mood(0.24, 0.74),
    "Disappointment": Mood(-0.58, 0.34),
    "Disgust": Mood(-0.76, 0.60),
    "Distress": Mood(-0.74, 0.76),
    "Doubt": Mood(-0.26, 0.36),
    "Ecstasy": Mood(0.90, 0.94),
    "Embarrassment": Mood(-0.44, 0.60),
    "Empathic Pain": Mood(-0.64, 0.44),
    "Entrancement": Mood(0.34, 0.48),
    "Envy": Mood(-0.46, 0.52),
    "Excitement": Mood(0.68, 0.90),
    "Fear": Mood(-0.70, 0.92),
    "Guilt": Mood(-0.60, 0.40),
    "Horror": Mood(-0.88, 0.94),
    "Interest": Mood(0.30, 0.56),
    "Joy": Mood(0.84, 0.78),
    "Love": Mood(0.86, 0.50),
    "Nostalgia": Mood(0.16, 0.30),
    "Pain": Mood(-0.80, 0.68),
    "Pride": Mood(0.70, 0.58),
    "Realization": Mood(0.18, 0.50),
    "Relief": Mood(0.50, 0.26),
    "Romance": Mood(0.72, 0.44),
    "Sadness": Mood(-0.72, 0.24),
    "Satisfaction": Mood(0.70, 0.36),
    "Shame": Mood(-0.66, 0.46),
    "Surprise (negative)": Mood(-0.36, 0.80),
    "Surprise (positive)": Mood(0.50, 0.82),
    "Sympathy": Mood(0.06, 0.34),
    "Tiredness": Mood(-0.18, 0.06),
    "Triumph": Mood(0.74, 0.84),
}


def scores(mood: Mood) -> dict[str, float]:
    """Of each emotion 0 to 1, by how far its place is from the estimate."""
    return {
        name: round(SURE * math.exp(-(_distance(mood, place) ** 2) / (2 * NEAR**2)), 4)
        for name, place in PLACES.items()
    }


def highest(emotions: dict[str, float], count: int = 3) -> list[str]:
    return sorted(emotions, key=lambda name: -emotions[name])[:count]


def _distance(one: Mood, other: Mood) -> float:
    return math.hypot((one.valence - other.valence) / 2, one.arousal - other.arousal)
