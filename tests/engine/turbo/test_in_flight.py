"""A worker's engine stage with turbo, on a GPU that stands in: batches overlap, pictures do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lib.config.params import Params
from lib.core.geometry import Size
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.task import Task
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames
from tests.engine.turbo.stand_in_gpu import StandInGpu
from tests.rig import primary, worker

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)
FRAMES = noise_frames(6, 64, 64)


@pytest.fixture(scope="module")
def engine(opens: Opens) -> Iterator[Turbo]:
    with pytest.MonkeyPatch.context() as patch:
        StandInGpu().install(patch)
        made = opens(compile="off")
        made.warm_up(2, 64, 64)
        yield made
        made.close()


def give(generate: Generate, *params: Params, batch: int = 1) -> None:
    for index, (frame, played) in enumerate(zip(FRAMES, params, strict=False)):
        generate._tasks.put(Task(0.0, index, played, Size(64, 64), batch, frame.copy()))


def made(generate: Generate) -> dict[int, np.ndarray]:
    found = {}
    while task := generate.done.get(0):
        found[task.index] = task.pixels
    return found


def alone(engine: Turbo, *params: Params) -> list[np.ndarray]:
    for played in params:
        engine.settle(played)
    pairs = zip(FRAMES, params, strict=False)
    return [engine.generate(frame[None], played)[0] for frame, played in pairs]


@pytest.mark.parametrize("batch", [1, 2])
def test_pictures_come_in_order_and_are_what_each_frame_is_alone(engine: Turbo, batch: int) -> None:
    """The prompt, the seed and the strength change while a batch is on its way."""
    changes = [{}, {}, {"seed": 9}, {"strength": 0.4}, {"prompt": "fire"}, {"prompt": "fire"}]
    params = [ONE.changed(**change) for change in changes]
    expected = alone(engine, *params)
    generate = Generate(engine, after=Fetch(worker(primary())))
    give(generate, *params, batch=batch)
    most = 0
    while len(generate._tasks) or generate._next or generate._in_flight:
        generate.step()
        most += generate._in_flight is not None
    found = made(generate)
    assert list(found) == list(range(6)) and most >= 3
    for index, picture in found.items():
        assert np.abs(picture.astype(int) - expected[index]).max() <= (0 if batch == 1 else 1)


def test_a_shape_without_a_graph_is_not_begun_beside_another(engine: Turbo) -> None:
    """Launching it call by call takes longer than it runs: the batch in flight would wait."""
    engine.settle(ONE)
    assert engine.overlaps(FRAMES[:1], ONE) and engine.overlaps(list(FRAMES[:2]), ONE)
    assert not engine.overlaps(noise_frames(1, 64, 72), ONE)
    assert not engine.overlaps(noise_frames(17, 64, 64), ONE)


def test_memory_that_does_for_one_batch_and_not_for_two(
    engine: Turbo, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    expected = alone(engine, ONE, ONE, ONE)
    generate = Generate(engine, after=Fetch(worker(primary())))
    begin, begun = engine.begin, []

    def short(frames: object, params: Params) -> object:
        begun.append(1)
        if len(begun) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return begin(frames, params)

    monkeypatch.setattr(engine, "begin", short)
    give(generate, ONE, ONE, ONE)
    while len(generate._tasks) or generate._in_flight:
        generate.step()
    found = made(generate)
    assert list(found) == [0, 1, 2] and not generate.tally.counts["failed"]
    for index, picture in found.items():
        assert np.array_equal(picture, expected[index])


def test_each_frame_is_copied_once_and_on_this_thread_alone(
    engine: Turbo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tensor's own copy wakes every core, and frames put together first are copied twice."""
    engine.settle(ONE)
    frames, copied, copy = list(FRAMES[:2]), [], np.copyto

    def spy(place: np.ndarray, frame: np.ndarray) -> None:
        copied.append(frame)
        copy(place, frame)

    monkeypatch.setattr(np, "copyto", spy)
    for joins in ("stack", "concatenate", "asarray"):
        monkeypatch.delattr(np, joins)
    batch = engine.begin(frames, ONE)
    monkeypatch.undo()
    batch.wait()
    assert len(copied) == 2 and all(one is two for one, two in zip(copied, frames, strict=True))
