from collections.abc import Callable
from itertools import combinations, pairwise

import cv2
import numpy as np
import pytest

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.engine.engine import Frames
from lib.engine.painter.finish import with_features
from lib.engine.painter.neural_painter import NeuralPainter
from lib.engine.painter.opening import open_painter
from tests.engine.scene import scene

PROMPTS = ["stormy sea at night", "autumn forest", "stained glass", "pencil drawing", "pop art"]


def apart(one: Frames, other: Frames) -> float:
    """Mean difference of two pictures, in steps of 255."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def test_the_same_frame_is_painted_the_same_alone_and_in_a_batch(painter: NeuralPainter) -> None:
    frames, params = scene(120, 160, count=3), Params(prompt="a lighthouse", seed=4)
    together = painter.generate(frames, params)
    again = painter.generate(frames, params)
    assert np.array_equal(together, again)
    for index in range(3):
        alone = painter.generate(frames[index : index + 1], params)
        assert np.array_equal(alone[0], together[index])


def test_frames_that_differ_little_are_painted_little_apart(painter: NeuralPainter) -> None:
    frames = scene(128, 128)
    nudged = np.clip(frames.astype(np.int16) + 2, 0, 255).astype(np.uint8)
    params = Params(strength=1)
    assert apart(painter.generate(frames, params), painter.generate(nudged, params)) < 6


def test_prompts_are_seen(painter: NeuralPainter) -> None:
    frames = scene(128, 128)
    pictures = [painter.generate(frames, Params(prompt=prompt)) for prompt in PROMPTS]
    for index, picture in enumerate(pictures):
        assert apart(picture, frames) > 15, PROMPTS[index]
        for other in pictures[:index]:
            assert apart(picture, other) > 15, PROMPTS[index]


def test_night_is_blue_fire_is_red_and_a_pencil_is_grey(painter: NeuralPainter) -> None:
    frames = scene(128, 128)

    def mean(prompt: str) -> list[float]:
        painted = painter.generate(frames, Params(prompt=prompt, strength=1))
        return [float(painted[..., channel].mean()) for channel in range(3)]

    red, _, blue = mean("stormy sea at night")
    assert blue > red + 20
    red, _, blue = mean("fire and flames")
    assert red > blue + 20
    pencil = mean("pencil drawing")
    assert max(pencil) - min(pencil) < 20 and min(pencil) > 120


@pytest.mark.parametrize("prompt", ["pop art", "a cat", "a red desert at dusk"])
def test_seeds_are_seen_and_are_a_smaller_change_than_another_prompt(
    painter: NeuralPainter, prompt: str
) -> None:
    frames = scene(128, 128)
    seeds = [painter.generate(frames, Params(prompt=prompt, seed=n)) for n in range(1, 7)]
    between = [apart(one, two) for one, two in combinations(seeds, 2)]
    other = painter.generate(frames, Params(prompt="stormy sea at night", seed=1))
    assert 12 < np.mean(between) < np.mean([apart(one, other) for one in seeds])


# What each prompt says outright, and where the hue of the whole painting then lies (degrees).
SAID = [
    ("a red desert at dusk", (325, 20)),
    ("a forest on fire at night", (5, 40)),
    ("a green city at night", (80, 165)),
    ("underwater coral reef, vivid colours", (150, 210)),
    ("a golden sea", (25, 60)),
    ("blue dunes", (190, 260)),
]


@pytest.mark.parametrize(("prompt", "hues"), SAID)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_colour_that_is_said_outvotes_the_nearest_style(
    painter: NeuralPainter, prompt: str, hues: tuple[int, int], seed: int
) -> None:
    painted = painter.generate(scene(128, 128), Params(prompt=prompt, seed=seed, strength=0.9))
    mean = painted.mean(axis=(0, 1, 2))[None, None].astype(np.float32) / 255
    hue, lightness, saturation = cv2.cvtColor(mean, cv2.COLOR_RGB2HLS)[0, 0]
    first, last = hues
    assert (hue - first) % 360 <= (last - first) % 360, hue
    assert saturation > 0.1
    assert lightness < 0.4 or "night" not in prompt


def test_black_and_white_is_grey_and_white_is_light(painter: NeuralPainter) -> None:
    frames = scene(128, 128)
    strong = Params(prompt="black and white photograph of a desert", strength=1)
    grey = painter.generate(frames, strong).astype(np.int16)
    assert np.ptp(grey, axis=-1).mean() < 6
    white = Params(prompt="a city of salt, white, minimal, empty", strength=1)
    assert painter.generate(frames, white).mean() > 170


def test_a_glide_moves_steadily_from_one_painting_to_the_other(painter: NeuralPainter) -> None:
    frames, start, end = scene(128, 128), "stormy sea at night", "fire and flames"
    way = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts = ((end, share), (start, 1 - share))
        mix = tuple(part for part in parts if part[1] > 0)
        way.append(painter.generate(frames, Params(prompt=end, mix=mix)))
    assert np.array_equal(way[0], painter.generate(frames, Params(prompt=start)))
    assert np.array_equal(way[-1], painter.generate(frames, Params(prompt=end)))
    gone = [apart(picture, way[0]) for picture in way]
    left = [apart(picture, way[-1]) for picture in way]
    assert gone == sorted(gone) and left == sorted(left, reverse=True)
    steps = [apart(one, other) for one, other in pairwise(way)]
    assert max(steps) < 0.6 * apart(way[0], way[-1])


def test_strength_goes_from_the_frame_to_the_painting(painter: NeuralPainter) -> None:
    frames = scene(128, 128)
    pictures = [
        painter.generate(frames, Params(prompt="volcano", strength=strength))
        for strength in (0, 0.25, 0.5, 0.75, 1)
    ]
    steps = [apart(picture, frames) for picture in pictures]
    assert steps == sorted(steps) and steps[-1] - steps[0] > 20
    assert np.array_equal(pictures[0], frames)


@pytest.mark.parametrize(
    "shape", [(576, 1024), (64, 64), (72, 200), (101, 67), (64, 512), (512, 512)]
)
def test_any_shape_comes_back_as_it_was(painter: NeuralPainter, shape: tuple[int, int]) -> None:
    frames = scene(*shape)
    painted = painter.generate(frames, Params(strength=1))
    assert painted.shape == frames.shape and painted.dtype == np.uint8
    assert painted.std() > 5


def test_no_frames_are_no_frames(painter: NeuralPainter) -> None:
    assert painter.generate(np.empty((0, 64, 64, 3), np.uint8), Params()).shape == (0, 64, 64, 3)


def test_frames_of_another_kind_are_refused(painter: NeuralPainter) -> None:
    with pytest.raises(ValueError, match="frames must be"):
        painter.generate(np.zeros((1, 64, 64, 4), np.uint8), Params())
    with pytest.raises(ValueError, match="frames must be"):
        painter.generate(np.zeros((1, 64, 64, 3), np.float32), Params())  # type: ignore[arg-type]


class Broken:
    """A session whose answer is not a picture."""

    def __init__(self, answer: Callable[[np.ndarray], np.ndarray]) -> None:
        self._answer = answer

    def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [self._answer(given["image"])]


def broken(image: np.ndarray) -> np.ndarray:
    image = image.copy()
    image[0, 1, 5, 5] = np.nan
    return image


@pytest.mark.parametrize("answer", [broken, lambda image: image[:, :, 4:], lambda image: image[0]])
def test_a_broken_answer_is_raised_and_never_shown(
    worker: Callable[..., WorkerSettings], answer: Callable[[np.ndarray], np.ndarray]
) -> None:
    engine = open_painter(worker(painter_size=64), "asked for")
    assert isinstance(engine, NeuralPainter)
    engine._network._session = Broken(answer)
    with pytest.raises(RuntimeError, match="the network made"):
        engine.generate(scene(64, 64), Params())


def test_warming_up_chooses_a_size_that_holds_and_says_so(
    worker: Callable[..., WorkerSettings],
) -> None:
    slow = open_painter(worker(target_fps=1000), "no GPU found")
    slow.warm_up(1, 288, 512)
    assert slow.about == ("painter (neural styles on the CPU at 344x192 inside): no GPU found")
    fast = open_painter(worker(target_fps=0.5), "no GPU found")
    fast.warm_up(1, 512, 512)
    assert "384x384 inside" in fast.about


def test_a_size_that_is_set_stays(worker: Callable[..., WorkerSettings]) -> None:
    engine = open_painter(worker(painter_size=96, target_fps=1000), "asked for")
    engine.warm_up(2, 128, 128)
    frames = scene(128, 128)
    for _ in range(100):
        engine.generate(frames, Params())
    assert "96x96 inside" in engine.about


def test_a_painter_that_can_not_keep_up_paints_smaller(
    worker: Callable[..., WorkerSettings], caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_painter(worker(target_fps=10), "asked for")
    assert isinstance(engine, NeuralPainter) and engine._inner_size
    engine._side = engine._inner_size.side = 288
    engine._inner_size._interval_ms = 0.001
    frames = scene(64, 64, count=1)
    for _ in range(89):
        engine._inner_size.saw(50, 0)
    painted = engine.generate(frames, Params())
    assert painted.shape == frames.shape
    assert "256x256 inside" in engine.about and "did not keep up" in caplog.text


def test_fine_light_and_dark_come_through_except_at_full_strength() -> None:
    small = scene(96, 96)[0]
    painted = np.full_like(small, 128)
    assert np.array_equal(with_features(painted, small, 1), painted)
    shown = with_features(painted, small, 0.7)
    edges = cv2.Canny(small, 100, 200) > 0
    assert shown[edges].std() > 3 * shown[~edges].std() > 0
