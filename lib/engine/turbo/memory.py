"""Recognises that memory is short, says so in a sentence, and frees what nobody uses."""

from __future__ import annotations

import gc

import torch

from lib.engine.engine import EngineError

# What the libraries say where they find no memory, beside torch's own type of error.
_SHORT = (
    "can't allocate memory",
    "out of memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "unable to find an engine to execute this computation",  # cuDNN, if no workspace fits
)


class ShortOfMemoryError(EngineError):
    """No memory is left for what was to be loaded or made."""


def on_gpu(device: torch.device) -> bool:
    """Whether there are streams, pinned memory and graphs."""
    return device.type == "cuda"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error means that no memory is left; the CPU's allocator has no type for it."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and any(words in text for words in _SHORT)


def out_of_memory(device: torch.device, what: str, error: BaseException) -> EngineError:
    free = free_gb(device)
    left = f"; {free:.1f} GB are free on {device}" if free is not None else ""
    asked = str(error).strip().splitlines()
    return ShortOfMemoryError(
        f"not enough memory: {what}{left} ({asked[0][:200] if asked else 'full'})"
    )


def free_gb(device: torch.device) -> float | None:
    if not on_gpu(device):
        return None
    return float(torch.cuda.mem_get_info(device)[0]) / 1e9


def empty_cache(device: torch.device) -> None:
    """Give back to the device what nobody uses any more."""
    if on_gpu(device):  # a CPU's allocator keeps nothing
        gc.collect()
        torch.cuda.empty_cache()
