"""What only a GPU can show: captured graphs, streams, changes while another graph is captured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib.config.params import Params
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames

if TYPE_CHECKING:
    from lib.engine.turbo.graph_buffers import GraphBuffers
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


def shown(engine: Turbo, frames: Any, params: Params = ONE) -> GraphBuffers:
    """What these frames were made with last."""
    return engine.graph_cache._buffers[engine._shape(len(frames), frames[0].shape, params)]


def prepared(engine: Turbo, frames: Any, params: Params = ONE) -> GraphBuffers:
    """The same, as fast as it gets."""
    shape = engine._shape(len(frames), frames[0].shape, params)
    buffers: GraphBuffers = engine._on_compute_stream(engine.graph_cache.prepare, shape)
    return buffers


@pytest.fixture(scope="module", autouse=True)
def full_precision() -> Iterator[None]:
    """Products and convolutions of float32 as they are written: TF32, on for convolutions, would
    differ from batch to batch by more than a test allows."""
    import torch

    ways = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [one.allow_tf32 for one in ways]
    for one in ways:
        one.allow_tf32 = False
    yield
    for one, was in zip(ways, before, strict=True):
        one.allow_tf32 = was


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


@pytest.fixture(scope="module")
def half(opens: Opens) -> Iterator[Turbo]:
    """As a show runs, and not compiled."""
    engine = opens(device="cuda", compile="off", dtype="float16")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def compiled(opens: Opens) -> Iterator[Turbo]:
    engine = opens(device="cuda", compile="on", dtype="float16")
    engine.warm_up(1, 64, 64)
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
        captured.generate(wider, ONE)  # what is not asked for any more is not captured
        started_s = time.perf_counter()
        assert difference(captured.generate(frames, ONE), good) == 0
        longest_s = max(longest_s, time.perf_counter() - started_s)
    assert longest_s < 0.1
    assert difference(captured.generate(wider, ONE), asked) <= 1
    assert shown(captured, wider).recorded is not None


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


def test_a_frame_in_half_precision_is_nearly_the_same_in_each_batch(half: Turbo) -> None:
    """Other batches are computed in another order. Bursts of one, two and four frames must not
    flicker; in batches of one size a picture is the same bit for bit."""
    half.settle(ONE)
    frames = noise_frames(8, 64, 64)
    for count in (1, 2, 4, 8):
        prepared(half, frames[:count])
    alone = np.concatenate([half.generate(frames[at : at + 1], ONE) for at in range(8)])
    for count in (1, 2, 4, 8):
        made = half.generate(frames[:count], ONE)
        assert np.array_equal(half.generate(frames[:count], ONE), made)
        off = np.abs(made.astype(int) - alone[:count])
        assert off.mean() < 0.25 and (off > 4).mean() < 0.001, (count, off.max())


def test_more_shapes_than_torch_has_streams(captured: Turbo) -> None:
    captured.settle(ONE)
    frames = noise_frames(1, 64, 64)
    good = captured.generate(frames, ONE)
    for at in range(34):
        assert prepared(captured, noise_frames(1, 64, 72 + 8 * at)).recorded is not None
        assert difference(captured.generate(frames, ONE), good) == 0


def is_compiled(turbo: Turbo, buffers: GraphBuffers) -> bool:
    """In this process, or in the child whose functions were loaded."""
    compiler = turbo.graph_cache._compiler
    assert compiler is not None
    return any(buffers.functions is one for one in (compiler.here, *compiler.loaded.values()))


def test_compiled_is_the_same_to_the_eye(compiled: Turbo, eager: Turbo) -> None:
    frames = noise_frames(1, 64, 64)
    buffers = prepared(compiled, frames)
    assert buffers.recorded is not None
    assert is_compiled(compiled, buffers), "captured, but not compiled"
    compiled.settle(ONE)
    eager.settle(ONE)
    made, expected = compiled.generate(frames, ONE), eager.generate(frames, ONE)
    assert shown(compiled, frames) is buffers
    assert np.abs(made.astype(int) - expected).mean() < 2


def test_a_new_shape_is_compiled_while_frames_go_on(compiled: Turbo) -> None:
    """Tracing is Python, beside the thread that makes the frames."""
    frames, wider = noise_frames(1, 64, 64), noise_frames(1, 96, 128)
    prepared(compiled, frames)
    compiled.settle(ONE)
    good, longest_s = compiled.generate(frames, ONE), 0.0
    shape = compiled._shape(1, wider[0].shape, ONE)
    while not compiled.graph_cache.is_prepared(shape):
        compiled.generate(wider, ONE)  # it stays on show, else nothing is compiled for it
        for _ in range(10):
            started_s = time.perf_counter()
            assert difference(compiled.generate(frames, ONE), good) == 0
            longest_s = max(longest_s, time.perf_counter() - started_s)
    compiled.generate(wider, ONE)
    buffers = shown(compiled, wider)
    assert buffers.recorded is not None
    assert is_compiled(compiled, buffers)
    assert longest_s < 0.25


def test_what_does_not_fit_gets_smaller_and_graphs_are_captured_afterwards(
    captured: Turbo, memory_for: Callable[[float], None]
) -> None:
    """Sixteen large pictures at once, on whatever GPU this is."""
    captured.settle(ONE)
    small, large = noise_frames(1, 64, 64), noise_frames(16, 1024, 1024)
    good = captured.generate(small, ONE)
    memory_for(1.5)
    assert captured.generate(large, ONE).shape == large.shape
    assert captured._largest_batch < 16
    memory_for(0)
    for frames in (small, noise_frames(1, 64, 328)):
        assert prepared(captured, frames).recorded is not None
    assert difference(captured.generate(small, ONE), good) <= 1


@pytest.fixture
def memory_for() -> Iterator[Callable[[float], None]]:
    """So many GB more than are in use; 0 for all there is."""
    import torch

    def only(spare_gb: float) -> None:
        total = torch.cuda.get_device_properties(0).total_memory
        used = torch.cuda.memory_reserved() + spare_gb * 1e9
        torch.cuda.set_per_process_memory_fraction(min(1.0, used / total) if spare_gb else 1.0)

    yield only
    only(0)
