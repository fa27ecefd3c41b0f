from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lib.scene.draw import draw
from lib.scene.parse import parse
from lib.scene.scenery import NO_GROUND, Scenery
from lib.scene.things.builds import BUILDS
from lib.scene.things.table import THINGS

WORDS = ("a red house on a hill", "two camels in a desert at sunset", "a city at night in the rain")


@pytest.mark.parametrize("words", WORDS)
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(words: str) -> None:
    threads = cv2.getNumThreads()
    try:
        pictures = []
        for number in (1, 4):
            cv2.setNumThreads(number)
            pictures.append(draw(parse(words), 7, 128, 128).picture)
    finally:
        cv2.setNumThreads(threads)
    assert all(np.array_equal(pictures[0], other) for other in pictures[1:])


@pytest.mark.parametrize("words", WORDS)
def test_another_seed_gives_another_composition(words: str) -> None:
    one, other = (draw(parse(words), seed, 128, 128) for seed in (1, 2))
    assert np.abs(one.picture.astype(int) - other.picture).mean() > 8
    assert [thing.left for thing in one.things] != [thing.left for thing in other.things] or (
        not one.things
    )


@pytest.mark.parametrize(("width", "height"), [(64, 64), (256, 64), (64, 192), (136, 72)])
def test_it_draws_every_shape_at_its_exact_size(width: int, height: int) -> None:
    scene = draw(parse("three boats on a lake, moonlight"), 3, width, height)
    assert scene.picture.shape == (height, width, 3) and scene.picture.dtype == np.uint8
    assert scene.lights.shape == (height, width) and scene.picture.std() > 10


