"""img2img, inpaint and outpaint: what changes, and what must not."""

import cv2
import numpy as np
import pytest

from lib.core.pixels import Pixels
from lib.core.still_params import StillKind, StillParams
from lib.engine.painter.neural_painter import NeuralPainter
from lib.engine.painter.stills.from_picture import taken_over
from lib.engine.painter.stills.within_picture import horizon_of, inward
from tests.engine.stills.conftest import Make, Steps

IMG2IMG, INPAINT, OUTPAINT = StillKind.IMG2IMG, StillKind.INPAINT, StillKind.OUTPAINT
SIZE = 192


def apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())


@pytest.fixture(scope="module")
def church(painter: NeuralPainter) -> Pixels:
    params = StillParams("a church in a meadow", seed=9, steps=4, width=SIZE, height=SIZE)
    return next(painter.make(params, None, None, Steps()))


def test_strength_goes_from_the_picture_to_the_scene(make: Make, church: Pixels) -> None:
    wanted = {"kind": IMG2IMG, "width": SIZE, "height": SIZE}
    night = "a village at night, snow"
    pictures = [make(night, church, strength=s, **wanted) for s in (0, 0.5, 0.8, 1)]
    scene = make(night, width=SIZE, height=SIZE)
    assert np.array_equal(pictures[0], church)
    gone = [apart(picture, church) for picture in pictures]
    assert gone == sorted(gone) and gone[1] > 20
    left = [apart(picture, scene) for picture in pictures]
    assert left == sorted(left, reverse=True) and left[-1] < 6


@pytest.mark.parametrize("taken", [0.2, 0.5, 0.8, 1.0])
def test_a_region_is_of_one_picture_or_the_other(church: Pixels, taken: float) -> None:
    share = taken_over(church, taken, 1)
    assert abs(float(share.mean()) - taken) < 0.08
    assert float(((share > 0.1) & (share < 0.9)).mean()) < 0.25
    if taken < 0.9:  # what the picture is about stays longest
        assert share[90:130, 70:150].mean() < share[:40].mean() - 0.1


@pytest.mark.parametrize(
    ("prompt", "strength"),
    [("a brown horse", 0.5), ("a lake", 1.0), ("three red balloons", 1.0), ("???", 0.5)],
)
def test_outside_the_mask_no_bit_changes(
    make: Make, church: Pixels, prompt: str, strength: float
) -> None:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.ellipse(mask, (60, 130), (44, 38), 0, 0, 360, 255, -1)
    wanted = {"kind": INPAINT, "width": SIZE, "height": SIZE, "strength": strength}
    picture = make(prompt, church, mask, **wanted)
    assert np.array_equal(picture[mask == 0], church[mask == 0])
    changed = (picture != church).any(axis=2)
    assert changed[mask > 0].mean() > 0.5
    # Next to the edge it changes little, so that no line shows.
    rim = (mask > 0) & (cv2.erode(mask, np.ones((3, 3))) == 0)
    inside = cv2.erode(mask, np.ones((21, 21))) > 0
    difference = np.abs(picture.astype(np.int16) - church).mean(axis=2)
    assert difference[rim].mean() < 0.35 * difference[inside].mean() + 2


def test_what_is_painted_in_is_not_see_through(make: Make, church: Pixels) -> None:
    """The same balloon over two pictures is nearly the same balloon."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[20:170, 20:170] = 255
    wanted = {"kind": INPAINT, "width": SIZE, "height": SIZE}
    pictures = [
        make("a red balloon", np.full_like(church, level), mask, **wanted).astype(np.int16)
        for level in (70, 190)
    ]
    red = [one[..., 0] - one[..., 2] > 60 for one in pictures]
    both = red[0] & red[1]
    assert both.sum() > 0.8 * red[0].sum() > 500
    inner = cv2.erode(both.astype(np.uint8), np.ones((7, 7))) > 0
    assert np.abs(pictures[0] - pictures[1])[inner].mean() < 15


def test_an_empty_mask_changes_nothing(make: Make, church: Pixels) -> None:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    picture = make("a horse", church, mask, kind=INPAINT, width=SIZE, height=SIZE)
    assert np.array_equal(picture, church)


def test_the_soft_edge_lies_inside_the_mask_and_not_at_the_border_of_the_picture() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[:, :50] = 255
    share = inward(mask)
    assert not share[:, 50:].any() and share[:, 0].min() == 1
    assert (np.diff(share[50]) <= 0).all() and 0 < share[50, 49] < 0.5


def test_a_grey_mask_is_as_soft_as_it_says() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[:, :60] = 255
    mask[:, 60:90] = np.linspace(250, 5, 30).astype(np.uint8)
    share = inward(mask)
    row = share[50]
    assert row[50] == 1 and not row[90:].any()
    assert (np.diff(row) <= 0).all() and 0.3 < row[75] < 0.7


@pytest.mark.parametrize(("left", "top"), [(0, 0), (48, 24), (-40, -40), (500, 0)])
def test_outpaint_keeps_the_picture_and_paints_the_rest(
    make: Make, church: Pixels, left: int, top: int
) -> None:
    wanted = {"kind": OUTPAINT, "steps": 2, "width": 288, "height": 216, "left": left, "top": top}
    picture = make("meadow with trees, sun", church, **wanted)
    assert picture.shape == (216, 288, 3) and picture[:, -60:].std() > 8
    there = picture[max(0, top) : top + SIZE, max(0, left) : left + SIZE]
    part = church[max(0, -top) :, max(0, -left) :][: there.shape[0], : there.shape[1]]
    assert np.array_equal(there, part)


def test_outpaint_carries_on_the_horizon_and_the_colours(make: Make) -> None:
    sea = np.zeros((SIZE, SIZE, 3), np.uint8)
    sea[:70], sea[70:] = (140, 190, 240), (20, 70, 90)
    picture = make("the sea", sea, kind=OUTPAINT, width=384, height=SIZE, left=0, seed=3)
    assert abs(horizon_of(np.ascontiguousarray(picture[:, SIZE + 40 :])) - 70) <= 6
    step = np.abs(picture[:, SIZE - 1].astype(np.int16) - picture[:, SIZE]).mean(axis=1)
    assert np.median(step) < 6


@pytest.mark.parametrize("row", [40, 90, 140])
def test_a_horizon_is_found(row: int) -> None:
    rng = np.random.default_rng(row)
    picture = rng.integers(0, 40, (SIZE, SIZE, 3)).astype(np.uint8)
    picture[:row] += 120
    assert abs(horizon_of(picture) - row) <= 4
