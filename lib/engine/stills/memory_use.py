"""How much memory stills may use, and how they get by with less where a machine is small."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import torch

from lib.engine.stills.checkpoint import LoadingTarget
from lib.engine.turbo.memory import on_gpu
from lib.memory import available_bytes

SPARED_BYTES = 1_000_000_000  # of the host's memory, for all else on it


class MemoryUse(StrEnum):
    """What MACHINE_SIZE means for a model; as the job and the worker report it."""

    WHOLE = ""
    SLICED = "attention in slices"
    OFFLOADED = "attention in slices, parts of the model in turn"


def memory_use(machine: str, device: torch.device) -> MemoryUse:
    """On a processor there is nothing that a part of a model could be taken from and put to."""
    if machine == "big":
        return MemoryUse.WHOLE
    return MemoryUse.OFFLOADED if machine == "tiny" and on_gpu(device) else MemoryUse.SLICED


def loading_target(machine: str, device: torch.device, dtype: torch.dtype) -> LoadingTarget:
    """Where models go that the live picture does not have."""
    return LoadingTarget(device, dtype, memory_use(machine, device) is MemoryUse.OFFLOADED)


def free_bytes(place: torch.device, reserved: Callable[[], int]) -> int | None:
    """What is free there, without what is reserved for the live picture; None: not known."""
    if on_gpu(place):
        cached = torch.cuda.memory_reserved(place) - torch.cuda.memory_allocated(place)
        return int(torch.cuda.mem_get_info(place)[0]) + cached - reserved()
    available = available_bytes()
    return None if available is None else available - SPARED_BYTES - reserved()
