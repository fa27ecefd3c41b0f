"""Compiled functions in captured graphs, on a GPU that stands in, with a compiler that counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib.config.params import Params
from tests.engine.turbo.reference import noise_frames
from tests.engine.turbo.stand_in_gpu import (
    StandInGpu,
    prepare,
    shape,
)
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.graph_buffers import GraphShape
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)
ALL = Params(prompt="snow", seed=5, num_inference_steps=4, strength=1.0)


class Compiled:
    """In the place of the compiler: counts the shapes that reach each function."""

    def __init__(self) -> None:
        from lib.engine.turbo.img2img import PLAIN, FrameFunctions

        self.fails = False
        self.seen: list[tuple[str, tuple[int, ...]]] = []

        def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any) -> Any:
                if self.fails:
                    raise RuntimeError("no C compiler on this machine")
                key = name, tuple(given[1].shape)
                if key not in self.seen:
                    self.seen.append(key)
                return function(*given)

            return call

        self.functions = FrameFunctions(
            *(counted(name, one) for name, one in PLAIN._asdict().items())
        )


@pytest.fixture
def compiled() -> Compiled:
    return Compiled()


@pytest.fixture
def compiling(fresh: Turbo, compiled: Compiled) -> Iterator[Turbo]:
    from lib.engine.turbo import graph_cache

    plain = fresh.graph_cache
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_cache, "compiled_functions", lambda *_: compiled.functions)
        fresh.graph_cache = graph_cache.GraphCache(fresh.models, "on", settle_ns=200_000_000)
    yield fresh
    fresh.graph_cache.close()
    fresh.graph_cache = plain


def functions(engine: Turbo, wanted: GraphShape) -> Any:
    buffers = engine.graph_cache._buffers[wanted]
    return buffers.functions if buffers.recorded else None


def test_a_graph_comes_first_and_the_compiled_one_takes_its_place(
    compiling: Turbo, compiled: Compiled
) -> None:
    from lib.engine.turbo.img2img import PLAIN

    frames = noise_frames(1, 64, 64)
    compiling.settle(ONE)
    good = compiling.generate(frames, ONE)
    assert functions(compiling, shape()) is None
    ways = []
    while (way := functions(compiling, shape())) is not compiled.functions:
        ways += [way] if way not in ways else []
        assert np.array_equal(compiling.generate(frames, ONE), good)
    assert ways == [None, PLAIN]
    assert np.array_equal(compiling.generate(frames, ONE), good)


def test_warming_up_waits_for_graphs_and_not_for_the_compiler(
    compiling: Turbo, compiled: Compiled
) -> None:
    begun = threading.Event()

    def compile_for_long(*given: Any) -> Any:
        begun.wait(20)
        return encode(*given)

    encode = compiled.functions.encode
    compiling.graph_cache._compiled = compiled.functions._replace(encode=compile_for_long)
    compiling.warm_up(4, 64, 64)
    assert not begun.is_set()
    assert all(buffers.recorded for buffers in compiling.graph_cache._buffers.values())
    begun.set()
    wanted = [shape(batch=batch) for batch in (1, 2, 4)]
    assert until(lambda: all(map(compiling.graph_cache.is_prepared, wanted)), 30)


def test_other_steps_compile_nothing(compiling: Turbo, compiled: Compiled, gpu: StandInGpu) -> None:
    recorded = len(gpu.recorded_on)
    for steps in (1, 2, 4):
        assert prepare(compiling, shape(steps=steps)).recorded is not None
        assert functions(compiling, shape(steps=steps)) is compiled.functions
    assert len(compiled.seen) == 3
    # Only the first is recorded plain before; for the others the compiled functions are there.
    assert len(gpu.recorded_on) - recorded == 4


@pytest.mark.slow
def test_what_the_first_job_plays_is_what_gets_ready(compiling: Turbo, compiled: Compiled) -> None:
    """A show that was restored plays other steps than the settings' own, in any size of batch."""
    compiling.warm_up(4, 64, 64)
    compiling.settle(ALL)
    compiling.generate(noise_frames(1, 64, 64), ALL)
    wanted = [shape(batch=batch, steps=4) for batch in (1, 2, 4)]
    assert until(lambda: all(map(compiling.graph_cache.is_prepared, wanted)), 30)
    for batch, one in zip((1, 2, 4), wanted, strict=True):
        compiling.generate(noise_frames(batch, 64, 64), ALL)
        assert functions(compiling, one) is compiled.functions


def test_a_dragged_size_compiles_the_last_one_only(compiling: Turbo, compiled: Compiled) -> None:
    compiling.settle(ONE)
    for size in range(64, 144, 8):
        compiling.generate(noise_frames(1, 64, size), ONE)
        time.sleep(0.03)
    end_s = time.monotonic() + 20
    last = noise_frames(1, 64, 136)
    while not compiling.graph_cache.is_prepared(shape(136)) and time.monotonic() < end_s:
        compiling.generate(last, ONE)
        if time.monotonic() > end_s - 18.5:  # the others are out of sight now
            compiling.graph_cache._preparations._settle_ns = 0
    assert [seen for name, seen in compiled.seen if name == "encode"] == [(1, 64, 136, 3)]


def test_without_a_compiler_the_plain_graph_stays(
    compiling: Turbo, compiled: Compiled, caplog: pytest.LogCaptureFixture
) -> None:
    from lib.engine.turbo.img2img import PLAIN

    compiled.fails = True
    prepare(compiling, shape())
    assert functions(compiling, shape()) is PLAIN
    assert caplog.messages == [
        (
            "1x64x64x3, 1 step cannot be compiled and stays slower; tried again in 1 min: "
            "no C compiler on this machine"
        )
    ]
    compiled.fails = False
    cache = compiling.graph_cache
    with cache._change:
        assert len(cache._preparations._retries) == 1
        cache._preparations._retries.clear()  # as after a minute
        cache._change.notify_all()
    prepare(compiling, shape())
    assert functions(compiling, shape()) is compiled.functions


def test_what_is_ready_and_never_used_does_not_pile_up(compiling: Turbo) -> None:
    from lib.engine.turbo import graph_cache

    cache = compiling.graph_cache
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_cache, "MOST_SHAPES", 2)
        for size in (64, 72, 80, 88):
            cache.get(shape(size))
            assert until(lambda size=size: shape(size) in cache._ready, 20)
            assert len(cache._ready) <= 2
