"""What is left of a picture when something is taken from it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.geometry import Size
from lib.core.shedding.levels import (
    CUTS,
    LEAST_SIDE,
    Demand,
    Levels,
    fewer_steps,
    lower_qualities,
    most_levels,
    smaller_sizes,
)

ASKED = Demand(30, Size(512, 512), 85, 4, 1.0)

sides = st.integers(8, 512).map(lambda n: 8 * n)
sizes = st.tuples(sides, sides).map(lambda one: Size(*one))


@pytest.mark.parametrize(
    ("size", "smaller"),
    [
        (Size(512, 512), [Size(384, 384), Size(256, 256)]),
        (Size(1024, 576), [Size(768, 432), Size(512, 288)]),
        (Size(1920, 1080), [Size(1408, 792), Size(1024, 576)]),
        (Size(576, 1024), [Size(432, 768), Size(288, 512)]),
        (
            Size(504, 520),
            [Size(376, 392), Size(256, 256)],
        ),  # no smaller size of this shape: the nearest
        (Size(256, 256), []),
        (Size(64, 64), []),
    ],
)
def test_sizes_keep_their_shape(size: Size, smaller: list[Size]) -> None:
    assert smaller_sizes(size) == smaller


@given(sizes)
def test_every_smaller_size_can_be_made(size: Size) -> None:
    before = size
    for smaller in smaller_sizes(size):
        assert smaller.width < before.width and smaller.height < before.height
        assert all(side % 8 == 0 and side >= LEAST_SIDE for side in smaller)
        shape = Fraction(*smaller) / Fraction(*size)
        assert abs(shape - 1) < Fraction(8, LEAST_SIDE)
        before = smaller


def test_qualities_only_fall() -> None:
    assert lower_qualities(85) == [75, 60]
    assert lower_qualities(75) == [60]
    assert lower_qualities(50) == []


@pytest.mark.parametrize(
    ("steps", "strength", "fewer"),
    [(4, 1.0, [2, 1]), (2, 1.0, [1]), (1, 1.0, []), (2, 0.7, []), (4, 0.7, [2]), (8, 0.5, [4, 2]),
     (50, 0.0, []), (3, 0.2, [])],
)  # fmt: skip
def test_fewer_steps_are_really_fewer(steps: int, strength: float, fewer: list[int]) -> None:
    assert fewer_steps(steps, strength) == fewer


@given(st.integers(1, 50), st.floats(0, 1))
def test_one_step_is_always_left(steps: int, strength: float) -> None:
    made = int(steps * strength)
    for fewer in fewer_steps(steps, strength):
        assert 1 <= int(fewer * strength) < made
        made = int(fewer * strength)


def test_nothing_taken_is_what_was_asked_for() -> None:
    none = Levels()
    assert none.every == 1
    assert none.size_of(ASKED.size) == ASKED.size
    assert none.quality_of(85) == 85 and none.steps_of(4, 0.3) == 4
    assert not any(none.words(cut, ASKED) for cut in CUTS)


def test_words_say_what_is_taken() -> None:
    levels = Levels(1, 1, 1, 1)
    assert [levels.words(cut, ASKED) for cut in CUTS] == [
        "one of 2 frames is made",
        "pictures are made at 384x384 instead of 512x512",
        "JPEG quality is 75 instead of 85",
        "pictures are made in 2 instead of 4 steps",
    ]


def test_a_level_that_is_gone_is_the_last_that_is_there() -> None:
    deep = Levels(9, 9, 9, 9)
    assert deep.every == 4 and deep.size_of(Size(512, 512)) == Size(256, 256)
    assert deep.size_of(Size(64, 64)) == Size(64, 64)
    assert deep.words("size", ASKED._replace(size=Size(64, 64))) == ""


def test_frames_are_not_left_out_of_a_slow_source() -> None:
    assert [most_levels(ASKED._replace(fps=fps)).frames for fps in (60, 29.97, 24, 15, 10, 0)] == [
        3, 3, 2, 1, 0, 0,
    ]  # fmt: skip
