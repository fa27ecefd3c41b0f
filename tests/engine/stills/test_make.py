"""The painter's stills as a worker asks for them: the real engine, the real network."""

import subprocess
import sys
import zlib
from itertools import pairwise

import cv2
import numpy as np
import pytest

from bench.cost.painter import lattice_peak
from lib.config.settings import WorkerSettings
from lib.core.pixels import Pixels
from lib.core.still_params import PICTURES, StillKind, StillParams
from lib.engine.engine import StillCancelledError
from lib.engine.painter.brush_painter import BrushPainter
from lib.engine.painter.neural_painter import NeuralPainter
from lib.engine.painter.stills.piecewise_network import PiecewiseNetwork, _share, _spans
from tests.engine.stills.conftest import Make, Steps

IMG2IMG, INPAINT, OUTPAINT = StillKind.IMG2IMG, StillKind.INPAINT, StillKind.OUTPAINT


def apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())


@pytest.fixture(scope="module")
def church(painter: NeuralPainter) -> Pixels:
    params = StillParams("a church in a meadow", seed=9, steps=4, width=128, height=128)
    return next(painter.make(params, None, None, Steps()))


@pytest.mark.parametrize(
    ("size", "steps"),
    [((64, 64), 1), ((136, 72), 2), ((72, 136), 3), ((64, 64), 8), ((64, 64), 30)],
)
def test_any_size_and_number_of_steps(make: Make, size: tuple[int, int], steps: int) -> None:
    told = Steps()
    picture = make("a boat on a lake", None, None, told, width=size[0], height=size[1], steps=steps)
    assert picture.shape == (size[1], size[0], 3) and picture.dtype == np.uint8
    assert picture.std() > 10
    assert told.done == list(range(steps + 1)) and told.total == steps


def test_each_sample_has_the_seed_that_it_would_have_alone(
    painter: NeuralPainter, make: Make
) -> None:
    told = Steps()
    params = StillParams("a cat", seed=5, samples=3, steps=2, width=64, height=64)
    pictures = list(painter.make(params, None, None, told))
    assert told.done == list(range(7)) and told.total == 6
    for number, picture in enumerate(pictures):
        assert np.array_equal(picture, make("a cat", seed=5 + number, steps=2, width=64, height=64))
    assert apart(pictures[0], pictures[1]) > 15 and apart(pictures[1], pictures[2]) > 15


def test_each_step_comes_nearer_to_the_picture(make: Make) -> None:
    told = Steps(previews=True)
    picture = make(
        "a red house in an autumn forest", None, None, told, width=160, height=160, steps=8
    )
    assert all(one.shape[:2] == (160, 160) for one in told.previews[:-1])
    small = cv2.resize(picture, (160, 160), interpolation=cv2.INTER_AREA)
    left = [apart(one, small) for one in told.previews[:-1]] + [apart(told.previews[-1], picture)]
    assert len(left) == 8 and left == sorted(left, reverse=True)
    assert left[0] > 8 and left[-1] == 0


