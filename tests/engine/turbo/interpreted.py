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
# pictures, channels, height, width, groups, dtype, mean, rows of the shift, SiLU, numbers a chunk,
# what is added, joined and extra
CASES = [
    (1, 64, 8, 8, 32, HALF, 0.0, 1, True, 0, ""),
    (2, 80, 9, 13, 8, HALF, 0.0, 2, True, 0, ""),  # ten channels in a group, and sides that are odd
    (2, 24, 16, 16, 8, SINGLE, 300.0, 0, False, 0, ""),  # a mean far from zero
    (1, 32, 6, 5, 8, HALF, 1.0, 1, False, 0, "added extra"),
    (2, 24, 6, 5, 8, HALF, 1.0, 1, True, 0, "added joined"),  # a group has channels of both
    (1, 24, 6, 5, 8, SINGLE, 0.0, 0, True, 0, "joined"),
    (3, 16, 12, 8, 4, SINGLE, 0.0, 1, False, 90, ""),  # several chunks, the last of them shorter
    (2, 40, 6, 6, 4, HALF, 5.0, 2, True, 100, ""),
    (2, 24, 6, 5, 8, HALF, 1.0, 1, True, 70, "added joined extra"),
]
JOINED = 16  # channels; with 24 a group has five, and the fifth of them is the first of the joined


def furthest(
    case: tuple[int, int, int, int, int, torch.dtype, float, int, bool, int, str],
) -> float:
    """From what torch makes of the same in double precision, in parts of the largest number."""
    pictures, channels, height, width, groups, dtype, mean, shifts, silu, chunk, more = case
    torch.manual_seed(channels)

    def picture(channels: int) -> torch.Tensor:
        x = torch.randn(pictures, channels, height, width) * 2 + mean
        return x.to(dtype).to(memory_format=torch.channels_last)

    x = picture(channels)
    # As it comes from the time embedding: a band of a wider tensor.
    shift = torch.randn(shifts, channels + 7).to(dtype)[:, 3:-4] if shifts else None
    every = channels + JOINED * ("joined" in more)
    weight, bias, extra = torch.randn(3, every).to(dtype).unbind()
    given = NormInput(x, shift, weight, bias, groups, 1e-5, silu)._replace(
        added=picture(channels) if "added" in more else None,
        skip=picture(JOINED) if "joined" in more else None,
        extra=extra if "extra" in more else None,
        whole=bool(more),
    )
    if chunk:
        group_norm_kernel.LARGE, group_norm_kernel.CHUNK = 0, chunk
    made = group_norm_kernel.normalize(given)
    exact = [one.double() if torch.is_tensor(one) else one for one in given]
    wanted = plain_group_norm(NormInput(*exact))  # type: ignore[arg-type]
    for one in made:
        assert one.is_contiguous(memory_format=torch.channels_last)
    return max(
        float((one.double() - other).abs().max() / other.abs().max())
        for one, other in zip(made, wanted, strict=True)
    )


if __name__ == "__main__":
    print(json.dumps([furthest(case) for case in CASES]))
