"""GroupNorm's kernel, run by Triton's interpreter on this processor: how far it is from torch, as
JSON. A program of its own, because Triton reads TRITON_INTERPRET when it is imported.

    TRITON_INTERPRET=1 python -m tests.engine.turbo.interpreted
"""

from __future__ import annotations

import json

import torch

from lib.engine.turbo import group_norm_kernel
from lib.engine.turbo.group_norm import NormInput, plain_group_norm

HALF, SINGLE = torch.float16, torch.float32
# pictures, channels, height, width, groups, dtype, mean, rows of the shift, SiLU, numbers a chunk
CASES = [
    (1, 64, 8, 8, 32, HALF, 0.0, 1, True, 0),
    (2, 80, 9, 13, 8, HALF, 0.0, 2, True, 0),  # ten channels in a group, and sides that are odd
    (2, 24, 16, 16, 8, SINGLE, 300.0, 0, False, 0),  # a mean far from zero
    (3, 16, 12, 8, 4, SINGLE, 0.0, 1, False, 90),  # several chunks, the last of them shorter
    (2, 40, 6, 6, 4, HALF, 5.0, 2, True, 100),
]


def furthest(case: tuple[int, int, int, int, int, torch.dtype, float, int, bool, int]) -> float:
    """From what torch makes of the same in double precision, in parts of the largest number."""
    pictures, channels, height, width, groups, dtype, mean, shifts, silu, chunk = case
    torch.manual_seed(channels)
    shape = (pictures, channels, height, width)
    x = (torch.randn(shape) * 2 + mean).to(dtype).to(memory_format=torch.channels_last)
    # As it comes from the time embedding: a band of a wider tensor.
    shift = torch.randn(shifts, channels + 7).to(dtype)[:, 3:-4] if shifts else None
    weight, bias = torch.randn(channels).to(dtype), torch.randn(channels).to(dtype)
    if chunk:
        group_norm_kernel.LARGE, group_norm_kernel.CHUNK = 0, chunk
    made = group_norm_kernel.normalize(NormInput(x, shift, weight, bias, groups, 1e-5, silu))
    assert made.is_contiguous(memory_format=torch.channels_last)
    exact = [None if one is None else one.double() for one in (x, shift, weight, bias)]
    wanted = plain_group_norm(NormInput(*exact, groups, 1e-5, silu))  # type: ignore[arg-type]
    return float((made.double() - wanted).abs().max() / wanted.abs().max())


if __name__ == "__main__":
    print(json.dumps([furthest(case) for case in CASES]))
