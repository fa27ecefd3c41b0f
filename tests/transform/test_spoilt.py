"""Pictures that are none: counted, dropped, said once; only a row without end ends a worker."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from lib.config.params import Params
from lib.core.geometry import Size
from lib.engine.engine import Engine, Frames, SpoiltError
from lib.transform.fetch import Fetch
from lib.transform.generate import SPOILT, Generate
from lib.transform.task import Task
from tests.rig import primary, worker


class Odd(Engine):
    """Fails on black frames, as a network fails on numbers that it cannot bear."""

    name = about = "odd"

    def generate(self, frames: Frames, params: Params) -> Frames:
        black = frozenset(at for at, frame in enumerate(frames) if not frame.any())
        if black:
            raise SpoiltError("not a number", frames, black)
        return frames


@pytest.fixture
def generate() -> Generate:
    return Generate(Odd(), after=Fetch(worker(primary())))


def give(generate: Generate, *levels: int) -> list[int]:
    """Frames of these grey levels, in one batch; what comes out of them."""
    for index, level in enumerate(levels):
        pixels = np.full((8, 8, 3), level, np.uint8)
        task = Task(0.0, index, Params(), Size(8, 8), len(levels), pixels)
        generate._tasks.put(task)
    generate.step()
    out = []
    while task_out := generate.done.get(0):
        assert task_out.pixels is not None
        out.append(int(task_out.pixels[0, 0, 0]))
    return out


def test_the_others_of_a_batch_go_on(generate: Generate, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert give(generate, 10, 0, 30) == [10, 30]
        assert give(generate, 0, 0) == []
        assert give(generate, 0) == []
    assert generate.tally.counts == {"in": 2, "failed": 4}
    assert len(caplog.records) == 1
    assert caplog.records[0].message.startswith("frame lost: the engine's output was no picture")


def test_only_a_row_without_end_ends_the_worker(generate: Generate) -> None:
    for _ in range(SPOILT - 1):
        give(generate, 0)
    give(generate, 1)
    for _ in range(SPOILT - 1):
        give(generate, 0)
    with pytest.raises(RuntimeError, match=f"{SPOILT} pictures in a row were none"):
        give(generate, 0)
