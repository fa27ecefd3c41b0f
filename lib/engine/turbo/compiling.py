"""What torch.compile is told, and how a compilation shares the interpreter with the frames."""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from lib.engine.turbo.img2img import PLAIN, FrameFunctions
from lib.engine.turbo.library_logs import libraries_muted

MOST_COMPILATIONS = 64  # of each function: one for each batch, size, and guided or not
LIMITS = {"recompile_limit": MOST_COMPILATIONS, "isolate_recompiles": True}
SWITCH_INTERVAL_S = 5e-5
# What is compiled beside a show times nothing on its GPU, which a process of its own would share as
# well: products are torch's choice, and kernels have the one form that it reckons to be the best.
UNTIMED: dict[str, Any] = {"deterministic": True, "triton.autotune_pointwise": False}
# cuDNN's convolutions are chosen by cuDNN itself, in `cudnn_benchmark`.
TUNED: dict[str, Any] = {
    "max_autotune": True,
    "coordinate_descent_tuning": True,
    "max_autotune_conv_backends": "ATEN",
}


def compiled_functions(
    backend: str | Callable[..., Any] = "inductor", *, tunes: bool = False, guarded: bool = True
) -> FrameFunctions:
    """The functions for the compiler, which compiles at the first call with a new shape.

    The limit is an argument, because torch's settings count for the thread that makes them. A
    whole graph or none: half a function that falls back to the plain one would be slow in silence.
    Without guards they are to be saved: a guard cannot be, where it knows a module by its address.
    """
    options = _known(TUNED if tunes else UNTIMED) if backend == "inductor" else {}
    if not guarded:
        options["guard_filter_fn"] = torch.compiler.skip_all_guards_unsafe
    asked = inspect.signature(torch.compile).parameters
    limits = {name: limit for name, limit in LIMITS.items() if name in asked}

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        named = {"options": dict(options)} if options else {}  # torch takes some of them out
        how: dict[str, Any] = {
            "backend": backend,
            "dynamic": False,
            "fullgraph": True,
            **limits,
            **named,
        }
        made: Callable[..., Any] = torch.compile(function, **how)
        return made

    with libraries_muted():
        return FrameFunctions(*map(compiled, PLAIN))


def _known(options: dict[str, Any]) -> dict[str, Any]:
    """A machine that only measures may have another torch than the one that is installed with a
    show: what that one lacks is left out."""
    names = torch._inductor.list_options()
    return {name: value for name, value in options.items() if name in names}


def cache_folder() -> Path:
    """Where the compiler keeps what it made: TORCHINDUCTOR_CACHE_DIR, or a folder below /tmp."""
    from torch._inductor.runtime.cache_dir_utils import (  # noqa: PLC0415 - the same
        cache_dir,
    )

    return Path(cache_dir())


@contextmanager
def beside_frames() -> Iterator[None]:
    """Tracing is Python: a frame that comes back to the interpreter waits for it less long."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)


@contextmanager
def from_cache() -> Iterator[None]:
    """Inside, the compiler starts none of its own processes: the cache has all that is needed.

    Nor is garbage collected, which stops frames for hundreds of milliseconds, again and again,
    among the millions of objects that a trace is. It lasts seconds, so that little piles up.
    """
    from torch._inductor import config  # noqa: PLC0415 - where nothing is compiled, it is not needed

    with config.patch(compile_threads=1), no_garbage_collection():
        yield


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def cudnn_benchmark(searches: bool) -> Iterator[None]:
    """Inside, cuDNN tries all its algorithms for each new convolution. The switch is the whole
    process's."""
    torch.backends.cudnn.benchmark = searches
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = False
