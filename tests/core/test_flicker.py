"""Synthetic scenes at full size, seen through thumbnails as the JPEG decoder makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lib.core.flicker import KEPT, OLD_NS, Flicker, StillChange, still_change

Picture = NDArray[np.float32]
Engine = Callable[[Picture, int], Picture]
SIDE, STEP_NS = 256, 400_000_000


def thumbnail(picture: Picture) -> NDArray[np.uint8]:
    """Each cell the mean of 8 x 8 pixels."""
    cells = picture.reshape(SIDE // 8, 8, SIDE // 8, 8).mean(axis=(1, 3))
    return np.clip(np.round(cells), 0, 255).astype(np.uint8)


def soft(seed: int, cells: int, low: float, high: float) -> Picture:
    few = np.random.default_rng(seed).uniform(low, high, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(few, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


SCENE = soft(1, 20, 20, 230)


def camera(number: int, noise: float = 6.0, walker: bool = False, base: Picture = SCENE) -> Picture:
    """A scene that stands still before a camera, with the camera's noise."""
    picture = base.copy()
    if walker:
        left = 6 * number % (SIDE - 60)
        picture[60:200, left : left + 60] = 250
    dice = np.random.default_rng(number)
    return picture + dice.normal(0, noise, picture.shape).astype(np.float32)


def same(picture: Picture, number: int) -> Picture:
    return picture


def calm(picture: Picture, number: int) -> Picture:
    """Paints large strokes: the noise is gone."""
    return np.asarray(cv2.blur(picture, (61, 61)), np.float32)


def restless(picture: Picture, number: int) -> Picture:
    """Invents other strokes for every frame."""
    return np.asarray(calm(picture, 0) + soft(1000 + number, 20, -25, 25), np.float32)


def ratio(frames: Iterable[Picture], engine: Engine) -> float | None:
    flicker = Flicker()
    pairs = ((thumbnail(one), thumbnail(engine(one, n))) for n, one in enumerate(frames))
    now_ns = 0
    for (source, shown), (source_next, shown_next) in pairwise(pairs):
        now_ns += STEP_NS
        flicker.add(still_change((source, source_next), (shown, shown_next)), now_ns)
    return flicker.ratio(now_ns)


@pytest.mark.parametrize("walker", [False, True])
@pytest.mark.parametrize("noise", [4.0, 8.0, 14.0])
def test_the_frames_themselves_are_1_a_painter_is_calm_and_invention_flickers(
    noise: float, walker: bool
) -> None:
    frames = [camera(number, noise, walker) for number in range(13)]
    assert ratio(frames, same) == pytest.approx(1.0, abs=0.02)
    painted, invented = ratio(frames, calm), ratio(frames, restless)
    assert painted is not None and painted < 0.35
    assert invented is not None and invented > 4
    assert ratio(frames, lambda picture, _: 255 - picture) == pytest.approx(1.0, abs=0.02)


def test_twice_the_invention_is_twice_the_ratio() -> None:
    frames = [camera(number) for number in range(13)]

    def inventing(much: float) -> float:
        found = ratio(frames, lambda _, number: 120 + soft(number, 20, -much, much))
        assert found is not None
        return found

    assert inventing(40) == pytest.approx(2 * inventing(20), rel=0.1)


def test_only_what_stands_still_is_judged() -> None:
    """A picture that follows a walker, and is calm beside it, is calm."""

    def follows(picture: Picture, number: int) -> Picture:
        return calm(picture, 0) + np.where(picture > 245, 200, 0).astype(np.float32)

    found = ratio([camera(number, 4, walker=True) for number in range(13)], follows)
    assert found is not None and found < 0.6


def test_a_source_without_noise() -> None:
    frames = [SCENE] * 13
    assert ratio(frames, same) == 0
    invented = ratio(frames, restless)
    assert invented is not None and invented > 10


def test_nothing_still_is_no_ratio() -> None:
    pan = [np.asarray(np.roll(SCENE, 9 * number, axis=1)) for number in range(13)]
    fade = [np.asarray(SCENE * (0.3 + 0.05 * number), np.float32) for number in range(13)]
    for frames in (pan, fade):
        assert ratio(frames, restless) is None


def test_no_pair_yet_is_no_ratio_and_neither_are_two() -> None:
    flicker = Flicker()
    assert flicker.ratio(0) is None
    for number in range(2):
        flicker.add(StillChange(1, 1), number)
    assert flicker.ratio(2) is None
    flicker.add(StillChange(1, 1), 2)
    assert flicker.ratio(2) == 1.0


@pytest.mark.parametrize("cut", [5, 6, 11])
def test_a_cut_of_the_scene_changes_nothing(cut: int) -> None:
    other = soft(2, 20, 20, 230)
    frames = [camera(number, base=SCENE if number < cut else other) for number in range(13)]
    assert ratio(frames, same) == pytest.approx(1.0, abs=0.02)
    found = ratio(frames, calm)
    assert found is not None and found < 0.35


def test_a_new_prompt_changes_nothing() -> None:
    """A cut, or half a second's glide: one or two pairs of a few seconds' pairs."""
    frames = [camera(number) for number in range(13)]

    def prompted(picture: Picture, number: int) -> Picture:
        share = min(1.0, max(0.0, (number - 5) / 2))
        return np.asarray((1 - share) * calm(picture, 0) + share * soft(7, 9, 0, 255), np.float32)

    found = ratio(frames, prompted)
    assert found is not None and found < 0.35


def test_what_was_long_ago_says_nothing() -> None:
    flicker = Flicker()
    for number in range(KEPT):
        flicker.add(StillChange(1.0, 3.0), number * STEP_NS)
    last_ns = (KEPT - 1) * STEP_NS
    assert flicker.ratio(last_ns) == 3.0
    assert flicker.ratio(last_ns + OLD_NS) is None


def test_movement_everywhere_for_seconds_ends_the_ratio() -> None:
    flicker = Flicker()
    for number in range(4):
        flicker.add(StillChange(1.0, 3.0), number)
    for number in range(9):
        flicker.add(None, number)
    assert flicker.ratio(9) is None


def test_pictures_of_another_size_than_the_source_are_compared_place_by_place() -> None:
    frames = [thumbnail(camera(number, walker=True)) for number in range(2)]
    larger = [np.kron(frame, np.ones((2, 2), np.uint8)) for frame in frames]
    found = still_change((frames[0], frames[1]), (larger[0], larger[1]))
    assert found is not None
    assert found.shown == pytest.approx(found.source)


def test_a_size_that_changes_between_two_frames_is_no_pair() -> None:
    small, large = np.zeros((8, 8), np.uint8), np.zeros((16, 16), np.uint8)
    assert still_change((small, large), (small, small)) is None
    assert still_change((small, small), (small, large)) is None
    assert still_change((small, small), (large, large)) == (0, 0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2)])
def test_a_picture_of_few_cells_is_no_error(shape: tuple[int, int]) -> None:
    grey = np.zeros(shape, np.uint8)
    still_change((grey, grey), (grey, grey))
