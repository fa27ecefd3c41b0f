"""What the compiler is told, and what it makes; once with the real one, on the CPU."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo.reference import noise_frames
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", num_inference_steps=1, strength=1.0)


@pytest.mark.slow
def test_ten_sizes_are_compiled_on_a_thread_that_made_no_settings() -> None:
    """torch's own limit of 8 is set for each thread by itself."""
    from diffusers import AutoencoderTiny

    from bench.cost.checkpoint import TINIEST_TAESD
    from lib.engine.turbo.compiling import compiled_functions
    from lib.engine.turbo.models import Vae

    compiled, vae = [], Vae(AutoencoderTiny(**TINIEST_TAESD).eval())

    def backend(module: Callable[..., Any], _given: list[torch.Tensor]) -> Callable[..., Any]:
        compiled.append(module)
        return module

    decode = compiled_functions(backend).decode

    def all_sizes() -> None:
        with torch.no_grad():
            for size in range(1, 11):
                decode(vae, torch.zeros(1, 4, 1, size))

    thread = threading.Thread(target=all_sizes)
    thread.start()
    thread.join()
    assert len(compiled) == 10


def test_a_torch_that_knows_less_is_told_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a GPU is lent to be measured, torch is the machine's own."""
    from lib.engine.turbo.compiling import compiled_functions

    def compile_of_old(function: Any, *, backend: Any, dynamic: Any, fullgraph: Any) -> Any:
        return function, backend, dynamic, fullgraph

    monkeypatch.setattr(torch, "compile", compile_of_old)
    monkeypatch.setattr(torch._inductor, "list_options", lambda: ["max_autotune_gemm"])
    assert compiled_functions().encode[1:] == ("inductor", False, True)  # type: ignore[index]


def test_only_the_longest_search_times_kernels_and_leaves_convolutions_to_cudnn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lib.engine.turbo.compiling import compiled_functions, cudnn_benchmark

    told: list[dict[str, Any]] = []

    def noted(function: Any, **named: Any) -> Any:
        told.append(named)
        return function

    monkeypatch.setattr(torch, "compile", noted)
    compiled_functions()
    untimed = {"deterministic": True, "triton.autotune_pointwise": False}
    assert [one["options"] for one in told] == [untimed] * 3
    told.clear()
    compiled_functions(tunes=True)
    assert {one["options"]["max_autotune_conv_backends"] for one in told} == {"ATEN"}
    assert not torch.backends.cudnn.benchmark  # it would count for the show's frames, too
    with cudnn_benchmark(True):
        assert torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.benchmark


def test_frames_get_the_interpreter_back_soon_while_something_compiles() -> None:
    from lib.engine.turbo.compiling import beside_frames

    before_s = sys.getswitchinterval()
    with beside_frames():
        assert sys.getswitchinterval() < before_s / 10
    assert sys.getswitchinterval() == before_s


def test_nothing_stops_the_frames_while_a_trace_is_read_from_the_cache() -> None:
    from torch._inductor import config

    from lib.engine.turbo.compiling import from_cache

    threads = config.compile_threads
    with from_cache():
        assert not gc.isenabled() and config.compile_threads == 1  # no process is started either
    assert gc.isenabled() and config.compile_threads == threads


@pytest.mark.slow
def test_a_child_ends_when_what_it_compiles_is_not_shown_any_more(tiniest: Turbo) -> None:
    cache = tiniest.graph_cache
    assert cache._compiler is not None and cache._compiler.warmer is not None
    warmer = cache._compiler.warmer
    tiniest.warm_up(1, 64, 64)
    assert until(lambda: warmer._child is not None, 20)
    first = warmer._child
    assert first is not None and cache._preparations.warming is not None
    tiniest.settle(ONE)
    end_s = time.monotonic() + 20
    while first.poll() is None and time.monotonic() < end_s:
        tiniest.generate(noise_frames(1, 64, 72), ONE)
        time.sleep(0.02)
    assert first.poll() is not None
    assert until(lambda: warmer._child not in (None, first), 20)
    assert cache._preparations.warming is not None and cache._preparations.warming.width == 72
    second = warmer._child
    assert second is not None
    tiniest.close()  # in the middle of it
    assert until(lambda: second.poll() is not None)
    assert not tiniest.is_busy


@pytest.mark.slow
def test_a_child_ends_with_its_parent(tiniest: Turbo) -> None:
    """Whose end it sees when its input is closed, whatever it is doing."""
    compiler = tiniest.graph_cache._compiler
    assert compiler is not None and compiler.warmer is not None
    warmer = compiler.warmer
    child = warmer._started()
    assert child.stdin is not None
    child.stdin.write(warmer.made_from + "\n[[1, 64, 64, 1, false], false]\n")
    child.stdin.flush()
    child.stdin.close()
    assert child.wait(60) == 0
    assert child.stdout is not None
    child.stdout.close()
