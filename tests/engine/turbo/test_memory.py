"""Too little memory: smaller batches, then slices, then a sentence.

The machine here has enough, so that the network refuses more than so many pixels at once, with
the very error of torch's allocator.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from lib.engine.engine import EngineError
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", num_inference_steps=1, strength=1.0)


class Short:
    """torch's functions, where only so many pixels may look at their picture at once."""

    def __init__(self, queries: int) -> None:
        self._queries = queries

    def __getattr__(self, name: str) -> Any:
        return getattr(torch.nn.functional, name)

    def scaled_dot_product_attention(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> torch.Tensor:
        of_words = key.shape[2] == 77
        if not of_words and query.shape[0] * query.shape[2] > self._queries:
            torch.empty(1 << 60)  # the allocator's own words
        return torch.nn.functional.scaled_dot_product_attention(query, key, value)


@pytest.fixture
def memory_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    from lib.engine.turbo import unet

    def only(queries: int) -> None:
        monkeypatch.setattr(unet, "functional", Short(queries))

    return only


def test_smaller_batches_then_slices_and_each_is_said(
    engine: Turbo,
    opens: Opens,
    memory_for: Callable[[int], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    frames = noise_frames(4, 64, 64)  # 64 queries a frame in the widest attention
    engine.settle(ONE)
    good = engine.generate(frames, ONE).astype(int)
    short = opens()
    memory_for(40)  # less than a frame's, but more than a slice's
    with caplog.at_level(logging.WARNING):
        made = [short.generate(frames, ONE).astype(int) for _ in range(2)]
    assert all(np.abs(one - good).max() <= 1 for one in made)
    assert [record.message for record in caplog.records] == [
        "memory is short: at most 2 frames at once from now on",
        "memory is short: at most 1 frame at once from now on",
        "memory is short: a frame is made in slices from now on, which is slower",
    ]


def test_no_memory_at_all_is_the_error_itself_and_then_it_recovers(
    opens: Opens, memory_for: Callable[[int], None]
) -> None:
    engine = opens()
    frames = noise_frames(2, 64, 64)
    memory_for(1)
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        engine.generate(frames, ONE)
    memory_for(1 << 40)
    assert engine.generate(frames, ONE).shape == frames.shape


def test_no_memory_while_warming_up_is_a_sentence(
    opens: Opens, memory_for: Callable[[int], None]
) -> None:
    engine = opens()
    memory_for(1)
    with pytest.raises(EngineError) as caught:
        engine.warm_up(2, 64, 64)
    assert str(caught.value).startswith("not enough memory: a frame of 64x64 does not fit (")


def test_other_errors_are_not_taken_for_it(engine: Turbo) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("something else")

    hook = engine.models.unet.unet.conv_in.register_forward_pre_hook(fails)
    try:
        with pytest.raises(RuntimeError, match="something else"):
            engine.generate(noise_frames(2, 64, 64), ONE)
    finally:
        hook.remove()
    assert engine._largest_batch == 16


def test_any_other_error_while_warming_up_is_a_sentence(opens: Opens) -> None:
    """As of a driver that is too old for the card: nobody at the machine can read a traceback."""
    engine = opens()

    def fails(*_: object) -> None:
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with ...")

    engine.models.unet.unet.conv_in.register_forward_pre_hook(fails)
    with pytest.raises(EngineError) as caught:
        engine.warm_up(1, 64, 64)
    said = "engine turbo cannot run here: CUDA error: no kernel image is available"
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "GET was unable to find an engine to execute this computation",
        "CUDA error: out of memory",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes",
    ],
)
def test_what_libraries_of_a_gpu_say_where_memory_is_short(words: str) -> None:
    from lib.engine.turbo.memory import is_out_of_memory

    assert is_out_of_memory(RuntimeError(words))
    assert not is_out_of_memory(ValueError(words))
