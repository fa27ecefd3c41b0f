"""Compiled functions as bytes: compiled in one process, loaded in another without a trace.

Even where the compiler's cache has everything, torch traces the Python of the whole network before
it asks the cache: seconds in which frames wait for the interpreter. What `save` gives, torch's own
`aot_compile`, is loaded without a trace. It has no weights in it, and fits the shapes alone that it
was made with, which nothing checks: who keeps it knows them.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import torch

from lib.engine.turbo.img2img import FrameFunctions

SavedFunctions = tuple[bytes, ...]  # encode, denoise, decode


class _CompiledAtFirstCall:
    """With what it is called with; further calls must have the same shapes."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.made: Any = None

    def __call__(self, *given: Any) -> Any:
        if self.made is None:
            self.made = self._function.aot_compile((given, {}))
            self.made.disable_guard_check()
        return self.made(*given)


def save(compiled: FrameFunctions, make: Callable[[FrameFunctions], None]) -> SavedFunctions:
    """What `make`, which plays a frame, calls. `compiled` have no guards: see `compiling.py`."""
    functions = [_CompiledAtFirstCall(one) for one in compiled]
    make(FrameFunctions(*functions))
    return tuple(one.made.serialize(one.made).serialized_data for one in functions)


def import_compiler() -> None:
    """What `load` imports: a second of Python, before there are frames to wait for it."""
    importlib.import_module("torch._inductor.compile_fx")
    importlib.import_module("torch._inductor.async_compile")


def load(saved: Sequence[bytes]) -> FrameFunctions:
    """For tensors of the shapes, types and places that they were saved with."""
    functions = [torch.compiler.load_compiled_function(io.BytesIO(one)) for one in saved]
    for one in functions:
        one.disable_guard_check()  # type: ignore[attr-defined] # torch says only that it is callable
    return FrameFunctions(*functions)
