"""Forty prompts drawn from a grammar: number, colour, thing, place, hour and weather."""

from __future__ import annotations

import random

from tests.scene.prompts import measures as m
from tests.scene.prompts.measures import Measure, Prompt

# The name under which a drawing lists the thing, one, several, and whether a colour is said.
THINGS = (
    ("house", "house", "houses", True),
    ("boat", "sailing boat", "sailing boats", False),
    ("balloon", "balloon", "balloons", True),
    ("horse", "horse", "horses", False),
    ("cat", "cat", "cats", False),
    ("car", "car", "cars", True),
    ("tent", "tent", "tents", True),
    ("sheep", "sheep", "sheep", False),
    ("windmill", "windmill", "windmills", False),
    ("umbrella", "parasol", "parasols", True),
    ("castle", "fortress", "fortresses", False),
    ("person", "traveller", "travellers", False),
    ("cow", "cow", "cows", False),
    ("kite", "kite", "kites", True),
    ("mushroom", "mushroom", "mushrooms", False),
    ("bicycle", "bicycle", "bicycles", False),
)
PLACES = ("in the hills", "in a field", "by the sea", "on a beach", "in a desert", "by a lake")
HOURS = ("", "at noon", "at night", "at sunset", "in the morning", "at dusk")
WEATHERS = ("", "", "in the snow", "in the fog", "in the rain")
NUMBERS = {1: "a", 2: "two", 3: "three", 4: "four"}
COLOURS = ("red", "yellow", "blue", "purple", "orange")


def _measures(words: dict[str, str], day: str) -> list[Measure]:
    """What the hour, the weather and the place ask for; one of them, where they compete."""
    found = []
    if words["hour"] == "at night":
        found.append(m.night(day))
    elif words["weather"] == "in the snow" and words["place"] not in ("by the sea", "by a lake"):
        if words["hour"] in ("", "at noon", "in the morning"):
            found.append(m.bright_snow())
    elif words["weather"] == "in the fog":
        found.append(m.hazy(day))
    elif words["weather"] == "in the rain":
        found.append(m.grey(day))
    elif words["hour"] == "at sunset":
        found.append(m.warm())
    if not words["weather"] and words["place"] in ("by the sea", "in a desert"):
        found.append(m.level_horizon())
    return found


def _prompt(rng: random.Random) -> Prompt:
    name, one, several, takes_colour = rng.choice(THINGS)
    number, colour = rng.randint(1, 4), rng.choice(COLOURS) if takes_colour else ""
    words = {
        "place": rng.choice(PLACES),
        "hour": rng.choice(HOURS),
        "weather": rng.choice(WEATHERS),
    }
    what = f"{NUMBERS[number]} {colour} {one if number == 1 else several}"
    day = " ".join(f"{what} {words['place']} at noon".split())
    said = " ".join(f"{what} {words['place']} {words['hour']} {words['weather']}".split())
    measures = [m.counted(name, number), *_measures(words, day)]
    # At night and in fog every colour fades, for people as well.
    if colour and words["hour"] not in ("at night", "at dusk") and words["weather"] != "in the fog":
        measures.append(m.coloured(name, colour))
    return Prompt(said, tuple(measures))


def drawn(count: int = 40, seed: int = 14) -> tuple[Prompt, ...]:
    rng = random.Random(seed)
    return tuple(_prompt(rng) for _ in range(count))
