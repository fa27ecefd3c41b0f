"""Places: really different compositions by the seed, and several places in one picture."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest

from lib.core.pixels import Pixels
from lib.scene.defaults import NEAR_TO_FAR
from lib.scene.draw import draw
from lib.scene.parse import parse
from lib.scene.places.layouts import Layout
from lib.scene.places.table import PAIRS, PLACES
from lib.scene.places.views import seen_behind

# Grey levels, over the picture in 8x8 fields: what two layouts differ by when everything that the
# seed moves stays where it is.
APART = 5.5
SAID = {"moon": "on the moon"}
SETS = [(name, f"{SAID.get(name, name)}, empty", place.layouts) for name, place in PLACES.items()]
SETS += [(name, f"a statue, {name}", place.shore) for name, place in PLACES.items() if place.shore]
# Sorted, since a set is in another order in each process, and all must collect the same tests.
SETS += [(" and ".join(pair), f"{', '.join(pair)}, empty", place.layouts)
         for pair, place in ((sorted(pair), place) for pair, place in PAIRS.items())]  # fmt: skip


def apart(one: Pixels, other: Pixels) -> float:
    """Of what is large in them, whichever way round."""
    fields = [
        cv2.resize(each, (8, 8), interpolation=cv2.INTER_AREA).astype(float)
        for each in (one, other, np.ascontiguousarray(other[:, ::-1]))
    ]
    return float(min(np.abs(fields[0] - each).mean() for each in fields[1:]))


@pytest.mark.parametrize(("name", "words", "layouts"), SETS, ids=[f"{one[1]}" for one in SETS])
def test_a_place_has_four_or_five_layouts_that_really_differ(
    name: str, words: str, layouts: tuple[Layout, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 4 <= len(layouts) <= 5, name
    monkeypatch.setattr("lib.scene.draw._SMALLEST", 64)  # fields of 8 x 8 are compared
    pictures = []
    for layout in layouts:
        monkeypatch.setattr("lib.scene.draw._layout", lambda *_, layout=layout: layout)
        pictures.append(draw(parse(words), 3, 64, 64).picture)
    for (nth, one), (other_nth, other) in combinations(enumerate(pictures), 2):
        assert apart(one, other) > APART, (name, nth, other_nth)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_seeds_that_follow_each_other_take_the_layouts_in_turn(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each can be drawn with things in it, at night, in snow."""
    taken = []
    monkeypatch.setattr("lib.scene.draw._draw_place", lambda _, layout: taken.append(layout))
    for seed in range(5):
        draw(parse(SAID.get(place, place)), seed, 16, 16)
    assert len({id(layout) for layout in taken}) == len(PLACES[place].layouts)
    monkeypatch.undo()
    assert draw(parse(f"a house and a boat, {place} at night, snow"), 1, 64, 64).picture.std() > 4


# --- several places


def test_every_place_has_its_distance() -> None:
    assert sorted(NEAR_TO_FAR) == sorted(PLACES)


@pytest.mark.parametrize(
    ("words", "near", "behind"),
    [
        ("a lighthouse in the mountains by a lake", "lake", ("mountains",)),
        ("a village by a lake", "lake", ("village",)),
        ("a castle in a forest by a river", "river", ("forest",)),
        ("a city by the sea", "sea", ("city",)),
        ("a city in the desert", "desert", ("city",)),
        ("a garden by the sea", "garden", ("sea",)),
        ("a mountain village", "village", ("mountains",)),
        ("a beach by the sea", "beach", ()),
        ("a kitchen in a village", "room", ()),
        ("a lake near a village in the mountains", "lake", ("mountains", "village")),
    ],
)
def test_one_place_is_near_and_the_others_are_seen_behind_it(
    words: str, near: str, behind: tuple[str, ...]
) -> None:
    described = parse(words)
    assert described.place == near and seen_behind(described) == behind


@pytest.mark.parametrize(
    "words",
    [
        "a lake, mountains",
        "a lake, a city",
        "a river, a forest",
        "the sea, a village",
        "a garden, the sea",
        "a garden with a pond",
        "a field, a volcano",
        "a lake, a desert",
        "a beach, mountains",
        "a harbour, mountains",
        "a village, a jungle",
        "a street, mountains",
    ],
)
def test_a_second_place_is_seen(words: str) -> None:
    """It changes the drawing, with the same composition of the first."""
    both = parse(f"{words}, empty")
    alone = replace(both, places=both.places[:1])
    one, other = (draw(each, 1, 64, 64).picture.astype(int) for each in (both, alone))
    assert np.abs(one - other).mean() > 4


def test_a_volcano_on_an_island_has_water_on_all_sides() -> None:
    for seed in range(4):
        picture = draw(parse("a volcano on an island at noon, empty"), seed, 128, 128).picture
        around = picture[58:92].mean(axis=2)
        land = [float((edge < 110).mean()) for edge in (around[:, :3], around[:, -3:])]
        assert min(land) < 0.05, seed  # palms may stand before it at one side


def test_the_ground_by_a_lake_in_the_desert_is_sand() -> None:
    for seed in range(3):
        words = ("a statue by a lake in the desert at noon", "a statue by a lake at noon")
        sand, grass = (draw(parse(one), seed, 64, 64).picture[-8:].mean((0, 1)) for one in words)
        assert sand[0] > sand[1] + 10 and grass[1] > grass[0] - 5, seed
