"""Compiled functions in captured graphs, on a GPU that stands in, with a compiler that counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch")

from lib.config.params import Params
from lib.engine.turbo.graph_buffers import GraphBuffers
from lib.engine.turbo.img2img import PLAIN
from tests.engine.turbo.conftest import Opens
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
TUNED = PLAIN._replace(decode=partial(PLAIN.decode))


class Compiled:
    """In the place of the compiler: counts the shapes that reach each function."""

    def __init__(self) -> None:
        from lib.engine.turbo.img2img import FrameFunctions

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
    from lib.engine.turbo.graph_cache import GraphCache
    from lib.engine.turbo.shape_compiler import ShapeCompiler

    plain, compiler = fresh.graph_cache, ShapeCompiler(compiled.functions)
    fresh.graph_cache = GraphCache(fresh.models, compiler, settle_ns=200_000_000)
    yield fresh
    fresh.graph_cache.close()
    fresh.graph_cache = plain


def functions(engine: Turbo, wanted: GraphShape) -> Any:
    buffers = engine.graph_cache._buffers[wanted]
    return buffers.functions if buffers.recorded else None


def test_a_graph_comes_first_and_the_compiled_one_takes_its_place(
    compiling: Turbo, compiled: Compiled
) -> None:
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
    assert compiling.graph_cache._compiler is not None
    compiling.graph_cache._compiler.here = compiled.functions._replace(encode=compile_for_long)
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


# --- the longest search


@pytest.fixture
def tuning(compiling: Turbo, compiled: Compiled) -> Iterator[Turbo]:
    from lib.engine.turbo.graph_cache import GraphCache
    from lib.engine.turbo.shape_compiler import ShapeCompiler

    plain, compiler = compiling.graph_cache, ShapeCompiler(compiled.functions, tuned=TUNED)
    compiling.graph_cache = GraphCache(
        compiling.models, compiler, compiling._history, settle_ns=200_000_000
    )
    yield compiling
    compiling.graph_cache.close()
    compiling.graph_cache = plain


def test_kernels_are_timed_before_there_are_frames_and_never_beside_them(
    tuning: Turbo, compiled: Compiled
) -> None:
    tuning.warm_up(2, 64, 64)  # which is waited for
    for batch in (1, 2):
        prepare(tuning, shape(batch=batch))
        assert functions(tuning, shape(batch=batch)) is TUNED
    assert not compiled.seen
    prepare(tuning, shape(72))
    assert functions(tuning, shape(72)) is compiled.functions


def test_what_was_timed_before_is_not_waited_for_and_used_all_the_same(
    tuning: Turbo, compiled: Compiled
) -> None:
    tuning._history.note_tuned(shape())
    tuning.warm_up(1, 64, 64)
    assert functions(tuning, shape()) is PLAIN
    prepare(tuning, shape())
    assert functions(tuning, shape()) is TUNED
    assert not compiled.seen


def test_a_worker_that_is_to_end_waits_for_no_search(tuning: Turbo) -> None:
    begun, let = threading.Event(), threading.Event()

    def search_for_long(*given: Any) -> Any:
        begun.set()
        let.wait(20)
        return TUNED.encode(*given)

    compiler = tuning.graph_cache._compiler
    assert compiler is not None
    compiler.tuned = TUNED._replace(encode=search_for_long)
    thread = threading.Thread(target=tuning.warm_up, args=(1, 64, 64))
    thread.start()
    assert begun.wait(20)
    assert thread.is_alive()
    tuning.interrupt()
    thread.join(2)
    assert not thread.is_alive()
    let.set()


# --- what was played before


def test_what_the_last_show_played_is_ready_before_the_first_frame(
    fresh: Turbo, opens: Opens, tiniest_model: dict[str, str], tmp_path: Path
) -> None:
    from lib.engine.turbo.shape_history import ShapeHistory

    cache, frames = fresh.graph_cache, noise_frames(1, 64, 72)
    cache._history, cache._preparations._settle_ns = ShapeHistory(tmp_path), 200_000_000
    fresh.settle(ALL)

    def kept() -> bool:
        fresh.generate(frames, ALL)
        return bool(ShapeHistory(tmp_path).played)

    assert until(kept, 20)
    second = opens(tmp_path, **tiniest_model, compile="off")
    second.warm_up(1, 64, 64)
    assert second.graph_cache.has_graph(shape(72, steps=4))
    assert second.graph_cache.has_graph(shape())
    second.close()


def test_what_does_not_fit_here_is_not_warmed_up_and_takes_nothing_along(
    fresh: Turbo, caplog: pytest.LogCaptureFixture
) -> None:
    fresh._history.note_played(shape(72, steps=2))
    with pytest.MonkeyPatch.context() as patch:
        make = GraphBuffers.make

        def made(buffers: GraphBuffers, *given: Any) -> None:
            if buffers.shape.width == 72:
                raise RuntimeError("CUDA out of memory")
            make(buffers, *given)

        patch.setattr(GraphBuffers, "make", made)
        fresh.warm_up(1, 64, 64)
    assert fresh.graph_cache.has_graph(shape()) and fresh._largest_batch == 16
    assert caplog.messages[-1] == (
        "1x64x72x3, 2 steps, played before, is not warmed up: CUDA out of memory"
    )
    assert not fresh._history.played


def test_a_dragged_size_compiles_the_last_one_only(
    compiling: Turbo, compiled: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lib.engine.turbo import preparation

    # A shape that is not asked for is out of sight long before a compilation begins, though each
    # picture take a second on a busy machine.
    monkeypatch.setattr(preparation, "STALE_NS", 500_000_000)
    compiling.graph_cache._preparations._settle_ns = 2_000_000_000
    compiling.settle(ONE)
    for size in range(64, 144, 8):
        compiling.generate(noise_frames(1, 64, size), ONE)
        time.sleep(0.1)
    end_s = time.monotonic() + 30
    last = noise_frames(1, 64, 136)
    while not compiling.graph_cache.is_prepared(shape(136)) and time.monotonic() < end_s:
        compiling.generate(last, ONE)
        time.sleep(0.05)
    assert [seen for name, seen in compiled.seen if name == "encode"] == [(1, 64, 136, 3)]


def test_without_a_compiler_the_plain_graph_stays(
    compiling: Turbo, compiled: Compiled, caplog: pytest.LogCaptureFixture
) -> None:
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