@pytest.mark.parametrize("name", sorted(set(THINGS) - {"trunk"}))
def test_every_thing_changes_what_is_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is found by a word of the list, is drawn, and is not an even surface."""
    monkeypatch.setattr("lib.scene.draw._SMALLEST", 64)  # a quarter of the time
    scene = draw(parse(_word_for(name)), 2, 64, 64)
    boxes = [thing for thing in scene.things if thing.name in (name, "person")]
    assert boxes, name
    left, top = max(0, int(boxes[0].left)), max(0, int(boxes[0].top))
    inside = scene.picture[top : int(boxes[0].bottom) + 1, left : int(boxes[0].right) + 1]
    assert inside.std() > 5, name


def _word_for(name: str) -> str:
    from lib.scene.vocabulary import vocabulary

    return f"a {vocabulary().example('thing', name)}"


@pytest.mark.parametrize(
    ("words", "negative"),
    [
        ("a forest", "trees"),
        ("rolling hills", "trees"),
        ("a village", "houses"),
        ("a village", "mountains"),
        ("a lake at night", "stars"),
        ("a street", "people"),
    ],
)
def test_a_negative_prompt_removes_what_the_place_would_add(words: str, negative: str) -> None:
    gone = {"trees": "trunk tree pine", "houses": "house tallhouse church", "people": "person"}
    changed = 0
    for seed in range(2):
        one, other = (draw(parse(words, without), seed, 64, 64) for without in ("", negative))
        changed += not np.array_equal(one.picture, other.picture)
        left = {thing.name for thing in (*other.things, *other.surroundings)}
        assert not left & set(gone.get(negative, "").split())
    assert changed


def test_there_is_ground_on_the_moon_with_every_seed() -> None:
    for seed in range(4):
        ground = draw(parse("on the moon, empty"), seed, 128, 128).picture[-16:].astype(int)
        assert np.ptp(ground, axis=2).mean() < 25  # grey, where space is a coloured cloud


def test_time_is_given_between_short_pieces() -> None:
    calls = []
    draw(parse("a village by a lake with two boats"), 1, 256, 256, lambda: calls.append(None))
    assert len(calls) > 60


def test_lit_windows_and_eyes_are_given_back_to_the_painter() -> None:
    lit = []
    for hour in ("night", "noon"):
        scene = draw(parse(f"a house at {hour}"), 1, 128, 128)
        (box,) = scene.things
        house = scene.lights[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
        lit.append((house > 128).sum())
    assert lit[0] > 20 and lit[1] == 0
    cat = draw(parse("a cat at noon"), 1, 256, 256)
    assert 0 < (cat.lights > 128).sum() < 400


def test_stars_and_snow_are_given_back_to_the_painter() -> None:
    for words in ("hills, a starry night", "hills, snow at night"):
        lights = draw(parse(words), 1, 256, 256).lights
        spots, _ = cv2.connectedComponents((lights > 128).astype(np.uint8))
        assert spots > 50, words


def test_a_rider_has_a_leg_on_each_side() -> None:
    scene = draw(parse("an astronaut riding a horse"), 4, 64, 64)
    boxes = {thing.name: thing for thing in scene.things}
    horse, rider = boxes["horse"], boxes["astronaut"]
    belly = horse.bottom - BUILDS["horse"].leg * (horse.bottom - horse.top)
    assert belly < rider.bottom < horse.bottom and rider.top < horse.top


def test_a_dragon_flies_above_the_roofs() -> None:
    for seed in range(2):
        scene = draw(parse("a dragon over a mountain village"), seed, 64, 64)
        roofs = [thing.top for thing in scene.surroundings if thing.name in ("house", "tallhouse")]
        (dragon,) = scene.things
        assert dragon.top >= 0 and dragon.bottom < min(roofs), seed


def test_flowers_in_a_field_are_small_far_away_and_in_no_ranks() -> None:
    flowers = draw(parse("sunflowers in a field"), 1, 128, 128).things
    heights = [flower.bottom - flower.top for flower in flowers]
    assert max(heights) > 3 * min(heights)
    assert np.histogram([flower.bottom for flower in flowers], 8)[0].min() > 0


def test_a_mill_stands_beside_the_river(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Scenery] = []
    monkeypatch.setattr("lib.scene.draw.grow_tufts", drawn.append)
    for seed in range(4):
        draw(parse("a windmill by a river at noon"), seed, 64, 64)
        (mill,) = drawn[-1].placed
        banks = next(one for one in drawn[-1].stream if one[0] >= mill.y - 0.02)
        assert not banks[1] < mill.x < banks[2], seed


@pytest.mark.parametrize("place", ["city", "swamp", "village", "volcano", "waterfall", "harbour"])
def test_nobody_stands_on_water(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Scenery] = []
    monkeypatch.setattr("lib.scene.draw.grow_tufts", drawn.append)
    for seed in range(2):
        draw(parse(f"a witch, {place}"), seed, 64, 64)
        (witch,), ground = drawn[-1].placed, drawn[-1].ground
        assert ground is not NO_GROUND and witch.y > ground.top(witch.x), seed


def test_a_whale_is_in_the_water_and_not_on_it() -> None:
    described = parse("a whale in the sea")
    without = replace(described, items=(), moods=frozenset(("empty",)))
    alone, whale = (draw(each, 1, 128, 128) for each in (without, described))
    (box,) = whale.things
    part = np.s_[int(box.top) : int(box.bottom), max(0, int(box.left)) : int(box.right)]
    changed = np.abs(alone.picture[part].astype(int) - whale.picture[part]).max(axis=2) > 24
    third = len(changed) // 3
    assert changed[:third].mean() < 0.1 < changed[third:].mean()


def test_trees_stand_beside_the_temple_that_they_are_named_with() -> None:
    for seed in range(2):
        scene = draw(parse("a temple with three trees"), seed, 64, 64)
        temple = next(thing for thing in scene.things if thing.name == "pagoda")
        middle = (temple.left + temple.right) / 2
        for tree in (thing for thing in scene.things if thing.name == "tree"):
            assert abs((tree.left + tree.right) / 2 - middle) > 0.3 * (temple.right - temple.left)
