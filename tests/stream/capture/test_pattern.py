from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lib.core.geometry import Size
from lib.pictures.header import read_header
from lib.stream.capture.pattern.light import arc, hour_at, light_at
from lib.stream.capture.pattern.pattern import Pattern
from lib.stream.capture.pattern.scene import Scene
from tests.stream.capture.helpers import CODEC, settings

SCENE = Scene(Size(256, 256))


@pytest.mark.parametrize(
    "size", ["512", "1024x576", "576x1024", "64", "1024x64", "64x1024", "2560x1440"]
)
def test_it_comes_in_every_size(size: str) -> None:
    pattern = Pattern(settings(resolution=size))
    assert str(read_header(pattern.read(1)).size) == str(settings(resolution=size).size)
    pixels = CODEC.decode(pattern.read(900))
    assert pixels.std() > 25  # not one flat colour


def test_every_picture_differs_visibly_from_the_one_before() -> None:
    before = SCENE.draw(0).copy()
    for n in range(1, 90):
        now = SCENE.draw(n / 60).copy()
        moved = np.abs(now.astype(int) - before).max(axis=2) > 20
        assert moved.mean() > 0.01
        before = now


def test_it_is_a_function_of_the_time_whatever_was_drawn_before() -> None:
    first = SCENE.draw(33.4).copy()
    for time_s in (0, 100, 33.3, 3600 * 24 * 30):
        SCENE.draw(time_s)
    assert np.array_equal(SCENE.draw(33.4), first)
    assert np.array_equal(Scene(Size(256, 256)).draw(33.4), first)


def test_a_number_and_a_rate_give_the_time() -> None:
    one, other = Pattern(settings(fps=30)), Pattern(settings(fps=60))
    one.seek(45)
    assert one.read(1) == other.read(91)  # frame 45 of 30 a second is frame 90 of 60
    assert (one.position, other.position) == (45, 90)


def test_it_is_colourful_at_every_hour() -> None:
    for time_s in range(0, 120, 8):
        pixels = SCENE.draw(time_s).astype(float)
        saturation = pixels.max(axis=2) - pixels.min(axis=2)
        assert saturation.mean() > 40 and 50 < pixels.mean() < 200


def test_the_light_changes_without_a_jump_and_the_day_closes() -> None:
    hours = [n / 960 for n in range(961)]
    lights = [light_at(hour % 1.0) for hour in hours]
    for before, after in pairwise(lights):
        for one, other in zip(before[:8], after[:8], strict=True):
            assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 3
    assert hour_at(120) == 0 and hour_at(90) == 0.75


def test_sun_and_moon_rise_and_set() -> None:
    assert arc(0.25, 0.3, 0.4) is None
    along, high = arc(0.5, 0.3, 0.4) or (0, 0)
    assert along == pytest.approx(0.5) and high == pytest.approx(1)
    assert arc(0.1, 0.9, 0.4) is not None  # across midnight
