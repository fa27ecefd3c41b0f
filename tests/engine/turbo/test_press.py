"""New shapes get ready beside the running one; here with a compiler that does nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.press import Press
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", num_inference_steps=1, strength=1.0)


class Compiler:
    """Takes its time, as a compiler does, and counts what it was asked for."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.graphs = 0
        self.fails = False

    def __call__(
        self, module: Callable[..., Any], inputs: list[torch.Tensor]
    ) -> Callable[..., Any]:
        self.gate.wait(20)
        self.graphs += 1
        return module

    def develop(self, *given: Any) -> Any:
        """In the place of the compiled function, where no graph need be traced."""
        from lib.engine.turbo.plate import develop

        self.gate.wait(20)
        self.graphs += 1
        if self.fails:
            raise RuntimeError("no compiler on this machine")
        return develop(*given)


@pytest.fixture
def compiler() -> Compiler:
    return Compiler()


@pytest.fixture
def compiling(weights: Path, tmp_path: Path, opens: Opens, compiler: Compiler) -> Iterator[Turbo]:
    """An engine with a press that prepares by this compiler; each layer takes long to trace."""
    from bench.cost.checkpoint import make_turbo
    from lib.engine.turbo.press import Press
    from lib.engine.turbo.quiet import quiet

    with quiet():
        engine = opens(model=str(make_turbo(tmp_path / "turbo", tiniest=True)))
    plain = engine.press
    engine.press = Press(engine.models, "on", backend=compiler)
    yield engine
    compiler.gate.set()
    engine.press.close()
    engine.press = plain


def test_a_new_shape_runs_at_once_and_changes_over_when_it_is_ready(
    compiling: Turbo, compiler: Compiler
) -> None:
    compiling.settle(ONE)
    frames = noise_frames(1, 64, 64)
    press: Press = compiling.press
    started_s = time.monotonic()
    first = compiling.generate(frames, ONE)
    assert time.monotonic() - started_s < 5
    assert compiler.graphs == 0
    plain = next(iter(press._plates.values()))
    compiler.gate.set()
    assert until(lambda: press.is_prepared(plain.shape), 20)
    assert compiler.graphs > 0
    made = compiling.generate(frames, ONE)
    assert press._plates[plain.shape] is not plain
    assert np.abs(made.astype(int) - first).max() <= 1
    for change in ({"prompt": "fire"}, {"seed": 4}, {"num_inference_steps": 2, "strength": 0.5}):
        params = ONE.changed(**change)  # another prompt, seed or strength is no other shape
        compiling.settle(params)
        compiling.generate(frames, params)
    assert len(press._plates) == 1


def test_a_shape_that_can_not_be_prepared_stays_as_it_is(
    compiling: Turbo, compiler: Compiler, caplog: pytest.LogCaptureFixture
) -> None:
    compiling.press._develop = compiler.develop
    compiling.settle(ONE)
    compiler.fails = True
    compiler.gate.set()
    frames = noise_frames(1, 64, 72)
    with caplog.at_level(logging.WARNING):
        first = compiling.generate(frames, ONE)
        shape = next(iter(compiling.press._plates))
        assert until(lambda: compiling.press.is_prepared(shape), 20)
        assert np.array_equal(first, compiling.generate(frames, ONE))
    assert [record.message[:70] for record in caplog.records] == [
        "1x64x72x3, 1 step can not be prepared, it stays slower: no compiler on"
    ]


def test_warming_up_waits_until_all_is_ready(compiling: Turbo, compiler: Compiler) -> None:
    compiling.press._develop = compiler.develop
    threading.Timer(0.2, compiler.gate.set).start()
    compiling.warm_up(2, 64, 64)
    assert compiler.graphs > 0
    assert all(compiling.press.is_prepared(shape) for shape in compiling.press._plates)
    assert {shape.batch for shape in compiling.press._plates} == {1, 2}


def test_only_so_many_shapes_are_kept(opens: Opens) -> None:
    from lib.engine.turbo.press import PLATES

    engine = opens()
    for size in range(PLATES + 4):
        engine.generate(noise_frames(1, 64, 64 + 8 * size), ONE)
    assert len(engine.press._plates) == PLATES