@pytest.mark.parametrize("kind", PICTURES)
def test_a_cancelled_still_ends_at_the_next_piece(
    make: Make, church: Pixels, kind: StillKind
) -> None:
    whole = Steps()
    image = None if kind is StillKind.TXT2IMG else church
    mask = np.full((128, 128), 255, np.uint8) if kind is INPAINT else None
    wanted = {"kind": kind, "width": 160 if kind is OUTPAINT else 128}
    make("a house", image, mask, whole, **wanted)
    assert whole.pieces > 50
    for most in (1, whole.pieces // 3, whole.pieces - 2):
        told = Steps(most_pieces=most)
        with pytest.raises(StillCancelledError):
            make("a house", image, mask, told, **wanted)
        assert told.pieces == most + 1


def test_any_model_is_taken_and_said_once(
    painter: NeuralPainter, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    assert painter.offer and painter.offer.models is None
    one = make("a cat", model="someone/xl-turbo")
    assert np.array_equal(one, make("a cat", model="someone/xl-turbo"))
    assert caplog.text.count("someone/xl-turbo") == 1
    make("a cat", model="another")
    assert caplog.text.count("'another'") == 1


def test_without_the_network_there_are_brush_strokes(painter: NeuralPainter, make: Make) -> None:
    brush = BrushPainter(painter._matcher, _settings(), "test")
    params = StillParams("two camels in the desert at sunset", width=128, height=128, steps=5)
    told = Steps()
    (picture,) = brush.make(params, None, None, told)
    assert told.done == list(range(6))
    assert 1 < apart(picture, make(params.prompt, steps=5)) < 25


# --- the same bytes


def test_the_network_paints_the_same_on_any_number_of_threads(church: Pixels) -> None:
    styles = np.full(26, 1 / 26, np.float32)
    pictures = [
        PiecewiseNetwork(threads).paint(church, styles, 1, lambda: None) for threads in (1, 2, 3)
    ]
    assert all(np.array_equal(pictures[0], other) for other in pictures[1:])


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_seed_makes_the_same_bytes_on_any_number_of_threads(
    make: Make, threads: int
) -> None:
    usual = make("a lighthouse in a storm, oil painting", seed=3)
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        again = make("a lighthouse in a storm, oil painting", seed=3)
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(usual, again)


def test_another_process_on_one_core_makes_the_same_bytes(make: Make) -> None:
    code = (
        "import os, zlib; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from lib.config.settings import WorkerSettings\n"
        "from lib.core.still_params import StillParams\n"
        "from lib.engine.painter.opening import open_painter\n"
        "class Steps:\n"
        "    def piece(self): pass\n"
        "    def step(self, *_): pass\n"
        "painter = open_painter(WorkerSettings(_env_file=None), 'test')\n"
        "params = StillParams('a cat', width=128, height=128, steps=4)\n"
        "print(zlib.crc32(next(painter.make(params, None, None, Steps()))))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert int(told.stdout) == zlib.crc32(make("a cat"))


# --- no lattice


LARGE = pytest.mark.slow


@pytest.mark.parametrize(
    ("prompt", "width", "height"),
    [
        ("a meadow under a blue sky", 384, 384),
        ("the sea at night, van gogh", 512, 256),
        pytest.param("a meadow under a blue sky", 640, 576, marks=LARGE),  # four tiles
    ],
)
def test_no_lattice_shows_in_a_still(make: Make, prompt: str, width: int, height: int) -> None:
    picture = make(prompt, width=width, height=height, steps=4)
    assert max(lattice_peak(picture, period) for period in (2, 4, 8)) < 4.5


@pytest.mark.parametrize("side", [64, 512, 560, 568, 768, 1024, 1536])
def test_tiles_cover_a_side_and_overlap(side: int) -> None:
    spans, cover = _spans(side), np.zeros(side)
    for begin, end in spans:
        assert 0 <= begin < end <= side and end - begin <= 560
        cover[begin:end] += _share(begin, end, side)
    assert cover.min() > 0.9 and cover.max() < 1.1  # hardly any tile is louder than the others
    assert all(before[1] - after[0] >= 64 for before, after in pairwise(spans))


def test_where_tiles_meet_no_edge_shows() -> None:
    """Two tiles, one of them lighter: each is normalised by itself."""
    rough = np.random.default_rng(1).normal(0, 30, (64, 576, 3))
    slope = np.linspace(60, 190, 576)[None, :, None]
    wide = (slope + cv2.GaussianBlur(rough, (0, 0), 2) * 2).clip(0, 255).astype(np.uint8)
    painted = PiecewiseNetwork().paint(wide, np.full(26, 1 / 26, np.float32), 0, lambda: None)
    (_, end), (begin, _) = _spans(576)
    steps = np.abs(np.diff(painted, axis=1)).mean(axis=(0, 2))
    near = [steps[at - 2 : at + 2].max() for at in (begin, end)]
    assert painted.shape == wide.shape and max(near) < 1.25 * np.quantile(steps, 0.95)


def _settings() -> WorkerSettings:
    return WorkerSettings(_env_file=None)
