"""Pictures that are averaged where their source stands still, and only there."""

from __future__ import annotations

from contextlib import ExitStack

import cv2
import numpy as np
import pytest
import zmq

from lib.config.params import Params
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.pictures.codec import open_codec
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.transform.steadying import Steadying
from lib.transform.task import Task
from lib.wire.messages import decode_result
from tests.engine.scene import scene
from tests.rig import primary, worker
from tests.transform.test_reuse import Listening

SIDE, LEFT, WIDE = 128, 24, 32
BACK = scene(SIDE, SIDE)[0]
STEADY = Params()
DICE = np.random.default_rng(3)


def noisy(picture: Pixels, noise: float = 3.0) -> Pixels:
    return np.clip(picture + DICE.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def painted(frame: Pixels) -> Pixels:
    """Like an engine: it turns the colours round, and makes more of noise than it was."""
    return 255 - noisy(frame, 12.0)


def walker(number: int) -> Pixels:
    """A bright block of 32 pixels that goes 8 to the right with each frame."""
    picture = BACK.copy()
    picture[40:100, LEFT + 8 * number : LEFT + 8 * number + WIDE] = 240
    return picture


def change(one: Pixels, other: Pixels) -> float:
    return float(cv2.absdiff(one, other).mean())


@pytest.mark.parametrize(("workers", "most"), [(1, 0.12), (3, 0.4)])
def test_a_still_picture_gets_calm_whichever_worker_makes_it(workers: int, most: float) -> None:
    turns = [Steadying() for _ in range(workers)]
    shown = []
    for number in range(40 * workers):
        frame = noisy(BACK)
        shown.append(turns[number % workers].steady(frame, painted(frame), STEADY))
    restless = change(painted(BACK), painted(BACK))
    assert change(shown[-1], shown[-2]) < most * restless
    assert change(shown[-1], 255 - BACK) < 0.4 * change(painted(BACK), 255 - BACK)


def test_what_moves_is_shown_as_it_was_painted_and_leaves_nothing_behind() -> None:
    steadying = Steadying()
    for _ in range(20):
        frame = noisy(BACK)
        steadying.steady(frame, painted(frame), STEADY)
    for number in range(8):
        frame = noisy(walker(number))
        picture = painted(frame)
        shown = steadying.steady(frame, picture, STEADY)
        right = LEFT + 8 * number + WIDE
        edges = np.s_[44:96, right - 6 : right], np.s_[44:96, right - WIDE - 8 : right - WIDE]
        if number:
            for moving in edges:
                assert np.array_equal(shown[moving], picture[moving]), number
            assert not np.array_equal(shown[108:], picture[108:])


def test_a_change_of_light_is_followed_within_what_nobody_sees() -> None:
    steadying, light = Steadying(), 1.0
    for _ in range(60):
        light -= 0.005
        frame = noisy((BACK * light).astype(np.uint8), 1.0)
        shown = steadying.steady(frame, 255 - frame, STEADY)
    dark = 255 - (BACK * light).astype(np.uint8)
    behind = shown.astype(np.int16) - dark
    assert abs(float(behind.mean())) < 3


@pytest.mark.parametrize("noise", [3.0, 0.0])
def test_a_new_prompt_and_a_cut_are_whole_at_once(noise: float) -> None:
    steadying = Steadying()
    for _ in range(10):
        frame = noisy(BACK, noise)
        steadying.steady(frame, painted(frame), STEADY)
    other = STEADY.changed(prompt="snow")
    picture = painted(frame)
    assert np.array_equal(steadying.steady(frame, picture, other), picture)
    cut = np.ascontiguousarray(255 - BACK[:, ::-1])
    picture = painted(cut)
    assert np.array_equal(steadying.steady(cut, picture, other), picture)


@pytest.mark.parametrize("off", [{"steady": 1}, {"fixed_seed": False}])
def test_it_can_be_turned_off_and_new_noise_turns_it_off(off: dict[str, object]) -> None:
    steadying, params = Steadying(), STEADY.changed(**off)
    for _ in range(4):
        frame = noisy(BACK)
        picture = painted(frame)
        assert steadying.steady(frame, picture, params) is picture


@pytest.mark.parametrize("shape", [(8, 8, 3), (13, 700, 3), (64, 61, 3)])
def test_any_size_goes_and_a_new_size_begins_anew(shape: tuple[int, int, int]) -> None:
    steadying = Steadying()
    for height in (shape[0], shape[0] + 3):
        for _ in range(3):
            frame = DICE.integers(0, 255, (height, *shape[1:]), np.uint8)
            assert steadying.steady(frame, frame, STEADY).shape == frame.shape


def test_only_what_an_engine_painted_is_averaged_on_its_way_out() -> None:
    settings = worker(primary())
    codec = open_codec()

    def sent(steadies: bool, frame: Pixels | None) -> list[int]:
        with ExitStack() as resources:
            context = resources.enter_context(zmq.Context())
            results = resources.enter_context(context.socket(zmq.PULL))
            results.bind(f"tcp://127.0.0.1:{settings.result_port}")
            generate = Generate(Listening(), FetchOfNothing())  # type: ignore[arg-type]
            send = Send(settings, "w", generate, steadies)
            send.start()
            levels = []
            for number, level in enumerate((100, 100, 100, 160)):
                pixels = np.full((64, 64, 3), level, np.uint8)
                task = Task(float(number + 1), number, STEADY, Size(64, 64), 1, pixels)
                task.frame = frame
                generate.done.put(task)
                assert results.poll(5000)
                jpg = decode_result(results.recv(), settings.bounds.bytes).jpg
                levels.append(int(codec.decode(jpg)[32, 32, 0]))
            assert send.stop()
            return levels

    still = np.full((64, 64, 3), 50, np.uint8)
    assert 110 <= sent(True, still)[-1] <= 120
    assert abs(sent(True, None)[-1] - 160) < 2
    assert abs(sent(False, still)[-1] - 160) < 2


class FetchOfNothing:
    tasks = None
