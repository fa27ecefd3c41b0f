from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lib.core.geometry import Size
from lib.scene.lake_walk import LakeWalk
from lib.scene.light import arc, hour_at, light_at

WALK = LakeWalk(Size(256, 256))


def test_every_picture_differs_visibly_from_the_one_before() -> None:
    before = WALK.draw(0).copy()
    for n in range(1, 90):
        now = WALK.draw(n / 60).copy()
        moved = np.abs(now.astype(int) - before).max(axis=2) > 20
        assert moved.mean() > 0.01
        before = now


def test_it_is_a_function_of_the_time_whatever_was_drawn_before() -> None:
    first = WALK.draw(33.4).copy()
    for time_s in (0, 100, 33.3, 3600 * 24 * 30):
        WALK.draw(time_s)
    assert np.array_equal(WALK.draw(33.4), first)
    assert np.array_equal(LakeWalk(Size(256, 256)).draw(33.4), first)


def test_it_is_colourful_at_every_hour() -> None:
    for time_s in range(0, 120, 8):
        pixels = WALK.draw(time_s).astype(float)
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
