"""The measures themselves: each holds for a picture that shows it and fails for one that does not.

A measure that cannot fail would make every drawing a good one.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib.core.pixels import Pixels
from tests.scene.prompts import measures as m
from tests.scene.prompts.chosen import CHOSEN
from tests.scene.prompts.grammar import drawn
from tests.scene.prompts.measures import Found, Measure, Shown

SIDE = 128
RED, WHITE, GREY, GREEN, BLUE = (
    (210, 40, 40),
    (240, 246, 252),
    (128, 128, 128),
    (90, 150, 60),
    (90, 150, 230),
)


def plain(colour: tuple[int, int, int]) -> Pixels:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


def landscape(row: int = 64) -> Pixels:
    picture = plain(BLUE)
    picture[row:] = GREEN
    return picture


def with_house(*lefts: int) -> Shown:
    picture = landscape()
    for left in lefts:
        picture[70:100, left : left + 24] = RED
        cv2.rectangle(picture, (left + 8, 80), (left + 14, 99), (40, 30, 30), -1)
    things = tuple(Found("house", left, 70, left + 24, 100) for left in lefts)
    return Shown(picture, things, 64)


def thing(name: str, left: int, top: int, right: int, bottom: int) -> Found:
    return Found(name, left, top, right, bottom)


def pair(one: Found, other: Found) -> Shown:
    return Shown(landscape(), (one, other), 64)


DAY, DIM, BRIGHT = Shown(landscape(), (), 64), Shown(landscape() // 4), Shown(plain(WHITE))
TABLE = thing("table", 40, 60, 90, 100)


@pytest.mark.parametrize(
    ("measure", "good", "bad", "against"),
    [
        (m.night(""), DIM, DAY, DAY),
        (m.darker(""), DIM, DAY, DAY),
        (m.bright_snow(), BRIGHT, DAY, None),
        (m.warm(), Shown(plain(RED)), DAY, None),
        (m.grey(""), Shown(plain(GREY)), DAY, DAY),
        (m.hazy(""), Shown(plain(GREY)), DAY, DAY),
        (m.blue_sky(), DAY, Shown(plain(RED)), None),
        (m.green_ground(), DAY, Shown(plain(RED)), None),
        (m.tinted("red"), Shown(plain(RED)), DAY, None),
        (m.tinted("white"), BRIGHT, DAY, None),
        (m.tinted("black"), Shown(plain((9, 9, 9))), DAY, None),
        (m.level_horizon(), DAY, Shown(landscape(90), (), 50), None),
        (m.level_horizon(), DAY, Shown(landscape()), None),
        (m.coloured("house", "red"), with_house(20), DAY, None),
        (m.coloured("house", "blue"), pair(thing("house", 10, 10, 30, 30), TABLE),
         with_house(20), None),
        (m.present("house"), with_house(20), Shown(plain(GREY), with_house(20).things), None),
        (m.absent("house"), DAY, with_house(20), None),
        (m.counted("house", 2), with_house(10, 60), with_house(10), None),
        (m.counted("house", 2), with_house(10, 60), with_house(10, 14), None),
        (m.on("cup", "table"), pair(thing("cup", 60, 50, 70, 62), TABLE),
         pair(thing("cup", 60, 20, 70, 40), TABLE), None),
        (m.under("cup", "table"), pair(thing("cup", 60, 80, 70, 98), TABLE),
         pair(thing("cup", 60, 50, 70, 62), TABLE), None),
        (m.over("cup", "table"), pair(thing("cup", 60, 20, 70, 40), TABLE),
         pair(thing("cup", 60, 80, 70, 98), TABLE), None),
        (m.beside("cup", "table"), pair(thing("cup", 94, 84, 104, 98), TABLE),
         pair(thing("cup", 60, 84, 70, 98), TABLE), None),
        (m.behind("cup", "table"), pair(thing("cup", 60, 40, 70, 80), TABLE),
         pair(thing("cup", 60, 90, 70, 120), TABLE), None),
        (m.within("cup", "table"), pair(thing("cup", 60, 50, 70, 80), TABLE),
         pair(thing("cup", 60, 30, 70, 59), TABLE), None),
        (m.before("cup", "table"), pair(thing("cup", 60, 90, 70, 104), TABLE),
         pair(thing("cup", 60, 40, 70, 80), TABLE), None),
        (m.raised("house"), with_house(20), pair(thing("house", 9, 99, 30, 125), TABLE), None),
    ],
)  # fmt: skip
def test_a_measure_tells_one_picture_from_another(
    measure: Measure, good: Shown, bad: Shown, against: Shown | None
) -> None:
    assert measure.holds(good, against)
    assert not measure.holds(bad, against)


def test_there_are_forty_of_each_and_no_two_are_the_same() -> None:
    words = [prompt.words for prompt in (*CHOSEN, *drawn())]
    assert len(CHOSEN) == len(drawn()) == 40 and len(set(words)) == 80
    assert all(prompt.measures for prompt in (*CHOSEN, *drawn()))
