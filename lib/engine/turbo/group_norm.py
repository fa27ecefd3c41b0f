"""GroupNorm, the activation behind it, and what is added or joined before it, as one operation.

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
    """What is normalised is x + added + shift, with skip's channels behind it. The shift has a row
    for each picture, or one for all."""

    x: Tensor
    shift: Tensor | None
    weight: Tensor
    bias: Tensor
    groups: int
    eps: float
    silu: bool  # behind it
    added: Tensor | None = None
    skip: Tensor | None = None
    extra: Tensor | None = None  # of each channel, added to what `whole` gives
    whole: bool = False  # what was normalised is wanted, too


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
    return _made(NormInput(x, shift, weight, bias, groups, eps, silu))[0]


@torch.library.custom_op("afterimage::sum_group_norm", mutates_args=())
def sum_group_norm(
    x: Tensor,
    added: Tensor | None,
    shift: Tensor | None,
    skip: Tensor | None,
    extra: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    groups: int,
    eps: float,
    silu: bool,
) -> tuple[Tensor, Tensor]:
    """Normalised, and the sum that was."""
    what = (x, shift, weight, bias, groups, eps, silu)
    return _made(NormInput(*what, added, skip, extra, whole=True))


@group_norm.register_fake
def _(x: Tensor, *_: object) -> Tensor:
    return torch.empty_like(x, memory_format=torch.channels_last)


@sum_group_norm.register_fake
def _(x: Tensor, added: object, shift: object, skip: Tensor | None, *_: object) -> object:
    del added, shift
    seen = x if skip is None else torch.cat([x, skip], 1)
    made = torch.empty_like(seen, memory_format=torch.channels_last)
    return made, torch.empty_like(made, memory_format=torch.channels_last)


def _made(given: NormInput) -> tuple[Tensor, Tensor]:
    made = by_kernel(given) if given.x.is_cuda else None
    return plain_group_norm(given) if made is None else made


def by_kernel(given: NormInput) -> tuple[Tensor, Tensor] | None:
    """None where the kernel cannot be made, which does not change while a program runs."""
    if _failed:
        return None
    try:
        # Imported here: triton comes with torch's build for CUDA, and with no other.
        kernel = importlib.import_module("lib.engine.turbo.group_norm_kernel")
        made: tuple[Tensor, Tensor] = kernel.normalize(given)
    except Exception as error:  # compilers fail in many ways, and the show goes on
        if is_out_of_memory(error):
            raise
        reason = f"{type(error).__name__}: {first_line(error)}"
        _failed.append(reason)
        log.warning("GroupNorm's kernel cannot be made, a frame takes longer: %s", reason)
        return None
    return made


def plain_group_norm(given: NormInput) -> tuple[Tensor, Tensor]:
    seen = given.x if given.added is None else given.x + given.added
    seen = seen if given.shift is None else seen + given.shift[:, :, None, None]
    seen = seen if given.skip is None else torch.cat([seen, given.skip], 1)
    made = functional.group_norm(seen, given.groups, given.weight, given.bias, given.eps)
    made = functional.silu(made) if given.silu else made
    last = {"memory_format": torch.channels_last}
    if not given.whole:
        return made.contiguous(**last), given.x
    whole = seen if given.extra is None else seen + given.extra[:, None, None]
    # An operation of torch gives nothing back that it was given.
    whole = whole.clone(**last) if whole is given.x else whole.contiguous(**last)
    return made.contiguous(**last), whole


class NormKind(NamedTuple):
    """All that tells one compilation of the kernel from another."""

    channels: int
    groups: int
    silu: bool
    shifted: bool
    added: bool = False
    skip: int = 0  # channels of all that are joined
    extra: bool = False
    whole: bool = False


def compile_ahead(like: Tensor, kind: NormKind) -> None:
    """All that a norm of this kind may launch, for any size of picture: when a new size comes while
    a show runs, no frame waits for the compiler."""
    weight, channels = like.new_ones(kind.channels), kind.channels - kind.skip
    with torch.cuda.device_of(like):  # Triton launches on the current device, wherever tensors are
        for side in (2, math.isqrt(LARGE * kind.groups // kind.channels) + 1):
            x = like.new_zeros((1, side, side, channels)).permute(0, 3, 1, 2)
            skip = like.new_zeros((1, side, side, kind.skip)).permute(0, 3, 1, 2)
            shift = weight[None, :channels] if kind.shifted else None
            what = NormInput(x, shift, weight, weight, kind.groups, 1e-5, kind.silu)
            what = what._replace(
                added=x if kind.added else None,
                skip=skip if kind.skip else None,
                extra=weight if kind.extra else None,
                whole=kind.whole,
            )
            by_kernel(what)
