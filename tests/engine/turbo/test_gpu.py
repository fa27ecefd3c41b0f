"""What only a GPU can show: captured graphs, streams, changes while another graph is captured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib.config.params import Params
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo


def _has_gpu() -> bool:
    from lib.engine.choose import has_gpu

    if not has_gpu():
        return False
    import torch

    return bool(torch.cuda.is_available())


pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not _has_gpu(), reason="needs a GPU"),
    pytest.mark.timeout(300),
]
ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)
CHANGES: tuple[dict[str, Any], ...] = (
    {"prompt": "fire"},
    {"seed": 9},
    {"strength": 0.3},
    {"seeds": ((5, 0.5), (6, 0.5))},
    {"mix": (("snow", 0.5), ("fire", 0.5))},
    {"fixed_seed": False},
)


def difference(one: Any, other: Any) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.fixture(scope="module")
def captured(opens: Opens) -> Iterator[Turbo]:
    engine = opens(device="cuda", compile="off", dtype="float32")
    engine.warm_up(4, 64, 64)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def eager(opens: Opens) -> Iterator[Turbo]:
    """On the same GPU, and nothing is captured."""
    engine = opens(device="cuda", compile="off", dtype="float32")
    engine.graph_cache.prepares = False
    yield engine
    engine.close()


def test_warming_up_captures_each_size_of_batch(captured: Turbo) -> None:
    shapes = captured.graph_cache._buffers
    assert {shape.batch for shape in shapes} == {1, 2, 4}
    assert all(buffers.recorded is not None for buffers in shapes.values())


def test_changes_between_replays_are_in_the_next_picture(captured: Turbo, eager: Turbo) -> None:
    frames = noise_frames(1, 64, 64)
    for change in ({}, *CHANGES[:-1], {}):
        params = ONE.changed(**change)
        captured.settle(params)
        eager.settle(params)
        made = captured.generate(frames, params)
        assert difference(made, eager.generate(frames, params)) <= 1, change
    other = noise_frames(1, 64, 64, seed=3)
    assert difference(captured.generate(other, ONE), eager.generate(other, ONE)) <= 1


def test_new_noise_each_time_reaches_the_graph(captured: Turbo) -> None:
    frames = noise_frames(1, 64, 64)
    params = ONE.changed(fixed_seed=False)
    captured.settle(params)
    assert difference(captured.generate(frames, params), captured.generate(frames, params)) > 3


def test_a_change_is_no_slower_than_any_other_frame(captured: Turbo) -> None:
    frames = noise_frames(1, 64, 64)
    ways = [ONE.changed(seed=seed) for seed in (1, 2, 3)] + [ONE.changed(prompt="fire")]
    for params in ways:
        captured.settle(params)
        captured.generate(frames, params)

    def took_s(params: Params) -> float:
        started_s = time.perf_counter()
        captured.generate(frames, params)
        return time.perf_counter() - started_s

    still = sorted(took_s(ONE) for _ in range(200))
    moving = sorted(took_s(ways[at % 4]) for at in range(200))
    assert moving[100] < 1.5 * still[100] + 0.0005


def test_batches_are_what_each_frame_is_alone(captured: Turbo) -> None:
    captured.settle(ONE)
    frames = noise_frames(4, 64, 64)
    alone = np.concatenate([captured.generate(frames[at : at + 1], ONE) for at in range(4)])
    for count in (2, 3, 4):
        assert difference(captured.generate(frames[:count], ONE), alone[:count]) <= 1


def test_a_new_shape_is_captured_while_frames_go_on(captured: Turbo) -> None:
    captured.settle(ONE)
    frames = noise_frames(1, 64, 64)
    good = captured.generate(frames, ONE)
    wider = noise_frames(1, 96, 128)
    asked = captured.generate(wider, ONE)
    shape = next(one for one in captured.graph_cache._buffers if one.width == 128)
    longest_s = 0.0
    while not captured.graph_cache.is_prepared(shape):
        started_s = time.perf_counter()
        assert difference(captured.generate(frames, ONE), good) == 0
        longest_s = max(longest_s, time.perf_counter() - started_s)
        captured.generate(wider, ONE)  # what is not asked for any more is not captured
    assert longest_s < 0.1
    assert difference(captured.generate(wider, ONE), asked) <= 1


def test_batches_on_their_way_at_once_do_not_meet(captured: Turbo) -> None:
    captured.settle(ONE)
    frames = [noise_frames(1, 64, 64, seed=seed) for seed in range(6)]
    alone = [captured.generate(one, ONE) for one in frames]
    pending = [captured.begin(one, ONE) for one in frames]
    for one, expected in zip(pending, alone, strict=True):
        assert np.array_equal(one.wait()[0], expected)


def test_words_are_read_beside_the_frames(captured: Turbo) -> None:
    """A new prompt a frame, for a second: none of them waits for its words."""
    frames = noise_frames(1, 64, 64)
    captured.settle(ONE)
    longest_s, end = 0.0, time.perf_counter() + 1
    while (started_s := time.perf_counter()) < end:
        captured.generate(frames, ONE.changed(prompt=f"number {started_s}"))
        longest_s = max(longest_s, time.perf_counter() - started_s)
    assert longest_s < 0.1


def test_compiled_is_the_same_to_the_eye(opens: Opens, eager: Turbo) -> None:
    engine = opens(device="cuda", compile="on", dtype="float16")
    engine.warm_up(1, 64, 64)
    cache = engine.graph_cache
    (shape,) = cache._buffers
    buffers = engine._on_compute_stream(cache.prepare, shape)
    assert buffers.recorded is not None and buffers.functions is cache._compiled
    engine.settle(ONE)
    eager.settle(ONE)
    frames = noise_frames(1, 64, 64)
    made, expected = engine.generate(frames, ONE), eager.generate(frames, ONE)
    assert np.abs(made.astype(int) - expected).mean() < 2
    engine.close()


def test_what_does_not_fit_on_the_gpu_gets_smaller(captured: Turbo) -> None:
    """The largest pictures there are, sixteen at once, on whatever GPU this is, with most of its
    memory taken by somebody else."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    held = torch.empty(int(free * 0.97), dtype=torch.uint8, device="cuda")
    try:
        frames = noise_frames(16, 2048, 2048)
        try:
            assert captured.generate(frames, ONE).shape == frames.shape
        except RuntimeError as error:
            assert "out of memory" in str(error)
    finally:
        del held
        torch.cuda.empty_cache()
    small = noise_frames(1, 64, 64)
    assert captured.generate(small, ONE).shape == small.shape
