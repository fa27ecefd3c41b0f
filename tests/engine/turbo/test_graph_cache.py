"""New shapes get ready beside the running one; here with a compiler that does nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.graph_cache import GraphCache
    from lib.engine.turbo.img2img import FrameFunctions
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", num_inference_steps=1, strength=1.0)


class Compiler:
    """Takes its time, as a compiler does, and counts what it was asked for."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.graphs = 0
        self.waited_for = self.fails = False

    def __call__(
        self, module: Callable[..., Any], inputs: list[torch.Tensor]
    ) -> Callable[..., Any]:
        self.gate.wait(20)
        self.graphs += 1
        return module

    def functions(self) -> FrameFunctions:
        """In the place of the compiled functions, where no graph need be traced."""
        from lib.engine.turbo.img2img import PLAIN

        def encode(*given: Any) -> torch.Tensor:
            self.waited_for = True
            self.gate.wait(20)
            self.graphs += 1
            if self.fails:
                raise RuntimeError("no compiler on this machine")
            return PLAIN.encode(*given)

        return PLAIN._replace(encode=encode)


@pytest.fixture
def compiler() -> Compiler:
    return Compiler()


@pytest.fixture
def compiling(opens: Opens, tiniest_model: dict[str, str], compiler: Compiler) -> Iterator[Turbo]:
    """An engine whose graph cache uses this compiler; each layer takes long to trace."""
    from lib.engine.turbo.compiling import compiled_functions
    from lib.engine.turbo.graph_cache import GraphCache
    from lib.engine.turbo.library_logs import libraries_muted
    from lib.engine.turbo.shape_compiler import ShapeCompiler

    with libraries_muted():
        engine = opens(**tiniest_model)
    plain = engine.graph_cache
    compiles = ShapeCompiler(compiled_functions(compiler))
    engine.graph_cache = GraphCache(engine.models, compiles, settle_ns=0)
    yield engine
    compiler.gate.set()
    engine.graph_cache.close()
    engine.graph_cache = plain


@pytest.mark.slow
def test_a_new_shape_runs_at_once_and_changes_over_when_it_is_ready(
    compiling: Turbo, compiler: Compiler
) -> None:
    compiling.settle(ONE)
    frames = noise_frames(1, 64, 64)
    cache: GraphCache = compiling.graph_cache
    started_s = time.monotonic()
    first = compiling.generate(frames, ONE)
    assert time.monotonic() - started_s < 5
    assert compiler.graphs == 0
    plain = next(iter(cache._buffers.values()))
    compiler.gate.set()
    assert until(lambda: cache.is_prepared(plain.shape), 60)
    assert compiler.graphs == 3  # encode, denoise, decode
    made = compiling.generate(frames, ONE)
    assert cache._buffers[plain.shape] is not plain
    assert np.abs(made.astype(int) - first).max() <= 1
    for change in ({"prompt": "fire"}, {"seed": 4}, {"num_inference_steps": 2, "strength": 0.5}):
        params = ONE.changed(**change)  # another prompt, seed or strength is no other shape
        compiling.settle(params)
        compiling.generate(frames, params)
    assert len(cache._buffers) == 1


def test_a_shape_that_can_not_be_prepared_stays_as_it_is(
    compiling: Turbo, compiler: Compiler, caplog: pytest.LogCaptureFixture
) -> None:
    from lib.engine.turbo.shape_compiler import ShapeCompiler

    compiling.graph_cache._compiler = ShapeCompiler(compiler.functions())
    compiling.settle(ONE)
    compiler.fails = True
    compiler.gate.set()
    frames = noise_frames(1, 64, 72)
    with caplog.at_level(logging.WARNING):
        first = compiling.generate(frames, ONE)
        shape = next(iter(compiling.graph_cache._buffers))
        assert until(lambda: compiling.graph_cache.is_prepared(shape), 60)
        assert np.array_equal(first, compiling.generate(frames, ONE))
    ours = [
        one.message for one in caplog.records if one.name.startswith("lib.")
    ]  # torch traces, too
    assert ours == [
        (
            "1x64x72x3, 1 step cannot be compiled and stays slower; tried again in 1 min: "
            "no compiler on this machine"
        )
    ]


def test_warming_up_asks_for_a_compilation_and_does_not_wait_for_it(
    compiling: Turbo, compiler: Compiler
) -> None:
    from lib.engine.turbo.shape_compiler import ShapeCompiler

    cache = compiling.graph_cache
    cache._compiler = ShapeCompiler(compiler.functions())
    compiling.warm_up(2, 64, 64)
    assert {shape.batch for shape in cache._buffers} == {1, 2}
    assert not any(map(cache.is_prepared, cache._buffers))
    compiler.gate.set()
    assert until(lambda: all(map(cache.is_prepared, cache._buffers)), 20)


def test_only_so_many_shapes_are_kept(opens: Opens, tiniest_model: dict[str, str]) -> None:
    from lib.engine.turbo.graph_cache import MOST_SHAPES

    engine = opens(**tiniest_model)
    for size in range(MOST_SHAPES + 4):
        engine.generate(noise_frames(1, 64, 64 + 8 * size), ONE)
    assert len(engine.graph_cache._buffers) == MOST_SHAPES


def test_the_end_does_not_wait_for_the_compiler(compiling: Turbo, compiler: Compiler) -> None:
    """A worker has two seconds to end in, and its engine is not all of it."""
    from lib.engine.turbo.shape_compiler import ShapeCompiler

    cache = compiling.graph_cache
    cache._compiler = ShapeCompiler(compiler.functions())
    compiling.settle(ONE)
    compiling.generate(noise_frames(1, 64, 64), ONE)
    assert until(lambda: compiler.waited_for, 20)
    asked_s = time.monotonic()
    cache.close()
    assert time.monotonic() - asked_s < 1.8
    assert cache.is_busy
    compiler.gate.set()
    assert until(lambda: not cache.is_busy, 20)
