"""GroupNorm, the activation behind it and a shift before it, as one operation.

On a GPU it is a kernel of our own, for pictures that lie channels last: torch's would copy them to
channels first and back, and inductor makes three launches of it. Anywhere else, and where that
kernel cannot be made, it is what torch makes of the same three operations.
"""

# ruff: noqa: PLR0913, PLR0917 - an operation of torch takes tensors and numbers, and nothing else

from __future__ import annotations

import importlib
import logging
import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from lib.engine.engine import first_line
from lib.engine.turbo.memory import is_out_of_memory

log = logging.getLogger(__name__)

LARGE = 1 << 17  # numbers of a group that the kernel cuts. By reckoning: no GPU has measured it
_failed: list[str] = []  # why the kernel cannot be made on this machine, once that is known


class NormInput(NamedTuple):
    """What is normalised is x + shift, where shift has a row for each picture, or one for all."""

    x: Tensor
    shift: Tensor | None
    weight: Tensor
    bias: Tensor
    groups: int
    eps: float
    silu: bool  # behind it


@torch.library.custom_op("afterimage::group_norm", mutates_args=())
def group_norm(
    x: Tensor,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    groups: int,
    eps: float,
    silu: bool,
) -> Tensor:
    given = NormInput(x, shift, weight, bias, groups, eps, silu)
    made = by_kernel(given) if x.is_cuda else None
    return plain_group_norm(given) if made is None else made


@group_norm.register_fake
def _(
    x: Tensor,
    shift: Tensor | None,  # noqa: ARG001
    weight: Tensor,  # noqa: ARG001
    bias: Tensor,  # noqa: ARG001
    groups: int,  # noqa: ARG001
    eps: float,  # noqa: ARG001
    silu: bool,  # noqa: ARG001
) -> Tensor:
    return torch.empty_like(x, memory_format=torch.channels_last)


def by_kernel(given: NormInput) -> Tensor | None:
    """None where the kernel cannot be made, which does not change while a program runs."""
    if _failed:
        return None
    try:
        # Imported here: triton comes with torch's build for CUDA, and with no other.
        kernel = importlib.import_module("lib.engine.turbo.group_norm_kernel")
        made: Tensor = kernel.normalize(given)
    except Exception as error:  # compilers fail in many ways, and the show goes on
        if is_out_of_memory(error):
            raise
        reason = f"{type(error).__name__}: {first_line(error)}"
        _failed.append(reason)
        log.warning("GroupNorm's kernel cannot be made, a frame takes longer: %s", reason)
        return None
    return made


def plain_group_norm(given: NormInput) -> Tensor:
    x, shift, weight, bias, groups, eps, silu = given
    seen = x if shift is None else x + shift[:, :, None, None]
    made = functional.group_norm(seen, groups, weight, bias, eps)
    made = functional.silu(made) if silu else made
    return made.contiguous(memory_format=torch.channels_last)


def compile_ahead(like: Tensor, channels: int, groups: int, shifted: bool, silu: bool) -> None:
    """All that a norm of so many channels may launch, for any size of picture: when a new size
    comes while a show runs, no frame waits for the compiler."""
    weight = like.new_ones(channels)
    with torch.cuda.device_of(like):  # Triton launches on the current device, wherever tensors are
        for side in (2, math.isqrt(LARGE * groups // channels) + 1):
            x = like.new_zeros((1, side, side, channels)).permute(0, 3, 1, 2)
            shift = weight[None] if shifted else None
            by_kernel(NormInput(x, shift, weight, weight, groups, 1e-5, silu))
