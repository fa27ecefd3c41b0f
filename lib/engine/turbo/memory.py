"""Recognises that memory is short, says so in a sentence, and frees what nobody uses."""

from __future__ import annotations

import gc

import torch

from lib.engine.engine import EngineError


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error means that no memory is left; the CPU's allocator has no type for it."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "out of memory" in text or "not enough memory" in text
    )


def out_of_memory(device: torch.device, what: str, error: BaseException) -> EngineError:
    free = free_gb(device)
    left = f"; {free:.1f} GB are free on {device}" if free is not None else ""
    asked = str(error).strip().splitlines()
    return EngineError(f"not enough memory: {what}{left} ({asked[0][:200] if asked else 'full'})")


def free_gb(device: torch.device) -> float | None:
    if device.type != "cuda":
        return None
    return float(torch.cuda.mem_get_info(device)[0]) / 1e9


def empty_cache(device: torch.device) -> None:
    """Give back to the device what nobody uses any more."""
    if device.type == "cuda":  # a CPU's allocator keeps nothing
        gc.collect()
        torch.cuda.empty_cache()
