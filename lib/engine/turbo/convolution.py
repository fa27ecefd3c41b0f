"""A convolution with its bias, an addition and ReLU behind it, as one operation.

cuDNN makes one kernel of all that, for half precision and channels last; torch and inductor make
two or three. Anywhere else, and where cuDNN has no such kernel, it is what torch makes of them.
"""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lib.engine.turbo.memory import is_out_of_memory

log = logging.getLogger(__name__)
_refused: set[tuple[int, ...]] = set()  # weights of these shapes, which cuDNN did not take
_ONE = [1, 1]


def _is_fusible(x: Tensor, weight: Tensor) -> bool:
    """By NVIDIA's cuDNN, whose fused kernels take channels in eights."""
    half = x.dtype in (torch.float16, torch.bfloat16)
    if x.device.type != "cuda" or torch.version.hip is not None or not half:
        return False
    eights = not (weight.shape[0] % 8 or weight.shape[1] % 8)
    return eights and tuple(weight.shape) not in _refused


@torch.library.custom_op("afterimage::conv_relu", mutates_args=())
def conv_relu(x: Tensor, weight: Tensor, bias: Tensor, padding: int) -> Tensor:
    if _is_fusible(x, weight):
        try:
            return torch.cudnn_convolution_relu(
                _last(x), weight, bias, _ONE, [padding] * 2, _ONE, groups=1
            )
        except RuntimeError as error:
            _refuse(weight, error)
    return _last(functional.conv2d(x, weight, bias, 1, padding).relu_())


@torch.library.custom_op("afterimage::conv_add_relu", mutates_args=())
def conv_add_relu(x: Tensor, weight: Tensor, bias: Tensor, added: Tensor, padding: int) -> Tensor:
    if _is_fusible(x, weight):
        try:
            return torch.cudnn_convolution_add_relu(
                _last(x), weight, _last(added), 1.0, bias, _ONE, [padding] * 2, _ONE, groups=1
            )
        except RuntimeError as error:
            _refuse(weight, error)
    return _last(functional.conv2d(x, weight, bias, 1, padding).add_(added).relu_())


@conv_relu.register_fake
def _(x: Tensor, weight: Tensor, bias: Tensor, padding: int) -> Tensor:  # noqa: ARG001 - as it is
    return _fake(x, weight, padding)


@conv_add_relu.register_fake
def _(x: Tensor, weight: Tensor, *rest: Any) -> Tensor:
    return _fake(x, weight, rest[-1])


def _last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _fake(x: Tensor, weight: Tensor, padding: int) -> Tensor:
    high, wide = (x.shape[at] + 2 * padding - weight.shape[at] + 1 for at in (2, 3))
    shape = (x.shape[0], weight.shape[0], high, wide)
    return torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)


def _refuse(weight: Tensor, error: RuntimeError) -> None:
    # cuDNN says "unable to find an engine" of what it does not fuse and of short memory alike. In
    # the second case the plain convolution, which comes next, says it again.
    if is_out_of_memory(error) and "unable to find an engine" not in str(error):
        raise error
    _refused.add(tuple(weight.shape))
    log.warning("cuDNN does not fuse a convolution, frames get slower: %s", error)
